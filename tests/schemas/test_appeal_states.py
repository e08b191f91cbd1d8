"""What a re-opening's state means follows from its request, and every state of the vocabulary has its place."""

import pytest

from schemas.appeal_states import APPEAL_ARROWS, FINAL, appeal_state_of
from schemas.vocabularies import AppealState, Decision, RequestState

REACHED = [
    (RequestState.PLANNED, None, None, AppealState.DRAFTED),
    (RequestState.HELD, None, None, AppealState.ON_HOLD),
    (RequestState.SUBMITTED, None, None, AppealState.SENT_BY_PERSON),
    (RequestState.DECIDED, Decision.REMOVED, None, AppealState.GRANTED),
    (RequestState.DECIDED, Decision.STRUCK, None, AppealState.GRANTED),
    (RequestState.DECIDED, Decision.DENIED, None, AppealState.DENIED),
    (RequestState.DECIDED, Decision.GONE_UNATTRIBUTED, None, AppealState.GONE_UNATTRIBUTED),
    (RequestState.CANCELLED, None, "window_closed", AppealState.EXPIRED),
    (RequestState.CANCELLED, None, "no_longer_removable", AppealState.WITHDRAWN),
    (RequestState.CANCELLED, None, None, AppealState.WITHDRAWN),
]


@pytest.mark.parametrize(("state", "decision", "because", "meant"), REACHED)
def test_a_state_follows_from_the_request(
    state: RequestState, decision: Decision | None, because: str | None, meant: AppealState
) -> None:
    assert appeal_state_of(state, decision, because) is meant


@pytest.mark.parametrize("state", [RequestState.SUBMITTING, RequestState.NEEDS_HUMAN])
def test_a_reopening_that_was_clicked_is_a_defect(state: RequestState) -> None:
    with pytest.raises(ValueError, match="nothing may click it"):
        appeal_state_of(state, None, None)


def test_every_state_is_reached_and_a_final_one_never_left() -> None:
    reached = {arrow.to_state for arrow in APPEAL_ARROWS}
    assert reached | {AppealState.OPEN} == set(AppealState)
    assert not {arrow.from_state for arrow in APPEAL_ARROWS} & FINAL
    assert {arrow.from_state for arrow in APPEAL_ARROWS} == set(AppealState) - FINAL
