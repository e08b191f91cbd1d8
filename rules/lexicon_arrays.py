"""All lexicons compiled into arrays: which words carry which class, and a tree of phrases for each language."""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence as Rows
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick, MatchKind

from rules.entry_syntax import GAP, EntryError, Sequence, Spelling, WordPattern, parse_entry
from rules.hash_index import HashIndex
from rules.lexicon_file import NUMBER_SET, Entry, LexiconError, LexiconFile
from rules.tokens import hash_token
from rules.word_classes import NUMBER_OF, WordClass

Index = npt.NDArray[np.int64]

SHARED: Final = "shared"
OTHER: Final = "other"
_EXACT: Final = 1 << 10
_WP_BITS: Final = 24
_NUMBER_TOKEN: Final = WordPattern("number", "")
_SPACELESS: Final = frozenset({"ja", "zh"})
GAP_WORDS: Final = 3
GAP_IDEOGRAPHS: Final = 8


@dataclass(frozen=True, slots=True)
class Grouped:
    """Rows of values grouped by a key: the values of key `k` are `values[start[k]:start[k + 1]]`."""

    start: Index
    values: Index

    @classmethod
    def of(cls, keys: Index, values: Index, size: int) -> "Grouped":
        """Group values by key."""
        order = np.argsort(keys, kind="stable")
        counts = np.bincount(keys, minlength=size) if len(keys) else np.zeros(size, np.int64)
        start = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)))
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
        is_start: the word may begin a phrase of the language.
        patterns: word patterns that fit the token.
    """

    classes: npt.NDArray[np.uint8]
    weight: npt.NDArray[np.float32]
    is_start: npt.NDArray[np.bool_]
    patterns: Grouped


class _PatternTable:
    """Numbers for word patterns, and the sets that each belongs to."""

    def __init__(self) -> None:
        self.number: dict[WordPattern, int] = {}
        self.sets_of: dict[int, list[int]] = defaultdict(list)

    def add(self, pattern: WordPattern) -> int:
        return self.number.setdefault(pattern, len(self.number))


def _noun_forms(word: str, endings: Rows[str]) -> list[str]:
    forms = [word]
    for ending in endings:
        old, arrow, new = ending.partition(">")
        if not arrow:
            forms.append(word + ending)
        elif word.endswith(old):
            forms.append(word[: -len(old)] + new)
    return forms


def _complaint(
    sequence: Sequence,
    entry: Entry,
    file: LexiconFile,
    earlier: tuple[str, Entry] | None,
    sets: frozenset[str],
) -> str | None:
    """Why a phrase is refused; "" if it is only listed twice, None if it is good."""
    if earlier is not None:
        if file.language == SHARED or earlier[1].word_class == entry.word_class:
            return ""
        return (
            f"{entry.text!r} ({entry.word_class}) can never match: "
            f"{earlier[0]}:{earlier[1].line} has it as {earlier[1].word_class}"
        )
    missing = sorted(
        {text for element in sequence for kind, text in element if kind == "set"} - sets
    )
    return f"{entry.text!r}: no set named {missing[0]!r}" if missing else None


class Lexicon:
    """Every language's words and phrases, ready for matching.

    Raises:
        LexiconError: an entry cannot be read, can never match, or stands under two classes; the message lists
            every complaint with file and line.
    """

    def __init__(self, files: Iterable[LexiconFile]) -> None:
        by_language: dict[str, list[LexiconFile]] = defaultdict(list)
        for file in files:
            by_language[file.language].append(file)
        shared = by_language.pop(SHARED, [])
        self.languages: tuple[str, ...] = tuple(sorted(by_language))
        self.number_of_language = {
            language: number for number, language in enumerate(self.languages)
        }
        self.entry_counts = {
            language: sum(len(f.entries) for f in found) for language, found in by_language.items()
        }
        self._patterns = _PatternTable()
        self._patterns.add(_NUMBER_TOKEN)
        self._edges: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._children: dict[tuple[int, frozenset[WordPattern]], int] = {}
        self._terminal: list[int] = []
        self._gap_child: list[int] = []
        self._singles: list[tuple[int, int, int, bool]] = []  # pattern, language, class, is shared
        self._starts: set[tuple[int, int]] = set()
        complaints: list[str] = []
        self.roots = np.array([self._new_state() for _ in self.languages], np.int64)
        for language, found in by_language.items():
            self._add_language(
                language, [*found, *(shared if language != OTHER else [])], complaints
            )
        if complaints:
            raise LexiconError("\n".join(dict.fromkeys(complaints)))
        self._freeze()

    def _new_state(self) -> int:
        self._terminal.append(0)
        self._gap_child.append(-1)
        return len(self._terminal) - 1

    def _add_language(self, language: str, files: list[LexiconFile], complaints: list[str]) -> None:
        number = self.number_of_language[language]
        sets, spelling = self._add_sets(language, files)
        seen: dict[Sequence, tuple[str, Entry]] = {}
        for file in files:
            for entry in file.entries:
                where = f"{file.name}:{entry.line}"
                try:
                    variants = parse_entry(entry.text, spelling)
                except EntryError as error:
                    complaints.append(f"{where}: {error}")
                    continue
                for sequence in variants:
                    complaint = _complaint(sequence, entry, file, seen.get(sequence), sets)
                    if complaint:
                        complaints.append(f"{where}: {complaint}")
                    if complaint is None:
                        seen[sequence] = (file.name, entry)
                        is_shared = file.language == SHARED
                        self._add_sequence(
                            sequence, number, language, entry.word_class, is_shared=is_shared
                        )
        self._add_inflected(language, files, seen)

    def _add_sets(self, language: str, files: list[LexiconFile]) -> tuple[frozenset[str], Spelling]:
        """Register the sets of a language; members of several words become alternatives of the phrases."""
        spelling = Spelling(is_german=language == "de")
        long_members: dict[str, list[Sequence]] = defaultdict(list)
        members: dict[str, list[str]] = defaultdict(list)
        for file in files:
            for name, words in file.sets.items():
                members[name].extend(words)
        for name, listed in members.items():
            set_number = self._patterns.add(WordPattern("set", f"{language}.{name}"))
            if name == NUMBER_SET:
                self._patterns.sets_of[0].append(set_number)
            for word in listed:
                for sequence in parse_entry(word, spelling):
                    if len(sequence) != 1:
                        long_members[name].append(sequence)
                        continue
                    for pattern in sequence[0]:
                        self._patterns.sets_of[self._patterns.add(pattern)].append(set_number)
        alternatives = {name: tuple(found) for name, found in long_members.items()}
        return frozenset(members), Spelling(spelling.is_german, alternatives)

    def _add_inflected(
        self, language: str, files: list[LexiconFile], seen: dict[Sequence, tuple[str, Entry]]
    ) -> None:
        """Add the other forms of product nouns; they yield to everything that is written down."""
        endings = tuple(ending for file in files for ending in file.noun_endings)
        number = self.number_of_language[language]
        for file in files:
            for entry in file.entries:
                if entry.word_class is not WordClass.PRODUCT_NOUN or not entry.text.isalpha():
                    continue
                for form in _noun_forms(entry.text, endings)[1:]:
                    for sequence in parse_entry(form, Spelling(is_german=language == "de")):
                        if sequence not in seen:
                            seen[sequence] = (file.name, entry)
                            self._add_sequence(
                                sequence, number, language, entry.word_class, is_shared=False
                            )

    def _numbers(self, element: frozenset[WordPattern], language: str) -> list[int]:
        return [
            self._patterns.add(WordPattern("set", f"{language}.{p.text}") if p.kind == "set" else p)
            for p in element
        ]

    def _add_sequence(
        self,
        sequence: Sequence,
        number: int,
        language: str,
        word_class: WordClass,
        *,
        is_shared: bool,
    ) -> None:
        if len(sequence) == 1:
            for pattern in self._numbers(sequence[0], language):
                self._singles.append((pattern, number, NUMBER_OF[word_class], is_shared))
            return
        state = int(self.roots[number])
        for place, element in enumerate(sequence):
            if GAP in element:
                if self._gap_child[state] < 0:
                    self._gap_child[state] = self._new_state()
                state = self._gap_child[state]
                continue
            key = (state, element)
            child = self._children.get(key)
            if child is None:
                child = self._new_state()
                self._children[key] = child
                for pattern in self._numbers(element, language):
                    self._edges[state, pattern].append(child)
                    if place == 0:
                        self._starts.add((pattern, number))
            state = child
        if not self._terminal[state]:
            self._terminal[state] = NUMBER_OF[word_class]

    def _freeze(self) -> None:
        table = self._patterns
        patterns = list(table.number)
        self._pattern_count = len(patterns)
        self._specificity = np.array(
            [
                {"exact": _EXACT, "number": 2, "set": 1}.get(p.kind, 4 + 2 * len(p.text))
                for p in patterns
            ],
            np.int64,
        )
        keys = np.array([n for n, found in table.sets_of.items() for _ in found], np.int64)
        values = np.array([s for found in table.sets_of.values() for s in found], np.int64)
        self._sets = Grouped.of(keys, values, self._pattern_count)
        singles = np.array(self._singles, np.int64).reshape(-1, 4)
        self._single_rows = Grouped.of(singles[:, 0], np.arange(len(singles)), self._pattern_count)
        self._single_table = singles
        starts = np.array(sorted(self._starts), np.int64).reshape(-1, 2)
        self._start_rows = Grouped.of(starts[:, 0], starts[:, 1], self._pattern_count)
        edges = [
            (state << _WP_BITS | pattern, child)
            for (state, pattern), found in self._edges.items()
            for child in found
        ]
        edge_array = np.array(edges, np.int64).reshape(-1, 2)
        unique, place = np.unique(edge_array[:, 0], return_inverse=True)
        self.edge_index = HashIndex(unique.astype(np.uint64))
        self.edge_children = Grouped.of(place, edge_array[:, 1], len(unique))
        self.terminal = np.array(self._terminal, np.uint8)
        self.gap_child = np.array(self._gap_child, np.int64)
        self.gap_sizes = np.array(
            [
                GAP_IDEOGRAPHS if language in _SPACELESS else GAP_WORDS
                for language in self.languages
            ],
            np.int64,
        )
        parts = [(n, p) for p, n in table.number.items() if p.kind in {"prefix", "suffix", "infix"}]
        wrapped = {"prefix": "\x01{}", "suffix": "{}\x02", "infix": "{}"}
        texts = [wrapped[p.kind].format(p.text) for _, p in parts]
        self._part_numbers = np.array([n for n, _ in parts], np.int64)
        self._part_finder = AhoCorasick(texts, matchkind=MatchKind.Standard) if texts else None
        words = [p.text for p in patterns if p.kind == "exact"]
        exact = np.array([n for n, p in enumerate(patterns) if p.kind == "exact"], np.int64)
        hashes = np.array([hash_token(word) for word in words], np.uint64)
        self.known = HashIndex(hashes)
        self.number_type = len(words)
        self.known_types = self.describe(
            [*words, ""], np.concatenate((exact, np.zeros(1, np.int64)))
        )
        neutral = NUMBER_OF[WordClass.NEUTRAL]
        self.known_types.classes[self.number_type] = neutral
        self.known_types.weight[self.number_type] = 0
        del (
            self._edges,
            self._children,
            self._starts,
            self._terminal,
            self._gap_child,
            self._singles,
        )

    def classes_of(self, words: list[str]) -> npt.NDArray[np.uint8]:
        """Number of the class of each folded word in each language."""
        hashes = np.array([hash_token(word) for word in words], np.uint64)
        place = self.known.find(hashes)
        classes = self.describe(words).classes
        is_known = place >= 0
        classes[is_known] = self.known_types.classes[place[is_known]]
        return classes

    def describe(self, words: list[str], exact: Index | None = None) -> TokenTypes:
        """What the lexicons know of these folded words.

        Args:
            words: folded tokens, each once.
            exact: number of each word's own pattern, if it has one.
        """
        count = len(words)
        rows = [np.arange(count)] if exact is not None else []
        found = [exact] if exact is not None else []
        if self._part_finder is not None and words:
            sizes = np.fromiter((len(w) + 2 for w in words), np.int64, count)
            offsets = np.cumsum(sizes)
            hits = self._part_finder.find_matches_as_indexes(
                "\x01" + "\x02\x01".join(words) + "\x02", overlapping=True
            )
            table = np.array(hits, np.int64).reshape(-1, 3)
            rows.append(np.searchsorted(offsets, table[:, 1], side="right"))
            found.append(self._part_numbers[table[:, 0]])
        row = np.concatenate(rows) if rows else np.zeros(0, np.int64)
        pattern = np.concatenate(found) if found else np.zeros(0, np.int64)
        in_set, set_number = self._sets.expand(pattern)
        all_rows = np.concatenate((row, row[in_set]))
        all_patterns = np.concatenate((pattern, set_number))
        if len(all_rows):
            both = np.unique(all_rows << 32 | all_patterns)
            all_rows, all_patterns = both >> 32, both & 0xFFFFFFFF
        classes = np.zeros((count, len(self.languages)), np.uint8)
        weight = np.zeros((count, len(self.languages)), np.float32)
        at, single = self._single_rows.expand(all_patterns)
        table = self._single_table[single]
        strength = self._specificity[all_patterns[at]] * 2 + (1 - table[:, 3])
        order = np.argsort(strength, kind="stable")
        classes[all_rows[at[order]], table[order, 1]] = table[order, 2]
        own = table[:, 3] == 0
        is_exact = self._specificity[all_patterns[at]] == _EXACT
        weight[all_rows[at[own & ~is_exact]], table[own & ~is_exact, 1]] = 0.5
        weight[all_rows[at[own & is_exact]], table[own & is_exact, 1]] = 1.0
        speakers = np.maximum((weight > 0).sum(axis=1, keepdims=True), 1)
        weight /= np.sqrt(speakers).astype(np.float32)
        is_start = np.zeros((count, len(self.languages)), np.bool_)
        at, language = self._start_rows.expand(all_patterns)
        is_start[all_rows[at], language] = True
        return TokenTypes(classes, weight, is_start, Grouped.of(all_rows, all_patterns, count))
