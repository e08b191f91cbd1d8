"""Write a worksheet: a self-contained page that a person works from and prints, and the table that comes back."""

import base64
import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

import jinja2

from feedback_manager.marketplace_names import marketplace_names
from feedback_manager.panel_words import panel_words
from feedback_manager.worksheet.columns import (
    CONTENT_PREFIX,
    FOR_READING,
    FOR_WRITING,
    REQUEST_PREFIX,
)
from feedback_manager.worksheet.highlight import Piece, pieces_of
from feedback_manager.worksheet.results import MEANINGS
from feedback_manager.worksheet.row import Worksheet, WorksheetRow
from feedback_manager.worksheet.spreadsheet_cells import safe_cell
from schemas.marketplaces import marketplace
from transforms.priority import URGENT_DAYS

_KEY_STYLES: Final = 8  # k0 to k7 in page.css
_LANGUAGE_OF_MARKETPLACE: Final[Mapping[str, str]] = {"IT": "it", "JP": "ja"}


class _Key(NamedTuple):
    """How evidence of one class is marked."""

    css: str
    letter: str


class _MarkedPiece(NamedTuple):
    text: str
    word_classes: tuple[str, ...]
    control: str | None
    is_last_of_mark: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    number: int
    row: WorksheetRow
    pieces: tuple[_MarkedPiece, ...]
    category_words: str
    reason_words: str
    urgency: str
    deadline_words: str


@dataclass(frozen=True, slots=True)
class _Group:
    code: str
    name: str
    address: str | None
    language: str
    action_label: str | None
    entries: tuple[_Entry, ...]


def render_worksheet(
    requests: Sequence[WorksheetRow],
    *,
    worksheet_id: str,
    account: str,
    created_at: datetime,
    as_of: date,
    delimiter: str = ",",
) -> Worksheet:
    """Write page and table for one account's approved requests.

    Requests keep their order within their marketplace; page and table number them alike.

    Args:
        requests: approved requests of this account, first things first.
        worksheet_id: name of the worksheet, and of its two files.
        account: the account to sign in to.
        created_at: when it is made (UTC).
        as_of: business date from which the days left are counted.
        delimiter: between the cells of the table; spreadsheet programs in countries with a decimal comma open a
            table with ";" by a double click. The way back takes either.

    Raises:
        ValueError: a request belongs to another account, or its evidence does not fit its comment.
        UnknownPanelChoiceError: a category or reason code that the panel is not known to have.
        UnknownMarketplaceError: a marketplace that Amazon does not have.
    """
    if strangers := sorted({row.account for row in requests} - {account}):
        raise ValueError(f"worksheet for {account!r}: requests of {', '.join(strangers)}")
    ordered = _by_marketplace(requests)
    keys = _keys(requests)
    style = _read("page.css")
    html = _template().render(
        worksheet_id=worksheet_id,
        csv_name=f"{worksheet_id}.csv",
        account=account,
        created_at=created_at,
        count=len(requests),
        first_deadline=min((row.deadline_date for row in requests), default=None),
        groups=_groups(ordered, as_of),
        keys=keys,
        result_words=MEANINGS.items(),
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
    )
    return Worksheet(worksheet_id, html, _table(ordered, worksheet_id, delimiter))


def feedback_manager_address(marketplace_code: str) -> str | None:
    """Address of the page of a marketplace, None where its Seller Central host is not known.

    The bare `/feedback-manager` shows an empty shell, so the file is named.
    """
    host = marketplace(marketplace_code).host
    return f"https://{host}/feedback-manager/index.html" if host else None


def what_to_click(row: WorksheetRow) -> str:
    """The clicks of one request in one line."""
    words = panel_words()
    return (
        "Actions > Request removal > Continue"
        f" > Category: {words.category(row.category)} ({row.category})"
        f" > Reason: {words.reason(row.reason_code)} ({row.reason_code}) > Submit"
    )


