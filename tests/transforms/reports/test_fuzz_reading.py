"""Mutated reports: no exception, no hang, and no row that is neither accepted nor set aside nor a duplicate.

Everything follows from a seed: `--full-fuzz` reads 100,000 inputs, and a failure names the seed that repeats it.
"""

import codecs
import time
from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from schemas.marketplaces import DateFormat
from transforms.reports.reading import Limits
from transforms.reports.writing import ReportRow, ReportStyle, write_feedback_report

Read = Callable[..., Any]

FEW, MANY = 2_000, 100_000
SLICES = 8
"""The inputs are spread over so many tests, so that they can run side by side."""

LONGEST_SECONDS = 5.0

BLOCKS = (
    *[Limits()] * 6,
    Limits(block_bytes=2000),
    Limits(block_bytes=300, line_bytes=50_000, kept_bytes=0),
)
"""Mostly the real size; small ones meet the edges between blocks."""

TOKENS = (
    *(
        b"\n",
        b"\r\n",
        b"\r",
        b"\t",
        b"\t\t",
        b"\0",
        b"\0\0\0\0",
        b'"',
        b"'",
        b";",
        b",",
        b"\\",
        b"#",
        b" ",
    ),
    *(
        b"\xef\xbb\xbf",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xc3\xa4",
        b"\xc3\x83\xc2\xa4",
        b"\xed\xa0\xbd",
        b"\xc0\xaf",
        b"\xe2\x80",
    ),
    *(
        b"\x81",
        b"\xfc",
        b"\xe9\xe8",
        b"\x82\xa0",
        b"\xf0\x9f\x98\xa1",
        b"\xe2\x80\xa8",
        b"\xc2\x85",
        b"\x0b",
        b"\x1b[31m",
        b"\x7f",
    ),
    *(
        b"111-0000001-0000001",
        b"1.11E+17",
        b"13/13/13",
        b"31/12/25",
        b"12/31/9999",
        b"0",
        b"-1",
        b"6",
        b"99999999999999999999",
    ),
    *(
        b"Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n",
        b"<html>",
        b"{}",
        b"=1+1",
        b"\xe2\x98\x85",
    ),
)
TEXTS = (
    "late",
    "",
    "broken \u2013 \u201enie\u201c",
    "d\u00e9\u00e7u",
    '"open',
    "two words",
    "???",
    "x" * 300,
)
JAPANESE = ("\u9045\u3044", "\u80fd\u8868", "", "\u2460\u3002")
MARKETPLACES = {
    DateFormat.MDY: "US",
    DateFormat.DMY: "FR",
    DateFormat.D_M_Y_DOTS: "DE",
    DateFormat.ISO: "SE",
    DateFormat.YEAR_FIRST: "JP",
}


def good_report(random: Random) -> tuple[bytes, str]:
    """A report that reads without loss, and its marketplace."""
    encoding = random.choice(
        ("utf-8", "utf-8", "utf-8", "cp1252", "cp932", "utf-16-le", "utf-16-be")
    )
    texts = JAPANESE if encoding == "cp932" else TEXTS
    date_format = (
        DateFormat.YEAR_FIRST if encoding == "cp932" else random.choice(tuple(MARKETPLACES))
    )
    style = ReportStyle(
        date_format,
        column_count=random.choice((6, 6, 6, 9, 10)),
        encoding=encoding,
        has_byte_order_mark=encoding.startswith("utf-16")
        or (encoding == "utf-8" and random.random() < 0.2),
        year_digits=random.choice((2, 4)),
        line_end=random.choice(("\n", "\r\n")),
    )
    rows = [
        ReportRow(
            date(2026, 5, 31) - timedelta(days=random.randrange(300)),
            random.randrange(1, 6),
            f"111-{random.randrange(20):07d}-{number:07d}",
            random.choice(texts),
            random.choice(texts),
            "a@marketplace.amazon.com",
        )
        for number in range(random.randrange(25))
    ]
    return write_feedback_report(rows, style), MARKETPLACES[date_format]


