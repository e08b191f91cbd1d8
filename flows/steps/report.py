"""Write the report of a run, and the response list as CSV beside it."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from os.path import relpath
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from feedback_manager.worksheet.spreadsheet_cells import safe_cell
from flows.morning_report.contents import LONGEST_LIST, Contents
from flows.morning_report.tasks import SENDABLE, Waiting, first_requests, tasks_of
from flows.work import WAITING, Work
from rules.case import SellerIdentity
from rules.personal_data import find_personal_data
from schemas.vocabularies import Term, Verdict
from store.batches import Batch, table_of
from store.durable_files import write_durably
from store.errors import as_storage_error
from store.home import make_private_folder
from store.quarantine import quarantine_lines
from transforms.figures import Figures
from transforms.figures.standing import OUT_OF_THE_RATING, feedback_with
from transforms.response_list import with_draft_replies

MOST_ANSWERS: Final = 5000
"""Rows of the response list; nobody answers more before the next run makes a new list."""

_RUN_FOLDER: Final = re.compile(r"\d{8}T\d{6}Z-\w+")
_MASK: Final = "▒▒▒"
_ALL_SIGNS: Final = -1
"""Every bit: a comment that is shown is searched for all kinds of personal data."""

_REVIEW_COLUMNS: Final = (
    "feedback_id",
    "account",
    "marketplace",
    "order_id",
    "deadline_date",
    "rating",
    "ground",
    "reason",
    "priority",
)

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
    work: Work,
    batch: Batch | None,
    requests: pa.Table,
    made: Mapping[str, pa.Table],
    figures: Figures,
) -> Contents:
    """Write HOME/reports/<run>/report.html and responses.csv.

    Args:
        work: the run.
        batch: working tables; None before the first ones.
        requests: table `removal_request`, soonest deadline first.
        made: tables `outcome`, `appeal`, soonest deadline first, and `response`, most urgent first.
        figures: of the run's business date.

    Returns:
        What the page says.

    Raises:
        StorageError: a table cannot be read, or the disk refused.
    """
    from flows.morning_report.render import render

    folder = work.home.reports / work.settings.run_id
    contents = _contents(work, batch, requests, made, figures)
    work.summary.to_do = [task.as_sentence() for task in contents.tasks]
    page = folder / "report.html"
    with as_storage_error("cannot write", folder):
        make_private_folder(work.home.reports)
        make_private_folder(folder)
        write_durably(folder / "responses.csv", _as_csv(contents.responses))
        write_durably(page, render(contents, _links(work, folder)).encode())
        _remove_old(work)
    work.summary.places["report"] = str(page)
    return contents


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
    work: Work,
    batch: Batch | None,
    requests: pa.Table,
    made: Mapping[str, pa.Table],
    figures: Figures,
) -> Contents:
    responses, outcome = made["response"], made["outcome"]
    waiting = Waiting(
        requests=_of(first_requests(requests), "state", WAITING),
        appeals=_of(made["appeal"], "appeal_state", SENDABLE),
        outcome=outcome,
        reviews=_reviews(batch, outcome),
        quarantine=quarantine_lines(work.home),
        answer_count=responses.num_rows,
    )
    address = partial(relpath, start=work.home.reports / work.settings.run_id)
    reviews = waiting.reviews.slice(0, LONGEST_LIST).to_pylist()
    answers = with_draft_replies(responses.slice(0, MOST_ANSWERS))
    comments = _comments(batch, [*reviews, *answers[:LONGEST_LIST]])
    for row in (*reviews, *answers):
        row["comment"] = comments.get(row["feedback_id"], "")
    grouped = outcome.group_by(["decision", "certainty"]).aggregate([([], "count_all")])
    counts: list[dict[str, Any]] = grouped.to_pylist()
    return Contents(
        summary=work.summary,
        tasks=tasks_of(waiting, work.home, address),
        figures=figures,
        quarantine=waiting.quarantine,
        decisions=sorted((row["decision"], row["certainty"], row["count_all"]) for row in counts),
        requests=waiting.requests.slice(0, LONGEST_LIST).to_pylist(),
        request_count=waiting.requests.num_rows,
        appeals=waiting.appeals.slice(0, LONGEST_LIST).to_pylist(),
        appeal_count=waiting.appeals.num_rows,
        reviews=reviews,
        review_count=waiting.reviews.num_rows,
        responses=answers,
        answer_count=responses.num_rows,
    )


def _of(rows: pa.Table, column: str, terms: Iterable[Term]) -> pa.Table:
    words = pa.array([term.value for term in terms], pa.string())
    return rows.filter(pc.is_in(rows[column], value_set=words))


def _reviews(batch: Batch | None, outcome: pa.Table) -> pa.Table:
    """Candidates that a person has to look at and that are still there, most urgent first."""
    rows = table_of(batch, "candidate", _REVIEW_COLUMNS, [("verdict", "=", Verdict.REVIEW.value)])
    gone = feedback_with(outcome, OUT_OF_THE_RATING)
    return rows.filter(pc.invert(pc.is_in(rows["feedback_id"], value_set=gone))).sort_by("priority")


def _comments(batch: Batch | None, rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Comments by feedback id, without e-mail addresses, numbers and names."""
    marketplace = {row["feedback_id"]: row["marketplace"] for row in rows}
    found = table_of(
        batch, "feedback", ("feedback_id", "comment"), [("feedback_id", "in", list(marketplace))]
    )
    return {
        key: masked(comment or "", marketplace[key])
        for key, comment in zip(*(column.to_pylist() for column in found.columns), strict=True)
    }


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


def _links(work: Work, folder: Path) -> list[tuple[str, str]]:
    """Data Docs, Parquet and the list, as far as they are there, relative to the page."""
    places = (
        ("Response list (CSV)", folder / "responses.csv"),
        ("Data Docs", work.home.docs / "index.html"),
        ("Tables (Parquet)", work.home.published / "latest"),
    )
    return [(name, relpath(path, folder)) for name, path in places if path.exists()]
