"""Around a run: ping when it starts, and when it has ended tell people and the dead-man's switch how."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from flows.config import ConfigError
from flows.exit_codes import ExitCode
from flows.notifying.people import send
from flows.notifying.summary_message import Message, Waiting, failure_message, summary_message
from flows.notifying.watchdog import Ping, ping
from flows.settings import Settings
from flows.work import Work
from store.errors import StoreError
from store.process_lock import HeldLockError

if TYPE_CHECKING:
    from flows.config import Notify

_LOGGER: Final = logging.getLogger("feedback_removal.notifying")

WELL: Final = frozenset({ExitCode.GOOD, ExitCode.QUARANTINED, ExitCode.IN_DOUBT, ExitCode.STOPPED})
"""Ends that are no failure of the run; the summary still carries the code."""


class Telling:
    """What is known of the run that people will be told about."""

    def __init__(self, settings: Settings, *, is_watched: bool) -> None:
        self._settings = settings
        self._notify: Notify = settings.config.notify
        self._is_watched = is_watched
        self._work: Work | None = None
        self._waiting = Waiting()
        self._complaints: list[str] = []

    def about(self, work: Work) -> None:
        """The run has begun."""
        self._work = work

    def ending(self) -> None:
        """The run is about to end: look at what waits while the ledger is open."""
        if self._work is not None and self._notify.urls:
            rows = self._work.waiting_requests()
            self._waiting = Waiting(
                len(rows), min((r["deadline_date"] for r in rows), default=None)
            )

    def start(self) -> None:
        """Ping that the run starts."""
        self._ping(Ping.START)

    def end(self, error: BaseException | None) -> None:
        """Tell how the run ended, and write into its summary who could not be told."""
        message, is_well = self._message(error)
        self._ping(Ping.SUCCESS if is_well else Ping.FAIL)
        if message.needs_attention or not self._notify.only_when_needed:
            self._complaints += send(message, self._notify.urls)
        if not self._complaints:
            return
        for complaint in self._complaints:
            _LOGGER.warning("not told: %s", complaint)
        if self._work is not None:
            self._work.summary.messages += [f"not told: {line}" for line in self._complaints]
            self._work.write_summary()

    def _message(self, error: BaseException | None) -> tuple[Message, bool]:
        if self._work is None:
            return failure_message(self._settings.as_of, _code_of(error)), False
        summary = self._work.summary
        code = ExitCode(summary.exit_code or 0)
        return summary_message(summary, self._waiting), error is None and code in WELL

    def _ping(self, kind: Ping) -> None:
        if not self._is_watched:
            return
        complaint = ping(kind, getattr(self._notify.watchdog, kind))
        if complaint:
            self._complaints.append(complaint)


def _code_of(error: BaseException | None) -> ExitCode:
    """What a run that could not even begin ended with."""
    if isinstance(error, HeldLockError):
        return ExitCode.LOCKED
    if isinstance(error, ConfigError):
        return ExitCode.USAGE
    return ExitCode.STORAGE if isinstance(error, StoreError | OSError) else ExitCode.BUG


@contextmanager
def run_told(settings: Settings, *, is_watched: bool) -> Iterator[Telling]:
    """Tell about the run in this block; nothing that goes wrong with it ever becomes the run's failure.

    Args:
        settings: the run's surroundings.
        is_watched: a dead-man's switch waits for this run; one that a person starts by hand must not calm it.
    """
    telling = Telling(settings, is_watched=is_watched)
    telling.start()
    try:
        yield telling
    except BaseException as error:
        _quietly_end(telling, error)
        raise
    _quietly_end(telling, None)


def _quietly_end(telling: Telling, error: BaseException | None) -> None:
    try:
        telling.end(error)
    except Exception:
        _LOGGER.exception("telling about the run failed")
