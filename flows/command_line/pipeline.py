"""Commands that move reports through the pipeline: run, ingest, screen, plan, publish."""

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
    from collections.abc import Callable

    from flows.work import Work


def run(
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    submit: Annotated[
        bool,
        typer.Option(
            "--submit",
            help="Also approve (if the configuration approves by itself) and put approved requests through the channel.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Do the whole night's work: take in reports, judge, plan and publish. Nothing is sent without --submit.

    Runs as a Prefect flow: on the server that PREFECT_API_URL names, else on one that lives as long as the run.
    """
    with ending(home):
        from flows.prefect_environment import prepare_environment

        prepare_environment()
        from flows.command_line.printing import print_summary
        from flows.nightly import run_nightly
        from flows.progress import terminal_progress

        with terminal_progress() as progress:
            summary = run_nightly(
                home=home,
                config=config,
                as_of=business_date(as_of),
                submit=submit,
                progress=progress,
            )
        print_summary(summary, as_json=as_json)
        raise typer.Exit(summary.exit_code or 0)


def ingest(
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in what lies in HOME/inbox: read every report, set aside what does not fit, merge the rest."""

    def steps(work: "Work") -> None:
        from flows.steps.ingest import ingest as step

        step(work)

    run_steps(steps, home, config, as_of, as_json=as_json)


def screen(
    source: Annotated[
        Path | None,
        typer.Argument(
            help="JSON lines to judge (id, comment, rating, ...); without it HOME's feedback is judged.",
            metavar="[IN.jsonl]",
        ),
    ] = None,
    target: Annotated[
        Path | None, typer.Argument(help="Where the findings go.", metavar="[OUT.jsonl]")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge comments: removable or not, on which ground, and why."""
    if source is not None:
        with ending(home):
            if target is None:
                fail_usage("give OUT.jsonl as well: feedback-removal screen IN.jsonl OUT.jsonl")
            else:
                from flows.steps.screen_file import screen_file

                count = screen_file(source, target, home=home, config=config)
                typer.echo(f"{count} comments judged: {target}")
        return

    def steps(work: "Work") -> None:
        from flows.steps.screen import screen as step

        step(work)

    run_steps(steps, home, config, as_of, as_json=as_json)


def plan(
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge, and write down in the ledger what should be asked. Nothing is approved or sent."""

    def steps(work: "Work") -> None:
        from flows.steps.plan import plan as step
        from flows.steps.screen import screen as screening

        screening(work)
        step(work)

    run_steps(steps, home, config, as_of, as_json=as_json)


def publish(
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the tables for analysts as Parquet under HOME/published/latest."""

    def steps(work: "Work") -> None:
        from flows.steps.publish import publish as step

        step(work)

    run_steps(steps, home, config, as_of, as_json=as_json)


def backfill(
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First business date.")
    ],
    last: Annotated[
        datetime | None,
        typer.Option(
            "--to",
            formats=["%Y-%m-%d"],
            help="Last business date.",
            show_default="the run's business date",
        ),
    ] = None,
    only_missing: Annotated[
        bool,
        typer.Option("--only-missing", help="Leave days alone that have a published batch."),
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish what missed nights would have: take in the inbox, judge and publish as of each day. Never plans or sends.

    A day's batch has every table of a night, re-openings and answers included: of feedback written until then, and of
    what the ledger had by then. The words are those known now. No report page is made for it.
    """

    def steps(work: "Work") -> None:
        from flows.steps.backfill import backfill as step

        step(
            work,
            first=first.date(),
            last=last.date() if last else work.settings.as_of,
            only_missing=only_missing,
        )

    run_steps(steps, home, config, as_of, as_json=as_json)


def run_steps(
    steps: "Callable[[Work], None]",
    home: Path,
    config: Path | None,
    as_of: datetime | None,
    *,
    as_json: bool,
) -> None:
    """Run steps on a home, print the summary and end with its exit code."""
    with ending(home):
        from flows.command_line.printing import print_summary
        from flows.progress import terminal_progress
        from flows.settings import resolve
        from flows.work import running

        settings = resolve(home=home, config=config, as_of=business_date(as_of))
        with terminal_progress() as progress, running(settings, progress) as work:
            steps(work)
        print_summary(work.summary, as_json=as_json)
        raise typer.Exit(work.summary.exit_code or 0)
