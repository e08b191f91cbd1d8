"""A person's word that submitting may go on although too few requests were granted lately."""

import json
from datetime import UTC, datetime
from typing import Final

from flows.config import ConfigError
from flows.work import Work
from store.durable_files import write_durably
from store.errors import as_storage_error

GO_FILE: Final = "GO"


def say_go(work: Work, *, by: str) -> None:
    """Write down who says go, and when; answers up to now are not held against the requests any more.

    Raises:
        StorageError: it cannot be written.
    """
    path = work.home.root / GO_FILE
    word = {"by": by, "at": datetime.now(UTC).isoformat()}
    with as_storage_error("cannot write", path):
        write_durably(path, json.dumps(word).encode())


def said_go_at(work: Work) -> datetime | None:
    """When somebody said go last; None when nobody did.

    Raises:
        ConfigError: the file was not written by `feedback-removal submit --go`.
        StorageError: it cannot be read.
    """
    path = work.home.root / GO_FILE
    if not path.exists():
        return None
    with as_storage_error("cannot read", path):
        text = path.read_text("utf-8")
    try:
        return datetime.fromisoformat(json.loads(text)["at"]).astimezone(UTC)
    except (ValueError, KeyError, TypeError):
        raise ConfigError(
            f"{path}: not as `feedback-removal submit --go` writes it; say go with that command"
        ) from None
