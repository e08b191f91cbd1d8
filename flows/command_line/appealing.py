"""The command `appeals`: what may be re-opened until when, drafts, and what a person did with them."""

import getpass
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from flows.command_line.ending import ending, fail_usage
from flows.command_line.options import (
    DEFAULT_HOME,
    AsOfOption,
    ConfigOption,
    HomeOption,
    JsonOption,
    business_date,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from flows.work import Work


def appeals(
    order_id: Annotated[
        str | None,
        typer.Argument(help="Order of a denied request; none lists all.", show_default=False),
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="Write the text of the one re-opening to HOME/appeals.")
    ] = False,
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            help="With --draft: write it anew in this language.",
            show_default="the marketplace's",
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Say what stands against the draft as you have changed it."),
    ] = False,
    sent: Annotated[
        bool, typer.Option("--sent", help="Note that you sent the draft in the case.")
    ] = False,
    answer: Annotated[
        str | None,
        typer.Option("--answer", help="Note Amazon's answer to it: removed, struck or denied."),
    ] = None,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Give the draft up for good.")
    ] = False,
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on",
            formats=["%Y-%m-%d"],
            help="Day on which it was sent or answered.",
            show_default="now",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option("--by", help="Who did it; kept in the ledger.", show_default="your user name"),
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Re-open denied requests: at most once each, only in the same case, and only you send it. The tool sends nothing."""
    with ending(home):
        from flows.command_line.printing import print_summary
        from flows.settings import resolve
        from flows.steps import appeals as steps
        from flows.work import reading, running

        settings = resolve(home=home, config=config, as_of=business_date(as_of))
        chosen = [draft, check, sent, answer is not None, withdraw]
        if not any(chosen):
            with reading(settings) as work:
                _print(steps.list_appeals(work), order_id, as_json=as_json)
            return
        if order_id is None or sum(chosen) > 1:
            fail_usage("name one order and one of --draft, --check, --sent, --answer, --withdraw")
            return
        if check:
            with reading(settings) as work:
                _print_objections(work, order_id)
            return
        person = by or getpass.getuser()
        day = business_date(on)
        with running(settings) as work:
            if draft:
                steps.draft_appeal(work, order_id, by=person, language=_language(language))
            elif sent:
                steps.note_sent(work, order_id, by=person, on=day)
            elif answer is not None:
                steps.note_answer(work, order_id, steps.read_answer(answer), by=person, on=day)
            else:
                steps.withdraw_appeal(work, order_id, by=person)
        print_summary(work.summary, as_json=as_json)
        raise typer.Exit(work.summary.exit_code or 0)


def _language(language: str | None) -> str | None:
    from transforms.appeals.wording import languages

    if language is not None and language not in languages():
        fail_usage(f"no drafts in {language!r}; there are: {', '.join(languages())}")
    return language


def _print_objections(work: "Work", order_id: str) -> None:
    from flows.exit_codes import ExitCode
    from flows.steps.appeals import check_appeal

    against = check_appeal(work, order_id)
    for one in against:
        typer.echo(f"{one.kind.replace('_', ' ')}: {one.found}".rstrip(": "))
    if against:
        raise typer.Exit(int(ExitCode.USAGE))
    typer.echo("nothing stands against it; send it as a reply in the case that Amazon opened")


def _print(table: "pa.Table", order_id: str | None, *, as_json: bool) -> None:
    from flows.command_line.printing import new_console, result_table

    rows = [row for row in table.to_pylist() if order_id in (None, row["order_id"])]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, default=str))
        return
    if not rows:
        typer.echo("no denied request is known")
        return
    shown = result_table(
        f"{len(rows)} denied requests; each may be re-opened once, in its own case"
    )
    for heading in ("order", "account", "ground", "re-opening", "until", "days", "draft in HOME"):
        shown.add_column(heading, overflow="fold")
    for row in rows:
        shown.add_row(
            row["order_id"],
            f"{row['account']}/{row['marketplace']}",
            row["ground"],
            row["appeal_state"].replace("_", " "),
            str(row["deadline_date"]),
            str(row["days_left"]),
            str(Path(row["draft_file"])) if row["draft_file"] else "",
        )
    new_console().print(shown)
