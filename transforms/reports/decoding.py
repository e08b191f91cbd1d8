"""Which encoding a file is in, how that is known, and its lines as UTF-8.

The order: byte-order mark, strict UTF-8 over the whole file, UTF-8 of which hardly a character is broken, the charset
declared with the download, UTF-8 of which some rows are broken, the marketplace's encodings. Latin-1 is never tried: it cannot fail, and what Amazon calls
ISO-8859-1 is Windows-1252 in practice. From the marketplace's encodings on, the choice is a guess and recorded as one.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from schemas.vocabularies import EncodingEvidence
from transforms.reports.lines import CR, Bounds, LineBlock, LineEnd, too_long
from transforms.reports.reading import Limits, ReadingContext, RefusedReportError

BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF32_LE, None),
    (codecs.BOM_UTF32_BE, None),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte-order mark and the encoding it tells; None for one that is not read. Longer marks come first."""
_UNITS: Final = {"utf-16-le": "<u2", "utf-16-be": ">u2"}
_CHARSETS: Final = {
    "utf8": "utf-8",
    "cp1252": "cp1252",
    "windows1252": "cp1252",
    "iso88591": "cp1252",
    "latin1": "cp1252",
    "usascii": "cp1252",
    "cp932": "cp932",
    "ms932": "cp932",
    "windows31j": "cp932",
    "shiftjis": "cp932",
    "sjis": "cp932",
}
"""Charset labels (letters and digits only) that come with downloads; Python does not know all of them."""

_DOUBLE_BYTE: Final = frozenset({"cp932"})
_CP1252_UNDEFINED: Final = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
_REPLACED: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class EncodingChoice:
    """How a file's bytes become text."""

    encoding: str
    """Python's name: utf-8, utf-16-le, utf-16-be, cp1252 or cp932."""
    evidence: EncodingEvidence
    body_start: int = 0
    """Bytes of the byte-order mark."""
    is_clean: bool = True
    """Every byte decodes; otherwise lines are checked one by one."""
    line_end: LineEnd = field(default_factory=LineEnd)


@dataclass(slots=True)
class _Census:
    """Counts over a whole file that is not UTF-8."""

    utf8_characters: int = 0
    utf8_errors: int = 0
    high_bytes: int = 0
    high_bytes_in_runs: int = 0
    cp1252_errors: int = 0
    cp932_characters: int = 0
    cp932_errors: int = 0

    def add(self, raw: bytes) -> None:
        """Count one piece of the file; a character cut at its edge counts as at most one error."""
        octets = np.frombuffer(raw, np.uint8)
        high = octets >= 0x80
        centre = np.zeros_like(high)
        centre[1:-1] = high[1:-1] & high[:-2] & high[2:]
        in_run = centre.copy()
        in_run[1:] |= centre[:-1]
        in_run[:-1] |= centre[1:]
        self.high_bytes += int(np.count_nonzero(high))
        self.high_bytes_in_runs += int(np.count_nonzero(in_run))
        self.cp1252_errors += sum(raw.count(byte) for byte in _CP1252_UNDEFINED)
        characters, errors = _decoded(raw, "utf-8")
        self.utf8_characters += characters
        self.utf8_errors += errors
        characters, errors = _decoded(raw, "cp932")
        self.cp932_characters += characters
        self.cp932_errors += errors

    @property
    def is_mostly_utf8(self) -> bool:
        """Sequences of UTF-8 hardly occur by chance in text of another encoding."""
        return 0 < self.utf8_errors <= self.utf8_characters

    @property
    def is_surely_utf8(self) -> bool:
        """So many sequences are UTF-8 that no label is believed against them."""
        return 0 < 10 * self.utf8_errors <= self.utf8_characters

    def errors(self, encoding: str) -> int:
        """Bytes that an encoding does not define."""
        return self.cp932_errors if encoding == "cp932" else self.cp1252_errors

    @property
    def is_hardly_western(self) -> bool:
        """In Western text no more than two accented letters stand together (`größer`); longer runs are another script."""
        return self.high_bytes >= 20 and self.high_bytes_in_runs > self.high_bytes / 2

    @property
    def is_mostly_cp932(self) -> bool:
        """Japanese text of which only a few characters are damaged."""
        return self.cp932_characters >= 10 * self.cp932_errors > 0


