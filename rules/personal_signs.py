"""Which comments of a batch carry a sign of personal data or a link, found for the whole batch at once."""

import re
from collections import defaultdict
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

from rules.folding import DIGIT, LETTER, FoldedBatch
from rules.hash_index import HashIndex
from rules.personal_cues import (
    LONGEST_INTRODUCTION,
    contact_words,
    cues,
    given_names,
    titles,
)
from rules.text_guard import TextGuard
from rules.tokens import TokenBatch, hash_tokens

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


AT_SIGN, SPELLED_ADDRESS, PHONE_DIGITS, ADDRESS_DIGITS, NAME, HAN_NAME, LINK, OWN_NAME = (
    1 << n for n in range(8)
)
"""What makes a comment worth a closer look; signs are added up."""
IDEOGRAPHS: Final = 1 << 8
"""No sign of its own, but it tells where Chinese and Japanese names are worth looking for."""

_DIGITS_OF_A_PHONE: Final = 7
_DIGITS_OF_AN_ADDRESS: Final = 4
_AT_WORDS: Final = "at a arobase arroba aroba chiocciola apenstaartje snabel malpa"
_DOT_WORDS: Final = "dot punkt point punto ponto punt kropka nokta"
_DOMAINS: Final = "com net org shop store co de fr es it nl se pl jp cn br mx uk eu info biz io me xyz online example"
_HOSTS: Final = "www http https"
_PARTICLES: Final = "de la del van von der den da dos di el al te ter y du le"
_AT, _DOT, _DOMAIN, _HOST, _PARTICLE, _GIVEN, _STREET, _PLACE, _TITLE, _CONTACT = (
    1 << n for n in range(10)
)
"""What a word may be a sign of; a word may be several."""
_ODD_FOR_NAMES: Final = re.compile("['´_\u00ad\u0250-\U0010ffff-]")
"""Beside these, words of the batch and words as names are looked for may be parted differently."""
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
def _sign_words() -> HashIndex:
    """What each word may be a sign of."""
    known = cues().words
    meanings: dict[str, int] = defaultdict(int)
    for words, meaning in (
        (_AT_WORDS.split(), _AT),
        (_DOT_WORDS.split(), _DOT),
        (_DOMAINS.split(), _DOMAIN),
        (_HOSTS.split(), _HOST),
        (_PARTICLES.split(), _PARTICLE),
        (given_names(), _GIVEN),
        (known["street_cue"], _STREET),
        (known["place_cue"] | known["address_word"], _PLACE),
        (titles(), _TITLE),
        (contact_words(), _CONTACT),
    ):
        for word in words:
            meanings[word] |= meaning
    return HashIndex(hash_tokens([*meanings]), np.fromiter(meanings.values(), np.int64))


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
    if not len(tokens.start):
        return {}
    count = len(comments)
    signs = np.zeros(count, np.int64)
    words = tokens.hashes.take(tokens.token_of_word)
    # a strange word is -1, which would be a sign of everything
    meaning = np.maximum(_sign_words().find(words), 0).take(tokens.word)
    telling = np.flatnonzero(meaning)
    meanings = np.zeros(count, np.int64)
    np.bitwise_or.at(meanings, tokens.comment.take(telling), meaning.take(telling))

    def said(what: int) -> Flags:
        is_said: Flags = meanings & what > 0
        return is_said

    signs[_comment_of(batch, np.flatnonzero(batch.codes == ord("@")))] |= AT_SIGN
    digits = np.bincount(_comment_of(batch, np.flatnonzero(batch.kinds == DIGIT)), minlength=count)
    signs[digits >= _DIGITS_OF_A_PHONE] |= PHONE_DIGITS
    signs[(digits >= _DIGITS_OF_AN_ADDRESS) & said(_STREET)] |= ADDRESS_DIGITS
    signs[(digits > 0) & said(_PLACE)] |= ADDRESS_DIGITS
    dots = _dots_within_words(batch)
    after = np.minimum(np.searchsorted(tokens.start, dots + 1), len(tokens.start) - 1)
    signs[tokens.comment[after[meaning[after] & _DOMAIN > 0]]] |= LINK
    signs[said(_HOST | _DOT)] |= LINK
    is_dotted = said(_DOT)
    is_dotted[_comment_of(batch, dots)] = True
    signs[said(_AT) & is_dotted] |= SPELLED_ADDRESS
    named, introduced = _names(batch, tokens, meaning)
    signs[tokens.comment[named]] |= NAME
    is_asked = np.zeros(count, np.bool_)
    is_asked[tokens.comment[introduced]] = True
    is_asked &= said(_CONTACT) & (signs & NAME == 0)
    is_open = said(_GIVEN | _TITLE)
    for row in np.flatnonzero(is_asked).tolist():
        if is_open[row] or _ODD_FOR_NAMES.search(comments[row]):
            signs[row] |= NAME
    if own_words:
        own = HashIndex(hash_tokens(sorted(own_words)))
        signs[tokens.comment[(own.find(words) >= 0).take(tokens.word)]] |= OWN_NAME
    has_ideographs = np.zeros(count, np.bool_)
    has_ideographs[tokens.comment.compress(tokens.is_ideograph)] = True
    for row in np.flatnonzero(has_ideographs).tolist():
        if _has_han_cue(comments[row]):
            signs[row] |= HAN_NAME
    signs[has_ideographs & (signs > 0)] |= IDEOGRAPHS
    rows = np.flatnonzero(signs)
    return dict(zip(rows.tolist(), signs[rows].tolist(), strict=True))


def _comment_of(batch: FoldedBatch, places: Index) -> Index:
    comment: Index = np.searchsorted(batch.begins, places, side="right") - 1
    return comment


def _dots_within_words(batch: FoldedBatch) -> Index:
    dots = np.flatnonzero(batch.codes == ord("."))
    dots = dots[(dots > 0) & (dots + 1 < len(batch.kinds))]
    within: Index = dots[(batch.kinds[dots - 1] == LETTER) & (batch.kinds[dots + 1] == LETTER)]
    return within


def _names(batch: FoldedBatch, tokens: TokenBatch, meaning: Index) -> tuple[Index, Index]:
    """Tokens at which names begin, and those at which names may begin if something introduces them.

    The first are capitalised given names before another word, and two capitalised words after a title or a lead-in.
    """
    first = batch.original.take(batch.origin.take(tokens.start))
    is_capital = tokens.initial != first
    is_capital &= batch.kinds.take(tokens.start) == LETTER
    capital = np.flatnonzero(is_capital)
    capital = capital[capital + 1 < len(tokens.start)]
    follows = (tokens.comment[capital + 1] == tokens.comment[capital]) & (
        tokens.start[capital + 1] - tokens.end[capital] <= 2
    )
    pair = capital[follows]
    named = pair[is_capital[pair + 1] | (meaning[pair + 1] & _PARTICLE > 0)]
    given = named[meaning[named] & _GIVEN > 0]
    both = pair[is_capital[pair + 1] & (pair > 0)]
    titled = both[meaning[both - 1] & _TITLE > 0]
    contacts = np.concatenate((np.zeros(1, np.int64), np.cumsum(meaning & _CONTACT > 0)))
    before = tokens.comment_first.take(tokens.comment.take(named))
    before = np.maximum(named - LONGEST_INTRODUCTION, before)
    introduced = named[contacts.take(named) > contacts.take(before)]
    return np.concatenate((given, titled, introduced)), named
