"""What each clause of a batch speaks of, and how much of it no lexicon knows."""

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.context import Reading
from rules.matching import Matches
from rules.tokens import TokenBatch
from rules.word_classes import NUMBER_OF, WordClass

Index = npt.NDArray[np.int64]

DELIVERY_CLASSES: Final = (
    WordClass.DELIVERY_TIME, WordClass.LOST, WordClass.DAMAGE, WordClass.PACKING, WordClass.AMAZON_SERVICE,
    WordClass.CARRIER, WordClass.DELIVERY,
)  # fmt: skip
SELLER_CLASSES: Final = (
    WordClass.SELLER, WordClass.CONDUCT, WordClass.REFUND_RETURN, WordClass.STOCK_CANCEL, WordClass.PRICE,
    WordClass.CONDITION, WordClass.WRONG_ITEM, WordClass.COUNTERFEIT, WordClass.DISPATCH, WordClass.BUYER_REQUEST,
)  # fmt: skip
_SOFT_CLASSES: Final = (
    WordClass.MISMATCH, WordClass.OWN_MISTAKE, WordClass.SPEECH, WordClass.ADDRESSEE, WordClass.THEY,
)  # fmt: skip
_NO_TOPIC: Final = (WordClass.NEUTRAL, WordClass.OPINION, WordClass.DURATION)

OF_PRODUCT, OF_NOUN, OF_DELIVERY, OF_SELLER, OF_SOFT, OF_TOPIC = (1 << n for n in range(6))
"""What a clause speaks of; one may speak of several."""


def _meanings() -> npt.NDArray[np.uint8]:
    """What each class speaks of, by its number."""
    table = np.zeros(256, np.uint8)

    def mark(classes: Iterable[WordClass], meaning: int) -> None:
        table[[NUMBER_OF[word_class] for word_class in classes]] |= np.uint8(meaning)

    mark((WordClass.PRODUCT,), OF_PRODUCT)
    mark((WordClass.PRODUCT_NOUN,), OF_NOUN)
    mark(DELIVERY_CLASSES, OF_DELIVERY)
    mark(SELLER_CLASSES, OF_SELLER)
    mark(_SOFT_CLASSES, OF_SOFT)
    mark(set(WordClass).difference(_NO_TOPIC), OF_TOPIC)
    return table


_MEANINGS: Final = _meanings()


class Clauses(NamedTuple):
    """The clauses of a batch.

    Attributes:
        comment: index of the comment.
        first: first token.
        last: last token.
        unknown: words that no lexicon knows.
        speaks_of: what it speaks of, added up.
    """

    comment: Index
    first: Index
    last: Index
    unknown: Index
    speaks_of: npt.NDArray[np.uint8]


def read_clauses(tokens: TokenBatch, matches: Matches, reading: Reading) -> Clauses:
    """Look through the clauses after ambiguous words were settled."""
    first = tokens.clause_first
    last = np.append(first[1:], len(tokens.start))[: len(first)] - 1
    if not len(first):
        return Clauses(tokens.clause_comment, first, last, first, np.zeros(0, np.uint8))
    meaning = _MEANINGS.take(reading.token_class)
    meaning[matches.is_inside] = 0
    return Clauses(
        comment=tokens.clause_comment,
        first=first,
        last=last,
        unknown=np.add.reduceat(reading.unknown, first, dtype=np.int64),
        speaks_of=np.bitwise_or.reduceat(meaning, first),
    )
