"""Personal information of the seller in a comment: e-mail addresses, telephone numbers, full names, street addresses.

Only comments that carry a sign of such data (an at-sign, seven digits, two capitalised words in a row, ...) are looked
at one by one; those signs are found for the whole batch at once. The seller's own names, addresses and numbers from the
configuration are certain; everything else needs a word beside it that tells whose it is.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from rules.case import SellerIdentity
from rules.folding import fold_text
from rules.judgement import Span
from rules.personal_addresses import find_addresses
from rules.personal_cues import cues, is_taken, words_of_text
from rules.personal_names import find_names
from rules.personal_phones import PHONE, find_phones
from rules.personal_signs import (
    ADDRESS_DIGITS,
    AT_SIGN,
    HAN_NAME,
    IDEOGRAPHS,
    LINK,
    NAME,
    OWN_NAME,
    PHONE_DIGITS,
    SPELLED_ADDRESS,
    SPELLED_PHONE,
)
from rules.personal_spelled_phones import find_spelled_phones
from rules.text_guard import TextGuard

_LONGEST_LOOK: Final = 4000
"""Characters of a comment that are searched for personal data; a buyer's text is hardly ever longer than 2,000."""

_LONGEST_LOCAL: Final = 64
_EMAIL: Final = re.compile(
    rf"[\w.+-]{{1,{_LONGEST_LOCAL}}}@[\w-]{{1,63}}(?:\.[\w-]{{2,63}}){{1,4}}"
)
_SIGN_AT: Final = r"(?:\(at\)|\[at\]|\{at\}|<at>|\(ät\)|\[ät\]|\(arroba\)|\(arobase\)|\(chiocciola\)|\(a\)|\bat[- ]sign\b|\ba commercial\b|\bklammeraffe\b|\bkringel-?a\b|\barobase\b|\barrob?a\b|\bchiocciola\b|\bapenstaart(?:je)?\b|\bsnabel-?a\b|\bsnabel\b|\bma[łl]pa\b|\bma[łl]pka\b|＠|アットマーク|アット|艾特|圈a)"
_WORD_AT: Final = r"(?:\bat\b|\bät\b|\ba\b|@)"
_WORD_DOT: Final = r"(?:[(\[{<](?:dot|punkt|point|punto|ponto|punt|kropka|nokta)[)\]}>]|\bdot\b|\bpunkt\b|\bpoint\b|\bpunto\b|\bponto\b|\bpunt\b|\bkropka\b|\bnokta\b|ドット|点|點)"
_PLAIN_DOT: Final = r"(?:[(\[{<](?:dot|punkt|point|punto|ponto|punt|kropka|nokta)[)\]}>]|\bdot\b|\bpunkt\b|\bkropka\b|\bnokta\b|ドット|点|點)"
"""Dots beside a bare "at" or "a": "at one point it said" and "a questo punto la merce" are no addresses."""
_POINT: Final = r"\b(?:point|punto|ponto|punt)\b"
_DASH: Final = r"(?:minus|dash|hyphen|underscore|bindestrich|unterstrich|strich|tiret|trait d['’]union|underscore|tiret bas|gui[oó]n(?: bajo)?|trattino(?: basso)?|h[ií]fen|tra[cç]o|underline|streepje|koppelteken|liggend streepje|laag streepje|bindestreck|streck|understreck|my[sś]lnik|kreska|pod(?:kre[sś]lenie|kre[sś]lnik)|alt ?tire|tire|ハイフン|アンダーバー|アンダースコア|下划线|下劃線|减号|横杠|短横)"
"""Dashes as they are spelled within an address."""
_PART: Final = rf"[\w-]{{2,40}}(?:\s{{1,2}}{_DASH}\s{{1,2}}[\w-]{{2,40}}|\s{{0,2}}(?:ハイフン|下划线|アンダーバー)\s{{0,2}}[\w-]{{2,40}}){{0,2}}"
_SPELLED_EMAIL: Final = re.compile(
    rf"[\w.+-]{{2,64}}\s{{0,2}}(?:{_SIGN_AT}\s{{0,2}}{_PART}(?:\s{{0,2}}(?:{_WORD_DOT}|\.)\s{{0,2}}[\w-]{{2,40}}){{1,3}}"
    rf"|{_WORD_AT}\s{{0,2}}{_PART}(?:(?:\s{{0,2}}{_PLAIN_DOT}\s{{0,2}}[\w-]{{2,40}}){{1,3}}|\s{{0,2}}{_POINT}\s{{0,2}}(?:com|net|org|example)\b))",
    re.IGNORECASE,
)
_AT_SIGNS: Final = re.compile(
    rf"{_SIGN_AT}|{_WORD_AT}(?=\s{{0,2}}{_PART}\s{{0,2}}{_WORD_DOT})", re.IGNORECASE
)
_LONGEST_NAME: Final = 40
_LONGEST_HOST: Final = 120
_DOMAINS: Final = (
    "com|net|org|shop|store|co|de|fr|es|it|nl|se|pl|jp|cn|br|mx|uk|eu|info|biz|io|me|xyz|online"
)
_AT_BEGINS: Final = re.compile(r"[(\[{<@＠ア艾圈]|[aAäÄcCsSſmMkK](?<!\w[\s\S])")
_LINK: Final = re.compile(
    rf"(?:https?://|www\.)\S{{3,200}}|\b[\w-]{{2,63}}(?:\.[\w-]{{2,63}}){{0,3}}\.(?:{_DOMAINS})\b(?:/\S{{0,200}})?|\b[\w-]{{2,40}} (?:dot|punkt|point|punto|ponto|kropka) [\w-]{{2,40}} (?:dot|punkt|point|punto|ponto|kropka) [a-z]{{2,8}}\b",
    re.IGNORECASE,
)
_DOTS: Final = (
    "dot",
    "punkt",
    "point",
    "punto",
    "ponto",
    "punt",
    "kropka",
    "nokta",
    "ドット",
    "点",
    "點",
)
_MAIL_GUARD: Final = TextGuard(
    (
        (
            "(at)", "[at]", "{at}", "(a)", "arob", "arro", "chiocciola", "apenstaart", "snabel", "malp", "małp",
            "＠", "アット", "艾特", "圈a", "<at>", "(ät)", "[ät]", "at-sign", "at sign", "a commercial", "klammeraffe", "kringel",
        ),
        _DOTS,
    )
)  # fmt: skip
"""Without one of these, in small letters, no address is spelled."""
_LINK_DOTS: Final = (" dot ", " punkt ", " point ", " punto ", " ponto ", " kropka ")
_LINK_GUARD: Final = TextGuard(
    (
        ("http://", "https://", "www."),
        tuple(f".{domain}" for domain in _DOMAINS.split("|")),
        _LINK_DOTS,
    )
)
_SPELLED_LINK: Final = 2
_LETTERS_OF_AT: Final = ("a", "A", "@", "ä", "Ä", "＠", "ア", "艾", "圈")


