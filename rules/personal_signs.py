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
    naming_words,
    titles,
    words_at_a_name,
)
from rules.personal_spelled_phones import DIGIT_WORDS, FEWEST
from rules.text_guard import TextGuard
from rules.tokens import TokenBatch, hash_tokens

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


(
    AT_SIGN, SPELLED_ADDRESS, PHONE_DIGITS, ADDRESS_DIGITS, NAME, HAN_NAME, LINK, OWN_NAME, SPELLED_PHONE,
) = (1 << n for n in range(9))  # fmt: skip
"""What makes a comment worth a closer look; signs are added up."""
IDEOGRAPHS: Final = 1 << 9
"""No sign of its own, but it tells where Chinese and Japanese names are worth looking for."""

_DIGITS_OF_A_PHONE: Final = 7
_DIGITS_OF_AN_ADDRESS: Final = 5
"""House number and postcode, where no kind of street is named."""
_AT_WORDS: Final = "at a arobase arroba aroba chiocciola apenstaartje apenstaart snabel malpa malpka klammeraffe kringel kringela"
_DOT_WORDS: Final = "dot punkt point punto ponto punt kropka nokta"
_DOMAINS: Final = "com net org shop store co de fr es it nl se pl jp cn br mx uk eu info biz io me xyz online example"
_HOSTS: Final = "www http https"
_PARTICLES: Final = "de la del van von der den da das do dos di el al te ten ter tot y du le lo zu af ap bin binti ibn della o"
(
    _AT,
    _DOT,
    _DOMAIN,
    _HOST,
    _PARTICLE,
    _GIVEN,
    _STREET,
    _PLACE,
    _TITLE,
    _CONTACT,
    _LEAD,
    _NAMING,
    _DIGIT_WORD,
    _SOMEBODY,
    _ADDRESS,
) = (1 << n for n in range(15))
"""What a word may be a sign of; a word may be several."""
_LONGEST_APPOSITION: Final = 8
"""Words between a name and what tells about it."""
_LONGEST_STREET: Final = 8
"""Words of an address between the kind of street and the number."""
_ENDINGS: Final = (
    "sse", "str", "weg", "lee", "atz", "amm", "fer", "ing", "eig", "fad", "ile", "aat", "aan", "ein", "cht", "ade", "ijk",
    "gel", "pad", "eeg", "eef", "tan", "gen", "and", "get", "ken", "ata", "vag", "len",
)  # fmt: skip
"""How the names of streets end that are written as one word: Gerberstraße, Molenstraat, Storgatan."""
_OPENING: Final = np.array([ord(c) for c in ",(:"], np.uint32)
_ENDING_CODES: Final = np.array(
    [ord(a) << 14 | ord(b) << 7 | ord(c) for a, b, c in map(tuple, _ENDINGS)], np.uint32
)
_HAN_CUES: Final = (
    "店長|店主|社長|責任者|担当|代表|オーナー|出品者|老板|老闆|经理|客服|负责人|店长|叫|名字是|店员|主管|联系人|收件人|卖家|"
    "寄给|退给|打给|联系|就是|自称|自稱|负责售|负责退|负责处理|快递员|快遞員|送货员|售后|售後|司机|宛名|宛先|师傅|師傅|署名|落款|寄件人|发货人|發貨人|收货人|收貨人|真名|姓名|法人|經理|賣家|負責人|売主|販売|運営者|差出人|送り主|送り状|発送元|発送者|名前|氏名|名義|フルネーム|本名|配送員|配達員|ドライバー|運転手|営業部|営業の|営業担|スタッフ|受付|サポート|カスタマー|社員|従業員|オペレーター|隣|と申し|って人|って男|って女|っていう人|っていう男|っていう女|写着“|写着「|写的是|写“|写「|寫著|寫的是|寫「|寫“|,叫|，叫|さん|様|氏|という|と名乗|と書|先生|女士|小姐|微信|微號|威信|薇信|vx|VX|WeChat|wechat|LINE|ライン|wx|WX|扣扣|QQ|一三|一五|一七|一八|零二|零五|零七|〇一|〇二|〇三|〇四|〇五|〇六|〇七|〇八|〇九|幺|アット|艾特|圈a|ドット|丁目|番地"
)
_HAN_PLACE: Final = re.compile(
    r"[路街巷道弄村段][0-9一二三四五六七八九十百零〇两-]{1,9}[号號弄巷段]|[都道府県市区郡县縣镇鎮乡鄉][^\n、。]{0,28}(?:[0-9０-９]|丁目|番)"
)


