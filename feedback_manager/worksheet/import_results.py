"""Read a filled-in worksheet back: forgiving about what spreadsheet programs do, strict about what is said."""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from feedback_manager.worksheet.columns import (
    CONTENT_PREFIX,
    FOR_READING,
    FOR_WRITING,
    REQUEST_PREFIX,
)
from feedback_manager.worksheet.result_dates import UnreadableDateError, read_date
from feedback_manager.worksheet.results import (
    SEEN,
    ContradictionError,
    Settlement,
    WorksheetResult,
    settle,
)
from feedback_manager.worksheet.spreadsheet_cells import plain_cell
from schemas.vocabularies import Decision, RequestState, SightingKind

_DELIMITERS: Final = (",", ";", "\t")
_REQUIRED: Final = ("request_id", "result")
_OWN_COLUMNS: Final = frozenset({*FOR_READING, *FOR_WRITING})
_READ: Final = frozenset(
    {"request_id", "account", "marketplace", "order_id", "content_sha256", *FOR_WRITING}
)
_LONGEST_HEADER: Final = 10_000
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """What the ledger says of a request now; a row of the table has to fit it."""

    account: str
    marketplace: str
    order_id: str
    state: RequestState
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class FilledRow:
    """One row in which a person said something new."""

    line_number: int
    request_id: str
    result: WorksheetResult
    result_date: date | None
    """The day it happened, if the person wrote it."""
    note: str
    """Free text; may hold personal data: kept out of logs and published tables."""
    content_sha256: str | None
    """What the person had on paper; None where the column was taken out."""
    settlement: Settlement
    """Steps for the ledger, and what was seen."""


@dataclass(frozen=True, slots=True)
class UnchangedRow:
    """One row that says nothing new."""

    line_number: int
    request_id: str
    because: str
    """`not_done_yet`, `known_already`, or `repeated`."""


@dataclass(frozen=True, slots=True)
class ResultProblem:
    """One row that was not applied: what was found, and what to do."""

    line_number: int
    found: str
    remedy: str
    request_id: str | None = None
    """Set when the row is clear and only contradicts the ledger."""
    seen: SightingKind | None = None
    """What to record as a sighting all the same: a request that Amazon has must never be made again."""

    def __str__(self) -> str:
        return f"line {self.line_number}: {self.found}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class ImportedResults:
    """Every row of the table, in exactly one of three places."""

    rows: tuple[FilledRow, ...]
    unchanged: tuple[UnchangedRow, ...]
    problems: tuple[ResultProblem, ...]
    row_count: int
    """Rows in the table: the sum of the three. Zero when the table itself cannot be read; then there is one problem."""
    ignored_columns: tuple[str, ...] = ()
    """Columns that a person added."""


@dataclass(frozen=True, slots=True)
class _Said:
    """One row as read, before it is weighed against the others and the ledger."""

    line_number: int
    request_id: str
    result: WorksheetResult | None
    result_date: date | None
    note: str
    content_sha256: str | None


class _RowError(ValueError):
    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy


def import_results(
    csv_bytes: bytes, *, known: Mapping[str, KnownRequest], as_of: date
) -> ImportedResults:
    """Read the table and say what follows for the ledger; nothing is applied here.

    Accepted as spreadsheet programs save it: comma, semicolon or tab; UTF-8 with or without mark, UTF-16, Windows-1252;
    columns in any order, more columns, missing columns of the program's own except the request id; any quoting; an
    apostrophe before formula-like text, kept or dropped; dates in the forms of `read_date`. Rows without any text
    are no rows.

    Not accepted: a word that is not in `WorksheetResult`; a request that the ledger does not know; an order or
    marketplace that is not the request's; a date in the future; two different results for one request (both rows
    become problems); a result that contradicts the ledger.

    Args:
        csv_bytes: the file.
        known: the ledger's requests by id.
        as_of: business date; a result may be dated a day later, zones being what they are.
    """
    try:
        text = _decoded(csv_bytes)
        delimiter, header = _header(text)
        data_rows = list(_data_rows(text, delimiter))
    except _RowError as error:
        return ImportedResults((), (), (ResultProblem(1, error.found, error.remedy),), 0)
    said: dict[str, list[_Said]] = {}
    problems: list[ResultProblem] = []
    for line_number, cells in data_rows:
        try:
            one = _said(line_number, _by_name(cells, header), known, as_of)
        except _RowError as error:
            problems.append(ResultProblem(line_number, error.found, error.remedy))
        else:
            said.setdefault(one.request_id, []).append(one)
    rows: list[FilledRow] = []
    unchanged: list[UnchangedRow] = []
    for request_id, of_request in said.items():
        for outcome in _weighed(of_request, known[request_id]):
            match outcome:
                case FilledRow():
                    rows.append(outcome)
                case UnchangedRow():
                    unchanged.append(outcome)
                case ResultProblem():
                    problems.append(outcome)
    return ImportedResults(
        rows=tuple(sorted(rows, key=_line)),
        unchanged=tuple(sorted(unchanged, key=_line)),
        problems=tuple(sorted(problems, key=_line)),
        row_count=len(data_rows),
        ignored_columns=tuple(name for name in header if name and name not in _OWN_COLUMNS),
    )


def _line(row: FilledRow | UnchangedRow | ResultProblem) -> int:
    return row.line_number


