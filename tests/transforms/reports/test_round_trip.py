"""Whatever the writer writes reads back equal: every generation, language, encoding, date format and line end."""

import unicodedata
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.marketplaces import DateFormat
from transforms.reports.reading import Limits
from transforms.reports.writing import (
    GENERATIONS,
    HEADERS,
    ReportRow,
    ReportStyle,
    UnwritableTextError,
    printed_date,
    write_feedback_report,
)

Read = Callable[..., Any]

LATEST = date(2026, 6, 1)
WORDS = {
    "en": [
        "late",
        "the",
        "box",
        "broken",
        '"seller',
        "5\u201d",
        "won't",
        "N/A",
        "=1",
        "#",
        "\\",
        "why?",
        "refund",
    ],
    "de": [
        "Versp\u00e4tet",
        "geliefert",
        "\u201enie\u201c",
        "Stra\u00dfe",
        "gr\u00f6\u00dfer",
        "\u2013",
        "\u20ac5",
        "k\u00f6nnte",
    ],
    "fr": [
        "d\u00e9\u00e7u",
        "tr\u00e8s",
        "\u00e0",
        "l\u2019article",
        "\u0153uvre",
        "\u00ab",
        "\u00bb",
        "o\u00f9",
        "\u2026",
    ],
    "es": ["Lleg\u00f3", "tarde", "\u00bfpor", "qu\u00e9?", "ma\u00f1ana", "\u00a1no!"],
    "ja": [
        "\u9045\u3044\u3067\u3059",
        "\u7bb1\u304c\u6f70\u308c",
        "\uff76\uff80\uff76\uff85",
        "\u2460",
        "\u80fd\u529b",
        "\u8868",
        "\u3002",
    ],
    "mixed": [
        "\U0001f621",
        "\u0432\u0440\u0435\u043c\u044f",
        "\u0645\u062a\u0623\u062e\u0631",
        "e\u0301",
        "\u2028",
        "\u0085",
        "\u7bb1",
    ],
}
LANGUAGES = {
    "utf-8": tuple(WORDS),
    "utf-16-le": tuple(WORDS),
    "utf-16-be": tuple(WORDS),
    "cp1252": ("en", "de", "fr", "es"),
    "cp932": ("en", "ja"),
}
MARKETPLACES = {
    DateFormat.MDY: "US",
    DateFormat.DMY: "UK",
    DateFormat.D_M_Y_DOTS: "DE",
    DateFormat.ISO: "SE",
    DateFormat.YEAR_FIRST: "JP",
}
OTHER_HEADERS = {
    6: ("Data", "Ocena", "Komentarz", "Odpowied\u017a", "Numer", "Adres"),
    9: ("a", "b", "c", "d", "e", "f", "g", "h", "i"),
    10: ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"),
}


@st.composite
def styles(draw: st.DrawFn) -> ReportStyle:
    encoding = draw(st.sampled_from(sorted(LANGUAGES)))
    column_count = draw(st.sampled_from(sorted(GENERATIONS)))
    # Windows-1252 is left out in Japan's folder, where the same bytes may just as well be cp932.
    formats = {
        "cp932": [DateFormat.YEAR_FIRST],
        "cp1252": [one for one in DateFormat if one is not DateFormat.YEAR_FIRST],
    }
    date_format = draw(st.sampled_from(formats.get(encoding, list(DateFormat))))
    listed = ["en"] if column_count > 6 or encoding == "cp932" else sorted(HEADERS)
    can_be_foreign = encoding.startswith("utf")
    return ReportStyle(
        date_format=date_format,
        column_count=column_count,
        language=draw(st.sampled_from(listed)),
        encoding=encoding,
        has_byte_order_mark=encoding.startswith("utf-16")
        or (encoding == "utf-8" and draw(st.booleans())),
        year_digits=draw(st.sampled_from([2, 4])),
        line_end=draw(st.sampled_from(["\n", "\r\n"])),
        header=OTHER_HEADERS[column_count] if can_be_foreign and draw(st.booleans()) else None,
    )


