"""How results look on a terminal: tables that a newcomer understands, or JSON for programs."""

import json
from typing import TYPE_CHECKING, Any, Final

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from flows.doctor import Check
    from flows.run_summary import RunSummary

_REQUEST_COLUMNS: Final = (
    "request_id",
    "account",
    "marketplace",
    "order_id",
    "ground",
    "state",
    "deadline_date",
    "worksheet_id",
)


def print_summary(summary: "RunSummary", *, as_json: bool) -> None:
    """Print what a run did."""
    if as_json:
        typer.echo(summary.as_json())
        return
    from rich.console import Console

    console = Console(highlight=False)
    if summary.files:
        _print_files(console, summary)
    if summary.candidates:
        _print_counts(console, "Candidates", "verdict / ground", summary.candidates)
    if summary.requests:
        _print_counts(console, "Requests", "what happened", summary.requests)
    if summary.places:
        _print_places(console, summary)
    for message in summary.messages:
        console.print(f"- {message}", markup=False, soft_wrap=True)
    if summary.exit_code is not None:
        from flows.exit_codes import ExitCode

        code = ExitCode(summary.exit_code)
        console.print(f"exit code {code.value}: {code.meaning}", markup=False)


def _print_files(console: "Console", summary: "RunSummary") -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Files", title_justify="left", show_footer=True)
    table.add_column("account / marketplace", "total")
    table.add_column("file", overflow="fold")
    table.add_column("kind")
    table.add_column("status")
    for name in ("rows_in", "rows_accepted", "rows_quarantined", "rows_duplicate"):
        heading = (
            name.removeprefix("rows_").replace("in", "rows in", 1)
            if name == "rows_in"
            else name.removeprefix("rows_")
        )
        table.add_column(heading, str(summary.rows(name)), justify="right")
    for line in summary.files:
        status = (
            line.status
            if not line.reason or line.status == "accepted"
            else f"{line.status}: {line.reason}"
        )
        table.add_row(
            f"{line.account} / {line.marketplace}",
            Text(line.file_name),
            line.kind,
            Text(status),
            str(line.rows_in),
            str(line.rows_accepted),
            str(line.rows_quarantined),
            str(line.rows_duplicate),
        )
    console.print(table)


def _print_counts(console: "Console", title: str, heading: str, counts: dict[str, int]) -> None:
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    table.add_column(heading)
    table.add_column("number", justify="right")
    for name, count in counts.items():
        table.add_row(name, str(count))
    console.print(table)


def _print_places(console: "Console", summary: "RunSummary") -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title="Where to look", title_justify="left", show_header=False)
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
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{len(rows)} requests wait", title_justify="left")
    for column in _REQUEST_COLUMNS:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(str(row[column] or "") for column in _REQUEST_COLUMNS))
    Console(highlight=False).print(table)


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
