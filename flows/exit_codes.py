"""What a command's exit code says, and which one wins when several apply."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """Exit codes of every command; docs/runbook.md says what each asks of the operator."""

    GOOD = 0
    BUG = 1
    USAGE = 2
    QUARANTINED = 3
    NOTHING_INGESTIBLE = 4
    LOCKED = 5
    STORAGE = 6
    SITE = 7
    STOPPED = 8
    IN_DOUBT = 9

    @property
    def meaning(self) -> str:
        """The code in words, as the run summary and the runbook print it."""
        return MEANINGS[self]


MEANINGS: Final[dict[ExitCode, str]] = {
    ExitCode.GOOD: "everything was done",
    ExitCode.BUG: "a defect of this program; nothing further was sent",
    ExitCode.USAGE: "wrong usage or configuration; nothing was done",
    ExitCode.QUARANTINED: "done, but rows or files were set aside with a reason",
    ExitCode.NOTHING_INGESTIBLE: "files were found and none could be taken in",
    ExitCode.LOCKED: "another run holds the lock; nothing was done",
    ExitCode.STORAGE: "the disk or the ledger failed; nothing was sent without a durable record",
    ExitCode.SITE: "the site or the session stopped the run",
    ExitCode.STOPPED: "the kill switch or a cap stopped the run",
    ExitCode.IN_DOUBT: "requests are in doubt and wait for a person",
}

_GRAVITY: Final = (
    ExitCode.BUG,
    ExitCode.STORAGE,
    ExitCode.USAGE,
    ExitCode.LOCKED,
    ExitCode.IN_DOUBT,
    ExitCode.SITE,
    ExitCode.STOPPED,
    ExitCode.NOTHING_INGESTIBLE,
    ExitCode.QUARANTINED,
    ExitCode.GOOD,
)


def gravest(codes: Iterable[ExitCode]) -> ExitCode:
    """The code a command ends with when several apply; `GOOD` when none does."""
    return min(codes, key=_GRAVITY.index, default=ExitCode.GOOD)
