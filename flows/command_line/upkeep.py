"""Commands for looking after the pipeline: quarantine, doctor, rehearse, docs."""

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
)
from flows.command_line.pipeline import run_steps

if TYPE_CHECKING:
    from flows.work import Work


def quarantine(
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List rows and files that were set aside, by reason, each with what to do about it."""
    with ending(home):
        from flows.command_line.printing import print_quarantine
        from flows.settings import resolve
        from flows.work import reading
        from store.quarantine import quarantine_lines

        with reading(resolve(home=home, config=config)) as work:
            print_quarantine(quarantine_lines(work.home), as_json=as_json)


def reprocess(
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read what is in quarantine once more, after a fix: a header spelling added, a file repaired, a newer program."""

    def steps(work: "Work") -> None:
        from flows.steps.ingest import reprocess as step

        step(work)

    run_steps(steps, home, config, as_of, as_json=as_json)


def query(
    sql: Annotated[
        str, typer.Argument(help="One SELECT; tables are named as in docs/data-dictionary.md.")
    ],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Ask the published tables a question in SQL."""
    with ending(home):
        from flows.command_line.printing import print_rows
        from store.home import Home
        from store.query import QueryError
        from store.query import query as ask

        try:
            rows = ask(Home(home.absolute()).published, sql)
        except QueryError as error:
            fail_usage(str(error))
        else:
            print_rows(rows, as_json=as_json)


def doctor(
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check everything a run relies on, and say how to mend what is wrong. Changes nothing."""
    with ending(home):
        from flows.command_line.printing import print_checks
        from flows.doctor import examine

        checks = examine(home=home, config=config)
        print_checks(checks, as_json=as_json)
        codes = [check.code for check in checks if not check.is_good]
        if codes:
            from flows.exit_codes import gravest

            raise typer.Exit(int(gravest(codes)))


def rehearse(
    home: Annotated[
        Path, typer.Option("--home", help="Folder of the rehearsal; an earlier one is replaced.")
    ] = Path("data/rehearsal"),
    sample: Annotated[
        Path,
        typer.Option("--sample", help="Folder with sample reports, configuration and answers."),
    ] = Path("data/sample"),
    fetch_browser: Annotated[
        bool,
        typer.Option(
            "--fetch-browser",
            help="Download Playwright's Chromium when the machine has no browser.",
        ),
    ] = False,
    system_package: Annotated[
        bool,
        typer.Option(
            "--system-package",
            help="With --fetch-browser: else install the system's package chromium, if that needs no password.",
        ),
    ] = False,
) -> None:
    """Run the main job on the sample reports, answer the worksheets, and show where everything is."""
    with ending(home):
        from flows.prefect_environment import prepare_environment

        prepare_environment()
        from flows.command_line.printing import print_summary
        from flows.progress import terminal_progress
        from flows.rehearsal import rehearse as rehearsal

        if fetch_browser:
            from feedback_manager.page.browser_installation import get_browser

            get_browser(may_install_packages=system_package, say=typer.echo)
        with terminal_progress() as progress:
            done = rehearsal(sample, home, progress)
        print_summary(done.night, as_json=False)
        typer.echo("\nThe worksheets were filled in with the sample's answers and read back:")
        print_summary(done.results, as_json=False)
        typer.echo("\nFive days later a newer report and decision e-mails came in:")
        print_summary(done.later, as_json=False)
        if done.in_browser is None:
            typer.echo(
                "\nNo Chromium or Chrome was found, so the rehearsal ends with the worksheet. Install one (Debian: "
                "apt-get install chromium; or: playwright install chromium) to see requests submitted in a browser."
            )
        else:
            typer.echo(
                f"\nThe approved requests that nobody had answered were submitted in a browser: {done.in_browser.received} "
                "arrived at the local stand-in, its clock was moved, and its decisions were read back.\n"
                + done.in_browser.assumptions
            )
            print_summary(done.in_browser.summary, as_json=False)
        typer.echo("\nEvery decision there is, and how to see why:")
        for decision, order_id in done.examples.items():
            typer.echo(f"  {decision:<18} feedback-removal explain {order_id} --home {home}")


def docs(
    check: Annotated[
        bool, typer.Option("--check", help="Fail when a generated document is not current.")
    ] = False,
    root: Annotated[Path, typer.Option("--root", help="The repository.")] = Path(),
) -> None:
    """Write the generated documents, or check that they are current."""
    with ending(root):
        from flows.generated_docs import outdated, write

        if not check:
            for path in write(root):
                typer.echo(f"written: {path}")
            return
        stale = outdated(root)
        for path in stale:
            typer.echo(f"not current: {path}; run: feedback-removal docs", err=True)
        if stale:
            raise typer.Exit(1)
