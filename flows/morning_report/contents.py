"""What the report says, as plain values: the page and the artifacts of the run are both made from it."""

from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flows.run_summary import RunSummary
from schemas.vocabularies import AppealState, Decision, RequestState
from store.quarantine import QuarantineLine
from transforms.figures import Figures

LONGEST_LIST: Final = 50
"""Rows of a list that are shown; the rest is named with the file that holds it."""

_TO_DO: Final[Mapping[RequestState, tuple[str, str]]] = {
    RequestState.PLANNED: ("to approve", "feedback-removal approve"),
    RequestState.APPROVED: ("to hand out on a worksheet", "feedback-removal submit"),
    RequestState.HELD: ("on hold: release or leave", "feedback-removal approve --release"),
    RequestState.UNKNOWN: (
        "where nobody knows whether Amazon has them: look at Feedback Manager",
        "feedback-removal explain ORDER_ID",
    ),
    RequestState.NEEDS_HUMAN: (
        "that need a decision of yours",
        "feedback-removal explain ORDER_ID",
    ),
}


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for a person."""

    count: int
    what: str
    how: str
    """A command, or where to look."""
    until: date | None
    """Soonest deadline."""

    def as_sentence(self) -> str:
        """The task in one line."""
        until = f" until {self.until}" if self.until else ""
        return f"{self.count} {self.what}{until}"


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything on the page."""

    summary: RunSummary
    tasks: list[Task]
    figures: Figures
    quarantine: Sequence[QuarantineLine]
    """What is set aside, of this run and of earlier ones."""
    decisions: list[tuple[str, str, int]]
    """Decision, certainty, number of feedback."""
    requests: list[dict[str, Any]]
    """Waiting requests, soonest deadline first."""
    responses: list[dict[str, Any]]
    """Feedback to answer, most urgent first, as far as the list goes."""
    answer_count: int
    """All feedback to answer."""


def tasks_of(
    summary: RunSummary,
    requests: Iterable[Mapping[str, Any]],
    appeals: Iterable[Mapping[str, Any]],
    outcomes: Iterable[tuple[str, str, int]],
    answers: int,
) -> list[Task]:
    """What a person has to do, soonest deadline first.

    Args:
        summary: of the run.
        requests: waiting requests, rows of table `removal_request`.
        appeals: rows of table `appeal`.
        outcomes: decision, certainty and number of feedback.
        answers: length of the response list.
    """
    tasks = _request_tasks(list(requests))
    open_states = (AppealState.OPEN, AppealState.DRAFTED)
    reopen = [row["deadline_date"] for row in appeals if row["appeal_state"] in open_states]
    conflicts = sum(number for decision, _, number in outcomes if decision == Decision.CONFLICT)
    tasks += [
        Task(
            len(reopen),
            "denied; may be re-opened, once",
            "feedback-removal appeals",
            _soonest(reopen),
        ),
        Task(
            conflicts,
            "with contradicting answers; look which is true",
            "feedback-removal explain ORDER_ID",
            None,
        ),
        Task(
            summary.files_with("refused"),
            "refused of the files that came in",
            "see “What came in” below",
            None,
        ),
        Task(answers, "feedback to answer in public", "see “To answer” below", None),
    ]
    there = [task for task in tasks if task.count]
    return sorted(there, key=lambda task: task.until or date.max)


def _requests(rows: Sized) -> str:
    return "request" if len(rows) == 1 else "requests"


def _request_tasks(requests: list[Mapping[str, Any]]) -> list[Task]:
    on_paper = [row for row in requests if _is_on_paper(row)]
    tasks = [
        Task(
            len(on_paper),
            f"{_requests(on_paper)} to make from a worksheet, then to fill in",
            "feedback-removal import-results FILE.csv",
            _soonest(row["deadline_date"] for row in on_paper),
        )
    ]
    for state, (what, how) in _TO_DO.items():
        rows = [row for row in requests if row["state"] == state and not _is_on_paper(row)]
        until = _soonest(row["deadline_date"] for row in rows)
        tasks.append(Task(len(rows), f"{_requests(rows)} {what}", how, until))
    return tasks


def _is_on_paper(row: Mapping[str, Any]) -> bool:
    return row["state"] == RequestState.APPROVED and row["worksheet_id"] is not None


def _soonest(dates: Iterable[date | None]) -> date | None:
    return min((day for day in dates if day is not None), default=None)
