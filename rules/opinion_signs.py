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

_DELIVERY: Final = (
    WordClass.DELIVERY_TIME, WordClass.LOST, WordClass.DAMAGE, WordClass.PACKING, WordClass.AMAZON_SERVICE,
    WordClass.CARRIER, WordClass.DELIVERY,
)  # fmt: skip
_SELLER: Final = (
    WordClass.SELLER, WordClass.CONDUCT, WordClass.REFUND_RETURN, WordClass.STOCK_CANCEL, WordClass.PRICE,
    WordClass.CONDITION, WordClass.WRONG_ITEM, WordClass.COUNTERFEIT, WordClass.DISPATCH, WordClass.BUYER_REQUEST,
)  # fmt: skip
_SOFT: Final = (
    WordClass.MISMATCH, WordClass.OWN_MISTAKE, WordClass.SPEECH, WordClass.ADDRESSEE, WordClass.THEY,
)  # fmt: skip
_STEM: Final = 5
"""Letters at the beginning of a longer word that its inflected forms share."""
_STEPS: Final = np.array((0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 30, 45, 70))
"""Numbers of words from which on a comment counts as one step longer."""
_FEW: Final = np.array((1, 2, 3, 5, 8))
"""Unlisted words from which on what the rules found counts as one step less sure."""


def _numbers(classes: Iterable[WordClass]) -> list[int]:
    return [NUMBER_OF[word_class] for word_class in classes]


def _is_one_of(classes: Iterable[WordClass]) -> Flags:
    table = np.zeros(256, np.bool_)
    table[_numbers(classes)] = True
    return table


_TOPICS: Final = tuple(
    map(
        _is_one_of,
        ((WordClass.PRODUCT,), (WordClass.PRODUCT_NOUN,), _DELIVERY, _SELLER, _SOFT),
    )
)


class Chunk(NamedTuple):
    """What was found in a chunk of texts.

    Attributes:
        tokens: the tokens.
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
    """Signs of a chunk of texts, each as a text and a number.

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

    def add(self, value: Index, limit: int, where: Flags | None = None) -> None:
        """One sign for each text by its value from 0; values of `limit` and more count as the last."""
        rows = np.arange(len(value)) if where is None else np.flatnonzero(where)
        self.rows.append(rows)
        self.numbers.append(np.minimum(value[rows], limit - 1) + self.size)
        self.size += limit


def describe(chunk: Chunk, asked: Flags) -> Signs:
    """Signs of the texts that are asked about; others get listed signs only."""
    listing = _Listing()
    _tell_counts(chunk, listing)
    _tell_clauses(chunk, listing)
    _tell_grounds(chunk, listing)
    row, number = _hashed(chunk, asked)
    sizes = np.bincount(row, minlength=len(asked))
    return Signs(
        np.concatenate(listing.rows),
        np.concatenate(listing.numbers),
        listing.size,
        row,
        number,
        1 / np.sqrt(np.maximum(sizes, 1)),
    )


