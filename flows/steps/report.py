"""Write the report of a run, and the response list as CSV beside it."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from os.path import relpath
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from feedback_manager.worksheet.spreadsheet_cells import safe_cell
from flows.morning_report.contents import LONGEST_LIST, Contents, tasks_of
from flows.work import Work
from rules.case import SellerIdentity
from rules.personal_data import find_personal_data
from store.batches import Batch, table_of
from store.durable_files import write_durably
from store.errors import as_storage_error
from store.home import make_private_folder
from store.quarantine import quarantine_lines
from transforms.figures import Figures
from transforms.response_list import with_draft_replies

MOST_ANSWERS: Final = 5000
"""Rows of the response list; nobody answers more before the next run makes a new list."""

_RUN_FOLDER: Final = re.compile(r"\d{8}T\d{6}Z-\w+")
_MASK: Final = "▒▒▒"
_ALL_SIGNS: Final = -1
"""Every bit: a comment that is shown is searched for all kinds of personal data."""

_CSV_COLUMNS: Final = (
    "urgency_rank",
    "retraction_days_left",
    "account",
    "marketplace",
    "order_id",
    "feedback_date",
    "rating",
    "is_order_defect",
    "topic",
    "language",
    "draft_language",
    "draft_reply",
)


def write_report(
    work: Work, batch: Batch | None, made: Mapping[str, pa.Table], figures: Figures
) -> Path:
    """Write HOME/reports/<run>/report.html and responses.csv.

    Args:
        work: the run.
        batch: working tables; None before the first ones.
        made: tables `outcome`, `appeal`, and `response`, most urgent first.
        figures: of the run's business date.

    Returns:
        The page.

    Raises:
        StorageError: a table cannot be read, or the disk refused.
    """
    from flows.morning_report.render import render

    folder = work.home.reports / work.settings.run_id
    contents = _contents(work, batch, made, figures)
    work.summary.to_do = [task.as_sentence() for task in contents.tasks]
    page = folder / "report.html"
    with as_storage_error("cannot write", folder):
        make_private_folder(work.home.reports)
        make_private_folder(folder)
        write_durably(folder / "responses.csv", _as_csv(contents.responses))
        write_durably(page, render(contents, _links(work, folder, contents.requests)).encode())
        _remove_old(work)
    work.summary.places["report"] = str(page)
    return page


def _remove_old(work: Work) -> None:
    """Remove reports past the retention of published batches: they quote buyers."""
    keep = timedelta(days=work.settings.config.retention.published_batch_days)
    first = f"{work.settings.started_at - keep:%Y%m%d}"
    for folder in work.home.reports.iterdir():
        if _RUN_FOLDER.fullmatch(folder.name) and folder.name < first:
            for name in ("report.html", "responses.csv"):
                (folder / name).unlink(missing_ok=True)
            if not any(folder.iterdir()):
                folder.rmdir()


def _contents(
    work: Work, batch: Batch | None, made: Mapping[str, pa.Table], figures: Figures
) -> Contents:
    requests, responses = work.waiting_requests(), made["response"]
    appeals: list[dict[str, Any]] = made["appeal"].to_pylist()
    grouped = made["outcome"].group_by(["decision", "certainty"]).aggregate([([], "count_all")])
    counts: list[dict[str, Any]] = grouped.to_pylist()
    decisions = sorted((row["decision"], row["certainty"], row["count_all"]) for row in counts)
    return Contents(
        summary=work.summary,
        tasks=tasks_of(work.summary, requests, appeals, decisions, responses.num_rows),
        figures=figures,
        quarantine=quarantine_lines(work.home),
        decisions=decisions,
        requests=requests,
        responses=_with_comments(batch, with_draft_replies(responses.slice(0, MOST_ANSWERS))),
        answer_count=responses.num_rows,
    )


def _with_comments(
    batch: Batch | None, responses: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The rows that the page shows get their comment, without e-mail addresses, numbers and names."""
    ids = [row["feedback_id"] for row in responses[:LONGEST_LIST]]
    columns = ("feedback_id", "comment")
    rows = table_of(batch, "feedback", columns, [("feedback_id", "in", ids)])
    comments = dict(zip(rows["feedback_id"].to_pylist(), rows["comment"].to_pylist(), strict=True))
    return [
        row | {"comment": masked(comments.get(row["feedback_id"]) or "", row["marketplace"])}
        for row in responses
    ]


def masked(comment: str, marketplace: str) -> str:
    """The comment with everything that looks like personal data blotted out, surely or possibly."""
    spans = find_personal_data(comment, marketplace, SellerIdentity(), _ALL_SIGNS)
    shown, at = "", 0
    for span in sorted(spans):
        if span.start >= at:
            shown += comment[at : span.start] + _MASK
        at = max(at, span.end)
    return shown + comment[at:]


def _as_csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    written = io.StringIO(newline="")
    table = csv.writer(written)
    table.writerow(_CSV_COLUMNS)
    table.writerows([safe_cell(str(row[name])) for name in _CSV_COLUMNS] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def _links(
    work: Work, folder: Path, requests: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str]]:
    """Worksheets, Data Docs, Parquet and the list, as far as they are there, relative to the page."""
    places = [("Response list (CSV)", folder / "responses.csv")]
    places += [(name, Path(path)) for name, path in sorted(_worksheets(work, requests).items())]
    places += [
        ("Data Docs", work.home.docs / "index.html"),
        ("Tables (Parquet)", work.home.published / "latest"),
    ]
    return [(name, relpath(path, folder)) for name, path in places if path.exists()]


def _worksheets(work: Work, requests: Sequence[Mapping[str, Any]]) -> dict[str, Path]:
    """Worksheets of requests that wait for a person, by what the link says."""
    ids = {row["worksheet_id"] for row in requests if row["worksheet_id"]}
    return {f"Worksheet {name}": work.home.worksheets / f"{name}.html" for name in ids}