@lru_cache(maxsize=64)
def _own(seller: SellerIdentity) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    names = tuple(" ".join(words_of_text(name)) for name in seller.names if words_of_text(name))
    emails = tuple(email.casefold() for email in seller.emails)
    phones = tuple(
        digits[-8:] for phone in seller.phones if len(digits := re.sub(r"\D", "", phone)) >= 7
    )
    return names, emails, phones


def find_personal_data(
    comment: str, marketplace: str | None, seller: SellerIdentity, signs: int
) -> list[Span]:
    """Spans of `email`, `phone`, `full_name`, `address`, `link`, and `possible_…` ones that need a person's eye.

    Args:
        comment: the comment as reported.
        marketplace: code, for the form of telephone numbers.
        seller: the seller's own data, which is certain.
        signs: what was seen in the comment; only what fits them is looked for.
    """
    text = comment[:_LONGEST_LOOK]
    found: list[Span] = []
    if signs & (OWN_NAME | AT_SIGN | PHONE_DIGITS) and any(
        (seller.names, seller.emails, seller.phones)
    ):
        found.extend(_own_data(text, seller))
    if signs & (AT_SIGN | SPELLED_ADDRESS | HAN_NAME):
        found.extend(_emails(text))
    if signs & PHONE_DIGITS:
        found.extend(find_phones(text, marketplace, found))
    if signs & (SPELLED_PHONE | HAN_NAME):
        found.extend(find_spelled_phones(text, found, has_words=signs & SPELLED_PHONE != 0))
    if signs & (NAME | HAN_NAME):
        found.extend(find_names(text, found, has_ideographs=signs & IDEOGRAPHS != 0))
    if signs & (ADDRESS_DIGITS | HAN_NAME):
        found.extend(find_addresses(text, found))
    if signs & (LINK | AT_SIGN):
        found.extend(_links(text, found))
    return found


