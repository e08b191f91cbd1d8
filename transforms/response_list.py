"""Feedback that stays: in which order to answer it, and what it is about.

The order is that of `transforms.priority`: days that the buyer has left to take the feedback back (Seller Central help
202126280), then order defects, then stars.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import chain
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import RESPONSE
from schemas.vocabularies import Topic, Verdict
from transforms.priority import BUYER_REMOVAL_DAYS
from transforms.replies.drafts import draft_reply

_CLASSES: Final[Mapping[Topic, tuple[str, ...]]] = {
    Topic.CONDUCT: ("conduct",),
    Topic.WRONG_ITEM: ("wrong_item", "counterfeit"),
    Topic.REFUND: ("refund_return",),
    Topic.STOCK: ("stock_cancel",),
    Topic.DAMAGE: ("damage", "packing", "breakage"),
    Topic.DESCRIPTION: ("condition", "mismatch"),
    Topic.PRICE: ("price",),
    Topic.DELIVERY: ("delivery_time", "lost", "carrier", "delivery", "arrival", "dispatch"),
    Topic.PRODUCT: ("product", "product_noun"),
}
"""Lexicon classes that show a topic."""

_TOPICS: Final = tuple(Topic)
_RANK_OF_CLASS: Final = {
    name: _TOPICS.index(topic) for topic, names in _CLASSES.items() for name in names
}
_VAGUE: Final = _TOPICS.index(Topic.VAGUE)
_EPOCH: Final = date(1970, 1, 1)

CANDIDATE_COLUMNS: Final = (
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

FINDING_COLUMNS: Final = ("feedback_id", "evidence", "blocked_by")
"""Columns of table `finding` that tell topics."""


def response_table(
    candidates: pa.Table,
    findings: Iterable[pa.RecordBatch],
    gone: "pa.Array[Any] | pa.ChunkedArray[Any]",
    *,
    as_of: date,
) -> pa.Table:
    """Table `response`: what to answer in public, most urgent first.

    Args:
        candidates: `CANDIDATE_COLUMNS` of table `candidate`.
        findings: `FINDING_COLUMNS` of table `finding`, in pieces, at least of the candidates to answer.
        gone: ids of feedback that is removed, struck or no longer there.
        as_of: business date.
    """
    is_answer = pc.equal(candidates["verdict"], pa.scalar(Verdict.RESPOND.value))
    is_there = pc.invert(pc.is_in(candidates["feedback_id"], value_set=gone))
    answers = candidates.filter(pc.and_(is_answer, is_there)).sort_by("priority")
    rows = answers.num_rows
    columns = {
        "topic": _topics(answers, findings),
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


def _topics(answers: pa.Table, findings: Iterable[pa.RecordBatch]) -> "pa.Array[Any]":
    """The most telling topic among the spans of each feedback, `vague` when they tell none."""
    own = answers.select(list(FINDING_COLUMNS)).to_batches()
    told = [_told(rows) for rows in chain(own, findings)]
    rank = np.full(answers.num_rows, _VAGUE, np.int64)
    if told:
        ids = pa.concat_arrays([ids for ids, _ in told])
        at = pc.index_in(ids, value_set=answers["feedback_id"].combine_chunks())
        is_listed = at.is_valid()
        ranks = np.concatenate([ranks for _, ranks in told])
        place = at.drop_null().to_numpy()
        np.minimum.at(rank, place, ranks[is_listed.to_numpy(zero_copy_only=False)])
    words = pa.array([topic.value for topic in _TOPICS], pa.string())
    return words.take(pa.array(rank, pa.int64()))


def _told(rows: pa.RecordBatch) -> tuple["pa.Array[Any]", npt.NDArray[np.int64]]:
    """Ids of the rows whose spans tell a topic, and the rank of the most telling one."""
    classes = pa.array(list(_RANK_OF_CLASS), pa.string())
    ranks = np.array([*_RANK_OF_CLASS.values(), _VAGUE], np.int64)
    lowest = np.full(rows.num_rows, _VAGUE, np.int64)
    for name in ("evidence", "blocked_by"):
        spans = pc.struct_field(pc.list_flatten(rows[name]), "class")
        place = pc.index_in(spans, value_set=classes).fill_null(len(classes)).to_numpy()
        np.minimum.at(lowest, pc.list_parent_indices(rows[name]).to_numpy(), ranks[place])
    is_told = lowest < _VAGUE
    return rows["feedback_id"].filter(pa.array(is_told, pa.bool_())), lowest[is_told]
