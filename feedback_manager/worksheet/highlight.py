"""Cut a comment at the edges of its evidence, so that a page can mark the words that decided."""

import itertools
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

from rules.judgement import Span


class Piece(NamedTuple):
    """A stretch of the comment; all pieces in order are the whole comment, character for character."""

    text: str
    word_classes: tuple[str, ...] = ()
    """Lexicon classes of the evidence that covers it, in the order of the alphabet; none outside."""
    control: str | None = None
    """Set for a character that would be invisible or would reorder the line: its code point, to show instead."""


_DIRECTION_CONTROLS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEPT_CONTROLS: Final = frozenset("\n\t")


def pieces_of(comment: str, evidence: Sequence[Span]) -> tuple[Piece, ...]:
    """The comment cut into pieces; overlapping evidence gives a piece several classes.

    Joiners inside emoji and Indic or Persian words stay as they are; only characters that change the direction of
    what follows, and control characters, become pieces of their own.

    Raises:
        ValueError: a span does not lie inside the comment.
    """
    for span in evidence:
        if not 0 <= span.start < span.end <= len(comment):
            raise ValueError(
                f"evidence {span.start}-{span.end} does not lie inside a comment of {len(comment)} characters"
            )
    edges = {0, len(comment)}
    for span in evidence:
        edges |= {span.start, span.end}
    for at, character in enumerate(comment):
        if _is_control(character):
            edges |= {at, at + 1}
    ordered = sorted(edges)
    return tuple(
        Piece(
            comment[start:end],
            tuple(sorted({s.word_class for s in evidence if s.start <= start and end <= s.end})),
            f"U+{ord(comment[start]):04X}" if _is_control(comment[start]) else None,
        )
        for start, end in itertools.pairwise(ordered)
    )


def _is_control(character: str) -> bool:
    return character in _DIRECTION_CONTROLS or (
        character not in _KEPT_CONTROLS and unicodedata.category(character) == "Cc"
    )
