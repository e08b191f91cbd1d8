"""Which column of a feedback report is which: by the spelling of its header, else by position proved by content.

Amazon prints the columns in the same order in every language (10 columns until about 2018, 9 seen in between, 6 since
2020), and the header's language depends on an account setting, not on the marketplace. So a header in a language that
nobody has listed is still read when the rows prove where date, rating and order id stand.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from transforms.reports.cell_values import is_order_id, read_rating
from transforms.reports.dates import readings
from transforms.reports.headers import FEEDBACK_COLUMNS, HeaderAliases, folded
from transforms.reports.reading import RefusedReportError

REQUIRED: Final = ("feedback_date", "rating", "comment", "order_id")

WIDE: Final = FEEDBACK_COLUMNS
"""10 columns, and 9 without the last one."""

NARROW: Final = ("feedback_date", "rating", "comment", "response", "order_id", "rater_email")
"""6 columns."""

_PROOF: Final = 0.9
"""Share of sampled rows that must fit; the rest may be damaged."""


@dataclass(frozen=True, slots=True)
class FeedbackColumns:
    """Where each canonical column stands in a file."""

    places: Mapping[str, int]
    unknown: tuple[int, ...]
    """Columns that mean nothing to us; they stay in the raw file and are not read."""
    is_by_position: bool
    """Some column was found by its position, proved by content."""


def find_columns(
    header: tuple[str, ...], sample: Callable[[], list[list[str]]], aliases: HeaderAliases
) -> FeedbackColumns:
    """Find the columns of a feedback report.

    Args:
        header: cells of the header line as printed.
        sample: gives the cells of some regular rows, none for a report without rows; asked when the header alone
            does not tell.
        aliases: known spellings.

    Raises:
        RefusedReportError: `dup_col`, `no_header`, `missing_col` or `header_lang`, naming the columns.
    """
    meanings = [aliases.meaning("feedback", printed) for printed in header]
    known = {column: place for place, column in enumerate(meanings) if column is not None}
    names = [meaning or folded(printed) for printed, meaning in zip(header, meanings, strict=True)]
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise RefusedReportError("dup_col", ", ".join(map(_printable, twice)))
    if not known and _is_row(list(header)):
        raise RefusedReportError("no_header")
    if all(column in known for column in REQUIRED):
        return _columns(known, len(header), is_by_position=False)
    by_position = _proved(sample(), len(header))
    if by_position is not None and all(
        by_position.get(column) == place for column, place in known.items()
    ):
        return _columns(by_position, len(header), is_by_position=True)
    raise _unreadable(header, meanings)


def _columns(places: Mapping[str, int], count: int, *, is_by_position: bool) -> FeedbackColumns:
    unknown = tuple(place for place in range(count) if place not in places.values())
    return FeedbackColumns(places, unknown, is_by_position)


def _is_row(cells: list[str]) -> bool:
    """A line that is data: a date first, then a rating, and an order id somewhere."""
    return (
        len(cells) > 2
        and bool(readings(cells[0]))
        and isinstance(read_rating(cells[1]), int)
        and any(map(is_order_id, cells[2:]))
    )


def _proved(sample: list[list[str]], count: int) -> dict[str, int] | None:
    """The generation that the rows prove, or None."""
    for generation in (NARROW, WIDE):
        fewest = len(generation) - (generation is WIDE)  # the 9-column form lacks the last column
        if count >= fewest and _fits(sample, generation.index("order_id")):
            return {column: place for place, column in enumerate(generation) if place < count}
    return None


def _fits(sample: list[list[str]], order_id_place: int) -> bool:
    if not sample:
        return False
    fitting = sum(
        bool(readings(cells[0]))
        and read_rating(cells[1]) in (1, 2, 3, 4, 5)
        and is_order_id(cells[order_id_place])
        for cells in sample
    )
    return fitting >= _PROOF * len(sample)


def _unreadable(header: tuple[str, ...], meanings: list[str | None]) -> RefusedReportError:
    known = [meaning for meaning in meanings if meaning is not None]
    missing = ", ".join(column for column in REQUIRED if column not in known)
    strange = [
        _printable(printed)
        for printed, meaning in zip(header, meanings, strict=True)
        if meaning is None
    ]
    if known and len(strange) < len(REQUIRED) - len(set(known) & set(REQUIRED)):
        return RefusedReportError("missing_col", missing)
    named = ", ".join(strange[:12])
    return RefusedReportError("header_lang", f"{missing} not found among {named}")


def _printable(printed: str) -> str:
    """A header cell for a message; what may be a buyer's words instead of a header is not repeated."""
    text = " ".join(printed.split())
    is_header = len(text) <= 40 and len(text.split()) <= 5 and not re.search(r"[0-9@]", text)
    return repr(text) if is_header else "(a cell that is no header)"
