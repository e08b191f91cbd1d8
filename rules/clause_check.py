"""Clauses that no listed topic explains: several unlisted words, and nothing that tells what they are about.

The seller's and the delivery's words are closed lists, those of products are not. So a clause without any topic is more
often about a product or a story than about nothing, and a comment that holds one is for a person.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rules.clauses import OF_TOPIC, Clauses

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

UNKNOWN_WORDS: Final = 3
"""Unlisted words from which on a clause without a topic counts as unknown."""
LONG_UNKNOWN_WORDS: Final = 4
"""The same for a comment about a product, whose words no list can hold."""
CHARACTERS_PER_WORD: Final = 2
"""Chinese and Japanese: unlisted characters that weigh as much as one unlisted word."""


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


def find_unknown_clauses(clauses: Clauses, is_read_by_character: Flags) -> UnknownClauses:
    """Clauses of a batch that hold unlisted words and no topic.

    Args:
        clauses: the batch.
        is_read_by_character: for each comment, whether its tokens are single characters.
    """
    found = np.flatnonzero((clauses.speaks_of & OF_TOPIC == 0) & (clauses.unknown >= UNKNOWN_WORDS))
    comment, unknown = clauses.comment.take(found), clauses.unknown.take(found)
    per_word = np.where(is_read_by_character.take(comment), CHARACTERS_PER_WORD, 1)
    is_unknown = unknown >= UNKNOWN_WORDS * per_word
    return UnknownClauses(
        comment=comment[is_unknown],
        first=clauses.first[found[is_unknown]],
        last=clauses.last[found[is_unknown]],
        is_long=(unknown >= LONG_UNKNOWN_WORDS * per_word)[is_unknown],
    )