def texts(encoding: str) -> st.SearchStrategy[str]:
    def of(language: str) -> st.SearchStrategy[str]:
        glue = "" if language == "ja" else " "
        return st.lists(st.sampled_from(WORDS[language]), max_size=8).map(glue.join)

    return st.sampled_from(LANGUAGES[encoding]).flatmap(of)


@st.composite
def reports(draw: st.DrawFn) -> tuple[ReportStyle, list[ReportRow]]:
    style = draw(styles())
    numbers = draw(st.lists(st.integers(0, 10**14 - 1), min_size=1, max_size=12, unique=True))
    answer = st.sampled_from(["Yes", "No", "-", ""])
    rows = [
        ReportRow(
            feedback_date=LATEST - timedelta(days=draw(st.integers(0, 4000))),
            rating=draw(st.integers(1, 5)),
            order_id=f"{draw(st.sampled_from(['111', '302', 'S01', 'D99']))}-{number // 10**7:07d}-{number % 10**7:07d}",
            comment=draw(texts(style.encoding)),
            response=draw(texts(style.encoding)),
            rater_email="x@marketplace.amazon.com",
            arrived_on_time=draw(answer),
            item_as_described=draw(answer),
            customer_service=draw(answer),
        )
        for number in numbers
    ]
    # One row that proves the order of day, month and year; without it a report may rightly be taken for another format.
    rows.append(ReportRow(date(2025, 12, 31), 1, "999-9999999-9999999", "proof"))
    return style, rows


@given(
    reports(),
    st.sampled_from([Limits(), Limits(block_bytes=300, line_bytes=100_000, kept_bytes=0)]),
)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_written_report_reads_back_equal(
    read: Read, report: tuple[ReportStyle, list[ReportRow]], limits: Limits
) -> None:
    style, rows = report
    found = read(
        write_feedback_report(rows, style),
        code=MARKETPLACES[style.date_format],
        limits=limits,
        as_of=LATEST,
    )
    assert found.reading.status == "accepted", found.reading
    assert found.counts == (len(rows), len(rows), 0, 0)
    assert found.reading.column_count == style.column_count
    names = ["feedback_date", "rating", "order_id", "comment", "response"]
    if style.column_count > 6:
        names += ["arrived_on_time", "item_as_described", "customer_service"]
    assert [[row[name] for name in names] for row in found.rows] == [
        [getattr(row, name) for name in names] for row in rows
    ]
    assert [row["row_number"] for row in found.rows] == list(range(1, len(rows) + 1))
    assert (
        not any(row["is_date_assumed"] for row in found.rows)
        or style.date_format is DateFormat.YEAR_FIRST
    )


@given(st.dates(date(1995, 1, 1), LATEST), st.sampled_from(DateFormat), st.sampled_from([2, 4]))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_every_date_reads_back_in_its_marketplace(
    read: Read, day: date, date_format: DateFormat, digits: int
) -> None:
    rows = [
        ReportRow(day, 1, "111-0000001-0000001"),
        ReportRow(date(2025, 12, 31), 1, "999-9999999-9999999"),
    ]
    data = write_feedback_report(rows, ReportStyle(date_format, year_digits=digits))
    found = read(data, code=MARKETPLACES[date_format], as_of=LATEST)
    assert [row["feedback_date"] for row in found.rows] == [day, date(2025, 12, 31)]
    assert found.reading.date_format == date_format


def test_dates_are_printed_without_zero_padding() -> None:
    day = date(2026, 1, 5)
    printed = [printed_date(day, date_format) for date_format in DateFormat]
    assert printed == ["1/5/26", "5/1/26", "5.1.26", "2026-01-05", "26/1/5"]


def test_a_text_that_the_format_cannot_carry_is_not_written() -> None:
    row = ReportRow(date(2026, 1, 5), 1, "111-0000001-0000001", "a\tb")
    with pytest.raises(UnwritableTextError, match="comment of order 111-0000001-0000001"):
        write_feedback_report([row], ReportStyle(DateFormat.MDY))


def test_the_word_list_holds_both_unicode_forms() -> None:
    assert any(unicodedata.normalize("NFC", word) != word for word in WORDS["mixed"])
