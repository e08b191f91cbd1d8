"""Writes feedback reports as Amazon does, in every known generation, language, encoding and date format.

Used for sample data, for the local stand-in of the page and for tests: whatever is written here reads back equal.
"""

import codecs
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from schemas.marketplaces import DateFormat
from transforms.reports.feedback_columns import NARROW, WIDE

HEADERS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": dict(
        zip(
            WIDE,
            (
                "Date",
                "Rating",
                "Comments",
                "Your Response",
                "Arrived on Time",
                "Item as Described",
                "Customer Service",
                "Order ID",
                "Rater Email",
                "Rater Role",
            ),
            strict=True,
        )
    ),
    "de": dict(
        zip(
            NARROW,
            (
                "Datum",
                "Bewertung",
                "Kommentar ",
                "Ihre Antwort",
                "Transaktionsnummer",
                "E-Mail des Bewertenden",
            ),
            strict=True,
        )
    ),
    "es": dict(
        zip(
            NARROW,
            ("Date", "Rating", "Comentarios", "Response", "Número de pedido", "E-mail del cliente"),
            strict=True,
        )
    ),
    "es-MX": dict(
        zip(
            NARROW,
            (
                "Fecha",
                "Rating",
                "Comentarios",
                "Tu respuesta",
                "Número de pedido",
                "Correo electrónico del evaluador",
            ),
            strict=True,
        )
    ),
}
"""Header spellings by language (airbyte pull request 9212 for all but English); the older generations in English only."""

GENERATIONS: Final[Mapping[int, tuple[str, ...]]] = {6: NARROW, 9: WIDE[:9], 10: WIDE}
"""Columns of each generation by their number."""

_BYTE_ORDER_MARKS: Final = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One feedback as a report prints it."""

    feedback_date: date
    rating: int
    order_id: str
    comment: str = ""
    response: str = ""
    rater_email: str = ""
    arrived_on_time: str = "-"
    item_as_described: str = "-"
    customer_service: str = "-"
    rater_role: str = "Buyer"


@dataclass(frozen=True, slots=True)
class ReportStyle:
    """How a report is printed."""

    date_format: DateFormat
    column_count: int = 6
    language: str = "en"
    encoding: str = "utf-8"
    has_byte_order_mark: bool = False
    year_digits: int = 2
    line_end: str = "\n"
    header: tuple[str, ...] | None = None
    """Header cells in a language that is not listed."""


class UnwritableTextError(ValueError):
    """A text holds a tab or a line end: the format knows no way to write it."""


def printed_date(day: date, date_format: DateFormat, year_digits: int = 2) -> str:
    """A date as reports print it: without zero padding, except in the ISO form, whose year has four digits."""
    year = f"{day.year % 100:02d}" if year_digits == 2 else f"{day.year:04d}"
    match date_format:
        case DateFormat.MDY:
            return f"{day.month}/{day.day}/{year}"
        case DateFormat.DMY:
            return f"{day.day}/{day.month}/{year}"
        case DateFormat.D_M_Y_DOTS:
            return f"{day.day}.{day.month}.{year}"
        case DateFormat.YEAR_FIRST:
            return f"{year}/{day.month}/{day.day}"
        case DateFormat.ISO:
            return day.isoformat()


def write_feedback_report(rows: Iterable[ReportRow], style: ReportStyle) -> bytes:
    """The bytes of a report.

    Raises:
        UnwritableTextError: a text holds a tab, LF or CR.
        UnicodeEncodeError: a character does not exist in the style's encoding.
    """
    columns = GENERATIONS[style.column_count]
    header = style.header or tuple(HEADERS[style.language][column] for column in columns)
    lines = ["\t".join(header)]
    lines += ["\t".join(_cell(row, column, style) for column in columns) for row in rows]
    text = "".join(line + style.line_end for line in lines)
    mark = _BYTE_ORDER_MARKS[style.encoding] if style.has_byte_order_mark else b""
    return mark + text.encode(style.encoding)


def _cell(row: ReportRow, column: str, style: ReportStyle) -> str:
    if column == "feedback_date":
        return printed_date(row.feedback_date, style.date_format, style.year_digits)
    text = str(getattr(row, column))
    if any(end in text for end in "\t\n\r"):
        raise UnwritableTextError(f"{column} of order {row.order_id} holds a tab or a line end")
    return text
