"""Saved decision e-mails over several nights: taken in like reports, once, and never against what is known."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.config import ConfigError
from flows.doctor import Check, examine
from flows.ingest_reports import ingest_reports
from flows.ingest_result import IngestOptions
from flows.reprocess import reprocess
from flows.settings import resolve
from flows.steps.approve import approve
from flows.steps.ingest import ingest
from flows.steps.plan import plan
from flows.steps.publish import publish
from flows.steps.screen import screen
from flows.steps.submit import submit
from flows.steps.track import track
from flows.work import Work, running
from schemas.submission import BootTime, Caps, Intent
from schemas.tables import TABLES
from schemas.vocabularies import Certainty, Decision, RequestState, SubmissionChannel
from store.batches import read_table

FIRST = date(2026, 11, 20)
LATE = "111-0000001-0000001"
BROKEN = "111-0000002-0000002"
RUDE = "111-0000003-0000003"
REPORT = "\n".join(
    [
        "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email",
        f"11/18/26\t1\tThe package arrived two weeks late.\t\t{LATE}\taa@marketplace.amazon.com",
        f"11/17/26\t1\tPoor quality, the switch broke after a week.\t\t{BROKEN}\tbb@marketplace.amazon.com",
        f"11/16/26\t1\tThe seller never answered my messages.\t\t{RUDE}\tcc@marketplace.amazon.com",
        "",
    ]
)
REMOVED = "We have removed the feedback."
DENIED = "We are unable to remove this feedback."
BUYER = "Yolanda Featherstone"


def mail(order_id: str, body: str, *, number: int = 1, day: int = 21, extra: str = "") -> str:
    return (
        f"{extra}From: Amazon <answers@amazon.com>\r\nSubject: Feedback for order {order_id}\r\n"
        f"Date: Sat, {day} Nov 2026 09:00:00 +0000\r\nMessage-ID: <{number}@amazon.com>\r\n\r\n"
        f"Dear {BUYER},\r\n{body}\r\n"
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A home whose two requests were handed out and asked on the first day."""
    root = tmp_path / "shop"
    for code in ("US", "CA"):
        (root / "inbox" / "shop" / code).mkdir(parents=True)
    (root / "feedback-removal.toml").write_text(
        '[accounts.shop]\nmarketplaces = ["US", "CA"]\nfulfillment = "all_fba"\n', "utf-8"
    )
    drop(root, "report.txt", REPORT)
    with running(resolve(home=root, as_of=FIRST)) as work:
        take_in(work)
        screen(work)
        plan(work)
        approve(work, by="ann")
        submit(work)
        for row in work.ledger.requests().to_pylist():
            step = work.step("ann").because("asked", evidence_sha256="e" * 64)
            work.ledger.report_submitted(row["request_id"], step)
    return root


def drop(root: Path, name: str, content: str, code: str = "US") -> None:
    (root / "inbox" / "shop" / code / name).write_text(content, "utf-8", newline="")


def take_in(work: Work) -> None:
    ingest_reports(
        work.home,
        IngestOptions(worker_count=1),
        as_of=work.settings.as_of,
        run_id=work.settings.run_id,
        seen_at=work.settings.started_at,
    )


def tonight(root: Path, day: int = 3) -> Work:
    """One night; the work as it was when it ended."""
    with running(resolve(home=root, as_of=FIRST + timedelta(days=day))) as work:
        take_in(work)
        track(work)
        publish(work)
    return work


def requests(work: Work) -> dict[str, dict[str, Any]]:
    return {row["order_id"]: row for row in work.ledger.requests().to_pylist()}


def outcome(root: Path, order_id: str) -> dict[str, Any]:
    rows = read_table(root / "published", "outcome").to_pylist()
    (found,) = (row for row in rows if row["order_id"] == order_id)
    return found


def test_an_email_decides_a_request_that_waits(shop: Path) -> None:
    drop(shop, "Re_ your request.eml", mail(LATE, REMOVED, number=1))
    drop(shop, "no ending", mail(BROKEN, DENIED, number=2), "CA")  # another marketplace's folder
    work = tonight(shop)
    assert (outcome(shop, LATE)["decision"], outcome(shop, LATE)["certainty"]) == (
        "removed",
        "confirmed",
    )
    assert outcome(shop, LATE)["reason"] == "email_says_it"
    assert outcome(shop, BROKEN)["decision"] == "denied"
    assert requests(work)[BROKEN]["state"] == RequestState.DECIDED
    files = [
        f
        for f in read_table(shop / "tables", "report_file").to_pylist()
        if f["kind"] == "decision_email"
    ]
    assert [(f["rows_in"], f["rows_accepted"], f["status"]) for f in files] == [
        (1, 1, "accepted")
    ] * 2
    assert not list((shop / "inbox").rglob("*.eml"))
    assert len(list((shop / "raw").rglob("*.eml"))) == 1


