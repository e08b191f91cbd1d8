"""Turning lexicon files into arrays: entries become a table of single words and a tree of phrases for each language."""

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence as Rows
from typing import Final

import numpy as np

from rules.entry_syntax import GAP, EntryError, Sequence, Spelling, WordPattern, parse_entry
from rules.lexicon_arrays import OTHER, PATTERN_KINDS, SHARED, LexiconArrays
from rules.lexicon_file import NUMBER_SET, Entry, LexiconError, LexiconFile
from rules.word_classes import NUMBER_OF, WordClass

_NUMBER_TOKEN: Final = WordPattern("number", "")


def build_lexicon(files: Iterable[LexiconFile]) -> LexiconArrays:
    """All lexicon files as arrays.

    Raises:
        LexiconError: an entry cannot be read, can never match, or stands under two classes; the message lists
            every complaint with file and line.
    """
    return _Builder(files).arrays()


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


class _Builder:
    def __init__(self, files: Iterable[LexiconFile]) -> None:
        by_language: dict[str, list[LexiconFile]] = defaultdict(list)
        for file in files:
            by_language[file.language].append(file)
        shared = by_language.pop(SHARED, [])
        self._languages = tuple(sorted(by_language))
        self._number_of_language = {
            language: number for number, language in enumerate(self._languages)
        }
        self._entry_counts = {
            language: sum(len(f.entries) for f in found) for language, found in by_language.items()
        }
        self._patterns = _PatternTable()
        self._patterns.add(_NUMBER_TOKEN)
        self._edges: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._children: dict[tuple[int, frozenset[WordPattern]], int] = {}
        self._terminal: list[int] = []
        self._gap_child: list[int] = []
        self._singles: list[tuple[int, int, int, bool]] = []  # pattern, language, class, is shared
        complaints: list[str] = []
        self._roots = [self._new_state() for _ in self._languages]
        for language, found in by_language.items():
            self._add_language(
                language, [*found, *(shared if language != OTHER else [])], complaints
            )
        if complaints:
            raise LexiconError("\n".join(dict.fromkeys(complaints)))

    def _new_state(self) -> int:
        self._terminal.append(0)
        self._gap_child.append(-1)
        return len(self._terminal) - 1

    def _add_language(self, language: str, files: list[LexiconFile], complaints: list[str]) -> None:
        number = self._number_of_language[language]
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
        number = self._number_of_language[language]
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
        state = int(self._roots[number])
        for element in sequence:
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
            state = child
        if not self._terminal[state]:
            self._terminal[state] = NUMBER_OF[word_class]

    def _count_listed_digits_as_numbers(self) -> None:
        """Let digits that an entry spells out, as in "5 star", stand for `{n}` in other entries as well."""
        table = self._patterns
        number_sets = table.sets_of[0]
        for pattern, place in table.number.items():
            if pattern.kind == "exact" and pattern.text.isdigit():
                own = table.sets_of[place]
                own.extend(found for found in number_sets if found not in own)

    def arrays(self) -> LexiconArrays:
        """Everything that was added."""
        table = self._patterns
        self._count_listed_digits_as_numbers()
        set_rows = [
            (pattern, number) for pattern, found in table.sets_of.items() for number in found
        ]
        edges = [
            (state, pattern, child)
            for (state, pattern), found in self._edges.items()
            for child in found
        ]
        return LexiconArrays(
            languages=self._languages,
            entry_counts=self._entry_counts,
            pattern_kinds=np.array([PATTERN_KINDS.index(p.kind) for p in table.number], np.uint8),
            pattern_texts=tuple(p.text for p in table.number),
            set_rows=np.array(set_rows, np.int32).reshape(-1, 2),
            singles=np.array(self._singles, np.int32).reshape(-1, 4),
            edges=np.array(edges, np.int32).reshape(-1, 3),
            terminal=np.array(self._terminal, np.uint8),
            gap_child=np.array(self._gap_child, np.int32),
            roots=np.array(self._roots, np.int32),
        )
