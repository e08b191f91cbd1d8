"""What was known on an earlier day, as far as today's tables tell: rows that are younger are left out.

The words and stars of a feedback are those known today; an order's facts as well. A feedback counts from the day it was
written, not from the day a report of it was read: that is what a night that was missed would have known.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_DAY: Final = {
    "report_file": "report_date",
    "feedback": "feedback_date",
    "feedback_revision": "report_date",
    "run": "as_of_date",
}
_MOMENT: Final = {"order_fulfillment": "purchased_at", "event": "at", "sighting": "seen_at"}


def end_of(day: date) -> datetime:
    """The moment at which a business date is over, UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC)


def known_on(name: str, rows: pa.Table, day: date) -> pa.Table:
    """The rows of a table that are not younger than a day; rows without a date stay.

    Args:
        name: a table of `schemas.tables` that reports, people or the ledger fill.
        rows: its rows as known today.
        day: business date.

    Raises:
        KeyError: the table is not one of those; what is judged or decided has to be made anew for the day.
    """
    if name in _DAY:
        column = pc.field(_DAY[name])
        known = rows.filter(column.is_null() | (column <= day))
    else:
        column = pc.field(_MOMENT[name])
        known = rows.filter(column.is_null() | (column < end_of(day)))
    return _not_missed_yet(known, day) if name == "feedback" else known


def _not_missed_yet(feedback: pa.Table, day: date) -> pa.Table:
    """What only later reports miss was not missed on the day."""
    at = feedback.schema.get_field_index("not_seen_since_date")
    missed = feedback["not_seen_since_date"].to_pylist()
    then = [since if since is not None and since <= day else None for since in missed]
    field = feedback.schema.field(at)
    return feedback.set_column(at, field, pa.array(then, field.type))
