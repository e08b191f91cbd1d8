"""Finding the words and phrases of the lexicons in a batch of comments, longest first, each token used once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from rules.folding import FoldedBatch
from rules.lexicon_arrays import GAP_WORDS, Grouped, Lexicon, TokenTypes, pattern_bits
from rules.tokens import TokenBatch
from rules.word_classes import NUMBER_OF, WordClass

Index = npt.NDArray[np.int64]
Classes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]

Hide = Callable[[Hashes, Index], npt.NDArray[np.bool_]]
"""Tells from the keys of words and phrases that were found, and their comments, which of them to overlook."""

_LONGEST: Final = 60
"""Tokens from the first to the last of a phrase, words in gaps included: the places fit one 64-bit mask."""

_WHOLE_RANGE: Final = tuple(
    NUMBER_OF[c]
    for c in (WordClass.CLEARS_SELLER, WordClass.CLEARS_DELIVERY, WordClass.CLEARS_PRODUCT)
)
"""Phrases that also use up the words in their gaps: "not the fault of the seller"."""

_FIRST_CHOICE: Final = (
    WordClass.CLEARS_SELLER,
    WordClass.CLEARS_DELIVERY,
    WordClass.CLEARS_PRODUCT,
    WordClass.OBSCENE,
)


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found in a batch.

    Attributes:
        token_class: number of the class that each token heads or stands alone for; 0 if unknown or inside a phrase.
        token_end: last token of the phrase that a token heads (itself for a single word).
        is_inside: the token belongs to a phrase that an earlier token heads.
    """

    token_class: Classes
    token_end: Index
    is_inside: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TypedTokens:
    """The type of each token, and what is known of each type.

    Attributes:
        types: place of each token's type among the known ones, or after them among the others.
        known: types that the lexicons list.
        more: types of the other words of this batch.
    """

    types: Index
    known: TokenTypes
    more: TokenTypes

    def weights(self) -> npt.NDArray[np.float32]:
        """Weight of each token in each language."""
        known = self.known.weight
        found: npt.NDArray[np.float32] = known.take(self.types, axis=0, mode="clip")
        strange = np.flatnonzero(self.types >= len(known))
        found[strange] = self.more.weight[self.types[strange] - len(known)]
        return found

    def spoken(self, language: Index) -> "_Words":
        """The words of the batch, each distinct one once, as they are in the language of each token."""
        languages = self.known.classes.shape[1]
        limit = len(self.known.classes) * languages
        key = self.types * languages + language
        is_used = np.zeros(limit + len(self.more.classes) * languages, np.bool_)
        is_used[key] = True
        used = np.flatnonzero(is_used)
        place = np.empty(len(is_used), np.int32)
        place[used] = np.arange(len(used))
        known = used[: np.searchsorted(used, limit)]
        strange = used[len(known) :] - limit
        return _Words(
            place.take(key),
            np.concatenate((self.known.classes.ravel()[known], self.more.classes.ravel()[strange])),
            _Groups.of(self.known.starts, known, self.more.starts, strange),
            _Groups.of(self.known.patterns, known, self.more.patterns, strange),
        )


class _Words(NamedTuple):
    """Distinct words in their languages.

    Attributes:
        of_token: which of the words each token is.
        classes: class of each word that stands alone.
        starts: states after each word as the first of a phrase.
        patterns: word patterns that each word fits within a phrase.
    """

    of_token: npt.NDArray[np.int32]
    classes: Classes
    starts: "_Groups"
    patterns: "_Groups"