_HAN_GUARD: Final = TextGuard(
    (_HAN_CUES.split("|"), tuple("路街巷道弄村段都府県市区郡县縣镇鎮乡鄉"))
)
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
        (known["place_cue"], _PLACE),
        (known["address_word"], _ADDRESS),
        (titles(), _TITLE),
        (contact_words(), _CONTACT),
        (words_at_a_name(), _LEAD),
        (naming_words(), _NAMING),
        (DIGIT_WORDS.split(), _DIGIT_WORD),
        (known["somebody"], _SOMEBODY),
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
    signs[tokens.comment[_beside_numbers(tokens, np.flatnonzero(meaning & _STREET > 0))]] |= (
        ADDRESS_DIGITS
    )
    signs[_after_streets(batch, tokens)] |= ADDRESS_DIGITS
    signs[(digits >= _DIGITS_OF_AN_ADDRESS) & said(_PLACE)] |= ADDRESS_DIGITS
    signs[(digits > 0) & said(_ADDRESS)] |= ADDRESS_DIGITS
    dots = _dots_within_words(batch)
    after = np.minimum(np.searchsorted(tokens.start, dots + 1), len(tokens.start) - 1)
    signs[tokens.comment[after[meaning[after] & _DOMAIN > 0]]] |= LINK
    signs[said(_HOST | _DOT)] |= LINK
    is_dotted = said(_DOT)
    is_dotted[_comment_of(batch, dots)] = True
    signs[said(_AT) & is_dotted] |= SPELLED_ADDRESS
    signs[tokens.comment[_names(batch, tokens, meaning)]] |= NAME
    spelled = tokens.comment[meaning & _DIGIT_WORD > 0]
    signs[np.bincount(spelled, minlength=count) >= FEWEST] |= SPELLED_PHONE
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


def _beside_numbers(tokens: TokenBatch, street: Index) -> Index:
    """Those of the street words that stand a few words before or after a number."""
    comment = tokens.comment.take(street)
    low = np.maximum(street - _LONGEST_STREET, tokens.comment_first.take(comment))
    high = np.minimum(street + _LONGEST_STREET, tokens.comment_first.take(comment + 1))
    sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(tokens.is_number, dtype=np.int64)))
    near: Index = street[sums.take(high) > sums.take(low)]
    return near


def _after_streets(batch: FoldedBatch, tokens: TokenBatch) -> Index:
    """Comments in which a number stands after a word that ends like a street: "Amselweg 4"."""
    number = np.flatnonzero(tokens.is_number)
    number = number[number > 0]
    before = number - 1
    is_word = (tokens.comment[before] == tokens.comment[number]) & (
        tokens.end[before] - tokens.start[before] > len(_ENDINGS[0])
    )
    number, end = number[is_word], tokens.end[before[is_word]]
    ending = batch.codes[end - 3] << 14 | batch.codes[end - 2] << 7 | batch.codes[end - 1]
    comment: Index = tokens.comment[number[np.isin(ending, _ENDING_CODES)]]
    return comment


def _comment_of(batch: FoldedBatch, places: Index) -> Index:
    comment: Index = np.searchsorted(batch.begins, places, side="right") - 1
    return comment


def _dots_within_words(batch: FoldedBatch) -> Index:
    dots = np.flatnonzero(batch.codes == ord("."))
    dots = dots[(dots > 0) & (dots + 1 < len(batch.kinds))]
    within: Index = dots[(batch.kinds[dots - 1] == LETTER) & (batch.kinds[dots + 1] == LETTER)]
    return within


def _names(batch: FoldedBatch, tokens: TokenBatch, meaning: Index) -> Index:
    """Tokens at which names begin.

    Capitalised given names before another word, and two capitalised words that something beside them may make a name.
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
    comment = tokens.comment.take(named)
    begin = tokens.comment_first.take(comment)
    end = tokens.comment_first.take(comment + 1)

    def said_beside(what: int, before: int, after: int) -> Flags:
        """Whether a word that means this stands so many words before or after a name's first."""
        sums = np.concatenate((np.zeros(1, np.int64), np.cumsum(meaning & what > 0)))
        low, high = np.maximum(named - before, begin), np.minimum(named + after, end)
        is_said: Flags = sums.take(high) > sums.take(low)
        return is_said

    last, last_but_one = np.maximum(named - 1, begin), np.maximum(named - 2, begin)
    opening = batch.origin.take(tokens.start.take(named))
    is_open = np.isin(
        [batch.original.take(np.maximum(opening - n, 0)) for n in (1, 2, 3)], _OPENING
    ).any(axis=0)
    before = meaning.take(last)
    is_told = before & _TITLE > 0
    is_told |= is_open & (meaning.take(last_but_one) & _TITLE > 0)
    is_told |= (before & _LEAD > 0) & said_beside(_CONTACT, LONGEST_INTRODUCTION, 0)
    is_told |= is_open & said_beside(_SOMEBODY, _LONGEST_APPOSITION, 0)
    is_told |= said_beside(_NAMING, _LONGEST_APPOSITION, _LONGEST_APPOSITION)
    return np.concatenate((given, named[is_told]))
