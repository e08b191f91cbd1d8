"""How long a buyer's words may be published: until a set number of days after the feedback is closed."""

from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import Decision
from transforms.eligibility import REQUEST_WINDOW_DAYS

TEXT_COLUMNS: Final = ("comment", "comment_as_reported", "response")
"""Columns that carry words of the buyer, or of the seller answering them."""


def closed_feedback(outcome: pa.Table) -> pa.Table:
    """Which feedback is closed by decisions, and since when.

    Args:
        outcome: table `outcome`. A feedback with a pending round is not closed, whatever an earlier round got.

    Returns:
        `feedback_id` and `closed_date`: UTC date of the last decision.
    """
    is_open = pc.equal(outcome["decision"], pa.scalar(Decision.PENDING.value))
    slim = outcome.select(["feedback_id", "decided_at"]).append_column("is_open", is_open)
    closed = slim.group_by("feedback_id").aggregate([("decided_at", "max"), ("is_open", "any")])
    closed = closed.filter(
        pc.and_(pc.invert(closed["is_open_any"]), pc.is_valid(closed["decided_at_max"]))
    )
    closed_date = closed["decided_at_max"].cast(pa.date32())
    return closed.select(["feedback_id"]).append_column("closed_date", closed_date)


def withhold_expired_text(
    feedback: pa.Table, closed: pa.Table, *, as_of: date, comment_days: int
) -> pa.Table:
    """Blank the words of buyer and seller where their retention has ended.

    They stay `comment_days` days after the last decision, or, when nothing decided, after the last day on which
    a removal may be requested. A request that is pending longer than that does not keep them.

    Args:
        feedback: table `feedback` or `feedback_revision`.
        closed: from `closed_feedback`.
        as_of: business date; the last day of retention still shows the words.
        comment_days: days, 0 or more.

    Returns:
        The same rows and columns; `comment` and `response` are null where expired.
    """
    where = pc.index_in(feedback["feedback_id"], value_set=closed["feedback_id"])
    decided = pc.take(closed["closed_date"], where)
    window_end = pc.add(feedback["feedback_date"].cast(pa.int32()), _days(REQUEST_WINDOW_DAYS))
    closed_on = pc.coalesce(decided.cast(pa.int32()), window_end)
    last_day = pc.add(closed_on, _days(comment_days))
    is_shown = pc.greater_equal(last_day, _days((as_of - date(1970, 1, 1)).days))
    for name in set(TEXT_COLUMNS).intersection(feedback.column_names):
        at = feedback.schema.get_field_index(name)
        field = feedback.schema.field(at)
        shown = pc.if_else(is_shown, feedback[name], pa.scalar(None, field.type))
        feedback = feedback.set_column(at, field, shown)
    return feedback


def _days(count: int) -> pa.Int32Scalar:
    return pa.scalar(count, pa.int32())
