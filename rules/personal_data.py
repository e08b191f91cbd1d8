"""Personal information of the seller in a comment: e-mail addresses, telephone numbers, full names, street addresses.

Only comments that carry a sign of such data (an at-sign, seven digits, two capitalised words in a row, ...) are looked
at one by one; those signs are found for the whole batch at once. The seller's own names, addresses and numbers from the
configuration are certain; everything else needs a word beside it that tells whose it is.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import phonenumbers

from rules.case import SellerIdentity
from rules.folding import fold_text
from rules.judgement import Span
from rules.personal_cues import cues, given_names, words_of_text
from rules.personal_signs import (
    ADDRESS_DIGITS,
    AT_SIGN,
    HAN_NAME,
    LINK,
    NAME,
    OWN_NAME,
    PHONE_DIGITS,
    SPELLED_ADDRESS,
)

_LONGEST_LOOK: Final = 4000
"""Characters of a comment that are searched for personal data; a buyer's text is hardly ever longer than 2,000."""

_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{2,63}){1,4}")
_SIGN_AT: Final = r"(?:\(at\)|\[at\]|\{at\}|\(a\)|\barobase\b|\barrob?a\b|\bchiocciola\b|\bapenstaartje\b|\bsnabel-?a\b|\bma[łl]pa\b|＠|アットマーク|艾特)"
_WORD_AT: Final = r"(?:\bat\b|\bät\b|\ba\b|@)"
_WORD_DOT: Final = r"(?:\(dot\)|\[dot\]|\(punkt\)|\bdot\b|\bpunkt\b|\bpoint\b|\bpunto\b|\bponto\b|\bpunt\b|\bkropka\b|\bnokta\b|ドット|点)"
_SPELLED_EMAIL: Final = re.compile(
    rf"[\w.+-]{{2,64}}\s{{0,2}}(?:{_SIGN_AT}\s{{0,2}}[\w-]{{2,40}}(?:\s{{0,2}}(?:{_WORD_DOT}|\.)\s{{0,2}}[\w-]{{2,40}}){{1,3}}"
    rf"|{_WORD_AT}\s{{0,2}}[\w-]{{2,40}}(?:\s{{0,2}}{_WORD_DOT}\s{{0,2}}[\w-]{{2,40}}){{1,3}})",
    re.IGNORECASE,
)
_AT_SIGNS: Final = re.compile(
    rf"{_SIGN_AT}|{_WORD_AT}(?=\s{{0,2}}[\w-]{{2,40}}\s{{0,2}}{_WORD_DOT})", re.IGNORECASE
)
_LONGEST_NAME: Final = 40
_LONGEST_HOST: Final = 120
_PHONE: Final = re.compile(r"(?<![\w@#-])(?:\+|\(|00)?\d[\d\s().\-/–]{5,22}\d(?![\w@])", re.ASCII)
_ORDER_NUMBER: Final = re.compile(r"\d{3}-\d{7}-\d{7}")
_DATE: Final = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_LINK: Final = re.compile(
    r"(?:https?://|www\.)\S{3,200}|\b[\w-]{2,63}(?:\.[\w-]{2,63}){0,3}\.(?:com|net|org|shop|store|co|de|fr|es|it|nl|se|pl|jp|cn|br|mx|uk|eu|info|biz|io|me|xyz|online)\b(?:/\S{0,200})?|\b[\w-]{2,40} (?:dot|punkt|point|punto|ponto|kropka) [\w-]{2,40} (?:dot|punkt|point|punto|ponto|kropka) [a-z]{2,8}\b",
    re.IGNORECASE,
)
_CAPITALISED: Final = r"[^\W\d_a-zà-öø-ÿß-ž][\w’'´]{1,24}(?:-[^\W\d_][\w’']{1,24}){0,2}"
_NAME_RUN: Final = re.compile(
    rf"(?<![\w]){_CAPITALISED}\.?(?: (?:{_CAPITALISED}|[^\W\d_]\.|de|la|del|van|von|der|den|da|dos|di|el|al|te|ter|y|du|le)\.?){{1,4}}"
)
_HAN: Final = r"[\u4e00-\u9fff]"
_JAPANESE_NAME: Final = re.compile(
    rf"(?<!{_HAN})({_HAN}{{2,4}}[\s\u3000・]?(?:{_HAN}{{1,3}}|[\u3041-\u3096]{{2,4}}))(?=さん|様|氏|という|と名乗|と書いてあ|」という)"
)
_CUED_JAPANESE_NAME: Final = re.compile(
    rf"(?:店長|店主|社長|責任者|担当者|担当|代表|店員)(?:は|の|が|：|:|・|\s|「|『){{0,3}}({_HAN}{{2,4}}(?:[\s\u3000]{_HAN}{{1,3}}|(?!さん|さま|くん|ちゃん|という|という|です)[\u3041-\u3096]{{2,4}}(?=と|さん|」|様|です|が|は|\s|$)|(?=[」』])))"
)
_CHINESE_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐沿梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边辜"
_CHINESE_NAME: Final = re.compile(
    rf"(?:叫做|叫|名叫|名字是|经理|老板娘|老板|客服|店长|店主|负责人|卖家|店员|联系人|主管)[：:\s是为]{{0,2}}([{_CHINESE_SURNAMES}]{_HAN}{{1,2}})(?=[，,。！!；;、\s的（(]|先生|女士|小姐|经理|$)"
    rf"|(?<!{_HAN})([{_CHINESE_SURNAMES}]{_HAN}{{1,2}})(?=先生|女士|小姐|经理|店长)"
)
_POSTCODE: Final = re.compile(
    r"\b(?:[A-Z]{1,2}\d{1,2}[A-Z]? ?\d[A-Z]{2}|\d{5}(?:-\d{3,4})?|\d{4} ?[A-Z]{2}|\d{2}-\d{3}|[A-Z]{2,3} \d{4,5}|[A-Z]\d[A-Z] ?\d[A-Z]\d|〒?\d{3}-\d{4})\b"
)
_NEXT_WORD: Final = re.compile(r"\s\w[\w.]*")
_HOUSE_NUMBER: Final = re.compile(r"\b\d{1,4}[a-zA-Z]?\b")
_REGIONS: Final = {"UK": "GB"}
_NOBODY: Final = SellerIdentity()
_FAR: Final = 40
_SHORT_TOKENS: Final = 6


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
    if signs & (OWN_NAME | AT_SIGN | PHONE_DIGITS) and seller != _NOBODY:
        found.extend(_own_data(text, seller))
    if signs & (AT_SIGN | SPELLED_ADDRESS | HAN_NAME):
        found.extend(_emails(text))
    if signs & PHONE_DIGITS:
        found.extend(_phones(text, marketplace, found))
    if signs & (NAME | HAN_NAME):
        found.extend(_names(text, found))
    if signs & (ADDRESS_DIGITS | HAN_NAME):
        found.extend(_addresses(text, found))
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
    for match in _PHONE.finditer(text) if phones else ():
        if re.sub(r"\D", "", match.group()).endswith(phones):
            found.append(Span(match.start(), match.end(), "phone"))  # noqa: PERF401 - three kinds in one list
    return found


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    return text[max(0, start - _FAR) : start], text[end : end + _FAR]


