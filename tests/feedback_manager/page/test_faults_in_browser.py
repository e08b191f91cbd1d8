"""What the driver says and does about each fault of the page, in a real browser against the stand-in."""

import fcntl
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from feedback_manager.boot_clock import BootClock
from feedback_manager.errors import (
    EvidenceError,
    ForbiddenAddressError,
    LastCheckFailedError,
    NotInListError,
    ProfileInUseError,
    UnknownOutcomeError,
)
from feedback_manager.page import (
    ActionState,
    BrowserOptions,
    EvidenceFolder,
    ReadyToClick,
    SiteAddress,
    Submitter,
    open_browser,
)
from feedback_manager.stand_in import FaultKind as F
from schemas.submission import BootTime

NewDesk = Callable[..., Any]

# Whatever stops the driver before its click leaves no request and no intent behind.
# (fault, options of the fault and `number` of the row asked about, what the driver says, bound that has to end)
BEFORE_THE_CLICK = [
    (F.SIGN_IN, {}, "sign_in_needed", {}),
    (F.OTP, {}, "sign_in_needed", {}),
    (F.OTP_CHOICE, {}, "sign_in_needed", {}),
    (F.CAPTCHA, {}, "human_challenge", {}),
    (F.IDENTITY_CHECK, {}, "human_challenge", {}),
    (F.PASSKEY, {}, "human_challenge", {}),
    (F.SWITCHER, {}, "store_not_open", {}),
    (F.THROTTLED, {}, "throttled", {}),
    (F.ROBOT_PAGE, {}, "throttled", {}),
    (F.OUTAGE, {}, "outage", {}),
    (F.BLANK, {}, "outage", {"landing": 0.5}),
    (F.DROP_VISIT, {"times": None}, "outage", {}),
    (F.HANG, {"amount": 60_000}, "outage", {"navigation": 0.5}),
    (F.SHELL, {}, "list_unreadable", {"landing": 0.5}),
    (F.REDESIGN, {}, "unknown_page", {"landing": 0.5}),
    (F.LIST_REFUSED, {}, "sign_in_needed", {}),
    (F.LIST_OUTAGE, {}, "list_unreadable", {"rows": 0.5}),
    (F.ROWS_NEVER, {}, "list_unreadable", {"rows": 0.5}),
    (F.MENU_NEVER, {"order": 1, "times": None}, "list_unreadable", {"menus": 0.5}),
    (F.WRONG_ACCOUNT, {}, "wrong_store", {}),
    (F.WRONG_MARKETPLACE, {}, "wrong_store", {}),
    (F.DUPLICATE_ROW, {"order": 1}, "ambiguous_row", {}),
    (F.RENAMED_ROWS, {}, "unknown_page", {}),
    (F.RENAMED_ACTION, {}, "unknown_page", {}),
    (F.NEW_WORDING_IN_PANEL, {}, "unknown_page", {}),
    (F.STALE_PANEL, {"times": None}, "panel_stuck", {}),
    (F.WRONG_PANEL, {"order": 3, "times": None, "number": 3}, "panel_stuck", {}),
    (F.TWO_PANELS, {"order": 1, "times": None}, "panel_stuck", {}),
    (F.PANEL_NEVER, {"order": 1, "times": None}, "panel_stuck", {"panel": 0.4}),
    (F.SUBMIT_DISABLED, {"order": 1, "times": None}, "panel_stuck", {"panel": 0.4}),
    (F.FORGETS_REASON, {"order": 1, "times": None}, "panel_stuck", {"panel": 0.4}),
    (F.REASON_MISSING, {"order": 1, "amount": "203"}, "reason_not_offered", {}),
    (F.REASON_MISSING, {"order": 1, "amount": "204"}, "reason_not_offered", {}),
    (F.CODES_RENUMBERED, {"order": 1}, "reason_not_offered", {}),
    (F.CATEGORY_ADDED, {"order": 1}, "reason_not_offered", {}),
    (F.SURVEY, {"times": None}, "panel_stuck", {"panel": 0.4}),
]


def order_fault(desk: Any, fault: F, options: dict[str, Any]) -> int:
    """Order the fault; the number of the row that the test asks about."""
    ordered = {name: value for name, value in options.items() if name not in {"order", "number"}}
    if "order" in options:
        ordered["order_id"] = desk.order(options["order"])
    desk.control.fault(fault, **ordered)
    return int(options.get("number", 1))


