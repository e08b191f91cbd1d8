"""Write the Parquet for analysts: what is known, what was asked, what became of it."""

from collections import Counter
from typing import Final

import pyarrow as pa

from flows.config import Config
from flows.steps.appeals import appeal_table, tell_open_appeals
from flows.steps.figures_of import figures_of
from flows.steps.outcome_of import outcome_of
from flows.steps.report import write_report
from flows.steps.responses import responses_of
from flows.work import Work
from schemas.tables import RUN
from store.batches import latest_batch
from store.publishing import Disclosure
from store.publishing import publish as publish_tables
from transforms.figures import figure_tables

_WORKING: Final = (
    "report_file",
    "feedback",
    "feedback_revision",
    "order_fulfillment",
    "finding",
    "candidate",
)


def publish(work: Work) -> None:
    """Publish every table as one batch; the same rows on the same business date change nothing.

    Raises:
        StorageError: tables, ledger or disk failed; the batch before is still readable.
    """
    batch = latest_batch(work.home.tables)
    requests, events = work.ledger.requests(), work.ledger.events()
    sightings = work.ledger.sightings()
    became = outcome_of(work, batch, requests, events, sightings)
    appeals = appeal_table(work, batch, requests, became, events)
    numbers = figures_of(work, batch, became)
    made = {
        "outcome": became,
        "appeal": appeals,
        "response": responses_of(work, batch, became),
        **figure_tables(numbers),
    }
    tell_open_appeals(work, appeals)
    work.summary.outcomes = _counts(became)
    work.progress.begin("publishing", 1, "batch")
    published = publish_tables(
        work.home.published,
        {
            **{name: batch for name in _WORKING if batch is not None},
            "removal_request": requests,
            "event": events,
            "sighting": sightings,
            **made,
            "run": _runs(work),
        },
        batch_id=work.settings.as_of.isoformat(),
        as_of=work.settings.as_of,
        at=work.settings.started_at,
        keep_days=work.settings.config.retention.published_batch_days,
        disclosure=disclosure_of(work.settings.config),
    )
    work.progress.reach(1)
    work.summary.places["parquet"] = str(work.home.published / "latest")
    work.summary.published_batch = published.batch_id
    work.report = write_report(work, batch, requests, made, numbers)


def disclosure_of(config: Config) -> Disclosure:
    """Which personal data the configuration lets analysts have."""
    return Disclosure(
        comments=config.publish.comments,
        comment_days=config.retention.comment_days,
        personal=config.publish.personal,
    )


def _counts(became: pa.Table) -> dict[str, int]:
    pairs = zip(became["decision"].to_pylist(), became["certainty"].to_pylist(), strict=True)
    counted = Counter(f"{decision} ({certainty})" for decision, certainty in pairs)
    return dict(sorted(counted.items()))


def _runs(work: Work) -> pa.Table:
    """Runs that ended, and this one if it changed anything; a run that changed nothing leaves no row for analysts."""
    rows = [
        row
        for row in work.ledger.runs().to_pylist()
        if row["run_id"] != work.summary.run_id and _has_changed_something(row)
    ]
    if work.summary.has_changes:
        work.summary.finish()
        rows.append(work.summary.as_row())
    return pa.Table.from_pylist(rows, schema=RUN.schema)


def _has_changed_something(row: dict[str, object]) -> bool:
    counts = [
        value
        for name, value in row.items()
        if name.endswith("_count") and name != "files_duplicate_count"
    ]
    return any(counts) or bool(row["rows_in"])
