"""What the outbox makes of each answer of a page: what the ledger notes, whether the batch goes on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from feedback_manager.acceptance import (
    Acceptance,
    AcceptanceMissingError,
    require_acceptance,
)
from feedback_manager.channel import EndKind, Submission
from feedback_manager.channels import AssistedChannel, BrowserChannel
from feedback_manager.errors import (
    AlreadyRequestedError,
    AmbiguousRowError,
    ContentChangedError,
    LastCheckFailedError,
    NotInListError,
    OutageError,
    ReasonNotOfferedError,
    SignInNeededError,
    StoreNotOpenError,
    ThrottledError,
    UnknownOutcomeError,
    UnknownPageError,
)
from feedback_manager.outbox import (
    Answer,
    Outbox,
    Pace,
    Reconciliation,
    Switch,
    Terms,
    canary_limit,
    grant_rate,
)
from feedback_manager.page.reading import (
    ActionState,
    ReadyToClick,
    RowReading,
    SubmittedEvidence,
    Target,
)
from schemas.identifiers import content_sha256, feedback_id
from schemas.planned_request import PlannedRequest
from schemas.submission import BootTime, Caps, RefusedStepError, Step
from schemas.vocabularies import Decision, SubmissionChannel
from store.ledger import Ledger, LedgerSettings, Selection, open_ledger

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
PROOF = "e" * 64


@dataclass
class Clocks:
    """One clock for everything, moved by whoever waits."""

    seconds: float = 1000

    def now(self) -> BootTime:
        return BootTime("boot", self.seconds)

    def wait(self, seconds: float) -> None:
        self.seconds += seconds

    def at(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds - 1000)


def row(order_id: str, action: ActionState = ActionState.OFFERED, **changes: Any) -> RowReading:
    number = int(order_id[4:11])
    made = RowReading(
        order_id=order_id,
        date_text="11/20/2026",
        rating=1,
        comment="invented",
        content_sha256=content_sha256(1, f"invented {number}"),
        has_note=False,
        is_struck=False,
        action=action,
        page_number=1,
    )
    return replace(made, **changes)


@dataclass
class ScriptedPage:
    """Answers each request with what the script says: an error before or after the intent, or proof."""

    clocks: Clocks
    script: list[Any] = field(default_factory=list)
    readings: list[Any] = field(default_factory=list)
    clicks: list[str] = field(default_factory=list)
    clicked_at: list[float] = field(default_factory=list)

    def ask(self, target: Target, before_click: Callable[..., BootTime]) -> SubmittedEvidence:
        answer = self.script.pop(0) if self.script else None
        if isinstance(answer, Exception) and not isinstance(
            answer, UnknownOutcomeError | LastCheckFailedError
        ):
            raise answer
        shown = row(target.order_id)
        deadline = before_click(ReadyToClick(target, shown, PROOF))
        assert deadline.seconds > self.clocks.seconds
        self.clicks.append(target.order_id)
        self.clicked_at.append(self.clocks.seconds)
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            raise answer()
        at = self.clocks.at()
        after = row(target.order_id, ActionState.ABSENT)
        return SubmittedEvidence(shown, after, at, at, (200,), PROOF)

    def find(self, order_id: str) -> RowReading:
        answer = self.readings.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return row(order_id, answer) if isinstance(answer, ActionState) else answer

    def keep(self, shown: RowReading) -> str:
        assert shown.order_id
        return PROOF


@dataclass
class Table:
    """A real ledger with approved requests, a scripted page, and an outbox between them."""

    ledger: Ledger
    clocks: Clocks
    page: ScriptedPage
    off: list[str] = field(default_factory=list)
    fence: int = 0

    def __post_init__(self) -> None:
        self.own()

    def own(self) -> None:
        self.fence = self.ledger.take_ownership(
            self.step(), holder="test", boot=self.clocks.now()
        ).fence

    def step(self) -> Step:
        return Step("outbox", "run-1", self.clocks.at())

    def approve(self, count: int, ground: str = "product_review") -> None:
        planned = []
        for number in range(1, count + 1):
            order = f"111-{number:07d}-7654321"
            planned.append(
                PlannedRequest(
                    feedback_id=feedback_id("north", "US", order),
                    account="north",
                    marketplace="US",
                    order_id=order,
                    ground=ground,
                    category="product-feedback",
                    reason_code="203",
                    deadline_date=NOW.date() + timedelta(days=number),
                    content_sha256=content_sha256(1, f"invented {number}"),
                    rule_version="1",
                    policy_version="2026-11",
                )
            )
        self.ledger.plan(planned, self.step())
        self.ledger.approve(Selection(), self.step())

    def switch(self) -> Switch:
        return Switch(lambda: self.off[0] if self.off else None)

    def pace(self, seconds: float = 0) -> Pace:
        return Pace(
            seconds, self.switch(), monotonic=lambda: self.clocks.seconds, sleep=self.clocks.wait
        )

    def outbox(self, *, pace_seconds: float = 0, **terms: Any) -> Outbox:
        return Outbox(
            self.ledger,
            self.fence,
            Terms(**({"channel": SubmissionChannel.BROWSER, "caps": Caps()} | terms)),
            new_step=self.step,
            switch=self.switch(),
            pace=self.pace(pace_seconds),
            clock=self.clocks,  # type: ignore[arg-type]  # a clock that the test moves
        )

    def send(self, **terms: Any) -> Submission:
        ready = self.ledger.ready_requests("north", self.step())
        sent = self.outbox(**terms).send(ready, {"US": self.page})
        places = [*sent.submitted, *sent.in_doubt, *sent.not_sent]
        assert sorted(places) == sorted(one.request_id for one in ready)
        return sent

    def reconcile(self, gap: float = 600) -> Reconciliation:
        looking = Reconciliation(
            self.ledger,
            self.fence,
            reading_gap_seconds=gap,
            new_step=self.step,
            pace=self.pace(),
            clock=self.clocks,  # type: ignore[arg-type]  # a clock that the test moves
        )
        looking.look("north", {"US": self.page})
        looking.conclude()
        return looking

    def states(self) -> list[str]:
        rows = self.ledger.requests().to_pylist()
        return [one["state"] for one in sorted(rows, key=lambda one: one["order_id"])]

    def reasons(self) -> list[str]:
        return list(self.ledger.events()["reason"].to_pylist())


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    url = f"sqlite:///{tmp_path}/ledger/ledger.sqlite"
    with open_ledger(url, settings=LedgerSettings()) as ledger:
        clocks = Clocks()
        yield Table(ledger, clocks, ScriptedPage(clocks))
        ledger.verify()


def unknown(observation: str = "still_offered") -> UnknownOutcomeError:
    return UnknownOutcomeError("not proven", observation=observation)


# (what the page answers to the first of three requests, states afterwards, how the batch ended, why the first was not sent)
VERDICTS: list[tuple[Any, list[str], EndKind | None, str | None]] = [
    (None, ["submitted"] * 3, None, None),
    (ContentChangedError("x"), ["approved", "submitted", "submitted"], None, "content_changed"),
    (NotInListError("x"), ["approved", "submitted", "submitted"], None, "not_in_list"),
    (AmbiguousRowError("x"), ["approved", "submitted", "submitted"], None, "ambiguous_row"),
    (ReasonNotOfferedError("x"), ["approved"] * 3, None, "reason_not_offered"),
    (StoreNotOpenError("x"), ["approved"] * 3, None, "store_not_open"),
    (SignInNeededError("x"), ["approved"] * 3, EndKind.SITE, "sign_in_needed"),
    (UnknownPageError("x"), ["approved"] * 3, EndKind.SITE, "unknown_page"),
    (OutageError("x"), ["submitted"] * 3, None, None),
    (unknown(), ["unknown", "approved", "approved"], EndKind.DOUBT, None),
    (
        LastCheckFailedError("deadline_passed"),
        ["unknown", "approved", "approved"],
        EndKind.DOUBT,
        None,
    ),
    (unknown("not_pressed"), ["unknown", "submitted", "submitted"], None, None),
]


@pytest.mark.parametrize(
    ("answer", "states", "end", "why"), VERDICTS, ids=[repr(v[0])[:40] for v in VERDICTS]
)
def test_verdicts(
    table: Table, answer: Any, states: list[str], end: EndKind | None, why: str | None
) -> None:
    table.approve(3)
    table.page.script = [answer]
    sent = table.send()
    assert table.states() == states
    assert (sent.end.kind if sent.end else None) == end
    first = table.ledger.requests().to_pylist()[0]["request_id"]
    assert sent.not_sent.get(first) == why
    assert len(table.page.clicks) == len(set(table.page.clicks))
    assert len(table.page.clicks) == states.count("submitted") + states.count("unknown")


def test_throttled_twice_ends_the_batch(table: Table) -> None:
    table.approve(3)
    table.page.script = [ThrottledError("x"), None, ThrottledError("x")]
    before = table.clocks.seconds
    sent = table.send()
    assert table.states() == ["submitted", "approved", "approved"]
    assert sent.end is not None
    assert sent.end.code == "throttled"
    assert table.clocks.seconds >= before + 60, "it rested before the second try"


def test_a_defect_after_the_intent_is_doubt_and_passes_through(table: Table) -> None:
    table.approve(2)
    table.page.script = [KeyboardInterrupt]
    with pytest.raises(KeyboardInterrupt):
        table.send()
    assert table.states() == ["unknown", "approved"]
    assert "interrupted" in table.reasons()


def test_an_error_of_a_reading_after_the_intent_never_leads_to_a_second_try(table: Table) -> None:
    table.approve(1)
    table.page.script = [lambda: OutageError("after the click")]
    sent = table.send()
    assert table.states() == ["unknown"]
    assert len(table.page.clicks) == 1
    assert sent.end is not None
    assert sent.end.kind is EndKind.DOUBT


def test_somebody_elses_request_is_found_only_by_a_second_look(table: Table) -> None:
    table.approve(2)
    table.page.script = [AlreadyRequestedError("x"), AlreadyRequestedError("x")]
    table.page.readings = [ActionState.ABSENT, ActionState.UNREADABLE]
    sent = table.send()
    assert table.states() == ["submitted", "approved"]
    assert list(sent.not_sent.values()) == ["already_requested"]
    assert table.page.clicks == []
    assert "found" in table.reasons()


def test_the_switch_is_asked_before_each_click_and_while_waiting(table: Table) -> None:
    table.approve(2)
    outbox = table.outbox(pace_seconds=20)

    class Stopping(ScriptedPage):
        def ask(self, target: Target, before_click: Any) -> SubmittedEvidence:
            if self.clicks:
                table.off.append("stop_file")
            return ScriptedPage.ask(self, target, before_click)

    page = Stopping(table.clocks)
    sent = outbox.send(table.ledger.ready_requests("north", table.step()), {"US": page})
    assert sent.end is not None
    assert (sent.end.kind, sent.end.code) == (EndKind.SWITCH, "stop_file")
    assert table.states() == ["submitted", "approved"]


def test_clicks_keep_their_distance(table: Table) -> None:
    table.approve(3)
    table.send(pace_seconds=20)
    first, second, third = table.page.clicked_at
    assert second - first == pytest.approx(20)
    assert third - second == pytest.approx(20)


@pytest.mark.parametrize(
    ("caps", "code"),
    [(Caps(per_account=1), "account_cap"), (Caps(per_ground={"product_review": 1}), "ground_cap")],
)
def test_caps_of_the_day(table: Table, caps: Caps, code: str) -> None:
    table.approve(3)
    sent = table.send(caps=caps)
    assert table.states() == ["submitted", "approved", "approved"]
    assert code in sent.not_sent.values()


def test_a_limited_batch(table: Table) -> None:
    table.approve(3)
    table.page.script = [ContentChangedError("x")]
    sent = table.send(limit=1)
    assert table.states() == ["approved", "submitted", "approved"]
    assert sent.end is not None
    assert sent.end.kind is EndKind.CAP


def test_a_process_that_is_not_the_owner_any_more_clicks_nothing(table: Table) -> None:
    table.approve(2)
    outbox = table.outbox()
    ready = table.ledger.ready_requests("north", table.step())
    table.own()
    sent = outbox.send(ready, {"US": table.page})
    assert sent.end is not None
    assert sent.end.kind is EndKind.OWNER
    assert table.page.clicks == []


# ---- doubt ------------------------------------------------------------------------------------------------------

LOOKS = [
    ([ActionState.ABSENT], "submitted"),
    ([ActionState.OFFERED, ActionState.OFFERED], "approved"),
    ([ActionState.OFFERED, ActionState.ABSENT], "submitted"),
    ([NotInListError("x")], "needs_human"),
    ([AmbiguousRowError("x")], "needs_human"),
    ([row("111-0000001-7654321", ActionState.ABSENT, is_struck=True)], "needs_human"),
    ([row("111-0000001-7654321", ActionState.ABSENT, content_sha256="f" * 64)], "needs_human"),
    ([ActionState.UNREADABLE], "reconciling"),
    ([ActionState.UNRECOGNISED], "reconciling"),
    ([OutageError("x")], "reconciling"),
    ([ActionState.OFFERED, OutageError("x")], "reconciling"),
    ([SignInNeededError("x")], "reconciling"),
]


@pytest.mark.parametrize(
    ("readings", "state"), LOOKS, ids=[f"{i}-{s}" for i, (_, s) in enumerate(LOOKS)]
)
def test_what_a_look_concludes(table: Table, readings: list[Any], state: str) -> None:
    table.approve(1)
    table.page.script = [unknown()]
    table.send()
    table.page.readings = list(readings)
    assert table.reconcile().looked.waiting
    assert table.states() == ["unknown"], "the quiet period is not over"
    table.clocks.wait(3661)
    looking = table.reconcile()
    assert table.states() == [state]
    assert bool(looking.looked.waiting) == (state == "reconciling")
    assert len(table.page.clicks) == 1
    if state == "reconciling":  # a later run concludes
        table.page.readings = [ActionState.ABSENT]
        table.reconcile()
        assert table.states() == ["submitted"]


def test_after_the_window_an_absent_menu_proves_nothing(table: Table) -> None:
    table.approve(1)
    table.page.script = [unknown()]
    table.send()
    table.clocks.wait(3 * 86_400)
    table.page.readings = [ActionState.ABSENT]
    table.reconcile()
    assert table.states() == ["needs_human"]


def test_two_attempts_then_a_person(table: Table) -> None:
    table.approve(1)
    for _ in range(2):
        table.page.script = [unknown()]
        table.send()
        table.clocks.wait(3661)
        table.page.readings = [ActionState.OFFERED] * 2
        table.reconcile()
    assert table.states() == ["needs_human"]
    assert len(table.page.clicks) == 2
    assert table.ledger.ready_requests("north", table.step()) == []


def test_a_look_is_refused_to_whoever_is_not_the_owner(table: Table) -> None:
    table.approve(1)
    table.page.script = [unknown()]
    table.send()
    table.clocks.wait(3661)
    fence = table.fence
    table.own()
    table.fence = fence
    with pytest.raises(RefusedStepError, match="not_the_owner"):
        table.reconcile()


def test_the_switch_ends_the_wait_for_the_second_look(table: Table) -> None:
    table.approve(1)
    table.page.script = [unknown()]
    table.send()
    table.clocks.wait(3661)
    table.page.readings = [ActionState.OFFERED]
    table.off.append("stop_file")
    looking = table.reconcile()
    assert looking.looked.end is not None
    assert looking.looked.end.kind is EndKind.SWITCH
    assert table.states() == ["reconciling"]


# ---- caution -----------------------------------------------------------------------------------------------------


def test_the_canary_grows_from_run_to_run() -> None:
    assert [canary_limit(runs) for runs in range(4)] == [1, 3, None, None]


def answers(granted: int, denied: int, silent: int = 0) -> list[Answer]:
    days = iter(range(1, 100))
    asked = NOW - timedelta(days=60)
    return [
        *(
            Answer(Decision.STRUCK, asked, asked + timedelta(days=next(days)))
            for _ in range(granted)
        ),
        *(
            Answer(Decision.DENIED, asked, asked + timedelta(days=next(days)))
            for _ in range(denied)
        ),
        *(Answer(Decision.PENDING, asked) for _ in range(silent)),
    ]


@pytest.mark.parametrize(
    ("given", "is_too_low"),
    [
        (answers(0, 4), False),
        (answers(0, 5), True),
        (answers(5, 5), False),
        (answers(4, 5), True),
        (answers(9, 0, silent=10), True),
        (answers(100 - 1, 0), False),
    ],
)
def test_too_few_granted(given: list[Answer], is_too_low: bool) -> None:
    assert grant_rate(given, floor=0.5, window=10, at=NOW).is_too_low == is_too_low
    assert not grant_rate(given, floor=0.5, window=10, at=NOW, since=NOW).is_too_low


def test_fresh_requests_are_not_held_against_anybody() -> None:
    fresh = [Answer(Decision.PENDING, NOW - timedelta(days=20)) for _ in range(10)]
    assert grant_rate(fresh, floor=0.5, window=10, at=NOW).judged == 0


def test_pressing_submit_at_amazon_needs_an_acceptance(table: Table) -> None:
    amazon, local = "https://sellercentral.amazon.com", "http://us-shop.localhost:8800"
    accepted = Acceptance.parse("2026-11-25, Ann Example")
    require_acceptance([local], None)
    require_acceptance([amazon], accepted)
    with pytest.raises(AcceptanceMissingError, match="sellercentral"):
        require_acceptance([local, amazon], None)
    page: Any = SimpleNamespace(address=amazon, is_person_pressing=False)
    with pytest.raises(AcceptanceMissingError):
        BrowserChannel(table.outbox(), {"US": page}, None)
    BrowserChannel(table.outbox(), {"US": page}, accepted)
    with pytest.raises(ValueError, match="channel assisted"):
        AssistedChannel(table.outbox(), {"US": page})


@pytest.mark.parametrize(
    "written", ["yes", "2026-11-25", "2026-13-01, Ann", ", Ann", "2026-11-25, "]
)
def test_an_acceptance_names_date_and_person(written: str) -> None:
    with pytest.raises(ValueError, match=r"date|month"):
        Acceptance.parse(written)
