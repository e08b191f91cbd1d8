"""Printed ratings and order ids as typed columns, and keys equal to those of `schemas.identifiers`."""

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.identifiers import content_sha256, feedback_id
from transforms.reports.cell_values import (
    clean_order_id,
    clean_order_ids,
    is_order_id,
    packed_order_ids,
    read_rating,
    typed_ratings,
)
from transforms.reports.content_keys import content_hashes, feedback_ids

ORDER_IDS = st.from_regex(
    r"(?:[0-9]{3}|[A-Z][0-9]{2})-[0-9]{7}-[0-9]{7}",
    fullmatch=True,
    alphabet=st.characters(codec="ascii"),
)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("1", 1),
        (" 2 ", 2),
        ("3.0", 3),
        ("3,00", 3),
        ("５", 5),
        ("٣", 3),
        ("0", 0),
        ("-1", -1),
        ("999", 127),
        ("", "missing_rating"),
        ("\u00a0", "missing_rating"),
        ("1.5", "rating_form"),
        ("5 stars", "rating_form"),
        ("★★", "rating_form"),
        ("½", "rating_form"),
        ("1e0", "rating_form"),
        ("99999999999999999999", "rating_form"),
    ],
)
def test_only_exact_whole_numbers_are_ratings(printed: str, expected: int | str) -> None:
    assert read_rating(printed) == expected


def test_a_column_of_ratings_keeps_values_and_reasons_apart() -> None:
    typed = typed_ratings(pa.array(["1", "x", "1", ""]))
    assert typed.values.to_pylist() == [1, None, 1, None]
    assert typed.reasons.to_pylist() == [None, "rating_form", None, "missing_rating"]
    assert typed_ratings(pa.array(["1", "2"])).reasons is None


@pytest.mark.parametrize(
    "printed",
    [
        " 111-0000001-0000001",
        "'111-0000001-0000001",
        '"111-0000001-0000001"',
        "\u00a0111-0000001-0000001\u200b",
        "111\u20110000001\u20130000001",
        "１１１-０００００01-0000001",
    ],
)
def test_what_is_put_around_an_order_id_is_taken_off(printed: str) -> None:
    assert clean_order_id(printed) == "111-0000001-0000001"
    assert (
        clean_order_ids(pa.array([printed, "222-0000001-0000001"])).to_pylist()[0]
        == "111-0000001-0000001"
    )


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "111-0000001-000001",
        "1.11E+17",
        "111 0000001 0000001",
        "d01-0000001-0000001",
        "11100000010000001",
    ],
)
def test_nothing_inside_an_order_id_is_guessed(printed: str) -> None:
    assert not is_order_id(printed)
    assert packed_order_ids(pa.array([printed])).tolist() == [-1]


@given(st.lists(ORDER_IDS, min_size=2, max_size=20))
@settings(max_examples=100, deadline=None)
def test_packed_order_ids_are_equal_only_for_equal_texts(order_ids: list[str]) -> None:
    packed = packed_order_ids(pa.array(order_ids))
    assert (packed >= 0).all()
    assert len(np.unique(packed)) == len(set(order_ids))


def test_packed_order_ids_of_a_slice_are_those_of_its_rows() -> None:
    column = pa.array(["x", "111-0000001-0000001", "222-0000001-0000002"])
    assert packed_order_ids(column.slice(1)).tolist() == packed_order_ids(column).tolist()[1:]


@given(st.lists(ORDER_IDS, max_size=5), st.text(max_size=8), st.sampled_from(["US", "DE"]))
@settings(max_examples=60, deadline=None)
def test_feedback_ids_of_a_column_are_those_of_its_cells(
    order_ids: list[str], account: str, market: str
) -> None:
    found = feedback_ids(account, market, pa.array(order_ids, pa.string()))
    assert found.to_pylist() == [feedback_id(account, market, order_id) for order_id in order_ids]


def test_keys_that_were_stored_once_stay_what_they_are() -> None:
    order_ids = pa.array(["111-0000001-0000001", "S01-0000001-0000001"])
    assert feedback_ids("shop", "US", order_ids).to_pylist() == [
        "fa30bef7b358ffec06cb8aae229d26fe",
        "f389907d75208a77fb4432ea7422e34c",
    ]
    comments = pa.array(["Arrived  late", "", "Caf\u00e9"])
    assert content_hashes(pa.array([1, 2, 5], pa.int8()), comments).to_pylist() == [
        "43ffe4e5052dd24302d01e40f3f0ba9de30e3c75cc5a2a1f5260b07cda79dbbf",
        "12780e1b012f622b1df94b9a23ae6b397601866f3ca0cf7e168b5529a4e65d5a",
        "966b24eca1b2b396087db9ae52095fd2083b0b5e22962352bde308e436829e42",
    ]


BLANK_TEXTS = st.lists(
    st.sampled_from(
        ["a", "bc", " ", "\n", "\t", "\x1c", "\x85", "\u3000", "\x7f", "\u00e9", "e\u0301"]
    )
).map("".join)


@given(st.lists(st.tuples(st.integers(-128, 127), st.text(max_size=30) | BLANK_TEXTS), max_size=6))
@settings(max_examples=200, deadline=None)
def test_content_hashes_of_a_column_are_those_of_its_cells(contents: list[tuple[int, str]]) -> None:
    ratings = pa.array([rating for rating, _ in contents], pa.int8())
    comments = pa.array([comment for _, comment in contents], pa.string())
    assert content_hashes(ratings, comments).to_pylist() == [
        content_sha256(*content) for content in contents
    ]


def test_both_unicode_forms_of_a_comment_have_one_hash() -> None:
    forms = ["caf\u00e9", unicodedata.normalize("NFD", "caf\u00e9")]
    hashes = content_hashes(pa.array([1, 1], pa.int8()), pa.array(forms)).to_pylist()
    assert hashes[0] == hashes[1]
