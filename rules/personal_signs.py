"""Which comments of a batch carry a sign of personal data or a link, found for the whole batch at once."""

import re
from collections import defaultdict
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from rules.folding import DIGIT, LETTER, FoldedBatch
from rules.hash_index import HashIndex
from rules.personal_cues import contact_words, cues, given_names, titles
from rules.text_guard import TextGuard
from rules.tokens import TokenBatch, hash_tokens

Index = npt.NDArray[np.int64]


AT_SIGN, SPELLED_ADDRESS, PHONE_DIGITS, ADDRESS_DIGITS, NAME, HAN_NAME, LINK, OWN_NAME = (
    1 << n for n in range(8)
)
"""What makes a comment worth a closer look; signs are added up."""

_DIGITS_OF_A_PHONE: Final = 7
_DIGITS_OF_AN_ADDRESS: Final = 4
_AT_WORDS: Final = HashIndex(
    hash_tokens(
        ["at", "a", "arobase", "arroba", "aroba", "chiocciola", "apenstaartje", "snabel", "malpa"]
    )
)
_DOT_WORDS: Final = HashIndex(
    hash_tokens(["dot", "punkt", "point", "punto", "ponto", "punt", "kropka", "nokta"])
)
_DOMAINS: Final = HashIndex(
    hash_tokens(
        [
            "com",
            "net",
            "org",
            "shop",
            "store",
            "co",
            "de",
            "fr",
            "es",
            "it",
            "nl",
            "se",
            "pl",
            "jp",
            "cn",
            "br",
            "mx",
            "uk",
            "eu",
            "info",
            "biz",
            "io",
            "me",
            "xyz",
            "online",
            "example",
        ]
    )
)
_HOSTS: Final = HashIndex(hash_tokens(["www", "http", "https"]))
_PARTICLES: Final = HashIndex(
    hash_tokens(
        [
            "de",
            "la",
            "del",
            "van",
            "von",
            "der",
            "den",
            "da",
            "dos",
            "di",
            "el",
            "al",
            "te",
            "ter",
            "y",
            "du",
            "le",
        ]
    )
)
_HAN_CUES: Final = (
    "店長|店主|社長|責任者|担当|代表|オーナー|出品者|老板|老闆|经理|客服|负责人|店长|叫|名字是|店员|主管|联系人|收件人|卖家|"
    "寄给|退给|打给|联系|就是|さん|様|氏|という|と名乗|と書|先生|女士|小姐|アットマーク|艾特|ドット|丁目|番地"
)
_HAN_PLACE: Final = re.compile(
    r"[路街巷道弄][0-9一二三四五六七八九十百零〇两]{1,7}[号弄]|[都道府県市][^\n、。]{0,24}[0-9０-９]"
)


_HAN_GUARD: Final = TextGuard((_HAN_CUES.split("|"), tuple("路街巷道弄都府県市")))
_HAN_CUE, _HAN_STREET = range(2)


def _has_han_cue(text: str) -> bool:
    found = _HAN_GUARD.worth_trying(text)
    return _HAN_CUE in found or (_HAN_STREET in found and _HAN_PLACE.search(text) is not None)


@cache
def _given() -> HashIndex:
    return HashIndex(hash_tokens(sorted(given_names())))


@cache
def _streets() -> HashIndex:
    return HashIndex(hash_tokens(sorted(cues().words["street_cue"])))


@cache
def _places() -> HashIndex:
    words = cues().words
    return HashIndex(hash_tokens(sorted(words["place_cue"] | words["address_word"])))


@cache
def _titles() -> HashIndex:
    return HashIndex(hash_tokens(sorted(titles())))


@cache
def _contacts() -> HashIndex:
    return HashIndex(hash_tokens(sorted(contact_words())))


