"""Printed ratings, order ids and dates as typed columns; what cannot be read keeps its reason code."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.identifiers import ORDER_ID_PATTERN
from schemas.marketplaces import DateFormat
from transforms.reports.dates import read_date

Column: TypeAlias = Any
"""A `pyarrow.Array`; the published stubs of its functions refuse much that the library takes."""

Numbers = NDArray[np.int64]

_INTEGRAL: Final = re.compile(r"([+-]?[0-9]{1,3})(?:[.,]0*)?")
_HYPHENS: Final = dict.fromkeys(
    map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d\u00ad"), "-"
)
_AROUND_ORDER_ID: Final = " \t\"'\u2018\u2019\u201c\u201d\u200b\ufeff\u200e\u200f\u202a\u202c`"
_ORDER_ID_LENGTH: Final = 19
_DIGIT_PLACES: Final = [0, 1, 2, *range(4, 11), *range(12, 19)]
_HYPHEN_PLACES: Final = [3, 11]
_HYPHEN: Final = np.uint8((ord("-") - ord("0")) % 256)
_ORDER_ID: Final = re.compile(ORDER_ID_PATTERN)


class Typed(NamedTuple):
    """A column after typing: null where the text could not be read, and then why."""

    values: Column
    reasons: Column
    """Reason code where `values` is null; null elsewhere. None when every text could be read."""


def read_rating(printed: str) -> int | str:
    """A printed rating as a whole number, or the reason code why it is none.

    Only exact forms are read: `1`, ` 1 `, `1.0`, digits of other scripts. What a number of stars may be is a rule of
    the column, not of the reader; beyond int8 it is clipped, so that the rule still says `rating_range`.
    """
    text = unicodedata.normalize("NFKC", printed).strip()
    if not text:
        return "missing_rating"
    if not text.isascii():
        text = "".join(str(unicodedata.digit(character, character)) for character in text)
    found = _INTEGRAL.fullmatch(text)
    return "rating_form" if found is None else max(-128, min(127, int(found[1])))


def typed_ratings(printed: Column) -> Typed:
    """Ratings as int8."""
    return _typed_by_distinct_text(printed, read_rating, pa.int8())


def typed_dates(printed: Column, date_format: DateFormat | None) -> Typed:
    """Dates as date32, all read in the one format of the file.

    Args:
        printed: texts, or a `pyarrow.DictionaryArray` of them.
        date_format: None when no row of the file has a date.
    """
    return _typed_by_distinct_text(printed, lambda text: read_date(text, date_format), pa.date32())


def _typed_by_distinct_text(
    printed: Column, read: Callable[[str], date | int | str], of: pa.DataType
) -> Typed:
    encoded: Column = pc.dictionary_encode(printed)
    answers = [read(text) for text in encoded.dictionary.to_pylist()]
    why = [answer if isinstance(answer, str) else None for answer in answers]
    if not any(why):
        values: Column = pa.array(answers, of)
        return Typed(values.take(encoded.indices), None)
    values = pa.array([None if isinstance(answer, str) else answer for answer in answers], of)
    reasons: Column = pa.array(why, pa.string())
    return Typed(values.take(encoded.indices), reasons.take(encoded.indices))


def clean_order_id(printed: str) -> str:
    """An order id without what spreadsheets and web pages put around it; nothing inside is guessed."""
    text = unicodedata.normalize("NFKC", printed.translate(_HYPHENS)).translate(_HYPHENS)
    return text.strip().strip(_AROUND_ORDER_ID).strip()


def is_order_id(printed: str) -> bool:
    """The text is an order id once it is cleaned."""
    return _ORDER_ID.fullmatch(clean_order_id(printed)) is not None


def clean_order_ids(printed: Column) -> Column:
    """Order ids, cleaned where they are not already nineteen bytes long."""
    lengths: Column = pc.binary_length(printed)
    odd = np.flatnonzero(lengths.to_numpy(zero_copy_only=False) != _ORDER_ID_LENGTH)
    if not len(odd):
        return printed
    cleaned = [clean_order_id(text) for text in printed.take(pa.array(odd)).to_pylist()]
    mask = np.zeros(len(printed), bool)
    mask[odd] = True
    return pc.replace_with_mask(printed, pa.array(mask), pa.array(cleaned, pa.string()))


def packed_order_ids(order_ids: Column) -> Numbers:
    """Each order id as one whole number, -1 for a text that is no order id.

    Two ids have the same number only when they are the same text.
    """
    if not order_ids.null_count and (numbers := _packed_digits(order_ids)) is not None:
        return numbers
    packed = np.full(len(order_ids), -1, np.int64)
    is_valid: Column = pc.match_substring_regex(order_ids, ORDER_ID_PATTERN)
    places = np.flatnonzero(is_valid.to_numpy(zero_copy_only=False))
    valid: Column = order_ids if len(places) == len(order_ids) else order_ids.take(pa.array(places))
    if not len(places):
        return packed
    # A letter gives 17 to 42: still one decimal place above the next two.
    packed[places] = _packed(_characters(valid))
    return packed


def _packed_digits(order_ids: Column) -> Numbers | None:
    """The numbers of order ids of nothing but digits, None when any is written otherwise."""
    lengths: Column = pc.binary_length(order_ids)
    if not len(order_ids) or (lengths.to_numpy() != _ORDER_ID_LENGTH).any():
        return None
    characters = _characters(order_ids)
    has_digits = (characters[_DIGIT_PLACES] <= 9).all()
    has_hyphens = (characters[_HYPHEN_PLACES] == _HYPHEN).all()
    return _packed(characters) if has_digits and has_hyphens else None


def _characters(order_ids: Column) -> NDArray[np.uint8]:
    """Characters of order ids of nineteen bytes, counted from "0": one row a place, one column an order id."""
    _, offsets_buffer, data_buffer = order_ids.buffers()
    start = int(np.frombuffer(offsets_buffer, np.int32)[order_ids.offset])
    size = len(order_ids) * _ORDER_ID_LENGTH
    data = np.frombuffer(data_buffer, np.uint8)[start : start + size]
    # Place by place, so that every later step works on numbers that lie side by side.
    return np.ascontiguousarray(data.reshape(-1, _ORDER_ID_LENGTH).T) - np.uint8(ord("0"))


def _packed(characters: NDArray[np.uint8]) -> Numbers:
    numbers = np.zeros(characters.shape[1], np.int64)
    for place in _DIGIT_PLACES:
        numbers *= 10
        numbers += characters[place]
    return numbers
