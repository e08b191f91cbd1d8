"""Feedback that stays: in which order to answer it, and what it is about.

The order is that of `transforms.priority`: days that the buyer has left to take the feedback back (Seller Central help
202126280), then order defects, then stars.
"""

from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import RESPONSE
from schemas.vocabularies import Topic, Verdict
from transforms.priority import BUYER_REMOVAL_DAYS
from transforms.replies.drafts import draft_reply

_EPOCH: Final = date(1970, 1, 1)

CANDIDATE_COLUMNS: Final = (
    "feedback_id",
    "account",
    "marketplace",
    "order_id",
    "verdict",
    "language",
    "is_order_defect",
    "priority",
    "feedback_date",
    "rating",
    "topic",
)
"""Columns of table `candidate` that the list is made from."""


def response_table(
    candidates: pa.Table,
    gone: "pa.Array[Any] | pa.ChunkedArray[Any]",
    *,
    as_of: date,
) -> pa.Table:
    """Table `response`: what to answer in public, most urgent first.

    Args:
        candidates: `CANDIDATE_COLUMNS` of table `candidate`.
        gone: ids of feedback that is removed, struck or no longer there.
        as_of: business date.
    """
    is_answer = pc.equal(candidates["verdict"], pa.scalar(Verdict.RESPOND.value))
    is_there = pc.invert(pc.is_in(candidates["feedback_id"], value_set=gone))
    answers = candidates.filter(pc.and_(is_answer, is_there)).sort_by("priority")
    rows = answers.num_rows
    columns: dict[str, Any] = {
        "topic": answers["topic"].fill_null(pa.scalar(Topic.VAGUE.value)),
        "retraction_days_left": _retraction_days_left(answers["feedback_date"], as_of),
        "urgency_rank": pa.array(np.arange(1, rows + 1, dtype=np.int32)),
    }
    arrays = [columns[name] if name in columns else answers[name] for name in RESPONSE.schema.names]
    return pa.Table.from_arrays(arrays, schema=RESPONSE.schema)


def with_draft_replies(responses: pa.Table) -> list[dict[str, Any]]:
    """Rows of table `response`, each with the `draft_reply` a person may post and the `draft_language` of it."""
    rows: list[dict[str, Any]] = responses.to_pylist()
    for row in rows:
        draft = draft_reply(
            Topic.parse(row["topic"]), language=row["language"], marketplace=row["marketplace"]
        )
        row |= {"draft_reply": draft.text, "draft_language": draft.language}
    return rows


def _retraction_days_left(feedback_date: "pa.ChunkedArray[Any]", as_of: date) -> "pa.Array[Any]":
    day = feedback_date.cast(pa.int32()).to_numpy().astype(np.int64)
    left = day + BUYER_REMOVAL_DAYS - (as_of - _EPOCH).days
    return pa.array(np.clip(left, 0, np.iinfo(np.int16).max).astype(np.int16))
