"""Reading a lexicon file: `lexicon/<language>.toml` becomes entries, every complaint with file and line."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from typing import Any, Final

from rules.word_classes import WordClass

_TOP_KEYS: Final = frozenset({"language", "note", "noun_endings", "sets", "words", "phrases"})
_LANGUAGE: Final = re.compile(r"[a-z]{2}|shared|other")
NUMBER_SET: Final = "n"
"""The set that numbers written in digits belong to."""


class LexiconError(ValueError):
    """A lexicon file that cannot be used; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One word or phrase of a lexicon, as written.

    Attributes:
        text: the entry in the syntax of `rules.entry_syntax`.
        word_class: what it says.
        line: where it stands in the file.
    """

    text: str
    word_class: WordClass
    line: int


@dataclass(frozen=True, slots=True)
class LexiconFile:
    """A lexicon file as read.

    Attributes:
        name: file name, for complaints.
        language: ISO 639-1 code; `shared` holds for every language; `other` are function words of languages
            that are only recognised, never judged.
        entries: words and phrases.
        sets: named sets of words that phrases refer to as `{name}`.
        noun_endings: endings that product nouns take: `s` is added, `o>i` replaces.
    """

    name: str
    language: str
    entries: tuple[Entry, ...]
    sets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    noun_endings: tuple[str, ...] = ()


def _line_of(source_lines: list[str], table: str, key: str) -> int:
    """Line on which `key` of `[table]` begins (1 if it cannot be told)."""
    inside = table == ""
    for number, line in enumerate(source_lines, start=1):
        stripped = line.strip()
        if stripped.startswith("[") and stripped.rstrip("]").lstrip("[").strip() == table:
            inside = True
        elif inside and re.match(rf"[\"']?{re.escape(key)}[\"']?\s*=", stripped):
            return number
    return 1


def _cut(text: str, first_line: int, separator: str) -> Iterator[tuple[str, int]]:
    for offset, line in enumerate(text.split("\n")):
        if line.lstrip().startswith("#"):
            continue
        parts = line.split() if separator == "" else line.split(separator)
        for part in parts:
            if part.strip():
                yield part.strip(), first_line + offset


def _text(value: Any, where: str) -> str:  # noqa: ANN401 - whatever the TOML file holds is checked here
    if not isinstance(value, str):
        raise LexiconError(f"{where}: expected text in quotes, found {type(value).__name__}")
    return value


def read_lexicon(source: Traversable) -> LexiconFile:
    """Read one lexicon file.

    Raises:
        LexiconError: not TOML, a key or class that does not exist, or a value of the wrong type.
    """
    text = source.read_text("utf-8")
    lines = text.split("\n")
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(f"{source.name}: not TOML: {error}") from error
    if unknown := set(content) - _TOP_KEYS:
        key = min(unknown)
        raise LexiconError(
            f"{source.name}:{_line_of(lines, '', key)}: unknown key {key!r}; known: {', '.join(sorted(_TOP_KEYS))}"
        )
    language = _text(content.get("language", ""), f"{source.name}: language")
    if not _LANGUAGE.fullmatch(language):
        raise LexiconError(
            f"{source.name}:1: language {language!r} is no two-letter code, `shared` or `other`"
        )
    entries: list[Entry] = []
    for table, separator in (("words", ""), ("phrases", ",")):
        for key, value in content.get(table, {}).items():
            line = _line_of(lines, table, key)
            where = f"{source.name}:{line}"
            if key not in set(WordClass):
                raise LexiconError(
                    f"{where}: unknown class {key!r} in [{table}]; known: {', '.join(WordClass)}"
                )
            written = _text(value, where)
            # the first line break after opening quotes is not part of a TOML text, but it is a line of the file
            first = line + (lines[line - 1].rstrip().endswith(("'''", '"""')) and "\n" in written)
            entries.extend(
                Entry(part, WordClass(key), at) for part, at in _cut(written, first, separator)
            )
    sets = {
        name: tuple(part for part, _ in _cut(_text(value, f"{source.name}: sets.{name}"), 1, ""))
        for name, value in content.get("sets", {}).items()
    }
    endings = tuple(_text(content.get("noun_endings", ""), f"{source.name}: noun_endings").split())
    return LexiconFile(source.name, language, tuple(entries), {NUMBER_SET: (), **sets}, endings)
