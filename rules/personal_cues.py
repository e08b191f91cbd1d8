"""Words that tell whose data a number, a name or an address is, and given names."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from rules.folding import fold_text

_WORD: Final = re.compile(r"[^\W_]+")


def words_of_text(text: str) -> list[str]:
    """Folded words of a short text; quicker than the cut of the lexicons, which also parts ideographs."""
    return _WORD.findall(fold_text(text))


@dataclass(frozen=True, slots=True)
class Cues:
    """Cue words and, for spaceless scripts, parts of text, by the name of the cue."""

    words: dict[str, frozenset[str]]
    parts: dict[str, tuple[str, ...]]

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
        {name: frozenset(fold_text(part["words"]).split()) for name, part in content.items()},
        {name: tuple(part["parts"].split()) for name, part in content.items()},
    )


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