def _own_data(text: str, seller: SellerIdentity) -> list[Span]:
    names, emails, phones = _own(seller)
    found: list[Span] = []
    lowered = text.casefold()
    if len(lowered) == len(text):
        for email in emails:
            at = lowered.find(email)
            if at >= 0:
                found.append(Span(at, at + len(email), "email"))
    for name in names:
        # several words between blanks, in any case
        pattern = r"(?<!\w)" + r"[\s.'-]{1,3}".join(map(re.escape, name.split())) + r"(?!\w)"
        match = re.search(pattern, fold_text(text)) if name else None
        if match and len(name.split()) > 1:
            original = re.search(pattern, text, re.IGNORECASE)
            start, end = original.span() if original else (0, len(text))
            found.append(Span(start, end, "full_name"))
    for match in PHONE.finditer(text) if phones else ():
        if re.sub(r"\D", "", match.group()).endswith(phones):
            found.append(Span(match.start(), match.end(), "phone"))  # noqa: PERF401 - three kinds in one list
    return found


def _may_spell_address(text: str) -> bool:
    """Whether a sign that may stand for an at-sign is worth looking for: all of them hold one of few letters."""
    return any(map(text.__contains__, _LETTERS_OF_AT)) and bool(
        _MAIL_GUARD.worth_trying(_small(text))
    )


def _at_signs(text: str) -> Iterator[re.Match[str]]:
    """Everything that may stand for an at-sign; it is tried only where one of its first letters begins a word."""
    after = 0
    for begin in _AT_BEGINS.finditer(text):
        match = _AT_SIGNS.match(text, begin.start()) if begin.start() >= after else None
        if match is not None:
            after = match.end()
            yield match


def _plain_emails(text: str) -> Iterator[re.Match[str]]:
    """Every address with an at-sign; the pattern is tried only at the beginning of what stands before one."""
    end, at = 0, text.find("@")
    while at >= 0:
        begin, least = at, max(end, at - _LONGEST_LOCAL)
        while begin > least and (text[begin - 1].isalnum() or text[begin - 1] in "_.+-"):
            begin -= 1
        match = _EMAIL.match(text, begin) if begin < at else None
        if match is not None:
            end = match.end()
            yield match
        at = text.find("@", max(end, at + 1))


def _emails(text: str) -> list[Span]:
    found: list[Span] = []
    matches = list(_plain_emails(text))
    for sign in _at_signs(text) if _may_spell_address(text) else ():
        # the slow pattern is tried only around a sign that may stand for an at-sign
        begin = max(0, sign.start() - _LONGEST_NAME)
        for match in _SPELLED_EMAIL.finditer(text, begin, sign.end() + _LONGEST_HOST):
            matches.append(match)
            break
    for match in matches:
        if is_taken(match.span(), found):
            continue
        before = text[max(0, match.start() - 24) : match.start()]
        is_own = cues().has("own_cue", before)
        found.append(Span(match.start(), match.end(), "possible_name" if is_own else "email"))
    return found


def _small(text: str) -> str:
    """The text in the letters in which guards are written: whatever a pattern takes for one of them without regard to case."""
    return text.casefold().replace("ı", "i").replace("i\u0307", "i")


def _links(text: str, found: Sequence[Span]) -> list[Span]:
    small = _small(text)
    worth_trying = _LINK_GUARD.worth_trying(small)
    if not worth_trying or (
        worth_trying == {_SPELLED_LINK} and sum(map(small.count, _LINK_DOTS)) < 2
    ):
        return []
    return [
        Span(m.start(), m.end(), "link")
        for m in _LINK.finditer(text)
        if not is_taken(m.span(), found)
    ]
