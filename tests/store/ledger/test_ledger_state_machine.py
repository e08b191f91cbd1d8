"""Any order of steps, clock jumps and crashes: the ledger follows the state machine, its guards and its caps.

The model below is a second, simpler writing of the rules. It knows no database; where the ledger and the model differ,
one of them is wrong.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
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

from schemas.identifiers import content_sha256, feedback_id
from schemas.planned_request import PlannedRequest
from schemas.request_states import ARROWS
from schemas.submission import (
    BootTime,
    Caps,
    Intent,
    PageReading,
    RefusedStepError,
    RequestFinding,
    Step,
)
from schemas.vocabularies import Certainty, Decision, SubmissionChannel
from store.ledger import LedgerSettings, Selection, open_ledger

PROOF = "e" * 64
CAPS = Caps(per_account=3, per_ground={"obscene_language": 1})
GROUNDS = {1: "product_review", 2: "obscene_language", 3: "obscene_language", 4: "product_review"}
ACCOUNTS = {1: "north", 2: "north", 3: "north", 4: "south"}
LAST_DAY = date(2027, 1, 10)
SETTINGS = LedgerSettings()

looks = st.lists(st.sampled_from(list(RequestFinding)), min_size=1, max_size=3) | st.just(
    [RequestFinding.NOT_SEEN, RequestFinding.NOT_SEEN]
)
gaps = st.sampled_from([60, 600, 600])
numbers = st.sampled_from(sorted(GROUNDS))
contents = st.sampled_from(["first words", "other words"])


@dataclass
class Modelled:
    """One request as the model sees it."""

    state: str
    content: str
    attempt: int = 0
    expires: datetime | None = None
    paper: str | None = None
    decision: str | None = None
    deadline: float = 0.0
    noted: float = 0.0
    boot: int = 0


@dataclass
class Days:
    """What was used, by UTC day and account, or day, account and ground."""

    used: Counter[tuple[Any, ...]] = field(default_factory=Counter)

    def allows(self, day: date, number: int) -> bool:
        account, ground = ACCOUNTS[number], GROUNDS[number]
        within = self.used[day, account] < CAPS.per_account
        cap = CAPS.per_ground.get(ground)
        return within and (cap is None or self.used[day, account, ground] < cap)

    def add(self, day: date, number: int) -> None:
        self.used[day, ACCOUNTS[number]] += 1
        self.used[day, ACCOUNTS[number], GROUNDS[number]] += 1


def request(number: int, content: str) -> PlannedRequest:
    order = f"333-{number:07d}-1234567"
    return PlannedRequest(
        feedback_id=feedback_id(ACCOUNTS[number], "US", order),
        account=ACCOUNTS[number],
        marketplace="US",
        order_id=order,
        ground=GROUNDS[number],
        category="c",
        reason_code="1",
        deadline_date=LAST_DAY,
        content_sha256=content_sha256(1, content),
        rule_version="1",
        policy_version="1",
    )


def when(*states: str) -> Callable[[Any], Any]:
    """The rule is worth trying: some request is in one of the states, so that long lives happen."""
    return precondition(lambda machine: machine.numbers_in(*states))


KEYS = {number: request(number, "").request_id for number in GROUNDS}


class LedgerMachine(RuleBasedStateMachine):
    """Steps in any order, each predicted by the model."""

    url: Callable[[], str]
    taken: set[tuple[str | None, str]]

    def __init__(self) -> None:
        super().__init__()
        self.ledger = open_ledger(type(self).url(), settings=SETTINGS)
        self.model: dict[int, Modelled] = {}
        self.submissions, self.approvals = Days(), Days()
        self.wall = datetime(2026, 11, 25, 3, tzinfo=UTC)
        self.true_seconds = 1000.0
        self.boot = 1
        self.booted_at = 0.0
        self.fence = 0
        self.papers = 0
        self.own()

    def teardown(self) -> None:
        for event in self.ledger.events().to_pylist():
            type(self).taken.add((event["from_state"], event["to_state"]))
        self.ledger.close()

    # What the model needs to know

    @property
    def today(self) -> date:
        return self.wall.date()

    def now(self) -> BootTime:
        return BootTime(f"boot-{self.boot}", self.true_seconds - self.booted_at)

    def step(self) -> Step:
        return Step("machine", "run-1", self.wall, evidence_sha256=PROOF)

    def numbers_in(self, *states: str) -> list[int]:
        return [number for number, known in sorted(self.model.items()) if known.state in states]

    def pick(self, data: st.DataObject, *states: str) -> int:
        """Mostly a request from which the step can start, sometimes any: refusals are tested as well."""
        fitting = self.numbers_in(*states)
        if fitting and data.draw(st.integers(0, 5)) > 0:
            return data.draw(st.sampled_from(fitting))
        return data.draw(numbers)

    def state(self, number: int) -> str | None:
        return self.model[number].state if number in self.model else None

    def expect(self, allowed: bool, act: Callable[[], object]) -> bool:
        """The ledger takes the step exactly when the model allows it."""
        before = self.ledger.stored_states()
        try:
            act()
        except RefusedStepError:
            assert not allowed, "the ledger refused what the model allows"
            assert self.ledger.stored_states() == before
            return False
        assert allowed, "the ledger took what the model forbids"
        return True

    def is_quiet(self, known: Modelled) -> bool:
        """Whether an hour has surely passed since the last moment at which a click can have happened."""
        if known.boot == self.boot:
            return self.true_seconds >= max(known.noted, known.deadline) + 3600
        return self.true_seconds >= self.owned_at + 3600

    # Time

    @initialize()
    def four_are_planned_and_what_the_caps_allow_is_approved(self) -> None:
        for number in GROUNDS:
            self.plan(number, "first words")
        self.approve_all()

    @rule(hours=st.sampled_from([0.1, 0.2, 1.1, 1.1, 5, 24, 24 * 7]))
    def time_passes(self, hours: float) -> None:
        self.true_seconds += hours * 3600
        self.wall += timedelta(hours=hours)

    @rule(hours=st.sampled_from([-2, 2]))
    def the_wall_clock_jumps(self, hours: int) -> None:
        self.wall += timedelta(hours=hours)

    @rule()
    def the_machine_restarts(self) -> None:
        self.true_seconds += 60
        self.wall += timedelta(seconds=60)
        self.boot += 1
        self.booted_at = self.true_seconds - 10
        self.own()

    @rule()
    def own(self) -> None:
        owned = self.ledger.take_ownership(self.step(), holder="machine", boot=self.now())
        assert owned.fence == self.fence + 1
        self.fence = owned.fence
        self.owned_at = self.true_seconds
        flying = {number for number, known in self.model.items() if known.state == "submitting"}
        assert set(owned.interrupted) == {KEYS[number] for number in flying}
        for number in flying:
            self.to_unknown(number)

    def to_unknown(self, number: int) -> None:
        known = self.model[number]
        known.state, known.noted, known.boot = "unknown", self.true_seconds, self.boot

    # Before the click

    @rule(number=numbers, content=contents)
    def plan(self, number: int, content: str) -> None:
        self.ledger.plan([request(number, content)], self.step())
        known = self.model.get(number)
        if known is None:
            self.model[number] = Modelled("planned", content)
        elif known.state in {"planned", "approved"} and known.content != content:
            if known.paper:
                known.state = "needs_human"
            else:
                known.state, known.content, known.expires = "planned", content, None

    @rule()
    def approve_all(self) -> None:
        taken = self.ledger.approve(Selection(), self.step(), caps=CAPS).taken
        wanted = [
            number
            for number, known in self.model.items()
            if known.state == "planned" and self.today <= LAST_DAY
        ]
        for number in wanted:
            if KEYS[number] in taken:
                assert self.approvals.allows(self.today, number)
                self.approvals.add(self.today, number)
                self.model[number].state = "approved"
                self.model[number].expires = self.wall + SETTINGS.approval_lasts
        left = [number for number in wanted if KEYS[number] not in taken]
        assert not any(self.approvals.allows(self.today, number) for number in left)
        assert {KEYS[number] for number in wanted} >= set(taken)

    @rule()
    def hold_all(self) -> None:
        self.ledger.hold(Selection(), self.step())
        for known in self.model.values():
            if known.state in {"planned", "approved"} and not known.paper:
                known.state, known.expires = "held", None

    @rule()
    def release_all(self) -> None:
        self.ledger.release(Selection(), self.step())
        for known in self.model.values():
            if known.state == "held":
                known.state = "planned"

    @when("planned", "approved", "needs_human")
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        number = self.pick(data, "planned", "approved", "needs_human")
        self.ledger.cancel(Selection(request_ids=(KEYS[number],)), self.step())
        if self.state(number) in {"planned", "approved", "needs_human"}:
            self.model[number].state = "cancelled"

    @rule()
    def expire(self) -> None:
        self.ledger.expire(self.step())
        for known in self.model.values():
            if known.state not in {"planned", "approved"}:
                continue
            if known.paper:
                if self.today > LAST_DAY + SETTINGS.worksheet_grace:
                    known.state = "needs_human"
            elif self.today > LAST_DAY:
                known.state = "cancelled"
            elif known.expires and known.expires <= self.wall:
                known.state, known.expires = "planned", None

    # On paper

    @when("approved")
    @rule(data=st.data(), again=st.booleans())
    def hand_out(self, data: st.DataObject, again: bool) -> None:
        number = self.pick(data, "approved")
        self.papers += 1
        paper = f"w{self.papers}"
        known = self.model.get(number)
        allowed = (
            known is not None
            and known.state == "approved"
            and self.today <= LAST_DAY
            and (
                again
                if known.paper
                else known.expires is not None
                and known.expires > self.wall
                and self.submissions.allows(self.today, number)
            )
        )
        given = self.ledger.hand_out([KEYS[number]], paper, self.step(), caps=CAPS, again=again)
        assert (given.handed_out == (KEYS[number],)) is allowed
        if known is not None and allowed:
            if known.paper is None:
                self.submissions.add(self.today, number)
            known.paper = paper

    @when("approved", "needs_human", "unknown", "reconciling")
    @rule(data=st.data())
    def report_submitted(self, data: st.DataObject) -> None:
        number = self.pick(data, "approved", "needs_human", "unknown", "reconciling")
        open_states = {"approved", "needs_human", "unknown", "reconciling"}
        state = self.state(number)
        self.expect(
            state in open_states | {"submitted", "decided"},
            lambda: self.ledger.report_submitted(KEYS[number], self.step()),
        )
        if state in open_states:
            self.model[number].state = "submitted"

    @when("approved", "needs_human", "unknown", "reconciling")
    @rule(data=st.data())
    def report_not_submitted(self, data: st.DataObject) -> None:
        number = self.pick(data, "approved", "needs_human", "unknown", "reconciling")
        if self.expect(
            self.state(number) in {"approved", "needs_human", "unknown", "reconciling"},
            lambda: self.ledger.report_not_submitted(KEYS[number], self.step()),
        ):
            self.model[number].state, self.model[number].paper = "approved", None

    # Around the click

    @when("approved")
    @rule(data=st.data(), is_stale=st.integers(0, 5).map(lambda n: n == 0))
    def begin(self, data: st.DataObject, is_stale: bool) -> None:
        number = self.pick(data, "approved")
        known = self.model.get(number)
        self.click(number, known.content if known is not None and not is_stale else "stale words")

    def click(self, number: int, content: str) -> None:
        known = self.model.get(number)
        busy = any(
            other.state == "submitting" and ACCOUNTS[n] == ACCOUNTS[number]
            for n, other in self.model.items()
        )
        allowed = (
            known is not None
            and known.state == "approved"
            and known.paper is None
            and known.content == content
            and known.expires is not None
            and known.expires > self.wall
            and self.today <= LAST_DAY
            and known.attempt < 2
            and not busy
            and self.submissions.allows(self.today, number)
        )
        now = self.now()
        intent = Intent(
            self.fence, now, now.later(60), content_sha256(1, content), SubmissionChannel.BROWSER
        )
        if self.expect(
            allowed,
            lambda: self.ledger.begin_submission(KEYS[number], intent, self.step(), caps=CAPS),
        ):
            assert known is not None
            known.state, known.attempt = "submitting", known.attempt + 1
            known.deadline = self.true_seconds + 60
            self.submissions.add(self.today, number)

    @when("submitting")
    @rule(data=st.data(), is_late=st.booleans())
    def mark_submitted(self, data: st.DataObject, is_late: bool) -> None:
        self.confirm(self.pick(data, "submitting"), is_late=is_late)

    def confirm(self, number: int, *, is_late: bool) -> None:
        fence = self.fence - 1 if is_late else self.fence
        if self.expect(
            self.state(number) == "submitting" and not is_late,
            lambda: self.ledger.mark_submitted(KEYS[number], self.step(), fence=fence),
        ):
            self.model[number].state = "submitted"

    @when("approved")
    @rule(data=st.data())
    def mark_found(self, data: st.DataObject) -> None:
        number = self.pick(data, "approved")
        if self.expect(
            self.state(number) == "approved",
            lambda: self.ledger.mark_found(KEYS[number], self.step(), fence=self.fence),
        ):
            self.model[number].state = "submitted"

    @when("submitting")
    @rule(data=st.data())
    def mark_unknown(self, data: st.DataObject) -> None:
        number = self.pick(data, "submitting")
        self.doubt(number)

    def doubt(self, number: int) -> None:
        if self.expect(
            self.state(number) == "submitting",
            lambda: self.ledger.mark_unknown(
                KEYS[number], self.step(), fence=self.fence, boot=self.now()
            ),
        ):
            self.to_unknown(number)

    @when("unknown")
    @rule(data=st.data())
    def begin_reconciling(self, data: st.DataObject) -> None:
        self.look_for(self.pick(data, "unknown"))

    def look_for(self, number: int) -> None:
        known = self.model.get(number)
        in_doubt = known is not None and known.state in {"unknown", "reconciling"}
        try:
            self.ledger.begin_reconciling(
                KEYS[number], self.step(), fence=self.fence, boot=self.now()
            )
        except RefusedStepError:
            assert not (in_doubt and known is not None and self.is_quiet(known))
            return
        assert known is not None
        assert in_doubt
        # After a restart the wall clock may speak for the boot clock; it is right to an hour here, its slack is a day.
        assert self.true_seconds >= known.noted + 3600
        known.state = "reconciling"

    @when("reconciling")
    @rule(data=st.data(), findings=looks, gap=gaps)
    def reconcile(self, data: st.DataObject, findings: list[RequestFinding], gap: int) -> None:
        self.conclude(self.pick(data, "reconciling"), findings, gap)

    def conclude(self, number: int, findings: list[RequestFinding], gap: int) -> None:
        known = self.model.get(number)
        readings = []
        for finding in findings:
            readings.append(PageReading(finding, self.wall, self.now(), PROOF))
            self.true_seconds += gap
            self.wall += timedelta(seconds=gap)
        if RequestFinding.SEEN in findings:
            outcome = "submitted"
        elif RequestFinding.AMBIGUOUS in findings:
            outcome = "needs_human"
        elif gap * (len(findings) - 1) < 600:
            outcome = ""
        else:
            outcome = "approved" if known is not None and known.attempt < 2 else "needs_human"
        if (
            known is not None
            and known.state == "reconciling"
            and not self.is_quiet_at_restart(known)
        ):
            return  # a new owner after a restart waits anew; the test of the quiet period tells when
        if self.expect(
            known is not None and known.state == "reconciling" and outcome != "",
            lambda: self.ledger.reconciled(KEYS[number], readings, self.step(), fence=self.fence),
        ):
            assert known is not None
            known.state = outcome

    def is_quiet_at_restart(self, known: Modelled) -> bool:
        return known.boot == self.boot

    @when("unknown", "reconciling")
    @rule(data=st.data())
    def leave_to_a_person(self, data: st.DataObject) -> None:
        number = self.pick(data, "unknown", "reconciling")
        known = self.model.get(number)
        allowed = known is not None and (
            known.state in {"unknown", "reconciling"}
            or (known.state == "approved" and known.paper is not None)
        )
        if self.expect(allowed, lambda: self.ledger.needs_human(KEYS[number], self.step())):
            self.model[number].state = "needs_human"

    # Several steps as one rule, so that long lives happen

    @when("approved")
    @rule(data=st.data(), findings=looks, gap=gaps)
    def click_wonder_and_look(
        self, data: st.DataObject, findings: list[RequestFinding], gap: int
    ) -> None:
        number = self.pick(data, "approved")
        if number in self.model:
            self.click(number, self.model[number].content)
        if self.state(number) == "submitting":
            self.doubt(number)
            self.time_passes(1.1)
            self.look_for(number)
            self.conclude(number, findings, gap)

    @when("approved")
    @rule(data=st.data())
    def click_and_see(self, data: st.DataObject) -> None:
        number = self.pick(data, "approved")
        if number in self.model:
            self.click(number, self.model[number].content)
        if self.state(number) == "submitting":
            self.confirm(number, is_late=False)

    @when("approved")
    @rule(data=st.data())
    def hand_out_and_revise(self, data: st.DataObject) -> None:
        number = self.pick(data, "approved")
        if self.state(number) == "approved" and self.model[number].paper:
            self.plan(number, f"words of {self.papers}")

    # Afterwards

    @when("submitted", "decided")
    @rule(data=st.data(), decision=st.sampled_from([Decision.REMOVED, Decision.DENIED]))
    def decide(self, data: st.DataObject, decision: Decision) -> None:
        number = self.pick(data, "submitted", "decided")
        known = self.model.get(number)
        allowed = known is not None and (
            known.state == "submitted" or (known.state == "decided" and known.decision == decision)
        )
        if self.expect(
            allowed,
            lambda: self.ledger.decide(KEYS[number], decision, Certainty.CONFIRMED, self.step()),
        ):
            assert known is not None
            known.state, known.decision = "decided", decision

    # Always

    @invariant()
    def the_ledger_is_where_the_model_is(self) -> None:
        rows = {row["request_id"]: row for row in self.ledger.requests().to_pylist()}
        assert rows.keys() == {KEYS[number] for number in self.model}
        for number, known in self.model.items():
            row = rows[KEYS[number]]
            assert (row["state"], row["attempt"], row["worksheet_id"], row["decision"]) == (
                known.state,
                known.attempt,
                known.paper,
                known.decision,
            )
            assert row["content_sha256"] == content_sha256(1, known.content)

    @invariant()
    def the_log_adds_up_to_the_states(self) -> None:
        self.ledger.verify()

    @invariant()
    def the_log_keeps_the_promises(self) -> None:
        flying: dict[str, str] = {}
        clicks: Counter[str] = Counter()
        reached: set[str] = set()
        for event in self.ledger.events().to_pylist():
            key, to_state = event["request_id"], event["to_state"]
            account = next(ACCOUNTS[n] for n in KEYS if KEYS[n] == key)
            if flying.get(account) == key:
                del flying[account]
            if to_state == "submitting":
                assert key not in reached, "clicked although Amazon had it"
                assert account not in flying, "two in flight"
                flying[account] = key
                clicks[key] += 1
                assert clicks[key] <= 2
            if to_state == "submitted":
                reached.add(key)


def test_any_order_of_steps_keeps_the_rules(
    request: pytest.FixtureRequest, ledger_url: str
) -> None:
    made = iter(range(1_000_000))
    is_sqlite = ledger_url.startswith("sqlite")

    def new_url() -> str:
        if is_sqlite:
            return f"{ledger_url}-{next(made)}"
        make: Callable[[], str] = request.getfixturevalue("new_postgresql_ledger_url")
        return make()

    full = request.config.getoption("--full-sweeps")
    taken: set[tuple[str | None, str]] = set()
    machine = type("Machine", (LedgerMachine,), {"url": staticmethod(new_url), "taken": taken})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=500 if full else 10,
            stateful_step_count=60 if full else 30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        ),
    )
    # A machine that never gets far proves little: the full size must have taken every arrow there is.
    arrows = {(arrow.from_state, arrow.to_state) for arrow in ARROWS}
    assert not full or taken == arrows