def _tell_counts(chunk: Chunk, listing: _Listing) -> None:
    """How often each class occurs, how long the text is, how much of it no lexicon knows, and its language."""
    counts = chunk.reading.counts
    for word_class in range(1, WIDTH):
        count = counts[:, word_class].astype(np.int64)
        listing.add(count - 1, 3, count > 0)
    words = np.bincount(chunk.tokens.comment, minlength=len(counts))
    unknown = counts[:, 0].astype(np.int64)
    for where in (chunk.by_character, ~chunk.by_character):
        listing.add(np.searchsorted(_STEPS, unknown, side="right") - 1, len(_STEPS), where)
        listing.add(np.searchsorted(_STEPS, words, side="right") - 1, len(_STEPS), where)
        listing.add(unknown * 8 // np.maximum(words, 1), 9, where)
    listing.add(chunk.language + 1, chunk.languages + 1)
    kinds = [counts[:, _numbers(classes)].sum(axis=1) for classes in (_SELLER, _DELIVERY)]
    kinds += [counts[:, NUMBER_OF[c]] for c in (WordClass.PRODUCT, WordClass.PRODUCT_NOUN)]
    together = np.zeros(len(counts), np.int64)
    for kind in kinds:
        together = together * 3 + np.minimum(kind, 2)
    listing.add(together, 3 ** len(kinds))


def _tell_clauses(chunk: Chunk, listing: _Listing) -> None:
    """How many clauses speak of which topic, of two at once, or of none."""
    tokens, reading = chunk.tokens, chunk.reading
    clauses, texts = len(tokens.clause_comment), len(reading.counts)
    heads = ~chunk.matches.is_inside
    of_token = tokens.clause

    def in_clauses(where: Flags) -> Index:
        return np.bincount(of_token[where], minlength=clauses)

    product, noun, delivery, seller, soft = (
        in_clauses(heads & topic[reading.token_class]) > 0 for topic in _TOPICS
    )
    none = ~(product | noun | delivery | seller | soft)
    unknown = in_clauses(reading.unknown)
    has_words = np.bincount(of_token, minlength=clauses) > 0
    spoken = np.bincount(tokens.clause_comment[has_words], minlength=texts)
    listing.add(spoken, 8)
    thing = product | noun
    both = (product & delivery, thing & seller, delivery & seller)
    strange = tuple(none & (unknown >= least) for least in (1, 2, 3, 4, 8))
    for where in (product, noun & ~product, delivery, seller, soft, *strange, *both):
        listing.add(np.bincount(tokens.clause_comment[where], minlength=texts), 4)
    for where in (product, thing, delivery, none, seller):
        share = np.bincount(tokens.clause_comment[where], minlength=texts) * 4
        listing.add(share // np.maximum(spoken, 1), 5)


def _tell_grounds(chunk: Chunk, listing: _Listing) -> None:
    """What the rules found for each ground, whatever the order's facts, by how much of it and how much is unlisted."""
    unlisted = chunk.reading.counts[:, 0] // np.where(chunk.by_character, CHARACTERS_PER_WORD, 1)
    unknown = np.searchsorted(_FEW, unlisted, side="right")
    for place, ground in enumerate(chunk.grounds):
        evidence, blocked, doubted, _, strong, weak = (found[:, ground] for found in chunk.sums)
        doubt = np.where(doubted, 2, np.where(~strong & weak, 3, 1))
        outcome = np.where(evidence, np.where(blocked, 4, doubt), 0).astype(np.int64)
        listing.add(outcome, 5)
        hits = np.minimum(chunk.hits[:, place], 3)
        together = (outcome * 4 + hits) * (len(_FEW) + 1) + unknown
        listing.add(together, 5 * 4 * (len(_FEW) + 1))


def _hashed(chunk: Chunk, asked: Flags) -> tuple[Index, Index]:
    """Text and number of every hashed sign."""
    rows: list[Index] = []
    signs: list[Hashes] = []
    for row, sign in (*_word_signs(chunk, asked), *_order_signs(chunk, asked)):
        rows.append(row)
        signs.append(_scattered(sign))
    number = np.concatenate(signs) >> np.uint64(64 - HASHED_BITS)
    return np.concatenate(rows), number.astype(np.int64)


def _scattered(sign: Hashes) -> Hashes:
    """Spread the differences between hashes over all bits."""
    sign = sign ^ (sign >> np.uint64(31))
    sign = sign * np.uint64(0xBF58476D1CE4E5B9)
    return sign ^ (sign >> np.uint64(29))


def _word_signs(chunk: Chunk, asked: Flags) -> Iterator[tuple[Index, Hashes]]:
    """Words, pairs of words, triples of characters, beginnings of longer words."""
    tokens = chunk.tokens
    token = np.flatnonzero(asked[tokens.comment])
    row, word = tokens.comment[token], tokens.hashes[token]
    yield row, word
    beside = row[1:] == row[:-1]
    pair = word[1:] * np.uint64(3) + _scattered(word[:-1])
    yield row[1:][beside], pair[beside]
    in_run = beside[1:] & beside[:-1] & tokens.is_ideograph[token][2:]
    triple = word[2:] * np.uint64(5) + _scattered(pair[:-1])
    yield row[2:][in_run], triple[in_run]
    sizes = tokens.end[token] - tokens.start[token]
    long = token[(sizes > _STEM) & ~tokens.is_number[token]]
    stem = np.full(len(long), 7, np.uint64)
    for place in range(_STEM):
        letter = chunk.batch.codes[tokens.start[long] + place]
        stem = stem * np.uint64(1_000_003) + letter.astype(np.uint64)
    yield tokens.comment[long], stem


def _order_signs(chunk: Chunk, asked: Flags) -> Iterator[tuple[Index, Hashes]]:
    """Which classes follow each other, and whether a clause ends between them; unlisted words in a row are one."""
    tokens, token_class = chunk.tokens, chunk.reading.token_class
    tells = (token_class > 0) & (token_class != NUMBER_OF[WordClass.NEUTRAL])
    tells = (tells | chunk.reading.unknown) & ~chunk.matches.is_inside
    token = np.flatnonzero(tells & asked[tokens.comment])
    kind, clause = token_class[token].astype(np.uint64), tokens.clause[token]
    is_new = np.ones(len(token), np.bool_)
    is_new[1:] = (kind[1:] != 0) | (kind[:-1] != 0) | (clause[1:] != clause[:-1])
    kind, clause, row = kind[is_new], clause[is_new], tokens.comment[token[is_new]]
    ends = (clause[1:] != clause[:-1]).astype(np.uint64)
    beside = row[1:] == row[:-1]
    pair = kind[1:] * np.uint64(1009) + kind[:-1] * np.uint64(300_007) + ends * np.uint64(7)
    pair = _scattered(pair + np.uint64(12_345_678))
    yield row[1:][beside], pair[beside]
    in_run = beside[1:] & beside[:-1]
    triple = kind[2:] * np.uint64(90_000_049) + pair[:-1] + ends[1:] * np.uint64(31)
    yield row[2:][in_run], triple[in_run]
