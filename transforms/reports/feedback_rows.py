"""The rows of a block of a feedback report as text columns, whether they were one line or several."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from transforms.reports.broken_lines import BrokenRows
from transforms.reports.cell_values import (
    Column,
    Numbers,
    Typed,
    clean_order_ids,
    packed_order_ids,
    typed_ratings,
)
from transforms.reports.feedback_columns import FeedbackColumns
from transforms.reports.lines import Bounds
from transforms.reports.report_text import ReportText
from transforms.reports.tabulating import CellBlock

KEYS: Final = ("feedback_date", "rating", "order_id")
TEXTS: Final = ("comment", "response")
ANSWERS: Final = ("arrived_on_time", "item_as_described", "customer_service")
ALL: Final = (*KEYS, *TEXTS, *ANSWERS)


@dataclass(frozen=True)
class FeedbackRows:
    """The rows of a block as text columns: regular lines first, then rejoined ones."""

    cells: CellBlock
    broken: BrokenRows
    regular: NDArray[np.int64]
    """Lines of the block that are rows."""
    texts: dict[str, Column]
    """Canonical column to text; the rater's e-mail and role are not among them."""
    header_repeats: int

    @property
    def count(self) -> int:
        """Rows with the right number of cells."""
        return len(self.regular) + len(self.broken.joined)

    @cached_property
    def original_bounds(self) -> Bounds:
        """Where each line of the block lies in the original bytes."""
        return self.cells.decoded.original_bounds()

    @cached_property
    def order_ids(self) -> Column:
        """Order ids without what was put around them."""
        return clean_order_ids(self.texts["order_id"])

    @cached_property
    def packed_order_ids(self) -> Numbers:
        """Order ids as whole numbers, -1 for a text that is none."""
        return packed_order_ids(self.order_ids)

    @cached_property
    def ratings(self) -> Typed:
        """Ratings as int8."""
        return typed_ratings(self.texts["rating"])

    @cached_property
    def coded_dates(self) -> Column:
        """Printed dates as a `pyarrow.DictionaryArray`: few texts, and which of them each row has."""
        return pc.dictionary_encode(self.texts["feedback_date"])

    @property
    def line_numbers(self) -> NDArray[np.int64]:
        """Number of each row's (first) line."""
        joined = [row.lines[0].number for row in self.broken.joined]
        return np.concatenate([self.regular + self.cells.first_line, np.array(joined, np.int64)])


def feedback_rows(
    text: ReportText,
    columns: FeedbackColumns,
    cells: CellBlock,
    broken: BrokenRows,
    wanted: tuple[str, ...] = ALL,
) -> FeedbackRows:
    """The rows of a block, header repeats left out.

    Args:
        text: the report.
        columns: where its columns stand.
        cells: the block.
        broken: what became of its irregular lines.
        wanted: canonical columns to cut out, `KEYS` at least.
    """
    texts = {name: cells.texts(columns.places[name]) for name in wanted if name in columns.places}
    regular = cells.regular
    repeats = _header_repeats(text, columns, cells, texts)
    if len(repeats):
        keep = np.ones(len(regular), bool)
        keep[repeats] = False
        regular = regular[keep]
        texts = {name: column.filter(pa.array(keep)) for name, column in texts.items()}
    if broken.joined:
        texts = {
            name: pa.concat_arrays(
                [
                    column,
                    pa.array(
                        [row.cells[columns.places[name]] for row in broken.joined], pa.string()
                    ),
                ]
            )
            for name, column in texts.items()
        }
    return FeedbackRows(cells, broken, regular, texts, len(repeats))


def _header_repeats(
    text: ReportText, columns: FeedbackColumns, cells: CellBlock, texts: dict[str, Column]
) -> list[int]:
    """Places among the regular lines that repeat the header exactly."""
    printed: Column = pa.scalar(text.header[columns.places["feedback_date"]])
    looks_so: Column = pc.equal(texts["feedback_date"], printed)
    places = np.flatnonzero(looks_so.to_numpy(zero_copy_only=False)).tolist()
    return [place for place in places if cells.line(int(cells.regular[place])) == text.header_utf8]
