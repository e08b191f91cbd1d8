"""Flags on comments, damage, and double encoding undone only where that is exact."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.reports.text_signs import TextSigns, is_damaged, repaired, text_signs


def signs(*texts: str) -> TextSigns:
    is_plain = all(text.isascii() and text.isprintable() for text in texts)
    return text_signs(pa.array(texts, pa.string()), is_ascii=is_plain)


@pytest.mark.parametrize(
    "text",
    [
        "lost \ufffd here",
        "Versp?tet",
        "Versp??tet geliefert",
        "????? ???",
        "item was ????? broken",
        "??? broken",
        "Amazon???は",
    ],
)
def test_lost_characters_are_seen(text: str) -> None:
    assert is_damaged(text)
    assert signs(text).is_damaged.to_pylist() == [True]
    assert signs("fine", text, "fine").is_damaged.to_pylist() == [False, True, False]


@pytest.mark.parametrize(
    "text",
    ["where is it???", "Why?!??? Bad", "really? yes", "what?No", "", "?", "ok?", "(why???) never"],
)
def test_plain_questions_are_no_damage(text: str) -> None:
    assert not is_damaged(text)
    assert signs(text).is_damaged.to_pylist() == [False]


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("plain", []),
        ("re\u200bfund", ["zero_width"]),
        ("a\u202eb", ["bidi"]),
        ("red \x1b[31m", ["ctrl"]),
        ("sc\u0430m", ["homoglyph"]),
        ("x" * 70_000, ["long"]),
        ("a\u202eb \x07", ["bidi", "ctrl"]),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", []),
        ("два слова", []),
        ("наушники Sony", []),
    ],
)
def test_flags(text: str, flags: list[str]) -> None:
    found = signs("other", text)
    assert found.flags.to_pylist() == [[], flags]
    assert found.texts.to_pylist() == ["other", text]


def test_double_encoding_is_undone_and_the_text_as_reported_kept() -> None:
    found = signs("Das war versp\u00c3\u00a4tet", "plain", "\u00c3\u00bcber \u65e5")
    assert found.texts.to_pylist() == ["Das war versp\u00e4tet", "plain", "\u00c3\u00bcber \u65e5"]
    assert found.as_reported.to_pylist() == ["Das war versp\u00c3\u00a4tet", None, None]
    assert found.flags.to_pylist() == [["mojibake"], [], ["mojibake"]]


def seen_as_cp1252(text: str) -> str:
    """UTF-8 bytes taken for Windows-1252; the five bytes it does not define become control characters."""
    return "".join(
        bytes((octet,)).decode("latin-1" if octet in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else "cp1252")
        for octet in text.encode()
    )


@given(
    st.text(
        st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20
    )
)
@settings(max_examples=150, deadline=None)
def test_whatever_was_encoded_twice_comes_back(text: str) -> None:
    twice = seen_as_cp1252(text)
    assert repaired(twice) == (None if text == twice else text)


@given(st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_a_repair_is_always_reversible(text: str) -> None:
    once = repaired(text)
    if once is not None:
        assert seen_as_cp1252(once) == text
