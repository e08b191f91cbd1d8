"""Clauses that no listed topic explains: several unlisted words, and nothing that tells what they are about.

The seller's and the delivery's words are closed lists, those of products are not. So a clause without any topic is more
often about a product or a story than about nothing, and a comment that holds one is for a person.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rules.context import Reading
from rules.matching import Matches
from rules.tokens import TokenBatch
from rules.word_classes import NUMBER_OF, WordClass

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

UNKNOWN_WORDS: Final = 3
"""Unlisted words from which on a clause without a topic counts as unknown."""
LONG_UNKNOWN_WORDS: Final = 4
"""The same for a comment about a product, whose words no list can hold."""
CHARACTERS_PER_WORD: Final = 2
"""Chinese and Japanese: unlisted characters that weigh as much as one unlisted word."""

_NO_TOPIC: Final = np.zeros(256, np.bool_)
_NO_TOPIC[
    [0, *(NUMBER_OF[c] for c in (WordClass.NEUTRAL, WordClass.OPINION, WordClass.DURATION))]
] = True


@dataclass(frozen=True, slots=True)
class UnknownClauses:
    """Clauses without a topic, in the order of the batch.

    Attributes:
        comment: index of the comment.
        first: first token of the clause.
        last: last token of the clause.
        is_long: it holds so many unlisted words that a product comment is in doubt, too.
    """

    comment: Index
    first: Index
    last: Index
    is_long: Flags


def find_unknown_clauses(
    tokens: TokenBatch, matches: Matches, reading: Reading, is_read_by_character: Flags
) -> UnknownClauses:
    """Clauses of a batch that hold unlisted words and no topic.

    Args:
        tokens: the batch.
        matches: what was found in it.
        reading: the classes after they were settled.
        is_read_by_character: for each comment, whether its tokens are single characters.
    """
    clauses = len(tokens.clause_comment)
    unknown = np.bincount(tokens.clause[reading.unknown], minlength=clauses)
    speaks = ~matches.is_inside & ~_NO_TOPIC[reading.token_class]
    has_topic = np.bincount(tokens.clause[speaks], minlength=clauses) > 0
    per_word = np.where(is_read_by_character[tokens.clause_comment], CHARACTERS_PER_WORD, 1)
    found = np.flatnonzero(~has_topic & (unknown >= UNKNOWN_WORDS * per_word))
    return UnknownClauses(
        comment=tokens.clause_comment[found],
        first=np.searchsorted(tokens.clause, found),
        last=np.searchsorted(tokens.clause, found, side="right") - 1,
        is_long=unknown[found] >= LONG_UNKNOWN_WORDS * per_word[found],
    )
