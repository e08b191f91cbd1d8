"""A trace of what the driver did, kept only when it failed, without cookies, tokens, pages or pictures."""

import json
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import BrowserContext
from playwright.sync_api import Error as PlaywrightError

from feedback_manager.errors import NeedsPersonError, UnknownOutcomeError

_KEPT_HEADERS: Final = frozenset({"content-type", "content-length", "status", "method"})

# The driver's own steps carry its scripts and what they are told and answer, which is the buyers' words.
_DROPPED: Final = frozenset(
    {"cookies", "postData", "queryString", "arg", "expression", "result", "value", "log"}
)


@contextmanager
def trace_on_failure(context: BrowserContext, kept: Path) -> Iterator[None]:
    """Record the driver's steps in this block; write them to `kept` (a zip, mode 0600) when it fails, else forget them.

    A refusal or a moment's outage is an answer, no failure: only what a person has to look at leaves a trace.

    The steps, their times and the addresses' paths stay; headers, bodies, cookies, page contents and pictures do not:
    they would hold the session and the buyers' words.
    """
    # Nothing about the trace may hide what happened in the block: whether something was clicked hangs on its error.
    with suppress(PlaywrightError):
        context.tracing.start(screenshots=False, snapshots=False, sources=False)
    try:
        yield
    except (UnknownOutcomeError, NeedsPersonError):
        _keep(context, kept)
        raise
    except BaseException:
        with suppress(PlaywrightError):
            context.tracing.stop()
        raise
    with suppress(PlaywrightError):
        context.tracing.stop()


def _keep(context: BrowserContext, kept: Path) -> None:
    raw = kept.with_suffix(".raw")
    with suppress(PlaywrightError, OSError, zipfile.BadZipFile):
        context.tracing.stop(path=raw)
        _scrub(raw, kept)
    with suppress(OSError):
        raw.unlink(missing_ok=True)


def _scrub(raw: Path, kept: Path) -> None:
    descriptor = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with (
        os.fdopen(descriptor, "wb") as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as clean,
        zipfile.ZipFile(raw) as recorded,
    ):
        for name in recorded.namelist():
            if not name.startswith("resources/"):
                lines = recorded.read(name).decode("utf-8", "replace").splitlines()
                clean.writestr(name, "\n".join(_scrubbed_line(line) for line in lines))


def _scrubbed_line(line: str) -> str:
    try:
        return json.dumps(_scrubbed(json.loads(line)), ensure_ascii=False)
    except json.JSONDecodeError:
        return ""


def _scrubbed(value: Any) -> Any:  # noqa: ANN401 - whatever JSON the trace holds
    if isinstance(value, list):
        return [_scrubbed(item) for item in value]
    if not isinstance(value, dict):
        return value
    clean: dict[str, Any] = {}
    for key, inner in value.items():
        if key in _DROPPED:
            continue
        if key == "headers" and isinstance(inner, list):
            clean[key] = [h for h in inner if str(h.get("name", "")).lower() in _KEPT_HEADERS]
        else:
            clean[key] = _scrubbed(inner)
    return clean
