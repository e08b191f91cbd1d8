"""Tables as people and spreadsheet programs give them back."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback_manager.worksheet.import_results import (
    ImportedResults,
    KnownRequest,
    import_results,
)
from feedback_manager.worksheet.result_dates import UnreadableDateError, read_date
from feedback_manager.worksheet.results import WorksheetResult
from feedback_manager.worksheet.row import Worksheet, WorksheetRow
from feedback_manager.worksheet.spreadsheet_cells import plain_cell, safe_cell
from schemas.vocabularies import Decision, RequestState, SightingKind

AS_OF = date(2026, 12, 4)
R = WorksheetResult


def ledger_of(
    rows: Sequence[WorksheetRow], state: RequestState = RequestState.APPROVED
) -> dict[str, KnownRequest]:
    return {
        row.request_id: KnownRequest(row.account, row.marketplace, row.order_id, state)
        for row in rows
    }


def applied(known: dict[str, KnownRequest], imported: ImportedResults) -> dict[str, KnownRequest]:
    """The ledger after a flow has taken the steps."""
    after = dict(known)
    for row in imported.rows:
        for step in row.settlement.steps:
            request = after[row.request_id]
            after[row.request_id] = replace(
                request, state=step.to_state, decision=step.decision or request.decision
            )
    return after


def table(csv_bytes: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    text = csv_bytes.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def written(
    rows: list[dict[str, str]], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL
) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(
        text, list(rows[0]), delimiter=delimiter, lineterminator="\r\n", quoting=quoting
    )  # type: ignore[arg-type]  # the stub wants the literal
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


@pytest.fixture
def rows(row: Callable[..., WorksheetRow]) -> list[WorksheetRow]:
    return [row("US", f"111-1111111-000000{n}") for n in range(1, 5)]


@pytest.fixture
def filled(rows: list[WorksheetRow], render: Callable[..., Worksheet]) -> list[dict[str, str]]:
    """Four rows: submitted, denied with a dangerous note, not done, gone."""
    cells = table(render(*rows).csv)
    told = [
        ("submitted", "2026-12-01", ""),
        ("denied", "01.12.2026", 'Größe; "n" =SUM(A1)\nsecond line'),
        ("", "", ""),
        ("gone", "", "-1"),
    ]
    for cell, (result, day, note) in zip(cells, told, strict=True):
        cell.update(result=result, result_date=day, note=note)
    return cells


def check(imported: ImportedResults, rows: list[WorksheetRow]) -> None:
    assert imported.problems == ()
    assert [(r.request_id, r.result) for r in imported.rows] == [
        (rows[0].request_id, R.SUBMITTED),
        (rows[1].request_id, R.DENIED),
        (rows[3].request_id, R.GONE),
    ]
    assert [r.result_date for r in imported.rows] == [date(2026, 12, 1), date(2026, 12, 1), None]
    assert [r.note for r in imported.rows] == ["", 'Größe; "n" =SUM(A1)\nsecond line', "-1"]
    assert [(u.request_id, u.because) for u in imported.unchanged] == [
        (rows[2].request_id, "not_done_yet")
    ]
    assert imported.row_count == 4
    assert [r.content_sha256 for r in imported.rows] == [rows[n].content_sha256 for n in (0, 1, 3)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_what_spreadsheet_programs_save(
    filled: list[dict[str, str]],
    rows: list[WorksheetRow],
    delimiter: str,
    encoding: str,
    quoting: int,
) -> None:
    saved = written(filled, delimiter, quoting).encode(encoding)
    check(import_results(saved, known=ledger_of(rows), as_of=AS_OF), rows)


def test_columns_in_another_order_and_new_ones(
    filled: list[dict[str, str]], rows: list[WorksheetRow]
) -> None:
    reordered = [
        {"My remark": "=1+1"} | {name.upper() + " ": cell[name] for name in reversed(list(cell))}
        for cell in filled
    ]
    imported = import_results(written(reordered).encode(), known=ledger_of(rows), as_of=AS_OF)
    check(imported, rows)
    assert imported.ignored_columns == ("my remark",)


def test_blank_lines_and_short_rows(filled: list[dict[str, str]], rows: list[WorksheetRow]) -> None:
    for cell in filled[:1]:
        cell["note"] = ""
    text = written(filled).replace("2026-12-01,\r\n", "2026-12-01\r\n\r\n,,,,,\r\n  \r\n")
    check(import_results(text.encode(), known=ledger_of(rows), as_of=AS_OF), rows)


def test_the_same_table_again_changes_nothing(
    filled: list[dict[str, str]], rows: list[WorksheetRow]
) -> None:
    saved = written(filled).encode()
    known = ledger_of(rows)
    after = applied(known, import_results(saved, known=known, as_of=AS_OF))
    assert [request.state for request in after.values()] == [
        RequestState.SUBMITTED,
        RequestState.DECIDED,
        RequestState.APPROVED,
        RequestState.CANCELLED,
    ]
    again = import_results(saved, known=after, as_of=AS_OF)
    assert again.rows == ()
    assert again.problems == ()
    assert [row.because for row in again.unchanged] == [
        "known_already",
        "known_already",
        "not_done_yet",
        "known_already",
    ]


def test_a_later_result_follows_an_earlier_one(
    filled: list[dict[str, str]], rows: list[WorksheetRow]
) -> None:
    known = ledger_of(rows)
    after = applied(known, import_results(written(filled).encode(), known=known, as_of=AS_OF))
    filled[0].update(result="struck")
    imported = import_results(written(filled).encode(), known=after, as_of=AS_OF)
    assert [row.result for row in imported.rows] == [R.STRUCK]
    after = applied(after, imported)
    assert after[rows[0].request_id].decision is Decision.STRUCK


@pytest.mark.parametrize(
    ("changes", "found", "remedy"),
    [
        (
            {"result": "done"},
            "result 'done' is not a word of the list",
            "submitted, already_requested",
        ),
        ({"result": "Erledigt"}, "'Erledigt'", "or leave it empty"),
        ({"request_id": ""}, "no request_id", "copy the request_id"),
        ({"request_id": "request-" + "0" * 32}, "is not in the ledger", "copy the request_id"),
        ({"request_id": "1.23E+31"}, "'1.23E+31' is not in the ledger", "copy the request_id"),
        ({"order_id": "111-1111111-0000002"}, "order_id is '111-1111111-0000002'", "fresh table"),
        ({"marketplace": "DE"}, "marketplace is 'DE'", "fresh table"),
        ({"account": "other"}, "account is 'other'", "fresh table"),
        ({"result_date": "11/12/2026"}, "result_date", "may be 2026-11-12 or 2026-12-11"),
        ({"result_date": "1.12.26"}, "result_date", "write it like 2026-11-20"),
        ({"result_date": "2026-12-06"}, "lies in the future", "the day on which it happened"),
        ({"result_date": "46000"}, "result_date", "write it like 2026-11-20"),
    ],
)
def test_what_is_not_clear_is_a_problem_with_its_line_and_remedy(
    filled: list[dict[str, str]],
    rows: list[WorksheetRow],
    changes: dict[str, str],
    found: str,
    remedy: str,
) -> None:
    filled[0].update(changes)
    imported = import_results(written(filled).encode(), known=ledger_of(rows), as_of=AS_OF)
    [problem] = imported.problems
    assert problem.line_number == 2
    assert found in str(problem)
    assert remedy in str(problem)
    assert [row.request_id for row in imported.rows] == [rows[1].request_id, rows[3].request_id]
    assert imported.row_count == 4


def test_line_numbers_are_those_of_the_file(
    filled: list[dict[str, str]], rows: list[WorksheetRow]
) -> None:
    filled[3].update(result="perhaps")  # the note of the second row takes two lines
    imported = import_results(written(filled).encode(), known=ledger_of(rows), as_of=AS_OF)
    assert [problem.line_number for problem in imported.problems] == [6]


def test_two_results_for_one_request_are_both_problems(
    filled: list[dict[str, str]], rows: list[WorksheetRow]
) -> None:
    other = filled[0] | {"result": "denied"}
    imported = import_results(
        written([*filled, other]).encode(), known=ledger_of(rows), as_of=AS_OF
    )
    assert [problem.line_number for problem in imported.problems] == [2, 7]
    assert "lines 2 and 7 say different things" in imported.problems[0].found
    assert rows[0].request_id not in {row.request_id for row in imported.rows}


def test_a_row_that_is_repeated_counts_once(
    filled: list[dict[str, str]], rows: list[WorksheetRow]
) -> None:
    empty = filled[0] | {"result": ""}
    imported = import_results(
        written([empty, *filled, filled[0]]).encode(), known=ledger_of(rows), as_of=AS_OF
    )
    assert imported.problems == ()
    assert len(imported.rows) == 3
    assert [row.because for row in imported.unchanged] == [
        "not_done_yet",
        "not_done_yet",
        "repeated",
    ]


def test_a_request_made_without_approval_is_kept_in_mind(
    filled: list[dict[str, str]], rows: list[WorksheetRow]
) -> None:
    known = ledger_of(rows, RequestState.PLANNED)
    imported = import_results(written(filled).encode(), known=known, as_of=AS_OF)
    told = {problem.request_id: problem.seen for problem in imported.problems}
    assert told == {
        rows[0].request_id: SightingKind.SUBMITTED,
        rows[1].request_id: SightingKind.DENIED,
    }


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "does not name the columns"),
        (b"order_id,result\r\n", "does not name the columns"),
        (b"request_id,result,Result\r\n", "column result occurs twice"),
        (b"PK\x03\x04\x00\xff", "no text"),
        (b"\xff\xfea", "begins as utf-16"),
        (
            b'request_id,result\r\n"' + b"x" * 200_000,
            "the row that begins on line 2 cannot be read",
        ),
        (b"x" * 200_000, "does not name the columns"),
        (b"<html><body>Sign in</body></html>", "does not name the columns"),
    ],
)
def test_a_file_that_is_no_table(content: bytes, found: str) -> None:
    imported = import_results(content, known={}, as_of=AS_OF)
    [problem] = imported.problems
    assert problem.line_number == 1
    assert found in problem.found
    assert (imported.rows, imported.unchanged, imported.row_count) == ((), (), 0)


def test_a_note_with_an_unquoted_delimiter_is_a_problem(
    filled: list[dict[str, str]], rows: list[WorksheetRow]
) -> None:
    text = written(filled).replace("submitted,2026-12-01,", "submitted,2026-12-01,asked, twice")
    imported = import_results(text.encode(), known=ledger_of(rows), as_of=AS_OF)
    assert "more cells" in imported.problems[0].found


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-20", date(2026, 11, 20)),
        (" 2026/11/20 ", date(2026, 11, 20)),
        ("2026-11-20 00:00:00", date(2026, 11, 20)),
        ("20.11.2026", date(2026, 11, 20)),
        ("3.2.2026", date(2026, 2, 3)),
        ("2026. 11. 20.", date(2026, 11, 20)),
        ("11/20/2026", date(2026, 11, 20)),
        ("20/11/2026", date(2026, 11, 20)),
        ("20-11-2026", date(2026, 11, 20)),
        ("02/02/2026", date(2026, 2, 2)),
    ],
)
def test_dates_that_can_be_read_in_one_way(text: str, day: date) -> None:
    assert read_date(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "11/12/2026",
        "30.02.2026",
        "20/20/2026",
        "20.11.26",
        "yesterday",
        "2026-11-20 14:05",
        "٢٠٢٦-١١-٢٠",
    ],
)
def test_dates_that_cannot(text: str) -> None:
    with pytest.raises(UnreadableDateError):
        read_date(text)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_date_is_read_as_it_was_meant_or_not_at_all(day: date) -> None:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y"):
        assert read_date(day.strftime(form)) == day
    for form in ("%m/%d/%Y", "%d/%m/%Y", "%d-%m-%Y"):
        try:
            assert read_date(day.strftime(form)) == day
        except UnreadableDateError:
            assert day.day <= 12
            assert day.day != day.month


CELL = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    st.sampled_from(list("'=+-@\t\r\n\0 ＝＋－＠a")), max_size=6
)


@given(CELL)
def test_cells_come_back_as_they_were_and_start_no_formula(text: str) -> None:
    cell = safe_cell(text)
    assert plain_cell(cell) == text
    assert not cell.lstrip().startswith(tuple("=+-@＝＋－＠"))
    assert cell[:1] not in {"\t", "\r", "\n", "\0"}


NOTE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=20
).map(str.strip)


@settings(max_examples=60)
@given(
    told=st.lists(st.tuples(st.sampled_from([*R, None]), NOTE), min_size=1, max_size=6),
    state=st.sampled_from(RequestState),
    delimiter=st.sampled_from([",", ";", "\t"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    order=st.randoms(),
)
def test_every_row_ends_in_one_place_and_again_nothing_is_new(
    *,
    told: list[tuple[WorksheetResult | None, str]],
    state: RequestState,
    delimiter: str,
    encoding: str,
    order: Random,
    row: Callable[..., WorksheetRow],
    render: Callable[..., Worksheet],
) -> None:
    rows = [row("DE", f"302-1111111-{n:07}") for n in range(len(told))]
    cells = table(render(*rows, delimiter=delimiter).csv, delimiter)
    for cell, (result, note) in zip(cells, told, strict=True):
        cell.update(result=result or "", note=safe_cell(note), result_date=AS_OF.isoformat())
    names = list(cells[0])
    order.shuffle(names)
    saved = written([{name: cell[name] for name in names} for cell in cells], delimiter)
    known = ledger_of(rows, state)
    imported = import_results(saved.encode(encoding), known=known, as_of=AS_OF)
    assert imported.row_count == len(told)
    assert imported.row_count == len(imported.rows) + len(imported.unchanged) + len(
        imported.problems
    )
    notes = {row.request_id: note for row, (_, note) in zip(rows, told, strict=True)}
    assert all(row.note == notes[row.request_id] for row in imported.rows)
    again = import_results(saved.encode(encoding), known=applied(known, imported), as_of=AS_OF)
    assert again.rows == ()
    assert again.problems == imported.problems


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(content: bytes) -> None:
    imported = import_results(content, known={}, as_of=AS_OF)
    assert imported.rows == ()
    assert imported.row_count == len(imported.unchanged) + len(imported.problems) or (
        imported.row_count == 0 and len(imported.problems) == 1
    )


@given(st.lists(st.lists(CELL, max_size=5), max_size=5), st.sampled_from([",", ";", "\t"]))
def test_any_rows_are_answered(cells: list[list[str]], delimiter: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([["request_id", "result", "note"], *cells])
    imported = import_results(text.getvalue().encode(), known={}, as_of=AS_OF + timedelta(days=1))
    assert imported.row_count == len(imported.problems)