def _decoded(csv_bytes: bytes) -> str:
    encoding = next((name for mark, name in _MARKS.items() if csv_bytes.startswith(mark)), "utf-8")
    try:
        return csv_bytes.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise _RowError(
                f"the file begins as {encoding} and is something else",
                "save it again as CSV (UTF-8)",
            ) from None
    if b"\0" in csv_bytes or csv_bytes.startswith(b"PK"):
        raise _RowError("the file is no text", "save the table as CSV (UTF-8), not as a workbook")
    # What spreadsheet programs write as "CSV" on Windows; bytes that it does not define can only stand in a note.
    return csv_bytes.decode("cp1252", errors="replace")


def _header(text: str) -> tuple[str, tuple[str, ...]]:
    """Delimiter and column names; a name is compared in small letters without surrounding blanks."""
    first_line = text.partition("\n")[0].partition("\r")[0]
    for delimiter in _DELIMITERS:
        first = next(csv.reader([first_line[:_LONGEST_HEADER]], delimiter=delimiter), [])
        names = tuple(plain_cell(cell.strip()).strip().lower() for cell in first)
        if set(_REQUIRED) <= set(names):
            break
    else:
        raise _RowError(
            "the first line does not name the columns request_id and result",
            "fill in the table that lies beside the worksheet, and keep its first line",
        )
    if doubled := sorted({name for name in names if name in _READ and names.count(name) > 1}):
        raise _RowError(
            f"column {doubled[0]} occurs twice", "keep one of them, and take the other out"
        )
    return delimiter, names


def _data_rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with any text in them, with the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins_on = 1
    try:
        for at, cells in enumerate(reader):
            if at > 0 and any(cell.strip() for cell in cells):
                yield begins_on, cells
            begins_on = reader.line_num + 1
    except csv.Error as error:
        raise _RowError(
            f"the row that begins on line {begins_on} cannot be read ({error})",
            "look for a quotation mark that is opened and not closed",
        ) from None


def _by_name(cells: list[str], header: tuple[str, ...]) -> Mapping[str, str]:
    if any(cell.strip() for cell in cells[len(header) :]):
        raise _RowError(
            "the row has more cells than the first line has columns",
            "look for a delimiter inside a note, and put the note in quotation marks",
        )
    return dict(zip(header, (plain_cell(cell.strip()) for cell in cells), strict=False))


def _said(
    line_number: int, row: Mapping[str, str], known: Mapping[str, KnownRequest], as_of: date
) -> _Said:
    request_id = row.get("request_id", "").strip().removeprefix(REQUEST_PREFIX)
    request = known.get(request_id)
    if request is None:
        raise _RowError(
            f"request {request_id[:40]!r} is not in the ledger" if request_id else "no request_id",
            "copy the request_id from the worksheet's own table; has this file come from another computer or account?",
        )
    for name, right in (
        ("account", request.account),
        ("marketplace", request.marketplace),
        ("order_id", request.order_id),
    ):
        if name in row and row[name].strip() != right:
            raise _RowError(
                f"{name} is {row[name].strip()[:40]!r}, and the request is about {right!r}",
                "the columns seem to have been sorted apart; copy your results into a fresh table",
            )
    return _Said(
        line_number=line_number,
        request_id=request_id,
        result=_result(row.get("result", "")),
        result_date=_result_date(row.get("result_date", ""), as_of),
        note=row.get("note", "").strip(),
        content_sha256=row.get("content_sha256", "").strip().removeprefix(CONTENT_PREFIX) or None,
    )


def _result(cell: str) -> WorksheetResult | None:
    """The word of a cell, None for an empty one; small or capital letters, blank, hyphen or underscore."""
    word = "_".join(cell.lower().replace("-", " ").replace("_", " ").split())
    if not word:
        return None
    try:
        return WorksheetResult(word)
    except ValueError:
        raise _RowError(
            f"result {cell.strip()[:40]!r} is not a word of the list",
            f"write one of {', '.join(WorksheetResult)}, or leave it empty",
        ) from None


def _result_date(cell: str, as_of: date) -> date | None:
    if not cell.strip():
        return None
    try:
        day = read_date(cell)
    except UnreadableDateError as error:
        raise _RowError("result_date cannot be read", str(error)) from None
    if day > as_of + timedelta(days=1):
        raise _RowError(
            f"result_date {day.isoformat()} lies in the future",
            "write the day on which it happened",
        )
    return day


def _weighed(
    of_request: Sequence[_Said], request: KnownRequest
) -> Iterator[FilledRow | UnchangedRow | ResultProblem]:
    """What becomes of all rows of one request."""
    told = [one for one in of_request if one.result is not None]
    for one in of_request:
        if one.result is None:
            yield UnchangedRow(one.line_number, one.request_id, "not_done_yet")
    if len({one.result for one in told}) > 1:
        lines = " and ".join(str(one.line_number) for one in told)
        for one in told:
            yield ResultProblem(
                one.line_number,
                f"lines {lines} say different things of one request",
                "keep the line that is right",
            )
        return
    for one in told[1:]:
        yield UnchangedRow(one.line_number, one.request_id, "repeated")
    if told:
        yield _settled(told[0], request)


def _settled(one: _Said, request: KnownRequest) -> FilledRow | UnchangedRow | ResultProblem:
    if one.result is None:
        return UnchangedRow(one.line_number, one.request_id, "not_done_yet")
    try:
        settlement = settle(one.result, request.state, request.decision)
    except ContradictionError as error:
        return ResultProblem(
            one.line_number, error.found, error.remedy, one.request_id, SEEN[one.result]
        )
    if not settlement.steps:
        return UnchangedRow(one.line_number, one.request_id, "known_already")
    return FilledRow(
        line_number=one.line_number,
        request_id=one.request_id,
        result=one.result,
        result_date=one.result_date,
        note=one.note,
        content_sha256=one.content_sha256,
        settlement=settlement,
    )
