"""Lines cut into cells: quotes mean nothing, every line is counted, no cell is copied until it is asked for.

Positions of all delimiters and line ends of a block are found at once. Lines with exactly as many cells as the header
are regular and become columns; all others are named one by one.
"""

from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from transforms.reports.decoding import DecodedBlock
from transforms.reports.lines import CR, Bounds, bounds_between, too_long
from transforms.reports.reading import Limits

Column: TypeAlias = Any
"""A `pyarrow.Array`; the published stubs of its functions refuse much that the library takes."""

Indices = NDArray[np.int64]

_LAST_CONTROL = 0x0B
"""NUL, tab and LF lie below: one comparison finds all three."""


@dataclass(frozen=True, slots=True)
class CellBlock:
    """The cells of a block of lines."""

    decoded: DecodedBlock
    bounds: Bounds
    """Lines in `decoded.utf8`, without CR LF at their ends."""
    cell_counts: Indices
    """Cells of each line; 0 for a blank line."""
    regular: Indices
    """Indices of the lines with as many cells as the table has columns, ascending."""
    starts: NDArray[np.int32]
    """Where each cell of each regular line begins in `decoded.utf8`: one row a line, one column a cell."""
    ends: NDArray[np.int32]
    lines_with_nul: frozenset[int]
    is_plain: bool
    """All characters are ASCII, and none but tab, CR and LF is a control character."""

    @property
    def first_line(self) -> int:
        """Number of the block's first line in the file."""
        return self.decoded.block.first_line

    @property
    def line_count(self) -> int:
        """Lines of the block."""
        return len(self.cell_counts)

    def texts(self, column: int) -> Column:
        """One column of the regular lines as text, empty cells as empty text."""
        offsets = np.empty(2 * len(self.starts) + 1, np.int32)
        offsets[0:-1:2] = self.starts[:, column]
        offsets[1::2] = self.ends[:, column]
        offsets[-1] = offsets[-2] if len(offsets) > 1 else 0
        values: Column = pa.py_buffer(self.decoded.utf8)
        places: Column = pa.py_buffer(offsets)  # type: ignore[arg-type]
        cells_and_gaps: Column = pa.Array.from_buffers(
            pa.string(), len(offsets) - 1, [None, places, values]
        )
        return cells_and_gaps.take(pa.array(np.arange(0, len(offsets) - 1, 2)))

    def first_rows(self, most: int) -> "CellBlock":
        """The block with only the first of its regular lines."""
        return replace(
            self, regular=self.regular[:most], starts=self.starts[:most], ends=self.ends[:most]
        )

    def line(self, index: int) -> bytes:
        """One line as UTF-8 without its line end."""
        return self.decoded.utf8[self.bounds.starts[index] : self.bounds.ends[index]]


def tabulate(
    decoded: DecodedBlock, delimiter: bytes, column_count: int, limits: Limits
) -> CellBlock:
    """Cut a block of lines into cells.

    Args:
        decoded: the lines.
        delimiter: one ASCII character.
        column_count: cells of a regular line.
        limits: how long a line may be.

    Raises:
        RefusedReportError: `line_too_long`.
    """
    utf8 = decoded.utf8
    octets = np.frombuffer(utf8, np.uint8)
    marks, kinds, nuls = _marks(octets, delimiter[0], decoded.block.line_end.character)
    mark_count = len(marks)
    is_end = kinds == decoded.block.line_end.character
    end_places = np.flatnonzero(is_end)
    line_ends = marks[end_places]
    bounds = bounds_between(line_ends, len(utf8))
    if len(bounds.starts) and int((bounds.ends - bounds.starts).max()) > limits.line_bytes:
        worst = int((bounds.ends - bounds.starts).argmax())
        raise too_long(decoded.block.first_line + worst, limits)
    if len(bounds.ends) > len(line_ends):  # the last line lacks its end
        marks = np.append(marks, len(utf8))
        end_places = np.append(end_places, len(marks) - 1)
    counts = np.diff(end_places, prepend=-1)
    trimmed = _without_cr(octets, bounds)
    counts[_blank(octets, trimmed, counts)] = 0
    excluded = set(decoded.bad_lines)
    with_nul = frozenset((np.searchsorted(bounds.starts, nuls, "right") - 1).tolist())
    excluded |= with_nul
    is_regular = counts == column_count
    if excluded:
        is_regular[list(excluded)] = False
    regular = np.flatnonzero(is_regular)
    starts, ends = _cells(marks, end_places, regular, trimmed, column_count)
    is_plain = (
        delimiter == b"\t" and utf8.isascii() and _is_free_of_controls(octets, utf8, mark_count)
    )
    return CellBlock(decoded, trimmed, counts, regular, starts, ends, with_nul, is_plain)


def _is_free_of_controls(octets: NDArray[np.uint8], utf8: bytes, mark_count: int) -> bool:
    """Of all characters below the space only the delimiters and line ends that were found, and CR, occur."""
    usual = mark_count + int(np.count_nonzero(octets == CR))
    return int(np.count_nonzero(octets < 0x20)) == usual and b"\x7f" not in utf8


def _marks(
    octets: NDArray[np.uint8], delimiter: int, line_end: int
) -> tuple[Indices, NDArray[np.uint8], Indices]:
    """Positions of delimiters and line ends, what stands there, and positions of NUL."""
    if delimiter < _LAST_CONTROL and line_end < _LAST_CONTROL:
        places = np.flatnonzero(octets < _LAST_CONTROL)
    else:
        places = np.flatnonzero((octets == delimiter) | (octets == line_end) | (octets == 0))
    kinds = octets[places]
    wanted = (kinds == delimiter) | (kinds == line_end)
    if wanted.all():
        return places, kinds, places[:0]
    return places[wanted], kinds[wanted], places[kinds == 0]


def _without_cr(octets: NDArray[np.uint8], bounds: Bounds) -> Bounds:
    filled = bounds.ends > bounds.starts
    has_cr = np.zeros(len(bounds.ends), bool)
    has_cr[filled] = octets[bounds.ends[filled] - 1] == CR
    return Bounds(bounds.starts, bounds.ends - has_cr) if has_cr.any() else bounds


def _blank(octets: NDArray[np.uint8], bounds: Bounds, counts: Indices) -> Indices:
    """Lines of nothing but white space in a single cell."""
    lengths = bounds.ends - bounds.starts
    blank = lengths == 0
    for index in np.flatnonzero((counts == 1) & (lengths > 0) & (lengths < 64)).tolist():
        line = octets[bounds.starts[index] : bounds.ends[index]].tobytes()
        blank[index] = not line.decode("utf-8", "replace").strip()
    return np.flatnonzero(blank)


def _cells(
    marks: Indices, end_places: Indices, regular: Indices, bounds: Bounds, column_count: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    if len(regular) * column_count == len(marks):  # nothing irregular: the marks are the table
        ends = marks.reshape(len(regular), column_count).astype(np.int32)
    else:
        first = end_places[regular] - (column_count - 1)
        ends = marks[first[:, None] + np.arange(column_count)].astype(np.int32)
    starts = np.empty_like(ends)
    starts[:, 1:] = ends[:, :-1] + 1
    starts[:, 0] = bounds.starts[regular]
    ends[:, -1] = bounds.ends[regular]  # without CR
    return starts, ends
