"""Refuse a draft that proposes another way than the case itself.

Seller Central help 20231 (as far as copies show it): requests go through Feedback Manager only; any other means may lead to
the account's deactivation. The words are data in `channels.toml`; the buyer's words, which a draft quotes, do not count.
"""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from schemas.identifiers import ORDER_ID_PATTERN
from schemas.vocabularies import Term

_ORDER_ID: Final = re.compile(ORDER_ID_PATTERN.strip("^$"))
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_LINK: Final = re.compile(r"(?:https?://|www\.)(\S+)", re.IGNORECASE)
_PHONE: Final = re.compile(r"(?<![\w-])\+?\(?[0-9][0-9 ()/.-]{7,}[0-9](?![\w-])")
_DATE: Final = re.compile(r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b")
_HELP_PAGE: Final = re.compile(
    r"^sellercentral(?:-europe)?\.amazon\.[a-z.]+/(?:gp/)?help/", re.IGNORECASE
)


class ObjectionKind(Term):
    """What is wrong with a draft."""

    OTHER_CHANNEL = "other_channel"
    ADDRESS = "address"
    LINK = "link"
    PHONE = "phone"
    OTHER_ORDER = "other_order"
    ORDER_MISSING = "order_missing"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Objection:
    """One reason why a draft must not be sent."""

    kind: ObjectionKind
    found: str
    """The words that are meant, as the draft has them; empty for what is missing."""


@cache
def channel_words() -> tuple[str, ...]:
    """Words that propose another way, longest first."""
    text = resources.files("transforms.appeals").joinpath("channels.toml").read_text("utf-8")
    listed = [_folded(word) for words in tomllib.loads(text)["words"].values() for word in words]
    return tuple(sorted(set(listed), key=lambda word: (-len(word), word)))


def objections(text: str, *, order_id: str, quoted: Sequence[str] = ()) -> tuple[Objection, ...]:
    """What stands against sending a text; nothing when it may be sent.

    Args:
        text: what is to be sent.
        order_id: the order it is about.
        quoted: the buyer's words that it may quote.
    """
    if not text.strip():
        return (Objection(ObjectionKind.EMPTY, ""),)
    own = text
    for words in sorted(filter(str.strip, quoted), key=len, reverse=True):
        own = own.replace(words, " ")
    orders = set(_ORDER_ID.findall(own))
    found = [Objection(ObjectionKind.OTHER_ORDER, other) for other in sorted(orders - {order_id})]
    if order_id not in orders:
        found.append(Objection(ObjectionKind.ORDER_MISSING, ""))
    own = _DATE.sub(" ", _ORDER_ID.sub(" ", own))
    links = [match for match in _LINK.finditer(own) if not _HELP_PAGE.match(match[1])]
    found += [Objection(ObjectionKind.LINK, match[0]) for match in links]
    own = _LINK.sub(" ", own)
    found += [Objection(ObjectionKind.ADDRESS, match[0]) for match in _ADDRESS.finditer(own)]
    found += [Objection(ObjectionKind.PHONE, match[0]) for match in _PHONE.finditer(own)]
    folded = _folded(own)
    found += [
        Objection(ObjectionKind.OTHER_CHANNEL, word)
        for word in channel_words()
        if re.search(rf"(?<![a-z]){re.escape(word)}", folded)
    ]
    return tuple(found)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    return " ".join(plain.split())
