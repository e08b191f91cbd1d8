"""Feedback that stays: in which order to answer it, and what it is about.

The order is that of `transforms.priority`: days that the buyer has left to take the feedback back (Seller Central help
202126280), then order defects, then stars.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import Verdict
from transforms.priority import BUYER_REMOVAL_DAYS

VAGUE: Final = "vague"
"""Topic of a comment in which no ground found a word that tells one."""

_TOPICS: Final[Mapping[str, tuple[str, ...]]] = {
    "conduct": ("conduct",),
    "wrong item": ("wrong_item", "counterfeit"),
    "refund": ("refund_return",),
    "stock": ("stock_cancel",),
    "damage": ("damage", "packing", "breakage"),
    "condition": ("condition", "mismatch"),
    "price": ("price",),
    "delivery": ("delivery_time", "lost", "carrier", "delivery", "arrival", "dispatch"),
    "product": ("product", "product_noun"),
    "seller": ("seller",),
}
"""Topics, the most telling first, and the lexicon classes that show each."""

COLUMNS_READ: Final = (
    "feedback_id",
    "account",
    "marketplace",
    "order_id",
    "verdict",
    "evidence",
    "blocked_by",
    "language",
    "is_order_defect",
    "priority",
    "feedback_date",
    "rating",
)
"""Columns of table `candidate` that the list is made from."""


def to_answer(candidates: pa.Table, gone: "pa.Array[Any] | pa.ChunkedArray[Any]") -> pa.Table:
    """Candidates to answer, most urgent first.

    Args:
        candidates: `COLUMNS_READ` of table `candidate`.
        gone: ids of feedback that is removed, struck or no longer there.
    """
    is_answer = pc.equal(candidates["verdict"], pa.scalar(Verdict.RESPOND.value))
    is_there = pc.invert(pc.is_in(candidates["feedback_id"], value_set=gone))
    return candidates.filter(pc.and_(is_answer, is_there)).sort_by("priority")


def response_list(answers: pa.Table, findings: pa.Table, *, as_of: date) -> list[dict[str, Any]]:
    """What a person needs to answer each feedback.

    Args:
        answers: from `to_answer`, or the first rows of it.
        findings: `feedback_id`, `evidence` and `blocked_by` of table `finding`, at least of these feedback.
        as_of: business date.

    Returns:
        One row a feedback, in the same order: `feedback_id`, `account`, `marketplace`, `order_id`, `rating`,
        `feedback_date`, `language`, `topic`, `is_order_defect` and `buyer_days_left` (0 when the buyer can no longer
        take it back).
    """
    spans: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    of_these = pc.is_in(findings["feedback_id"], value_set=answers["feedback_id"].combine_chunks())
    rows: list[dict[str, Any]] = findings.filter(of_these).to_pylist()
    rows += answers.select(["feedback_id", "evidence", "blocked_by"]).to_pylist()
    for row in rows:
        spans[row["feedback_id"]] += [*row["blocked_by"], *row["evidence"]]
    named = [
        "feedback_id",
        "account",
        "marketplace",
        "order_id",
        "rating",
        "feedback_date",
        "language",
        "is_order_defect",
    ]
    listed: list[dict[str, Any]] = answers.select(named).to_pylist()
    return [
        row
        | {
            "topic": topic_of(spans[row["feedback_id"]]),
            "buyer_days_left": buyer_days_left(row["feedback_date"], as_of=as_of),
        }
        for row in listed
    ]


def buyer_days_left(feedback_date: date, *, as_of: date) -> int:
    """Days in which the buyer may still take the feedback back; 0 when they are over."""
    last = feedback_date + timedelta(days=BUYER_REMOVAL_DAYS)
    return max(0, (last - as_of).days)


def topic_of(spans: Iterable[Mapping[str, Any]]) -> str:
    """The most telling topic among spans of findings, `vague` when they tell none.

    >>> topic_of([{"class": "product"}, {"class": "conduct"}])
    'conduct'
    """
    classes = {span["class"] for span in spans}
    return next((topic for topic, of in _TOPICS.items() if classes.intersection(of)), VAGUE)
