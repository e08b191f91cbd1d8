"""Tokens and clauses of a batch of comments, as arrays.

A token is a run of letters or digits, or one ideograph or kana. Hard punctuation (full stop, comma, colon, dash,
line end, ...) ends a clause; apostrophes, hyphens, quotes and slashes only separate tokens.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from rules.distinct_keys import number_distinct
from rules.folding import (
    DIGIT,
    HARD,
    IDEOGRAPH,
    LETTER,
    SEPARATOR,
    FoldedBatch,
    character_kind,
    fold_text,
)

Hashes = npt.NDArray[np.uint64]
Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_MULTIPLIER: Final = np.uint64(0x9E3779B97F4A7C15)
_INVERSE: Final = np.uint64(pow(0x9E3779B97F4A7C15, -1, 1 << 64))
_ADDEND: Final = 0x51ED270B
_WINDOW: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Tokens of a batch of comments.

    Attributes:
        start: index into the folded characters.
        end: index after the last folded character.
        hashes: 64-bit hash of the token's characters.
        comment: index of the comment.
        clause: number of the clause, rising through the batch; no clause spans two comments.
        is_number: the token begins with a digit.
        is_ideograph: the token is one ideograph or kana.
        initial: the token's first folded code point.
        clause_comment: index of the comment of each clause.
        clause_first: first token of each clause; every clause has one.
        comment_first: where each comment's tokens begin, and the number of all tokens.
        word: number of the token's word among the distinct words of the batch.
        token_of_word: one token of each distinct word.
    """

    start: Index
    end: Index
    hashes: Hashes
    comment: Index
    clause: Index
    is_number: Flags
    is_ideograph: Flags
    initial: npt.NDArray[np.uint32]
    clause_comment: Index
    clause_first: Index
    comment_first: Index
    word: Index
    token_of_word: Index


def _powers(base: np.uint64, count: int) -> Hashes:
    powers = np.full(count, base, np.uint64)
    powers[0] = 1
    with np.errstate(over="ignore"):
        return np.multiply.accumulate(powers)


_FORWARD: Final = _powers(_MULTIPLIER, _WINDOW)
_BACKWARD: Final = _powers(_INVERSE, _WINDOW)


def tokenize(batch: FoldedBatch) -> TokenBatch:
    """Cut a folded batch into tokens and clauses."""
    kinds, codes = batch.kinds, batch.codes
    is_ideograph = kinds == IDEOGRAPH
    in_word = (kinds == LETTER) | (kinds == DIGIT)
    # a run of letters and digits is one token: "24h", "xk2207"
    starts_here = is_ideograph | in_word
    starts_here[1:] &= is_ideograph[1:] | ~in_word[:-1]
    ends_here = is_ideograph | in_word
    ends_here[:-1] &= is_ideograph[:-1] | ~in_word[1:]
    end = np.flatnonzero(ends_here) + 1
    events = np.flatnonzero(starts_here | (kinds == HARD))
    is_start = starts_here.take(events)
    start = events.compress(is_start)
    # a token begins a clause if hard punctuation stands before it
    hard = np.flatnonzero(~is_start)
    follows_hard = np.zeros(len(events) + 1, np.bool_)
    follows_hard[hard + 1] = ~_is_within_number(batch, events.take(hard))
    is_fresh = follows_hard[:-1].compress(is_start)
    is_fresh[:1] = True
    comment_first = np.searchsorted(start, batch.begins)
    comment = np.repeat(np.arange(len(comment_first) - 1), np.diff(comment_first))
    clause = np.cumsum(is_fresh) - 1
    clause_first = np.flatnonzero(is_fresh)
    hashes = _hash_runs(codes, start, end)
    word, token_of_word = number_distinct(hashes)
    return TokenBatch(
        start=start,
        end=end,
        hashes=hashes,
        comment=comment,
        clause=clause,
        is_number=kinds.take(start) == DIGIT,
        is_ideograph=is_ideograph.take(start),
        initial=codes.take(start),
        clause_comment=comment.take(clause_first),
        clause_first=clause_first,
        comment_first=comment_first,
        word=word,
        token_of_word=token_of_word,
    )


def _is_within_number(batch: FoldedBatch, hard: Index) -> Flags:
    """Which hard punctuation belongs to a number or a date: it stands between two digits."""
    kinds = batch.kinds
    last = len(kinds) - 1
    is_within: Flags = (
        (hard > 0)
        & (hard < last)
        & (kinds.take(np.maximum(hard - 1, 0)) == DIGIT)
        & (kinds.take(np.minimum(hard + 1, last)) == DIGIT)
        & (batch.codes.take(hard) != SEPARATOR)
    )
    return is_within


def _hash_runs(codes: npt.NDArray[np.uint32], start: Index, end: Index) -> Hashes:
    """Hash every run of characters: polynomial prefix sums, shifted back to each run's beginning.

    The runs rise and do not overlap.
    """
    if not len(start):
        return np.zeros(0, np.uint64)
    sums = np.zeros(len(codes) + 1, np.uint64)
    with np.errstate(over="ignore"):
        terms = codes + np.uint32(_ADDEND)
        for window in range(0, len(terms), _WINDOW):
            part = terms[window : window + _WINDOW]
            target = sums[window + 1 : window + 1 + len(part)]
            np.multiply(part, _FORWARD[: len(part)], out=target)
        np.cumsum(sums, out=sums)
        result: Hashes = sums.take(end)
        result -= sums.take(start)
        result *= _BACKWARD.take(start & (_WINDOW - 1))
        # runs across a window's edge are few: hashed one by one
        edges = np.arange(_WINDOW, len(codes), _WINDOW)
        before = np.searchsorted(start, edges) - 1
        is_cut = (before >= 0) & (end.take(before, mode="clip") > edges)
        for run in before[is_cut]:
            run_codes = terms[start[run] : end[run]]
            powers = (
                _FORWARD[: len(run_codes)]
                if len(run_codes) <= _WINDOW
                else _powers(_MULTIPLIER, len(run_codes))
            )
            result[run] = np.sum(run_codes * powers, dtype=np.uint64)
    return result


def hash_tokens(tokens: list[str]) -> Hashes:
    """Hashes of folded tokens, as `tokenize` gives them."""
    sizes = np.fromiter(map(len, tokens), np.int64, len(tokens))
    end = np.cumsum(sizes)
    codes = np.frombuffer("".join(tokens).encode("utf-32-le"), np.uint32)
    return _hash_runs(codes, end - sizes, end)


def tokens_of(text: str) -> list[str]:
    """Tokens of a short text such as a lexicon entry: the same cut as `tokenize` makes."""
    folded = fold_text(text)
    if folded.isascii() and folded.isalnum():
        return [folded]
    found: list[str] = []
    run = ""
    for character in folded:
        kind = character_kind(character)
        if kind in {LETTER, DIGIT}:
            run += character
            continue
        if run:
            found.append(run)
            run = ""
        if kind == IDEOGRAPH:
            found.append(character)
    if run:
        found.append(run)
    return found
