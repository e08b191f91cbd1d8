"""Signs of what a whole comment is about, for the second opinion to weigh.

Listed signs say how many of which classes stand in the comment and in its clauses. Hashed signs are words, pairs of words,
beginnings of words and the order of classes: what no lexicon lists still tells something by the company it keeps.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.clause_check import CHARACTERS_PER_WORD
from rules.clauses import (
    DELIVERY_CLASSES,
    OF_DELIVERY,
    OF_NOUN,
    OF_PRODUCT,
    OF_SELLER,
    OF_SOFT,
    SELLER_CLASSES,
    Clauses,
)
from rules.context import WIDTH, Reading
from rules.folding import FoldedBatch
from rules.matching import Matches
from rules.tokens import TokenBatch
from rules.word_classes import NUMBER_OF, WordClass

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]

HASHED_BITS: Final = 18
"""Hashed signs share two to the power of so many weights."""

_STEM: Final = 5
"""Letters at the beginning of a longer word that its inflected forms share."""
_STEPS: Final = np.array((0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 30, 45, 70))
"""Numbers of words from which on a comment counts as one step longer."""
_FEW: Final = np.array((1, 2, 3, 5, 8))
"""Unlisted words from which on what the rules found counts as one step less sure."""


_TIMES: Final = 3
"""Occurrences of a class from which on more say the same."""


def _numbers(classes: Iterable[WordClass]) -> list[int]:
    return [NUMBER_OF[word_class] for word_class in classes]


_KINDS: Final = tuple(
    map(
        _numbers,
        (SELLER_CLASSES, DELIVERY_CLASSES, (WordClass.PRODUCT,), (WordClass.PRODUCT_NOUN,)),
    )
)
"""Classes whose occurrences together say something."""


class Chunk(NamedTuple):
    """What was found in a chunk of texts.

    Attributes:
        tokens: the tokens.
        clauses: the clauses.
        batch: the folded characters.
        matches: words and phrases of the lexicons.
        reading: their classes after they were settled.
        sums: as `rules.verdicts` asks them, for every ground: evidence, blocking, doubting, hinting, strong evidence, weak doubt.
        language: number of each text's language among those that are known, -1 for none.
        languages: number of languages.
        by_character: every character of the text is a token.
        grounds: columns of `sums` that are told.
        hits: how often the evidence of each told ground occurs: text by told ground.
    """

    tokens: TokenBatch
    clauses: Clauses
    batch: FoldedBatch
    matches: Matches
    reading: Reading
    sums: list[Flags]
    language: Index
    languages: int
    by_character: Flags
    grounds: tuple[int, ...]
    hits: Index


@dataclass(frozen=True, slots=True)
class Signs:
    """Signs of some texts, each as a text and a number.

    Attributes:
        listed_row: text of each listed sign.
        listed: its number, below `listed_size`.
        listed_size: numbers of listed signs.
        hashed_row: text of each hashed sign.
        hashed: its number, below two to the power of `HASHED_BITS`.
        scale: for each text what its hashed signs count, so that long texts do not outweigh.
    """

    listed_row: Index
    listed: Index
    listed_size: int
    hashed_row: Index
    hashed: Index
    scale: npt.NDArray[np.float64]


class _Listing:
    """Collects listed signs; each call takes the next numbers."""

    def __init__(self) -> None:
        self.rows: list[Index] = []
        self.numbers: list[Index] = []
        self.size = 0

    def add(self, value: Index, limit: int, rows: Index | None = None) -> None:
        """One sign for each of these texts, or all, by its value from 0; values of `limit` and more count as the last."""
        self.rows.append(np.arange(len(value)) if rows is None else rows)
        self.numbers.append(np.minimum(value, limit - 1) + self.size)
        self.size += limit


class _Asked(NamedTuple):
    """The texts of a chunk that are asked about.

    Attributes:
        texts: place of each in the chunk.
        row: for each text of the chunk its place among them, -1 for others.
        counts: how often each class occurs in each.
        by_character: every character of the text is a token.
    """

    texts: Index
    row: Index
    counts: Index
    by_character: Flags


def describe(chunk: Chunk, texts: Index) -> Signs:
    """Signs of these texts, one after the other; their places in the chunk rise."""
    row = np.full(len(chunk.by_character), -1)
    row[texts] = np.arange(len(texts))
    counts = chunk.reading.counts.take(texts, axis=0).astype(np.int64)
    asked = _Asked(texts, row, counts, chunk.by_character.take(texts))
    listing = _Listing()
    _tell_counts(chunk, asked, listing)
    _tell_clauses(chunk, asked, listing)
    _tell_grounds(chunk, asked, listing)
    hashed_row, number = _hashed(chunk, asked)
    sizes = np.bincount(hashed_row, minlength=len(texts))
    return Signs(
        np.concatenate(listing.rows),
        np.concatenate(listing.numbers),
        listing.size,
        hashed_row,
        number,
        1 / np.sqrt(np.maximum(sizes, 1)),
    )


def _tell_counts(chunk: Chunk, asked: _Asked, listing: _Listing) -> None:
    """How often each class occurs, how long the text is, how much of it no lexicon knows, and its language."""
    counts = asked.counts
    listed = counts[:, 1:].ravel()
    there = np.flatnonzero(listed)
    row, word_class = np.divmod(there, WIDTH - 1)
    steps = word_class * _TIMES + np.minimum(listed.take(there), _TIMES) - 1
    listing.add(steps, (WIDTH - 1) * _TIMES, row)
    words = np.diff(chunk.tokens.comment_first).take(asked.texts)
    unknown = counts[:, 0]
    many_unknown, many_words = (
        np.searchsorted(_STEPS, number, side="right") - 1 for number in (unknown, words)
    )
    share = unknown * 8 // np.maximum(words, 1)
    for rows in (np.flatnonzero(asked.by_character), np.flatnonzero(~asked.by_character)):
        listing.add(many_unknown.take(rows), len(_STEPS), rows)
        listing.add(many_words.take(rows), len(_STEPS), rows)
        listing.add(share.take(rows), 9, rows)
    listing.add(chunk.language.take(asked.texts) + 1, chunk.languages + 1)
    together = np.zeros(len(counts), np.int64)
    for classes in _KINDS:
        together = together * 3 + np.minimum(counts[:, classes].sum(axis=1), 2)
    listing.add(together, 3 ** len(_KINDS))


def _tell_clauses(chunk: Chunk, asked: _Asked, listing: _Listing) -> None:
    """How many clauses speak of which topic, of two at once, or of none."""
    clauses, texts = chunk.clauses, len(asked.texts)
    row = asked.row.take(clauses.comment)
    told = np.flatnonzero(row >= 0)
    row, unknown = row.take(told), clauses.unknown.take(told)
    speaks_of = clauses.speaks_of.take(told)
    product, noun, delivery, seller, soft = (
        speaks_of & topic > 0 for topic in (OF_PRODUCT, OF_NOUN, OF_DELIVERY, OF_SELLER, OF_SOFT)
    )
    none = ~(product | noun | delivery | seller | soft)

    def in_texts(where: Flags) -> Index:
        return np.bincount(row.compress(where), minlength=texts)

    spoken = np.bincount(row, minlength=texts)
    listing.add(spoken, 8)
    thing = product | noun
    both = (product & delivery, thing & seller, delivery & seller)
    strange = tuple(none & (unknown >= least) for least in (1, 2, 3, 4, 8))
    for where in (product, noun & ~product, delivery, seller, soft, *strange, *both):
        listing.add(in_texts(where), 4)
    for where in (product, thing, delivery, none, seller):
        listing.add(in_texts(where) * 4 // np.maximum(spoken, 1), 5)


def _tell_grounds(chunk: Chunk, asked: _Asked, listing: _Listing) -> None:
    """What the rules found for each ground, whatever the order's facts, by how much of it and how much is unlisted."""
    unlisted = asked.counts[:, 0] // np.where(asked.by_character, CHARACTERS_PER_WORD, 1)
    unknown = np.searchsorted(_FEW, unlisted, side="right")
    all_hits = chunk.hits.take(asked.texts, axis=0)
    for place, ground in enumerate(chunk.grounds):
        evidence, blocked, doubted, _, strong, weak = (
            found[:, ground].take(asked.texts) for found in chunk.sums
        )
        doubt = np.where(doubted, 2, np.where(~strong & weak, 3, 1))
        outcome = np.where(evidence, np.where(blocked, 4, doubt), 0).astype(np.int64)
        listing.add(outcome, 5)
        hits = np.minimum(all_hits[:, place], 3)
        together = (outcome * 4 + hits) * (len(_FEW) + 1) + unknown
        listing.add(together, 5 * 4 * (len(_FEW) + 1))