def comments_with_signs(
    batch: FoldedBatch, tokens: TokenBatch, comments: list[str], own_words: frozenset[str]
) -> dict[int, int]:
    """Signs of the comments that have any.

    Args:
        batch: the folded comments.
        tokens: their tokens.
        comments: the comments themselves.
        own_words: folded words of the seller's own names.
    """
    found: dict[int, int] = defaultdict(int)
    if not len(tokens.start):
        return found

    def mark(rows: Index, sign: int) -> None:
        for row in np.unique(rows).tolist():
            found[row] |= sign

    count = len(comments)
    mark(_comment_of(batch, np.flatnonzero(batch.codes == ord("@"))), AT_SIGN)
    digits = np.bincount(_comment_of(batch, np.flatnonzero(batch.kinds == DIGIT)), minlength=count)
    mark(np.flatnonzero(digits >= _DIGITS_OF_A_PHONE), PHONE_DIGITS)
    streets = tokens.comment[_streets().find(tokens.hashes) >= 0]
    mark(np.intersect1d(np.flatnonzero(digits >= _DIGITS_OF_AN_ADDRESS), streets), ADDRESS_DIGITS)
    placed = tokens.comment[_places().find(tokens.hashes) >= 0]
    mark(np.intersect1d(np.flatnonzero(digits), placed), ADDRESS_DIGITS)
    dots = _dots_within_words(batch)
    after = np.minimum(np.searchsorted(tokens.start, dots + 1), len(tokens.start) - 1)
    mark(tokens.comment[after[_DOMAINS.find(tokens.hashes[after]) >= 0]], LINK)
    mark(tokens.comment[_HOSTS.find(tokens.hashes) >= 0], LINK)
    dotted = tokens.comment[_DOT_WORDS.find(tokens.hashes) >= 0]
    mark(dotted, LINK)
    at_words = tokens.comment[_AT_WORDS.find(tokens.hashes) >= 0]
    mark(
        np.intersect1d(at_words, np.concatenate((dotted, _comment_of(batch, dots)))),
        SPELLED_ADDRESS,
    )
    mark(tokens.comment[_names(batch, tokens, comments)], NAME)
    if own_words:
        own = HashIndex(hash_tokens(sorted(own_words)))
        mark(tokens.comment[own.find(tokens.hashes) >= 0], OWN_NAME)
    for row in np.unique(tokens.comment[tokens.is_ideograph]).tolist():
        if _has_han_cue(comments[row]):
            found[row] |= HAN_NAME
    return found


def _comment_of(batch: FoldedBatch, places: Index) -> Index:
    comment: Index = np.searchsorted(batch.offsets, batch.origin[places], side="right") - 1
    return comment


def _dots_within_words(batch: FoldedBatch) -> Index:
    dots = np.flatnonzero(batch.codes == ord("."))
    dots = dots[(dots > 0) & (dots + 1 < len(batch.kinds))]
    within: Index = dots[(batch.kinds[dots - 1] == LETTER) & (batch.kinds[dots + 1] == LETTER)]
    return within


def _names(batch: FoldedBatch, tokens: TokenBatch, comments: list[str]) -> Index:
    """Capitalised given names before another word; two capitalised words after a title or beside a lead-in."""
    original = np.frombuffer(
        ("\n".join(comments) + "\n").encode("utf-32-le", "surrogatepass"), np.uint32
    )
    first = original[batch.origin[tokens.start]]
    is_capital = (batch.codes[tokens.start] != first) & (batch.kinds[tokens.start] == LETTER)
    capital = np.flatnonzero(is_capital)
    capital = capital[capital + 1 < len(tokens.start)]
    follows = (tokens.comment[capital + 1] == tokens.comment[capital]) & (
        tokens.start[capital + 1] - tokens.end[capital] <= 2
    )
    pair = capital[follows]
    named = pair[is_capital[pair + 1] | (_PARTICLES.find(tokens.hashes[pair + 1]) >= 0)]
    given = named[_given().find(tokens.hashes[named]) >= 0]
    both = pair[is_capital[pair + 1] & (pair > 0)]
    titled = both[_titles().find(tokens.hashes[both - 1]) >= 0]
    asked = tokens.comment[_contacts().find(tokens.hashes) >= 0]
    led_in = named[np.isin(tokens.comment[named], asked)]
    return np.concatenate((given, titled, led_in))
