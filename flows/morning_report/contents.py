"""What the report says, as plain values: the page and the artifacts of the run are both made from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flows.morning_report.tasks import Task
from flows.run_summary import RunSummary
from store.quarantine import QuarantineLine
from transforms.figures import Figures

LONGEST_LIST: Final = 50
"""Rows of a list that are shown; the rest is named with the file that holds it."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything on the page; of long lists only the rows that it shows."""

    summary: RunSummary
    tasks: Sequence[Task]
    figures: Figures
    quarantine: Sequence[QuarantineLine]
    """What is set aside, of this run and of earlier ones."""
    decisions: Sequence[tuple[str, str, int]]
    """Decision, certainty, number of feedback."""
    requests: Sequence[dict[str, Any]]
    """Waiting requests without re-openings, soonest deadline first."""
    request_count: int
    appeals: Sequence[dict[str, Any]]
    """Denied requests whose re-opening may be sent still, soonest deadline first."""
    appeal_count: int
    reviews: Sequence[dict[str, Any]]
    """Candidates that a person has to look at, with their comment, most urgent first."""
    review_count: int
    responses: Sequence[dict[str, Any]]
    """Feedback to answer, most urgent first, as far as `responses.csv` goes."""
    answer_count: int
    """All feedback to answer."""
