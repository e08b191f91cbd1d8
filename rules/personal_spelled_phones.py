"""Telephone numbers spelled with words or ideographs, and names of accounts of messengers in Chinese and Japanese comments."""

import re
from collections.abc import Sequence
from typing import Final

from rules.judgement import Span
from rules.personal_cues import Passage, is_taken
from rules.text_guard import TextGuard

DIGIT_WORDS: Final = (
    "zero oh one two three four five six seven eight nine double triple "
    "null eins zwei zwo drei vier funf fuenf sechs sieben acht neun "
    "un deux trois quatre cinq sept huit neuf "
    "cero uno dos tres cuatro cinco seis siete ocho nueve "
    "due tre quattro cinque sei sette otto nove "
    "um dois quatro meia sete oito "
    "nul een twee drie vijf zes zeven negen "
    "noll ett tva fyra fem sex sju atta nio "
    "jeden dwa trzy cztery piec szesc siedem osiem dziewiec "
    "sifir bir iki uc dort bes alti yedi sekiz dokuz"
)
"""Digits in words, folded."""
FEWEST: Final = 7
"""Digits of a telephone number."""
_WRITTEN: Final = "fünf tvåa två åtta één een pięć sześć dziewięć zéro sıfır üç dört beş altı"  # as written, not folded
_WORDS: Final = "|".join(
    sorted({*DIGIT_WORDS.split(), *_WRITTEN.split()}, key=lambda word: (-len(word), word))
)
_SPELLED: Final = re.compile(
    rf"\b(?:{_WORDS})\b(?:[ ,.–-]{{1,3}}(?:{_WORDS})\b){{{FEWEST - 1},16}}", re.IGNORECASE
)
_HAN: Final = re.compile(
    r"[〇零一二三四五六七八九幺两](?:[-－ー 　]?[〇零一二三四五六七八九幺两]){7,12}"
)
_ACCOUNT: Final = re.compile(
    r"(?:微信|威信|薇信|[Vv][信Xx]|[Ww][Xx]|QQ|扣扣|WeChat|wechat|LINE|ライン)(?:号|號|ID|id|で|は|の|是|叫|[:：\s]|アカウント){0,4}"
    r"(?=[a-zA-Z0-9-]{0,19}[0-9_])([a-zA-Z][a-zA-Z0-9_-]{5,19})(?![\w.@])"
)
_NEAR: Final = 24
_GUARD: Final = TextGuard(
    [
        (
            "微信", "威信", "薇信", "V信", "v信", "Vx", "vx", "VX", "vX", "Wx", "wx", "WX", "wX", "QQ", "扣扣",
            "WeChat", "wechat", "LINE", "ライン",
        )
    ]
)  # fmt: skip
"""Without one of these no account is named."""


def find_spelled_phones(text: str, found: Sequence[Span], *, has_words: bool) -> list[Span]:
    """Spans of `phone`, or `possible_phone` where it may be the buyer's own.

    Args:
        text: the comment.
        found: what was found before; it is not looked at again.
        has_words: the comment holds as many digits in words as a number has.
    """
    spans: list[Span] = []
    matches = [*_SPELLED.finditer(text)] if has_words else []
    if not text.isascii():
        matches += _HAN.finditer(text)
        if _GUARD.worth_trying(text):
            matches += _ACCOUNT.finditer(text)
    for match in matches:
        start, end = match.span(match.lastindex or 0)
        if is_taken((start, end), [*found, *spans]):
            continue
        before = Passage(text[max(0, start - _NEAR) : start])
        after = Passage(text[end : end + _NEAR])
        if before.has("number_cue") and not before.has("phone_cue"):
            continue
        is_own = before.has("own_cue")
        is_told = before.has("phone_cue") or after.has("phone_cue") or before.has("reach_cue")
        if is_told or is_own or after.has("reach_cue"):
            spans.append(Span(start, end, "possible_phone" if is_own else "phone"))
    return spans
