"""Telephone numbers in a comment: whose they are, and what only looks like one."""

import re
from collections.abc import Sequence
from typing import Final

import phonenumbers

from rules.judgement import Span
from rules.personal_cues import Passage, cues, is_taken

PHONE: Final = re.compile(r"(?<![\w@#-])(?:\+|\(|00)?\d[\d\s().\-/–]{5,22}\d(?![\w@])", re.ASCII)
"""A run of digits as telephone numbers are written; the number of digits is left to the caller."""

_ORDER_NUMBER: Final = re.compile(r"\d{3}-\d{7}-\d{7}")
_DATE: Final = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_ASIAN_FORM: Final = re.compile(
    r"0\d{1,4}[- ]\d{1,4}[- ]\d{3,4}|0[789]0\d{8}|1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}-\d{7,8}|400-\d{3,4}-\d{3,4}"
)
_HAN_OR_KANA: Final = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
_COUNTRY_CODE: Final = re.compile(r"\+|00[1-9]\d{0,2}[ \-/(]")
_OWN: Final = re.compile(
    r"\b(?:ich bin|i can be|i am|i'm|reach me|estoy en|je suis|jestem|jag är|ik ben|jag nås på|contact me|text me|mi (?:tel|cel|núm|num)\w*|mon (?:tel|tél|num)\w*)\b",
    re.IGNORECASE,
)
_GROUPED: Final = re.compile(r"(?=(?:\D*\d){8})(?:[+(0]|\d+[ .()/–-])")
"""Eight digits or more that begin or are grouped as those of telephone numbers: said to be busy, they are one."""
_NORTH_AMERICAN: Final = re.compile(r"\(\d{3}\) ?\d{3}[-. ]\d{4}")
_REGIONS: Final = {"UK": "GB"}
_FAR: Final = 40
_NEAR: Final = 24
_SOLID: Final = 12
"""So many digits without a gap or a leading nought are an article or a parcel."""


def find_phones(text: str, marketplace: str | None, found: Sequence[Span]) -> list[Span]:
    """Spans of `phone`, or `possible_phone` where nothing tells whose it is.

    Args:
        text: the comment.
        marketplace: code, for the form of telephone numbers.
        found: what was found before; it is not looked at again.
    """
    spans: list[Span] = []
    for match in PHONE.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        if not 7 <= len(digits) <= 15 or is_taken(match.span(), found):
            continue
        kind = _kind(text, match, marketplace)
        if kind is not None:
            spans.append(Span(match.start(), match.end(), kind))
    return spans


def _kind(text: str, match: re.Match[str], marketplace: str | None) -> str | None:
    written = match.group()
    start, end = match.span()
    before = Passage(text[max(0, start - _FAR) : start])
    after = Passage(text[end : end + _FAR])
    near, nearest = Passage(before.text[-_NEAR:]), Passage(after.text[:_NEAR])
    if (
        _ORDER_NUMBER.search(text[max(0, start - 20) : end + 20])
        or _DATE.fullmatch(written.strip())
        or (near.has("number_cue") and not cues().has("phone_cue", before.text[-14:]))
    ):
        return None
    rings = before.has("ring_cue") or after.has("ring_cue")
    if (rings and _GROUPED.match(written) and not before.has("possessive_cue")) or _is_handed(
        before
    ):
        return "phone"
    if (
        near.has("own_cue")
        or (nearest.has("own_cue") and not before.has("phone_cue"))
        or near.has("carrier_cue")
        or _OWN.search(before.text) is not None
    ):
        return "possible_phone"
    is_said = (
        _COUNTRY_CODE.match(written) is not None
        or before.has("phone_cue")
        or after.has("phone_cue")
        or before.has("weak_phone_cue")
        or nearest.has("weak_phone_cue")
        or (_NORTH_AMERICAN.fullmatch(written) is not None and not after.has("own_cue"))
    )
    return "phone" if is_said else _kind_by_form(text, match, marketplace)


def _kind_by_form(text: str, match: re.Match[str], marketplace: str | None) -> str | None:
    """A number beside which nothing says that it is a telephone's, by its form and by what is said of it."""
    if not _is_formed(text, match.group(), marketplace):
        return None
    before, after = text[max(0, match.start() - _FAR) : match.start()], text[match.end() :]
    is_reached = cues().has("reach_cue", before) or cues().has("reach_cue", after[:_FAR])
    return "phone" if is_reached else "possible_phone"


def _is_handed(before: Passage) -> bool:
    """A number that somebody gave the buyer to call, or called from: "they told me to ring ...", "ringde mig från ..."."""
    if before.has("possessive_cue") or before.has("carrier_cue") or not before.has("phone_cue"):
        return False
    return before.has("handed_cue") or not cues().words["caller_word"].isdisjoint(before.words[-1:])


def _is_formed(text: str, written: str, marketplace: str | None) -> bool:
    """A number as telephones of the country have them."""
    if len(written) >= _SOLID and written.isdigit() and written[0] != "0":
        return False
    # the numbering plans of the world are the dearest question, so few numbers come this far
    return _is_possible(written, marketplace) or (
        _ASIAN_FORM.fullmatch(written) is not None and _HAN_OR_KANA.search(text) is not None
    )


def _is_possible(written: str, marketplace: str | None) -> bool:
    region = _REGIONS.get(marketplace or "", marketplace)
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number))
