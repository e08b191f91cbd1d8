"""Commands for looking after the pipeline: quarantine, doctor, rehearse, docs."""

from pathlib import Path
from typing import Annotated

import typer

from flows.command_line.ending import ending
from flows.command_line.options import (
    DEFAULT_HOME,
    ConfigOption,
    HomeOption,
    JsonOption,
)


def quarantine(
    home: HomeOption = DEFAULT_HOME,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List rows and files that were set aside, by reason, each with what to do about it."""
    with ending(home):
        from store.quarantine import list_quarantine

        from flows.command_line.printing import print_quarantine
        from flows.settings import resolve
        from flows.work import reading

        with reading(resolve(home=home, config=config)) as work:
            print_quarantine(list_quarantine(work.home), as_json=as_json)


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
) -> None:
    """Run the main job on the sample reports, answer the worksheets, and show where everything is."""
    with ending(home):
        from flows.command_line.printing import print_summary
        from flows.progress import terminal_progress
        from flows.rehearsal import rehearse as rehearsal

        with terminal_progress() as progress:
            night, results = rehearsal(sample, home, progress)
        print_summary(night, as_json=False)
        typer.echo("\nThe worksheets were filled in with the sample's answers and read back:")
        print_summary(results, as_json=False)


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
