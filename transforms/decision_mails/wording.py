"""The words that are looked for in decision e-mails, read from data and extended by a seller's own file."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, Final

from schemas.vocabularies import SightingKind

ANSWERS: Final = (
    SightingKind.REMOVED,
    SightingKind.STRUCK,
    SightingKind.DENIED,
    SightingKind.MORE_INFORMATION,
    SightingKind.REOPENED,
)
"""What a wording may say."""

_SHORTEST: Final = 4
_EAST_ASIAN: Final = "[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef\u3000-\u303f]"
_WRAPPED: Final = re.compile(f"(?<={_EAST_ASIAN}) (?={_EAST_ASIAN})")
"""A blank inside Japanese or Chinese text: where a mail program broke the line."""
_KEYS: Final = {"says", "language", "source", "fragments"}
_TOP_KEYS: Final = {"version", "senders", "topics", "conditions", "pattern"}


class WordingFileError(ValueError):
    """A file of wordings is wrong; the message names the file, the entry and the remedy."""


def folded(text: str) -> str:
    """Text as it is compared: NFKC, case folded, straight apostrophes, every run of blanks one space."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = plain.replace("\u2019", "'").replace("\u02bc", "'")
    return _WRAPPED.sub("", re.sub(r"\s+", " ", plain).strip())


@dataclass(frozen=True, slots=True)
class Fragment:
    """Words that say something wherever they stand."""

    text: str
    """As `folded` gives it."""
    says: SightingKind
    language: str
    source: str


@dataclass(frozen=True, slots=True)
class MailWording:
    """Everything that decides how an e-mail is read."""

    version: str
    """Version of the packaged data, with `+seller` when a seller's file adds to it."""
    senders: frozenset[str]
    topics: tuple[str, ...]
    conditions: tuple[str, ...]
    """Words after which a fragment is a condition and says nothing."""
    fragments: tuple[Fragment, ...]

    def knows_sender(self, address: str) -> bool:
        """Whether the address is one of the listed domains or below one."""
        domain = address.rsplit("@", 1)[-1].strip().strip(">").rstrip(".").lower()
        parts = domain.split(".")
        return any(".".join(parts[start:]) in self.senders for start in range(len(parts)))

    def is_about_feedback(self, text: str) -> bool:
        """Whether a text in `folded` form speaks of feedback at all."""
        return any(topic in text for topic in self.topics)

    def found_in(self, text: str) -> tuple[Fragment, ...]:
        """Fragments that occur in a text in `folded` form.

        Those that lie within a longer one that occurs do not count, nor those that stand right after a condition.
        """
        conditions = tuple(f" {word}" for word in self.conditions)
        hits = [
            (start, start + len(fragment.text), fragment)
            for fragment in self.fragments
            for start in _places(text, fragment.text)
            if not f" {text[:start]}".rstrip().endswith(conditions)
        ]
        return tuple(
            fragment
            for start, end, fragment in hits
            if not any(
                begin <= start and end <= stop and stop - begin > end - start
                for begin, stop, _ in hits
            )
        )

    def extended(self, text: str, file_name: str) -> "MailWording":
        """This wording and that of a seller's own file.

        Raises:
            WordingFileError: the text is no TOML, or an entry is malformed or contradicts a listed one.
        """
        more = _parsed(text, file_name, self.version)
        known = {fragment.text: fragment.says for fragment in self.fragments}
        for fragment in more.fragments:
            if known.get(fragment.text, fragment.says) is not fragment.says:
                raise WordingFileError(
                    f"{file_name}: {fragment.text!r} already says {known[fragment.text]}; a wording has one meaning"
                )
        return replace(
            self,
            version=f"{self.version}+seller",
            senders=self.senders | more.senders,
            topics=(*self.topics, *more.topics),
            conditions=(*self.conditions, *more.conditions),
            fragments=(*self.fragments, *more.fragments),
        )


def _places(text: str, fragment: str) -> Iterator[int]:
    start = text.find(fragment)
    while start >= 0:
        yield start
        start = text.find(fragment, start + 1)


@cache
def packaged_wording() -> MailWording:
    """The wording that comes with the product."""
    text = resources.files("transforms.decision_mails").joinpath("wording.toml").read_text("utf-8")
    return _parsed(text, "wording.toml", tomllib.loads(text)["version"])


def _parsed(text: str, file_name: str, version: str) -> MailWording:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WordingFileError(
            f"{file_name} is no TOML: {error}; correct the line or remove the file"
        ) from None
    if unknown := set(document) - _TOP_KEYS:
        raise WordingFileError(
            f"{file_name}: unknown keys {sorted(unknown)}; known: {sorted(_TOP_KEYS)}"
        )
    return MailWording(
        version=version,
        senders=frozenset(s.lower() for s in _texts(document, "senders", file_name)),
        topics=tuple(folded(t) for t in _texts(document, "topics", file_name)),
        conditions=tuple(folded(t) for t in _texts(document, "conditions", file_name)),
        fragments=tuple(_fragments(document.get("pattern", []), file_name)),
    )


def _texts(entry: dict[str, Any], key: str, where: str) -> list[str]:
    listed = entry.get(key, [])
    if not isinstance(listed, list) or not all(isinstance(t, str) and t.strip() for t in listed):
        raise WordingFileError(f"{where}: `{key}` must be a list of texts, none of them empty")
    return listed


def _fragments(entries: object, file_name: str) -> Iterator[Fragment]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise WordingFileError(f"{file_name}: write each pattern under a line [[pattern]]")
    for position, entry in enumerate(entries, 1):
        where = f"{file_name}, pattern {position}"
        if set(entry) != _KEYS and set(entry) != _KEYS - {"source"}:
            raise WordingFileError(f"{where}: found {sorted(entry)}; needed: {sorted(_KEYS)}")
        if entry["says"] not in ANSWERS:
            raise WordingFileError(
                f"{where}: `says` is {entry['says']!r}; allowed: {', '.join(ANSWERS)}"
            )
        if not isinstance(entry["language"], str):
            raise WordingFileError(f'{where}: `language` must be a code such as "en"')
        for text in _texts(entry, "fragments", where):
            words = folded(text)
            if len(words) < _SHORTEST:
                raise WordingFileError(
                    f"{where}: {text!r} is too short to mean one thing only; write at least {_SHORTEST} characters"
                )
            yield Fragment(
                words, SightingKind(entry["says"]), entry["language"], entry.get("source", "seller")
            )
