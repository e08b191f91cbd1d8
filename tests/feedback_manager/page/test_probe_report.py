"""The probe reads a page without a click and tells how it differs from the contract."""

from collections.abc import Callable
from typing import Any

import pytest

from feedback_manager.page import compare
from feedback_manager.stand_in import FaultKind as F

NewDesk = Callable[..., Any]


def test_page_as_described(desk: Any) -> None:
    report = compare(desk.listing)
    assert report.is_as_described, report.text()
    assert "the page is as the contract describes it" in report.text()
    assert "labels_de" in report.text()  # what nobody has seen is said


def test_report_holds_no_words_of_buyers_and_no_order_ids(desk: Any) -> None:
    text = compare(desk.listing).text()
    assert not any(row.comment in text or row.order_id in text for row in desk.rows)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (F.RENAMED_ROWS, "list.row"),
        (F.RENAMED_ACTION, "ask_review"),
        (F.REDESIGN, "page: unknown"),
        (F.SHELL, "page: empty_shell"),
        (F.SIGN_IN, "page: sign_in"),
        (F.SWITCHER, "page: account_switcher"),
        (F.OTP_CHOICE, "page: otp_choice"),
    ],
)
def test_differences_are_named(new_desk: NewDesk, fault: F, told: str) -> None:
    desk = new_desk(landing=0.5)
    desk.control.fault(fault, times=None)
    report = compare(desk.listing)
    assert not report.is_as_described
    assert told in report.text()


def test_older_generation_is_named(new_desk: NewDesk) -> None:
    report = compare(new_desk(generation="A").listing)
    assert report.contract == "a-2017"
    assert not report.is_as_described


def test_probe_clicks_nothing(desk: Any) -> None:
    desk.listing.page.add_init_script(
        "addEventListener('click', () => { window.pressed = true; }, true);"
    )
    compare(desk.listing)
    assert desk.listing.page.evaluate("window.pressed") is None
