"""Which comments of a batch carry a sign of personal data or a link, found for the whole batch at once."""

import re
from typing import Final

import numpy as np

from rules.folding import DIGIT, LETTER, FoldedBatch
from rules.tokens import TokenBatch, hash_token

_DIGITS_OF_A_PHONE: Final = 7
_SPELLED_SIGNS: Final = (
    "at", "arobase", "arroba", "chiocciola", "apenstaartje", "dot", "punkt", "point", "punto", "ponto", "malpa", "kropka",
    "www", "http", "https", "com", "net", "org", "shop",
)  # fmt: skip
_SPELLED: Final = np.array([hash_token(sign) for sign in _SPELLED_SIGNS], np.uint64)
_HAN_CUE: Final = re.compile(
    r"店長|店主|社長|責任者|担当|代表|老板|经理|客服|负责人|店长|名叫|さん|様|氏|先生|女士|小姐"
)


def comments_with_signs(batch: FoldedBatch, tokens: TokenBatch, comments: list[str]) -> set[int]:
    """Comments worth a closer look: at-signs, many digits, spelled addresses, two capitalised words in a row."""
    count = len(comments)
    found: set[int] = set()
    if not len(tokens.start):
        return found
    at_sign = np.flatnonzero(batch.codes == ord("@"))
    found.update(_comment_of(batch, at_sign).tolist())
    digits = np.flatnonzero(batch.kinds == DIGIT)
    per_comment = np.bincount(_comment_of(batch, digits), minlength=count)
    found.update(np.flatnonzero(per_comment >= _DIGITS_OF_A_PHONE).tolist())
    dots = np.flatnonzero(batch.codes == ord("."))
    dots = dots[(dots > 0) & (dots + 1 < len(batch.kinds))]
    dots = dots[(batch.kinds[dots - 1] == LETTER) & (batch.kinds[dots + 1] == LETTER)]
    found.update(_comment_of(batch, dots).tolist())
    spelled = np.isin(tokens.hashes, _SPELLED)
    twice = np.bincount(tokens.comment[spelled], minlength=count)
    found.update(np.flatnonzero(twice >= 2).tolist())
    found.update(np.unique(tokens.comment[_capitalised_pairs(batch, tokens, comments)]).tolist())
    ideographs = np.unique(tokens.comment[tokens.is_ideograph]).tolist()
    found.update(row for row in ideographs if _HAN_CUE.search(comments[row]))
    return found


def _comment_of(
    batch: FoldedBatch, places: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.searchsorted(batch.offsets, batch.origin[places], side="right") - 1


def _capitalised_pairs(
    batch: FoldedBatch, tokens: TokenBatch, comments: list[str]
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Tokens that begin with a capital and are followed, after one blank or a dot, by another such token."""
    original = np.frombuffer(
        ("\n".join(comments) + "\n").encode("utf-32-le", "surrogatepass"), np.uint32
    )
    first = original[batch.origin[tokens.start]]
    is_capital = (batch.codes[tokens.start] != first) & (batch.kinds[tokens.start] == LETTER)
    near = (tokens.start[1:] - tokens.end[:-1] <= 2) & (tokens.comment[1:] == tokens.comment[:-1])
    lengths = tokens.end - tokens.start
    pair = is_capital[1:] & is_capital[:-1] & near & (lengths[:-1] > 1) & (lengths[1:] > 1)
    return np.flatnonzero(pair)
