"""Columns, tables, keys, vocabularies, marketplaces and states fit each other and refuse what they do not know."""

import re
from datetime import date
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.columns import COLUMNS
from schemas.identifiers import ORDER_ID_PATTERN, content_sha256, feedback_id, request_id
from schemas.marketplaces import Confidence, UnknownMarketplaceError, marketplace, marketplaces
from schemas.request_states import ARROWS, TERMINAL, ForbiddenArrowError, require_arrow
from schemas.tables import TABLES, Table
from schemas.vocabularies import (
    FulfillmentChannel,
    Ground,
    RequestState,
    UnknownTermError,
)


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_key_and_partition_are_columns_that_are_never_empty(table: Table) -> None:
    for name in (*table.key, *table.partition_by):
        assert table.column(name).required, name
    assert len(set(table.schema.names)) == len(table.columns)


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_descriptions_travel_in_the_arrow_schema(table: Table) -> None:
    metadata = table.schema.metadata or {}

    assert metadata[b"row_is"].decode() == table.row_is
    for column in table.columns:
        described = table.schema.field(column.name).metadata or {}
        assert described[b"description"].decode() == column.meaning
        assert (b"personal" in described) == column.personal


def test_an_unknown_column_is_refused_with_the_tables_name() -> None:
    with pytest.raises(KeyError, match="feedback has no column 'mood'"):
        TABLES["feedback"].column("mood")


def test_names_follow_the_conventions() -> None:
    for name, column in COLUMNS.items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        if name.endswith("_at"):
            assert column.type == pa.timestamp("us", tz="UTC"), name
        if name.endswith("_date"):
            assert column.type == pa.date32(), name
        if name.startswith(("is_", "has_")):
            assert pa.types.is_boolean(column.type), name


def test_reasons_are_unique_within_a_table() -> None:
    for table in TABLES.values():
        for column in table.columns:
            reasons = [rule.reason for rule in column.all_rules]
            assert len(set(reasons)) == len(reasons), (table.name, column.name)


def test_a_missing_value_breaks_a_rule_only_where_it_is_required() -> None:
    comment = TABLES["feedback"].column("comment")
    rating = TABLES["feedback"].column("rating")

    assert comment.all_rules == ()
    assert rating.all_rules[0].reason == "missing_rating"
    assert rating.optional().all_rules == rating.rules


PARTS = st.tuples(
    *[st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=8)] * 3
)


@given(PARTS, PARTS)
def test_only_the_same_feedback_has_the_same_key(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert (feedback_id(*one) == feedback_id(*other)) == (one == other)


def test_parts_of_a_key_do_not_run_into_each_other() -> None:
    assert feedback_id("ab", "c", "d") != feedback_id("a", "bc", "d")


def test_keys_stay_what_they_are() -> None:
    key = feedback_id("lamps", "US", "111-0000001-0000001")

    assert key == "15d233e58298ba82a408c30261b0f7e2"
    assert request_id(key, 1) != request_id(key, 2)
    assert re.fullmatch("[0-9a-f]{32}", request_id(key, 1))


def test_content_is_compared_in_one_unicode_form() -> None:
    assert content_sha256(1, "caf\u00e9") == content_sha256(1, "cafe\u0301")
    assert content_sha256(1, None) == content_sha256(1, "")
    assert content_sha256(1, "late") != content_sha256(2, "late")
    assert content_sha256(1, "late") != content_sha256(1, "Late")


@pytest.mark.parametrize("order_id", ["111-0000001-0000001", "S01-0000001-0000001"])
def test_order_ids_are_3_7_7(order_id: str) -> None:
    assert re.fullmatch(ORDER_ID_PATTERN, order_id)
    assert not re.fullmatch(ORDER_ID_PATTERN, order_id[1:])
    assert not re.fullmatch(ORDER_ID_PATTERN, order_id.replace("-", ""))


def test_a_word_outside_a_vocabulary_is_refused_with_all_words() -> None:
    assert FulfillmentChannel.parse(" AFN ") is FulfillmentChannel.AFN
    with pytest.raises(UnknownTermError, match="'afn' is none of AFN, MFN, MIXED, UNKNOWN"):
        FulfillmentChannel.parse("afn")


def test_grounds_are_allowed_values_of_their_column() -> None:
    (rule,) = COLUMNS["ground"].rules

    assert getattr(rule, "values") == tuple(Ground)  # noqa: B009 - mypy knows only the union of rules


def test_marketplaces_have_distinct_ids_and_known_formats() -> None:
    known = marketplaces()

    assert len(known) == 23
    assert len({place.id for place in known.values()}) == 23
    assert len({place.sales_channel for place in known.values()}) == 23
    for place in known.values():
        assert (place.date_format is None) == (place.confidence is Confidence.UNKNOWN), place.code
        for encoding in place.encodings:
            "".encode(encoding)


def test_a_code_that_is_no_marketplace_is_refused() -> None:
    assert marketplace("gb").code == "UK"
    with pytest.raises(UnknownMarketplaceError, match="'XX' is no marketplace; known: US"):
        marketplace("XX")


def test_every_state_is_reached_and_left_unless_it_ends_a_request() -> None:
    reached = {arrow.to_state for arrow in ARROWS}
    left = {arrow.from_state for arrow in ARROWS} - {None}

    assert reached == set(RequestState)
    assert left == set(RequestState) - TERMINAL


def test_no_arrow_leads_to_a_click_without_an_approval() -> None:
    into_click = {arrow.from_state for arrow in ARROWS if arrow.to_state is RequestState.SUBMITTING}

    assert into_click == {RequestState.APPROVED}
    with pytest.raises(ForbiddenArrowError, match="cannot go from planned to submitting"):
        require_arrow(RequestState.PLANNED, RequestState.SUBMITTING)
    for before, after in pairwise(
        (None, RequestState.PLANNED, RequestState.APPROVED, RequestState.SUBMITTING)
    ):
        require_arrow(before, after)


def test_bounds_of_dates_fit_their_column() -> None:
    (century, _) = COLUMNS["feedback_date"].rules

    assert getattr(century, "minimum") == date(1995, 1, 1)  # noqa: B009 - mypy knows only the union of rules
