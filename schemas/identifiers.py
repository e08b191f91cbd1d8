"""Keys made of what identifies a thing, so the same thing has the same key in every run."""

import hashlib
import unicodedata
from typing import Final

ORDER_ID_PATTERN: Final = r"^(?:[0-9]{3}|[A-Z][0-9]{2})-[0-9]{7}-[0-9]{7}$"
"""3-7-7 digits (Selling Partner API, Orders v0); the first group may be `S01`, `D01` (seen in help pages and parsers)."""

_SEPARATOR = "\x1f"  # unit separator: occurs in no part, so parts cannot run into each other


def _digest(*parts: str) -> str:
    return hashlib.sha256(_SEPARATOR.join(parts).encode()).hexdigest()


def feedback_id(account: str, marketplace: str, order_id: str) -> str:
    """Key of one seller feedback: 32 hexadecimal digits.

    Amazon allows exactly one feedback an order (Seller Central help 761), and its reports carry no id of their own.
    """
    return _digest("feedback", account, marketplace, order_id)[:32]


def request_id(feedback: str, round_number: int) -> str:
    """Key of one removal request: the feedback and the round (1, or 2 for a re-opened case)."""
    return _digest("request", feedback, str(round_number))[:32]


def content_sha256(rating: int, comment: str | None) -> str:
    """Hash of what a request was approved for; a revised comment or rating gives another one.

    The comment is compared in Unicode form NFC with every run of blanks as one space, so the same text in another
    encoding, or as a browser lays it out, does not look revised.
    """
    words = unicodedata.normalize("NFC", comment or "").split()
    return _digest("content", str(rating), " ".join(words))
