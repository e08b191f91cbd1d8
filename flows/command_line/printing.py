"""How results look on a terminal: tables that a newcomer understands, or JSON for programs."""

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import typer

from schemas.vocabularies import FileStatus, SubmissionChannel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from rich.console import Console
    from rich.table import Table

    from flows.doctor import Check
    from flows.run_summary import RunSummary
    from store.quarantine import QuarantineLine


_ROW_COUNTS: Final = {
    "rows_in": "rows",
    "rows_accepted": "accepted",
    "rows_quarantined": "quarantined",
    "rows_duplicate": "duplicate",
}


def print_summary(summary: "RunSummary", *, as_json: bool) -> None:
    """Print what a run did."""
    if as_json:
        typer.echo(summary.as_json())
        return
    console = new_console()
    if summary.files:
        _print_files(console, summary)
    if summary.candidates:
        _print_counts(console, "Candidates", "what the rules say / ground", summary.candidates)
    if any(summary.requests.values()):
        _print_counts(console, "Requests", "what happened in this run", summary.requests)
    if summary.outcomes:
        _print_counts(
            console,
            "What became of all feedback of 1-3 stars",
            "outcome (how we know)",
            summary.outcomes,
        )
    if summary.places:
        _print_places(console, summary)
    for message in summary.messages:
        console.print(f"- {message}", markup=False, soft_wrap=True)
    if summary.exit_code is not None:
        from flows.exit_codes import ExitCode

        code = ExitCode(summary.exit_code)
        console.print(f"exit code {code.value}: {code.meaning}", markup=False)


def new_console() -> "Console":
    """A console of the terminal's width; what goes to a file or a pipe gets room for paths."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else 120)


def _print_files(console: "Console", summary: "RunSummary") -> None:
    from rich.text import Text

    table = result_table("Files")
    table.show_footer = True
    table.add_column("file", f"{len(summary.files)} files", overflow="fold", min_width=24)
    table.add_column("kind", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for name, heading in _ROW_COUNTS.items():
        table.add_column(heading, str(summary.rows(name)), justify="right")
    for line in summary.files:
        refused = line.reason if line.reason and line.status == FileStatus.REFUSED else None
        table.add_row(
            Text(f"{line.account}/{line.marketplace}/{line.file_name}"),
            line.kind.replace("_", " "),
            Text(f"{line.status}: {refused}" if refused else line.status),
            *(str(getattr(line, name)) for name in _ROW_COUNTS),
        )
    console.print(table)


def _print_counts(console: "Console", title: str, heading: str, counts: dict[str, int]) -> None:
    table = result_table(title)
    table.add_column(heading)
    table.add_column("number", justify="right")
    for name, count in counts.items():
        if count:
            table.add_row(name, str(count))
    console.print(table)


def _print_places(console: "Console", summary: "RunSummary") -> None:
    from rich.text import Text

    table = result_table("Where to look")
    table.show_header = False
    table.add_column("what")
    table.add_column("path", overflow="fold")
    for name, path in summary.places.items():
        table.add_row(name.replace("_", " "), Text(path))
    console.print(table)


def print_requests(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print requests that wait for somebody."""
    if as_json:
        typer.echo(json.dumps(rows, indent=2, default=str))
        return
    table = result_table(f"{len(rows)} requests wait")
    for heading in ("request", "account", "order", "ground", "state", "until", "worksheet"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(
            row["request_id"][:8],
            f"{row['account']}/{row['marketplace']}",
            row["order_id"],
            row["ground"],
            "re-opening" if row["channel"] == SubmissionChannel.CASE else row["state"],
            str(row["deadline_date"]),
            row["worksheet_id"] or "",
        )
    new_console().print(table)


def print_quarantine(lines: "Sequence[QuarantineLine]", *, as_json: bool) -> None:
    """Print what was set aside, by reason, with a remedy each."""
    if as_json:
        typer.echo(json.dumps([asdict(line) for line in lines], indent=2, ensure_ascii=False))
        return
    if not lines:
        typer.echo("nothing is in quarantine")
        return
    from rich.text import Text

    table = result_table("Set aside; `feedback-removal reprocess` reads it again after a fix")
    for heading in ("account", "what", "reason", "what to do", "where in HOME"):
        table.add_column(heading, overflow="fold")
    for line in lines:
        noun = "file" if line.is_file else "row"
        table.add_row(
            Text(f"{line.account}/{line.marketplace}"),
            f"{line.count} {noun}{'' if line.count == 1 else 's'}",
            line.reason,
            Text(line.message),
            Text("\n".join(line.places)),
        )
    new_console().print(table)


def print_rows(rows: "pa.Table", *, as_json: bool) -> None:
    """Print the answer to a query; text from reports is made safe for a terminal."""
    if as_json:
        typer.echo(json.dumps(rows.to_pylist(), indent=2, ensure_ascii=False, default=str))
        return
    from rich.text import Text

    table = result_table(f"{rows.num_rows} rows")
    for name in rows.column_names:
        table.add_column(Text(name), overflow="fold")
    for row in rows.to_pylist():
        table.add_row(*(Text(printable(str(value))) for value in row.values()))
    new_console().print(table)


def printable(text: str) -> str:
    """The text without characters that would steer a terminal; one character stays one, so that spans keep their place."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def result_table(title: str) -> "Table":
    """An empty table with a title, as every command shows its results."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    return Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1))


def print_checks(checks: "Sequence[Check]", *, as_json: bool) -> None:
    """Print what `doctor` found."""
    if as_json:
        rows = [
            {
                "name": check.name,
                "is_good": check.is_good,
                "found": check.found,
                "remedy": check.remedy,
            }
            for check in checks
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    for check in checks:
        mark = "ok  " if check.is_good else "MEND"
        typer.echo(f"{mark}  {check.name:<14} {check.found}")
        if not check.is_good:
            typer.echo(f"      {'':<14} -> {check.remedy}")
