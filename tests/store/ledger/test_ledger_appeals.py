"""The one re-opening of a denied request: a person sends it, nothing else can, and there is never a second one."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from schemas.appeal_states import APPEAL_ARROWS, appeal_state_of
from schemas.identifiers import feedback_id
from schemas.planned_request import PlannedRequest
from schemas.submission import AUTO, Caps, Refusal, RefusedStepError, Step
from schemas.vocabularies import AppealState, Certainty, Decision, RequestState
from store.ledger import Selection, open_ledger

PROOF = "e" * 64
LAST_DAY = date(2026, 12, 20)


def denied(play: Any, number: int = 1) -> PlannedRequest:
    """A denied request; its re-opening, not drafted yet."""
    (first,) = play.approved(number)
    play.ledger.report_submitted(first, play.step(proof=True))
    play.ledger.decide(first, Decision.DENIED, Certainty.REPORTED, play.step(proof=True))
    again: PlannedRequest = play.request(number, round=2, channel="case")
    return again


def test_a_drafted_reopening_reaches_amazon_by_a_persons_word_only(play: Any) -> None:
    again = denied(play)
    play.ledger.plan([again], play.step())
    key = again.request_id

    named = play.ledger.approve(Selection(request_ids=(key,)), play.step())
    swept = play.ledger.approve(Selection(), play.step(actor=AUTO))
    assert named.refused == {key: Refusal.CASE_ONLY}
    assert (swept.taken, swept.refused) == ((), {})
    paper = play.ledger.hand_out([key], "sheet", play.step(), caps=Caps())
    assert paper.refused == {key: Refusal.WRONG_STATE}
    assert play.ledger.ready_requests("north", play.step()) == []
    with pytest.raises(RefusedStepError):
        play.ledger.report_submitted(key, play.step(proof=True))

    assert play.ledger.report_appeal_sent(key, play.step(proof=True, hours=2))
    row = play.row(key)
    assert (row["state"], row["approved_by"], row["channel"]) == ("submitted", "ann", "case")
    assert row["submitted_at"] == play.start + timedelta(hours=2)
    assert play.ledger.report_appeal_sent(key, play.step(proof=True)) is False
    play.ledger.verify()


def test_neither_the_program_nor_a_word_without_evidence_sends(play: Any) -> None:
    again = denied(play)
    play.ledger.plan([again], play.step())
    with pytest.raises(ValueError, match="by a person"):
        play.ledger.report_appeal_sent(again.request_id, play.step(actor=AUTO, proof=True))
    with pytest.raises(ValueError, match="SHA-256"):
        play.ledger.report_appeal_sent(again.request_id, play.step())
    assert play.state(again.request_id) == "planned"


def test_a_first_request_is_never_sent_as_a_reopening(play: Any) -> None:
    (first,) = play.planned(1)
    with pytest.raises(RefusedStepError) as refused:
        play.ledger.report_appeal_sent(first, play.step(proof=True))
    assert refused.value.refusal is Refusal.WRONG_STATE
    assert play.state(first) == "planned"


def test_a_feedback_that_was_revised_needs_another_draft(play: Any) -> None:
    again = denied(play)
    play.ledger.plan([again], play.step())
    with pytest.raises(RefusedStepError) as refused:
        play.ledger.report_appeal_sent(again.request_id, play.step(proof=True), expecting="f" * 64)
    assert refused.value.refusal is Refusal.CONTENT_CHANGED
    assert play.state(again.request_id) == "planned"


def test_there_is_no_second_reopening(play: Any) -> None:
    again = denied(play)
    play.ledger.plan([again], play.step())
    play.ledger.report_appeal_sent(again.request_id, play.step(proof=True))
    play.ledger.decide(again.request_id, Decision.DENIED, Certainty.REPORTED, play.step(proof=True))
    result = play.ledger.plan([again], play.step())
    assert result.skipped == {again.request_id: Refusal.ALREADY_ASKED}
    with pytest.raises(ValueError, match="one re-opening"):
        play.request(1, round=3, channel="case")


@pytest.mark.parametrize(
    ("round_number", "channel"), [(1, "case"), (2, "worksheet"), (2, "browser")]
)
def test_a_reopening_and_nothing_else_goes_by_the_case(
    play: Any, round_number: int, channel: str
) -> None:
    with pytest.raises(ValueError, match="does not go by"):
        play.request(1, round=round_number, channel=channel)


def test_the_last_day_may_still_be_reported_afterwards(play: Any) -> None:
    again = denied(play)
    play.ledger.plan([again], play.step())
    grace = play.ledger.settings.worksheet_grace.days
    for days, state in ((1, "planned"), (grace, "planned"), (grace + 1, "cancelled")):
        play.ledger.expire(play.step(as_of=LAST_DAY + timedelta(days=days)))
        assert play.state(again.request_id) == state


class Appealing(RuleBasedStateMachine):
    """Everything that may be done to one denied request, in any order; the words of `AppealState` follow their arrows."""

    url: Callable[[], str]
    reached: set[AppealState]

    def __init__(self) -> None:
        super().__init__()
        self.ledger = open_ledger(type(self).url())
        self.at = datetime(2026, 11, 25, 3, tzinfo=UTC)
        self.today = date(2026, 11, 25)
        order = "333-0000001-1234567"
        self.first = PlannedRequest(
            feedback_id("north", "US", order), "north", "US", order, "product_review", "c", "1",
            LAST_DAY, "a" * 64, "1", "1",
        )  # fmt: skip
        self.again = PlannedRequest(
            self.first.feedback_id, "north", "US", order, "product_review", "c", "1",
            LAST_DAY, "a" * 64, "1", "1", "case", 2,
        )  # fmt: skip
        self.ledger.plan([self.first], self.step())
        self.ledger.approve(Selection(), self.step())
        self.ledger.report_submitted(self.first.request_id, self.step())
        self.ledger.decide(self.first.request_id, Decision.DENIED, Certainty.REPORTED, self.step())
        self.before = AppealState.OPEN
        self.sent = 0

    def teardown(self) -> None:
        self.ledger.verify()
        self.ledger.close()

    def step(self, actor: str = "ann") -> Step:
        return Step(actor, "run-1", self.at, evidence_sha256=PROOF, as_of=self.today)

    def row(self) -> dict[str, Any] | None:
        rows = self.ledger.requests().to_pylist()
        return next((row for row in rows if row["round"] == 2), None)

    def state(self) -> AppealState:
        row = self.row()
        if row is None:
            return AppealState.OPEN
        events = self.ledger.events(self.again.request_id).to_pylist()
        decision = Decision(row["decision"]) if row["decision"] else None
        return appeal_state_of(RequestState(row["state"]), decision, events[-1]["reason"])

    @initialize(is_drafted=st.booleans())
    def begin(self, *, is_drafted: bool) -> None:
        if is_drafted:
            self.draft()

    @rule()
    def draft(self) -> None:
        self.ledger.plan([self.again], self.step())

    @rule(named=st.booleans(), actor=st.sampled_from(["ann", AUTO]))
    def everything_else_leaves_it_alone(self, *, named: bool, actor: str) -> None:
        only = (self.again.request_id,) if named else None
        assert self.ledger.approve(Selection(request_ids=only), self.step(actor)).taken == ()
        given = self.ledger.hand_out([self.again.request_id], "w", self.step(), caps=Caps())
        assert given.handed_out == ()
        assert self.ledger.ready_requests("north", self.step()) == []

    @precondition(lambda self: self.row() is not None)
    @rule()
    def send(self) -> None:
        try:
            self.sent += self.ledger.report_appeal_sent(self.again.request_id, self.step())
        except RefusedStepError:
            assert self.before in {AppealState.ON_HOLD, AppealState.EXPIRED, AppealState.WITHDRAWN}

    @precondition(lambda self: self.row() is not None)
    @rule(decision=st.sampled_from(["removed", "struck", "denied", "gone_unattributed"]))
    def answer(self, decision: str) -> None:
        try:
            self.ledger.decide(
                self.again.request_id, Decision(decision), Certainty.REPORTED, self.step()
            )
        except RefusedStepError:
            assert self.before is not AppealState.SENT_BY_PERSON

    @rule(is_on=st.booleans())
    def switch(self, *, is_on: bool) -> None:
        (self.ledger.release if is_on else self.ledger.hold)(Selection(), self.step())

    @rule()
    def withdraw(self) -> None:
        self.ledger.cancel(Selection(request_ids=(self.again.request_id,)), self.step())

    @rule(days=st.sampled_from([1, 20, 40]))
    def wait(self, days: int) -> None:
        self.at += timedelta(days=days)
        self.today += timedelta(days=days)
        self.ledger.expire(self.step())

    @invariant()
    def follows_its_arrows(self) -> None:
        now = self.state()
        type(self).reached.add(now)
        if now is not self.before:
            allowed = {(arrow.from_state, arrow.to_state) for arrow in APPEAL_ARROWS}
            assert (self.before, now) in allowed, (self.before, now)
        self.before = now
        assert self.sent <= 1

    @invariant()
    def is_never_clicked(self) -> None:
        for event in self.ledger.events(self.again.request_id).to_pylist():
            assert event["to_state"] not in {"submitting", "unknown", "reconciling", "needs_human"}


def test_any_order_of_steps_follows_the_arrows(tmp_path: Path) -> None:
    made = count()
    reached: set[AppealState] = set()
    folder = tmp_path / "ledgers"

    def new_url() -> str:
        return f"sqlite:///{folder / f'{next(made)}.sqlite'}"

    machine = type("Machine", (Appealing,), {"url": staticmethod(new_url), "reached": reached})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=40,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    # A machine that never gets far proves little.
    assert reached >= {AppealState.DRAFTED, AppealState.SENT_BY_PERSON, AppealState.WITHDRAWN}
