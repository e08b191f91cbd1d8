"""Obscene words in disguise: spaced or stretched letters, digits and signs for letters, look-alike letters.

Each disguise is undone to plain words, and the lexicons decide whether those are obscene. A masked word (`f***`) stays
what it is: nobody knows which word was meant.
"""

import re
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from rules.folding import DIGIT, LETTER, SOFT, FoldedBatch, marked_characters
from rules.lexicon_arrays import Lexicon
from rules.tokens import TokenBatch
from rules.word_classes import NUMBER_OF, WordClass

Index = npt.NDArray[np.int64]

_SHORTEST_RUN: Final = 3
_SHORTEST_PART: Final = 4
_LONGEST_GAP: Final = 2
_IS_STOP: Final = marked_characters(".,:;…")
_LONGEST_WORD: Final = 40
_LEET: Final = str.maketrans("013457@$!€|", "oieast" + "asiei")
_LEET_AS_L: Final = str.maketrans("013457@$!€|", "oleast" + "asiel")
_IS_LEET_SIGN: Final = marked_characters("@$!€|")
_STRANGE_FROM: Final = np.uint32(0x0370)
_STRANGE_COUNT: Final = np.uint32(0x0530 - 0x0370)
"""Greek and Cyrillic letters."""
_LOOK_ALIKE: Final = str.maketrans("аеорсухѕіјԁӏкнмтвαεοριυνκτ", "aeopcyxsijdlkhmtbaeopiuvkt")
_STRETCHED: Final = re.compile(r"(.)\1+", re.DOTALL)
_LONG_STRETCHED: Final = re.compile(r"(.)\1{2,}", re.DOTALL)
_MEASURE: Final = re.compile(
    r"\d+(?:[.,:]\d+)?(?:am|pm|uhr|st|nd|rd|th|km|cm|mm|ml|cl|kg|mg|gb|mb|tb|hz|kw|mah|wh|xl|in|ft|lbs?|oz|p|k|x|h|w|v|g|l|m|a|d|s)"
)
"""Hours and measures such as "1pm" and "11l", whose digits stand for no letters."""
_OBSCENE: Final = NUMBER_OF[WordClass.OBSCENE]


def _spaced_runs(
    batch: FoldedBatch, tokens: TokenBatch, is_letter: npt.NDArray[np.bool_]
) -> list[tuple[int, int]]:
    """Runs of single letters, as first token and the token after the last; stops between two of them part nothing."""
    is_single = tokens.end - tokens.start == 1
    # one letter as written: "ß" is folded to two
    at = np.searchsorted(tokens.start, batch.expanded, side="right") - 1
    at = at[at >= 0]
    is_single[at] |= batch.origin[tokens.end[at] - 1] == batch.origin[tokens.start[at]]
    single = np.flatnonzero(is_single & is_letter)
    if len(single) < _SHORTEST_RUN:
        return []
    beside = np.flatnonzero(np.diff(single) == 1)
    first, second = single[beside], single[beside] + 1
    gap = tokens.start[second] - tokens.end[first]
    is_dotted = (gap <= _LONGEST_GAP) & _IS_STOP[batch.codes[tokens.end[first]]]
    is_dotted &= tokens.comment[second] == tokens.comment[first]
    goes_on = np.zeros(len(single) + 1, np.bool_)
    goes_on[beside + 1] = is_dotted | (tokens.clause[second] == tokens.clause[first])
    begins = np.flatnonzero(~goes_on[:-1])
    ends = np.flatnonzero(~goes_on[1:]) + 1
    long = ends - begins >= _SHORTEST_RUN
    return list(
        zip(single[begins[long]].tolist(), (single[ends[long] - 1] + 1).tolist(), strict=True)
    )


def _letters(batch: FoldedBatch, tokens: TokenBatch, begin: int, end: int) -> list[str]:
    return [
        batch.text[first:last]
        for first, last in zip(
            tokens.start[begin:end].tolist(), tokens.end[begin:end].tolist(), strict=True
        )
    ]


