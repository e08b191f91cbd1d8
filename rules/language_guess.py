"""Which language a comment is written in, from the words that the lexicons know.

Each word votes for the languages that list it; the marketplace and a named language only tip the scale. Where the vote
is close, the compact language detector is asked. A comment in a language that no lexicon covers is `und`: it can be
reviewed, never requested, unless the ground does not depend on language.
"""

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt
import pycld2

from rules.lexicon_arrays import OTHER, Lexicon
from rules.tokens import TokenBatch
from rules.typed_words import TypedWords

Index = npt.NDArray[np.int64]

UNDETERMINED: Final = "und"
_CLOSE: Final = 0.75
_NAMED: Final = 1.5
_USUAL: Final = (0.6, 0.3, 0.3)
_KANA: Final = (0x3041, 0x30FF)
_FOREIGN_SCRIPTS: Final = (
    (0x0370, 0x05FF),
    (0x0700, 0x1CFF),
    (0xAC00, 0xD7AF),
)  # Greek, Cyrillic, Armenian, Hebrew; Syriac to Georgian and South Asian; Hangul
_DETECTED: Final = 3.0


@cache
def _usual_languages() -> dict[str, tuple[str, ...]]:
    text = resources.files("rules").joinpath("marketplace_languages.toml").read_text("utf-8")
    return {code: tuple(found) for code, found in tomllib.loads(text).items()}


def guess_languages(
    tokens: TokenBatch,
    typed: TypedWords,
    lexicon: Lexicon,
    *,
    comments: Sequence[str],
    hints: Sequence[tuple[str | None, str | None]],
) -> Index:
    """Number of each comment's language, -1 if no lexicon covers it.

    Args:
        tokens: the tokens of the comments.
        typed: what the lexicons know of their words.
        lexicon: all lexicons.
        comments: the comments themselves, for the detector.
        hints: marketplace and named language of each comment, None where unknown.
    """
    count, languages = len(comments), len(lexicon.languages)
    votes = np.zeros((count, languages), np.float32)
    if len(tokens.start):
        has_words = np.flatnonzero(np.diff(tokens.comment_first))
        first = tokens.comment_first.take(has_words)
        weights = typed.weights().take(tokens.word, axis=0)
        votes[has_words] = np.add.reduceat(weights, first, axis=0)
    script = _script_votes(tokens, lexicon, votes)
    prior = _priors(tuple(hints), lexicon)
    total = votes + prior
    best = np.argmax(total, axis=1)
    rows = np.arange(count)
    top = total[rows, best]
    rest = total.copy()
    rest[rows, best] = -1
    is_close = (top - rest.max(axis=1) < _CLOSE) & ~script
    for row in np.flatnonzero(is_close).tolist():
        number = _detect(comments[row], lexicon)
        if number >= 0 and votes[row, number] > 0:
            total[row, number] += _DETECTED
            best[row] = int(np.argmax(total[row]))
        elif number == -2 and votes[row].max() < _DETECTED:
            best[row] = -1
    other = lexicon.number_of_language.get(OTHER, -1)
    silent = (total[rows, best] <= 0) | (best == other)
    best[silent] = -1
    best[_foreign(tokens, count)] = -1
    chosen: Index = best
    return chosen


def _script_votes(
    tokens: TokenBatch, lexicon: Lexicon, votes: npt.NDArray[np.float32]
) -> npt.NDArray[np.bool_]:
    """Let the script decide between Chinese and Japanese; tells which comments are decided so."""
    count = len(votes)
    ideographs = np.bincount(tokens.comment.compress(tokens.is_ideograph), minlength=count)
    initial = tokens.initial
    is_kana = tokens.is_ideograph & (initial >= _KANA[0]) & (initial <= _KANA[1])
    kana = np.bincount(tokens.comment.compress(is_kana), minlength=count)
    numbers = np.bincount(tokens.comment.compress(tokens.is_number), minlength=count)
    words = np.diff(tokens.comment_first) - ideographs - numbers
    decided = (ideographs >= 2) & (ideographs >= words)
    japanese = decided & (kana * 12 >= ideographs) & (kana > 0)
    for language, chosen in (("ja", japanese), ("zh", decided & ~japanese)):
        number = lexicon.number_of_language.get(language)
        if number is not None:
            votes[chosen] = 0
            votes[chosen, number] = 50
    if "zh" in lexicon.number_of_language and "ja" in lexicon.number_of_language:
        for language in ("zh", "ja"):
            votes[~decided, lexicon.number_of_language[language]] = 0
    return decided


def _foreign(tokens: TokenBatch, count: int) -> npt.NDArray[np.bool_]:
    """Comments of which most words are in a script that no lexicon covers."""
    initial = tokens.initial
    strange = np.zeros(len(initial), np.bool_)
    for low, high in _FOREIGN_SCRIPTS:
        strange |= (initial >= low) & (initial <= high)
    if not strange.any():
        return np.zeros(count, np.bool_)
    foreign = np.bincount(tokens.comment[strange], minlength=count)
    return foreign * 3 > np.diff(tokens.comment_first)


def _priors(
    hints: tuple[tuple[str | None, str | None], ...], lexicon: Lexicon
) -> npt.NDArray[np.float32]:
    distinct = {hint: number for number, hint in enumerate(dict.fromkeys(hints))}
    table = np.zeros((len(distinct), len(lexicon.languages)), np.float32)
    for (marketplace, named), row in distinct.items():
        for language, weight in zip(
            _usual_languages().get(marketplace or "", ()), _USUAL, strict=False
        ):
            if language in lexicon.number_of_language:
                table[row, lexicon.number_of_language[language]] += weight
        if named in lexicon.number_of_language:
            table[row, lexicon.number_of_language[named]] += _NAMED
    chosen: npt.NDArray[np.float32] = table[
        np.fromiter(map(distinct.__getitem__, hints), np.int64, len(hints))
    ]
    return chosen


def _detect(comment: str, lexicon: Lexicon) -> int:
    """Language number by the compact language detector; -1 if it is not sure, -2 if it names a strange language."""
    printable = "".join(c if c.isprintable() else " " for c in comment[:2000])
    try:
        is_reliable, _, details = pycld2.detect(
            printable.encode("utf-8", "ignore"), isPlainText=True
        )
    except pycld2.error:
        return -1
    if not is_reliable:
        return -1
    code = details[0][1].split("-")[0]
    return lexicon.number_of_language.get(code, -2)