def _decoded(raw: bytes, encoding: str) -> tuple[int, int]:
    """Characters beyond ASCII that decode, and places that do not."""
    text = raw.decode(encoding, "replace")
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    errors = text.count(_REPLACED) - (raw.count(_REPLACED.encode()) if encoding == "utf-8" else 0)
    private = int(
        np.count_nonzero((points >= 0xF8F0) & (points <= 0xF8F3))
    )  # cp932 maps stray bytes there
    return int(np.count_nonzero(points >= 0x80)) - errors - private, errors + private


def choose_encoding(source: BinaryIO, context: ReadingContext) -> EncodingChoice:
    """Choose the encoding of a seekable stream by looking at all of it.

    Raises:
        RefusedReportError: `empty`, `enc_utf16_nobom`, `enc_unknown`, or `line_too_long` when the first block has
            no line end at all.
    """
    source.seek(0)
    head = source.read(context.limits.block_bytes)
    if not head:
        raise RefusedReportError("empty")
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            if encoding is None:
                raise RefusedReportError("enc_unknown")
            unit = _UNITS.get(encoding, "u1")
            line_end = _line_end(source, context.limits, len(mark), unit)
            is_clean = encoding == "utf-8" and _is_utf8(source, context.limits, len(mark))
            return EncodingChoice(encoding, EncodingEvidence.BOM, len(mark), is_clean, line_end)
    if is_wide(head):
        raise RefusedReportError("enc_utf16_nobom")
    line_end = _line_end(source, context.limits, 0, "u1")
    if _is_utf8(source, context.limits, 0):
        return EncodingChoice("utf-8", EncodingEvidence.STRICT_UTF8, line_end=line_end)
    census = _Census()
    for piece in _pieces(source, context.limits, 0):
        census.add(piece)
    encoding, evidence, is_clean = _by_census(census, context)
    return EncodingChoice(encoding, evidence, 0, is_clean, line_end)


def _line_end(source: BinaryIO, limits: Limits, start: int, unit: str) -> LineEnd:
    """LF, or CR when the whole file has no LF.

    Raises:
        RefusedReportError: `line_too_long`, when neither occurs soon enough.
    """
    usual, old_mac = LineEnd(unit=unit), LineEnd(CR, unit)
    has_cr = False
    read = 0
    for piece in _pieces(source, limits, start):
        read += len(piece)
        if usual.last_position(piece) >= 0:
            return usual
        has_cr = has_cr or old_mac.last_position(piece) >= 0
        if not has_cr and read > limits.line_bytes:
            raise too_long(1, limits)
    return old_mac if has_cr else usual


def _pieces(source: BinaryIO, limits: Limits, start: int) -> Iterator[bytes]:
    source.seek(start)
    even = limits.block_bytes + limits.block_bytes % 2  # never half a unit of UTF-16
    while piece := source.read(even):
        yield piece


def _is_utf8(source: BinaryIO, limits: Limits, start: int) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    is_between_characters = True
    try:
        for piece in _pieces(source, limits, start):
            if not (is_between_characters and piece.isascii()):
                decoder.decode(piece)
                is_between_characters = not decoder.getstate()[0]
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def is_wide(head: bytes) -> bool:
    """Every other byte of most of the text is zero: UTF-16 whose byte-order mark is missing."""
    sample = np.frombuffer(head[:4096], np.uint8)
    half = len(sample) // 2
    even = int(np.count_nonzero(sample[0::2] == 0))
    odd = int(np.count_nonzero(sample[1::2] == 0))
    return half >= 4 and max(even, odd) > 0.4 * half and min(even, odd) < 0.2 * max(even, odd)


