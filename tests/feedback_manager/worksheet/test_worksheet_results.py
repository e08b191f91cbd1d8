"""From a word to steps of the ledger, checked against the ledger's own arrows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_manager.worksheet.results import (
    MEANINGS,
    SEEN,
    ContradictionError,
    Settlement,
    WorksheetResult,
    settle,
)
from schemas.request_states import require_arrow
from schemas.vocabularies import Decision, RequestState, SightingKind

S = RequestState
R = WorksheetResult

DECIDED = st.sampled_from(
    [Decision.REMOVED, Decision.STRUCK, Decision.DENIED, Decision.GONE_UNATTRIBUTED]
)


def states(settlement: Settlement) -> list[RequestState]:
    return [step.to_state for step in settlement.steps]


@pytest.mark.parametrize(
    ("result", "from_approved", "from_submitted"),
    [
        (R.SUBMITTED, [S.SUBMITTED], []),
        (R.ALREADY_REQUESTED, [S.SUBMITTED], []),
        (R.REMOVED, [S.SUBMITTED, S.DECIDED], [S.DECIDED]),
        (R.STRUCK, [S.SUBMITTED, S.DECIDED], [S.DECIDED]),
        (R.DENIED, [S.SUBMITTED, S.DECIDED], [S.DECIDED]),
        (R.GONE, [S.CANCELLED], [S.DECIDED]),
        (R.NOT_OFFERED, [S.CANCELLED], None),
        (R.ALREADY_STRUCK, [S.CANCELLED], None),
        (R.SKIPPED, [S.CANCELLED], None),
    ],
)
def test_what_follows_from_each_word(
    result: WorksheetResult,
    from_approved: list[RequestState],
    from_submitted: list[RequestState] | None,
) -> None:
    assert states(settle(result, S.APPROVED)) == from_approved
    assert states(settle(result, S.NEEDS_HUMAN)) == from_approved
    if from_submitted is None:
        with pytest.raises(ContradictionError, match="Amazon has the request"):
            settle(result, S.SUBMITTED)
    else:
        assert states(settle(result, S.SUBMITTED)) == from_submitted


def test_a_row_that_vanished_is_not_called_removed() -> None:
    steps = settle(R.GONE, S.SUBMITTED).steps
    assert [step.decision for step in steps] == [Decision.GONE_UNATTRIBUTED]
    assert settle(R.GONE, S.SUBMITTED).seen is SightingKind.ABSENT


def test_a_strike_by_amazon_itself_is_no_request() -> None:
    settlement = settle(R.ALREADY_STRUCK, S.APPROVED)
    assert states(settlement) == [S.CANCELLED]
    assert settlement.seen is SightingKind.STRUCK


def test_a_known_decision_is_not_overwritten() -> None:
    with pytest.raises(ContradictionError, match="decision denied, and this row says removed"):
        settle(R.REMOVED, S.DECIDED, Decision.DENIED)
    assert settle(R.GONE, S.DECIDED, Decision.REMOVED).steps == ()


@pytest.mark.parametrize("state", [S.PLANNED, S.HELD, S.CANCELLED, S.SUBMITTING])
def test_asked_without_an_approval_is_a_problem_and_still_worth_remembering(
    state: RequestState,
) -> None:
    with pytest.raises(ContradictionError, match=f"does not fit a request that is {state}"):
        settle(R.SUBMITTED, state)
    assert SEEN[R.SUBMITTED] is SightingKind.SUBMITTED


def test_every_word_is_explained_and_says_what_was_seen() -> None:
    assert list(MEANINGS) == list(WorksheetResult)
    assert list(SEEN) == list(WorksheetResult)


@given(st.sampled_from(R), st.sampled_from(S), DECIDED)
def test_only_allowed_arrows_and_telling_it_again_changes_nothing(
    result: WorksheetResult, state: RequestState, decision: Decision
) -> None:
    known = decision if state is S.DECIDED else None
    try:
        settlement = settle(result, state, known)
    except ContradictionError:
        return  # nothing is to be done; what it says is tested above
    for step in settlement.steps:
        if state is S.UNKNOWN:  # the ledger lets the person take over on the way
            require_arrow(state, S.NEEDS_HUMAN)
            state = S.NEEDS_HUMAN
        require_arrow(state, step.to_state)
        assert (step.decision is not None) == (step.to_state is S.DECIDED)
        assert step.reason == f"worksheet_{result}"
        state, known = step.to_state, step.decision or known
    assert settle(result, state, known).steps == ()
