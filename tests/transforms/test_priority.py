from datetime import date, timedelta
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.priority import is_order_defect, priority

AS_OF = date(2026, 11, 25)


def candidates(*rows: dict[str, Any]) -> pa.Table:
    usual = {
        "verdict": "request",
        "days_left": 40,
        "rating": 1,
        "is_order_defect": False,
        "feedback_date": AS_OF - timedelta(days=49),
    }
    filled = [{"feedback_id": chr(ord("a") + at)} | usual | row for at, row in enumerate(rows)]
    types = {
        "feedback_id": pa.string(),
        "verdict": pa.string(),
        "days_left": pa.int16(),
        "rating": pa.int8(),
        "is_order_defect": pa.bool_(),
        "feedback_date": pa.date32(),
    }
    return pa.table(
        {name: pa.array([row[name] for row in filled], kind) for name, kind in types.items()}
    )


def ranks(*rows: dict[str, Any]) -> list[int]:
    return priority(candidates(*rows), as_of=AS_OF).to_pylist()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"verdict": "request", "rating": 3}, {"verdict": "review", "days_left": 0}),
        ({"verdict": "review", "rating": 3}, {"verdict": "respond", "is_order_defect": True}),
        ({"days_left": 7, "rating": 3}, {"days_left": 8, "is_order_defect": True}),
        ({"days_left": 2, "rating": 3}, {"days_left": 3, "is_order_defect": True}),
        ({"is_order_defect": True, "rating": 2}, {"is_order_defect": False, "rating": 1}),
        ({"rating": 1, "days_left": 80}, {"rating": 2, "days_left": 20}),
        ({"days_left": 20}, {"days_left": 21}),
        ({"feedback_id": "a"}, {"feedback_id": "b"}),
    ],
    ids=[
        "request-review",
        "review-respond",
        "urgent",
        "more urgent",
        "order defect",
        "fewer stars",
        "fewer days",
        "id",
    ],
)
def test_one_fact_after_the_other_decides(first: dict[str, Any], second: dict[str, Any]) -> None:
    assert ranks(first, second) == [1, 2]
    swapped = ({"feedback_id": "b"} | second, {"feedback_id": "a"} | first)
    assert ranks(*swapped) == [2, 1]


def test_answers_go_by_the_sixty_days_in_which_the_buyer_may_remove() -> None:
    ages = [61, 5, 300, 60, 59]
    rows = [
        {"verdict": "respond", "feedback_date": AS_OF - timedelta(days=age), "days_left": 89 - age}
        for age in ages
    ]
    assert ranks(*rows) == [4, 3, 5, 1, 2]


def test_an_unknown_verdict_is_an_error() -> None:
    with pytest.raises(ValueError, match="none of request, review, respond"):
        ranks({"verdict": "leave"})


def test_nothing_to_rank() -> None:
    assert priority(candidates({}).slice(0, 0), as_of=AS_OF).to_pylist() == []


ROW = st.fixed_dictionaries(
    {
        "verdict": st.sampled_from(["request", "review", "respond"]),
        "days_left": st.integers(-100, 90),
        "rating": st.integers(1, 3),
        "is_order_defect": st.booleans(),
    }
)


@given(st.lists(ROW, min_size=1, max_size=12), st.randoms())
def test_every_rank_once_and_whatever_the_row_order(
    rows: list[dict[str, Any]], random: Random
) -> None:
    table = candidates(*rows)
    rank = dict(
        zip(
            table["feedback_id"].to_pylist(),
            priority(table, as_of=AS_OF).to_pylist(),
            strict=True,
        )
    )
    assert sorted(rank.values()) == list(range(1, len(rows) + 1))
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = table.take(order)
    again = priority(shuffled, as_of=AS_OF).to_pylist()
    assert dict(zip(shuffled["feedback_id"].to_pylist(), again, strict=True)) == rank


@pytest.mark.parametrize(
    ("rating", "order_age", "feedback_age", "counts"),
    [
        (1, 60, 10, True),
        (2, 60, 10, True),
        (3, 10, 10, False),
        (1, 61, 10, False),
        (1, None, 60, True),
        (1, None, 61, False),
    ],
)
def test_order_defects_count_sixty_days_from_the_order(
    rating: int, order_age: int | None, feedback_age: int, counts: bool
) -> None:
    ordered = None if order_age is None else AS_OF - timedelta(days=order_age)
    told = is_order_defect(
        pa.array([rating], pa.int8()),
        pa.array([AS_OF - timedelta(days=feedback_age)], pa.date32()),
        pa.array([ordered], pa.date32()),
        as_of=AS_OF,
    )
    assert told.to_pylist() == [counts]
