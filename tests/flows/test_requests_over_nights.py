"""What happens to requests over several nights: approval, worksheet, results, revision, withdrawal. No Prefect: the steps themselves."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.ingest_reports import ingest_reports
from flows.ingest_result import IngestOptions
from flows.settings import resolve
from flows.steps.approve import approve
from flows.steps.import_results import import_file
from flows.steps.plan import plan
from flows.steps.publish import publish
from flows.steps.screen import screen
from flows.steps.submit import submit
from flows.steps.track import track
from flows.work import Work, running
from store.batches import read_table

HEADER = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email"
FIRST = date(2026, 11, 20)
LATE = "111-0000001-0000001"
BROKEN = "111-0000002-0000002"
RUDE = "111-0000003-0000003"
MAIL = "aa11bb22@marketplace.amazon.com"

Night = Callable[..., Any]


def row(day: int, comment: str, order_id: str, rating: int = 1) -> str:
    return f"11/{day}/26\t{rating}\t{comment}\t\t{order_id}\t{MAIL}"


REPORT = "\n".join(
    [
        HEADER,
        row(18, "The package arrived two weeks late.", LATE),
        row(17, "Poor quality, the switch broke after a week.", BROKEN),
        row(16, "The seller never answered my messages.", RUDE),
        "",
    ]
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A home with one wholly FBA account."""
    root = tmp_path / "shop"
    (root / "inbox" / "shop" / "US").mkdir(parents=True)
    (root / "feedback-removal.toml").write_text(
        '[accounts.shop]\nmarketplaces = ["US"]\nfulfillment = "all_fba"\n', "utf-8"
    )
    return root


@contextmanager
def night(root: Path, day: int = 0) -> Iterator[Work]:
    with running(resolve(home=root, as_of=FIRST + timedelta(days=day))) as work:
        yield work


def take_in(root: Path, name: str, report: str, day: int = 0) -> None:
    (root / "inbox" / "shop" / "US" / name).write_text(report, "utf-8")
    with night(root, day) as work:
        ingest_reports(
            work.home,
            IngestOptions(worker_count=1),
            as_of=work.settings.as_of,
            run_id=work.settings.run_id,
            seen_at=work.settings.started_at,
        )
        track(work)
        screen(work)
        plan(work)


def requests_by_order(work: Work) -> dict[str, dict[str, Any]]:
    return {row["order_id"]: row for row in work.ledger.requests().to_pylist()}


def hand_out(root: Path, day: int = 0) -> tuple[Path, Path]:
    """Approve everything and write the worksheet; its page and table."""
    with night(root, day) as work:
        approve(work, by="ann")
        submit(work)
        page = Path(work.summary.places["worksheet shop"])
    return page, page.with_suffix(".csv")


def fill_in(table: Path, results: dict[str, str]) -> Path:
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"), newline="")))
    for one in rows:
        one["result"] = results.get(one["order_id"], "")
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    target = table.with_name("filled.csv")
    target.write_text(written.getvalue(), "utf-8-sig")
    return target


def test_a_declared_account_needs_no_order_report(shop: Path) -> None:
    take_in(shop, "one.txt", REPORT)
    candidates = {
        one["order_id"]: one for one in read_table(shop / "tables", "candidate").to_pylist()
    }
    assert candidates[LATE]["ground"] == "fba_fulfillment"
    assert candidates[LATE]["channel_evidence"] == "declared"
    assert candidates[BROKEN]["ground"] == "product_review"
    assert candidates[RUDE]["verdict"] == "respond"
    with night(shop) as work:
        assert {r["state"] for r in requests_by_order(work).values()} == {"planned"}
        assert set(requests_by_order(work)) == {LATE, BROKEN}


def test_a_worksheet_lists_what_was_approved_once(shop: Path) -> None:
    take_in(shop, "one.txt", REPORT)
    page, table = hand_out(shop)
    html = page.read_text("utf-8")
    assert LATE in html
    assert BROKEN in html
    assert RUDE not in html
    with night(shop) as work:
        submit(work)
        assert work.summary.requests["on a worksheet"] == 0
    assert len(list((shop / "worksheets").glob("*.html"))) == 1
    assert table.stat().st_mode & 0o077 == 0
    with night(shop) as work:
        submit(work, again=True)
        assert work.summary.requests["on a worksheet"] == 2
        assert any("throw the old page away" in message for message in work.summary.messages)


