"""What a person may report about a request, and which steps of the ledger follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from schemas.vocabularies import Decision, RequestState, SightingKind, Term


class WorksheetResult(Term):
    """Words for the column `result` of a worksheet."""

    SUBMITTED = "submitted"
    ALREADY_REQUESTED = "already_requested"
    NOT_OFFERED = "not_offered"
    REMOVED = "removed"
    STRUCK = "struck"
    DENIED = "denied"
    ALREADY_STRUCK = "already_struck"
    GONE = "gone"
    SKIPPED = "skipped"


MEANINGS: Final[Mapping[WorksheetResult, str]] = {
    WorksheetResult.SUBMITTED: "You pressed Submit, reloaded, and the row no longer offers the action.",
    WorksheetResult.ALREADY_REQUESTED: "Somebody had asked before: the page or a case says so. You pressed nothing.",
    WorksheetResult.NOT_OFFERED: "The row is there, but without the action, or without the category or reason named. You pressed nothing.",
    WorksheetResult.REMOVED: "You asked, and Amazon answered that the feedback is removed.",
    WorksheetResult.STRUCK: "You asked, and now the rating is struck through or carries a message from Amazon.",
    WorksheetResult.DENIED: "You asked, and Amazon answered no.",
    WorksheetResult.ALREADY_STRUCK: "The row was struck through before you asked: Amazon did it by itself. You pressed nothing.",
    WorksheetResult.GONE: "The row is no longer there, and nobody said why (the buyer can remove it too).",
    WorksheetResult.SKIPPED: "You decided not to ask. It will not be proposed again.",
}
"""When to write which word, as a person reads it."""


@dataclass(frozen=True, slots=True)
class LedgerStep:
    """One arrow for the ledger to take."""

    to_state: RequestState
    """SUBMITTED, DECIDED or CANCELLED. A request in doubt goes to `needs_human` on the way, which the ledger adds."""
    reason: str
    """A short code, `worksheet_<result>`."""
    decision: Decision | None = None
    """Set with DECIDED."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What follows from one result: steps to take in this order, and what was thereby seen of the feedback."""

    steps: tuple[LedgerStep, ...]
    """None: the ledger says it already."""
    seen: SightingKind | None
    """What to record as a sighting from the worksheet; None when the result says nothing of the feedback."""


class ContradictionError(ValueError):
    """A result that cannot be true of a request in the state the ledger knows; a person has to look.

    Attributes:
        found: what does not fit.
        remedy: what to do.
    """

    def __init__(self, found: str, remedy: str) -> None:
        super().__init__(f"{found}; {remedy}")
        self.found = found
        self.remedy = remedy


_S = RequestState
SEEN: Final[Mapping[WorksheetResult, SightingKind | None]] = {
    WorksheetResult.SUBMITTED: SightingKind.SUBMITTED,
    WorksheetResult.ALREADY_REQUESTED: SightingKind.SUBMITTED,
    WorksheetResult.NOT_OFFERED: SightingKind.PRESENT,
    WorksheetResult.REMOVED: SightingKind.REMOVED,
    WorksheetResult.STRUCK: SightingKind.STRUCK,
    WorksheetResult.DENIED: SightingKind.DENIED,
    WorksheetResult.ALREADY_STRUCK: SightingKind.STRUCK,
    WorksheetResult.GONE: SightingKind.ABSENT,
    WorksheetResult.SKIPPED: None,
}
"""What a result says of the feedback, whatever the ledger thinks of the request."""

_ASKED: Final = frozenset({WorksheetResult.SUBMITTED, WorksheetResult.ALREADY_REQUESTED})
_DECISIONS: Final[Mapping[WorksheetResult, Decision]] = {
    WorksheetResult.REMOVED: Decision.REMOVED,
    WorksheetResult.STRUCK: Decision.STRUCK,
    WorksheetResult.DENIED: Decision.DENIED,
}
_AT_AMAZON: Final = frozenset({_S.SUBMITTED, _S.DECIDED})
_MAY_HAVE_BEEN_ASKED: Final = frozenset({_S.APPROVED, _S.NEEDS_HUMAN, _S.UNKNOWN, _S.RECONCILING})
"""A person's word that Amazon has the request settles these."""
_MAY_BE_GIVEN_UP: Final = frozenset({_S.PLANNED, _S.APPROVED, _S.NEEDS_HUMAN})
"""A person's word that nothing was or will be asked ends these."""