@pytest.mark.parametrize(
    ("fault", "options", "said", "ends"),
    BEFORE_THE_CLICK,
    ids=[f"{fault}-{said}" for fault, _, said, _ in BEFORE_THE_CLICK],
)
def test_nothing_is_clicked(
    new_desk: NewDesk, fault: F, options: dict[str, Any], said: str, ends: dict[str, float]
) -> None:
    desk = new_desk(**ends)
    number = order_fault(desk, fault, options)
    assert desk.verdict(number) == said
    assert desk.control.received() == []
    assert desk.intents == []
    assert desk.control.faults()[0]["strikes"] >= 1


# The same faults, healed by themselves: the request goes through, once.
OVERCOME: list[tuple[F, dict[str, Any], dict[str, float]]] = [
    (F.ROWS_LATE, {"amount": 600}, {}),
    (F.MENU_LATE, {"amount": 250, "times": None}, {}),
    (F.TOUR, {"times": None}, {}),
    (F.COOKIE_BAR, {"times": None}, {}),
    (F.LEAVE_DIALOG, {"times": None}, {}),
    (F.NEW_TAB, {}, {}),
    (F.STALE_PANEL, {"times": 1}, {}),
    (F.LIST_SHIFTS, {}, {}),
    (F.WRONG_PANEL, {"order": 3, "times": 1, "number": 3}, {}),
    (F.PANEL_NEVER, {"order": 1}, {"panel": 2}),
    (F.SUBMIT_DISABLED, {"order": 1}, {"panel": 2}),
    (F.SLOW, {"amount": 700}, {}),
]


@pytest.mark.parametrize(
    ("fault", "options", "ends"), OVERCOME, ids=[fault for fault, *_ in OVERCOME]
)
def test_overcome_with_one_request(
    new_desk: NewDesk, fault: F, options: dict[str, Any], ends: dict[str, float]
) -> None:
    desk = new_desk(**ends)
    number = order_fault(desk, fault, options)
    assert desk.verdict(number) == "submitted"
    assert desk.control.counts() == {desk.order(number): 1}
    assert desk.intents == [desk.order(number)]
    assert desk.control.faults()[0]["strikes"] >= 1


# Faults at the click itself: one intent, never a second request from the driver, whatever the page says.
AT_THE_CLICK = [
    # (fault, options, what the driver says, requests in Amazon's books)
    (F.SUBMIT_THROTTLED, {}, "unknown: rejected", 0),
    (F.SUBMIT_OUTAGE, {}, "unknown: still_offered", 0),
    (F.COUNTED_THEN_OUTAGE, {}, "submitted", 1),
    (F.DROP_BEFORE, {}, "unknown: still_offered", 0),
    (F.DROP_AFTER, {}, "submitted", 1),
    (F.REJECTED, {}, "unknown: rejected", 0),
    (F.COUNTED_THEN_ERROR, {}, "submitted", 1),
    (F.REFUSED_AT_ONCE, {}, "submitted", 1),
    (F.SHOWN_LATE, {"amount": 90}, "unknown: still_offered", 1),
    (F.CLICK_SWALLOWED, {"order": 1, "times": None}, "unknown: no_request_seen", 0),
]


@pytest.mark.parametrize(
    ("fault", "options", "said", "counted"), AT_THE_CLICK, ids=[f for f, *_ in AT_THE_CLICK]
)
def test_one_click_only(
    desk: Any, fault: F, options: dict[str, Any], said: str, counted: int
) -> None:
    order_fault(desk, fault, options)
    assert desk.verdict() == said
    assert desk.counted() == counted
    assert len(desk.control.received()) <= 1
    assert desk.intents == [desk.order(1)]


def test_page_that_fires_twice_is_told_in_the_evidence(desk: Any) -> None:
    desk.control.fault(F.FIRES_TWICE, order_id=desk.order(1), times=None)
    evidence = desk.submit()
    assert len(evidence.statuses) == 2
    assert desk.intents == [desk.order(1)]


