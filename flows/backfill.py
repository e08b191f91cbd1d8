"""Nights that were missed, as a flow to be triggered by hand; nothing is ever planned or sent by it."""

from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow

from flows.flow_runs import OPTIONS, flow_run
from flows.tasks import backfill_days


@flow(name="backfill", **OPTIONS)
def backfill(
    first: date,
    last: date,
    home: Path = Path("data"),
    config: Path | None = None,
    as_of: date | None = None,
    only_missing: bool = True,
) -> dict[str, Any]:
    """Take in what lies in the inbox, and publish what each missed day would have.

    Args:
        first: first business date.
        last: last business date.
        home: folder with inbox, raw, quarantine, ledger, worksheets, published.
        config: configuration file; HOME/feedback-removal.toml when not given and there.
        as_of: business date of this run; the date it was scheduled for when not given.
        only_missing: leave days alone that have a batch.

    Returns:
        The run summary.
    """
    with flow_run(home, config, as_of) as work:
        backfill_days(work, first=first, last=last, only_missing=only_missing)
    return work.summary.as_dict()
