"""Which denied requests may be re-opened, until when, and how far each is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from schemas.appeal_states import appeal_state_of
from schemas.identifiers import request_id
from schemas.tables import APPEAL
from schemas.vocabularies import AppealState, Decision, Ground, RequestState
from transforms.appeals.wording import language_of

UNAPPEALABLE: Final = frozenset({Ground.PROMOTIONAL_CONTENT})
"""Grounds that Amazon's list for seller feedback does not name: there is no clause to quote."""


_LEAST_DAYS: Final = -32_768
Request = Mapping[str, Any]
"""Row of table `removal_request`."""


@dataclass(frozen=True, slots=True)
class AppealRules:
    """What a seller may set about re-openings."""

    days_after_denial: int | None = None
    """Days after the denial in which a re-opening is drafted; None: as long as the feedback's request window is open."""
    languages: Mapping[str, str] = field(default_factory=dict)
    """Language of drafts by marketplace, where it is not the marketplace's own."""


def appeals(
    requests: pa.Table,
    outcome: pa.Table,
    findings: pa.Table,
    events: pa.Table,
    *,
    as_of: date,
    rules: AppealRules | None = None,
) -> pa.Table:
    """Every denied request, and where its one re-opening is.

    A first request counts as denied when the ledger says so and nothing that was seen contradicts it: one whose outcome is
    a conflict is for a person to clear up first, and appears here only when a re-opening was drafted before.

    Args:
        requests: table `removal_request`, both rounds.
        outcome: table `outcome` of the same moment.
        findings: table `finding`, or only the rows that hold: a ground that does not hold is not worth a re-opening.
        events: table `event`; tells why a drafted re-opening was cancelled.
        as_of: business date; decides which deadlines are past.
        rules: deadlines and languages.

    Returns:
        Table `appeal`, soonest deadline first. `request_id` is that of the re-opening (round 2), drafted or not.
    """
    rules = rules or AppealRules()
    rounds = requests.filter(pc.equal(requests["round"], pa.scalar(2, pa.int16())))
    second = {row["feedback_id"]: row for row in rounds.to_pylist()}
    denied = pa.array([Decision.DENIED.value], pa.string())
    first = requests.filter(
        pc.and_(
            pc.equal(requests["round"], pa.scalar(1, pa.int16())),
            pc.is_in(requests["decision"], value_set=denied),
        )
    )
    known = _Known(_holding(findings, first), _cancelled_because(events, second), as_of, rules)
    undisputed = _denied_outcomes(outcome)
    rows = [
        _row(row, second.get(row["feedback_id"]), known)
        for row in first.to_pylist()
        if row["feedback_id"] in undisputed or row["feedback_id"] in second
    ]
    rows.sort(key=lambda row: (row["deadline_date"], row["request_id"]))
    return pa.Table.from_pylist(rows, schema=APPEAL.schema)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the states of all re-openings are told from."""

    grounds: Mapping[str, list[str]]
    """Grounds that hold, by feedback."""
    cancelled_because: Mapping[str, str | None]
    as_of: date
    rules: AppealRules

    def ground(self, first: Request) -> str:
        """The ground that is worth a re-opening: the first request's, while it holds; else another one that does."""
        asked = str(first["ground"])
        held = [g for g in self._held(first) if Ground(g) not in UNAPPEALABLE]
        if asked in held or not held:
            return asked
        return min(held, key=[ground.value for ground in Ground].index)

    def deadline(self, first: Request, drafted: Request | None) -> date:
        """Last day on which to send it."""
        denied_at: datetime | None = first["decided_at"]
        days = self.rules.days_after_denial
        if drafted is None and days is not None and denied_at is not None:
            return denied_at.date() + timedelta(days=days)
        window: date = (drafted or first)["deadline_date"]
        return window

    def state(self, first: Request, drafted: Request | None) -> AppealState:
        """Where it is."""
        if drafted is not None:
            decision = Decision(drafted["decision"]) if drafted["decision"] else None
            because = self.cancelled_because.get(drafted["request_id"])
            return appeal_state_of(RequestState(drafted["state"]), decision, because)
        if self.deadline(first, drafted) < self.as_of:
            return AppealState.EXPIRED
        ground = self.ground(first)
        is_founded = ground in self._held(first) and Ground(ground) not in UNAPPEALABLE
        return AppealState.OPEN if is_founded else AppealState.UNFOUNDED

    def _held(self, first: Request) -> list[str]:
        return self.grounds.get(first["feedback_id"], [])


def _row(first: Request, drafted: Request | None, known: _Known) -> dict[str, Any]:
    deadline = known.deadline(first, drafted)
    copied = ("feedback_id", "account", "marketplace", "order_id")
    row = {
        **{name: first[name] for name in copied},
        "request_id": request_id(first["feedback_id"], 2),
        "ground": drafted["ground"] if drafted else known.ground(first),
        "appeal_state": known.state(first, drafted).value,
        "denied_at": first["decided_at"],
        "deadline_date": deadline,
        "days_left": max(_LEAST_DAYS, (deadline - known.as_of).days),
        "language": language_of(first["marketplace"], known.rules.languages),
    }
    if drafted is not None:
        is_sent = drafted["submitted_at"] is not None
        row |= {
            "drafted_at": drafted["planned_at"],
            "draft_file": draft_file(first["account"], first["order_id"]),
            "sent_at": drafted["submitted_at"],
            "sent_by": drafted["approved_by"] if is_sent else None,
            "decided_at": drafted["decided_at"],
        }
    return row


def draft_file(account: str, order_id: str) -> str:
    """Path of a draft below the home folder."""
    return f"appeals/{account}/{order_id}.txt"


def _denied_outcomes(outcome: pa.Table) -> set[str]:
    is_denied = pc.and_(
        pc.equal(outcome["decision"], pa.scalar(Decision.DENIED.value)),
        pc.equal(outcome["round"], pa.scalar(1, pa.int16())),
    )
    return set(map(str, outcome.filter(is_denied)["feedback_id"].to_pylist()))


def _holding(findings: pa.Table, first: pa.Table) -> dict[str, list[str]]:
    """Grounds that hold by feedback, of those that were denied."""
    held = findings.filter(
        pc.and_(
            findings["is_met"], pc.is_in(findings["feedback_id"], value_set=first["feedback_id"])
        )
    )
    found: dict[str, list[str]] = {}
    for key, ground in zip(
        held["feedback_id"].to_pylist(), held["ground"].to_pylist(), strict=True
    ):
        found.setdefault(str(key), []).append(str(ground))
    return found


def _cancelled_because(
    events: pa.Table, second: Mapping[str, dict[str, Any]]
) -> dict[str, str | None]:
    cancelled = [
        row["request_id"] for row in second.values() if row["state"] == RequestState.CANCELLED
    ]
    if not cancelled:
        return {}
    is_end = pc.and_(
        pc.is_in(events["request_id"], value_set=pa.array(cancelled, pa.string())),
        pc.equal(events["to_state"], pa.scalar(RequestState.CANCELLED.value)),
    )
    ends = events.filter(is_end)
    return {row["request_id"]: row["reason"] for row in ends.to_pylist()}
