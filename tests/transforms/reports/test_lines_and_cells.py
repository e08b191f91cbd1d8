"""Blocks of any size give the same lines, and cells are what splitting on the delimiter gives."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.marketplaces import marketplace
from schemas.vocabularies import EncodingEvidence
from transforms.reports.decoding import EncodingChoice, decode_block
from transforms.reports.lines import CR, LineEnd, read_line_blocks
from transforms.reports.reading import Limits, ReadingContext, RefusedReportError
from transforms.reports.report_text import open_report
from transforms.reports.tabulating import tabulate

UTF8 = EncodingChoice("utf-8", EncodingEvidence.STRICT_UTF8)
PIECES = st.sampled_from(
    [b"\n", b"\r\n", b"\r", b"\t", b"a", b"bc", b" ", b'"', b"\xc3\xa9", b"\xe2\x80\xa8"]
)
TEXTS = st.lists(PIECES, max_size=60).map(b"".join)


def blocks_of(data: bytes, size: int, line_end: LineEnd | None = None) -> list[Any]:
    limits = Limits(block_bytes=size, line_bytes=10_000)
    return list(
        read_line_blocks(io.BytesIO(data), start=0, line_end=line_end or LineEnd(), limits=limits)
    )


def plain_lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return lines if lines[-1] else lines[:-1]


@given(TEXTS, st.integers(1, 40))
@settings(max_examples=200, deadline=None)
def test_blocks_hold_every_byte_once_and_number_the_lines(data: bytes, size: int) -> None:
    found = []
    offset = 0
    for block in blocks_of(data, size):
        bounds = block.line_end.bounds(block.raw)
        assert block.byte_offset == offset
        assert block.first_line == len(found) + 1
        found += [block.raw[a:b] for a, b in zip(bounds.starts, bounds.ends, strict=True)]
        offset += len(block.raw)
    assert offset == len(data)
    assert found == plain_lines(data)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), st.integers(1, 15))
@settings(max_examples=100, deadline=None)
def test_utf16_lines_are_cut_between_characters(text: str, size: int) -> None:
    data = text.encode("utf-16-le")
    blocks = blocks_of(data, size, LineEnd(unit="<u2"))
    assert b"".join(block.raw for block in blocks) == data
    assert "".join(block.raw.decode("utf-16-le") for block in blocks) == text


@given(TEXTS, st.integers(1, 5), st.integers(5, 60))
@settings(max_examples=200, deadline=None)
def test_cells_are_those_of_a_plain_split(data: bytes, columns: int, size: int) -> None:
    lines = [line.removesuffix(b"\r").split(b"\t") for line in plain_lines(data)]
    regular = [
        line for line in lines if len(line) == columns and (columns > 1 or line[0].decode().strip())
    ]
    found: list[list[str]] = []
    counts: list[int] = []
    for block in blocks_of(data, size):
        cells = tabulate(decode_block(block, UTF8), b"\t", columns, Limits())
        texts = [cells.texts(column).to_pylist() for column in range(columns)]
        found += [list(row) for row in zip(*texts, strict=True)]
        counts += cells.cell_counts.tolist()
    assert found == [[cell.decode() for cell in line] for line in regular]
    blank = [len(line) == 1 and not line[0].decode().strip() for line in lines]
    assert counts == [
        0 if is_blank else len(line) for line, is_blank in zip(lines, blank, strict=True)
    ]


DIRTY_ROWS = st.lists(
    st.sampled_from(
        [
            "1/15/26\t1\tlate\t\t111-0000001-0000001\ta",
            "1/16/26\t2\tbro\nken\t\t111-0000001-0000002\ta",
            "1/17/26\t2\ta\n\nb\nc\t\t111-0000001-0000003\ta",
            "1/18/26\t2\ta\tb\t\t111-0000001-0000004\ta",
            "1/18/26\t2\tshort",
            "1/18/26\t9\tlate\t\t111-0000001-0000005\ta",
            "",
            "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email",
            "1/19/26\t1\tlate\nx",
            "\x00\x00",
        ]
    ),
    max_size=20,
)


@given(
    DIRTY_ROWS,
    st.integers(1, 120),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-16"]),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_size_of_blocks_changes_nothing(
    read: Callable[..., Any], rows: list[str], size: int, end: str, encoding: str
) -> None:
    header = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email"
    proof = "1/31/26\t1\tproof\t\t111-0000001-0000009\ta"
    data = "".join(line + end for line in [header, proof, *rows]).encode(encoding)
    whole = read(data)
    cut = read(data, limits=Limits(block_bytes=size + size % 2, line_bytes=10_000, kept_bytes=0))
    assert cut.reading == whole.reading
    assert cut.rows == whole.rows
    assert cut.quarantined == whole.quarantined
    assert sum(whole.counts[1:]) == whole.counts[0]


def context(**limits: int) -> ReadingContext:
    return ReadingContext(
        "shop", marketplace("US"), date(2026, 6, 1), "0" * 64, limits=Limits(**limits)
    )


def test_a_line_beyond_the_limit_refuses_the_file() -> None:
    data = b"a\tb\tc\n" + b"x" * 500 + b"\n1\t2\t3\n"
    with pytest.raises(RefusedReportError, match=r"line|row") as refused:
        list(open_report(io.BytesIO(data), context(block_bytes=10_000, line_bytes=100)).blocks())
    assert refused.value.refusal.reason == "line_too_long"


def test_a_file_without_lf_is_read_by_its_cr() -> None:
    text = open_report(io.BytesIO(b"a\tb\tc\r1\t2\t3\r"), context())
    assert text.choice.line_end.character == CR
    assert [len(cells.regular) for cells in text.blocks()] == [1]


def test_a_large_file_gives_the_same_blocks_every_time() -> None:
    line = b"1/15/26\t1\t" + b"x" * 900 + b"\n"
    data = b"a\tb\tc\n" + line * 20_000  # beyond what is kept between readings
    text = open_report(io.BytesIO(data), replace(context(), limits=Limits(block_bytes=1 << 20)))
    first = [(cells.first_line, len(cells.regular)) for cells in text.blocks()]
    assert first == [(cells.first_line, len(cells.regular)) for cells in text.blocks()]
    assert sum(count for _, count in first) == 20_000
