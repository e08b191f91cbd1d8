"""Folding: spelling variants become one, and every folded character knows where it came from.

Case, accents, width and ligatures are folded, traditional Chinese characters become simplified ones, zero-width
and combining characters vanish. Texts and lexicon entries pass through the same table, so they meet. A batch of
comments is folded as one array of code points; `origin` maps each folded character back to the original one.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.uint32]
Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

PLANE_SIZE: Final = 0x20000
"""Code points up to here are folded one by one; all others become a symbol."""

SEPARATOR: Final = 0x0A
"""Placed between comments of a batch: a hard boundary that no pattern crosses."""

# kinds of folded characters
GAP, LETTER, DIGIT, IDEOGRAPH, SOFT, HARD = range(6)

_SOFT: Final = frozenset("'’‘`´\"“”„«»‹›*_-‐‑/&+@#%°€$£¥₹^~|=<>[]{}\\ʼ＇・·•")
_HARD: Final = frozenset(".,;:!?()…—–\n\r\t。、，！？；：「」『』（）【】《》〈〉〜~¿¡؟،؛।")
_CONTRACTION: Final = re.compile(r"(?<=[a-z])['’](?=(?:[stdm]|re|ve|ll)(?![a-z]))")
_ONE_LETTER: Final = np.array([ord(c) for c in "stdm"], np.uint32)
_TWO_LETTERS: Final = np.array([ord(a) << 8 | ord(b) for a, b in ("re", "ve", "ll")], np.uint32)
_SPECIAL: Final = {
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "ﷺ": "",
}
_APOSTROPHE: Final = 255
_EMOJI_AND_SYMBOLS: Final = ((0x2190, 0x2BFF), (0x1F000, 0x1FAFF), (0xE000, 0xF8FF))
_IDEOGRAPHS: Final = (
    (0x3005, 0x3007),
    (0x3041, 0x30FF),
    (0x31F0, 0x31FF),
    (0x3400, 0x9FFF),
    (0xF900, 0xFAFF),
)


@dataclass(frozen=True, slots=True)
class FoldedBatch:
    """Folded characters of a batch of comments, laid end to end.

    Attributes:
        codes: folded code points.
        kinds: GAP, LETTER, DIGIT, IDEOGRAPH, SOFT or HARD for each.
        origin: index of the original character within the joined batch.
        offsets: start of each comment within the joined batch, and the end of the last.
        begins: the same within the folded characters.
        original: code points of the joined batch.
        text: the folded characters as a string.
        expanded: where a character begins that became several.
    """

    codes: Codes
    kinds: npt.NDArray[np.uint8]
    origin: Index
    offsets: Index
    begins: Index
    original: Codes
    text: str
    expanded: Index


@dataclass(frozen=True, slots=True)
class _FoldTable:
    """What each code point is folded to: how many characters (`_APOSTROPHE` may be none or one), the first of them, its kind."""

    lengths: npt.NDArray[np.uint8]
    first: Codes
    pool: Codes
    pool_start: npt.NDArray[np.int32]
    kinds: npt.NDArray[np.uint8]
    strings: dict[int, str]


def _in_ranges(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _simplified() -> dict[str, str]:
    text = resources.files("rules").joinpath("traditional_chinese.txt").read_text("utf-8")
    pairs = "".join(line for line in text.splitlines() if not line.startswith("#")).split()
    return {pair[0]: pair[1] for pair in pairs}


def _fold_character(character: str, simplified: dict[str, str]) -> str:
    if character in _SPECIAL:
        return _SPECIAL[character]
    if "\u0600" <= character <= "\u06ff":
        return {"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": ""}.get(
            character, "" if unicodedata.combining(character) else character
        )
    if "\u3041" <= character <= "\u30ff":
        return character
    folded = unicodedata.normalize("NFKD", character).casefold()
    folded = unicodedata.normalize("NFKD", folded)
    kept = "".join(_SPECIAL.get(c, c) for c in folded if not unicodedata.combining(c))
    return "".join(simplified.get(c, c) for c in kept)


def _kind(character: str) -> int:
    code = ord(character)
    if character in _HARD:
        return HARD
    if character in _SOFT:
        return SOFT
    if _in_ranges(code, _IDEOGRAPHS):
        return IDEOGRAPH
    category = unicodedata.category(character)
    if category[0] == "L" or category == "Mc":
        return LETTER
    if category == "Nd":
        return DIGIT
    return GAP


def _folded_or_none(character: str, simplified: dict[str, str]) -> str | None:
    """What a character becomes: nothing if it is invisible, a blank if it is a control, None if it is no character."""
    category = unicodedata.category(character)
    if category in {"Cs", "Cn", "Co"}:
        return None
    if category in {"Mn", "Me", "Cf"}:
        return ""
    folded = _fold_character(character, simplified)
    if category == "Cc" or any(c.isspace() for c in folded):
        return character if character in _HARD else " "
    return folded


@cache
def _table() -> _FoldTable:
    """The folding table, built once: only characters that some supported script uses are looked at."""
    lengths = np.ones(PLANE_SIZE, np.uint8)
    first = np.full(PLANE_SIZE, 0x20, np.uint32)
    kinds = np.zeros(PLANE_SIZE, np.uint8)
    pool: list[int] = []
    pool_start = np.zeros(PLANE_SIZE, np.int32)
    strings: dict[int, str] = {}
    simplified = _simplified()
    # Han characters, Hangul and katakana fold to themselves: no need to look at each
    plain = [(0x3400, 0x9FFF, IDEOGRAPH), (0xAC00, 0xD7A3, LETTER), (0x20000 - 1, 0x20000 - 1, GAP)]
    for low, high, kind in plain:
        first[low : high + 1] = np.arange(low, high + 1)
        kinds[low : high + 1] = kind
    for character, simple in simplified.items():
        first[ord(character)] = ord(simple)
        strings[ord(character)] = simple
    looked_at = (
        range(0x1200),
        range(0x1E00, 0x2150),
        range(0x2460, 0x2500),
        range(0x3000, 0x3400),
        range(0xF900, 0x10000),
    )
    for code in (code for block in looked_at for code in block):
        character = chr(code)
        folded = _folded_or_none(character, simplified)
        if folded is None:
            continue
        lengths[code] = len(folded)
        if folded != character:
            strings[code] = folded
        if not folded:
            continue
        first[code] = ord(folded[0])
        kinds[code] = _kind(character) if _kind(character) in {HARD, SOFT} else _kind(folded[0])
        if len(folded) > 1:
            pool_start[code] = len(pool)
            pool.extend(map(ord, folded))
    for low, high in _EMOJI_AND_SYMBOLS:
        kinds[low : high + 1] = GAP
        first[low : high + 1] = 0x20
    lengths[[0x27, 0x2019]] = _APOSTROPHE
    return _FoldTable(
        lengths, first, np.array(pool or [0x20], np.uint32), pool_start, kinds, strings
    )


def fold_text(text: str) -> str:
    """Fold a short text such as a lexicon entry; the same result as for a batch, without the map."""
    if text.isascii() and text.isprintable():
        folded = text.lower()
    else:
        folded = text.translate(_table().strings)
    return without_contractions(folded)


def without_contractions(folded: str) -> str:
    """A folded text in which "isn't" and "it's" are one word."""
    return _CONTRACTION.sub("", folded) if "'" in folded or "’" in folded else folded


def character_kind(character: str) -> int:
    """GAP, LETTER, DIGIT, IDEOGRAPH, SOFT or HARD of one folded character."""
    code = ord(character)
    return int(_table().kinds[code]) if code < PLANE_SIZE else GAP


def marked_characters(characters: str) -> npt.NDArray[np.bool_]:
    """A table by folded code point that is true for these characters."""
    table = np.zeros(PLANE_SIZE, np.bool_)
    table[[ord(character) for character in characters]] = True
    return table


def _contractions(codes: Index, kinds: npt.NDArray[np.uint8], apostrophes: Index) -> Flags:
    """Which apostrophes stand in "isn't", "it's", "we're": such words are one token, with or without the sign."""
    end = len(codes) - 1  # the line end after the last comment
    is_within = (apostrophes > 0) & (kinds.take(apostrophes - 1) == LETTER)
    second, third = np.minimum(apostrophes + 2, end), np.minimum(apostrophes + 3, end)
    after = codes.take(apostrophes + 1) | 0x20, codes.take(second) | 0x20
    one = np.isin(after[0], _ONE_LETTER) & (kinds.take(second) != LETTER)
    two = np.isin(after[0] << 8 | after[1], _TWO_LETTERS) & (kinds.take(third) != LETTER)
    contracts: Flags = is_within & (one | two)
    return contracts


def fold_batch(comments: list[str]) -> FoldedBatch:
    """Fold comments together; characters beyond the second plane and lone surrogates become gaps."""
    joined = "\n".join(comments) + "\n"
    raw = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    sizes = np.fromiter(map(len, comments), np.int64, len(comments)) + 1
    offsets = np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
    table = _table()
    codes = raw.astype(np.intp)
    lengths = table.lengths.take(codes, mode="clip")
    kinds = table.kinds.take(codes, mode="clip")
    folded = table.first.take(codes, mode="clip")
    # few characters become none or several, so the rest is done with these alone
    changed = np.flatnonzero(lengths != 1)
    size = lengths.take(changed).astype(np.int64)
    marks = np.flatnonzero(size == _APOSTROPHE)
    size[marks] = ~_contractions(codes, kinds, changed.take(marks))
    changed, size = changed[size != 1], size[size != 1]
    if not len(changed):
        origin = np.arange(len(codes))
        return FoldedBatch(folded, kinds, origin, offsets, offsets, raw, _text(folded), changed)
    grown = np.concatenate((np.zeros(1, np.int64), np.cumsum(size - 1)))
    begins = offsets + grown.take(np.searchsorted(changed, offsets))
    place = changed + grown[:-1]
    long = np.flatnonzero(size > 1)
    more = size.take(long) - 1
    which = np.repeat(np.arange(len(long)), more)
    within = np.arange(1, len(which) + 1) - (np.cumsum(more) - more).take(which)
    later = place.take(long.take(which)) + within
    step = np.ones(len(codes) + int(grown[-1]), np.int64)
    step[0] = 0
    step[later] = 0
    np.add.at(step, place[size == 0], 1)
    origin = np.cumsum(step)
    folded = folded.take(origin)
    # the second and later characters of an expansion come from the pool
    folded[later] = table.pool[table.pool_start[codes[changed[long]]].take(which) + within]
    kinds = kinds.take(origin)
    expanded = place.take(long)
    return FoldedBatch(folded, kinds, origin, offsets, begins, raw, _text(folded), expanded)


def _text(folded: Codes) -> str:
    return folded.astype("<u4", copy=False).tobytes().decode("utf-32-le", "replace")