def _hashed(chunk: Chunk, asked: _Asked) -> tuple[Index, Index]:
    """Text and number of every hashed sign."""
    row = asked.row.take(chunk.tokens.comment)
    token = np.flatnonzero(row >= 0)
    signs = (*_word_signs(chunk, token, row.take(token)), *_order_signs(chunk, row))
    return np.concatenate([sign[0] for sign in signs]), np.concatenate([sign[1] for sign in signs])


def _scattered(sign: Hashes) -> Hashes:
    """Spread the differences between hashes over all bits."""
    sign = sign ^ (sign >> np.uint64(31))
    sign *= np.uint64(0xBF58476D1CE4E5B9)
    sign ^= sign >> np.uint64(29)
    return sign


def _number(sign: Hashes) -> Index:
    """Number of a hashed sign."""
    return (_scattered(sign) >> np.uint64(64 - HASHED_BITS)).view(np.int64)


def _word_signs(chunk: Chunk, token: Index, row: Index) -> Iterator[tuple[Index, Index]]:
    """Words, pairs of words, triples of characters, beginnings of longer words."""
    tokens = chunk.tokens
    word = tokens.word.take(token)
    hashes = tokens.hashes.take(tokens.token_of_word)
    yield row, _number(hashes).take(word)
    beside = row[1:] == row[:-1]
    pair = hashes.take(word[1:]) * np.uint64(3) + _scattered(hashes).take(word[:-1])
    yield row[1:].compress(beside), _number(pair.compress(beside))
    in_run = np.flatnonzero(beside[1:] & beside[:-1] & tokens.is_ideograph.take(token[2:]))
    triple = hashes.take(word.take(in_run + 2)) * np.uint64(5) + _scattered(pair.take(in_run))
    yield row.take(in_run + 2), _number(triple)
    stem = _stems(chunk).take(word)
    long = np.flatnonzero(stem >= 0)
    yield row.take(long), stem.take(long)


