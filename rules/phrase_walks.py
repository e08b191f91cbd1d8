"""Walking the phrase trees of the lexicons from all tokens of a batch at once."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.distinct_keys import number_distinct
from rules.lexicon_arrays import GAP_WORDS, Lexicon, pattern_bits
from rules.tokens import TokenBatch
from rules.typed_words import Groups, SpokenWords
from rules.word_classes import NUMBER_OF, WordClass

Index = npt.NDArray[np.int64]
Classes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]

_LONGEST: Final = 60
"""Tokens from the first to the last of a phrase, words in gaps included: the places fit one 64-bit mask."""

_WHOLE_RANGE: Final = tuple(
    NUMBER_OF[c]
    for c in (WordClass.CLEARS_SELLER, WordClass.CLEARS_DELIVERY, WordClass.CLEARS_PRODUCT)
)
"""Phrases that also use up the words in their gaps: "not the fault of the seller"."""


def find_phrases(
    tokens: TokenBatch, words: SpokenWords, spoken: Index, lexicon: Lexicon
) -> tuple[Index, npt.NDArray[np.uint64], Classes]:
    """Walk the phrase trees from every token at once.

    Args:
        tokens: the batch.
        words: its words in their languages.
        spoken: number of each token's language, -1 for none.
        lexicon: the phrases.

    Returns:
        The first token of each phrase, the tokens it uses as bits from that one on, and the number of its class.
    """
    ahead = _Ahead(tokens, words, spoken, lexicon)
    walks = _joined(
        _second_words(ahead, words, spoken >= 0, lexicon),
        _arrive(words, lexicon, _first_gaps(ahead, words, spoken >= 0, lexicon)),
    )
    found: list[tuple[Index, npt.NDArray[np.uint64], Classes]] = []
    whole = np.zeros(256, np.bool_)
    whole[list(_WHOLE_RANGE)] = True
    while len(walks.head):
        ends = lexicon.terminal.take(walks.state)
        done = np.flatnonzero(ends)
        if len(done):
            head, ended, used = walks.head.take(done), ends.take(done), walks.mask.take(done)
            offset = (walks.position.take(done) - head).astype(np.uint64)
            full = (np.uint64(2) << offset) - np.uint64(1)
            found.append((head, np.where(whole[ended], full, used), ended))
        walks = _arrive(words, lexicon, _step(ahead, lexicon, walks))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros(0, np.uint8)
    return (
        np.concatenate([f[0] for f in found]),
        np.concatenate([f[1] for f in found]),
        np.concatenate([f[2] for f in found]),
    )


class _Walks(NamedTuple):
    """Walks through the phrase trees: first token, present token, state, mask of the tokens used."""

    head: Index
    position: Index
    state: Index
    mask: npt.NDArray[np.uint64]


def _joined(one: _Walks, other: _Walks) -> _Walks:
    """Walks of both."""
    return _Walks(
        np.concatenate((one.head, other.head)),
        np.concatenate((one.position, other.position)),
        np.concatenate((one.state, other.state)),
        np.concatenate((one.mask, other.mask)),
    )


def _some(walks: _Walks, kept: Index) -> _Walks:
    """Some of the walks."""
    head, position, state, mask = walks
    return _Walks(head.take(kept), position.take(kept), state.take(kept), mask.take(kept))


class _Ahead:
    """What stands after each token, as bits: a walk whose state shares none of them cannot go on.

    Attributes:
        bits: bits of the patterns that fit each token.
        next: bits of the next token of the clause, none at its end.
        window: at least the bits of all tokens that a gap after this token may reach.
        gap: tokens that a gap may leave out after this token, and one.
        clause: number of each token's clause.
    """

    def __init__(
        self, tokens: TokenBatch, words: SpokenWords, spoken: Index, lexicon: Lexicon
    ) -> None:
        count = len(spoken)
        self.clause = tokens.clause
        self.gap = lexicon.gap_sizes[spoken] + 1
        bits = words.patterns.any_bit(pattern_bits(words.patterns.values))
        self.bits = bits.take(words.of_token)
        self.next = np.zeros(count, np.uint64)
        self.next[:-1] = self.bits[1:]
        self.next[tokens.clause_first[1:] - 1] = 0
        two = self.next | _shifted(self.next, 1)
        four = two | _shifted(two, 2)
        self.window = four
        if count and self.gap.max() > GAP_WORDS + 1:
            eight = four | _shifted(four, 4)
            wide = eight | _shifted(self.next, 8)
            self.window = np.where(self.gap > GAP_WORDS + 1, wide, four)


def _shifted(bits: npt.NDArray[np.uint64], by: int) -> npt.NDArray[np.uint64]:
    moved = np.zeros(len(bits), np.uint64)
    moved[:-by] = bits[by:]
    return moved


def _second_words(ahead: _Ahead, words: SpokenWords, is_spoken: Flags, lexicon: Lexicon) -> _Walks:
    """Walks over the first two words of phrases; each distinct pair of words is looked up once."""
    starts, patterns, of_token = words.starts, words.patterns, words.of_token
    next_bits = lexicon.next_bits.take(starts.values)
    fits = starts.any_bit(next_bits).take(of_token) & ahead.next != 0
    first = np.flatnonzero(fits & is_spoken)
    both = of_token.take(first) * len(words.classes) + of_token.take(first + 1)
    number, shown = number_distinct(both.view(np.uint64))
    pair = first.take(shown)
    row, value = starts.expand(of_token.take(pair))
    # most walks end here: the next word fits nothing that may follow
    bits = ahead.next.take(pair).take(row)
    bits &= next_bits.take(value)
    alive = np.flatnonzero(bits)
    row, state = row.take(alive), starts.values.take(value.take(alive))
    step, value = patterns.expand(of_token.take(pair + 1).take(row))
    again, state = lexicon.follow(state.take(step), patterns.values.take(value))
    sizes = np.bincount(row.take(step.take(again)), minlength=len(pair))
    which, place = Groups(np.cumsum(sizes) - sizes, sizes, state).expand(number)
    head = first.take(which)
    return _Walks(head, head + 1, state.take(place), np.full(len(head), 3, np.uint64))


def _first_gaps(ahead: _Ahead, words: SpokenWords, is_spoken: Flags, lexicon: Lexicon) -> _Walks:
    """Walks from the first words of phrases over a gap to each word that fits after it."""
    gap_bits = lexicon.gap_bits.take(words.starts.values)
    starts = words.starts.only(gap_bits != 0)
    gap_bits = gap_bits[gap_bits != 0]
    fits = starts.any_bit(gap_bits).take(words.of_token) & ahead.window != 0
    first = np.flatnonzero(fits & is_spoken)
    row, value = starts.expand(words.of_token.take(first))
    bits = ahead.window.take(first).take(row)
    bits &= gap_bits.take(value)
    alive = np.flatnonzero(bits)
    head = first.take(row.take(alive))
    state = starts.values.take(value.take(alive))
    return _over_gaps(ahead, lexicon, _Walks(head, head, state, np.ones(len(head), np.uint64)))


def _arrive(words: SpokenWords, lexicon: Lexicon, walks: _Walks) -> _Walks:
    """Use up the token that each walk has come to, where its word fits."""
    row, value = words.patterns.expand(words.of_token.take(walks.position))
    again, state = lexicon.follow(walks.state.take(row), words.patterns.values.take(value))
    row = row.take(again)
    head, position = walks.head.take(row), walks.position.take(row)
    mask = walks.mask.take(row) | (np.uint64(1) << (position - head).astype(np.uint64))
    return _Walks(head, position, state, mask)


def _step(ahead: _Ahead, lexicon: Lexicon, walks: _Walks) -> _Walks:
    """Move every walk to the next token, and those at a gap to each token that the gap may reach."""
    straight = ahead.next.take(walks.position) & lexicon.next_bits.take(walks.state)
    gap = ahead.window.take(walks.position) & lexicon.gap_bits.take(walks.state)
    going, at_gap = _some(walks, np.flatnonzero(straight)), _some(walks, np.flatnonzero(gap))
    moved = _joined(
        _Walks(going.head, going.position + 1, going.state, going.mask),
        _over_gaps(ahead, lexicon, at_gap),
    )
    is_near = moved.position - moved.head < _LONGEST
    if is_near.all():
        return moved
    return _some(moved, np.flatnonzero(is_near))


def _over_gaps(ahead: _Ahead, lexicon: Lexicon, walks: _Walks) -> _Walks:
    """Move walks whose states have a gap to each token that fits after it."""
    head, position, before_gap, mask = walks
    state = lexicon.gap_child.take(before_gap)
    sizes = ahead.gap.take(position)
    which = np.repeat(np.arange(len(head)), sizes)
    begins = position + 1 - (np.cumsum(sizes) - sizes)
    to = np.arange(len(which)) + begins.take(which)
    inside = np.flatnonzero(to < len(ahead.clause))
    which, to = which.take(inside), to.take(inside)
    fits = np.flatnonzero(ahead.bits.take(to) & lexicon.next_bits.take(state).take(which))
    which, to = which.take(fits), to.take(fits)
    same = np.flatnonzero(ahead.clause.take(to) == ahead.clause.take(position).take(which))
    which, to = which.take(same), to.take(same)
    return _Walks(head.take(which), to, state.take(which), mask.take(which))
