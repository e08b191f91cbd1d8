"""One part of the night's work as a flow of its own, to be triggered by hand."""

from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow

from flows.artifacts import publish_artifacts
from flows.flow_runs import OPTIONS, flow_run
from flows.tasks import publish_tables


@flow(name="publish", **OPTIONS)
def publish(
    home: Path = Path("data"), config: Path | None = None, as_of: date | None = None
) -> dict[str, Any]:
    """Write the tables for analysts as Parquet.

    Args:
        home: folder with inbox, raw, quarantine, ledger, worksheets, published.
        config: configuration file; HOME/feedback-removal.toml when not given and there.
        as_of: business date; the date the run was scheduled for when not given.

    Returns:
        The run summary.
    """
    with flow_run(home, config, as_of) as work:
        publish_tables(work)
        publish_artifacts(work)
    return work.summary.as_dict()
