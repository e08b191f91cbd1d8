"""Week by week: what buyers wrote, what was asked, what Amazon answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import Decision
from transforms.figures.standing import GRANTED

_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days; the last week ends on the business date."""

    first_date: date
    last_date: date
    negative_count: int
    """Feedback of 1-2 stars received, whatever became of it."""
    neutral_count: int
    asked_count: int
    """Requests that reached Amazon in this week."""
    granted_count: int
    """Requests that were decided in this week, asked at any time."""
    denied_count: int
    gone_count: int


def weeks(feedback: pa.Table, outcome: pa.Table, *, as_of: date, count: int = 26) -> list[Week]:
    """The last weeks, oldest first; for one account or marketplace filter both tables before.

    Args:
        feedback: table `feedback`.
        outcome: table `outcome`.
        as_of: business date, the last day of the last week.
        count: number of weeks.
    """
    asked = outcome.filter(outcome["is_asked"])
    is_negative = pc.less(feedback["rating"], pa.scalar(3, pa.int8()))
    is_neutral = pc.equal(feedback["rating"], pa.scalar(3, pa.int8()))

    def counted(days: "pa.ChunkedArray[Any]") -> list[int]:
        return _by_week(days, as_of, count)

    def decided(decisions: Iterable[Decision]) -> list[int]:
        words = pa.array([decision.value for decision in decisions], pa.string())
        return counted(asked.filter(pc.is_in(asked["decision"], value_set=words))["decided_at"])

    columns = (
        counted(feedback.filter(is_negative)["feedback_date"]),
        counted(feedback.filter(is_neutral)["feedback_date"]),
        counted(asked["requested_at"]),
        decided(GRANTED),
        decided([Decision.DENIED]),
        decided([Decision.GONE_UNATTRIBUTED]),
    )
    first_dates = [as_of - timedelta(days=7 * (count - n) - 1) for n in range(count)]
    return [
        Week(first, first + timedelta(days=6), *numbers)
        for first, *numbers in zip(first_dates, *columns, strict=True)
    ]


def _by_week(moments: "pa.ChunkedArray[Any]", as_of: date, count: int) -> list[int]:
    """How many dates, or UTC dates of timestamps, lie in each week; null and other dates in none."""
    days = moments.drop_null().cast(pa.date32()).cast(pa.int32()).to_numpy()
    weeks_ago = ((as_of - _EPOCH).days - days) // 7
    inside = (weeks_ago >= 0) & (weeks_ago < count)
    found = np.bincount(weeks_ago[inside], minlength=count)
    return [int(number) for number in found[::-1]]
