"""The command `rejudge`, and how its answer looks."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from flows.command_line.ending import ending
from flows.command_line.options import (
    DEFAULT_HOME,
    AsOfOption,
    ConfigOption,
    HomeOption,
    JsonOption,
    business_date,
)
from flows.command_line.printing import new_console, result_table

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.table import Table

_SHOWN: Final = 50


def rejudge(
    since: Annotated[
        datetime,
        typer.Option("--since", formats=["%Y-%m-%d"], help="First feedback date to look at."),
    ],
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until",
            formats=["%Y-%m-%d"],
            help="Last feedback date to look at.",
            show_default="the business date",
        ),
    ] = None,
    policy_version: Annotated[
        str | None,
        typer.Option(
            "--policy-version",
            help="Edition of Amazon's wording to judge under, such as delivery-experience; see docs/policy.md.",
            show_default="by marketplace and date, or the configuration's",
        ),
    ] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            "--rules",
            help="Folder with lexicon/ and grounds/ of your own to judge by.",
            show_default="those in HOME",
        ),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what would have been asked under another edition of the policy or other rules. Changes nothing."""
    with ending(home):
        from flows.progress import terminal_progress
        from flows.settings import resolve
        from flows.steps.rejudge import rejudge as step
        from flows.work import reading

        settings = resolve(home=home, config=config, as_of=business_date(as_of))
        with reading(settings) as work, terminal_progress() as progress:
            answers = step(
                work,
                since=since.date(),
                until=until.date() if until else settings.as_of,
                policy_version=policy_version,
                rules=rules,
                progress=progress,
            )
        _print(answers, as_json=as_json)


def _print(answers: "pa.Table", *, as_json: bool) -> None:
    from transforms.rejudge import DIFFERENT

    rows: list[dict[str, Any]] = answers.to_pylist()
    different = [row for row in rows if row["change"] in DIFFERENT]
    if as_json:
        counts = Counter(row["change"] for row in rows)
        typer.echo(json.dumps({"counts": counts, "different": different}, indent=2, default=str))
        return
    console = new_console()
    console.print(_counts(rows))
    if different:
        console.print(_differences(different))
    versions = sorted({(row["rule_version_now"], row["policy_version_now"]) for row in rows})
    for rule_version, policy in versions:
        typer.echo(f"judged by rules {rule_version}, policy {policy}; nothing was changed")


def _counts(rows: list[dict[str, Any]]) -> "Table":
    table = result_table(f"{len(rows)} feedback of 1-3 stars judged again")
    for heading in ("what changes", "ground before", "ground now", "Amazon decided"):
        table.add_column(heading)
    table.add_column("number", justify="right")
    counted = Counter(
        (
            row["change"].replace("_", " "),
            row["ground_before"] or "-",
            row["ground_now"] or "-",
            row["decision"] or "-",
        )
        for row in rows
    )
    for key, count in sorted(counted.items()):
        table.add_row(*key, str(count))
    return table


def _differences(rows: list[dict[str, Any]]) -> "Table":
    more = len(rows) - _SHOWN
    table = result_table(
        "The differences, newest first" + (f"; {more} more with --json" if more > 0 else "")
    )
    for heading in ("date", "account", "order", "before", "now", "why"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"date", "order"})
    for row in rows[:_SHOWN]:
        now = row["ground_now"] or row["verdict_now"]
        table.add_row(
            str(row["feedback_date"]),
            f"{row['account']}/{row['marketplace']}",
            row["order_id"],
            row["ground_before"] or "-",
            now,
            row["reason_now"].partition(":")[0].replace("_", " "),
        )
    return table
