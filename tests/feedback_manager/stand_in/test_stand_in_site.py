"""The stand-in by itself: its list, its decisions, its clock, its faults, its memory."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_manager.stand_in import (
    ControlClient,
    Fault,
    FaultKind,
    FeedbackRow,
    RowState,
    SiteSettings,
    StandIn,
    StoreSettings,
    serve,
)
from feedback_manager.stand_in.decisions import Assumptions
from feedback_manager.stand_in.faults import Moment, moment_of
from feedback_manager.stand_in.feedback_rows import read_rows
from feedback_manager.stand_in.report_rows import rows_of_inbox
from feedback_manager.stand_in.wording import labels
from schemas.vocabularies import FulfillmentChannel

STORE = "Reed & Field/DE"


def row(number: int, **columns: Any) -> FeedbackRow:
    given_columns = {
        "account": "Reed & Field",
        "marketplace": "DE",
        "order_id": f"302-{number:07d}-1234567",
        "feedback_date": datetime.now(UTC).date() - timedelta(days=number % 60),
        "rating": 1,
        "comment": "Kam viel zu spät.",
    }
    return FeedbackRow(**(given_columns | columns))


class Visitor:
    """A browser's requests without a browser."""

    def __init__(self, stand_in: StandIn) -> None:
        self.base = f"http://127.0.0.1:{stand_in.port}"
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        page = self.get("/feedback-manager/index.html")
        self.token = json.loads(page.split('id="boot">')[1].split("</script>")[0])["token"]

    def get(self, path: str) -> str:
        with self._opener.open(self.base + path, timeout=10) as answer:
            return str(answer.read().decode())

    def rows(self, page: int = 1) -> dict[str, Any]:
        return dict(json.loads(self.get(f"/stand-in/rows?page={page}")))

    def ask(self, order_id: str, reason: str = "402", token: str | None = None) -> int:
        request = urllib.request.Request(  # noqa: S310 - loopback
            self.base + "/stand-in/removal",
            data=json.dumps({"orderId": order_id, "category": "c", "reason": reason}).encode(),
            headers={"x-stand-in-token": token or self.token},
        )
        try:
            with self._opener.open(request, timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return int(error.code)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with serve([]) as running:
        yield running


def test_twenty_rows_a_page_newest_first(stand_in: StandIn) -> None:
    stand_in.control.reset([row(n) for n in range(1, 46)])
    visitor = Visitor(stand_in)
    pages = [visitor.rows(number) for number in (1, 2, 3)]
    assert [len(page["rows"]) for page in pages] == [20, 20, 5]
    assert {page["pages"] for page in pages} == {3}
    assert len({shown["orderId"] for page in pages for shown in page["rows"]}) == 45
    assert pages[0]["rows"][0]["orderId"] == row(1).order_id


def test_second_request_is_counted_and_refused(stand_in: StandIn) -> None:
    stand_in.control.reset([row(1)])
    visitor = Visitor(stand_in)
    assert [visitor.ask(row(1).order_id) for _ in range(2)] == [200, 409]
    assert stand_in.control.counts() == {row(1).order_id: 2}
    stand_in.control.reset([row(1)], [StoreSettings("Reed & Field", "DE", second_submit="silent")])
    visitor = Visitor(stand_in)
    assert [visitor.ask(row(1).order_id) for _ in range(2)] == [200, 200]


def test_request_without_the_page_s_token_is_not_taken(stand_in: StandIn) -> None:
    stand_in.control.reset([row(1)])
    assert Visitor(stand_in).ask(row(1).order_id, token="stale") == 401  # noqa: S106 - no secret
    assert stand_in.control.counts() == {}


def test_decision_comes_with_the_clock_and_not_before(stand_in: StandIn) -> None:
    always = {"402": {"struck": 1.0}}
    stand_in.control.reset([row(1)], decisions=always)
    visitor = Visitor(stand_in)
    visitor.ask(row(1).order_id)
    assert stand_in.control.row(STORE, row(1).order_id).state is RowState.REVIEW
    [shown] = visitor.rows()["rows"]
    assert (shown["struck"], shown["offered"]) == (False, False)
    stand_in.control.move_clock(days=4)
    assert stand_in.control.row(STORE, row(1).order_id).state is RowState.STRUCK
    [shown] = Visitor(stand_in).rows()["rows"]
    assert shown["struck"]
    assert shown["note"] == labels("en")["note_fba"]


def test_removed_and_taken_back_rows_leave_the_list(stand_in: StandIn) -> None:
    stand_in.control.reset([row(1), row(2)], decisions={"102": {"removed": 1.0}})
    visitor = Visitor(stand_in)
    visitor.ask(row(1).order_id, "102")
    stand_in.control.change_row(STORE, row(2).order_id, state="gone")
    stand_in.control.move_clock(days=10)
    assert Visitor(stand_in).rows()["rows"] == []


def test_review_denial_and_old_age_look_alike(stand_in: StandIn) -> None:
    today = datetime.now(UTC).date()
    rows = [row(1), row(2), row(3, feedback_date=today - timedelta(days=91))]
    stand_in.control.reset(rows, decisions={"402": {"denied": 1.0}, "102": {"pending": 1.0}})
    visitor = Visitor(stand_in)
    visitor.ask(rows[0].order_id, "102")
    visitor.ask(rows[1].order_id, "402")
    stand_in.control.move_clock(days=5)
    shown = Visitor(stand_in).rows()["rows"]
    assert [(s["struck"], s["note"], s["offered"]) for s in shown] == [(False, None, False)] * 3


def test_the_ninetieth_day_still_offers_the_action(stand_in: StandIn) -> None:
    today = datetime.now(UTC).date()
    stand_in.control.reset([row(1, feedback_date=today - timedelta(days=90))])
    assert Visitor(stand_in).rows()["rows"][0]["offered"]


def test_unasked_strikes_and_deletions_follow_their_shares(stand_in: StandIn) -> None:
    fba = [row(n, fulfillment_channel=FulfillmentChannel.AFN) for n in range(1, 301)]
    stand_in.control.reset(fba, unasked_strike_share=0.5, buyer_deletes_share=0.2)
    stand_in.control.move_clock(days=80)
    rows = [FeedbackRow.from_record(r) for r in stand_in.control._call("GET", "/rows")["rows"]]
    states = Counter(r.state for r in rows)
    assert 0.3 < states[RowState.STRUCK] / 300 < 0.6
    assert 0.1 < states[RowState.GONE] / 300 < 0.3
    assert stand_in.control.received() == []


def test_delivery_request_for_a_parcel_of_the_seller_is_denied() -> None:
    own = row(1, fulfillment_channel=FulfillmentChannel.MFN)
    assumptions = Assumptions({"402": {"removed": 1.0}})
    assert assumptions.draw(own, "402", seed=1).state is RowState.DENIED
    assert assumptions.draw(row(1), "402", seed=1).state is RowState.REMOVED


def test_draws_follow_their_shares_and_repeat() -> None:
    assumptions = Assumptions()
    drawn = [assumptions.draw(row(n), "203", seed=3).state for n in range(2000)]
    assert drawn == [assumptions.draw(row(n), "203", seed=3).state for n in range(2000)]
    shares = Counter(drawn)
    assert abs(shares[RowState.REMOVED] / 2000 - assumptions.of("203").removed) < 0.05
    assert abs(shares[None] / 2000 - assumptions.of("203").pending) < 0.03


def test_assumptions_are_printed_and_must_add_up() -> None:
    assert "assumptions" in Assumptions().describe()
    assert "65%" in Assumptions().describe()
    with pytest.raises(ValueError, match="not 1"):
        Assumptions({"203": {"removed": 0.5}})


@given(
    after=st.integers(0, 5),
    times=st.one_of(st.none(), st.integers(0, 5)),
    occasions=st.integers(0, 20),
)
def test_fault_strikes_after_and_times(after: int, times: int | None, occasions: int) -> None:
    fault = Fault(FaultKind.OUTAGE, after=after, times=times)
    struck = [fault.occasion(None) for _ in range(occasions)]
    possible = max(0, occasions - after)
    assert sum(struck) == (possible if times is None else min(times, possible))
    assert not any(struck[:after])


def test_fault_by_order_and_by_probability() -> None:
    by_order = Fault(FaultKind.REJECTED, order_id="a", times=None)
    assert [by_order.occasion(o) for o in ("b", "a", None)] == [False, True, False]
    draws = [Fault(FaultKind.OUTAGE, probability=0.3, seed=5, times=None) for _ in range(2)]
    struck = [[fault.occasion(None) for _ in range(500)] for fault in draws]
    assert struck[0] == struck[1]
    assert 0.2 < sum(struck[0]) / 500 < 0.4


def test_every_fault_has_its_moment() -> None:
    moments = {kind: moment_of(kind) for kind in FaultKind}
    assert moments[FaultKind.SIGN_IN] is Moment.VISIT
    assert moments[FaultKind.NEW_TAB] is Moment.VISIT
    assert moments[FaultKind.ROWS_NEVER] is Moment.LIST
    assert moments[FaultKind.WRONG_PANEL] is Moment.ROW
    assert moments[FaultKind.SHOWN_LATE] is Moment.SUBMIT
    assert set(moments.values()) == set(Moment)


def test_all_languages_have_all_words() -> None:
    english = labels("en")
    for locale in ("de", "ja", "zh"):
        words = labels(locale)
        assert set(words) == set(english)
        assert all(type(words[name]) is type(english[name]) for name in english)


def test_pages_say_that_they_are_a_stand_in(stand_in: StandIn) -> None:
    for locale in ("en", "de", "ja", "zh"):
        stand_in.control.reset([row(1)], [StoreSettings("Reed & Field", "DE", locale=locale)])
        visitor = Visitor(stand_in)
        for path in (
            "/feedback-manager/index.html",
            "/feedback-manager",
            "/ap/signin",
            "/ap/mfa",
            "/ap/mfa/new-otp",
            "/ap/cvf",
            "/account-switcher/default/merchantMarketplace",
            "/orders-v3/order/1",
            "/cu/case-lobby",
        ):
            assert labels(locale)["stand_in"] in visitor.get(path), path


def test_case_log_tells_what_was_decided(stand_in: StandIn) -> None:
    stand_in.control.reset([row(1)], decisions={"402": {"denied": 1.0}})
    visitor = Visitor(stand_in)
    assert "No cases" in visitor.get("/cu/case-lobby")
    visitor.ask(row(1).order_id)
    stand_in.control.move_clock(days=5)
    lobby = visitor.get("/cu/case-lobby")
    assert "Answered" in lobby
    case = lobby.split("caseID=")[1].split('"')[0]
    assert "does not meet the criteria" in visitor.get(
        f"/cu/case-dashboard/view-case?caseID={case}"
    )


def test_several_stores_have_a_host_each(stand_in: StandIn) -> None:
    rows = [row(1), row(1, marketplace="US"), row(1, account="Other")]
    stand_in.control.reset(rows)
    addresses = {stand_in.base_url(r.account, r.marketplace) for r in rows}
    assert len(addresses) == 3
    front = urllib.request.urlopen(f"http://127.0.0.1:{stand_in.port}/", timeout=10)
    with front:
        text = front.read().decode()
    assert all(address.removeprefix("http://") in text for address in addresses)
    host = stand_in.base_url("Other", "DE").removeprefix("http://")
    request = urllib.request.Request(
        f"http://127.0.0.1:{stand_in.port}/feedback-manager/index.html", headers={"host": host}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
        page = answer.read().decode()
    assert "Other" in page
    assert "Germany" in page


def test_control_port_refuses_what_it_does_not_know(stand_in: StandIn) -> None:
    for order in (
        lambda: stand_in.control.change_row(STORE, "no such order", rating=1),
        lambda: stand_in.control._call("POST", "/faults", {"kind": "no such fault"}),
        lambda: stand_in.control.move_clock(days=-1),
    ):
        with pytest.raises(urllib.error.HTTPError, match="400") as refused:
            order()
        refused.value.close()


def test_control_port_is_not_served_to_the_browser(stand_in: StandIn) -> None:
    for path in ("/oracle", "/faults", "/rows", "/clock"):
        with pytest.raises(urllib.error.HTTPError, match="404") as refused:
            urllib.request.urlopen(f"http://127.0.0.1:{stand_in.port}{path}", timeout=10)
        refused.value.close()


SERVER = """
import sys, time
from datetime import date
from pathlib import Path
from feedback_manager.stand_in import FeedbackRow, serve
rows = [FeedbackRow("Reed", "DE", f"302-{n:07d}-1234567", date.today(), 1, "Zu spät.") for n in range(3)]
with serve(rows, state=Path(sys.argv[1])) as stand_in:
    print(stand_in.port, stand_in.control.url, flush=True)
    time.sleep(600)
"""


def _started(state: Path) -> tuple[subprocess.Popen[str], StandIn]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(state)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    port, control = process.stdout.readline().split()
    return process, StandIn(int(port), ControlClient(control), "")


def test_killed_stand_in_goes_on_where_it_was(tmp_path: Path) -> None:
    process, first = _started(tmp_path / "state.sqlite")
    order_id = "302-0000001-1234567"
    try:
        Visitor(first).ask(order_id)
        first.control.fault(FaultKind.OUTAGE, times=None)
        first.control.move_clock(hours=5)
        before = (first.control.received(), first.control.row("Reed/DE", order_id))
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    process, second = _started(tmp_path / "state.sqlite")
    try:
        assert (second.control.received(), second.control.row("Reed/DE", order_id)) == before
        assert [f["kind"] for f in second.control.faults()] == ["outage"]
        assert second.control.now() - datetime.now(UTC) > timedelta(hours=4, minutes=59)
    finally:
        process.kill()
        process.communicate()


@given(
    comment=st.one_of(st.none(), st.text()),
    rating=st.integers(1, 5),
    day=st.dates(date(2015, 1, 1), date(2027, 1, 1)),
    state=st.sampled_from(RowState),
)
def test_row_survives_the_disk(
    comment: str | None, rating: int, day: date, state: RowState
) -> None:
    kept = row(1, comment=comment, rating=rating, feedback_date=day, state=state)
    assert FeedbackRow.from_json(kept.to_json()) == kept


def test_rows_from_a_file_and_complaints_that_name_it(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text("[" + row(1).to_json() + "]", "utf-8")
    assert read_rows(path) == [row(1)]
    for text, complaint in (
        ("{", "line 1"),
        ("{}", "a list"),
        ('[{"rating": 1}]', "lacks account"),
    ):
        path.write_text(text, "utf-8")
        with pytest.raises(ValueError, match=complaint):
            read_rows(path)


def test_rows_from_the_same_reports_that_the_pipeline_reads(tmp_path: Path) -> None:
    folder = tmp_path / "Reed" / "DE"
    folder.mkdir(parents=True)
    (folder / "feedback.txt").write_text(
        "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
        "13.11.26\t1\tKam nie an.\t\t302-0000001-1234567\tx@marketplace.amazon.de\n"
        "14.11.26\t2\tAkku defekt.\t\t302-0000002-1234567\tx@marketplace.amazon.de\n",
        "utf-8",
    )
    (folder / "notes.txt").write_bytes(b"%PDF-1.4")
    rows = rows_of_inbox(tmp_path, as_of=date(2026, 11, 20))
    assert {(r.order_id, r.rating, r.comment) for r in rows} == {
        ("302-0000001-1234567", 1, "Kam nie an."),
        ("302-0000002-1234567", 2, "Akku defekt."),
    }


def test_stopping_takes_little_time() -> None:
    with serve([row(1)], settings=SiteSettings()) as running:
        assert Visitor(running).rows()["rows"]
        start = time.monotonic()
    assert time.monotonic() - start < 5
