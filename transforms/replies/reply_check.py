"""What stands against posting a public reply: it asks for something, offers something, or tells who somebody is.

The words are data in `refused_words.toml`.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from schemas.vocabularies import Term

LONGEST_SENTENCES: Final = 3

_LINK_OR_ADDRESS: Final = re.compile(
    r"://|www\.|@|\b[a-z0-9-]+\.(?:com|net|org|de|co|fr|es|it|jp)\b"
)
_DIGITS: Final = re.compile(r"\d")
_SENTENCE_ENDS: Final = re.compile(r"[。！？]|[.!?](?=\s|$)")
_WITHOUT_BLANKS: Final = ("ja", "zh")


class ReplyObjectionKind(Term):
    """What is wrong with a reply."""

    ABOUT_THE_FEEDBACK = "about_the_feedback"  # asks to remove, change or think over the feedback
    OFFERS = "offers"
    LINK_OR_ADDRESS = "link_or_address"
    DIGITS = "digits"  # telephone numbers, order numbers, amounts: a draft has none of them
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class ReplyObjection:
    """One reason why a reply must not be posted."""

    kind: ReplyObjectionKind
    found: str
    """The words that are meant, case folded."""


@cache
def refused_words() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Beginnings of words, folded, by kind of objection and language."""
    packaged = resources.files("transforms.replies").joinpath("refused_words.toml")
    listed = tomllib.loads(packaged.read_text("utf-8"))
    return {
        kind: {
            language: tuple(_folded(stem) for stem in stems) for language, stems in entry.items()
        }
        for kind, entry in listed.items()
    }


def reply_objections(text: str, *, language: str) -> tuple[ReplyObjection, ...]:
    """What stands against a reply; nothing when it may be posted.

    Args:
        text: the reply.
        language: which list of words it is compared with; English is always compared too.

    Raises:
        ValueError: there is no list for the language.
    """
    folded = _folded(text)
    found = []
    for kind, by_language in refused_words().items():
        if language not in by_language:
            raise ValueError(f"no words are listed in language {language!r}")
        found += [
            ReplyObjection(ReplyObjectionKind.parse(kind), stem)
            for of in dict.fromkeys((language, "en"))
            for stem in by_language[of]
            if _begins_a_word(stem, folded, of)
        ]
    patterns = (
        (ReplyObjectionKind.LINK_OR_ADDRESS, _LINK_OR_ADDRESS),
        (ReplyObjectionKind.DIGITS, _DIGITS),
    )
    found += [
        ReplyObjection(kind, match[0])
        for kind, pattern in patterns
        if (match := pattern.search(folded))
    ]
    if not 1 <= len(_SENTENCE_ENDS.findall(text)) <= LONGEST_SENTENCES:
        found.append(ReplyObjection(ReplyObjectionKind.LENGTH, ""))
    return tuple(found)


def _begins_a_word(stem: str, folded: str, language: str) -> bool:
    if language in _WITHOUT_BLANKS:
        return stem in folded
    return re.search(rf"(?<!\w){re.escape(stem)}", folded) is not None


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    return " ".join(plain.split())
