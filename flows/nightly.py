"""The whole night's work as one flow."""

from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow

from flows.artifacts import publish_artifacts
from flows.flow_runs import OPTIONS, flow_run, ran_with
from flows.progress import Progress
from flows.run_summary import RunSummary
from flows.tasks import (
    approve_requests,
    ingest_reports,
    plan_requests,
    publish_tables,
    screen_feedback,
    submit_requests,
    track_decisions,
)


@flow(name="nightly", **OPTIONS)
def nightly(
    home: Path = Path("data"),
    config: Path | None = None,
    as_of: date | None = None,
    submit: bool = False,
) -> dict[str, Any]:
    """Read new reports, judge, plan, follow decisions, publish; send only when told to.

    Args:
        home: folder with inbox, raw, quarantine, ledger, worksheets, published.
        config: configuration file; HOME/feedback-removal.toml when not given and there.
        as_of: business date; the date the run was scheduled for when not given.
        submit: also approve (if the configuration approves by itself) and put approved requests through the channel.

    Returns:
        The run summary; a run that could not do its work fails instead, with the summary on disk.
    """
    with flow_run(home, config, as_of, is_watched=True) as work:
        ingest_reports(work)
        track_decisions(work)
        screen_feedback(work)
        plan_requests(work)
        if submit:
            approve_requests(work)
            submit_requests(work)
        publish_tables(work)
        publish_artifacts(work)
    return work.summary.as_dict()


def run_nightly(
    *,
    home: Path,
    config: Path | None,
    as_of: date | None,
    submit: bool,
    progress: Progress,
) -> RunSummary:
    """Run the flow from this process and return its summary, whatever its end."""
    return ran_with(progress, nightly, home=home, config=config, as_of=as_of, submit=submit)