def test_the_same_email_counts_once_however_often_it_is_saved(shop: Path) -> None:
    drop(shop, "one.eml", mail(LATE, REMOVED))
    tonight(shop)
    before = read_table(shop / "published", "sighting").to_pylist()
    drop(shop, "again.eml", mail(LATE, REMOVED))
    drop(shop, "from another program.eml", mail(LATE, REMOVED, extra="X-Saved: 2\r\n"))
    work = tonight(shop, day=4)
    assert read_table(shop / "published", "sighting").to_pylist() == before
    assert read_table(shop / "tables", "decision_email").num_rows == 1
    assert not work.summary.requests.get("e-mails recorded")
    assert not list((shop / "inbox").rglob("*.eml"))


def test_unknown_words_wait_for_a_person_until_the_seller_adds_them(shop: Path) -> None:
    drop(shop, "odd.eml", mail(LATE, "Your feedback request: outcome seven."))
    work = tonight(shop)
    assert (outcome(shop, LATE)["decision"], outcome(shop, LATE)["reason"]) == (
        "pending",
        "unrecognised_answer",
    )
    assert any(
        LATE in message and "decision-mails.toml" in message for message in work.summary.messages
    )
    assert work.summary.exit_code == 3
    assert requests(work)[LATE]["state"] == RequestState.SUBMITTED
    assert any(LATE in message for message in tonight(shop, day=4).summary.messages)

    (shop / "decision-mails.toml").write_text(
        '[[pattern]]\nsays = "denied"\nlanguage = "en"\nfragments = ["outcome seven"]\n', "utf-8"
    )
    with running(resolve(home=shop, as_of=FIRST + timedelta(days=5))) as work:
        reprocess(
            work.home,
            IngestOptions(worker_count=1),
            as_of=work.settings.as_of,
            run_id=work.settings.run_id,
            seen_at=work.settings.started_at,
        )
    work = tonight(shop, day=5)
    assert outcome(shop, LATE)["decision"] == "denied"
    assert not any(LATE in message for message in work.summary.messages)
    seen = [row["seen"] for row in read_table(shop / "published", "sighting").to_pylist()]
    assert sorted(seen) == [
        "denied",
        "present",
        "present",
        "unrecognised",
    ]  # nothing is overwritten


def test_a_request_that_was_settled_otherwise_is_not_named_again(shop: Path) -> None:
    drop(shop, "odd.eml", mail(LATE, "Your feedback request: outcome seven."))
    tonight(shop)
    with running(resolve(home=shop, as_of=FIRST + timedelta(days=4))) as work:
        step = work.step("ann").because("read", evidence_sha256="e" * 64)
        key = requests(work)[LATE]["request_id"]
        work.ledger.decide(key, Decision.DENIED, Certainty.REPORTED, step)
    assert not any(LATE in message for message in tonight(shop, day=5).summary.messages)


def test_two_emails_that_differ_are_a_conflict_and_the_ledger_keeps_the_first(shop: Path) -> None:
    drop(shop, "one.eml", mail(LATE, DENIED, number=1, day=21))
    drop(shop, "two.eml", mail(LATE, REMOVED, number=2, day=22))
    work = tonight(shop)
    assert requests(work)[LATE]["decision"] == "denied"
    assert outcome(shop, LATE)["decision"] == "conflict"


def test_amazon_asking_back_is_shown_and_stays_pending(shop: Path) -> None:
    drop(shop, "one.eml", mail(LATE, "About this feedback we need more information."))
    work = tonight(shop)
    assert outcome(shop, LATE)["reason"] == "more_information_wanted"
    assert any("in the case" in message for message in work.summary.messages)


def test_an_email_about_feedback_nobody_asked_about_stops_a_first_request(shop: Path) -> None:
    drop(shop, "one.eml", mail(RUDE, DENIED))
    tonight(shop)
    found = outcome(shop, RUDE)
    assert (found["is_asked"], found["decision"]) == (True, "denied")


