"""What later reports show of feedback that was asked about: present, changed, or absent.

Absence counts only where the report would have shown the feedback:

| the report                                                        | what it says of a feedback it does not show |
|-------------------------------------------------------------------|---------------------------------------------|
| was refused, deferred or is a duplicate                           | nothing                                     |
| has no rows (an empty or cancelled report)                        | nothing                                     |
| had rows set aside (one of them may be the feedback)              | nothing                                     |
| begins on the feedback's day or later, or ends before it          | nothing                                     |
| is not newer than the newest report that shows the feedback       | nothing                                     |
| otherwise: accepted, complete, newer, and covers the day          | `absent`                                    |

`absent` is a hint and never Amazon's decision: buyers take their own feedback back too.
"""

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import SIGHTING
from schemas.vocabularies import FileStatus, ReportKind, SightingKind, SightingSource

SIGHTING_COLUMNS: Final = (
    "feedback_id",
    "account",
    "marketplace",
    "order_id",
    "request_id",
    "source",
    "seen",
    "seen_at",
    "evidence_sha256",
)
"""Columns of `sighting` that are known before the ledger numbers the row."""

_SCHEMA: Final = pa.schema([SIGHTING.schema.field(name) for name in SIGHTING_COLUMNS])


def report_sightings(feedback: pa.Table, report_file: pa.Table, requests: pa.Table) -> pa.Table:
    """What the reports show of the feedback that has a removal request.

    Args:
        feedback: table `feedback` after the reports were merged into it.
        report_file: table `report_file`, the files of this run or all of them; the result names each sighting once.
        requests: table `removal_request`.

    Returns:
        Columns `SIGHTING_COLUMNS`, sorted; `seen_at` is the report's date at midnight UTC, the earliest moment at
        which the report can have been made, so reading a report twice gives the same sighting.
    """
    asked = _asked(feedback, requests)
    return (
        pa.concat_tables([_shown(asked), _absent(asked, report_file)])
        .sort_by([(name, "ascending") for name in ("feedback_id", "seen_at", "seen")])
        .combine_chunks()
    )


def _asked(feedback: pa.Table, requests: pa.Table) -> pa.Table:
    """Feedback with its newest request, and the content that was asked about."""
    newest = requests.sort_by("round").group_by("feedback_id", use_threads=False)
    request = newest.aggregate([("request_id", "last"), ("content_sha256", "last")])
    at = pc.index_in(feedback["feedback_id"], value_set=request["feedback_id"])
    rows = (
        feedback.select(
            [
                "feedback_id",
                "account",
                "marketplace",
                "order_id",
                "feedback_date",
                "last_seen_date",
                "content_sha256",
                "file_sha256",
            ]
        )
        .append_column("request_id", request["request_id_last"].take(at))
        .append_column("asked_sha256", request["content_sha256_last"].take(at))
    )
    return rows.filter(pc.is_valid(at))


def _shown(asked: pa.Table) -> pa.Table:
    is_same = pc.equal(asked["content_sha256"], asked["asked_sha256"])
    seen = pc.if_else(
        is_same, pa.scalar(SightingKind.PRESENT.value), pa.scalar(SightingKind.CHANGED.value)
    )
    return _sightings(asked, seen, asked["last_seen_date"], asked["file_sha256"])


def _absent(asked: pa.Table, report_file: pa.Table) -> pa.Table:
    reports = report_file.filter(_is_complete(report_file)).select(
        ["account", "marketplace", "report_date", "covers_from_date", "file_sha256"]
    )
    pairs = asked.drop(["file_sha256"]).join(
        reports, ["account", "marketplace"], join_type="inner", use_threads=False
    )
    # The first day of a report may be covered in part, the last one always reaches past what an older report shows.
    would_show = pc.and_(
        pc.greater(pairs["feedback_date"], pairs["covers_from_date"]),
        pc.less_equal(pairs["feedback_date"], pairs["report_date"]),
    )
    is_newer = pc.greater(pairs["report_date"], pairs["last_seen_date"])
    missing = pairs.filter(pc.and_(would_show, is_newer))
    seen = pa.chunked_array([pa.array([SightingKind.ABSENT.value] * missing.num_rows, pa.string())])
    return _sightings(missing, seen, missing["report_date"], missing["file_sha256"])


def _is_complete(report_file: pa.Table) -> "pa.ChunkedArray[Any] | pa.BooleanArray":
    is_read = pc.and_(
        pc.equal(report_file["status"], pa.scalar(FileStatus.ACCEPTED.value)),
        pc.equal(report_file["kind"], pa.scalar(ReportKind.FEEDBACK.value)),
    )
    nothing = pa.scalar(0, pa.int64())
    has_all_rows = pc.and_(
        pc.greater(report_file["rows_accepted"], nothing),
        pc.equal(report_file["rows_quarantined"], nothing),
    )
    has_dates = pc.and_(
        pc.is_valid(report_file["covers_from_date"]), pc.is_valid(report_file["report_date"])
    )
    return pc.and_(pc.and_(is_read, has_all_rows), has_dates)


def _sightings(
    rows: pa.Table,
    seen: "pa.ChunkedArray[Any]",
    on: "pa.ChunkedArray[Any]",
    evidence: "pa.ChunkedArray[Any]",
) -> pa.Table:
    columns: dict[str, Any] = {
        **{name: rows[name] for name in rows.column_names},
        "source": pa.array([SightingSource.REPORT.value] * rows.num_rows, pa.string()),
        "seen": seen,
        "seen_at": on.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")),
        "evidence_sha256": evidence,
    }
    return pa.table([columns[name] for name in SIGHTING_COLUMNS], schema=_SCHEMA)
