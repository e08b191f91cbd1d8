"""What waits for a person: how much, until when, and exactly what to do about it."""

import shlex
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import AppealState, Decision, RequestState, SubmissionChannel
from store.home import Home
from store.quarantine import QuarantineLine
from transforms.outcomes import OutcomeReason

_NAMED: Final = 3
"""Orders and worksheets that a task names; the tables below it hold the rest."""

SENDABLE: Final = (AppealState.OPEN, AppealState.DRAFTED)
"""States of re-openings that a person may send still."""

_STATES: Final[Mapping[RequestState, tuple[str, tuple[str, ...]]]] = {
    RequestState.PLANNED: ("to approve", ("approve --list", "approve --all")),
    RequestState.APPROVED: ("approved and not handed out yet", ("submit",)),
    RequestState.HELD: ("on hold: release them, or leave them", ("approve --release",)),
    RequestState.UNKNOWN: (
        "that may or may not have reached Amazon: look at Feedback Manager before anything else",
        ("explain {order}",),
    ),
    RequestState.NEEDS_HUMAN: (
        "that cannot go on without a decision of yours",
        ("explain {order}",),
    ),
}


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for a person."""

    count: int
    what: str
    until: date | None = None
    """The first deadline among them."""
    orders: Sequence[str] = ()
    """The most urgent orders; all of them when there are few."""
    links: Sequence[tuple[str, str]] = ()
    """Where to look: what the link says, and an address on or beside the page."""
    commands: Sequence[str] = ()
    """Complete commands, to be typed in any folder."""

    def as_sentence(self) -> str:
        """The task in one line, without orders and paths."""
        until = f", the first until {self.until}" if self.until else ""
        return f"{self.count} {self.what}{until}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """What tasks are made of."""

    requests: pa.Table
    """Table `removal_request`: first requests that wait for somebody, soonest deadline first."""
    appeals: pa.Table
    """Table `appeal`: those that may be sent still, soonest deadline first."""
    outcome: pa.Table
    reviews: pa.Table
    """Candidates that a person has to look at, most urgent first."""
    quarantine: Sequence[QuarantineLine]
    answer_count: int


def first_requests(requests: pa.Table) -> pa.Table:
    """The requests of table `removal_request` without re-openings, of which table `appeal` tells."""
    is_case = pc.equal(requests["channel"], pa.scalar(SubmissionChannel.CASE.value))
    return requests.filter(pc.invert(is_case))


def tasks_of(waiting: Waiting, home: Home, address: Callable[[Path], str]) -> list[Task]:
    """What a person has to do, soonest deadline first.

    Args:
        waiting: everything that waits.
        home: the home folder, for commands.
        address: of a file, as a link on the page.
    """
    told = _Tasks(home, address)
    tasks = [
        *told.of_requests(waiting.requests),
        *told.of_appeals(waiting.appeals),
        *told.of_answers_by_amazon(waiting.outcome),
        told.of_reviews(waiting.reviews),
        _set_aside(waiting.quarantine, told.command("quarantine")),
        Task(
            waiting.answer_count,
            "feedback to answer in public; nothing in Amazon’s policy removes it",
            links=(("To answer", "#answer"),),
        ),
    ]
    there = [task for task in tasks if task.count]
    return sorted(there, key=lambda task: task.until or date.max)


class _Tasks:
    """Tasks with the commands of one home."""

    def __init__(self, home: Home, address: Callable[[Path], str]) -> None:
        self._home = home
        self._address = address

    def command(self, words: str) -> str:
        """A complete command."""
        return f"feedback-removal {words} --home {shlex.quote(str(self._home.root))}"

    def of_requests(self, requests: pa.Table) -> Iterator[Task]:
        is_approved = pc.equal(requests["state"], pa.scalar(RequestState.APPROVED.value))
        is_on_paper = pc.and_(is_approved, pc.is_valid(requests["worksheet_id"]))
        yield self._worksheets(requests.filter(is_on_paper))
        rest = requests.filter(pc.invert(is_on_paper))
        for state, (what, commands) in _STATES.items():
            rows = rest.filter(pc.equal(rest["state"], pa.scalar(state.value)))
            yield self._task(rows, f"{_noun('request', rows.num_rows)} {what}", commands)

    def _worksheets(self, requests: pa.Table) -> Task:
        names = sorted(map(str, pc.unique(requests["worksheet_id"]).to_pylist()))
        pages = [(name, self._home.worksheets / f"{name}.html") for name in names]
        tables = [self._home.worksheets / f"{name}.csv" for name in names[:_NAMED]]
        return Task(
            requests.num_rows,
            f"{_noun('request', requests.num_rows)} to make by hand: open the worksheet, click in Feedback Manager what it "
            "says, write each result into the table beside it (CSV), read the table in",
            _first(requests),
            links=[(f"Worksheet {name}", self._address(page)) for name, page in pages],
            commands=[self.command(f"import-results {shlex.quote(str(path))}") for path in tables],
        )

    def of_appeals(self, appeals: pa.Table) -> Iterator[Task]:
        for state, noun, what, option in (
            (
                AppealState.OPEN,
                "denied request",
                "that may be re-opened once: let the text be drafted",
                "--draft",
            ),
            (
                AppealState.DRAFTED,
                "drafted re-opening",
                "to read and to send in the case of the request, nowhere else; then note it",
                "--sent",
            ),
        ):
            rows = appeals.filter(pc.equal(appeals["appeal_state"], pa.scalar(state.value)))
            yield self._task(
                rows,
                f"{_noun(noun, rows.num_rows)} {what}",
                (f"appeals {{order}} {option}",),
                links=[("Denied", "#denied"), *self._drafts(rows)],
            )

    def _drafts(self, appeals: pa.Table) -> Iterator[tuple[str, str]]:
        """Links to the texts of re-openings that are drafted."""
        files = zip(appeals["order_id"].to_pylist(), appeals["draft_file"].to_pylist(), strict=True)
        for order, file in islice(files, _NAMED):
            if file is not None:
                yield f"Draft for {order}", self._address(self._home.root / str(file))

    def of_answers_by_amazon(self, outcome: pa.Table) -> Iterator[Task]:
        for column, word, what in (
            (
                "reason",
                OutcomeReason.UNRECOGNISED_ANSWER,
                "of Amazon’s answers that no listed wording fits: read the e-mail and note the result on the worksheet",
            ),
            (
                "reason",
                OutcomeReason.MORE_INFORMATION_WANTED,
                "feedback about which Amazon asks back: answer in the case that it opened, nowhere else",
            ),
            (
                "decision",
                Decision.CONFLICT,
                "feedback whose evidence contradicts itself: look at Feedback Manager which is true",
            ),
        ):
            rows = outcome.filter(pc.equal(outcome[column], pa.scalar(word.value)))
            yield self._task(rows, what, ("explain {order}",))

    def of_reviews(self, reviews: pa.Table) -> Task:
        it = _noun("it", reviews.num_rows, "them")
        return self._task(
            reviews,
            f"feedback that the rules leave to a person: read {it} and decide",
            ("explain {order}",),
            links=(("To look at", "#look"),),
        )

    def _task(
        self,
        rows: pa.Table,
        what: str,
        commands: Collection[str],
        links: Sequence[tuple[str, str]] = (),
    ) -> Task:
        """A task about orders; without a link to a table that lists them it names the first ones."""
        orders = [str(order) for order in rows["order_id"].slice(0, _NAMED).to_pylist()]
        is_about_one = any("{order}" in command for command in commands)
        return Task(
            rows.num_rows,
            what,
            _first(rows) if "deadline_date" in rows.column_names else None,
            orders=orders if is_about_one and not links else (),
            links=links,
            commands=[self.command(c.format(order=orders[0])) for c in commands if orders],
        )


def _first(rows: pa.Table) -> date | None:
    day: date | None = pc.min(rows["deadline_date"]).as_py()
    return day


def _set_aside(lines: Sequence[QuarantineLine], command: str) -> Task:
    files = sum(line.count for line in lines if line.is_file)
    rows = sum(line.count for line in lines if not line.is_file)
    parts = [
        f"{count} {_noun(name, count)}" for count, name in ((files, "file"), (rows, "row")) if count
    ]
    first, *more = parts or [" "]
    what = " and ".join((first.partition(" ")[2], *more))
    return Task(
        files or rows,
        f"{what} set aside and not counted: mend them and drop them into the inbox again",
        links=(("Set aside", "#aside"),),
        commands=(command,),
    )


def _noun(singular: str, count: int, plural: str | None = None) -> str:
    return singular if count == 1 else plural or f"{singular}s"