@pytest.mark.parametrize("state", ["planned", "approved", "on a worksheet", "in doubt"])
def test_an_answer_ends_every_way_to_ask_again(tmp_path: Path, state: str) -> None:
    root = tmp_path / "shop"
    (root / "inbox" / "shop" / "US").mkdir(parents=True)
    (root / "feedback-removal.toml").write_text(
        '[accounts.shop]\nmarketplaces = ["US"]\nfulfillment = "all_fba"\n', "utf-8"
    )
    drop(root, "report.txt", REPORT)
    with running(resolve(home=root, as_of=FIRST)) as work:
        take_in(work)
        screen(work)
        plan(work)
        key = requests(work)[LATE]["request_id"]
        if state != "planned":
            approve(work, by="ann", request_ids=[key])
        if state == "on a worksheet":
            submit(work)
        if state == "in doubt":
            click_without_proof(work, key)
    drop(root, "one.eml", mail(LATE, DENIED))
    work = tonight(root)
    row = requests(work)[LATE]
    ended = RequestState.CANCELLED if state == "planned" else RequestState.DECIDED
    assert row["state"] == ended
    assert outcome(root, LATE)["decision"] == "denied"
    with running(resolve(home=root, as_of=FIRST + timedelta(days=4))) as work:
        screen(work)
        plan(work)
        approve(work, by="ann")
        assert LATE not in {r.order_id for r in work.ledger.ready_requests("shop", work.step("x"))}
        assert requests(work)[LATE]["state"] == ended
    work.ledger.verify()


def click_without_proof(work: Work, key: str) -> None:
    """A click of which nobody knows whether it arrived."""
    now = BootTime("boot", 1000.0)
    row = {row["request_id"]: row for row in work.ledger.requests().to_pylist()}[key]
    owner = work.ledger.take_ownership(work.step("x"), holder="test", boot=now)
    intent = Intent(
        owner.fence, now, now.later(60), row["content_sha256"], SubmissionChannel.BROWSER
    )
    work.ledger.begin_submission(key, intent, work.step("x"), caps=Caps())
    work.ledger.mark_unknown(key, work.step("x"), fence=owner.fence, boot=now)
    work.ledger.release_ownership()


def test_an_email_that_comes_before_its_report_is_kept(shop: Path) -> None:
    later = "111-0000009-0000009"
    drop(shop, "early.eml", mail(later, REMOVED))
    work = tonight(shop)
    assert any(later in message for message in work.summary.messages)
    drop(shop, "two.txt", REPORT.replace(RUDE, later))
    tonight(shop, day=4)
    assert outcome(shop, later)["decision"] == "removed"


def test_what_cannot_be_placed_is_refused_with_its_reason(shop: Path) -> None:
    drop(shop, "none.eml", mail("unknown", REMOVED))
    tonight(shop)
    (sidecar,) = (shop / "quarantine" / "files").rglob("*.refusal.json")
    assert "mail_without_order" in sidecar.read_text("utf-8")
    (file,) = (
        f
        for f in read_table(shop / "tables", "report_file").to_pylist()
        if f["status"] == "refused"
    )
    assert (file["kind"], file["rows_in"]) == ("decision_email", 0)


def test_a_wrong_file_of_wordings_is_a_matter_of_configuration(shop: Path) -> None:
    (shop / "decision-mails.toml").write_text("[[pattern]]\nsays = 1\n", "utf-8")
    drop(shop, "one.eml", mail(LATE, REMOVED))
    with (
        running(resolve(home=shop, as_of=FIRST)) as work,
        pytest.raises(ConfigError, match=r"decision-mails\.toml, pattern 1"),
    ):
        ingest(work)


def test_no_word_of_an_email_leaves_the_folder_of_raw_files(shop: Path) -> None:
    drop(shop, "one.eml", mail(LATE, REMOVED))
    drop(shop, "two.eml", mail(BROKEN, "Feedback, outcome seven.", number=2))
    tonight(shop)
    for place in ("published", "tables"):
        for name in TABLES:
            assert BUYER not in str(read_table(shop / place, name).to_pylist()), name
    for path in [*(shop / "ledger").rglob("*"), *(shop / "logs").rglob("*")]:
        assert path.is_dir() or BUYER.encode() not in path.read_bytes(), path


def test_doctor_names_a_wrong_file_of_wordings(shop: Path) -> None:
    def wordings() -> Check:
        (found,) = (check for check in examine(home=shop, config=None) if check.name == "wordings")
        return found

    assert wordings().is_good
    (shop / "decision-mails.toml").write_text("topics = 3\n", "utf-8")
    assert not wordings().is_good
    assert "decision-mails.toml" in wordings().found