@pytest.mark.parametrize(
    ("fault", "counted"), [(F.SUBMIT_SIGNED_OUT, 0), (F.COUNTED_THEN_SIGNED_OUT, 1)]
)
def test_session_ends_at_the_click(new_desk: NewDesk, fault: F, counted: int) -> None:
    desk = new_desk(sign_in="required")
    sign_in_as_a_person(desk)
    desk.control.fault(fault)
    assert desk.verdict() == "unknown: sign_in_needed"
    assert desk.counted() == counted
    sign_in_as_a_person(desk)
    offered = desk.listing.find(desk.order(1)).action is ActionState.OFFERED
    assert offered == (counted == 0)


def test_session_ends_between_two_requests_and_work_goes_on_after_signing_in(
    new_desk: NewDesk,
) -> None:
    desk = new_desk(sign_in="required", session_minutes=30)
    assert desk.verdict(1) == "sign_in_needed"
    sign_in_as_a_person(desk)
    assert desk.verdict(1) == "submitted"
    desk.control.move_clock(minutes=31)
    assert desk.verdict(2) == "sign_in_needed"
    sign_in_as_a_person(desk)
    assert desk.verdict(2) == "submitted"
    assert desk.control.counts() == {desk.order(1): 1, desk.order(2): 1}


def test_no_delivery_of_a_one_time_password_is_ever_chosen(desk: Any) -> None:
    desk.control.fault(F.OTP_CHOICE, times=None)
    for number in (1, 2):
        assert desk.verdict(number) == "sign_in_needed"
    assert "delivery_chosen" not in desk.landings()


def test_a_challenge_is_met_once_and_not_retried(desk: Any) -> None:
    desk.control.fault(F.CAPTCHA, times=None)
    assert desk.verdict() == "human_challenge"
    assert desk.landings().count("captcha.html") == 1


def test_store_that_is_not_open_here(new_desk: NewDesk) -> None:
    assert new_desk(is_open=False).verdict() == "store_not_open"


def test_list_without_feedback_is_empty_and_not_unreadable(new_desk: NewDesk) -> None:
    desk = new_desk(count=0)
    reading = desk.listing.read_list()
    assert (reading.rows, reading.is_complete) == ((), True)
    assert desk.landings().count("feedback_b.html") == 2  # believed only when two loads agree


def test_order_that_is_on_no_page(new_desk: NewDesk) -> None:
    desk = new_desk(count=45)
    with pytest.raises(NotInListError, match="the whole list"):
        desk.listing.find("999-0000000-0000000")
    with pytest.raises(NotInListError, match="only 2 pages"):
        desk.listing.find(desk.order(44), max_pages=2)
    assert desk.listing.find(desk.order(44)).page_number == 3


def test_list_that_shifts_between_pages_loses_no_row(new_desk: NewDesk) -> None:
    desk = new_desk(count=45)
    desk.control.fault(F.LIST_SHIFTS, after=1)
    reading = desk.listing.read_list()
    assert reading.shifted
    assert {desk.order(n) for n in range(1, 46)} <= {row.order_id for row in reading.rows}
    assert reading.doubled_order_ids == frozenset()


def test_requested_before(desk: Any) -> None:
    assert desk.verdict() == "submitted"
    assert desk.verdict() == "already_requested"
    assert desk.counted() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"state": "struck", "note": "fba"}, "struck_by_amazon"),
        ({"state": "gone"}, "not_in_list"),
        ({"rating": 1}, "content_changed"),
        ({"comment": "Changed my mind, all fine."}, "content_changed"),
        ({"feedback_date": "2020-01-01"}, "already_requested"),
    ],
    ids=["struck", "taken back", "other rating", "other comment", "too old"],
)
def test_row_that_changed_since_it_was_approved(
    desk: Any, change: dict[str, Any], said: str
) -> None:
    desk.control.change_row(desk.store, desk.order(1), **change)
    assert desk.verdict() == said
    assert desk.intents == []


def test_four_stars_are_never_asked_about(desk: Any) -> None:
    row = replace(desk.rows[0], rating=4)
    desk.control.change_row(desk.store, desk.order(1), rating=4)
    desk.rows[0] = row
    assert desk.verdict() == "content_changed"


def test_older_generation_is_recognised_and_left_alone(new_desk: NewDesk) -> None:
    desk = new_desk(generation="A")
    assert desk.verdict() == "unknown_page"
    with pytest.raises(Exception, match="generation A"):
        desk.listing.open()


