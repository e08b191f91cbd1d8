"""A run in a few lines, for a phone: counts and dates only, no buyer's words, names or order numbers."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from flows.exit_codes import ExitCode
from flows.run_summary import RunSummary


class Waiting(NamedTuple):
    """Requests that wait for a person.

    Attributes:
        requests: how many.
        until: the first of their deadlines; None when there is none.
    """

    requests: int = 0
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What people are sent.

    Attributes:
        title: one line.
        body: some lines of plain text.
        needs_attention: somebody has to do something.
    """

    title: str
    body: str
    needs_attention: bool


def summary_message(summary: RunSummary, waiting: Waiting) -> Message:
    """Tell how a run ended and what waits."""
    code = ExitCode(summary.exit_code or 0)
    head = f"feedback-removal {summary.as_of_date}"
    if code is not ExitCode.GOOD:
        title = f"{head}: {code.meaning}"
    elif waiting.requests:
        title = f"{head}: {_waits(waiting)}"
    else:
        title = f"{head}: done, nothing waits"
    lines = [_files(summary), _rows(summary)]
    lines += [
        f"{heading}: {counts}"
        for heading, counts in (
            ("candidates", _listed(summary.candidates)),
            ("requests in this run", _listed(summary.requests)),
            ("outcomes so far", _listed(summary.outcomes)),
        )
        if counts
    ]
    lines.append(_waits(waiting) if waiting.requests else "nothing waits for a person")
    lines.append(f"run {summary.run_id}, exit code {code.value}: {code.meaning}")
    return Message(title, "\n".join(lines), bool(waiting.requests) or code is not ExitCode.GOOD)


def failure_message(as_of: date, code: ExitCode) -> Message:
    """Tell that a run ended before it had anything to say."""
    return Message(
        f"feedback-removal {as_of}: {code.meaning}",
        f"The run ended with exit code {code.value}: {code.meaning}.\n"
        "See HOME/logs and docs/runbook.md on the machine it ran on.",
        needs_attention=True,
    )


def _files(summary: RunSummary) -> str:
    counts = {
        status: summary.files_with(status)
        for status in ("accepted", "duplicate", "refused", "deferred")
    }
    return f"files: {_listed(counts) or 'none were new'}"


def _rows(summary: RunSummary) -> str:
    return (
        f"rows: {summary.rows('rows_in')} in = {summary.rows('rows_accepted')} accepted "
        f"+ {summary.rows('rows_quarantined')} quarantined + {summary.rows('rows_duplicate')} duplicate"
    )


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _waits(waiting: Waiting) -> str:
    until = f", the first until {waiting.until}" if waiting.until else ""
    plural = "request waits" if waiting.requests == 1 else "requests wait"
    return f"{waiting.requests} {plural} for a person{until}"