def _taken(span: tuple[int, int], found: Sequence[Span]) -> bool:
    return any(span[0] < other.end and other.start < span[1] for other in found)


def _emails(text: str) -> list[Span]:
    found: list[Span] = []
    matches = list(_EMAIL.finditer(text)) if "@" in text else []
    for sign in _AT_SIGNS.finditer(text):
        # the slow pattern is tried only around a sign that may stand for an at-sign
        begin = max(0, sign.start() - _LONGEST_NAME)
        for match in _SPELLED_EMAIL.finditer(text, begin, sign.end() + _LONGEST_HOST):
            matches.append(match)
            break
    for match in matches:
        if _taken(match.span(), found):
            continue
        before = text[max(0, match.start() - 24) : match.start()]
        is_own = cues().has("own_cue", before)
        found.append(Span(match.start(), match.end(), "possible_name" if is_own else "email"))
    return found


def _phones(text: str, marketplace: str | None, found: Sequence[Span]) -> list[Span]:
    spans: list[Span] = []
    known = cues()
    for match in _PHONE.finditer(text):
        written = match.group()
        digits = re.sub(r"\D", "", written)
        if not 7 <= len(digits) <= 15 or _taken(match.span(), found):
            continue
        if _ORDER_NUMBER.search(
            text[max(0, match.start() - 20) : match.end() + 20]
        ) or _DATE.fullmatch(written.strip()):
            continue
        before, after = _around(text, *match.span())
        is_called = known.has("phone_cue", before) or known.has("phone_cue", after)
        if known.has("number_cue", before[-24:]) and not known.has("phone_cue", before[-14:]):
            continue
        has_cue = is_called or known.has("weak_phone_cue", before)
        if known.has("own_cue", before[-24:]) or known.has("own_cue", after[:24]):
            spans.append(Span(match.start(), match.end(), "possible_phone"))
        elif has_cue or written.startswith("+") or _is_possible(written, marketplace):
            is_sure = has_cue or written.startswith("+")
            spans.append(Span(match.start(), match.end(), "phone" if is_sure else "possible_phone"))
    return spans