def test_results_lead_to_decisions_and_outcomes_and_importing_again_changes_nothing(
    shop: Path,
) -> None:
    take_in(shop, "one.txt", REPORT)
    _, table = hand_out(shop)
    filled = fill_in(table, {LATE: "struck", BROKEN: "submitted"})
    for _ in range(2):
        with night(shop, 1) as work:
            import_file(work, filled, by="ann")
            states = {o: (r["state"], r["decision"]) for o, r in requests_by_order(work).items()}
            events = work.ledger.events().num_rows
            publish(work)
        assert states == {LATE: ("decided", "struck"), BROKEN: ("submitted", None)}
    with night(shop, 1) as work:
        assert work.ledger.events().num_rows == events
        assert work.ledger.verify() == events
    outcome = {
        one["order_id"]: (one["decision"], one["certainty"], one["is_asked"])
        for one in read_table(shop / "published", "outcome").to_pylist()
    }
    assert outcome == {
        LATE: ("struck", "reported", True),
        BROKEN: ("pending", "open", True),
        RUDE: ("not_asked", "open", False),
    }


def test_a_comment_revised_before_approval_is_planned_again(shop: Path) -> None:
    take_in(shop, "one.txt", REPORT)
    with night(shop) as work:
        before = requests_by_order(work)[LATE]["content_sha256"]
        approve(work, by="ann", request_ids=[requests_by_order(work)[LATE]["request_id"]])
    take_in(
        shop,
        "two.txt",
        "\n".join(
            [
                HEADER,
                row(19, "Fine.", "111-0000009-0000009", 3),
                row(18, "The package never arrived.", LATE),
                "",
            ]
        ),
        day=1,
    )
    with night(shop, 1) as work:
        request = requests_by_order(work)[LATE]
    assert request["state"] == "planned"
    assert request["approved_by"] is None
    assert request["content_sha256"] != before


def test_a_comment_revised_while_on_a_worksheet_goes_to_a_person(shop: Path) -> None:
    take_in(shop, "one.txt", REPORT)
    hand_out(shop)
    take_in(
        shop,
        "two.txt",
        "\n".join(
            [
                HEADER,
                row(19, "Fine.", "111-0000009-0000009", 3),
                row(18, "The package never arrived.", LATE),
                "",
            ]
        ),
        day=1,
    )
    with night(shop, 1) as work:
        assert requests_by_order(work)[LATE]["state"] == "needs_human"
        assert requests_by_order(work)[BROKEN]["state"] == "approved"


def test_a_comment_revised_into_one_about_the_seller_is_never_asked(shop: Path) -> None:
    take_in(shop, "one.txt", REPORT)
    take_in(
        shop,
        "two.txt",
        "\n".join(
            [
                HEADER,
                row(19, "Fine.", "111-0000009-0000009", 3),
                row(18, "The seller was rude and lied to me.", LATE),
                "",
            ]
        ),
        day=1,
    )
    with night(shop, 1) as work:
        assert requests_by_order(work)[LATE]["state"] == "cancelled"
        assert requests_by_order(work)[BROKEN]["state"] == "planned"


def test_a_feedback_missing_from_a_newer_report_is_not_seen_since_and_keeps_its_request(
    shop: Path,
) -> None:
    take_in(shop, "one.txt", REPORT)
    take_in(
        shop,
        "two.txt",
        "\n".join(
            [
                HEADER,
                row(19, "Fine.", "111-0000009-0000009", 3),
                row(16, "The seller never answered my messages.", RUDE),
                "",
            ]
        ),
        day=1,
    )
    feedback = {one["order_id"]: one for one in read_table(shop / "tables", "feedback").to_pylist()}
    assert feedback[LATE]["not_seen_since_date"] == date(2026, 11, 19)
    with night(shop, 1) as work:
        assert requests_by_order(work)[LATE]["state"] == "planned"


def test_the_window_closes_a_request_that_nobody_made(shop: Path) -> None:
    take_in(shop, "one.txt", REPORT)
    with night(shop, 95) as work:
        screen(work)
        plan(work)
        assert {r["state"] for r in requests_by_order(work).values()} == {"cancelled"}


def test_caps_leave_the_rest_for_tomorrow_and_say_so(shop: Path) -> None:
    with (shop / "feedback-removal.toml").open("a", encoding="utf-8") as config:
        config.write("[limits]\nrequests_per_account_and_day = 1\n")
    take_in(shop, "one.txt", REPORT)
    with night(shop) as work:
        result = approve(work, by="ann")
        assert len(result.taken) == 2, (
            "a person may approve what the day's cap does not let out yet"
        )
        submit(work)
        assert work.summary.requests["on a worksheet"] == 1
        assert any("cap is used up" in message for message in work.summary.messages)
    assert work.summary.exit_code == 8
