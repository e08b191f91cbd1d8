"""How long Amazon takes. No page gives a time; before 2017 answers came mostly within a day, so this is worth watching."""

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True, slots=True)
class DecisionTime:
    """Whole days from request to decision of one group; half of them took `median_days` or less."""

    by: str
    group: str
    count: int
    """Requests with a known time: what Amazon, or a person, said was decided. Vanished feedback has none."""
    median_days: int
    ninetieth_days: int
    """Nine of ten took this long or less."""
    longest_days: int


def decision_times(asked: pa.Table, by: str) -> list[DecisionTime]:
    """Days to decision of every group with at least one known time, sorted by group.

    Args:
        asked: from `asked_requests`.
        by: `all`, `decision`, or one of `DIMENSIONS`.
    """
    is_timed = asked["result"].to_numpy() == "granted"
    is_timed |= asked["result"].to_numpy() == "denied"
    timed = asked.select([by, "days_to_decision"]).filter(pa.array(is_timed)).drop_null()
    grouped = timed.group_by(by).aggregate([("days_to_decision", "list")])
    rows: list[dict[str, Any]] = grouped.to_pylist()
    return sorted(
        (_time(by, row[by], np.sort(row["days_to_decision_list"])) for row in rows),
        key=lambda time: time.group,
    )


def _time(by: str, group: str, days: npt.NDArray[np.int64]) -> DecisionTime:
    return DecisionTime(
        by=by,
        group=group,
        count=len(days),
        median_days=_nearest_rank(days, 50),
        ninetieth_days=_nearest_rank(days, 90),
        longest_days=int(days[-1]),
    )


def _nearest_rank(ordered: npt.NDArray[np.int64], percent: int) -> int:
    """The smallest value that so many percent do not exceed: always a number of days that occurred."""
    return int(ordered[ceil(percent * len(ordered) / 100) - 1])
