"""Rules as masks: each rule means what plain Python says it means, and the first broken rule is kept for every row."""

import re
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.field import Between, Field, Matches, NotAfter, OneOf, Present, Rule
from schemas.identifiers import ORDER_ID_PATTERN
from schemas.tables import FEEDBACK
from transforms.row_masks import RowRules, broken_rows

AS_OF = date(2026, 6, 1)

TEXTS = st.one_of(
    st.none(),
    st.text(max_size=6),
    st.sampled_from(["ab", "ab\n", "xab", "abx", "A", "B", "a\nb", ""]),
)
DATES = st.one_of(
    st.none(), st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.just(AS_OF + timedelta(days=1))
)
SMALL = st.one_of(st.none(), st.integers(-128, 127))


def plainly_breaks(value: Any, rule: Rule) -> bool:
    """The rule for one value in plain Python."""
    if value is None:
        return isinstance(rule, Present)
    match rule:
        case Present():
            return False
        case Matches(pattern=pattern):
            return re.fullmatch(pattern, value) is None
        case Between(minimum=minimum, maximum=maximum):
            return not minimum <= value <= maximum  # type: ignore[operator]
        case OneOf(values=values):
            return value not in values
        case NotAfter(days=days):
            return bool(value > AS_OF + timedelta(days=days))


def assert_agree(values: list[Any], of: pa.DataType, rule: Rule) -> None:
    mask = broken_rows(pa.array(values, of), rule, as_of=AS_OF)
    assert [bool(broken) for broken in mask.to_pylist()] == [
        plainly_breaks(value, rule) for value in values
    ]


@given(
    st.lists(TEXTS, max_size=8),
    st.sampled_from(
        [Matches("ab", "r"), Matches("a|b", "r"), OneOf(("A", "B"), "r"), Present("r")]
    ),
)
@settings(max_examples=150, deadline=None)
def test_rules_on_texts(values: list[str | None], rule: Rule) -> None:
    assert_agree(values, pa.string(), rule)


@given(
    st.lists(DATES, max_size=8),
    st.sampled_from(
        [Between(date(1995, 1, 1), date(2020, 1, 1), "r"), NotAfter(1, "r"), Present("r")]
    ),
)
@settings(max_examples=80, deadline=None)
def test_rules_on_dates(values: list[date | None], rule: Rule) -> None:
    assert_agree(values, pa.date32(), rule)


@given(
    st.lists(SMALL, max_size=8),
    st.sampled_from([Between(1, 5, "r"), Between(-500, 500, "r"), Between(1, 2**40, "r")]),
)
@settings(max_examples=80, deadline=None)
def test_bounds_may_lie_beyond_the_columns_type(values: list[int | None], rule: Rule) -> None:
    assert_agree(values, pa.int8(), rule)


def test_a_match_is_a_match_of_the_whole_text() -> None:
    ids = [
        "111-0000001-0000001",
        "111-0000001-0000001\n",
        "x111-0000001-0000001",
        "111-0000001-00000012",
    ]
    mask = broken_rows(pa.array(ids), Matches(ORDER_ID_PATTERN, "r"), as_of=AS_OF)
    assert mask.to_pylist() == [False, True, True, True]


def judged(**columns: list[Any]) -> Any:
    fields = [FEEDBACK.column(name) for name in ("order_id", "feedback_date", "rating")]
    table = pa.table({field.name: pa.array(columns[field.name], field.type) for field in fields})
    return RowRules.of(fields, as_of=AS_OF).judge(table)


def test_the_first_broken_rule_of_each_row_is_kept_and_all_are_counted() -> None:
    good, day = "111-0000001-0000001", date(2026, 1, 15)
    verdicts = judged(
        order_id=[good, "x", None, good, "x"],
        feedback_date=[day, day, day, date(2027, 1, 1), None],
        rating=[1, 1, 1, 9, 9],
    )
    assert verdicts.reasons.to_pylist() == [
        None,
        "bad_order_id",
        "missing_order_id",
        "date_future",
        "bad_order_id",
    ]
    assert verdicts.is_accepted.tolist() == [True, False, False, False, False]
    counts = {
        f"{rule.column}.{rule.reason}": count for rule, count in verdicts.counts.items() if count
    }
    assert counts == {
        "order_id.missing_order_id": 1,
        "order_id.bad_order_id": 2,
        "feedback_date.missing_feedback_date": 1,
        "feedback_date.date_future": 1,
        "rating.rating_range": 2,
    }


def test_a_table_without_rows_breaks_nothing() -> None:
    verdicts = judged(order_id=[], feedback_date=[], rating=[])
    assert verdicts.reasons.to_pylist() == []
    assert not any(verdicts.counts.values())


def test_a_column_that_is_not_there_is_an_error() -> None:
    rules = RowRules.of([Field("x", pa.string(), "", "")], as_of=AS_OF)
    with pytest.raises(KeyError):
        rules.judge(pa.table({"y": ["a"]}))


def test_an_optional_column_may_be_missing() -> None:
    field = Field("x", pa.string(), "", "", required=False, rules=(OneOf(("a",), "bad"),))
    verdicts = RowRules.of([field], as_of=AS_OF).judge(pa.table({"x": pa.array(["a", None, "b"])}))
    assert verdicts.reasons.to_pylist() == [None, None, "bad"]
