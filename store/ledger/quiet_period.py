"""How long after a doubtful click the page must not be looked at. Pure: moments come in, seconds go out."""

from datetime import datetime
from typing import Final

from schemas.submission import BootTime, Refusal, RefusedStepError
from store.ledger.connection import LedgerSettings
from store.ledger.event_chain import StateRow
from store.ledger.moments import read_moment
from store.ledger.owner import Owner

_MICROSECONDS: Final = 1_000_000


def microseconds(boot: BootTime) -> int:
    """A moment of the boot clock as the ledger keeps it."""
    return round(boot.seconds * _MICROSECONDS)


def require_quiet(
    row: StateRow,
    owner: Owner,
    boot: BootTime,
    at: datetime,
    settings: LedgerSettings,
) -> None:
    """Refuse a look at the page before the quiet period is over.

    Raises:
        RefusedStepError: `too_early`, saying for how long.
    """
    left = quiet_seconds_left(row, owner, boot, at, settings)
    if left > 0:
        raise RefusedStepError(
            Refusal.TOO_EARLY,
            f"{row['request_id']} may be looked for in {left:.0f} s, when the quiet period is over",
        )


def quiet_seconds_left(
    row: StateRow,
    owner: Owner | None,
    boot: BootTime,
    at: datetime,
    settings: LedgerSettings,
) -> float:
    """Seconds until the quiet period of a request in doubt is over, 0 when it is.

    It counts from the intent's deadline or from the note of the doubt, whichever is later, on the boot clock. After a
    restart of the machine that clock says nothing about before: then it counts from this owner's start, or, for
    owners that never live that long, on the wall clock with a generous slack.
    """
    quiet = settings.quiet_period.total_seconds()
    if row["unknown_boot_id"] == boot.boot_id:
        start: int = row["unknown_boot_us"]
        if row["intent_boot_id"] == boot.boot_id:
            start = max(start, row["intent_deadline_us"])
        return max(0.0, (start + quiet * _MICROSECONDS - microseconds(boot)) / _MICROSECONDS)
    noted = read_moment(row["unknown_at"])
    by_wall_clock = quiet + settings.wall_clock_slack.total_seconds() - (at - noted).total_seconds()
    if owner is None or owner.boot_id != boot.boot_id:
        return max(0.0, by_wall_clock)
    by_owner = quiet - (microseconds(boot) - owner.boot_us) / _MICROSECONDS
    return max(0.0, min(by_owner, by_wall_clock))
