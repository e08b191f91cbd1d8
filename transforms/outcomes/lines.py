"""The decision table of `transforms.outcomes`: one `Line` a line, each over all units at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.vocabularies import (
    Certainty,
    Decision,
    RequestState,
    SightingKind,
    SightingSource,
)
from transforms.outcomes.evidence import Evidence
from transforms.outcomes.judged import has_value
from transforms.outcomes.moments import NEVER, Mask, Moments
from transforms.outcomes.reasons import OutcomeReason
from transforms.outcomes.units import Units

Codes = npt.NDArray[np.int8]
"""One word of a vocabulary a unit, as its position there."""

REASONS: Final = tuple(OutcomeReason)
DECISIONS: Final = tuple(Decision)
CERTAINTIES: Final = tuple(Certainty)

_REMOVED, _STRUCK, _DENIED = SightingKind.REMOVED, SightingKind.STRUCK, SightingKind.DENIED


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: where it fits, and what it says there."""

    fits: Mask
    decision: Decision
    certainty: Certainty | Codes
    reason: OutcomeReason | Codes
    decided: Moments | None = None


def is_asked(units: Units, evidence: Evidence) -> Mask:
    """Asked by us, or by hand: somebody saw the request itself or an answer to one."""
    asked_by_hand = (
        evidence.claimed[_REMOVED] | evidence.claimed[_DENIED] | (evidence.first_submitted != NEVER)
    )
    # Struck while a person has it on a worksheet: that person asked, and has not told yet.
    asked_on_paper = units.is_handed_out & evidence.claimed[_STRUCK]
    result: Mask = units.is_submitted | units.is_in_doubt | asked_by_hand | asked_on_paper
    return result


def asked_lines(units: Units, evidence: Evidence) -> list[Line]:
    """Lines 1 to 11: somebody asked."""
    asked = is_asked(units, evidence)
    removed, struck, denied = (evidence.claimed[c] for c in (_REMOVED, _STRUCK, _DENIED))
    first, last = evidence.first_claimed, evidence.last_claimed
    is_gone = evidence.gone_since != NEVER
    ledger_gone = evidence.ledger_gone_at != NEVER
    # Only the page's own time is exact enough to say "before": a person writes down a day.
    was_struck_before = struck & (evidence.first_mark < units.planned) & units.has_request
    seen_after_removal = (evidence.last_there > last[_REMOVED]) & ~is_gone
    seen_after_ledger_gone = (evidence.last_there > evidence.ledger_gone_at) & ~is_gone
    conflict, opened = Decision.CONFLICT, Certainty.OPEN
    why = OutcomeReason
    return [
        Line(
            asked & was_struck_before & ~removed & ~denied,
            Decision.STRUCK_UNASKED,
            _certainty(evidence, _STRUCK),
            why.STRUCK_BEFORE_REQUEST,
            evidence.first_mark,
        ),
        Line(asked & denied & (removed | struck), conflict, opened, why.CLAIMS_DIFFER),
        Line(
            asked & removed & struck & evidence.is_said_by(SightingSource.PAGE, _STRUCK),
            Decision.STRUCK,
            Certainty.CONFIRMED,
            why.PAGE_SHOWS_IT,
            np.minimum(first[_STRUCK], first[_REMOVED]),
        ),
        Line(asked & removed & struck, conflict, opened, why.CLAIMS_DIFFER),
        Line(asked & removed & seen_after_removal, conflict, opened, why.REMOVED_BUT_SEEN),
        Line(
            asked & struck & _plain_after_strike(evidence), conflict, opened, why.STRUCK_BUT_PLAIN
        ),
        *(
            Line(
                asked & evidence.claimed[claim],
                Decision(claim.value),
                _certainty(evidence, claim),
                _said(evidence, claim),
                first[claim],
            )
            for claim in (_REMOVED, _STRUCK, _DENIED)
        ),
        Line(asked & ledger_gone & seen_after_ledger_gone, conflict, opened, why.GONE_BUT_SEEN),
        Line(
            asked & (is_gone | ledger_gone),
            Decision.GONE_UNATTRIBUTED,
            Certainty.INFERRED,
            why.VANISHED,
            np.minimum(evidence.gone_since, evidence.ledger_gone_at),
        ),
        Line(asked, Decision.PENDING, opened, _pending_reason(units, evidence)),
    ]


