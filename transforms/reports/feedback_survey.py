"""What only the whole of a feedback report can tell: columns, date format, order ids that occur twice."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.marketplaces import DateFormat, marketplaces
from schemas.tables import FEEDBACK
from transforms.reports.broken_lines import BrokenLines
from transforms.reports.dates import DateProof, prove_date_format, read_date
from transforms.reports.feedback_columns import FeedbackColumns, find_columns
from transforms.reports.feedback_rows import ALL, KEYS, FeedbackRows, feedback_rows
from transforms.reports.reading import ReadingContext, RefusedReportError
from transforms.reports.report_text import ReportText
from transforms.reports.tabulating import CellBlock
from transforms.reports.working_ahead import Pieces, made_ahead
from transforms.row_masks import RowRules

_FEWEST_EMAILS: Final = 3
_SURE_ROWS: Final = 1000
_SAMPLED_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class FeedbackSurvey:
    """What only the whole file can tell."""

    columns: FeedbackColumns
    dates: DateProof
    report_date: date | None
    covers_from_date: date | None
    contested: NDArray[np.int64]
    """Packed order ids that occur more than once, sorted."""
    rows: tuple[FeedbackRows, ...] | None
    """All rows of a small file, so that they are cut out only once; None for a large one."""


def survey_feedback(text: ReportText) -> FeedbackSurvey:
    """Look at a whole report before any row of it is accepted.

    Raises:
        RefusedReportError: the columns cannot be told, the dates contradict each other, no row has the header's
            number of cells, or the report is one of another marketplace.
    """
    first = _first_rows(text)
    columns = find_columns(text.header, lambda: _cells(first), text.context.headers)
    _check_marketplace(first, columns, text.context.marketplace.code)
    printed_dates: Counter[str] = Counter()
    keys: list[NDArray[np.int64]] = []
    kept: list[FeedbackRows] = []
    looks = _looks(text, columns)
    for look in looks if text.is_small else made_ahead(looks):
        keys.append(look.rows.packed_order_ids)
        printed_dates.update(look.printed_dates)
        if text.is_small:
            kept.append(look.rows)
    dates = prove_date_format(
        printed_dates, text.context.marketplace.date_format, as_of=text.context.as_of
    )
    days = _plausible_days(printed_dates, dates.date_format, text.context)
    return FeedbackSurvey(
        columns,
        dates,
        max(days, default=None),
        min(days, default=None),
        _repeated(np.concatenate(keys) if keys else np.empty(0, np.int64)),
        tuple(kept) if text.is_small else None,
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """What one block shows."""

    rows: FeedbackRows
    """With the packed order ids made."""
    printed_dates: dict[str, int]
    """How often each date is printed in rows that are otherwise sound; others prove nothing."""


def _looks(text: ReportText, columns: FeedbackColumns) -> Pieces[_Look]:
    broken = BrokenLines(columns, text.column_count, text.delimiter, text.context.limits)
    wanted = ALL if text.is_small else KEYS
    shape = _Shape(text.column_count)
    for cells in text.blocks():
        shape.add(cells)
        rows = feedback_rows(text, columns, cells, broken.take(cells), wanted)
        yield _Look(rows, _sound_dates(rows))
    shape.check()


def _sound_dates(rows: FeedbackRows) -> dict[str, int]:
    ratings = rows.ratings.values.fill_null(0).to_numpy()
    is_sound = (ratings >= 1) & (ratings <= 5) & (rows.packed_order_ids >= 0)
    coded = rows.coded_dates
    times = np.bincount(coded.indices.to_numpy()[is_sound], minlength=len(coded.dictionary))
    printed = zip(coded.dictionary.to_pylist(), times.tolist(), strict=True)
    return {text: count for text, count in printed if count}


@dataclass(slots=True)
class _Shape:
    """Whether the lines of a file have the header's number of cells at all."""

    column_count: int
    regular: int = 0
    others: Counter[int] = field(default_factory=Counter)

    def add(self, cells: CellBlock) -> None:
        """Count the lines of a block.

        Raises:
            RefusedReportError: `field_count`, early: a thousand lines and not one regular among them.
        """
        self.regular += len(cells.regular)
        if self.regular:
            return
        counts, times = np.unique(cells.cell_counts[cells.cell_counts > 0], return_counts=True)
        self.others.update(dict(zip(counts.tolist(), times.tolist(), strict=True)))
        if self.others.total() >= _SURE_ROWS:
            raise RefusedReportError("field_count")

    def check(self) -> None:
        """Raise when every row has the same wrong number of cells.

        Raises:
            RefusedReportError: `field_count`.
        """
        if not self.regular and self.others.total() > 1 and len(self.others) == 1:
            raise RefusedReportError("field_count")


def _first_rows(text: ReportText) -> CellBlock | None:
    """The first regular rows; None when there is none."""
    for cells in text.blocks():
        if len(cells.regular):
            return cells.first_rows(_SAMPLED_ROWS)
    return None


def _cells(rows: CellBlock | None) -> list[list[str]]:
    if rows is None:
        return []
    columns = [rows.texts(place).to_pylist() for place in range(rows.starts.shape[1])]
    return [list(row) for row in zip(*columns, strict=True)]


@cache
def _marketplace_by_domain() -> dict[str, str]:
    return {
        entry.sales_channel.casefold(): entry.code
        for entry in marketplaces().values()
        if entry.code != "US"
    }


def _check_marketplace(rows: CellBlock | None, columns: FeedbackColumns, code: str) -> None:
    """The relay addresses of raters name a marketplace; `.com` is used by others as well and says nothing.

    Raises:
        RefusedReportError: `wrong_marketplace`, when several addresses name other marketplaces and none names this.
    """
    place = columns.places.get("rater_email")
    if place is None or rows is None:
        return
    by_domain = _marketplace_by_domain()
    emails: list[str] = rows.texts(place).to_pylist()
    domains = (email.strip().casefold().rpartition("@marketplace.")[2] for email in emails)
    named = Counter(by_domain[domain] for domain in domains if domain in by_domain)
    if code not in named and named.total() >= _FEWEST_EMAILS:
        raise RefusedReportError(
            "wrong_marketplace", f"{', '.join(sorted(named))} instead of {code}"
        )


def _plausible_days(
    printed: Counter[str], date_format: DateFormat | None, context: ReadingContext
) -> list[date]:
    rules = RowRules.of([FEEDBACK.column("feedback_date")], as_of=context.as_of)
    read = (read_date(text, date_format) for text in printed)
    days = [day for day in read if not isinstance(day, str)]
    table = pa.table({"feedback_date": pa.array(days, pa.date32())})
    accepted = rules.judge(table).is_accepted
    return [day for day, is_accepted in zip(days, accepted.tolist(), strict=True) if is_accepted]


def _repeated(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    keys.sort()
    is_repeated = (keys[1:] == keys[:-1]) & (keys[1:] >= 0)
    return np.unique(keys[1:][is_repeated])
