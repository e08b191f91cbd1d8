"""Lines that have not as many cells as the header: rejoined where that is provable, named and set aside where not.

A line end inside a comment breaks one row into several lines. They are joined again only when it is beyond doubt: the
lines follow each other, their cells add up to exactly the header's, every break lies inside a text column, and date,
rating and order id stand where they belong.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from transforms.reports.cell_values import is_order_id, read_rating
from transforms.reports.dates import readings
from transforms.reports.feedback_columns import FeedbackColumns
from transforms.reports.lines import Bounds
from transforms.reports.reading import Limits
from transforms.reports.tabulating import CellBlock

_OTHER_DELIMITERS: Final = (b"\t", b";", b",")


@dataclass(frozen=True, slots=True)
class Line:
    """One line that is not regular."""

    number: int
    byte_offset: int
    raw: bytes
    """Original bytes, line end included."""
    utf8: bytes
    """Text without line end; not to be decoded when `objection` is set."""
    cell_count: int
    """0 for a blank line."""
    objection: str | None
    """Reason code why the line is no text."""
    is_cut: bool
    """The file ends here without a line end."""


@dataclass(frozen=True, slots=True)
class JoinedRow:
    """A row put together from consecutive lines."""

    lines: tuple[Line, ...]
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AsideLine:
    """A line that is no row."""

    line: Line
    reason: str


@dataclass(frozen=True, slots=True)
class BrokenRows:
    """What became of the irregular lines of a block."""

    joined: tuple[JoinedRow, ...]
    aside: tuple[AsideLine, ...]


NOTHING_BROKEN: Final = BrokenRows((), ())


@dataclass(slots=True)
class BrokenLines:
    """Works through the irregular lines of a file, block by block; a row may begin in one block and end in the next."""

    columns: FeedbackColumns
    column_count: int
    delimiter: bytes
    limits: Limits
    _carried: tuple[Line, ...] = ()

    def take(self, cells: CellBlock) -> BrokenRows:
        """Judge the irregular lines of the next block."""
        is_odd = cells.cell_counts > 0
        is_odd[cells.regular] = False
        if not self._carried and not is_odd.any():
            return NOTHING_BROKEN
        window = _Window(self._carried, cells, is_odd, self.column_count)
        self._carried = ()
        joined: list[JoinedRow] = []
        aside: list[AsideLine] = []
        resume = 0
        for place in window.odd_places():
            if place < resume:
                continue
            line = window.line(place)
            if line.objection is None and line.cell_count < self.column_count:
                stop, row = self._joined_from(window, place)
                if row is not None:
                    joined.append(row)
                    resume = stop
                    continue
                if stop == window.length and not cells.decoded.block.is_last:
                    self._carried = tuple(map(window.line, range(place, stop)))
                    break
            aside.append(AsideLine(line, self._why_aside(line)))
        return BrokenRows(tuple(joined), tuple(aside))

    def _joined_from(self, window: "_Window", place: int) -> tuple[int, JoinedRow | None]:
        """Try to complete the row that begins at a place.

        Returns:
            The place after its last line and the row, or the place where hope ended and None; the latter is the end
            of the window when more lines might complete the row.
        """
        texts = self._text_places
        total = window.cell_count(place)
        for stop in range(place + 1, min(window.length, place + self.limits.joined_lines) + 1):
            if total == self.column_count:
                row = self._row(tuple(map(window.line, range(place, stop))))
                return stop if row else place, row
            is_end = stop == window.length
            if total - 1 not in texts or (not is_end and not window.may_continue(stop)):
                return place, None
            if is_end:
                return stop, None
            total += max(window.cell_count(stop), 1) - 1
            if total > self.column_count:
                return place, None
        return place, None

    def _row(self, lines: tuple[Line, ...]) -> JoinedRow | None:
        cells = b"\n".join(line.utf8 for line in lines).decode().split(self.delimiter.decode())
        places = self.columns.places
        is_row = (
            bool(readings(cells[places["feedback_date"]]))
            and isinstance(read_rating(cells[places["rating"]]), int)
            and is_order_id(cells[places["order_id"]])
        )
        return JoinedRow(lines, tuple(cells)) if is_row else None

    def _why_aside(self, line: Line) -> str:
        if line.objection is not None:
            return line.objection
        if line.cell_count > self.column_count:
            return "too_many_fields"
        if line.cell_count == 1 and any(
            line.utf8.count(other) == self.column_count - 1
            for other in _OTHER_DELIMITERS
            if other != self.delimiter
        ):
            return "delim_row"
        if line.is_cut:
            return "truncated_row"
        return "newline_in_field" if self._is_part_of_row(line) else "too_few_fields"

    def _is_part_of_row(self, line: Line) -> bool:
        """The line is the beginning of a row up to a text, or the end of one with its order id in place."""
        cells = line.utf8.decode().split(self.delimiter.decode())
        places = self.columns.places
        date_place = places["feedback_date"]
        begins_row = (
            line.cell_count - 1 in self._text_places
            and date_place < len(cells)
            and bool(readings(cells[date_place]))
        )
        order_id_place = places["order_id"] - (self.column_count - line.cell_count)
        return begins_row or (order_id_place >= 0 and is_order_id(cells[order_id_place]))

    @property
    def _text_places(self) -> set[int]:
        """Columns in which a line end may stand."""
        places = self.columns.places
        return {places[name] for name in ("comment", "response") if name in places}


class _Window:
    """The lines carried over from the block before, and the lines of a block, under one numbering."""

    def __init__(
        self,
        carried: tuple[Line, ...],
        cells: CellBlock,
        is_odd: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
        column_count: int,
    ) -> None:
        self._carried = carried
        self._cells = cells
        self._is_odd = is_odd
        self._column_count = column_count
        self._original: Bounds | None = None
        self.length = len(carried) + cells.line_count

    def odd_places(self) -> Iterator[int]:
        """Places of lines that are neither regular nor blank."""
        for place, line in enumerate(self._carried):
            if line.cell_count:
                yield place
        for index in np.flatnonzero(self._is_odd).tolist():
            yield index + len(self._carried)

    def cell_count(self, place: int) -> int:
        """Cells of a line, 0 for a blank one."""
        index = place - len(self._carried)
        return self._carried[place].cell_count if index < 0 else int(self._cells.cell_counts[index])

    def may_continue(self, place: int) -> bool:
        """The line may be the continuation of a broken row: it is blank or a short text."""
        index = place - len(self._carried)
        if index < 0:
            return self._carried[place].objection is None
        return (
            int(self._cells.cell_counts[index]) < self._column_count
            and index not in self._cells.lines_with_nul
            and index not in self._cells.decoded.bad_lines
        )

    def line(self, place: int) -> Line:
        """The line at a place."""
        index = place - len(self._carried)
        if index < 0:
            return self._carried[place]
        return irregular_line(self._cells, index, self._bounds())

    def _bounds(self) -> Bounds:
        if self._original is None:
            self._original = self._cells.decoded.original_bounds()
        return self._original


def irregular_line(cells: CellBlock, index: int, original: Bounds) -> Line:
    """One line of a block with its original bytes.

    Args:
        cells: the block.
        index: the line within it.
        original: `cells.decoded.original_bounds()`.
    """
    block = cells.decoded.block
    start = int(original.starts[index])
    end = int(original.ends[index])
    stop = min(end + block.line_end.width, len(block.raw))
    raw = block.raw[start:stop]
    utf8 = cells.line(index)
    return Line(
        number=block.first_line + index,
        byte_offset=block.byte_offset + start,
        raw=raw,
        utf8=utf8,
        cell_count=int(cells.cell_counts[index]),
        objection=_objection(cells, index, utf8),
        is_cut=stop == end,
    )


def _objection(cells: CellBlock, index: int, utf8: bytes) -> str | None:
    if index in cells.decoded.bad_lines:
        return cells.decoded.bad_lines[index]
    if index in cells.lines_with_nul:
        return "nul" if utf8.strip(b"\0 \t\r") else "nul_tail"
    return None