@pytest.mark.parametrize("locale", ["en", "de", "ja", "zh"])
def test_every_language_of_the_page(new_desk: NewDesk, locale: str) -> None:
    desk = new_desk(locale=locale)
    assert desk.verdict() == "submitted"
    desk.control.change_row(desk.store, desk.order(2), state="struck", note="fba")
    assert desk.verdict(2) == "struck_by_amazon"


def test_wording_that_nobody_has_seen_stops(desk: Any) -> None:
    desk.control.fault(F.NEW_WORDING, times=None)
    assert desk.verdict() == "unknown_page"
    assert desk.control.received() == []


# ---- the last check, in the task of the click -----------------------------------------------------------------------

MEANWHILE = {
    "content_changed": "document.querySelector('kat-table-row#feedback-details').children[3].textContent = 'other words'",
    "struck": "document.querySelector('kat-table-row#feedback-details').children[3].style.textDecoration = 'line-through'",
    "row_gone": "document.querySelector('kat-table-row#feedback-details').remove()",
    "two_rows": "(() => { const row = document.querySelector('kat-table-row#feedback-details'); row.after(row.cloneNode(true)); })()",
    "panels": "document.querySelector('tr.panel-active').after(document.querySelector('tr.panel-active').cloneNode(true))",
    "reason": "document.querySelector('#reason-dropdown').value = '204'",
    "category": "document.querySelector('#category-dropdown').value = 'not-listed'",
    "submit_disabled": "document.querySelector('#submit-button').setAttribute('disabled', '')",
    "covered": "document.body.append(Object.assign(document.createElement('div'), {className: 'veil'}))",
    "wrong_account": "document.querySelector('.dropdown-account-switcher-header-label-global').textContent = 'Another'",
}


@pytest.mark.parametrize("reason", MEANWHILE)
def test_change_between_intent_and_click_stops_the_click(desk: Any, reason: str) -> None:
    def intend(ready: ReadyToClick) -> BootTime:
        desk.listing.page.evaluate(MEANWHILE[reason])
        return desk.intend(ready)

    with pytest.raises(LastCheckFailedError) as stopped:
        desk.submitter.submit(desk.target(), intend)
    assert stopped.value.reason == reason
    assert desk.control.received() == []


def test_veil_over_the_panel_stops_everything(new_desk: NewDesk) -> None:
    desk = new_desk(panel=0.4)
    desk.control.fault(F.CLICK_COVERED, order_id=desk.order(1), times=None)
    assert desk.verdict() == "panel_stuck"
    assert desk.control.received() == []


def test_deadline_that_is_over_stops_the_click(desk: Any) -> None:
    desk.deadline_seconds = -0.001
    with pytest.raises(LastCheckFailedError) as stopped:
        desk.submit()
    assert stopped.value.reason == "deadline_passed"
    assert desk.control.received() == []


def test_deadline_is_kept_by_the_page_itself(desk: Any) -> None:
    """A driver that sleeps after its own check cannot click late: the page compares its own clocks."""
    submitter = desk.submitter
    plain = submitter._wanted

    def sleeping(*arguments: Any) -> dict[str, object]:
        wanted = plain(*arguments)
        desk.listing.page.wait_for_timeout(400)
        return wanted

    submitter._wanted = sleeping
    desk.deadline_seconds = 0.3
    with pytest.raises(LastCheckFailedError) as stopped:
        desk.submit()
    assert stopped.value.reason == "deadline_passed"
    assert desk.control.received() == []


def test_deadline_of_another_start_of_the_machine_is_over(desk: Any) -> None:
    def intend(_ready: ReadyToClick) -> BootTime:
        return replace(BootClock().now().later(60), boot_id="before the reboot")

    with pytest.raises(LastCheckFailedError):
        desk.submitter.submit(desk.target(), intend)
    assert desk.control.received() == []


def test_stop_switch_in_before_click_stops_the_click(desk: Any) -> None:
    class StoppedError(Exception):
        pass

    def intend(_ready: ReadyToClick) -> BootTime:
        raise StoppedError

    with pytest.raises(StoppedError):
        desk.submitter.submit(desk.target(), intend)
    assert desk.control.received() == []
    assert desk.verdict() == "submitted"


