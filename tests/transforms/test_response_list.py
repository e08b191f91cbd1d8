"""Which feedback is to be answered, in which order, about what, and with which draft."""

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from schemas.tables import CANDIDATE, RESPONSE
from schemas.vocabularies import Topic
from transforms.replies.drafts import replies
from transforms.response_list import (
    CANDIDATE_COLUMNS,
    response_table,
    with_draft_replies,
)

AS_OF = date(2026, 11, 20)


def candidate(name: str, priority: int, **other: Any) -> dict[str, Any]:
    return {
        "feedback_id": name,
        "account": "a",
        "marketplace": "DE",
        "order_id": "111-0000000-0000000",
        "verdict": "respond",
        "language": "und",
        "is_order_defect": True,
        "priority": priority,
        "feedback_date": AS_OF,
        "rating": 1,
        "topic": "vague",
    } | other


def listed(
    candidates: list[dict[str, Any]],
    gone: tuple[str, ...] = (),
) -> list[dict[str, Any]]:
    columns = pa.schema([CANDIDATE.schema.field(name) for name in CANDIDATE_COLUMNS])
    table = response_table(
        pa.Table.from_pylist(candidates, schema=columns),
        pa.array(gone, pa.string()),
        as_of=AS_OF,
    )
    assert table.schema.equals(RESPONSE.schema)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def test_only_what_stays_is_listed_in_the_order_of_work() -> None:
    rows = listed(
        [
            candidate("late", 9),
            candidate("asked", 1, verdict="request"),
            candidate("gone", 3),
            candidate("soon", 4),
        ],
        gone=("gone",),
    )
    assert [(row["feedback_id"], row["urgency_rank"]) for row in rows] == [("soon", 1), ("late", 2)]


@pytest.mark.parametrize(("age", "left"), [(0, 60), (59, 1), (60, 0), (61, 0), (40_000, 0)])
def test_days_left_of_the_buyer(age: int, left: int) -> None:
    (row,) = listed([candidate("a", 1, feedback_date=AS_OF - timedelta(days=age))])
    assert row["retraction_days_left"] == left


def test_a_candidate_of_an_older_batch_has_no_topic_yet() -> None:
    rows = listed([candidate("a", 1, topic="price"), candidate("b", 2, topic=None)])
    assert [row["topic"] for row in rows] == ["price", "vague"]


def test_nothing_to_answer_is_an_empty_table() -> None:
    assert listed([]) == []


def test_each_row_gets_the_draft_of_its_topic_in_a_language_that_has_one() -> None:
    rows = listed([candidate("a", 1, topic="price"), candidate("b", 2, language="sv")])
    drafted = with_draft_replies(pa.Table.from_pylist(rows, schema=RESPONSE.schema))

    assert [(row["draft_language"], row["draft_reply"]) for row in drafted] == [
        ("de", replies().texts["de"][Topic.PRICE]),
        ("sv", replies().texts["sv"][Topic.VAGUE]),
    ]
    assert not any("draft" in name for name in RESPONSE.schema.names)
