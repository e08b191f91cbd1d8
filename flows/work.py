"""One run in progress: its surroundings, the ledger while it is open, the summary as it grows.

A plain class on purpose: Prefect walks through dataclasses and containers among task parameters, and would copy them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from flows.config import ConfigError
from flows.exit_codes import ExitCode
from flows.progress import Progress, Silent
from flows.run_summary import RunSummary
from flows.settings import Settings
from schemas.submission import Step
from schemas.vocabularies import RequestState, RunStatus
from store.durable_files import write_durably
from store.errors import as_storage_error
from store.home import Home
from store.process_lock import process_lock

if TYPE_CHECKING:
    from flows.morning_report.contents import Contents
    from store.ledger import Ledger

STOP_FILE: Final = "STOP"

WAITING: Final = (
    RequestState.PLANNED,
    RequestState.APPROVED,
    RequestState.HELD,
    RequestState.UNKNOWN,
    RequestState.NEEDS_HUMAN,
)
"""States of requests that wait for a person."""


class StoppedRunError(Exception):
    """A run cannot go on; the exit code says what kind of end it is and the message what to do."""

    def __init__(self, message: str, code: ExitCode) -> None:
        super().__init__(message)
        self.code = code


class Work:
    """What every step of one run is given."""

    def __init__(self, settings: Settings, progress: Progress | None = None) -> None:
        self.settings = settings
        self.home = Home(settings.root)
        self.progress: Progress = progress or Silent()
        self.summary = RunSummary.begin(settings)
        self.paused_because: Callable[[], str | None] = lambda: None
        """Why whoever runs the run wants it to send nothing more, as a short code; asked before each click."""
        self.report: Contents | None = None
        """What the report of the run says, once it is written."""
        self._ledger: Ledger | None = None

    @property
    def ledger(self) -> "Ledger":
        """The ledger; opened on first use, closed with the run.

        Raises:
            StorageError: it cannot be opened.
        """
        if self._ledger is None:
            from store.ledger import LedgerSettings, open_ledger

            url = self.settings.config.ledger.url
            submission = self.settings.config.submission
            self._ledger = open_ledger(
                url or f"sqlite:///{self.home.ledger / 'ledger.sqlite'}",
                settings=LedgerSettings(
                    approval_lasts=timedelta(days=self.settings.config.approval.valid_days),
                    quiet_period=timedelta(minutes=submission.quiet_minutes),
                    reading_gap=timedelta(minutes=submission.minutes_between_readings),
                ),
            )
        return self._ledger

    def close(self) -> None:
        """Close the ledger if it is open."""
        if self._ledger is not None:
            self._ledger.close()
            self._ledger = None

    def step(self, actor: str) -> Step:
        """A ledger step taken now by `actor`, in this run and on its business date."""
        return Step(
            actor=actor,
            run_id=self.settings.run_id,
            at=datetime.now(UTC),
            as_of=self.settings.as_of,
        )

    def waiting_requests(self) -> list[dict[str, Any]]:
        """Requests that wait for somebody, soonest deadline first, as rows of table `removal_request`."""
        rows: list[dict[str, Any]] = self.ledger.requests(states=WAITING).to_pylist()
        return rows

    def is_stopped(self) -> bool:
        """Whether the stop file is there, so that nothing may be sent; if so, the summary says how to go on."""
        stop = self.home.root / STOP_FILE
        if not stop.exists():
            return False
        self.summary.say(
            f"the stop file {stop} is there, so nothing is sent; remove it to go on",
            ExitCode.STOPPED,
        )
        return True

    def off_because(self) -> str | None:
        """Why nothing may be sent at this moment, as a short code; None while it may."""
        if (self.home.root / STOP_FILE).exists():
            return "stop_file"
        return self.paused_because()

    def write_summary(self) -> None:
        """Write the run's summary where the next run and `doctor` find it.

        Raises:
            StorageError: it cannot be written.
        """
        path = self.home.logs / f"run-{self.settings.run_id}.json"
        with as_storage_error("cannot write", path):
            write_durably(path, self.summary.as_json().encode())
        self.summary.places["summary"] = str(path)


@contextmanager
def reading(settings: Settings) -> Iterator[Work]:
    """Work that changes nothing: no lock is taken and no run is recorded.

    Raises:
        ConfigError: there is no home folder.
    """
    _require_home(settings)
    work = Work(settings)
    try:
        yield work
    finally:
        work.close()


@contextmanager
def running(settings: Settings, progress: Progress | None = None) -> Iterator[Work]:
    """A run that may change things: one at a time in a home folder, recorded in the ledger from its start.

    Raises:
        ConfigError: there is no home folder.
        HeldLockError: another run is at work.
        StorageError: the disk or the ledger failed.
    """
    _require_home(settings)
    work = Work(settings, progress)
    work.home.create()
    work.home.check_private()
    with process_lock(settings.root):
        try:
            _begin(work)
            try:
                yield work
                work.summary.finish()
            except StoppedRunError as stop:
                work.summary.say(str(stop), stop.code)
                work.summary.finish()
            except BaseException:
                work.summary.ask(ExitCode.BUG)
                work.summary.finish(RunStatus.FAILED)
                _end(work)
                raise
            _end(work)
        finally:
            work.close()


def _begin(work: Work) -> None:
    work.write_summary()
    for crashed in work.ledger.unfinished_runs():
        work.summary.say(
            f"run {crashed} ended without a word; what it had begun was found and is gone on with"
        )
    work.ledger.start_run(work.summary.as_row())


def _end(work: Work) -> None:
    work.ledger.finish_run(work.summary.as_row())
    work.write_summary()


def _require_home(settings: Settings) -> None:
    if not settings.root.is_dir():
        raise ConfigError(
            f"{settings.root}: no such home folder; make it with "
            f"mkdir -p {settings.root}/inbox/<account>/<marketplace>, or give another --home"
        )
