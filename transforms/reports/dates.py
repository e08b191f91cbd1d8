"""Which order of day, month and year a whole file uses, proved by its rows, and the dates read by it.

A report prints plain dates without zero padding, in an order that depends on neither its header nor its language. So
every printed date is tried in every format. A format is proved when it is the only one that fits all rows; when
several fit, the marketplace's is taken and marked as assumed; when none fits all, the file contradicts itself.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from schemas.marketplaces import DateFormat
from transforms.reports.reading import RefusedReportError

OLDEST: Final = date(1995, 1, 1)
"""Amazon opened in July 1995; an earlier date was misread."""

_PARTS: Final = re.compile(r"([0-9]{1,4})([/.-])([0-9]{1,2})\2([0-9]{1,4})")
_ORDERS: Final[Mapping[DateFormat, tuple[str, str]]] = {
    DateFormat.MDY: ("/", "mdy"),
    DateFormat.DMY: ("/", "dmy"),
    DateFormat.YEAR_FIRST: ("/", "ymd"),
    DateFormat.D_M_Y_DOTS: (".", "dmy"),
    DateFormat.ISO: ("-", "ymd"),
}
_HAS_LETTERS: Final = re.compile(r"[^\W\d_]")


def normalised(printed: str) -> str:
    """A printed date with ASCII digits and without surrounding white space."""
    return (
        printed
        if printed.isascii() and printed == printed.strip()
        else unicodedata.normalize("NFKC", printed).strip()
    )


@lru_cache(maxsize=1 << 14)
def readings(printed: str) -> Mapping[DateFormat, date]:
    """What a printed date would be in each format that it fits; years have two or four digits.

    Two-digit years from 95 on are those of the last century: Amazon is younger than 1995, and two digits do not
    reach further than 2094.
    """
    parts = _PARTS.fullmatch(normalised(printed))
    if parts is None:
        return MappingProxyType({})
    numbers = (parts[1], parts[3], parts[4])
    found = {
        date_format: _day(dict(zip(order, numbers, strict=True)))
        for date_format, (separator, order) in _ORDERS.items()
        if separator == parts[2]
    }
    return MappingProxyType({one: day for one, day in found.items() if day is not None})


def _day(texts: Mapping[str, str]) -> date | None:
    if len(texts["y"]) not in (2, 4) or len(texts["m"]) > 2 or len(texts["d"]) > 2:
        return None
    year = int(texts["y"])
    if len(texts["y"]) == 2:
        year += 1900 if year >= OLDEST.year % 100 else 2000
    try:
        return date(year, int(texts["m"]), int(texts["d"]))
    except ValueError:
        return None


@lru_cache(maxsize=1 << 14)
def _formats(printed: str) -> frozenset[DateFormat]:
    return frozenset(readings(printed))


def _separator(formats: frozenset[DateFormat]) -> str:
    """The one separator that all formats of a text share."""
    return _ORDERS[next(iter(formats))][0]


@lru_cache(maxsize=1 << 14)
def read_date(printed: str, date_format: DateFormat | None) -> date | str:
    """A printed date in the format of its file, or the reason code why it is none."""
    found = readings(printed)
    if date_format is None or date_format not in found:
        return why_no_date(printed)
    return found[date_format]


def why_no_date(printed: str) -> str:
    """The reason code of a text that fits no format."""
    if not printed.strip():
        return "missing_feedback_date"
    return "date_lang" if _HAS_LETTERS.search(printed) else "date_bad"


@dataclass(frozen=True, slots=True)
class DateProof:
    """The date format of a file."""

    date_format: DateFormat | None
    """None when no row has a date."""
    is_assumed: bool = False


def prove_date_format(printed: Counter[str], usual: DateFormat | None, *, as_of: date) -> DateProof:
    """Find the one format of a file.

    Rows whose date fits no format say nothing here; they are set aside later. So are rows written with another
    separator than most rows: they are damage, not a contradiction about the order of day and month.

    Args:
        printed: how often each printed date occurs in the date column.
        usual: the marketplace's format.
        as_of: the run's business date; of several formats one that puts rows in the future is not believed.

    Raises:
        RefusedReportError: `date_order` when rows contradict each other, `date_format_unknown` when several formats
            fit and the marketplace's is not among them.
    """
    # Most texts fit one of very few sets of formats, so the work is done on these sets.
    by_formats: Counter[frozenset[DateFormat]] = Counter()
    for text, count in printed.items():
        by_formats[_formats(text)] += count
    by_formats.pop(frozenset(), None)
    weights: Counter[str] = Counter()
    for formats, count in by_formats.items():
        weights[_separator(formats)] += count
    if not weights:
        return DateProof(None)
    usual_separator = max(weights, key=lambda separator: (weights[separator], separator))
    main = [formats for formats in by_formats if _separator(formats) == usual_separator]
    fitting = set(_ORDERS).intersection(*main)
    if not fitting:
        raise RefusedReportError("date_order")
    if len(fitting) == 1:
        return DateProof(fitting.pop())
    latest = as_of + timedelta(days=1)
    dates = [readings(text) for text in printed if _formats(text) in main]
    believable = {
        date_format
        for date_format in fitting
        if all(OLDEST <= found[date_format] <= latest for found in dates)
    } or fitting
    if len(believable) == 1:
        return DateProof(believable.pop())
    if usual is None or usual not in believable:
        raise RefusedReportError("date_format_unknown")
    return DateProof(usual, is_assumed=True)
