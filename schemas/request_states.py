"""The state machine of a removal request: which arrow may be taken, and by what.

Source of the design: intent before the click, in doubt look and never click, a person decides the rest
(docs/decisions/). The ledger refuses every arrow that is not listed here.
"""

from dataclasses import dataclass
from typing import Final

from schemas.vocabularies import RequestState as S


@dataclass(frozen=True, slots=True)
class Arrow:
    """One allowed change of state and what brings it about."""

    from_state: S | None
    to_state: S
    trigger: str


ARROWS: Final[tuple[Arrow, ...]] = (
    Arrow(None, S.PLANNED, "the rules found a ground and the feedback is eligible"),
    Arrow(S.PLANNED, S.APPROVED, "a person approved it, or the config approves within caps"),
    Arrow(S.PLANNED, S.CANCELLED, "rejected, expired or no longer eligible"),
    Arrow(S.APPROVED, S.CANCELLED, "rejected, expired or no longer eligible"),
    Arrow(S.PLANNED, S.PLANNED, "rating or comment changed before approval"),
    Arrow(S.APPROVED, S.PLANNED, "rating or comment changed, or the approval expired"),
    Arrow(S.APPROVED, S.SUBMITTED, "found on the page, or a person reports having asked; no click"),
    Arrow(S.APPROVED, S.SUBMITTING, "intent written before the click"),
    Arrow(S.SUBMITTING, S.SUBMITTED, "positive evidence that Amazon has the request"),
    Arrow(S.SUBMITTING, S.UNKNOWN, "crash, time-out or any doubt after the intent"),
    Arrow(S.UNKNOWN, S.RECONCILING, "the quiet period is over"),
    Arrow(S.RECONCILING, S.SUBMITTED, "the request is seen on the page"),
    Arrow(S.RECONCILING, S.APPROVED, "absent in two readings, attempts left"),
    Arrow(S.RECONCILING, S.NEEDS_HUMAN, "ambiguous, or no attempts left"),
    Arrow(S.UNKNOWN, S.NEEDS_HUMAN, "a person takes over"),
    Arrow(S.NEEDS_HUMAN, S.SUBMITTED, "a person found that Amazon has the request"),
    Arrow(S.NEEDS_HUMAN, S.APPROVED, "a person found that Amazon does not have the request"),
    Arrow(S.NEEDS_HUMAN, S.CANCELLED, "a person gave it up"),
    Arrow(S.SUBMITTED, S.DECIDED, "Amazon's decision was seen"),
    Arrow(S.PLANNED, S.HELD, "kill switch"),
    Arrow(S.APPROVED, S.HELD, "kill switch"),
    Arrow(S.HELD, S.PLANNED, "released; an approval has to be given again"),
    # A worksheet is not a click: a request that a person has on paper stays approved until the person tells.
    Arrow(S.APPROVED, S.APPROVED, "handed to a person on a worksheet, or taken back from one"),
    Arrow(S.APPROVED, S.NEEDS_HUMAN, "on a worksheet, and revised or out of time before a result"),
)

TERMINAL: Final = frozenset({S.DECIDED, S.CANCELLED})
"""States never left except by a new round."""

MAX_ATTEMPTS: Final = 2
"""Clicks a request may ever get before a person decides."""

_ALLOWED: Final = frozenset((arrow.from_state, arrow.to_state) for arrow in ARROWS)


class ForbiddenArrowError(ValueError):
    """A change of state that the state machine does not know."""


def require_arrow(from_state: S | None, to_state: S) -> None:
    """Refuse a change of state that is not one of `ARROWS`.

    Raises:
        ForbiddenArrowError: naming both states and what is allowed from the first.
    """
    if (from_state, to_state) not in _ALLOWED:
        allowed = sorted(a.to_state for a in ARROWS if a.from_state == from_state)
        raise ForbiddenArrowError(
            f"a request cannot go from {from_state or 'nothing'} to {to_state}; allowed: {', '.join(allowed) or 'nothing'}"
        )