def unasked_lines(units: Units, evidence: Evidence, judged: pa.Table, missed: Mask) -> list[Line]:
    """Lines 12 to 16: nobody asked; the last one fits everything."""
    struck = evidence.claimed[_STRUCK]
    opened, inferred = Certainty.OPEN, Certainty.INFERRED
    why = OutcomeReason
    return [
        Line(
            struck & _plain_after_strike(evidence),
            Decision.CONFLICT,
            opened,
            why.STRUCK_BUT_PLAIN,
        ),
        Line(
            struck,
            Decision.STRUCK_UNASKED,
            _certainty(evidence, _STRUCK),
            _said(evidence, _STRUCK),
            evidence.first_claimed[_STRUCK],
        ),
        Line(
            evidence.gone_since != NEVER,
            Decision.GONE_UNATTRIBUTED,
            inferred,
            why.VANISHED_UNASKED,
            evidence.gone_since,
        ),
        Line(missed, Decision.EXPIRED, inferred, why.WINDOW_CLOSED),
        Line(
            np.ones(units.count, np.bool_),
            Decision.NOT_ASKED,
            opened,
            _unasked_reason(units, judged),
        ),
    ]


def _plain_after_strike(evidence: Evidence) -> Mask:
    """There without the mark, after the mark was seen."""
    is_gone = evidence.gone_since != NEVER
    result: Mask = (evidence.last_there > evidence.last_claimed[_STRUCK]) & ~is_gone
    return result


def _certainty(evidence: Evidence, claim: SightingKind) -> Codes:
    return np.where(
        evidence.is_confirmed(claim),
        CERTAINTIES.index(Certainty.CONFIRMED),
        CERTAINTIES.index(Certainty.REPORTED),
    ).astype(np.int8)


def _first_that_holds(
    cases: Sequence[tuple[Mask, OutcomeReason]], otherwise: OutcomeReason
) -> Codes:
    return np.select(
        [mask for mask, _ in cases],
        [np.int8(REASONS.index(reason)) for _, reason in cases],
        np.int8(REASONS.index(otherwise)),
    ).astype(np.int8)


def _said(evidence: Evidence, claim: SightingKind) -> Codes:
    """Who says it, the surest first."""
    return _first_that_holds(
        [
            (evidence.is_said_by(SightingSource.PAGE, claim), OutcomeReason.PAGE_SHOWS_IT),
            (evidence.is_said_by(SightingSource.EMAIL, claim), OutcomeReason.EMAIL_SAYS_IT),
            (evidence.is_said_by(SightingSource.WORKSHEET, claim), OutcomeReason.WORKSHEET_SAYS_IT),
        ],
        OutcomeReason.LEDGER_SAYS_IT,
    )


def _pending_reason(units: Units, evidence: Evidence) -> Codes:
    is_unseen = evidence.first_submitted == NEVER
    return _first_that_holds(
        [
            (units.is_in_doubt & is_unseen, OutcomeReason.IN_DOUBT),
            (evidence.wants_information, OutcomeReason.MORE_INFORMATION_WANTED),
            (evidence.is_reopened, OutcomeReason.REOPENED),
            (evidence.is_unrecognised, OutcomeReason.UNRECOGNISED_ANSWER),
            (evidence.is_changed, OutcomeReason.REVISED),
        ],
        OutcomeReason.AWAITING_DECISION,
    )


_STATE_REASONS: Final = {
    RequestState.PLANNED: OutcomeReason.PLANNED,
    RequestState.APPROVED: OutcomeReason.APPROVED,
    RequestState.HELD: OutcomeReason.HELD,
    RequestState.CANCELLED: OutcomeReason.CANCELLED,
}


def _unasked_reason(units: Units, judged: pa.Table) -> Codes:
    return _first_that_holds(
        [
            (units.is_handed_out, OutcomeReason.ON_WORKSHEET),
            *((units.is_in(state), reason) for state, reason in _STATE_REASONS.items()),
            (has_value(judged["ground"]), OutcomeReason.NOT_PLANNED),
        ],
        OutcomeReason.NO_GROUND,
    )
