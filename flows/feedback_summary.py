"""HOME/feedback-summary.csv: how much feedback of each kind Amazon counts, which no report lists.

Feedback Manager shows the counts of the last 30, 90 and 365 days (Seller Central help 761); a person copies them into the
file. A line that cannot be understood is left out and told with its number; the others count.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from schemas.marketplaces import marketplaces
from transforms.figures.rating_shares import PERIODS_DAYS

FILE_NAME: Final = "feedback-summary.csv"

MOST_DAYS_OLD: Final = 7
"""Counts that are older say little about today, so the shares are partial again."""

MOST_BYTES: Final = 10_000_000

_COUNTS: Final = ("positive_count", "neutral_count", "negative_count")
COLUMNS: Final = ("account", "marketplace", "as_of_date", "period_days", *_COUNTS)
_LONGEST_COUNT: Final = 9
"""Digits."""


@dataclass(frozen=True, slots=True)
class FeedbackSummary:
    """What the file says."""

    positives: Mapping[tuple[str, str, int], Mapping[date, int]]
    """Number of positive feedback by account, marketplace and period, then by the day it was looked up."""
    problems: tuple[str, ...]
    """One sentence for each line that was left out, or for the file."""

    def positives_on(self, day: date) -> dict[tuple[str, str, int], int]:
        """The newest numbers that were known on a day, unless they are too old to say anything about it."""
        known = {}
        for key, numbers in self.positives.items():
            then = [looked for looked in numbers if 0 <= (day - looked).days <= MOST_DAYS_OLD]
            if then:
                known[key] = numbers[max(then)]
        return known

    def outdated_on(self, day: date) -> list[str]:
        """A sentence for each account and marketplace with numbers of which some are too old on a day."""
        known = self.positives_on(day)
        places = {
            key[:2]
            for key, numbers in self.positives.items()
            if key not in known and any(looked <= day for looked in numbers)
        }
        return [
            f"{FILE_NAME}: the numbers of {account} / {marketplace} are older than {MOST_DAYS_OLD} days, so the "
            "shares are partial; add today's from Feedback Manager"
            for account, marketplace in sorted(places)
        ]


def read_feedback_summary(path: Path) -> FeedbackSummary:
    """Read the file; a file that is not there says nothing, and one that cannot be read is a problem, never an error."""
    if not path.exists():
        return FeedbackSummary({}, ())
    try:
        if path.stat().st_size > MOST_BYTES:
            return _refused(path, f"larger than {MOST_BYTES // 1_000_000} MB")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        return _refused(path, error.strerror or "cannot be read")
    except UnicodeDecodeError:
        return _refused(path, "not UTF-8; save it as “CSV UTF-8”")
    return _parse(path, text)


def _refused(path: Path, why: str) -> FeedbackSummary:
    return FeedbackSummary({}, (f"{path}: {why}; the shares are partial",))


def _parse(path: Path, text: str) -> FeedbackSummary:
    positives: dict[tuple[str, str, int], dict[date, int]] = {}
    problems: list[str] = []
    lines = _lines(text)
    try:
        _, header = next(lines, (1, []))
        if sorted(header) != sorted(COLUMNS):
            return _refused(path, f"line 1 must name the columns {', '.join(COLUMNS)}")
        for number, cells in lines:
            try:
                key, looked, count = _read_row(header, cells)
            except ValueError as wrong:
                problems.append(f"{path}:{number}: {wrong}; the line is left out")
                continue
            if looked in positives.setdefault(key, {}):
                problems.append(
                    f"{path}:{number}: an earlier line already tells this period; the line is left out"
                )
                continue
            positives[key][looked] = count
    except csv.Error as error:
        problems.append(f"{path}: no CSV from some line on ({error}); the rest is left out")
    return FeedbackSummary(positives, tuple(problems))


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Number of the line on which a row ends, and its cells; empty lines are none."""
    rows = csv.reader(text.splitlines(keepends=True))
    for cells in rows:
        if any(cell.strip() for cell in cells):
            yield rows.line_num, [cell.strip() for cell in cells]


def _read_row(header: list[str], cells: list[str]) -> tuple[tuple[str, str, int], date, int]:
    if len(cells) != len(header):
        raise ValueError(f"{len(cells)} values where {len(header)} are expected")
    row = dict(zip(header, cells, strict=True))
    if not row["account"]:
        raise ValueError("account is empty; write the name of its inbox folder")
    if row["marketplace"] not in marketplaces():
        raise ValueError(
            f"no marketplace {row['marketplace'][:20]!r}; write it as its inbox folder"
        )
    try:
        looked = date.fromisoformat(row["as_of_date"])
    except ValueError:
        raise ValueError(
            f"as_of_date {row['as_of_date'][:20]!r} is no date; write it as 2026-11-25"
        ) from None
    period = _whole_number("period_days", row["period_days"])
    if period not in PERIODS_DAYS:
        raise ValueError(f"period_days is {period}; Feedback Manager counts 30, 90 or 365")
    positive, _, _ = (_whole_number(name, row[name]) for name in _COUNTS)
    return (row["account"], row["marketplace"], period), looked, positive


def _whole_number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT):
        raise ValueError(f"{name} {text[:20]!r} is no whole number; write it without separators")
    return int(text)
