"""Days counted by hand: 90 days after 2026-08-27 is 2026-11-25 (4 days of August, 30, 31, and 25 of November)."""

from datetime import date, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms.eligibility import Window, deadline_date, judge_eligibility, window_on

AS_OF = date(2026, 11, 25)


def feedback(*rows: tuple[str, date, int]) -> pa.Table:
    ids, dates, ratings = zip(*rows, strict=True)
    return pa.table(
        {
            "feedback_id": pa.array(ids, pa.string()),
            "feedback_date": pa.array(dates, pa.date32()),
            "rating": pa.array(ratings, pa.int8()),
        }
    )


@pytest.mark.parametrize(
    ("feedback_date", "window", "days_left", "is_eligible"),
    [
        (date(2026, 11, 26), "open", 90, True),  # a zone that is a day ahead
        (date(2026, 11, 25), "open", 89, True),
        (date(2026, 8, 29), "open", 1, True),
        (date(2026, 8, 28), "open", 0, True),  # 89 days ago: the deadline itself
        (date(2026, 8, 27), "edge", -1, False),  # 90 days ago: depends on Amazon's zone
        (date(2026, 8, 26), "closed", -2, False),  # 91 days ago
        (date(1995, 1, 1), "closed", -11562, False),
    ],
)
def test_the_window_ends_a_day_early_because_the_zone_is_unknown(
    feedback_date: date, window: str, days_left: int, is_eligible: bool
) -> None:
    told = judge_eligibility(feedback(("a", feedback_date, 1)), as_of=AS_OF, asked=frozenset())
    assert told.window.to_pylist() == [window]
    assert told.days_left.to_pylist() == [days_left]
    assert told.is_eligible.to_pylist() == [is_eligible]
    assert told.deadline_date.to_pylist() == [deadline_date(feedback_date)]
    assert window_on(feedback_date, AS_OF) == window


def test_the_deadline_is_a_calendar_date_that_a_person_can_check() -> None:
    assert deadline_date(date(2026, 8, 28)) == date(2026, 11, 25)
    assert deadline_date(date(2027, 12, 31)) == date(2028, 3, 29)  # over the 29th of February
    assert deadline_date(date(2026, 12, 31)) == date(2027, 3, 30)


@pytest.mark.parametrize(
    ("rating", "is_eligible"), [(1, True), (2, True), (3, True), (4, False), (5, False)]
)
def test_only_one_to_three_stars_may_be_requested(rating: int, is_eligible: bool) -> None:
    told = judge_eligibility(feedback(("a", AS_OF, rating)), as_of=AS_OF, asked=frozenset())
    assert told.is_eligible.to_pylist() == [is_eligible]


def test_a_feedback_is_asked_for_once() -> None:
    told = judge_eligibility(
        feedback(("a", AS_OF, 1), ("b", AS_OF, 1)), as_of=AS_OF, asked=frozenset({"a", "other"})
    )
    assert told.is_eligible.to_pylist() == [False, True]


def test_no_feedback_is_no_error() -> None:
    empty = feedback(("a", AS_OF, 1)).slice(0, 0)
    told = judge_eligibility(empty, as_of=AS_OF, asked=frozenset())
    assert [len(column) for column in told] == [0, 0, 0, 0]
    assert told.days_left.type == pa.int16()
    assert told.is_eligible.type == pa.bool_()


@given(st.dates(date(1995, 1, 1), date(2090, 1, 1)), st.integers(-2, 200))
def test_columns_and_single_dates_agree_on_every_day(feedback_date: date, age: int) -> None:
    as_of = feedback_date + timedelta(days=age)
    told = judge_eligibility(feedback(("a", feedback_date, 2)), as_of=as_of, asked=frozenset())
    window = window_on(feedback_date, as_of)
    assert told.window.to_pylist() == [window]
    assert told.is_eligible.to_pylist() == [window is Window.OPEN]
    assert (window is Window.OPEN) == (age <= 89)
    assert (window is Window.CLOSED) == (age >= 91)