def _by_marketplace(requests: Sequence[WorksheetRow]) -> dict[str, list[tuple[int, WorksheetRow]]]:
    """Numbered requests by marketplace, marketplaces in the order of their first request."""
    grouped: dict[str, list[WorksheetRow]] = {}
    for row in requests:
        grouped.setdefault(row.marketplace, []).append(row)
    numbers = iter(range(1, len(requests) + 1))
    return {code: [(next(numbers), row) for row in rows] for code, rows in grouped.items()}


def _groups(
    ordered: Mapping[str, Sequence[tuple[int, WorksheetRow]]], as_of: date
) -> tuple[_Group, ...]:
    labels = panel_words().action_labels
    groups = []
    for code, numbered in ordered.items():
        language = _LANGUAGE_OF_MARKETPLACE.get(code, "en")
        groups.append(
            _Group(
                code=code,
                name=marketplace_names()["en"].get(code, code),
                address=feedback_manager_address(code),
                language=language,
                action_label=labels.get(language),
                entries=tuple(_entry(number, row, as_of) for number, row in numbered),
            )
        )
    return tuple(groups)


def _entry(number: int, row: WorksheetRow, as_of: date) -> _Entry:
    words = panel_words()
    days_left = (row.deadline_date - as_of).days
    if days_left < 0:
        urgency, deadline_words = "past", "Too late, do not ask"
    elif days_left == 0:
        urgency, deadline_words = "soon", "Last day"
    else:
        urgency = "soon" if days_left <= URGENT_DAYS else ""
        deadline_words = "1 day left" if days_left == 1 else f"{days_left} days left"
    return _Entry(
        number=number,
        row=row,
        pieces=_marked(pieces_of(row.comment, row.evidence)) if row.comment else (),
        category_words=words.category(row.category),
        reason_words=words.reason(row.reason_code),
        urgency=urgency,
        deadline_words=deadline_words,
    )


def _marked(pieces: Sequence[Piece]) -> tuple[_MarkedPiece, ...]:
    """Pieces that know whether the next one carries the same mark, so that its letter is written once."""
    following = [piece.word_classes for piece in pieces[1:]] + [()]
    return tuple(
        _MarkedPiece(
            *piece, is_last_of_mark=bool(piece.word_classes) and piece.word_classes != after
        )
        for piece, after in zip(pieces, following, strict=True)
    )


def _keys(requests: Sequence[WorksheetRow]) -> dict[str, _Key]:
    """A mark for each class of evidence on the worksheet, in the order of first appearance."""
    classes = dict.fromkeys(
        span.word_class for row in requests if row.comment for span in sorted(row.evidence)
    )
    return {
        word_class: _Key(f"k{at % _KEY_STYLES}", _letter(at))
        for at, word_class in enumerate(classes)
    }


def _letter(at: int) -> str:
    return chr(ord("a") + at) if at < 26 else f"z{at}"


def _table(
    ordered: Mapping[str, Sequence[tuple[int, WorksheetRow]]], worksheet_id: str, delimiter: str
) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([*FOR_READING, *FOR_WRITING])
    for numbered in ordered.values():
        for number, row in numbered:
            cells = (
                worksheet_id,
                str(number),
                REQUEST_PREFIX + row.request_id,
                row.account,
                row.marketplace,
                row.order_id,
                row.feedback_date.isoformat(),
                str(row.rating),
                row.ground.value,
                what_to_click(row),
                row.deadline_date.isoformat(),
                CONTENT_PREFIX + row.content_sha256,
                *("" for _ in FOR_WRITING),
            )
            writer.writerow([safe_cell(cell) for cell in cells])
    # The mark at the start tells spreadsheet programs that the text is UTF-8.
    return text.getvalue().encode("utf-8-sig")


def _day(value: date) -> str:
    """A date that nobody reads the wrong way round, in English whatever the machine's language."""
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{value.day} {months[value.month - 1]} {value.year}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _sentence(reason: str) -> str:
    """The part of a reason that is meant for people."""
    return reason.partition(": ")[2] or _words(reason)


def _read(name: str) -> str:
    return resources.files("feedback_manager.worksheet").joinpath(name).read_text("utf-8")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.filters |= {"day": _day, "words": _words, "sentence": _sentence}
    return environment.from_string(_read("page.html.jinja"))
