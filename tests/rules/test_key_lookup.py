"""Keys are numbered and looked up as a dictionary would do it, and comments are judged the same in whatever chunks."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import judging
from rules.case import CommentCase, SellerIdentity
from rules.distinct_keys import number_distinct
from rules.judging import judge
from rules.packed_index import PackedIndex
from rules.rule_book import RuleBook
from schemas.vocabularies import FulfillmentChannel

KEYS = st.lists(st.integers(0, 40) | st.integers(0, 2**64 - 1), max_size=60)
SMALL = st.integers(0, 300) | st.integers(0, 2**34)
SELLER = SellerIdentity(names=("Harriet Lindqvist",))


@given(KEYS)
def test_equal_keys_get_one_number_and_others_another(keys: list[int]) -> None:
    number, place = number_distinct(np.array(keys, np.uint64))
    assert len(place) == len(set(keys))
    assert [keys[place[n]] for n in number.tolist()] == keys


@given(st.dictionaries(SMALL, st.integers(0, 2**20)), st.lists(SMALL))
def test_known_keys_are_found_with_their_numbers(known: dict[int, int], asked: list[int]) -> None:
    keys, numbers = np.array([*known], np.int64), np.array([*known.values()], np.int64)
    asked = [*asked, *known]
    rows, found = PackedIndex(keys, numbers).find(np.array(asked, np.int64))
    wanted = [(row, known[key]) for row, key in enumerate(asked) if key in known]
    assert list(zip(rows.tolist(), found.tolist(), strict=True)) == wanted


def test_keys_and_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit 64 bits"):
        PackedIndex(np.array([2**50]), np.array([2**20]))


def _cases() -> list[CommentCase]:
    draw = random.Random(5)  # noqa: S311 - a fixed sample
    comments = [
        "The lid does not close.", "Came two weeks late, box crushed", "Call Harriet Lindqvist at 206-555-0147",
        "Nunca llegó y no contestan", "壊れていました。対応も悪い", "", "   ", "Der Verkäufer antwortet nicht, it isn't ok",
        "f u c k this", "Works" * 60, "ﬁne ½ kg, mail a@b.example",
    ]  # fmt: skip
    channels = (FulfillmentChannel.AFN, FulfillmentChannel.MFN)
    return [
        CommentCase(
            " ".join(draw.sample(comments, draw.randint(1, 3))),
            draw.randint(1, 5),
            draw.choice(channels),
        )
        for _ in range(60)
    ]


def test_small_chunks_are_judged_like_single_comments(
    book: RuleBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "_CHUNK", 100)
    cases = _cases()
    together = judge(cases, book, seller=SELLER)
    assert together == [judge([case], book, seller=SELLER)[0] for case in cases]
    assert len({judgement.verdict for judgement in together}) > 1