def _stems(chunk: Chunk) -> Index:
    """Number of the sign of the beginning of each word, -1 for short ones."""
    tokens, shown = chunk.tokens, chunk.tokens.token_of_word
    start = tokens.start.take(shown)
    is_long = (tokens.end.take(shown) - start > _STEM) & ~tokens.is_number.take(shown)
    long = np.flatnonzero(is_long)
    start = start.take(long)
    stem = np.full(len(long), 7, np.uint64)
    for place in range(_STEM):
        stem *= np.uint64(1_000_003)
        stem += chunk.batch.codes.take(start + place)
    number = np.full(len(shown), -1)
    number[long] = _number(stem)
    return number


def _order_signs(chunk: Chunk, row_of: Index) -> Iterator[tuple[Index, Index]]:
    """Which classes follow each other, and whether a clause ends between them; unlisted words in a row are one."""
    tokens, token_class = chunk.tokens, chunk.reading.token_class
    tells = (token_class > 0) & (token_class != NUMBER_OF[WordClass.NEUTRAL])
    tells = (tells | chunk.reading.unknown) & ~chunk.matches.is_inside
    token = np.flatnonzero(tells & (row_of >= 0))
    kind, clause = token_class.take(token), tokens.clause.take(token)
    is_new = np.ones(len(token), np.bool_)
    is_new[1:] = (kind[1:] != 0) | (kind[:-1] != 0) | (clause[1:] != clause[:-1])
    new = np.flatnonzero(is_new)
    kinds, clause, row = (
        kind.take(new).astype(np.uint64),
        clause.take(new),
        row_of.take(token.take(new)),
    )
    ends = (clause[1:] != clause[:-1]).astype(np.uint64)
    beside = row[1:] == row[:-1]
    pair = kinds[1:] * np.uint64(1009) + kinds[:-1] * np.uint64(300_007) + ends * np.uint64(7)
    pair = _scattered(pair + np.uint64(12_345_678))
    yield row[1:].compress(beside), _number(pair.compress(beside))
    in_run = beside[1:] & beside[:-1]
    triple = kinds[2:] * np.uint64(90_000_049) + pair[:-1] + ends[1:] * np.uint64(31)
    yield row[2:].compress(in_run), _number(triple.compress(in_run))
