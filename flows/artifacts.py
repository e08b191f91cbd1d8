"""What a run leaves in Prefect for people: summary and figures as markdown, the candidates as a table. No buyer's words."""

from typing import Any, Final

from prefect.artifacts import create_markdown_artifact, create_table_artifact

from flows.morning_report.markdown import figures_markdown
from flows.work import Work
from store.batches import latest_batch

_COLUMNS: Final = (
    "priority",
    "account",
    "marketplace",
    "order_id",
    "verdict",
    "ground",
    "days_left",
    "reason",
)
_MOST_ROWS: Final = 200


def publish_artifacts(work: Work) -> None:
    """Create the artifacts `run-summary`, `figures` (once the report is written) and `candidates`."""
    create_markdown_artifact(key="run-summary", markdown=summary_markdown(work))
    if work.report is not None:
        create_markdown_artifact(key="figures", markdown=figures_markdown(work.report))
    batch = latest_batch(work.home.tables)
    if batch is None:
        return
    candidates = batch.read("candidate", columns=list(_COLUMNS)).sort_by("priority")
    rows: list[dict[str, Any]] = candidates.slice(0, _MOST_ROWS).to_pylist()
    create_table_artifact(
        key="candidates",
        table=rows,
        description=f"The first {len(rows)} of {candidates.num_rows} candidates, most urgent first",
    )


def summary_markdown(work: Work) -> str:
    """The run summary as markdown."""
    summary = work.summary
    lines = [
        f"# {summary.as_of_date}: run {summary.run_id}",
        "",
        *(f"{number}. {task}" for number, task in enumerate(summary.to_do, start=1)),
        "",
        "| account / marketplace | kind | status | rows in | accepted | quarantined | duplicate |",
        "|---|---|---|---:|---:|---:|---:|",
        *(
            f"| {line.account} / {line.marketplace} | {line.kind} | {line.status} | {line.rows_in} | "
            f"{line.rows_accepted} | {line.rows_quarantined} | {line.rows_duplicate} |"
            for line in summary.files
        ),
        "",
        *(f"- candidates {name}: {count}" for name, count in summary.candidates.items()),
        *(f"- requests {name}: {count}" for name, count in summary.requests.items()),
        *(f"- {name.replace('_', ' ')}: `{path}`" for name, path in summary.places.items()),
    ]
    return "\n".join(lines)
