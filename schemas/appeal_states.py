"""The states of a re-opening in people's words: where it stands, by the request of round 2 and what is known of round 1.

The ledger's own machine (`schemas.request_states`) says what may happen; this one says what it means for a re-opening.
"""

from dataclasses import dataclass
from typing import Final

from schemas.vocabularies import AppealState as A
from schemas.vocabularies import Decision
from schemas.vocabularies import RequestState as S


@dataclass(frozen=True, slots=True)
class AppealArrow:
    """One allowed change and what brings it about."""

    from_state: A
    to_state: A
    trigger: str


APPEAL_ARROWS: Final[tuple[AppealArrow, ...]] = (
    AppealArrow(A.OPEN, A.UNFOUNDED, "the rules no longer stand for the ground"),
    AppealArrow(A.UNFOUNDED, A.OPEN, "the rules stand for the ground"),
    AppealArrow(A.OPEN, A.DRAFTED, "a person asks for the draft"),
    AppealArrow(A.OPEN, A.EXPIRED, "the last day is over"),
    AppealArrow(A.UNFOUNDED, A.EXPIRED, "the last day is over"),
    AppealArrow(A.DRAFTED, A.SENT_BY_PERSON, "a person says that they sent it in the case"),
    AppealArrow(A.DRAFTED, A.WITHDRAWN, "given up, or the rules no longer stand for it"),
    AppealArrow(A.DRAFTED, A.EXPIRED, "the last day is over, and nobody said that it was sent"),
    AppealArrow(A.DRAFTED, A.ON_HOLD, "kill switch"),
    AppealArrow(A.ON_HOLD, A.DRAFTED, "released"),
    AppealArrow(A.SENT_BY_PERSON, A.GRANTED, "Amazon removed or struck the feedback"),
    AppealArrow(A.SENT_BY_PERSON, A.DENIED, "Amazon denied it again: final"),
    AppealArrow(A.SENT_BY_PERSON, A.GONE_UNATTRIBUTED, "the feedback vanished unexplained"),
)

FINAL: Final = frozenset({A.GRANTED, A.DENIED, A.GONE_UNATTRIBUTED, A.EXPIRED, A.WITHDRAWN})
"""States that are never left: there is no second re-opening."""

_BY_STATE: Final = {
    S.PLANNED: A.DRAFTED,
    S.APPROVED: A.DRAFTED,
    S.HELD: A.ON_HOLD,
    S.SUBMITTED: A.SENT_BY_PERSON,
}
_BY_DECISION: Final = {
    Decision.REMOVED: A.GRANTED,
    Decision.STRUCK: A.GRANTED,
    Decision.DENIED: A.DENIED,
    Decision.GONE_UNATTRIBUTED: A.GONE_UNATTRIBUTED,
}


def appeal_state_of(state: S, decision: Decision | None, cancelled_because: str | None) -> A:
    """The state of a re-opening that was drafted.

    Args:
        state: of the request of round 2.
        decision: what became of it, once decided.
        cancelled_because: reason of the event that cancelled it.

    Raises:
        ValueError: a re-opening cannot be in that state, because nothing may click it.
    """
    if state is S.CANCELLED:
        return A.EXPIRED if cancelled_because == "window_closed" else A.WITHDRAWN
    if state is S.DECIDED and decision is not None:
        return _BY_DECISION[decision]
    if state not in _BY_STATE:
        raise ValueError(f"a re-opening is {state}, but nothing may click it")
    return _BY_STATE[state]
