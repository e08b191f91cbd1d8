"""A person at the window: presses Submit in the filled panel, or signs in."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from feedback_manager.errors import SignInNeededError, UnknownOutcomeError
from feedback_manager.page import ReadyToClick, SiteAddress, await_sign_in
from feedback_manager.stand_in import FaultKind
from schemas.submission import BootTime

NewDesk = Callable[..., Any]


def person(desk: Any, does: str, after_ms: int = 150) -> Callable[[ReadyToClick], BootTime]:
    """The hand-over; a while later the person does something in the page."""

    def hand_over(ready: ReadyToClick) -> BootTime:
        deadline = desk.intend(ready)
        desk.listing.page.evaluate(f"setTimeout(() => {{ {does} }}, {after_ms})")
        return deadline

    return hand_over


SUBMIT = "document.querySelector('#submit-button').shadowRoot.querySelector('button').click();"
CANCEL = "document.querySelector('feedback-removal kat-button:last-of-type').shadowRoot.querySelector('button').click();"


def test_person_presses_submit(desk: Any) -> None:
    evidence = desk.submitter.assist(desk.target(), person(desk, SUBMIT))
    assert evidence.statuses == (200,)
    assert desk.control.counts() == {desk.order(1): 1}
    assert desk.intents == [desk.order(1)]


def test_person_presses_twice_and_one_press_gets_through(desk: Any) -> None:
    desk.control.fault(
        FaultKind.COUNTED_THEN_ERROR
    )  # the panel stays open and can be pressed again
    twice = SUBMIT + f"setTimeout(() => {{ {SUBMIT} }}, 120);"
    desk.submitter.assist(desk.target(), person(desk, twice))
    assert len(desk.control.received()) == 1


def test_a_press_before_the_hand_over_does_not_get_through(desk: Any) -> None:
    before: list[str] = []

    def hasty(ready: ReadyToClick) -> BootTime:
        desk.listing.page.evaluate(f"() => {{ {SUBMIT} }}")
        desk.listing.page.wait_for_timeout(200)
        before.append(desk.listing.page.evaluate("window.feedbackRemovalGuard.refused"))
        assert desk.control.received() == []
        return person(desk, SUBMIT)(ready)

    evidence = desk.submitter.assist(desk.target(), hasty)
    assert before == ["not_handed_over"]
    assert evidence.statuses == (200,)
    assert desk.control.counts() == {desk.order(1): 1}


def test_person_closes_the_panel(desk: Any) -> None:
    with pytest.raises(UnknownOutcomeError) as unknown:
        desk.submitter.assist(desk.target(), person(desk, CANCEL))
    assert unknown.value.observation == "not_pressed"
    assert desk.control.received() == []


def test_panel_is_taken_away_at_the_deadline(desk: Any) -> None:
    desk.deadline_seconds = 0.3
    with pytest.raises(UnknownOutcomeError) as unknown:
        desk.submitter.assist(desk.target(), person(desk, "", after_ms=0))
    assert unknown.value.observation == "not_pressed"
    assert desk.listing.page.locator("feedback-removal").count() == 0


def test_press_after_the_deadline_is_stopped_by_the_page_when_the_driver_sleeps(desk: Any) -> None:
    desk.deadline_seconds = 0.3
    desk.submitter._await_person = lambda *_: desk.listing.page.wait_for_timeout(900) or False
    with pytest.raises(UnknownOutcomeError):
        desk.submitter.assist(desk.target(), person(desk, SUBMIT, after_ms=600))
    assert desk.control.received() == []


def test_person_who_chose_another_reason_is_stopped(desk: Any) -> None:
    desk.deadline_seconds = 1.5
    other = "document.querySelector('#reason-dropdown').value = '204';" + SUBMIT
    with pytest.raises(UnknownOutcomeError):
        desk.submitter.assist(desk.target(), person(desk, other))
    assert desk.control.received() == []


def test_sign_in_that_ends_in_another_tab_is_noticed(
    new_desk: NewDesk, browser: BrowserContext
) -> None:
    desk = new_desk(sign_in="required")
    address = SiteAddress.of("US", desk.stand_in.base_url())
    other_tab = browser.new_page()
    other_tab.goto(desk.stand_in.base_url() + "/ap/signin")
    other_tab.fill("#ap_password", "rehearse")
    other_tab.click("#signInSubmit")
    other_tab.fill("#auth-mfa-otpcode", "000000")
    other_tab.evaluate(
        "setTimeout(() => document.querySelector('#auth-signin-button').click(), 300)"
    )
    await_sign_in(browser, address, seconds=20)
    assert desk.verdict() == "submitted"


def test_nobody_signs_in(new_desk: NewDesk, browser: BrowserContext) -> None:
    desk = new_desk(sign_in="required")
    address = SiteAddress.of("US", desk.stand_in.base_url())
    with pytest.raises(SignInNeededError):
        await_sign_in(browser, address, seconds=0.5)
    assert "delivery_chosen" not in desk.landings()
