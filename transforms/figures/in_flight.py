"""Requests that wait for Amazon, and deadlines that nobody met."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import Decision
from transforms.eligibility import REQUEST_WINDOW_DAYS
from transforms.figures.asked import UNKNOWN


@dataclass(frozen=True, slots=True)
class InFlight:
    """One account's requests in one marketplace that Amazon has not decided."""

    account: str
    marketplace: str
    count: int
    in_doubt_count: int
    """Of these, nobody knows yet whether they reached Amazon."""
    oldest_requested_at: datetime | None
    longest_wait_days: int | None
    """Whole days since the oldest request; null when no time is known."""


@dataclass(frozen=True, slots=True)
class MissedDeadlines:
    """Feedback with a ground that nobody asked about before its window closed."""

    account: str
    marketplace: str
    ground: str
    month: str
    """Month in which the windows closed, as 2026-11."""
    count: int


def in_flight(outcome: pa.Table, *, as_of: date) -> list[InFlight]:
    """Pending requests of every account and marketplace that has any, sorted.

    Args:
        outcome: table `outcome`.
        as_of: business date.
    """
    pending = outcome.filter(pc.equal(outcome["decision"], pa.scalar(Decision.PENDING.value)))
    in_doubt = pc.equal(pending["reason"], pa.scalar("in_doubt")).cast(pa.int64())
    grouped = (
        pending.select(["account", "marketplace", "requested_at"])
        .append_column("in_doubt", in_doubt)
        .group_by(["account", "marketplace"])
        .aggregate([([], "count_all"), ("in_doubt", "sum"), ("requested_at", "min")])
    )
    rows: list[dict[str, Any]] = grouped.sort_by(
        [("account", "ascending"), ("marketplace", "ascending")]
    ).to_pylist()
    return [
        InFlight(
            account=row["account"],
            marketplace=row["marketplace"],
            count=row["count_all"],
            in_doubt_count=row["in_doubt_sum"],
            oldest_requested_at=row["requested_at_min"],
            longest_wait_days=(
                (as_of - row["requested_at_min"].date()).days if row["requested_at_min"] else None
            ),
        )
        for row in rows
    ]


def missed_deadlines(outcome: pa.Table, feedback: pa.Table) -> list[MissedDeadlines]:
    """Expired feedback by account, marketplace, ground and month of closing, sorted.

    Args:
        outcome: table `outcome`.
        feedback: table `feedback`.
    """
    expired = outcome.filter(pc.equal(outcome["decision"], pa.scalar(Decision.EXPIRED.value)))
    at = pc.index_in(expired["feedback_id"], value_set=feedback["feedback_id"])
    closed = pc.add(
        feedback["feedback_date"].take(at).cast(pa.int32()),
        pa.scalar(REQUEST_WINDOW_DAYS, pa.int32()),
    ).cast(pa.date32())
    month = pc.utf8_slice_codeunits(closed.cast(pa.string()), 0, 7)
    grouped = (
        expired.select(["account", "marketplace"])
        .append_column("ground", expired["ground"].fill_null(pa.scalar(UNKNOWN)))
        .append_column("month", month)
        .group_by(["account", "marketplace", "ground", "month"])
        .aggregate([([], "count_all")])
    )
    rows: list[dict[str, Any]] = grouped.sort_by(
        [(name, "ascending") for name in ("account", "marketplace", "ground", "month")]
    ).to_pylist()
    return [
        MissedDeadlines(
            row["account"], row["marketplace"], row["ground"], row["month"], row["count_all"]
        )
        for row in rows
    ]
