"""The rows of a block of a feedback report typed and judged: which are accepted, and why the others are not."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.field import Field, Matches, Present
from schemas.identifiers import ORDER_ID_PATTERN
from schemas.marketplaces import DateFormat
from schemas.tables import FEEDBACK
from transforms.reports.cell_values import Column, Typed, typed_dates
from transforms.reports.feedback_rows import TEXTS, FeedbackRows
from transforms.reports.reading import ReadingContext
from transforms.row_masks import RowRules, RowVerdicts

JUDGED: Final = ("order_id", "feedback_date", "rating")
"""Columns whose rules decide whether a row is accepted; all others are derived or may be empty."""


_ORDER_ID: Final = FEEDBACK.column("order_id")
_RULES_OF_PACKING: Final = (
    Present("missing_order_id"),
    Matches(ORDER_ID_PATTERN, "bad_order_id"),
)
"""What a text that `packed_order_ids` gives a number fulfils."""


@dataclass(frozen=True, slots=True)
class JudgedRows:
    """The rows of a block and what the rules say of them."""

    rows: FeedbackRows
    typed: pa.Table
    """Columns `JUDGED` of all rows."""
    accepted: NDArray[np.int64]
    """Places of the rows that break no rule."""
    failed: NDArray[np.int64]
    """Places of the others."""
    reasons: tuple[str, ...]
    """Why, for each of them."""


def judged_rows(
    rows: FeedbackRows, date_format: DateFormat | None, context: ReadingContext
) -> JudgedRows:
    """Type and judge the rows of a block.

    Args:
        rows: the rows.
        date_format: the one format of the file; None when no row of it has a date.
        context: as_of date and limits.
    """
    dates = typed_dates(rows.coded_dates, date_format)
    typed = pa.table(
        {
            "order_id": rows.order_ids,
            "feedback_date": dates.values,
            "rating": rows.ratings.values,
        }
    )
    verdicts = RowRules.of(_in_question(rows), as_of=context.as_of).judge(typed)
    too_long = _too_long(rows, context.limits.text_bytes)
    is_failed = (verdicts.first_broken >= 0) | too_long
    failed = np.flatnonzero(is_failed)
    unread = {"feedback_date": dates, "rating": rows.ratings}
    return JudgedRows(
        rows,
        typed,
        np.flatnonzero(~is_failed),
        failed,
        _reasons(verdicts, unread, failed) if len(failed) else (),
    )


def _in_question(rows: FeedbackRows) -> list[Field]:
    """The columns whose rules some row may break: order ids were looked at already to be packed."""
    fields = [FEEDBACK.column(name) for name in JUDGED]
    is_known = _ORDER_ID.all_rules == _RULES_OF_PACKING and (rows.packed_order_ids >= 0).all()
    return [field for field in fields if not (is_known and field is _ORDER_ID)]


def _too_long(rows: FeedbackRows, most: int) -> NDArray[np.bool_]:
    too_long = np.zeros(rows.count, bool)
    for name in TEXTS:
        if name in rows.texts:
            lengths: Column = pc.binary_length(rows.texts[name])
            too_long |= lengths.to_numpy(zero_copy_only=False) > most
    return too_long


def _reasons(
    verdicts: RowVerdicts, unread: dict[str, Typed], failed: NDArray[np.int64]
) -> tuple[str, ...]:
    """The reason code of each failed row: of a value that could not be read, why; else of the first broken rule."""
    found = []
    first = verdicts.first_broken
    for place in failed.tolist():
        rule = verdicts.rules[first[place]] if first[place] >= 0 else None
        reason = "long_field" if rule is None else rule.reason
        typed = unread.get(rule.column) if rule else None
        if rule and isinstance(rule.rule, Present) and typed and typed.reasons is not None:
            reason = typed.reasons[place].as_py() or reason
        found.append(reason)
    return tuple(found)