def accident(data: bytes, random: Random) -> bytes:
    """The report after one accident."""
    at = random.randrange(len(data) + 1)
    to = min(len(data), at + random.choice((1, 1, 2, 5, 40, 400)))
    before, within, after = data[:at], data[at:to], data[to:]
    replaced, by = random.choice(
        ((b"\t", b";"), (b"\t", b","), (b"\n", b"\r"), (b"\n", b""), (b"\t", b" "))
    )
    return random.choice(
        (
            before + random.choice(TOKENS) + within + after,
            before + after,
            before + random.choice(TOKENS) + after,
            before + within * random.choice((2, 3, 20)) + after,
            before,
            before + random.randbytes(len(within)) + after,
            data.replace(replaced, by),
            before + good_report(random)[0],
            codecs.BOM_UTF8 + data,
            after,
        )
    )


def mutated(data: bytes, random: Random) -> bytes:
    """The report after one to six accidents."""
    for _ in range(random.choice((1, 1, 1, 2, 3, 6))):
        data = accident(data, random)
    return data


def assert_rows_are_accounted_for(data: bytes, found: Any) -> None:
    """The reader's counts against counts made by plain means."""
    reading = found.reading
    reading.check_accounting()
    if reading.status != "accepted":
        assert reading.message
        assert found.counts == (0, 0, 0, 0)
        return
    assert len(found.rows) == reading.rows_accepted
    assert len(found.quarantined) == reading.rows_quarantined
    numbers = [row["row_number"] for row in (*found.rows, *found.quarantined)]
    assert len(set(numbers)) == len(numbers)
    assert max(numbers, default=0) <= reading.rows_in
    for row in found.quarantined:
        start = row["byte_offset"]
        assert data[start : start + len(row["raw_bytes"])] == row["raw_bytes"]
        assert row["message"]
    if not reading.encoding.startswith("utf-16") and b"\n" in data:
        assert_lines_are_accounted_for(data, found)


def assert_lines_are_accounted_for(data: bytes, found: Any) -> None:
    """Every line with text is the header, a row, a repeated header, or the continuation of a rejoined row."""
    lines = data.removeprefix(codecs.BOM_UTF8).split(b"\n")
    filled = [
        line
        for line in lines
        if line.decode("utf-8", "replace").strip(" \r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0")
    ]
    repeats = sum(line.removesuffix(b"\r") == filled[0].removesuffix(b"\r") for line in filled[1:])
    texts = [row[name] or "" for row in found.rows for name in ("comment", "response")]
    joined = sum(text.count("\n") for text in texts)
    joined += sum(row["raw_bytes"].rstrip(b"\r\n").count(b"\n") for row in found.quarantined)
    rows_in = found.reading.rows_in
    if not found.reading.rows_duplicate:
        assert len(filled) <= 1 + rows_in + joined + repeats <= len(lines) + repeats
    assert rows_in <= len(filled)


@pytest.mark.parametrize("part", range(SLICES))
def test_mutated_reports_lose_nothing(part: int, read: Read, pytestconfig: pytest.Config) -> None:
    count = MANY if pytestconfig.getoption("--full-fuzz") else FEW
    for seed in range(part, count, SLICES):
        random = Random(seed)  # noqa: S311 - repeatable, not secret
        report, code = good_report(random)
        data = mutated(report, random)
        limits = random.choice(BLOCKS)
        began = time.process_time()  # not the clock: a busy machine is no hang
        try:
            found = read(data, code=code, limits=limits)
            assert_rows_are_accounted_for(data, found)
        except Exception as error:
            error.add_note(f"seed {seed}, marketplace {code}")
            raise
        assert time.process_time() - began < LONGEST_SECONDS, f"seed {seed}"


@pytest.mark.parametrize("seed", range(60))
def test_unmutated_reports_are_accepted_whole(seed: int, read: Read) -> None:
    """Otherwise the mutations would only ever meet refusals."""
    data, code = good_report(Random(seed))  # noqa: S311 - repeatable, not secret
    found = read(data, code=code)
    assert found.reading.status == "accepted", found.reading
    assert found.reading.rows_accepted == found.reading.rows_in


def test_random_bytes_are_refused_or_set_aside(read: Read) -> None:
    for seed in range(200):
        random = Random(seed)  # noqa: S311 - repeatable, not secret
        data = random.randbytes(random.randrange(2000))
        assert_rows_are_accounted_for(data, read(data))
