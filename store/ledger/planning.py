"""Steps before anything reaches Amazon: plan, approve, cancel, hold, release, expire."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.identifiers import request_id
from schemas.planned_request import PlannedRequest
from schemas.submission import Caps, Refusal, Step
from schemas.vocabularies import Decision, RequestState, SubmissionChannel
from store.ledger.caps import DayUse, approvals_on
from store.ledger.connection import LedgerConnection
from store.ledger.event_chain import StateRow
from store.ledger.moments import moment_text, utc_date
from store.ledger.tables import REQUEST_STATE
from store.ledger.transaction import Transaction

_NO_APPROVAL: Final[Mapping[str, None]] = {
    "approved_by": None,
    "approved_at": None,
    "approval_expires_at": None,
}
_REVISED: Final = "revised"
_ASKED: Final = frozenset(
    {
        RequestState.SUBMITTING,
        RequestState.SUBMITTED,
        RequestState.UNKNOWN,
        RequestState.RECONCILING,
        RequestState.NEEDS_HUMAN,
        RequestState.DECIDED,
    }
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which requests a step is meant for; nothing given means all."""

    request_ids: tuple[str, ...] | None = None
    """In the order in which caps are to be spent."""
    grounds: frozenset[str] | None = None
    accounts: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class PlanResult:
    """What became of each request that was to be planned, by request id; each is in exactly one place."""

    planned: tuple[str, ...] = ()
    """New."""
    replanned: tuple[str, ...] = ()
    """Changed before it was asked: planned again, and an approval is lost."""
    unchanged: tuple[str, ...] = ()
    """Planned or approved already, with the same content."""
    needs_human: tuple[str, ...] = ()
    """Revised by the buyer while a person has it on a worksheet."""
    skipped: Mapping[str, Refusal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StepResult:
    """Which of the selected requests took a step, and why the others did not."""

    taken: tuple[str, ...] = ()
    refused: Mapping[str, Refusal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expiry:
    """What time ended, by request id."""

    cancelled: tuple[str, ...] = ()
    """The last day to ask is over."""
    approval_lost: tuple[str, ...] = ()
    """Approved too long ago; planned again."""
    needs_human: tuple[str, ...] = ()
    """On a worksheet, the time is over, and nobody told what happened."""


class PlanningSteps(LedgerConnection):
    """The part of the ledger that plans and approves."""

    def plan(self, requests: Sequence[PlannedRequest], step: Step) -> PlanResult:
        """Write down what the rules want asked.

        A new request becomes planned. The same request with the same content, ground, category and reason code is left
        alone, whatever its rule version. A planned or approved one that differs is planned again and loses its
        approval. What was asked, cancelled or is on hold is never touched.

        Raises:
            StorageError: nothing was written.
        """
        planned: list[str] = []
        replanned: list[str] = []
        unchanged: list[str] = []
        needs_human: list[str] = []
        skipped: dict[str, Refusal] = {}
        with self._writing() as transaction:
            earlier = [request_id(r.feedback_id, r.round - 1) for r in requests if r.round > 1]
            transaction.load([r.request_id for r in requests] + earlier)
            for request in requests:
                key = request.request_id
                row = transaction.state(key)
                if row is None:
                    if _is_round_open(transaction, request):
                        _plan_new(transaction, request, step)
                        planned.append(key)
                    else:
                        skipped[key] = Refusal.ROUND_NOT_OPEN
                elif refusal := _not_replannable(row):
                    skipped[key] = refusal
                elif not (difference := _difference(row, request)):
                    unchanged.append(key)
                elif row["worksheet_id"] and difference == _REVISED:
                    reason = step.because("revised_while_handed_out")
                    transaction.take(key, RequestState.NEEDS_HUMAN, reason, {})
                    needs_human.append(key)
                elif row["worksheet_id"]:
                    unchanged.append(
                        key
                    )  # the person's paper names a ground that was right when it was made
                else:
                    transaction.take(
                        key,
                        RequestState.PLANNED,
                        step.because(difference),
                        {**_content(request), **_NO_APPROVAL},
                    )
                    replanned.append(key)
        return PlanResult(
            tuple(planned), tuple(replanned), tuple(unchanged), tuple(needs_human), skipped
        )

    def approve(
        self,
        selection: Selection,
        step: Step,
        *,
        caps: Caps | None = None,
        expecting: Mapping[str, str] | None = None,
    ) -> StepResult:
        """Approve planned requests for the content they have now; `step.actor` becomes `approved_by`.

        A re-opened case is not approved but sent by a person (`AppealSteps`): named, it is refused; else left aside.

        Counting and approving are one transaction, so approvers side by side never exceed the caps together.

        Args:
            selection: which requests; without ids the soonest deadline comes first.
            step: who approves (`auto` when the config does), and when.
            caps: approvals a UTC day; None for no limit (what is clicked or handed out has its own caps).
            expecting: content hash by request id, as the person saw it; a request that differs is refused.

        Raises:
            StorageError: nothing was approved.
        """
        taken: list[str] = []
        refused: dict[str, Refusal] = {}
        with self._writing() as transaction:
            use = approvals_on(transaction.connection, utc_date(step.at)) if caps else DayUse()
            for key, row in _selected(transaction, selection, {RequestState.PLANNED}, refused):
                if row["channel"] == SubmissionChannel.CASE:
                    if selection.request_ids is not None:
                        refused[key] = Refusal.CASE_ONLY
                elif expecting is not None and expecting.get(key) != row["content_sha256"]:
                    refused[key] = Refusal.CONTENT_CHANGED
                elif row["deadline_date"] < step.business_date.isoformat():
                    refused[key] = Refusal.WINDOW_CLOSED
                elif caps and (cap := use.refusal(row["account"], row["ground"], caps)):
                    refused[key] = cap
                else:
                    use.add(row["account"], row["ground"])
                    transaction.take(
                        key,
                        RequestState.APPROVED,
                        step,
                        {
                            "approved_by": step.actor,
                            "approved_at": moment_text(step.at),
                            "approval_expires_at": moment_text(
                                step.at + self.settings.approval_lasts
                            ),
                        },
                    )
                    taken.append(key)
        return StepResult(tuple(taken), refused)

    def cancel(self, selection: Selection, step: Step) -> StepResult:
        """Give up planned, approved or in-doubt requests for good; only a person should cancel what is in doubt.

        Raises:
            StorageError: nothing was cancelled.
        """
        states = {RequestState.PLANNED, RequestState.APPROVED}
        if selection.request_ids is not None:
            states.add(RequestState.NEEDS_HUMAN)  # never swept along by "all"
        return self._move(selection, states, RequestState.CANCELLED, step.because("cancelled"), {})

    def hold(self, selection: Selection, step: Step) -> StepResult:
        """Stop planned and approved requests; what a person has on a worksheet cannot be called back.

        Raises:
            StorageError: nothing was held.
        """
        return self._move(
            selection,
            {RequestState.PLANNED, RequestState.APPROVED},
            RequestState.HELD,
            step.because("held"),
            _NO_APPROVAL,
            keep_handed_out=True,
        )

    def release(self, selection: Selection, step: Step) -> StepResult:
        """Let held requests be planned again; each needs a new approval.

        Raises:
            StorageError: nothing was released.
        """
        return self._move(
            selection, {RequestState.HELD}, RequestState.PLANNED, step.because("released"), {}
        )

    def expire(self, step: Step) -> Expiry:
        """End what time has ended: closed windows, old approvals, worksheets nobody answered.

        Windows are judged on `step.business_date`, approvals on `step.at`.

        Raises:
            StorageError: nothing was ended.
        """
        today = step.business_date
        late = (today - self.settings.worksheet_grace).isoformat()
        cancelled: list[str] = []
        approval_lost: list[str] = []
        needs_human: list[str] = []
        with self._writing() as transaction:
            for key in transaction.select(
                REQUEST_STATE.c.state.in_([RequestState.PLANNED, RequestState.APPROVED])
            ):
                row = transaction.state(key)
                if row is None:
                    continue
                if row["worksheet_id"]:
                    if row["deadline_date"] < late:
                        reason = step.because("worksheet_without_result")
                        transaction.take(key, RequestState.NEEDS_HUMAN, reason, {})
                        needs_human.append(key)
                elif row["channel"] == SubmissionChannel.CASE and row["deadline_date"] >= late:
                    continue  # whoever sent the draft on its last day may still say so
                elif row["deadline_date"] < today.isoformat():
                    transaction.take(key, RequestState.CANCELLED, step.because("window_closed"), {})
                    cancelled.append(key)
                elif (ends := row["approval_expires_at"]) and ends <= moment_text(step.at):
                    reason = step.because("approval_expired")
                    transaction.take(key, RequestState.PLANNED, reason, _NO_APPROVAL)
                    approval_lost.append(key)
        return Expiry(tuple(cancelled), tuple(approval_lost), tuple(needs_human))

    def _move(
        self,
        selection: Selection,
        states: set[RequestState],
        to_state: RequestState,
        step: Step,
        changes: Mapping[str, None],
        *,
        keep_handed_out: bool = False,
    ) -> StepResult:
        taken: list[str] = []
        refused: dict[str, Refusal] = {}
        with self._writing() as transaction:
            for key, row in _selected(transaction, selection, states, refused):
                if keep_handed_out and row["worksheet_id"]:
                    refused[key] = Refusal.HANDED_OUT
                else:
                    transaction.take(key, to_state, step, changes)
                    taken.append(key)
        return StepResult(tuple(taken), refused)


def _plan_new(transaction: Transaction, request: PlannedRequest, step: Step) -> None:
    transaction.add_request(
        {
            "request_id": request.request_id,
            "feedback_id": request.feedback_id,
            "account": request.account,
            "marketplace": request.marketplace,
            "order_id": request.order_id,
            "round": request.round,
        }
    )
    transaction.take(
        request.request_id,
        RequestState.PLANNED,
        step,
        {
            **_content(request),
            "account": request.account,
            "channel": str(request.channel),
            "planned_at": moment_text(step.at),
        },
    )


def _content(request: PlannedRequest) -> dict[str, str | None]:
    return {
        "ground": str(request.ground),
        "category": request.category,
        "reason_code": request.reason_code,
        "content_sha256": request.content_sha256,
        "deadline_date": request.deadline_date.isoformat(),
        "rule_version": request.rule_version,
        "policy_version": request.policy_version,
    }


def _difference(row: StateRow, request: PlannedRequest) -> str | None:
    """Why an approval of the row would not cover the request."""
    if row["content_sha256"] != request.content_sha256:
        return _REVISED
    if (row["ground"], row["category"], row["reason_code"]) != (
        request.ground,
        request.category,
        request.reason_code,
    ):
        return "ground_changed"
    return None


def _not_replannable(row: StateRow) -> Refusal | None:
    if row["state"] in _ASKED:
        return Refusal.ALREADY_ASKED
    if row["state"] == RequestState.CANCELLED:
        return Refusal.CLOSED
    if row["state"] == RequestState.HELD:
        return Refusal.ON_HOLD
    return None


def _is_round_open(transaction: Transaction, request: PlannedRequest) -> bool:
    if request.round == 1:
        return True
    before = transaction.state(request_id(request.feedback_id, request.round - 1))
    return before is not None and before["decision"] == Decision.DENIED


def _selected(
    transaction: Transaction,
    selection: Selection,
    states: set[RequestState],
    refused: dict[str, Refusal],
) -> list[tuple[str, StateRow]]:
    """The selected rows that are in one of the states; ids that were named but are not go to `refused`."""
    if selection.request_ids is None:
        keys = transaction.select(REQUEST_STATE.c.state.in_(sorted(states)))
    else:
        keys = list(dict.fromkeys(selection.request_ids))
        transaction.load(keys)
    found = []
    for key in keys:
        row = transaction.state(key)
        if row is None:
            refused[key] = Refusal.UNKNOWN_REQUEST
        elif row["state"] not in states:
            refused[key] = Refusal.WRONG_STATE
        elif (selection.grounds is None or row["ground"] in selection.grounds) and (
            selection.accounts is None or row["account"] in selection.accounts
        ):
            found.append((key, row))
    return found
