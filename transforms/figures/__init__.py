"""Figures for the report and for analysts: shares, defects, win rates, times, and what was missed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import pyarrow as pa

from transforms.figures.asked import DIMENSIONS, asked_requests
from transforms.figures.decision_times import DecisionTime, decision_times
from transforms.figures.in_flight import InFlight, MissedDeadlines, in_flight, missed_deadlines
from transforms.figures.order_defects import OrderDefects, order_defects
from transforms.figures.rating_shares import RatingShares, Shares, rating_shares
from transforms.figures.tables import figure_tables
from transforms.figures.weeks import Week, weeks
from transforms.figures.wilson import Rate, wilson
from transforms.figures.win_rates import WinRate, win_rates

__all__ = [
    "COLUMNS_READ",
    "DIMENSIONS",
    "DecisionTime",
    "Figures",
    "InFlight",
    "MissedDeadlines",
    "OrderDefects",
    "Rate",
    "RatingShares",
    "Shares",
    "Week",
    "WinRate",
    "asked_requests",
    "decision_times",
    "figure_tables",
    "figures",
    "in_flight",
    "missed_deadlines",
    "order_defects",
    "rating_shares",
    "weeks",
    "wilson",
    "win_rates",
]

COLUMNS_READ: Final = {
    "feedback": ("feedback_id", "account", "marketplace", "order_id", "feedback_date", "rating"),
    "finding": ("feedback_id", "language"),
    "order_fulfillment": ("account", "marketplace", "order_id", "purchased_at"),
}
"""Columns of the large tables that the figures are made from."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of one business date."""

    as_of: date
    rating_shares: list[RatingShares]
    order_defects: list[OrderDefects]
    win_rates: Mapping[str, list[WinRate]]
    """By `all` and every name of `DIMENSIONS`; `rule_version` shows which rules led to false requests."""
    decision_times: Mapping[str, list[DecisionTime]]
    """By `all`, `decision`, `ground` and `marketplace`."""
    in_flight: list[InFlight]
    missed_deadlines: list[MissedDeadlines]
    weeks: list[Week]
    """The last half year, oldest first."""


def figures(
    feedback: pa.Table,
    outcome: pa.Table,
    orders: pa.Table,
    findings: pa.Table,
    *,
    as_of: date,
    positives: Mapping[tuple[str, str, int], int] | None = None,
) -> Figures:
    """Compute all figures.

    Args:
        feedback: table `feedback`.
        outcome: table `outcome`.
        orders: table `order_fulfillment`.
        findings: table `finding`, or only the rows that hold; for the language of comments.
        as_of: business date.
        positives: number of positive feedback by account, marketplace and period in days (30, 90, 365), as Feedback
            Manager shows it; without it the shares are partial.
    """
    asked = asked_requests(outcome, feedback, findings)
    return Figures(
        as_of=as_of,
        rating_shares=rating_shares(feedback, outcome, as_of=as_of, positives=positives),
        order_defects=order_defects(feedback, outcome, orders, as_of=as_of),
        win_rates={by: win_rates(asked, by) for by in ("all", *DIMENSIONS)},
        decision_times={
            by: decision_times(asked, by) for by in ("all", "decision", "ground", "marketplace")
        },
        in_flight=in_flight(outcome, as_of=as_of),
        missed_deadlines=missed_deadlines(outcome, feedback),
        weeks=weeks(feedback, outcome, as_of=as_of),
    )
