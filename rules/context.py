"""Words that mean one thing or another by what stands beside them: broken in the box or after a week, told by whom."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rules.matching import Matches
from rules.tokens import TokenBatch
from rules.word_classes import CLASSES, NUMBER_OF, WordClass

Counts = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int64]

WIDTH: Final = len(CLASSES) + 1
_DELIVERY: Final = (
    WordClass.DELIVERY_TIME, WordClass.LOST, WordClass.DAMAGE, WordClass.PACKING, WordClass.AMAZON_SERVICE, WordClass.CARRIER,
)  # fmt: skip
_SELLER: Final = (
    WordClass.SELLER, WordClass.STOCK_CANCEL, WordClass.PRICE, WordClass.CONDITION,
    WordClass.WRONG_ITEM, WordClass.COUNTERFEIT, WordClass.DISPATCH, WordClass.BUYER_REQUEST,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """A batch after its ambiguous words were settled.

    Attributes:
        token_class: class number of each token, as in `Matches`, ambiguous ones replaced.
        counts: how often each class occurs in each comment; column 0 counts words that no lexicon knows.
        unknown: the token is a word that no lexicon knows.
    """

    token_class: npt.NDArray[np.uint8]
    counts: Counts
    unknown: Flags


def count_classes(
    tokens: TokenBatch, token_class: npt.NDArray[np.uint8], counted: Flags, comments: int
) -> Counts:
    """Occurrences of every class in every comment."""
    keys = (tokens.comment * WIDTH + token_class).compress(counted)
    return np.bincount(keys, minlength=comments * WIDTH).reshape(comments, WIDTH).astype(np.int32)


def _sum(counts: Counts, *classes: WordClass) -> Counts:
    total: Counts = counts[:, [NUMBER_OF[c] for c in classes]].sum(axis=1)
    return total


def settle(tokens: TokenBatch, matches: Matches, comments: int) -> Reading:
    """Settle ambiguous words by the company they keep in the comment."""
    token_class = matches.token_class.copy()
    heads = ~matches.is_inside
    unknown = heads & (token_class == 0) & ~tokens.is_number
    counted = heads & ~(tokens.is_number & (token_class == 0))
    counts = count_classes(tokens, token_class, counted, comments)
    delivery = _sum(counts, *_DELIVERY)
    any_delivery = delivery + _sum(counts, WordClass.DELIVERY)
    product = _sum(counts, WordClass.PRODUCT)
    arrival = _sum(counts, WordClass.ARRIVAL)
    seller = _sum(counts, *_SELLER)
    # a lost parcel names nobody: "never arrived, no answer" tells of the seller's silence
    courier = _sum(counts, WordClass.CARRIER, WordClass.AMAZON, WordClass.AMAZON_SERVICE)
    nouns = _sum(counts, WordClass.PRODUCT_NOUN)
    _turn(
        tokens,
        token_class,
        WordClass.BREAKAGE,
        (any_delivery > 0) & (product == 0),
        WordClass.DAMAGE,
    )
    _turn(tokens, token_class, WordClass.BREAKAGE, (arrival > 0) & (product == 0), WordClass.DAMAGE)
    _turn(
        tokens,
        token_class,
        WordClass.BREAKAGE,
        (any_delivery > 0) & (delivery == 0),
        WordClass.DAMAGE,
    )
    _turn(tokens, token_class, WordClass.BREAKAGE, np.ones(comments, np.bool_), WordClass.PRODUCT)
    told_by_courier = (courier > 0) & (seller == 0)
    amazon = _sum(counts, WordClass.AMAZON, WordClass.AMAZON_SERVICE)
    _turn(tokens, token_class, WordClass.CONDUCT, told_by_courier, WordClass.NEUTRAL)
    by_amazon = (amazon > 0) & (seller == 0) & (product + nouns == 0)
    _turn(tokens, token_class, WordClass.REFUND_RETURN, by_amazon, WordClass.AMAZON_SERVICE)
    # "promised Tuesday, came Friday" tells of the delivery, whoever promised
    on_delivery = (_sum(counts, WordClass.DELIVERY_TIME, WordClass.LOST) > 0) & (seller == 0)
    told_by_courier |= on_delivery & (_sum(counts, WordClass.CONDUCT) == 0)
    _turn(tokens, token_class, WordClass.SPEECH, told_by_courier, WordClass.NEUTRAL)
    _turn(
        tokens,
        token_class,
        WordClass.SPEECH,
        (product + nouns == 0) & ~told_by_courier,
        WordClass.SELLER,
    )
    late = (arrival > 0) & (_sum(counts, WordClass.DURATION) > 0) & (product + nouns == 0)
    _turn(tokens, token_class, WordClass.ARRIVAL, late, WordClass.DELIVERY_TIME)
    _turn(tokens, token_class, WordClass.AMAZON, product + nouns == 0, WordClass.AMAZON_SERVICE)
    _turn(tokens, token_class, WordClass.CLEARS_PRODUCT, any_delivery > 0, WordClass.NEUTRAL)
    return Reading(
        token_class, _recounted(tokens, counts, matches.token_class, token_class), unknown
    )


def _recounted(
    tokens: TokenBatch,
    counts: Counts,
    before: npt.NDArray[np.uint8],
    after: npt.NDArray[np.uint8],
) -> Counts:
    """The counts after some tokens got another class; only tokens that were counted ever do."""
    changed = np.flatnonzero(before != after)
    comment = tokens.comment[changed]
    settled = counts.copy()
    np.subtract.at(settled, (comment, before[changed]), 1)
    np.add.at(settled, (comment, after[changed]), 1)
    return settled


def _turn(
    tokens: TokenBatch,
    token_class: npt.NDArray[np.uint8],
    old: WordClass,
    where: npt.NDArray[np.bool_],
    new: WordClass,
) -> None:
    at = np.flatnonzero(token_class == NUMBER_OF[old])
    token_class[at[where[tokens.comment[at]]]] = NUMBER_OF[new]
