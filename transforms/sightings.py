"""What later reports show of feedback that was asked about: present, changed, or absent.

Absence counts only where the report would have shown the feedback:

| the report                                                        | what it says of a feedback it does not show |
|-------------------------------------------------------------------|---------------------------------------------|
| was refused, deferred or is a duplicate                           | nothing                                     |
| has no rows (an empty or cancelled report)                        | nothing                                     |
| had rows set aside (one of them may be the feedback)              | nothing                                     |
| begins on the feedback's day or later                             | nothing                                     |
| is not newer than the newest report that shows the feedback       | nothing                                     |
| otherwise: accepted, complete, newer, and covers the day          | `absent`                                    |

`absent` is a hint and never Amazon's decision: buyers take their own feedback back too. Of all reports that say `absent`
the oldest is taken, and `present` or `changed` is told only while a request waits for its answer, so that nightly
reports do not add the same news every night.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import SIGHTING
from schemas.vocabularies import FileStatus, ReportKind, RequestState, SightingKind, SightingSource
from transforms.outcomes.units import IN_DOUBT_STATES, SUBMITTED_STATES

Numbers = npt.NDArray[np.int64]

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

SIGHTING_SCHEMA: Final = pa.schema([SIGHTING.schema.field(name) for name in SIGHTING_COLUMNS])


def report_sightings(feedback: pa.Table, report_file: pa.Table, requests: pa.Table) -> pa.Table:
    """What the reports show of the feedback that was asked about.

    Args:
        feedback: table `feedback` after the reports were merged into it.
        report_file: table `report_file`, the files of this run or all of them.
        requests: table `removal_request`; those that never reached Amazon are left aside.

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
    """Feedback with its newest request that reached Amazon, or may have."""
    states = pa.array([s.value for s in (*SUBMITTED_STATES, *IN_DOUBT_STATES)], pa.string())
    reached = requests.filter(pc.is_in(requests["state"], value_set=states)).sort_by("round")
    request = reached.group_by("feedback_id", use_threads=False).aggregate(
        [("request_id", "last"), ("content_sha256", "last"), ("state", "last")]
    )
    at = pc.index_in(feedback["feedback_id"], value_set=request["feedback_id"])
    columns = [*SIGHTING_COLUMNS[:4], "feedback_date", "last_seen_date", "content_sha256"]
    rows = (
        feedback.select([*columns, "file_sha256"])
        .append_column("request_id", request["request_id_last"].take(at))
        .append_column("asked_sha256", request["content_sha256_last"].take(at))
        .append_column("state", request["state_last"].take(at))
    )
    return rows.filter(pc.is_valid(at))


def _shown(asked: pa.Table) -> pa.Table:
    waiting = asked.filter(pc.not_equal(asked["state"], pa.scalar(RequestState.DECIDED.value)))
    is_same = pc.equal(waiting["content_sha256"], waiting["asked_sha256"])
    seen = pc.if_else(
        is_same, pa.scalar(SightingKind.PRESENT.value), pa.scalar(SightingKind.CHANGED.value)
    )
    return _sightings(waiting, seen, waiting["last_seen_date"], waiting["file_sha256"])


def _absent(asked: pa.Table, report_file: pa.Table) -> pa.Table:
    """The oldest complete report that would have shown the feedback, and does not."""
    reports = report_file.filter(_is_complete(report_file)).sort_by("report_date")
    asked_of, report_of = _place_numbers(asked, reports)
    feedback_day = asked["feedback_date"].cast(pa.int32()).to_numpy()
    last_seen_day = asked["last_seen_date"].cast(pa.int32()).to_numpy()
    report_day = reports["report_date"].cast(pa.int32()).to_numpy()
    first_day = reports["covers_from_date"].cast(pa.int32()).to_numpy()
    found = np.full(asked.num_rows, -1, np.int64)
    for number in range(reports.num_rows):
        # The first day of a report may be covered in part. Its end needs no look: a report newer than one that shows
        # the feedback reaches past the feedback's day.
        would_show = feedback_day > first_day[number]
        is_newer = report_day[number] > last_seen_day
        is_here = asked_of == report_of[number]
        found[is_here & would_show & is_newer & (found < 0)] = number
    is_absent = found >= 0
    missing = asked.filter(pa.array(is_absent))
    report = reports.select(["report_date", "file_sha256"]).take(
        pa.array(found[is_absent], pa.int64())
    )
    seen = pa.chunked_array([pa.array([SightingKind.ABSENT.value] * missing.num_rows, pa.string())])
    return _sightings(missing, seen, report["report_date"], report["file_sha256"])


def _place_numbers(asked: pa.Table, reports: pa.Table) -> tuple[Numbers, Numbers]:
    """Account and marketplace of both as one number, the same for the same place; -1 where no report is from."""
    numbers = [np.zeros(asked.num_rows, np.int64), np.zeros(reports.num_rows, np.int64)]
    is_elsewhere = np.zeros(asked.num_rows, np.bool_)
    for name in ("account", "marketplace"):
        known = pc.unique(reports[name])
        for side, table in enumerate((asked, reports)):
            code = pc.index_in(table[name], value_set=known).fill_null(-1).to_numpy()
            numbers[side] = numbers[side] * len(known) + code
            if side == 0:
                is_elsewhere |= code < 0
    return np.where(is_elsewhere, -1, numbers[0]), numbers[1]


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
    return pa.table([columns[name] for name in SIGHTING_COLUMNS], schema=SIGHTING_SCHEMA)