def test_intent_is_called_with_everything_verified(desk: Any) -> None:
    def intend(ready: ReadyToClick) -> BootTime:
        assert desk.control.received() == []
        assert ready.row.content_sha256 == desk.target().content_sha256
        assert ready.row.action is ActionState.OFFERED
        assert len(ready.evidence_sha256) == 64
        return desk.intend(ready)

    evidence = desk.submitter.submit(desk.target(), intend)
    assert evidence.after.action is ActionState.ABSENT
    [received] = desk.control.received()
    assert (received["category"], received["reason"]) == ("product-feedback", "203")
    assert "feedback-removal/" in received["user_agent"]
    assert "automation" in received["user_agent"]


# ---- browser, evidence, addresses ------------------------------------------------------------------------------------


def test_tab_lost_right_after_the_click(desk: Any) -> None:
    page = desk.listing.page
    page.on("request", lambda request: page.close() if request.method == "POST" else None)
    assert desk.verdict().startswith("unknown: ")
    give_up = (
        time.monotonic() + 2
    )  # the request may still be on its way, and must not arrive in the next test
    while not desk.control.received() and time.monotonic() < give_up:
        time.sleep(0.05)
    assert len(desk.control.received()) <= 1


def test_profile_in_use_is_said_at_once(browser: BrowserContext, tmp_path: Path) -> None:
    del browser
    profile = tmp_path / "profile"
    address = SiteAddress.of("US", "http://127.0.0.1:9")
    profile.mkdir(mode=0o700)
    with (profile / "feedback-removal.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ProfileInUseError), open_browser(BrowserOptions(profile), address):
            pass


def test_without_evidence_no_click(desk: Any, tmp_path: Path) -> None:
    blocked = EvidenceFolder(tmp_path / "evidence")
    blocked.folder = tmp_path / "a file"
    blocked.folder.write_text("in the way")
    submitter = Submitter(desk.listing, blocked)
    with pytest.raises(EvidenceError):
        submitter.submit(desk.target(), desk.intend)
    assert (desk.intents, desk.control.received()) == ([], [])


def test_evidence_that_fails_after_the_click_is_an_unknown_outcome(desk: Any) -> None:
    def intend(ready: ReadyToClick) -> BootTime:
        [bundle] = desk.submitter.evidence.folder.iterdir()
        (bundle / "after.json").write_text("in the way")
        return desk.intend(ready)

    with pytest.raises(UnknownOutcomeError) as unknown:
        desk.submitter.submit(desk.target(), intend)
    assert unknown.value.observation == "evidence_not_written"
    assert desk.counted() == 1


def test_evidence_holds_no_words_of_the_buyer_and_is_private(desk: Any) -> None:
    evidence = desk.submit()
    [bundle] = desk.submitter.evidence.folder.iterdir()
    assert {path.name for path in bundle.iterdir()} == {
        "before.json",
        "before.jpg",
        "after.json",
        "after.jpg",
    }
    for path in bundle.iterdir():
        assert path.stat().st_mode & 0o077 == 0
    text = "".join(path.read_text("utf-8") for path in bundle.glob("*.json"))
    assert not any(row.comment in text for row in desk.rows)
    assert desk.rows[0].comment not in repr(evidence)
    assert bundle.stat().st_mode & 0o077 == 0


def test_browser_goes_nowhere_else(desk: Any) -> None:
    elsewhere = desk.listing.page.evaluate(
        "async () => { try { location.href = 'http://127.0.0.2:9/'; } catch (e) { return String(e); } return location.host; }"
    )
    assert elsewhere == desk.stand_in.base_url().removeprefix("http://") or elsewhere == ""
    with pytest.raises(ForbiddenAddressError):
        SiteAddress.of("US", "http://sellercentral.amazon.com")
    with pytest.raises(ForbiddenAddressError):
        SiteAddress.of("US", "https://sellercentral.amazon.com.example.org")


def sign_in_as_a_person(desk: Any) -> None:
    """What the human does with `feedback-removal login`."""
    page = desk.listing.page
    page.goto(desk.stand_in.base_url() + "/ap/signin")
    page.fill("#ap_password", "rehearse")
    page.click("#signInSubmit")
    page.fill("#auth-mfa-otpcode", "000000")
    page.click("#auth-signin-button")
    page.wait_for_selector("kat-table-row#feedback-details")


def test_request_of_the_day_is_dated_by_utc(desk: Any) -> None:
    evidence = desk.submit()
    assert timedelta(0) <= datetime.now(UTC) - evidence.clicked_at < timedelta(minutes=1)
