"""Marks stand on the original text: nothing is lost, moved or normalised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_manager.worksheet.highlight import Piece, pieces_of
from rules.judgement import Span

TRICKY = [
    "cafe\u0301 au lait",  # combining mark
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 family",  # joined emoji
    "\U0001f1e9\U0001f1ea flag",  # two regional indicators
    "שלום world",
    "می\u200cخواهم",  # Persian non-joiner
    "line\nbreak\ttab",
]


def marked(pieces: tuple[Piece, ...], word_class: str) -> str:
    return "".join(piece.text for piece in pieces if word_class in piece.word_classes)


@pytest.mark.parametrize("comment", TRICKY)
def test_every_position_can_be_marked_exactly(comment: str) -> None:
    for start in range(len(comment)):
        for end in range(start + 1, len(comment) + 1):
            pieces = pieces_of(comment, [Span(start, end, "product")])
            assert "".join(piece.text for piece in pieces) == comment
            assert marked(pieces, "product") == comment[start:end]
            assert all(piece.control is None for piece in pieces)


def test_overlapping_evidence_keeps_both_classes() -> None:
    pieces = pieces_of("late parcel", [Span(0, 11, "delivery"), Span(5, 11, "product")])
    assert pieces == (
        Piece("late ", ("delivery",)),
        Piece("parcel", ("delivery", "product")),
    )


def test_characters_that_turn_a_line_around_are_shown() -> None:
    pieces = pieces_of("a\u202egnp.exe\u0000\u001b[0m", [])
    assert [piece.control for piece in pieces] == [None, "U+202E", None, "U+0000", "U+001B", None]


@pytest.mark.parametrize("span", [(-1, 2), (0, 99), (3, 3), (4, 2)])
def test_evidence_outside_the_comment_is_an_error(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="does not lie inside a comment of 5 characters") as error:
        pieces_of("hello", [Span(*span, "product")])
    assert "hello" not in str(error.value)


@st.composite
def commented(draw: st.DrawFn) -> tuple[str, list[Span]]:
    comment = draw(st.text(min_size=1, max_size=60))
    spans = []
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(0, len(comment) - 1))
        end = draw(st.integers(start + 1, len(comment)))
        spans.append(Span(start, end, draw(st.sampled_from(["product", "delivery", "seller"]))))
    return comment, spans


@given(commented())
def test_pieces_are_the_comment_and_marks_cover_just_the_evidence(
    case: tuple[str, list[Span]],
) -> None:
    comment, spans = case
    pieces = pieces_of(comment, spans)
    assert "".join(piece.text for piece in pieces) == comment
    at = 0
    for piece in pieces:
        for position in range(at, at + len(piece.text)):
            covering = {s.word_class for s in spans if s.start <= position < s.end}
            assert set(piece.word_classes) == covering
        at += len(piece.text)
