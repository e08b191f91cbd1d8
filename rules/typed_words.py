"""The distinct words of a batch of comments, and what the lexicons know of each."""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from rules.folding import FoldedBatch
from rules.lexicon_arrays import Grouped, Lexicon, TokenTypes
from rules.tokens import TokenBatch

Index = npt.NDArray[np.int64]
Classes = npt.NDArray[np.uint8]
Weights = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


class Groups(NamedTuple):
    """A group of values for each key: where it begins among the values, and its size."""

    begin: Index
    size: Index
    values: Index

    @classmethod
    def of(cls, known: Grouped, more: Grouped, keys: Index) -> Self:
        """Groups of these keys; those beyond the known ones are keys of `more`."""
        limit = len(known.start) - 1
        strange = np.flatnonzero(keys >= limit)
        begin = known.start.take(keys, mode="clip").astype(np.int64)
        end = known.start.take(keys + 1, mode="clip").astype(np.int64)
        begin[strange] = more.start[keys[strange] - limit] + len(known.values)
        end[strange] = more.start[keys[strange] - limit + 1] + len(known.values)
        return cls(begin, end - begin, np.concatenate((known.values, more.values)))

    def only(self, is_kept: Flags) -> "Groups":
        """The same groups with some of their values."""
        before = np.zeros(len(self.values) + 1, np.int64)
        np.cumsum(is_kept, out=before[1:])
        begin = before.take(self.begin)
        return Groups(
            begin, before.take(self.begin + self.size) - begin, self.values.compress(is_kept)
        )

    def any_bit(self, bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        """For each key the bits that any of its values has; `bits` are those of all values."""
        found = np.zeros(len(self.size), np.uint64)
        some = np.flatnonzero(self.size)
        if len(some):
            _, places = self.expand(some)
            sizes = self.size.take(some)
            found[some] = np.bitwise_or.reduceat(bits.take(places), np.cumsum(sizes) - sizes)
        return found

    def expand(self, keys: Index) -> tuple[Index, Index]:
        """For each of these keys all its values: place in `keys`, and place of the value."""
        counts = self.size.take(keys)
        rows = np.repeat(np.arange(len(keys)), counts)
        skipped = self.begin.take(keys) - (np.cumsum(counts) - counts)
        places = np.repeat(skipped, counts)
        places += np.arange(len(rows))
        return rows, places


class SpokenWords(NamedTuple):
    """Distinct words in their languages.

    Attributes:
        of_token: which of the words each token is.
        classes: class of each word that stands alone.
        starts: states after each word as the first of a phrase.
        patterns: word patterns that each word fits within a phrase.
    """

    of_token: Index
    classes: Classes
    starts: Groups
    patterns: Groups


@dataclass(frozen=True, slots=True)
class TypedWords:
    """The type of each distinct word, and what is known of each type.

    Attributes:
        types: place of each word's type among the known ones, or after them among the others.
        known: types that the lexicons list.
        more: types of the other words of this batch.
    """

    types: Index
    known: TokenTypes
    more: TokenTypes

    def weights(self) -> Weights:
        """Weight of each word in each language."""
        known = self.known.weight
        found: Weights = known.take(self.types, axis=0, mode="clip")
        strange = np.flatnonzero(self.types >= len(known))
        found[strange] = self.more.weight[self.types[strange] - len(known)]
        return found

    def spoken(self, word: Index, language: Index) -> SpokenWords:
        """The words as they are in the language of each token, each distinct one once.

        Args:
            word: number of each token's word.
            language: number of each token's language.
        """
        languages = self.known.classes.shape[1]
        key = word * languages + language
        is_used = np.zeros(len(self.types) * languages, np.bool_)
        is_used[key] = True
        used = np.flatnonzero(is_used)
        place = np.empty(len(is_used), np.int64)
        place[used] = np.arange(len(used))
        its_word, its_language = np.divmod(used, languages)
        typed = self.types.take(its_word) * languages + its_language
        known, more = self.known.classes.ravel(), self.more.classes.ravel()
        classes = known.take(typed, mode="clip")
        strange = np.flatnonzero(typed >= len(known))
        classes[strange] = more[typed[strange] - len(known)]
        return SpokenWords(
            place.take(key),
            classes,
            Groups.of(self.known.starts, self.more.starts, typed),
            Groups.of(self.known.patterns, self.more.patterns, typed),
        )


def type_words(tokens: TokenBatch, batch: FoldedBatch, lexicon: Lexicon) -> TypedWords:
    """Look every distinct word up; those that no lexicon lists are examined for their parts."""
    types = lexicon.known.find(tokens.hashes.take(tokens.token_of_word))
    is_number = tokens.is_number.take(tokens.token_of_word)
    is_strange = types < 0
    types[is_strange & is_number] = lexicon.number_type
    asked = np.flatnonzero(is_strange & ~is_number)
    chosen = tokens.token_of_word.take(asked)
    text = batch.text
    words = [
        text[start:end]
        for start, end in zip(
            tokens.start.take(chosen).tolist(), tokens.end.take(chosen).tolist(), strict=True
        )
    ]
    types[asked] = len(lexicon.known_types.classes) + np.arange(len(words))
    return TypedWords(types, lexicon.known_types, lexicon.describe(words))