class _Groups(NamedTuple):
    """A group of values for each word: where it begins among the values, and its size."""

    begin: Index
    size: Index
    values: Index

    @classmethod
    def of(cls, known: Grouped, places: Index, more: Grouped, strange: Index) -> Self:
        """Groups of known words and of strange ones."""
        begin = known.start[places], more.start[strange] + len(known.values)
        end = known.start[places + 1], more.start[strange + 1] + len(known.values)
        begins = np.concatenate(begin).astype(np.int64)
        values = np.concatenate((known.values, more.values))
        return cls(begins, np.concatenate(end) - begins, values)

    def expand(self, words: npt.NDArray[np.int32] | Index) -> tuple[Index, Index]:
        """For each of these words all its values: place in `words`, and place of the value."""
        counts = self.size.take(words)
        rows = np.repeat(np.arange(len(words)), counts)
        skipped = self.begin.take(words) - (np.cumsum(counts) - counts)
        return rows, np.arange(len(rows)) + skipped.take(rows)


def type_tokens(tokens: TokenBatch, batch: FoldedBatch, lexicon: Lexicon) -> TypedTokens:
    """Look every token up; words that no lexicon lists are examined once each for their parts."""
    types = lexicon.known.find(tokens.hashes)
    strange = types < 0
    types[strange & tokens.is_number] = lexicon.number_type
    asked = np.flatnonzero(strange & ~tokens.is_number)
    if not len(asked):
        return TypedTokens(types, lexicon.known_types, lexicon.describe([]))
    _, first, place = np.unique(tokens.hashes[asked], return_index=True, return_inverse=True)
    chosen = asked[first]
    words = [
        batch.text[s:e]
        for s, e in zip(tokens.start[chosen].tolist(), tokens.end[chosen].tolist(), strict=True)
    ]
    types[asked] = len(lexicon.known_types.classes) + place
    return TypedTokens(types, lexicon.known_types, lexicon.describe(words))


def match(
    tokens: TokenBatch,
    typed: TypedTokens,
    language: Index,
    lexicon: Lexicon,
    hide: Hide | None = None,
) -> Matches:
    """Find words and phrases.

    Args:
        tokens: the batch.
        typed: the types of its tokens.
        language: number of each comment's language, -1 for none.
        lexicon: the words and phrases.
        hide: what to overlook, as if the lexicon did not list it; a training asks so how comments look that nobody wrote
            a lexicon for.
    """
    count = len(tokens.start)
    spoken = language[tokens.comment]
    is_spoken = spoken >= 0
    words = typed.spoken(np.maximum(spoken, 0))
    single = words.classes.take(words.of_token)
    single[~is_spoken] = 0
    head, mask, found_class = _phrases(tokens, words, spoken, lexicon)
    if hide is not None:
        single[hide(_keys(tokens, spoken, single), tokens.comment)] = 0
        keys = _phrase_keys(tokens, spoken, head, mask, found_class)
        seen = ~hide(keys, tokens.comment[head])
        head, mask, found_class = head[seen], mask[seen], found_class[seen]
    token_class = single
    token_end = np.arange(count)
    is_inside = np.zeros(count, np.bool_)
    if not len(head):
        return Matches(token_class, token_end, is_inside)
    order = np.argsort(_rank(mask, found_class), kind="stable")
    head, mask, found_class = head[order], mask[order], found_class[order]
    owner = np.full(count, -1, np.int64)
    rows, places = _places(mask)
    owner[head[rows] + places] = rows
    # a phrase that lost half of its words to longer ones gives the rest back
    lost = np.bincount(owner[owner >= 0], minlength=len(mask)) * 2 <= _bit_count(mask)
    owner[(owner >= 0) & lost[owner]] = -1
    owned_tokens = np.flatnonzero(owner >= 0)
    phrase = owner[owned_tokens]
    if not len(phrase):
        return Matches(token_class, token_end, is_inside)
    first = np.full(len(mask), -1, np.int64)
    first[phrase[::-1]] = owned_tokens[::-1]  # tokens fall, so the first one stays
    last = np.zeros(len(mask), np.int64)
    last[phrase] = owned_tokens  # and here the last one
    # the first token that a phrase still owns becomes its head
    owning = np.flatnonzero(first >= 0)
    heads = first[owning]
    is_inside[owned_tokens] = True
    is_inside[heads] = False
    token_class = single.copy()
    token_class[owned_tokens] = 0
    token_class[heads] = found_class[owning]
    token_end[heads] = last[owning]
    return Matches(token_class, token_end, is_inside)


def _keys(tokens: TokenBatch, spoken: Index, single: Classes) -> Hashes:
    """A key for each word that stands alone, by its class and language; 0 for words without a class."""
    about = single.astype(np.uint64) * np.uint64(64) + spoken.astype(np.uint64)
    return np.where(single > 0, tokens.hashes * np.uint64(3) + about, np.uint64(0))


def _phrase_keys(
    tokens: TokenBatch, spoken: Index, head: Index, mask: Hashes, found_class: Classes
) -> Hashes:
    """A key for each phrase by its words, class and language."""
    rows, places = _places(mask)
    words = tokens.hashes[head[rows] + places]
    keys = found_class.astype(np.uint64) * np.uint64(64) + spoken[head].astype(np.uint64)
    np.add.at(keys, rows, (words ^ (words >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15))
    return keys


def _bit_count(mask: npt.NDArray[np.uint64]) -> Index:
    return np.bitwise_count(mask).astype(np.int64)


def _rank(mask: npt.NDArray[np.uint64], found_class: Classes) -> Index:
    first_choice = np.zeros(256, np.int64)
    first_choice[[NUMBER_OF[c] for c in _FIRST_CHOICE]] = 1
    return _bit_count(mask) * 4 + first_choice[found_class] * 2


def _places(mask: npt.NDArray[np.uint64]) -> tuple[Index, Index]:
    """Row and place of every bit set, rows rising."""
    lengths = np.where(
        mask > 0, np.floor(np.log2(np.maximum(mask, 1).astype(np.float64))).astype(np.int64) + 1, 0
    )
    rows = np.repeat(np.arange(len(mask)), lengths)
    before = np.cumsum(lengths) - lengths
    places = np.arange(len(rows)) - before[rows]
    is_set = (mask[rows] >> places.astype(np.uint64)) & np.uint64(1) > 0
    return rows[is_set], places[is_set]


def _phrases(
    tokens: TokenBatch, words: _Words, spoken: Index, lexicon: Lexicon
) -> tuple[Index, npt.NDArray[np.uint64], Classes]:
    """Walk the phrase trees from every token at once: head, mask of used tokens, class."""
    ahead = _Ahead(tokens, words, spoken, lexicon)
    patterns, starts = words.patterns, words.starts
    is_first = (starts.size > 0).take(words.of_token)
    first = np.flatnonzero((spoken >= 0) & is_first & (ahead.window > 0))
    row, value = starts.expand(words.of_token[first])
    # most walks end here: the next tokens fit nothing that may follow
    straight = ahead.next[first].take(row) & lexicon.next_bits.take(starts.values).take(value)
    gap = ahead.window[first].take(row) & lexicon.gap_bits.take(starts.values).take(value)
    alive = np.flatnonzero((straight | gap) != 0)
    head, state = first.take(row.take(alive)), starts.values.take(value.take(alive))
    walks = _Walks(head, head, state, np.ones(len(head), np.uint64))
    head, position, state, mask = _moved(
        ahead,
        lexicon,
        walks,
        np.flatnonzero(straight.take(alive) != 0),
        np.flatnonzero(gap.take(alive) != 0),
    )
    found: list[tuple[Index, npt.NDArray[np.uint64], Classes]] = []
    whole = np.zeros(256, np.bool_)
    whole[list(_WHOLE_RANGE)] = True
    while len(head):
        row, value = patterns.expand(words.of_token.take(position))
        pattern = patterns.values.take(value)
        again, state = lexicon.follow(state.take(row), pattern)
        row = row.take(again)
        head, position = head.take(row), position.take(row)
        offset = (position - head).astype(np.uint64)
        mask = mask.take(row) | (np.uint64(1) << offset)
        ends = lexicon.terminal[state]
        done = np.flatnonzero(ends)
        if len(done):
            ended, used = ends[done], mask[done]
            full = (np.uint64(2) << offset[done]) - np.uint64(1)
            found.append((head[done], np.where(whole[ended], full, used), ended))
        head, position, state, mask = _step(ahead, lexicon, _Walks(head, position, state, mask))
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


class _Ahead:
    """What stands after each token, as bits: a walk whose state shares none of them cannot go on.

    Attributes:
        bits: bits of the patterns that fit each token.
        next: bits of the next token of the clause, none at its end.
        window: at least the bits of all tokens that a gap after this token may reach.
        gap: tokens that a gap may leave out after this token, and one.
        clause: number of each token's clause.
    """

    def __init__(self, tokens: TokenBatch, words: _Words, spoken: Index, lexicon: Lexicon) -> None:
        count = len(spoken)
        self.clause = tokens.clause
        self.gap = lexicon.gap_sizes[spoken] + 1
        patterns = words.patterns
        bits = np.zeros(len(patterns.size), np.uint64)
        fitting = np.flatnonzero(patterns.size)
        rows, value = patterns.expand(fitting)
        if len(rows):
            sizes = patterns.size[fitting]
            bits[fitting] = np.bitwise_or.reduceat(
                pattern_bits(patterns.values.take(value)), np.cumsum(sizes) - sizes
            )
        self.bits = bits.take(words.of_token)
        self.next = np.zeros(count, np.uint64)
        self.next[:-1] = np.where(tokens.clause[1:] == tokens.clause[:-1], self.bits[1:], 0)
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


def _step(ahead: _Ahead, lexicon: Lexicon, walks: _Walks) -> _Walks:
    """Move every walk to the next token, and those at a gap to each token that the gap may reach."""
    straight = ahead.next.take(walks.position) & lexicon.next_bits.take(walks.state)
    gap = ahead.window.take(walks.position) & lexicon.gap_bits.take(walks.state)
    return _moved(ahead, lexicon, walks, np.flatnonzero(straight != 0), np.flatnonzero(gap != 0))


def _moved(
    ahead: _Ahead, lexicon: Lexicon, walks: _Walks, straight: Index, at_gap: Index
) -> _Walks:
    """Move these walks to the next token, and those at a gap to each token that fits after it."""
    head, position, state, mask = walks
    gap_state = lexicon.gap_child.take(state.take(at_gap))
    sizes = ahead.gap.take(position.take(at_gap))
    which = np.repeat(np.arange(len(at_gap)), sizes)
    begins = position.take(at_gap) + 1 - (np.cumsum(sizes) - sizes)
    gap_next = np.arange(len(which)) + begins.take(which)
    inside = np.flatnonzero(gap_next < len(ahead.clause))
    which, gap_next = which.take(inside), gap_next.take(inside)
    gap_bits = lexicon.next_bits.take(gap_state)
    fits = np.flatnonzero((ahead.bits.take(gap_next) & gap_bits.take(which)) != 0)
    which, gap_next = which.take(fits), gap_next.take(fits)
    clause = ahead.clause.take(position.take(at_gap))
    same = np.flatnonzero(ahead.clause.take(gap_next) == clause.take(which))
    which, gap_next = which.take(same), gap_next.take(same)
    rows = np.concatenate((straight, at_gap.take(which)))
    next_position = np.concatenate((position.take(straight) + 1, gap_next))
    next_state = np.concatenate((state.take(straight), gap_state.take(which)))
    moved = _Walks(head.take(rows), next_position, next_state, mask.take(rows))
    near = next_position - moved.head < _LONGEST
    if near.all():
        return moved
    return _Walks(moved.head[near], next_position[near], next_state[near], moved.mask[near])