def settle(
    result: WorksheetResult, state: RequestState, decision: Decision | None = None
) -> Settlement:
    """Steps that bring a request from its state to what a person reports; pure.

    | result                            | approved, waiting for a person | submitted                  |
    |-----------------------------------|--------------------------------|----------------------------|
    | submitted, already_requested      | submitted                      | nothing new                |
    | removed, struck, denied           | submitted, then decided        | decided                    |
    | gone                              | cancelled                      | decided: gone_unattributed |
    | not_offered, already_struck, skipped | cancelled                   | contradiction              |

    Reporting the same again gives no steps. A later result may follow an earlier one: `submitted` today, `denied` next
    week. After `not_offered` the feedback is not proposed again: either it was asked for before, or Amazon does not
    take a request for it; the page does not say which.

    Args:
        result: what the person wrote.
        state: where the ledger has the request now.
        decision: the decision the ledger has, if it is decided.

    Raises:
        ContradictionError: the result cannot be true of a request in that state. What was seen (`SEEN`) is worth
            recording all the same: a request that Amazon has must never be made again.
    """
    reason = f"worksheet_{result}"
    if result in _ASKED:
        steps = _to_submitted(result, state, reason)
    elif result in _DECISIONS:
        steps = _to_decided(result, state, decision, _DECISIONS[result], reason)
    elif result is WorksheetResult.GONE and state in _AT_AMAZON:
        steps = _to_decided(result, state, decision, Decision.GONE_UNATTRIBUTED, reason)
    else:
        steps = _to_cancelled(result, state, reason)
    return Settlement(steps, SEEN[result])


def _to_submitted(
    result: WorksheetResult, state: RequestState, reason: str
) -> tuple[LedgerStep, ...]:
    if state in _MAY_HAVE_BEEN_ASKED:
        return (LedgerStep(_S.SUBMITTED, reason),)
    if state in _AT_AMAZON:
        return ()
    raise _contradiction(result, state)


def _to_decided(
    result: WorksheetResult,
    state: RequestState,
    decided: Decision | None,
    wanted: Decision,
    reason: str,
) -> tuple[LedgerStep, ...]:
    if state is _S.DECIDED:
        is_weaker = wanted is Decision.GONE_UNATTRIBUTED and decided is Decision.REMOVED
        if decided is wanted or is_weaker:
            return ()
        raise ContradictionError(
            f"the ledger has the decision {decided}, and this row says {result}",
            "look at the page; correct the row, or tell whoever runs the ledger",
        )
    return (*_to_submitted(result, state, reason), LedgerStep(_S.DECIDED, reason, wanted))


def _to_cancelled(
    result: WorksheetResult, state: RequestState, reason: str
) -> tuple[LedgerStep, ...]:
    if state in _MAY_BE_GIVEN_UP:
        return (LedgerStep(_S.CANCELLED, reason),)
    if state is _S.CANCELLED:
        return ()
    raise _contradiction(result, state)


def _contradiction(result: WorksheetResult, state: RequestState) -> ContradictionError:
    remedies = {
        _S.PLANNED: "its approval was withdrawn; approve it again and import again",
        _S.HELD: "the stop switch holds it; release and approve it, then import again",
        _S.CANCELLED: "it was cancelled; if Amazon has the request, tell whoever runs the ledger",
        _S.SUBMITTED: "Amazon has the request; write removed, struck, denied or gone once it is decided",
        _S.DECIDED: "it is decided; correct the row",
    }
    remedy = remedies.get(
        state, "another channel is working on it; import again after the next run"
    )
    return ContradictionError(f"{result} does not fit a request that is {state}", remedy)
