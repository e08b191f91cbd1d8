"""Words that tell whose data a number, a name or an address is, and given names."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Final

from rules.folding import fold_text, without_contractions
from rules.judgement import Span

_WORD: Final = re.compile(r"[^\W_]+")
_ASCII_WORD: Final = re.compile(r"[a-z0-9]+")
"""The same for small ASCII letters, quicker."""
WORDS_BETWEEN: Final = 3
"""Articles and titles that may stand between a lead-in and a name."""
LONGEST_LEAD: Final = 4
"""Words of the longest lead-in that is looked for."""
LONGEST_INTRODUCTION: Final = WORDS_BETWEEN + LONGEST_LEAD
"""Words straight before a name that may introduce it."""
_REMEMBERED: Final = 24
"""Characters of a word up to which its folding is remembered."""


def words_of_text(text: str) -> list[str]:
    """Folded words of a short text; quicker than the cut of the lexicons, which also parts ideographs."""
    if text.isascii():
        return _ASCII_WORD.findall(without_contractions(text.lower()))
    # folding looks at nothing beyond a blank, so words may be folded one by one, and most were met before
    found: list[str] = []
    for written in text.split():
        found += _folded(written) if len(written) <= _REMEMBERED else _fold_words(written)
    return found


def _fold_words(written: str) -> list[str]:
    return _WORD.findall(fold_text(written))


_folded: Final = lru_cache(maxsize=8192)(_fold_words)


@dataclass(frozen=True, slots=True)
class Cues:
    """Cue words, for spaceless scripts parts of text, and phrases of several words, by the name of the cue."""

    words: dict[str, frozenset[str]]
    parts: dict[str, tuple[str, ...]]
    ascii_parts: dict[str, tuple[str, ...]]
    phrases: dict[str, frozenset[tuple[str, ...]]]

    def has(self, name: str, text: str) -> bool:
        """Whether one of the words, or part of a spaceless script, is in the text."""
        return Passage(text).has(name)


@cache
def cues() -> Cues:
    """The packaged cues."""
    content = tomllib.loads(
        resources.files("rules").joinpath("personal_data.toml").read_text("utf-8")
    )
    parts = {n: tuple(part.get("parts", "").split()) for n, part in content.items()}
    return Cues(
        {n: frozenset(fold_text(part.get("words", "")).split()) for n, part in content.items()},
        parts,
        {n: tuple(part for part in found if part.isascii()) for n, found in parts.items()},
        {n: _phrases(part.get("phrases", "")) for n, part in content.items()},
    )


class Passage:
    """A stretch of a comment whose words are folded when they are first asked for, and only once."""

    __slots__ = ("_words", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._words: list[str] | None = None

    @property
    def words(self) -> list[str]:
        """Its folded words."""
        if self._words is None:
            self._words = words_of_text(self.text)
        return self._words

    def has(self, name: str) -> bool:
        """Whether one of the words of a cue, or part of a spaceless script, is in it."""
        known = cues()
        if not known.words[name].isdisjoint(self.words):
            return True
        parts = known.ascii_parts[name] if self.text.isascii() else known.parts[name]
        return any(map(self.text.__contains__, parts))


def _phrases(lines: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(fold_text(line).split()) for line in lines.splitlines() if line.strip())


def contact_words() -> frozenset[str]:
    """The most telling word of each phrase that makes any two capitalised words after it a name."""
    return frozenset(max(p, key=len) for p in cues().phrases["lead_in"])


def words_at_a_name() -> frozenset[str]:
    """Words one of which stands straight before a name that such a phrase introduces."""
    last = frozenset(p[-1] for p in cues().phrases["lead_in"])
    return last | cues().words["between"] | cues().words["title"]


def naming_words() -> frozenset[str]:
    """Words one of which is beside a name that only what follows, or quotation marks, give away."""
    known = cues()
    after = frozenset(max(p, key=len) for p in known.phrases["after_any_name"])
    signing = known.words["sign_cue"] | known.words["signature_cue"]
    return after | known.words["role_after"] | signing


def is_taken(span: tuple[int, int], found: Sequence[Span]) -> bool:
    """Whether something found lies within these places."""
    return any(span[0] < other.end and other.start < span[1] for other in found)


@cache
def given_names() -> frozenset[str]:
    """Folded given names."""
    text = resources.files("rules").joinpath("given_names.txt").read_text("utf-8")
    return frozenset(
        fold_text(" ".join(line for line in text.splitlines() if not line.startswith("#"))).split()
    )


def titles() -> frozenset[str]:
    """Folded titles and roles that stand before a full name."""
    return cues().words["title"]