def _suspects(batch: FoldedBatch, tokens: TokenBatch) -> Index:
    """Tokens that may hide a word: stretched, of mixed script, of mixed letters and digits, or beside a sign."""
    codes, kinds = batch.codes, batch.kinds
    size = len(codes)
    is_same = codes[1:] == codes[:-1]
    stretched = np.flatnonzero(is_same[1:] & is_same[:-1])
    is_letter = kinds == LETTER
    strange = np.flatnonzero((codes - _STRANGE_FROM < _STRANGE_COUNT) & is_letter)
    # soft or hard punctuation straight after a word, with more behind it
    is_sign = is_letter[:-2] & (kinds[1:-1] >= SOFT) & (is_letter[2:] | (kinds[2:] >= SOFT))
    sign = np.flatnonzero(is_sign) + 1
    digit = np.flatnonzero(kinds == DIGIT)
    before, after = np.maximum(digit - 1, 0), np.minimum(digit + 1, size - 1)
    odd = np.concatenate(
        (
            stretched[is_letter[stretched + 2]],
            strange,
            sign[_IS_LEET_SIGN[codes[sign]]] - 1,
            digit[is_letter[after]],
            before[is_letter[before]],
        )
    )
    at = np.searchsorted(tokens.start, odd, side="right") - 1
    at = np.unique(at[at >= 0])
    return at[tokens.end[at] - tokens.start[at] <= _LONGEST_WORD]


def _widened(text: str, start: int, end: int) -> str:
    """What stands between the blanks around a token, up to the length of the longest word."""
    before = text[max(0, end - _LONGEST_WORD) : start]
    if before and not before[-1].isspace():
        start -= len(before.split()[-1])
    after = text[end : start + _LONGEST_WORD]
    if after and not after[0].isspace():
        end += len(after.split(None, 1)[0])
    return text[start:end]


@lru_cache(maxsize=4096)
def _plain_words(written: str) -> list[str]:
    """Words that a suspect may stand for."""
    word = written.strip(".,;:?()\"'!-")
    if word.isascii() and word.isalpha() and not _STRETCHED.search(word):
        return []
    if _MEASURE.fullmatch(word):
        return []
    forms = {word.translate(_LEET), word.translate(_LEET_AS_L), word.translate(_LOOK_ALIKE)} | (
        {word} if word.isalpha() else set()
    )
    found = set()
    for form in forms:
        if not form.isalpha():
            continue
        found |= {form, _STRETCHED.sub(r"\1", form), _LONG_STRETCHED.sub(r"\1\1", form)}
    return sorted(found - {word})


def find_disguised(
    batch: FoldedBatch, tokens: TokenBatch, lexicon: Lexicon
) -> list[tuple[int, int]]:
    """First and last token of every disguised obscene word."""
    if not len(tokens.start):
        return []
    is_letter = (batch.kinds[tokens.start] == LETTER) & ~tokens.is_ideograph
    asked: list[tuple[str, int, int]] = []
    for begin, end in _spaced_runs(batch, tokens, is_letter):
        letters = _letters(batch, tokens, begin, min(end, begin + _LONGEST_WORD))
        size = len(letters)
        asked.append(("".join(letters), begin, begin + size - 1))
        for first in range(size):
            asked.extend(
                ("".join(letters[first:last]), begin + first, begin + last - 1)
                for last in range(first + _SHORTEST_PART, min(size, first + 12) + 1)
            )
    suspects = _suspects(batch, tokens)
    begins, ends = tokens.start.take(suspects).tolist(), tokens.end.take(suspects).tolist()
    for token, begin, end in zip(suspects.tolist(), begins, ends, strict=True):
        words_meant = _plain_words(_widened(batch.text, begin, end))
        asked.extend((word, token, token) for word in words_meant)
    if not asked:
        return []
    words = sorted({word for word, _, _ in asked})
    is_obscene = (lexicon.classes_of(words) == _OBSCENE).any(axis=1)
    obscene = {word for word, found in zip(words, is_obscene.tolist(), strict=True) if found}
    return [(first, last) for word, first, last in asked if word in obscene]
