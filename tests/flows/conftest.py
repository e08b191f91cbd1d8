"""Homes to take reports into, and the calls that every test of taking in makes."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from flows.ingest_reports import ingest_reports
from flows.ingest_result import IngestOptions, IngestResult
from store.file_limits import FileLimits
from store.home import Home

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
AS_OF = date(2026, 11, 25)
SEEN_AT = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
QUICK = FileLimits(second_look_seconds=0.01)

Ingest = Callable[..., IngestResult]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty home folder."""
    made = Home(tmp_path / "home")
    made.create()
    return made


@pytest.fixture
def drop(home: Home) -> Callable[..., Path]:
    """Drop a file into the inbox, an hour old unless it is said to be young."""

    def put(name: str, data: bytes, *, is_young: bool = False) -> Path:
        path = home.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if not is_young:
            age(path)
        return path

    return put


def age(path: Path) -> None:
    """Make a file look an hour old."""
    before = (datetime.now(UTC) - timedelta(hours=1)).timestamp()
    os.utime(path, (before, before), follow_symlinks=False)


@pytest.fixture
def ingest(home: Home) -> Ingest:
    """Take in the inbox; each call is another night."""
    nights = count()

    def run(options: IngestOptions | None = None, **more: Any) -> IngestResult:
        night = next(nights)
        given: dict[str, Any] = {
            "as_of": AS_OF,
            "run_id": f"night-{night}",
            "seen_at": SEEN_AT + timedelta(days=night),
        }
        options = options or IngestOptions(worker_count=1, limits=QUICK)
        return ingest_reports(home, options, **(given | more))

    return run


@pytest.fixture
def sample_home(tmp_path: Path) -> Path:
    """A home with the sample reports in its inbox, and their configuration."""
    made = tmp_path / "sample-home"
    shutil.copytree(SAMPLE, made)
    return made


@pytest.fixture
def complaints(browser_file: Path) -> Callable[..., list[str]]:
    """Open a page of the disk in a real browser; what the console, the network, the width and an accessibility check object to."""
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    def found(page_file: Path, *, width: int, scheme: str, title: str) -> list[str]:
        said: list[str] = []
        asked: list[str] = []
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=browser_file, args=["--no-sandbox"], chromium_sandbox=False
            )
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
            page.on("console", lambda message: said.append(message.text))
            page.on("request", lambda request: asked.append(request.url))
            page.goto(page_file.as_uri())
            shown = page.title()
            over = page.evaluate("document.documentElement.scrollWidth") - width
            checked = Axe().run(page)
            browser.close()
        objections = [f"console: {line}" for line in said]
        objections += [f"request: {url}" for url in asked if url != page_file.as_uri()]
        if shown != title:
            objections.append(f"title: {shown}")
        if over > 0:
            objections.append(f"{over} pixels too wide")
        if checked.violations_count:
            objections.append(checked.generate_report())
        return objections

    return found


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[None]:
    """One Prefect server for the session: starting one takes 10 to 16 seconds."""
    from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
    from prefect.testing.utilities import prefect_test_harness

    with (
        prefect_test_harness(server_startup_timeout=180),
        # the heartbeat thread makes every flow run a second longer
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield
