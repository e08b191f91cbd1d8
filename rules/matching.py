"""Finding the words and phrases of the lexicons in a batch of comments, longest first, each token used once."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.folding import FoldedBatch
from rules.lexicon_arrays import Lexicon, TokenTypes
from rules.tokens import TokenBatch
from rules.word_classes import NUMBER_OF, WordClass

Index = npt.NDArray[np.int64]
Classes = npt.NDArray[np.uint8]

_WP_BITS: Final = 24
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
    """The type of each token, and what is known of each type."""

    types: Index
    table: TokenTypes


def _stack(known: TokenTypes, more: TokenTypes) -> TokenTypes:
    return TokenTypes(
        np.concatenate((known.classes, more.classes)),
        np.concatenate((known.weight, more.weight)),
        known.starts.followed_by(more.starts),
        known.patterns.followed_by(more.patterns),
    )


def type_tokens(tokens: TokenBatch, batch: FoldedBatch, lexicon: Lexicon) -> TypedTokens:
    """Look every token up; words that no lexicon lists are examined once each for their parts."""
    types = lexicon.known.find(tokens.hashes)
    strange = types < 0
    types[strange & tokens.is_number] = lexicon.number_type
    asked = np.flatnonzero(strange & ~tokens.is_number)
    if not len(asked):
        return TypedTokens(types, lexicon.known_types)
    _, first, place = np.unique(tokens.hashes[asked], return_index=True, return_inverse=True)
    chosen = asked[first]
    text = batch.codes.astype("<u4").tobytes().decode("utf-32-le", "replace")
    words = [
        text[s:e]
        for s, e in zip(tokens.start[chosen].tolist(), tokens.end[chosen].tolist(), strict=True)
    ]
    types[asked] = len(lexicon.known_types.classes) + place
    return TypedTokens(types, _stack(lexicon.known_types, lexicon.describe(words)))


def match(
    tokens: TokenBatch,
    typed: TypedTokens,
    language: Index,
    lexicon: Lexicon,
    vulgar: Classes | None = None,
) -> Matches:
    """Find words and phrases; `language` is the number of each comment's language, -1 for none."""
    count = len(tokens.start)
    spoken = language[tokens.comment]
    is_spoken = spoken >= 0
    single = np.where(is_spoken, typed.table.classes[typed.types, np.maximum(spoken, 0)], 0).astype(
        np.uint8
    )
    if vulgar is not None:
        single = np.where(vulgar > 0, vulgar, single)
    head, mask, found_class = _phrases(tokens, typed, spoken, lexicon)
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
    # the first token that a phrase still owns becomes its head
    _, first = np.unique(phrase, return_index=True)
    heads = owned_tokens[first]
    is_inside[owned_tokens] = True
    is_inside[heads] = False
    token_class = single.copy()
    token_class[owned_tokens] = 0
    token_class[heads] = found_class[phrase[first]]
    last = np.zeros(len(mask), np.int64)
    last[phrase] = owned_tokens  # tokens rise, so the last one stays
    token_end[heads] = last[phrase[first]]
    return Matches(token_class, token_end, is_inside)


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
    tokens: TokenBatch, typed: TypedTokens, spoken: Index, lexicon: Lexicon
) -> tuple[Index, npt.NDArray[np.uint64], Classes]:
    """Walk the phrase trees from every token at once: head, mask of used tokens, class."""
    size = len(lexicon.languages)
    place = np.maximum(spoken, 0) + typed.types * size
    first = np.flatnonzero(
        (spoken >= 0) & (typed.table.starts.start[place + 1] > typed.table.starts.start[place])
    )
    row, state = typed.table.starts.expand(place[first])
    head = first[row]
    one = np.uint64(1)
    walks = _step(tokens, lexicon, spoken, _Walks(head, head, state, np.full(len(head), one)))
    head, position, state, mask = walks
    found: list[tuple[Index, npt.NDArray[np.uint64], Classes]] = []
    whole = np.zeros(256, np.bool_)
    whole[list(_WHOLE_RANGE)] = True
    while len(head):
        row, pattern = typed.table.patterns.expand(place[position])
        edge = lexicon.edge_index.find((state[row] << _WP_BITS | pattern).astype(np.uint64))
        hit = edge >= 0
        row, edge = row[hit], edge[hit]
        again, child = lexicon.edge_children.expand(edge)
        row = row[again]
        head, position, state = head[row], position[row], child
        offset = (position - head).astype(np.uint64)
        mask = mask[row] | (np.uint64(1) << offset)
        ends = lexicon.terminal[state]
        done = np.flatnonzero(ends)
        if len(done):
            ended, used = ends[done], mask[done]
            full = (np.uint64(2) << offset[done]) - np.uint64(1)
            found.append((head[done], np.where(whole[ended], full, used), ended))
        walks = _step(tokens, lexicon, spoken, _Walks(head, position, state, mask))
        head, position, state, mask = walks
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


def _step(tokens: TokenBatch, lexicon: Lexicon, spoken: Index, walks: _Walks) -> _Walks:
    """Move every walk to the next token, and those at a gap to each token that the gap may reach."""
    head, position, state, mask = walks
    gap_state = lexicon.gap_child[state]
    at_gap = np.flatnonzero(gap_state >= 0)
    sizes = lexicon.gap_sizes[spoken[head[at_gap]]] + 1
    gap_rows = np.repeat(at_gap, sizes)
    before = np.cumsum(sizes) - sizes
    skip = np.arange(len(gap_rows)) - np.repeat(before, sizes)
    rows = np.concatenate((np.arange(len(head)), gap_rows))
    next_position = np.concatenate((position, position[gap_rows] + skip)) + 1
    next_state = np.concatenate((state, gap_state[gap_rows]))
    inside = next_position < len(tokens.start)
    rows, next_position, next_state = rows[inside], next_position[inside], next_state[inside]
    is_same_clause = tokens.clause[next_position] == tokens.clause[head[rows]]
    inside = is_same_clause & (next_position - head[rows] < _LONGEST)
    rows, next_position, next_state = rows[inside], next_position[inside], next_state[inside]
    return _Walks(head[rows], next_position, next_state, mask[rows])
