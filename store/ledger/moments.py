"""Moments and dates as the ledger writes them: text of one fixed form, always UTC."""

from datetime import UTC, date, datetime


def moment_text(at: datetime) -> str:
    """A moment as `2026-11-25T03:30:00.000000Z`, which sorts as it counts.

    Raises:
        ValueError: the moment has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; the ledger takes UTC moments only")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


def read_moment(text: str) -> datetime:
    """The moment that `moment_text` wrote."""
    return datetime.fromisoformat(text)


def utc_date(at: datetime) -> date:
    """The UTC calendar day of a moment."""
    return at.astimezone(UTC).date()
