"""May a removal still be requested: the 90-day window, the rating, and one request per feedback.

The window is 90 days from the submission of the feedback (copy of Seller Central help "Which tools are used to
manage seller feedback"; an agency procedure of 2023 says the same). Not documented are the zone of the report's
date, and whether Amazon counts calendar days or hours. So one day of slack is taken off the end:

| days since the feedback date | window   | meaning                                                           |
|------------------------------|----------|-------------------------------------------------------------------|
| up to 89                     | `open`   | inside the 90 days whatever zone the date is in                   |
| 90                           | `edge`   | open or closed depending on zone and count: a person looks, today |
| 91 and more                  | `closed` | outside the 90 days in every zone, give or take a few hours       |

The price of the safe side is one day in ninety. A feedback dated up to a day after the business date (a zone ahead)
is in the window.
"""

from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.vocabularies import Term

REQUEST_WINDOW_DAYS: Final = 90
"""Days from the feedback in which Amazon accepts a request."""

SLACK_DAYS: Final = 1
"""Days taken off the end of the window, because the zone of the feedback date is unknown."""

HIGHEST_REQUESTABLE_RATING: Final = 3
"""Negative (1-2 stars) and neutral (3 stars) feedback; no page of Amazon restricts requests to negative ones."""

_DAYS_TO_DEADLINE: Final = REQUEST_WINDOW_DAYS - SLACK_DAYS
_EPOCH: Final = date(1970, 1, 1)


class Window(Term):
    """Where the business date lies in the request window of a feedback."""

    OPEN = "open"
    EDGE = "edge"  # may have closed already, depending on Amazon's zone
    CLOSED = "closed"


class Eligibility(NamedTuple):
    """One value per feedback, in the order given."""

    deadline_date: "pa.Array[Any]"
    """date32: last day that is inside the window whatever the zone."""
    days_left: "pa.Array[Any]"
    """int16: whole days until the deadline, 0 on the day itself, negative once past."""
    window: "pa.Array[Any]"
    """string: words of `Window`."""
    is_eligible: "pa.Array[Any]"
    """bool: rating 1-3, window open, not asked before."""


def deadline_date(feedback_date: date) -> date:
    """The last day on which a request is in time whatever zone the feedback's date is in."""
    return feedback_date + timedelta(days=_DAYS_TO_DEADLINE)


def window_on(feedback_date: date, as_of: date) -> Window:
    """Where `as_of` lies in the request window; see the table at the top of this module."""
    past_deadline = (as_of - deadline_date(feedback_date)).days
    if past_deadline <= 0:
        return Window.OPEN
    return Window.EDGE if past_deadline <= SLACK_DAYS else Window.CLOSED


def judge_eligibility(feedback: pa.Table, *, as_of: date, asked: frozenset[str]) -> Eligibility:
    """Deadline, days left and eligibility of each feedback.

    Args:
        feedback: table `feedback`, at least feedback_id, feedback_date and rating.
        as_of: the run's business date.
        asked: feedback ids for which a request went to Amazon, or may have gone.

    Returns:
        Columns in the order of `feedback`.
    """
    deadlines = _days(feedback["feedback_date"]) + _DAYS_TO_DEADLINE
    days_left = deadlines - (as_of - _EPOCH).days
    is_open = days_left >= 0
    window = np.where(
        is_open,
        Window.OPEN.value,
        np.where(days_left >= -SLACK_DAYS, Window.EDGE.value, Window.CLOSED.value),
    )
    is_low = feedback["rating"].to_numpy() <= HIGHEST_REQUESTABLE_RATING
    is_asked = np.array([key in asked for key in feedback["feedback_id"].to_pylist()], bool)
    return Eligibility(
        deadline_date=pa.array(deadlines, pa.int32()).cast(pa.date32()),
        days_left=pa.array(days_left, pa.int16()),
        window=pa.array(window.tolist(), pa.string()),
        is_eligible=pa.array(is_low & is_open & ~is_asked, pa.bool_()),
    )


def _days(dates: "pa.ChunkedArray[Any]") -> "npt.NDArray[np.int32]":
    """Dates as days since 1970-01-01."""
    return dates.cast(pa.int32()).to_numpy()
