"""Dates as people and spreadsheet programs write them, read only where they can be read in one way."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

_TIME: Final = r"(?:[T ]+0{1,2}:00(?::00)?(?:\.0+)?)?"  # a date that a program made a midnight of
_YEAR_FIRST: Final = re.compile(
    rf"([0-9]{{4}})\s*[-/.]\s*([0-9]{{1,2}})\s*[-/.]\s*([0-9]{{1,2}})\.?{_TIME}"
)
_YEAR_LAST: Final = re.compile(
    rf"([0-9]{{1,2}})\s*([-/.])\s*([0-9]{{1,2}})\s*[-/.]\s*([0-9]{{4}}){_TIME}"
)


class UnreadableDateError(ValueError):
    """A text is no date, or a date that can be read in two ways; the message says what to write instead."""


def read_date(text: str) -> date:
    """Read 2026-11-20, 2026/11/20, 20.11.2026 (dots: day first), and 11/20/2026 or 20/11/2026 where only one order fits.

    Raises:
        UnreadableDateError: no date, a day that does not exist, two possible readings, or a year of two digits.
    """
    stripped = text.strip()
    found = set(_readings(stripped))
    if len(found) == 1:
        return found.pop()
    if found:
        earlier, later = sorted(found)
        raise UnreadableDateError(
            f"{stripped!r} may be {earlier.isoformat()} or {later.isoformat()}; write it as one of these"
        )
    raise UnreadableDateError(f"{stripped[:40]!r} is no date; write it like 2026-11-20")


def _readings(text: str) -> Iterator[date]:
    if parts := _YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, parts.groups())
        yield from _real(year, month, day)
    elif parts := _YEAR_LAST.fullmatch(text):
        first, separator, second, year_digits = parts.groups()
        yield from _real(int(year_digits), int(second), int(first))
        if separator != ".":
            yield from _real(int(year_digits), int(first), int(second))


def _real(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return
