"""The encoding is chosen from the whole file, in a fixed order, and a guess is recorded as one."""

import io
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from schemas.marketplaces import marketplace
from transforms.reports.decoding import EncodingChoice, choose_encoding
from transforms.reports.reading import Limits, ReadingContext, RefusedReportError

Read = Callable[..., Any]

GERMAN = "Versp\u00e4tet geliefert, gr\u00f6\u00dfer als erwartet, sch\u00f6n war es nicht\n"
JAPANESE = "\u9045\u3044\u3067\u3059\u3002\u7bb1\u304c\u6f70\u308c\u3066\u3044\u307e\u3057\u305f\n"


def choose(
    data: bytes, *, code: str = "US", charset: str | None = None, block: int = 4096
) -> EncodingChoice:
    context = ReadingContext(
        "shop", marketplace(code), date(2026, 6, 1), "0" * 64, charset, Limits(block_bytes=block)
    )
    return choose_encoding(io.BytesIO(data), context)


def refused(data: bytes, **more: Any) -> str:
    with pytest.raises(RefusedReportError) as error:
        choose(data, **more)
    return error.value.refusal.reason


@pytest.mark.parametrize(
    ("data", "more", "encoding", "evidence"),
    [
        (b"plain\n", {}, "utf-8", "strict_utf8"),
        (GERMAN.encode(), {"charset": "cp1252"}, "utf-8", "strict_utf8"),
        (b"\xef\xbb\xbf" + GERMAN.encode(), {}, "utf-8", "bom"),
        (GERMAN.encode("cp1252"), {}, "cp1252", "marketplace"),
        (GERMAN.encode("cp1252"), {"charset": "ISO-8859-1"}, "cp1252", "declared"),
        (JAPANESE.encode("cp932"), {"code": "JP"}, "cp932", "marketplace"),
        (JAPANESE.encode("cp932"), {"charset": "Windows-31J"}, "cp932", "declared"),
        (JAPANESE.encode("cp932"), {"charset": "Shift_JIS", "code": "JP"}, "cp932", "declared"),
        (GERMAN.encode() * 3 + b"\xfc\n", {}, "utf-8", "fallback"),
        (GERMAN.encode("cp1252") + b"\x81\n", {}, "cp1252", "fallback"),
    ],
)
def test_choice(data: bytes, more: dict[str, Any], encoding: str, evidence: str) -> None:
    choice = choose(data, **more)
    assert (choice.encoding, choice.evidence) == (encoding, evidence)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64])
def test_characters_may_be_cut_between_blocks(block: int) -> None:
    data = (GERMAN + JAPANESE).encode()
    assert choose(data, block=block).evidence == "strict_utf8"


def test_what_cannot_be_told_is_refused() -> None:
    assert refused(b"") == "empty"
    assert refused(JAPANESE.encode("cp932")) == "enc_unknown"
    assert refused("Привет, посылка не пришла вовремя\n".encode("cp1251")) == "enc_unknown"
    assert refused("a\tb\n".encode("utf-32")) == "enc_unknown"
    assert refused("a report\n".encode("utf-16-be")) == "enc_utf16_nobom"


def test_two_accented_letters_side_by_side_are_western_text(read: Read) -> None:
    header = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
    row = "25.1.26\t1\t{}\t\t302-0000001-0000001\tx@marketplace.amazon.de\n"
    found = read((header + row.format("größer " * 20)).encode("cp1252"), code="DE")
    assert [row["comment"] for row in found.rows] == ["größer " * 20]
    assert (
        read((header + row.format("опоздал " * 20)).encode("cp1251"), code="DE").reading.reason
        == "enc_unknown"
    )


def test_rows_that_are_not_utf8_are_told_apart(read: Read) -> None:
    header = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
    row = "1/15/26\t1\t{}\t\t111-0000001-000000{}\ta\n"
    good = "".join(row.format("d\u00e9\u00e7u tr\u00e8s", number) for number in range(1, 5))
    bad = [
        row.format("tr\u00e8s", 5).encode("cp1252"),
        row.format("#", 6).encode().replace(b"#", b"\xed\xa0\xbd"),
        row.format("#", 7).encode().replace(b"#", b"\xc3\x28\xe2\x82"),
    ]
    found = read((header + good).encode() + b"".join(bad))
    assert [line["reason"] for line in found.quarantined] == ["enc_row", "surrogate", "enc_invalid"]
    assert found.reading.rows_accepted == 4


def test_the_broken_half_of_a_utf16_file_is_set_aside(read: Read) -> None:
    header = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
    row = "1/15/26\t1\t{}\t\t111-0000001-000000{}\ta\n"
    text = header + row.format("late", 1) + row.format("#", 2) + row.format("late", 3)
    data = text.encode("utf-16-le").replace("#".encode("utf-16-le"), b"\x3d\xd8")
    found = read(b"\xff\xfe" + data)
    assert [line["reason"] for line in found.quarantined] == ["surrogate"]
    assert [line["row_number"] for line in found.rows] == [1, 3]


MEASURE = """
import io, resource, sys, time
from datetime import date
from schemas.marketplaces import marketplace
from transforms.reports.feedback import read_feedback_report
from transforms.reports.reading import ReadingContext

class Endless(io.RawIOBase):
    # a header, then one line of 400 MB that lies nowhere
    def __init__(self): self.at, self.size = 0, 400_000_000
    def readable(self): return True
    def seekable(self): return True
    def seek(self, offset, whence=0):
        self.at = self.size + offset if whence == io.SEEK_END else offset
        return self.at
    def read(self, count=-1):
        count = min(count, self.size - self.at)
        self.at += count
        head = b"Date\\tRating\\tComments\\tYour Response\\tOrder ID\\tRater Email\\n1/5/26\\t1\\t"
        return head + b"x" * (count - len(head)) if self.at == count else b"x" * count

context = ReadingContext("shop", marketplace("US"), date(2026, 6, 1), "0" * 64)
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
before, began = peak(), time.process_time()
reading = read_feedback_report(Endless(), context, None)
print(reading.reason, peak() - before, time.process_time() - began)
"""


def test_a_line_of_400_megabytes_is_refused_in_little_memory_and_time() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", MEASURE], check=True, capture_output=True, text=True
    )
    reason, mebibytes, seconds = answer.stdout.split()
    assert reason == "line_too_long"
    assert int(mebibytes) < 200
    assert float(seconds) < 2