def _by_census(census: _Census, context: ReadingContext) -> tuple[str, EncodingEvidence, bool]:
    """Encoding, evidence, and whether every byte decodes."""
    if census.is_surely_utf8:
        return "utf-8", EncodingEvidence.FALLBACK, False
    label = "".join(filter(str.isalnum, (context.declared_charset or "").casefold()))
    declared = _CHARSETS.get(label)
    if declared and declared != "utf-8" and not census.errors(declared):
        return declared, EncodingEvidence.DECLARED, True
    if census.is_mostly_utf8:
        return "utf-8", EncodingEvidence.FALLBACK, False
    usual = context.marketplace.encodings
    for encoding in usual:
        if encoding not in _DOUBLE_BYTE and census.is_hardly_western:
            continue
        if not census.errors(encoding):
            return encoding, EncodingEvidence.MARKETPLACE, True
        if encoding in _DOUBLE_BYTE and census.is_mostly_cp932:
            return encoding, EncodingEvidence.MARKETPLACE, False
    if census.is_hardly_western:
        raise RefusedReportError("enc_unknown")
    return min(usual, key=census.errors), EncodingEvidence.FALLBACK, False


@dataclass(frozen=True, slots=True)
class DecodedBlock:
    """A block of lines as UTF-8; line k of the original is line k here."""

    block: LineBlock
    utf8: bytes
    bad_lines: dict[int, str]
    """Index of a line that does not decode, and the reason code."""
    replaced: int
    """Bytes that the encoding does not define and that became U+FFFD."""

    def original_bounds(self) -> Bounds:
        """Where each line lies in `block.raw`."""
        return self.block.line_end.bounds(self.block.raw)


def decode_block(
    block: LineBlock, choice: EncodingChoice, fallback: str = "cp1252"
) -> DecodedBlock:
    """Turn a block into UTF-8 without changing which bytes end lines and cells.

    Args:
        block: lines of the file.
        choice: what `choose_encoding` said of the file.
        fallback: the marketplace's own encoding: a line that is not UTF-8 but is text in it came from a file of
            mixed encodings.
    """
    raw = block.raw
    if choice.encoding == "utf-8":
        if choice.is_clean or _decodes(raw, "utf-8"):
            return DecodedBlock(block, raw, {}, 0)
        return DecodedBlock(block, raw, _broken_utf8(block, fallback), 0)
    if choice.encoding in _UNITS:
        if _decodes(raw, choice.encoding):
            return DecodedBlock(block, raw.decode(choice.encoding).encode(), {}, 0)
        return _broken_utf16(block, choice.encoding)
    text = raw.decode(choice.encoding, "strict" if choice.is_clean else "replace")
    return DecodedBlock(block, text.encode(), {}, 0 if choice.is_clean else text.count(_REPLACED))


def _decodes(raw: bytes, encoding: str) -> bool:
    try:
        raw.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _lines_beyond_ascii(raw: bytes, starts: NDArray[np.int64]) -> NDArray[np.int64]:
    high = np.flatnonzero(np.frombuffer(raw, np.uint8) >= 0x80)
    return np.unique(np.searchsorted(starts, high, "right") - 1)


def _broken_utf8(block: LineBlock, fallback: str) -> dict[int, str]:
    bounds = block.line_end.bounds(block.raw)
    bad = {}
    for index in _lines_beyond_ascii(block.raw, bounds.starts).tolist():
        line = block.raw[bounds.starts[index] : bounds.ends[index]]
        if not _decodes(line, "utf-8"):
            bad[index] = _why_not_utf8(line, fallback)
    return bad


def _why_not_utf8(line: bytes, fallback: str) -> str:
    try:
        line.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        octets = np.frombuffer(line, np.uint8)
        high = octets >= 0x80
        stands_alone = not bool((high[1:] & high[:-1]).any())
        is_text = (stands_alone or fallback in _DOUBLE_BYTE) and _decodes(line, fallback)
        return "enc_row" if is_text else "enc_invalid"
    return "surrogate"


def _broken_utf16(block: LineBlock, encoding: str) -> DecodedBlock:
    bounds = block.line_end.bounds(block.raw)
    end = chr(block.line_end.character)
    lines, bad = [], {}
    for index, (start, stop) in enumerate(
        zip(bounds.starts.tolist(), bounds.ends.tolist(), strict=True)
    ):
        line = block.raw[start:stop]
        if not _decodes(line, encoding):
            bad[index] = "surrogate" if len(line) % 2 == 0 else "enc_invalid"
        lines.append(line.decode(encoding, "replace").replace(end, " "))
    text = end.join(lines) + ("" if block.is_cut else end)
    return DecodedBlock(block, text.encode(), bad, 0)
