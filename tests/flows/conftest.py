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
