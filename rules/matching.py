"""Finding the words and phrases of the lexicons in a batch of comments, longest first, each token used once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rules.lexicon_arrays import Lexicon
from rules.phrase_walks import find_phrases
from rules.tokens import TokenBatch
from rules.typed_words import TypedWords
from rules.word_classes import NUMBER_OF, WordClass

Index = npt.NDArray[np.int64]
Classes = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]

Hide = Callable[[Hashes, Index], npt.NDArray[np.bool_]]
"""Tells from the keys of words and phrases that were found, and their comments, which of them to overlook."""

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


def match(
    tokens: TokenBatch,
    typed: TypedWords,
    language: Index,
    lexicon: Lexicon,
    hide: Hide | None = None,
) -> Matches:
    """Find words and phrases.

    Args:
        tokens: the batch.
        typed: the types of its words.
        language: number of each comment's language, -1 for none.
        lexicon: the words and phrases.
        hide: what to overlook, as if the lexicon did not list it; a training asks so how comments look that nobody wrote
            a lexicon for.
    """
    count = len(tokens.start)
    spoken = language[tokens.comment]
    is_spoken = spoken >= 0
    words = typed.spoken(tokens.word, np.maximum(spoken, 0))
    single = words.classes.take(words.of_token)
    single[~is_spoken] = 0
    head, mask, found_class = find_phrases(tokens, words, spoken, lexicon)
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
    head, mask, found_class = head.take(order), mask.take(order), found_class.take(order)
    owner = np.full(count, -1, np.int64)
    rows, places = _places(mask)
    owner[head.take(rows) + places] = rows
    # a phrase that lost half of its words to longer ones gives the rest back
    owned_tokens = np.flatnonzero(owner >= 0)
    phrase = owner.take(owned_tokens)
    keeps = np.bincount(phrase, minlength=len(mask)) * 2 > _bit_count(mask)
    is_kept = keeps.take(phrase)
    owned_tokens, phrase = owned_tokens.compress(is_kept), phrase.compress(is_kept)
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


def _rank(mask: npt.NDArray[np.uint64], found_class: Classes) -> npt.NDArray[np.int16]:
    """What decides between phrases; so few values are sorted fast."""
    first_choice = np.zeros(256, np.int16)
    first_choice[[NUMBER_OF[c] for c in _FIRST_CHOICE]] = 2
    return np.bitwise_count(mask) * np.int16(4) + first_choice.take(found_class)


def _places(mask: npt.NDArray[np.uint64]) -> tuple[Index, Index]:
    """Row and place of every bit set, rows rising."""
    lengths = np.where(
        mask > 0, np.floor(np.log2(np.maximum(mask, 1).astype(np.float64))).astype(np.int64) + 1, 0
    )
    rows = np.repeat(np.arange(len(mask)), lengths)
    places = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    is_set = (mask.take(rows) >> places.view(np.uint64)) & np.uint64(1) > 0
    return rows.compress(is_set), places.compress(is_set)
