"""Words that tell whose data a number, a name or an address is, and given names."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from rules.folding import fold_text
from rules.judgement import Span

_WORD: Final = re.compile(r"[^\W_]+")


def words_of_text(text: str) -> list[str]:
    """Folded words of a short text; quicker than the cut of the lexicons, which also parts ideographs."""
    return _WORD.findall(fold_text(text))


@dataclass(frozen=True, slots=True)
class Cues:
    """Cue words, for spaceless scripts parts of text, and phrases of several words, by the name of the cue."""

    words: dict[str, frozenset[str]]
    parts: dict[str, tuple[str, ...]]
    phrases: dict[str, frozenset[tuple[str, ...]]]

    def has(self, name: str, text: str) -> bool:
        """Whether one of the words, or part of a spaceless script, is in the text."""
        return not self.words[name].isdisjoint(words_of_text(text)) or any(
            part in text for part in self.parts[name]
        )


@cache
def cues() -> Cues:
    """The packaged cues."""
    content = tomllib.loads(
        resources.files("rules").joinpath("personal_data.toml").read_text("utf-8")
    )
    return Cues(
        {n: frozenset(fold_text(part.get("words", "")).split()) for n, part in content.items()},
        {n: tuple(part.get("parts", "").split()) for n, part in content.items()},
        {n: _phrases(part.get("phrases", "")) for n, part in content.items()},
    )


def _phrases(lines: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(fold_text(line).split()) for line in lines.splitlines() if line.strip())


def contact_words() -> frozenset[str]:
    """The most telling word of each phrase that stands before a name: without it no comment holds the phrase."""
    phrases = cues().phrases
    return frozenset(max(p, key=len) for n in ("lead_in", "name_lead_in") for p in phrases[n])


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
