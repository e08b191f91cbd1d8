"""A file as blocks of whole lines with their original bytes, in bounded memory.

Lines end at LF and nowhere else: U+2028, U+0085, vertical tab and form feed are data. Only a file without any LF is
read with CR as its line end (old Mac).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from transforms.reports.reading import Limits, RefusedReportError

LF: Final = 0x0A
CR: Final = 0x0D

Positions = NDArray[np.int64]


class Bounds(NamedTuple):
    """Where lines begin and end in a text; an end is the position of the line end, or of the end of the text."""

    starts: Positions
    ends: Positions


@dataclass(frozen=True, slots=True)
class LineEnd:
    """The character that ends a line, and how many bytes one character unit has."""

    character: int = LF
    unit: str = "u1"
    """NumPy type of one character unit: `u1`, or `<u2` and `>u2` for UTF-16."""

    @property
    def width(self) -> int:
        """Bytes of one character unit."""
        return int(self.unit[-1])

    def positions(self, text: bytes) -> Positions:
        """Byte positions of all line ends in a text that begins at a unit's boundary."""
        units = np.frombuffer(text, self.unit, len(text) // self.width)
        return np.flatnonzero(units == self.character) * self.width

    def count(self, text: bytes) -> int:
        """Number of line ends."""
        units = np.frombuffer(text, self.unit, len(text) // self.width)
        return int(np.count_nonzero(units == self.character))

    def last_position(self, text: bytes) -> int:
        """Byte position of the last line end, or -1."""
        if self.width == 1:
            return text.rfind(self.character)
        found = self.positions(text)
        return int(found[-1]) if len(found) else -1

    def bounds(self, text: bytes) -> Bounds:
        """Where every line of a text begins and ends."""
        return bounds_between(self.positions(text), len(text), self.width)


def bounds_between(line_ends: Positions, length: int, width: int = 1) -> Bounds:
    """The bounds of lines from the positions of their line ends; text after the last line end is a line too."""
    starts = np.empty(len(line_ends) + 1, np.int64)
    starts[0] = 0
    starts[1:] = line_ends + width
    if starts[-1] < length:
        return Bounds(starts, np.append(line_ends, length))
    return Bounds(starts[:-1], line_ends)


@dataclass(frozen=True, slots=True)
class LineBlock:
    """Consecutive whole lines of a file."""

    raw: bytes
    """The original bytes, line ends included; only a file's last line may lack its end."""
    byte_offset: int
    """Where the block begins in the (unpacked) file."""
    first_line: int
    """Number of its first line; a file's first line is 1."""
    line_end: LineEnd
    is_last: bool
    """No block follows."""

    @property
    def is_cut(self) -> bool:
        """The last line lacks its line end."""
        return self.line_end.last_position(self.raw[-self.line_end.width :]) < 0


def read_line_blocks(
    source: BinaryIO, *, start: int, line_end: LineEnd, limits: Limits
) -> Iterator[LineBlock]:
    """Read a seekable stream from a byte position to its end, as blocks of whole lines.

    Raises:
        RefusedReportError: `line_too_long`, as soon as a block has no line end and exceeds `limits.line_bytes`.
    """
    source.seek(start)
    byte_offset, first_line = start, 1
    rest = b""
    read = source.read(limits.block_bytes)
    while following := source.read(limits.block_bytes):
        cut = line_end.last_position(read) if not len(rest) % line_end.width else -1
        if cut < 0:
            rest += read
            if len(rest) > limits.line_bytes:
                raise too_long(first_line, limits)
        else:
            stop = cut + line_end.width
            whole = b"".join((rest, memoryview(read)[:stop]))
            rest = read[stop:]
            yield LineBlock(whole, byte_offset, first_line, line_end, is_last=False)
            byte_offset += len(whole)
            first_line += line_end.count(whole)
        read = following
    if rest or read:
        yield LineBlock(rest + read, byte_offset, first_line, line_end, is_last=True)


def too_long(line_number: int, limits: Limits) -> RefusedReportError:
    """The refusal of a file because of one line."""
    return RefusedReportError(
        "line_too_long", f"line {line_number}, over {limits.line_bytes} bytes"
    )
