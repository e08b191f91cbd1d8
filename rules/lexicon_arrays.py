"""All lexicons as arrays: which words carry which class, and a tree of phrases for each language."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick, MatchKind

from rules.hash_index import HashIndex
from rules.packed_index import PackedIndex
from rules.tokens import hash_tokens
from rules.word_classes import NUMBER_OF, WordClass

Index = npt.NDArray[np.int64]

SHARED: Final = "shared"
OTHER: Final = "other"
PATTERN_KINDS: Final = ("exact", "prefix", "suffix", "infix", "set", "number")
_WRAPPED: Final = ("{}", "\x01{}", "{}\x02", "{}")
_EXACT: Final = 1 << 10
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_SPACELESS: Final = frozenset({"ja", "zh"})
GAP_WORDS: Final = 3
GAP_IDEOGRAPHS: Final = 8


@dataclass(frozen=True, slots=True)
class LexiconArrays:
    """The lexicons in the form in which they are kept.

    Attributes:
        languages: codes, `other` among them.
        entry_counts: entries as written, by language.
        pattern_kinds: place in PATTERN_KINDS of each word pattern.
        pattern_texts: its text.
        set_rows: word pattern and the set it belongs to.
        singles: word pattern, language, class number, and 1 if it comes from the shared lexicon.
        edges: state, word pattern, next state.
        terminal: class number of the phrase that ends in a state, else 0.
        gap_child: state after a gap, else -1.
        roots: first state of each language.
    """

    languages: tuple[str, ...]
    entry_counts: dict[str, int]
    pattern_kinds: npt.NDArray[np.uint8]
    pattern_texts: tuple[str, ...]
    set_rows: npt.NDArray[np.int32]
    singles: npt.NDArray[np.int32]
    edges: npt.NDArray[np.int32]
    terminal: npt.NDArray[np.uint8]
    gap_child: npt.NDArray[np.int32]
    roots: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Grouped:
    """Rows of values grouped by a key: the values of key `k` are `values[start[k]:start[k + 1]]`."""

    start: npt.NDArray[np.signedinteger[Any]]
    values: Index

    @classmethod
    def of(cls, keys: Index, values: Index, size: int) -> "Grouped":
        """Group values by key."""
        order = np.argsort(keys, kind="stable")
        start = np.zeros(size + 1, np.int32)  # there are very many keys, and few values
        if len(keys):
            start[1:] = np.bincount(keys, minlength=size)
            np.cumsum(start, dtype=np.int32, out=start)
        return cls(start, values[order])

    def expand(self, keys: Index) -> tuple[Index, Index]:
        """For each key all its values: the place of the key in `keys`, and the value."""
        counts = self.start[keys + 1] - self.start[keys]
        total = int(counts.sum())
        rows = np.repeat(np.arange(len(keys)), counts)
        if not total:
            return rows, np.zeros(0, np.int64)
        before = np.cumsum(counts) - counts
        within = np.arange(total) - before[rows]
        return rows, self.values[self.start[keys][rows] + within]


@dataclass(frozen=True, slots=True)
class TokenTypes:
    """What the lexicons know of each distinct token.

    Attributes:
        classes: number of the class by token type and language; 0 if the language does not know the word.
        weight: how much the word speaks for each language.
        starts: states after the token as the first of a phrase, by token type and language.
        patterns: word patterns that fit the token within a phrase, by token type and language.
    """

    classes: npt.NDArray[np.uint8]
    weight: npt.NDArray[np.float32]
    starts: Grouped
    patterns: Grouped


def pattern_bits(patterns: Index) -> npt.NDArray[np.uint64]:
    """One bit for each word pattern; patterns share bits, so a missing bit proves something, a set one nothing."""
    with np.errstate(over="ignore"):
        return np.uint64(1) << ((patterns.astype(np.uint64) * _SPREAD) >> np.uint64(58))


def _language_of_states(arrays: LexiconArrays) -> Index:
    """Number of the language whose tree each state is part of."""
    language = np.full(len(arrays.terminal), -1, np.int64)
    language[arrays.roots] = np.arange(len(arrays.roots))
    gaps = np.flatnonzero(arrays.gap_child >= 0)
    above = np.arange(len(arrays.terminal))
    above[arrays.edges[:, 2]] = arrays.edges[:, 0]
    above[arrays.gap_child[gaps]] = gaps
    # each round doubles the way that a state looks up, until all look at their roots
    while (above != (higher := above[above])).any():
        above = higher
    return language[above]


class Lexicon:
    """Every language's words and phrases, ready for matching."""

    def __init__(self, arrays: LexiconArrays) -> None:
        self.languages = arrays.languages
        self.number_of_language = {
            language: number for number, language in enumerate(self.languages)
        }
        self.entry_counts = arrays.entry_counts
        kinds = arrays.pattern_kinds
        texts = arrays.pattern_texts
        count = len(texts)
        lengths = np.fromiter(map(len, texts), np.int64, count)
        by_kind = np.array([_EXACT, 0, 0, 0, 1, 2])[kinds]
        self._specificity = np.where(by_kind > 0, by_kind, 4 + 2 * lengths)
        set_rows = arrays.set_rows.astype(np.int64)
        self._sets = Grouped.of(set_rows[:, 0], set_rows[:, 1], count)
        self._single_table = arrays.singles.astype(np.int64)
        self._single_rows = Grouped.of(
            self._single_table[:, 0], np.arange(len(self._single_table)), count
        )
        edges = arrays.edges.astype(np.int64)
        language_of = _language_of_states(arrays)
        is_first = np.isin(edges[:, 0], arrays.roots)
        size = len(self.languages)
        # pattern -> language and state after it, for the first word of a phrase; pattern -> languages, for the others
        first = edges[is_first]
        self._start_rows = Grouped.of(
            first[:, 1], first[:, 2] * size + language_of[first[:, 0]], count
        )
        edges = edges[~is_first]
        used = np.unique(edges[:, 1] * size + language_of[edges[:, 0]])
        self._used_rows = Grouped.of(used // size, used % size, count)
        self._patterns = count
        unique, place = np.unique(edges[:, 0] * count + edges[:, 1], return_inverse=True)
        self.terminal = arrays.terminal
        # nearly every edge leads to one state; those that lead to several get numbers beyond the states
        children = Grouped.of(place, edges[:, 2], len(unique))
        sizes = np.diff(children.start)
        several = np.flatnonzero(sizes > 1)
        numbers = children.values[children.start[:-1]]
        numbers[several] = len(self.terminal) + np.arange(len(several))
        self._edges = PackedIndex(unique, numbers)
        at, several_children = children.expand(several)
        self._several_children = Grouped.of(at, several_children, len(several))
        self.gap_child = arrays.gap_child.astype(np.int64)
        # bits of the patterns that may follow a state, straight or after a gap
        self.next_bits = np.zeros(len(self.terminal), np.uint64)
        np.bitwise_or.at(self.next_bits, edges[:, 0], pattern_bits(edges[:, 1]))
        self.gap_bits = np.where(self.gap_child >= 0, self.next_bits[self.gap_child], np.uint64(0))
        self.gap_sizes = np.array(
            [GAP_IDEOGRAPHS if language in _SPACELESS else GAP_WORDS for language in self.languages]
        )
        self._number_pattern = int(np.flatnonzero(kinds == PATTERN_KINDS.index("number"))[0])
        self._part_numbers = np.flatnonzero((kinds >= 1) & (kinds <= 3))
        parts = [_WRAPPED[kinds[n]].format(texts[n]) for n in self._part_numbers.tolist()]
        self._part_finder = AhoCorasick(parts, matchkind=MatchKind.Standard) if parts else None
        exact = np.flatnonzero(kinds == 0)
        words = [texts[n] for n in exact.tolist()]
        self.words = tuple(
            dict.fromkeys(
                text for text, kind in zip(texts, kinds.tolist(), strict=True) if kind < 4
            )
        )
        self.known = HashIndex(hash_tokens(words))
        self.number_type = len(words)
        self.known_types = self.describe(
            [*words, ""], np.concatenate((exact, [self._number_pattern]))
        )
        self.known_types.classes[self.number_type] = NUMBER_OF[WordClass.NEUTRAL]
        self.known_types.weight[self.number_type] = 0

    def follow(self, states: Index, patterns: Index) -> tuple[Index, Index]:
        """Every state that follows these with these patterns: place in `states`, and the state."""
        rows, number = self._edges.find(states * self._patterns + patterns)
        several = np.flatnonzero(number >= len(self.terminal))
        if not len(several):
            return rows, number
        counts = np.ones(len(rows), np.int64)
        groups = number[several] - len(self.terminal)
        of_several, children = self._several_children.expand(groups)
        counts[several] = np.bincount(of_several, minlength=len(several))
        found = np.repeat(number, counts)
        found[found >= len(self.terminal)] = children
        return np.repeat(rows, counts), found

    def classes_of(self, words: list[str]) -> npt.NDArray[np.uint8]:
        """Number of the class of each folded word in each language."""
        classes = np.zeros((len(words), len(self.languages)), np.uint8)
        place = self.known.find(hash_tokens(words))
        is_known = place >= 0
        classes[is_known] = self.known_types.classes[place[is_known]]
        strange = np.flatnonzero(~is_known)
        row, pattern = self._fitting([words[n] for n in strange.tolist()], None)
        at, single = self._single_rows.expand(pattern)
        self._set_classes(classes, strange[row[at]], pattern[at], self._single_table[single])
        return classes

    def describe(self, words: list[str], exact: Index | None = None) -> TokenTypes:
        """What the lexicons know of these folded words.

        Args:
            words: folded tokens, each once.
            exact: number of each word's own pattern, if it has one.
        """
        count, size = len(words), len(self.languages)
        row, pattern = self._fitting(words, exact)
        classes = np.zeros((count, size), np.uint8)
        weight = np.zeros((count, size), np.float32)
        at, single = self._single_rows.expand(pattern)
        table = self._single_table[single]
        self._set_classes(classes, row[at], pattern[at], table)
        own = table[:, 3] == 0
        is_exact = self._specificity[pattern[at]] == _EXACT
        weight[row[at[own & ~is_exact]], table[own & ~is_exact, 1]] = 0.5
        weight[row[at[own & is_exact]], table[own & is_exact, 1]] = 1.0
        speakers = np.maximum((weight > 0).sum(axis=1, keepdims=True), 1)
        weight /= np.sqrt(speakers).astype(np.float32)
        at, packed = self._start_rows.expand(pattern)
        # one word may fit several patterns of the same element: each state once
        both = np.unique((row[at] * size + packed % size) << 32 | packed // size)
        starts = Grouped.of(both >> 32, both & 0xFFFFFFFF, count * size)
        at, language = self._used_rows.expand(pattern)
        patterns = Grouped.of(row[at] * size + language, pattern[at], count * size)
        return TokenTypes(classes, weight, starts, patterns)

    def _fitting(self, words: list[str], exact: Index | None) -> tuple[Index, Index]:
        """Place of each word among these and a pattern that it fits, each pair once; rising."""
        count = len(words)
        rows = [np.arange(count)] if exact is not None else []
        found = [exact] if exact is not None else []
        if self._part_finder is not None and words:
            sizes = np.fromiter(map(len, words), np.int64, count) + 2
            offsets = np.cumsum(sizes)
            hits = self._part_finder.find_matches_as_indexes(
                "\x01" + "\x02\x01".join(words) + "\x02", overlapping=True
            )
            table = np.array(hits, np.int64).reshape(-1, 3)
            rows.append(np.searchsorted(offsets, table[:, 1], side="right"))
            found.append(self._part_numbers[table[:, 0]])
        # a number that some phrase names literally is still a number
        digits = [place for place, word in enumerate(words) if word and word[0].isdigit()]
        if digits:
            rows.append(np.array(digits, np.int64))
            found.append(np.full(len(digits), self._number_pattern))
        row = np.concatenate(rows) if rows else np.zeros(0, np.int64)
        pattern = np.concatenate(found) if found else np.zeros(0, np.int64)
        in_set, set_number = self._sets.expand(pattern)
        both = np.unique(np.concatenate((row << 32 | pattern, row[in_set] << 32 | set_number)))
        return both >> 32, both & 0xFFFFFFFF

    def _set_classes(
        self, classes: npt.NDArray[np.uint8], row: Index, pattern: Index, single: Index
    ) -> None:
        """Give words the classes of the patterns that they fit; the most specific one tells, a language's own first."""
        strength = self._specificity[pattern] * 2 + (1 - single[:, 3])
        order = np.argsort(strength, kind="stable")
        classes[row[order], single[order, 1]] = single[order, 2]