def _is_possible(written: str, marketplace: str | None) -> bool:
    region = _REGIONS.get(marketplace or "", marketplace)
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return False
    return bool(phonenumbers.is_valid_number(number))


def _names(text: str, found: Sequence[Span]) -> list[Span]:
    known = cues()
    spans: list[Span] = []
    for match in _NAME_RUN.finditer(text):
        titled_span = _titled_name(text, match.group(), match.start())
        span = titled_span or _name_in(match.group(), match.start())
        if span is None or _taken(span, found):
            continue
        before, after = _around(text, *span)
        following = _NEXT_WORD.match(after)
        if known.has("company_mark", following.group() if following else "") or known.has(
            "company_mark", text[span[0] : span[1]]
        ):
            continue
        if "&" in before[-3:] or "&" in after[:3]:
            continue
        signed = known.has("signature_cue", before) or (
            not after.strip(" .!") and known.has("signature_cue", text)
        )
        # the cue stands in the same sentence
        titled = titled_span is not None or known.has(
            "person_cue", re.split(r"[.!?]\s", before)[-1]
        )
        if signed or known.has("own_cue", before[-16:]):
            spans.append(Span(span[0], span[1], "possible_name"))
        else:
            spans.append(
                Span(
                    *span,
                    "full_name"
                    if titled or known.has("person_cue", re.split(r"[.!?]", after[:24])[0])
                    else "possible_name",
                )
            )
    for pattern in (_JAPANESE_NAME, _CUED_JAPANESE_NAME, _CHINESE_NAME):
        for match in pattern.finditer(text):
            start, end = match.span(match.lastindex or 0)
            if not _taken((start, end), [*found, *spans]):
                is_full = end - start >= (3 if pattern is _CHINESE_NAME else 4)
                spans.append(Span(start, end, "full_name" if is_full else "possible_name"))
    if spans and known.has("work_cue", text):
        return []
    return spans


def _name_in(run: str, start: int) -> tuple[int, int] | None:
    """Given name and surname within a run of capitalised words."""
    words = [(m.group(), m.start(), m.end()) for m in re.finditer(r"\S+", run)]
    for place, (word, begin, _) in enumerate(words[:-1]):
        folded = words_of_text(word)
        if not folded or folded[0] not in given_names():
            continue
        last = len(words) - 1
        tail = words[place + 1 : last + 1]
        if any(w[0].isupper() and len(w) > 2 for w, _, _ in tail):
            return start + begin, start + tail[-1][2]
    return None


def _titled_name(text: str, run: str, start: int) -> tuple[int, int] | None:
    """Two capitalised words straight after a title or a role: "signor Gualtiero Mezzabarba"."""
    words = [(m.group(), start + m.start(), start + m.end()) for m in re.finditer(r"\S+", run)]
    before = words_of_text(text[max(0, start - 24) : start])
    roles = cues().words["title"]
    for place in range(len(words) - 1):
        previous = words_of_text(words[place - 1][0])[-1:] if place else before[-1:]
        pair = words[place : place + 2]
        if (
            previous
            and previous[0] in roles
            and all(w[0].isupper() and len(w) > 2 for w, _, _ in pair)
        ):
            return pair[0][1], words[-1][2] if words[-1][0][0].isupper() else pair[1][2]
    return None


def _addresses(text: str, found: Sequence[Span]) -> list[Span]:
    code = _POSTCODE.search(text)
    if code is None or _taken(code.span(), found):
        return []
    known = cues()
    number = _HOUSE_NUMBER.search(text)
    if number is None or not known.has("street_cue", text) or known.has("own_cue", text):
        return []
    return [Span(min(number.start(), code.start()), code.end(), "address")]


def _links(text: str, found: Sequence[Span]) -> list[Span]:
    return [
        Span(m.start(), m.end(), "link")
        for m in _LINK.finditer(text)
        if not _taken(m.span(), found)
    ]
