"""Options that several commands share."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[
    Path,
    typer.Option(
        "--home",
        envvar="FEEDBACK_REMOVAL_HOME",
        help="Folder with inbox, raw, quarantine, ledger, worksheets, published.",
        show_default="./data",
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        envvar="FEEDBACK_REMOVAL_CONFIG",
        help="Configuration file.",
        show_default="HOME/feedback-removal.toml when it exists",
    ),
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="Business date of the run.",
        show_default="today in UTC",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]

DEFAULT_HOME = Path("data")


def business_date(as_of: datetime | None) -> date | None:
    """The calendar date of the `--as-of` option."""
    return as_of.date() if as_of else None
