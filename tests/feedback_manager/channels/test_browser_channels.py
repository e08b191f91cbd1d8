"""Both browser channels with a real Chromium, a real ledger and the stand-in."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from feedback_manager.boot_clock import BootClock
from feedback_manager.channel import EndKind
from feedback_manager.channels import AssistedChannel, BrowserChannel, DrivenPage
from feedback_manager.outbox import Outbox, Pace, Reconciliation, Switch, Terms
from feedback_manager.stand_in import FaultKind
from schemas.identifiers import content_sha256, feedback_id
from schemas.planned_request import PlannedRequest
from schemas.submission import Caps, Step
from schemas.vocabularies import RequestState, SubmissionChannel
from store.ledger import Ledger, LedgerSettings, Selection, open_ledger

ACCOUNT = "Harbour Lane Goods"
CLICK_SECONDS = 3.0

# A person who presses Submit a while after it can be pressed.
PERSON = """setInterval(() => {
  const button = document.querySelector("#submit-button");
  if (!button || button.hasAttribute("disabled") || button.isSeen) return;
  button.isSeen = true;
  setTimeout(() => button.shadowRoot.querySelector("button").click(), 500);
}, 50);"""


def step() -> Step:
    return Step("test", "run-1", datetime.now(UTC))


def approve(ledger: Ledger, desk: Any) -> None:
    planned = [
        PlannedRequest(
            feedback_id=feedback_id(ACCOUNT, "US", row.order_id),
            account=ACCOUNT,
            marketplace="US",
            order_id=row.order_id,
            ground="product_review",
            category="product-feedback",
            reason_code="203",
            deadline_date=row.feedback_date + timedelta(days=90),
            content_sha256=content_sha256(row.rating, row.comment),
            rule_version="1",
            policy_version="2026-11",
        )
        for row in desk.rows
    ]
    ledger.plan(planned, step())
    ledger.approve(Selection(), step())


def owned(ledger: Ledger) -> int:
    return ledger.take_ownership(step(), holder="test", boot=BootClock().now()).fence


def outbox(ledger: Ledger, channel: SubmissionChannel, **terms: Any) -> Outbox:
    switch = Switch()
    return Outbox(
        ledger,
        owned(ledger),
        Terms(channel, Caps(), **terms),
        new_step=step,
        switch=switch,
        pace=Pace(0, switch),
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    settings = LedgerSettings(quiet_period=timedelta(0), reading_gap=timedelta(0))
    with open_ledger(f"sqlite:///{tmp_path}/ledger/ledger.sqlite", settings=settings) as opened:
        yield opened
        opened.verify()


def test_the_tool_submits_a_batch(new_desk: Callable[..., Any], ledger: Ledger) -> None:
    desk = new_desk(count=3)
    approve(ledger, desk)
    channel = BrowserChannel(
        outbox(ledger, SubmissionChannel.BROWSER), {"US": DrivenPage(desk.submitter)}, None
    )
    sent = channel.submit(ledger.ready_requests(ACCOUNT, step()))
    assert len(sent.submitted) == 3
    assert sent.end is None
    assert set(desk.control.counts().values()) == {1}
    evidence = ledger.events()["evidence_sha256"].to_pylist()
    assert sum(one is not None for one in evidence) >= 2 * 3


def test_a_person_presses_for_each(new_desk: Callable[..., Any], ledger: Ledger) -> None:
    desk = new_desk(count=2)
    desk.listing.page.add_init_script(PERSON)
    approve(ledger, desk)
    page = DrivenPage(desk.submitter, is_person_pressing=True)
    channel = AssistedChannel(
        outbox(ledger, SubmissionChannel.ASSISTED, click_seconds=20), {"US": page}
    )
    assert not channel.capability.presses_submit
    sent = channel.submit(ledger.ready_requests(ACCOUNT, step()))
    assert len(sent.submitted) == 2
    assert set(desk.control.counts().values()) == {1}
    assert ledger.requests()["channel"].to_pylist() == ["assisted"] * 2


def test_a_person_who_lets_a_panel_be_is_asked_for_the_next(
    new_desk: Callable[..., Any], ledger: Ledger
) -> None:
    desk = new_desk(count=2)
    approve(ledger, desk)
    page = DrivenPage(desk.submitter, is_person_pressing=True)
    channel = AssistedChannel(
        outbox(ledger, SubmissionChannel.ASSISTED, click_seconds=1), {"US": page}
    )
    sent = channel.submit(ledger.ready_requests(ACCOUNT, step()))
    assert len(sent.in_doubt) == 2
    assert sent.end is None
    assert desk.control.received() == []


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (FaultKind.COUNTED_THEN_SIGNED_OUT, RequestState.SUBMITTED),
        (FaultKind.SUBMIT_SIGNED_OUT, RequestState.APPROVED),
    ],
)
def test_doubt_is_resolved_by_reading(
    new_desk: Callable[..., Any], ledger: Ledger, fault: FaultKind, state: RequestState
) -> None:
    desk = new_desk(count=2, sign_in="required")
    sign_in(desk)
    approve(ledger, desk)
    desk.control.fault(fault)
    pages = {"US": DrivenPage(desk.submitter)}
    sending = outbox(ledger, SubmissionChannel.BROWSER, click_seconds=CLICK_SECONDS)
    sent = BrowserChannel(sending, pages, None).submit(ledger.ready_requests(ACCOUNT, step()))
    (key,) = sent.in_doubt
    assert sent.end is not None
    assert (sent.end.kind, sent.end.code) == (EndKind.DOUBT, "sign_in_needed")
    sign_in(desk)
    looking = Reconciliation(
        ledger,
        owned(ledger),
        reading_gap_seconds=0,
        new_step=step,
        pace=Pace(0, Switch()),
    )
    desk.listing.page.wait_for_timeout(CLICK_SECONDS * 1000)
    looking.look(ACCOUNT, pages)
    assert looking.conclude().concluded == {key: state}
    assert len(desk.control.received()) == 1


def sign_in(desk: Any) -> None:
    page = desk.listing.page
    page.goto(desk.listing.address.base_url + "/ap/signin")
    page.fill("#ap_email", "ann@example.com")
    page.fill("#ap_password", "rehearse")
    page.click("#signInSubmit")
    page.fill("#auth-mfa-otpcode", "000000")
    page.click("#auth-signin-button")
    page.wait_for_url("**/feedback-manager/**")
