"""A report as header and blocks of cells: encoding, line end and delimiter told from all of the file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import SEEK_END, BytesIO
from typing import BinaryIO, Final

import numpy as np

from transforms.reports.decoding import DecodedBlock, EncodingChoice, choose_encoding, decode_block
from transforms.reports.lines import LineBlock, read_line_blocks
from transforms.reports.reading import ReadingContext, RefusedReportError
from transforms.reports.tabulating import CellBlock, tabulate
from transforms.reports.working_ahead import Pieces, made_ahead

DELIMITERS: Final = (b"\t", b";", b",")
_FEWEST_COLUMNS: Final = 3


@dataclass(slots=True)
class ReportText:
    """A report's text, read block by block as often as needed."""

    source: BinaryIO
    context: ReadingContext
    choice: EncodingChoice
    header: tuple[str, ...]
    """Cells of the first line that is not blank, as printed."""
    header_line: int
    """Its number."""
    header_utf8: bytes
    delimiter: bytes
    is_small: bool
    """All of the text may be kept in memory."""
    _kept: list[CellBlock] | None = field(default=None, repr=False)

    @property
    def column_count(self) -> int:
        """Cells of the header."""
        return len(self.header)

    def blocks(self) -> Pieces[CellBlock]:
        """All lines below the header, block by block; the first block begins with line 1 of the file.

        The header line itself and blank lines before it are there with a cell count of 0. A small file is cut into
        cells only once, however often its blocks are asked for.

        Raises:
            RefusedReportError: `line_too_long`.
        """
        if self._kept is not None:
            yield from self._kept
            return
        if not self.is_small:
            yield from made_ahead(self._cut())
            return
        self._kept = list(self._cut())
        yield from self._kept

    def _cut(self) -> Pieces[CellBlock]:
        for decoded in _decoded_blocks(self.source, self.context, self.choice):
            cells = tabulate(decoded, self.delimiter, self.column_count, self.context.limits)
            if decoded.block.first_line <= self.header_line:
                cells = _without_header(cells, self.header_line)
            yield cells


def open_report(source: BinaryIO, context: ReadingContext) -> ReportText:
    """Find out how a report is written.

    Raises:
        RefusedReportError: the file is empty, its encoding cannot be told, its first line is no header, or no
            delimiter parts all rows alike.
    """
    is_small = source.seek(0, SEEK_END) <= context.limits.kept_bytes
    if is_small:
        source.seek(0)
        source = BytesIO(source.read())  # which is looked through several times
    choice = choose_encoding(source, context)
    for decoded in _decoded_blocks(source, context, choice):
        found = _first_filled_line(decoded)
        if found is not None:
            break
    else:
        raise RefusedReportError("empty")
    index, line = found
    if b"\0" in line or index in decoded.bad_lines:
        raise RefusedReportError("no_header")
    text = ReportText(
        source, context, choice, (), decoded.block.first_line + index, line, b"", is_small
    )
    fitting = [
        delimiter
        for delimiter in DELIMITERS
        if line.count(delimiter) >= _FEWEST_COLUMNS - 1
        and (delimiter == DELIMITERS[0] or _parts_all_rows(text, delimiter))
    ]
    if not fitting or (fitting[0] != DELIMITERS[0] and len(fitting) > 1):
        raise RefusedReportError("delim")
    _use(text, fitting[0])
    return text


def _first_filled_line(decoded: DecodedBlock) -> tuple[int, bytes] | None:
    """Index and text of the first line that is not blank."""
    if not decoded.utf8.strip():
        return None  # at once, however many blank lines there are
    line_end = bytes((decoded.block.line_end.character,))
    start = index = 0
    while start < len(decoded.utf8):
        stop = decoded.utf8.find(line_end, start)
        line = decoded.utf8[start : stop if stop >= 0 else len(decoded.utf8)].removesuffix(b"\r")
        if line.decode("utf-8", "replace").strip():
            return index, line
        if stop < 0:
            break
        start = stop + 1
        index += 1
    return None


def _use(text: ReportText, delimiter: bytes) -> None:
    text.delimiter = delimiter
    text.header = tuple(text.header_utf8.decode().split(delimiter.decode()))
    text._kept = None  # noqa: SLF001 - this module builds the object


def _parts_all_rows(text: ReportText, delimiter: bytes) -> bool:
    """Every row has as many cells as the header."""
    _use(text, delimiter)
    return all(np.isin(cells.cell_counts, (0, text.column_count)).all() for cells in text.blocks())


def _decoded_blocks(
    source: BinaryIO, context: ReadingContext, choice: EncodingChoice
) -> Iterator[DecodedBlock]:
    blocks: Iterator[LineBlock] = read_line_blocks(
        source, start=choice.body_start, line_end=choice.line_end, limits=context.limits
    )
    for block in blocks:
        yield decode_block(block, choice, context.marketplace.encodings[0])


def _without_header(cells: CellBlock, header_line: int) -> CellBlock:
    """The block with its header line counted as blank."""
    index = header_line - cells.first_line
    cells.cell_counts[: index + 1] = 0
    first = int(np.searchsorted(cells.regular, index, "right"))
    return CellBlock(
        cells.decoded,
        cells.bounds,
        cells.cell_counts,
        cells.regular[first:],
        cells.starts[first:],
        cells.ends[first:],
        cells.lines_with_nul - set(range(index + 1)),
        cells.is_plain,
    )
