"""Homes to take reports into, and the calls that every test of taking in makes."""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from flows.ingest_reports import ingest_reports
from flows.ingest_result import IngestOptions, IngestResult
from store.file_limits import FileLimits
from store.home import Home

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
