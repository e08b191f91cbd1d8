"""In which order to work: what is lost first, and what harms the account most.

No scores: rows are compared by one fact after the other, so "why is this first?" always has one answer.

1. requests before reviews before answers;
2. urgent ones (a week or less to the deadline) before the others, fewest days first;
3. order defects before the rest: 1-2 stars count in the order defect rate while the order is in its rolling window of
   60 days (Seller Central help G200285170), 3 stars never do;
4. fewer stars first, then fewer days left;
5. the feedback id, so that the order is the same in every run.

Answers have no request deadline. They are ordered by the 60 days in which a buyer may take the feedback back (Seller
Central help 202126280): those still inside, fewest days first, then the rest, newest first.
"""

from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import Verdict

ORDER_DEFECT_WINDOW_DAYS: Final = 60
"""Days after the order in which a defect counts in the order defect rate."""

BUYER_REMOVAL_DAYS: Final = 60
"""Days after the first rating in which the buyer may remove the feedback."""

URGENT_DAYS: Final = 7
"""A request with this many days left or fewer goes before everything else."""

HIGHEST_DEFECT_RATING: Final = 2

_ORDER_OF_VERDICTS: Final = (Verdict.REQUEST, Verdict.REVIEW, Verdict.RESPOND)
_EPOCH: Final = date(1970, 1, 1)

if TYPE_CHECKING:
    Column = pa.Array[Any] | pa.ChunkedArray[Any]


def is_order_defect(
    rating: "Column", feedback_date: "Column", order_date: "Column", *, as_of: date
) -> "pa.Array[Any]":
    """Whether a feedback counts in the order defect rate on the business date.

    Args:
        rating: int8, stars.
        feedback_date: date32; stands in where the order date is unknown (an order is older than its feedback, so the
            effect may end some days earlier than said here).
        order_date: date32, null where no order report names the order.
        as_of: the run's business date.

    Returns:
        One bool per feedback.
    """
    counted_from = pc.coalesce(order_date, feedback_date)
    age = (as_of - _EPOCH).days - counted_from.cast(pa.int32()).to_numpy(zero_copy_only=False)
    is_negative = rating.to_numpy(zero_copy_only=False) <= HIGHEST_DEFECT_RATING
    return pa.array(is_negative & (age <= ORDER_DEFECT_WINDOW_DAYS), pa.bool_())


def priority(candidates: pa.Table, *, as_of: date) -> "pa.Array[Any]":
    """Order of work, 1 first; see the top of this module.

    Args:
        candidates: at least feedback_id, verdict, days_left, rating, is_order_defect and feedback_date.
        as_of: the run's business date.

    Returns:
        int32, one rank per candidate in the order given; every rank occurs once.

    Raises:
        ValueError: a verdict is none of request, review, respond.
    """
    order_of = {verdict.value: place for place, verdict in enumerate(_ORDER_OF_VERDICTS)}
    verdict = np.array(
        [order_of.get(str(word), -1) for word in candidates["verdict"].to_pylist()], np.int8
    )
    if (verdict < 0).any():
        raise ValueError("candidates: a verdict is none of " + ", ".join(_ORDER_OF_VERDICTS))
    is_answer = verdict == _ORDER_OF_VERDICTS.index(Verdict.RESPOND)
    days_left = candidates["days_left"].to_numpy().astype(np.int64)
    feedback_day = candidates["feedback_date"].cast(pa.int32()).to_numpy().astype(np.int64)
    age = (as_of - _EPOCH).days - feedback_day
    buyer_days_left = BUYER_REMOVAL_DAYS - age
    is_buyer_able = buyer_days_left >= 0

    is_urgent = np.where(is_answer, is_buyer_able, days_left <= URGENT_DAYS)
    urgency = np.where(is_answer, np.where(is_buyer_able, buyer_days_left, age), days_left)
    is_defect = candidates["is_order_defect"].to_numpy()
    order = np.lexsort(
        (  # the last key is the first to decide
            np.array(candidates["feedback_id"].to_pylist(), str),
            urgency,
            candidates["rating"].to_numpy(),
            ~is_defect,
            np.where(is_urgent | is_answer, urgency, 0),
            ~is_urgent,
            verdict,
        )
    )
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(1, len(order) + 1, dtype=np.int32)
    return pa.array(rank, pa.int32())
