"""A denied request from its draft to the answer of its one re-opening: real files, real ledger, a person's commands."""

import stat
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from flows.command_line.app import app
from flows.config import ConfigError
from flows.ingest_reports import ingest_reports
from flows.ingest_result import IngestOptions
from flows.settings import resolve
from flows.steps.appeals import (
    check_appeal,
    draft_appeal,
    list_appeals,
    note_answer,
    note_sent,
    withdraw_appeal,
)
from flows.steps.approve import approve, approve_automatically
from flows.steps.plan import plan
from flows.steps.publish import publish
from flows.steps.screen import screen
from flows.steps.submit import submit
from flows.steps.track import track
from flows.work import Work, running
from schemas.vocabularies import AppealState, Certainty, Decision
from store.batches import read_table

FIRST = date(2026, 11, 20)
LATE = "111-0000001-0000001"
BROKEN = "111-0000002-0000002"
HEADER = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email"
WORDS = "Poor quality, the switch broke after a week."


def report(broken: str = WORDS) -> str:
    return "\n".join(
        [
            HEADER,
            f"11/18/26\t1\tThe package arrived two weeks late.\t\t{LATE}\taa@marketplace.amazon.com",
            f"11/17/26\t1\t{broken}\t\t{BROKEN}\tbb@marketplace.amazon.com",
            "",
        ]
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A home in which the request for BROKEN was denied and the one for LATE waits."""
    root = tmp_path / "shop"
    (root / "inbox" / "shop" / "US").mkdir(parents=True)
    (root / "feedback-removal.toml").write_text(
        '[accounts.shop]\nmarketplaces = ["US"]\nfulfillment = "all_fba"\n[approval]\nmode = "auto"\n',
        "utf-8",
    )
    night(root, report())
    with running(resolve(home=root, as_of=FIRST)) as work:
        approve(work, by="ann")
        submit(work)
        for row in work.ledger.requests().to_pylist():
            step = work.step("ann").because("asked", evidence_sha256="e" * 64)
            work.ledger.report_submitted(row["request_id"], step)
            if row["order_id"] == BROKEN:
                work.ledger.decide(row["request_id"], Decision.DENIED, Certainty.REPORTED, step)
    return root


def night(root: Path, text: str | None = None, day: int = 0) -> Work:
    if text is not None:
        (root / "inbox" / "shop" / "US" / f"{day}.txt").write_text(text, "utf-8")
    with running(resolve(home=root, as_of=FIRST + timedelta(days=day))) as work:
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
        approve_automatically(work)
        submit(work)
        publish(work)
    return work


def only(root: Path) -> dict[str, Any]:
    """The one row of the published table."""
    (row,) = read_table(root / "published", "appeal").to_pylist()
    return row


def test_from_denial_to_the_second_answer(shop: Path) -> None:
    told = night(shop, day=1).summary.messages
    assert (only(shop)["order_id"], only(shop)["appeal_state"]) == (BROKEN, AppealState.OPEN)
    assert any("that may be re-opened: 1, the first until 2027-02-14" in line for line in told)

    with running(resolve(home=shop, as_of=FIRST + timedelta(days=1))) as work:
        path = draft_appeal(work, BROKEN, by="ann")
    text = path.read_text("utf-8")
    assert BROKEN in text
    assert "broke" in text
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0

    # Nights with automatic approval and a channel leave the draft where it is.
    told = night(shop, day=2).summary.messages
    assert any("nobody has sent: 1" in line for line in told)
    sheets = sorted((shop / "worksheets").glob("*.csv"))
    assert only(shop)["appeal_state"] == AppealState.DRAFTED
    assert sum(BROKEN in sheet.read_text("utf-8-sig") for sheet in sheets) == 1

    with running(resolve(home=shop, as_of=FIRST + timedelta(days=2))) as work:
        note_sent(work, BROKEN, by="ann")
        note_sent(work, BROKEN, by="ann")  # said twice, done once
    assert not any("re-open" in line for line in night(shop, day=3).summary.messages)
    assert (only(shop)["appeal_state"], only(shop)["sent_by"]) == ("sent_by_person", "ann")

    with running(resolve(home=shop, as_of=FIRST + timedelta(days=4))) as work:
        note_answer(work, BROKEN, Decision.STRUCK, by="ann")
    night(shop, day=4)
    assert only(shop)["appeal_state"] == AppealState.GRANTED
    rounds = {
        row["round"]: row["decision"]
        for row in read_table(shop / "published", "outcome").to_pylist()
        if row["order_id"] == BROKEN
    }
    assert rounds == {1: "denied", 2: "struck"}


def test_a_mail_answers_the_round_that_was_running(shop: Path) -> None:
    with running(resolve(home=shop, as_of=FIRST)) as work:
        draft_appeal(work, BROKEN, by="ann")
        note_sent(work, BROKEN, by="ann")
        sent_at = work.settings.started_at
    mail = (
        f"From: a@amazon.com\r\nSubject: Feedback {BROKEN}\r\nMessage-ID: <9@amazon.com>\r\n"
        f"Date: {sent_at + timedelta(hours=5):%a, %d %b %Y %H:%M:%S} +0000\r\n\r\nWe have removed the feedback.\r\n"
    )
    (shop / "inbox" / "shop" / "US" / "answer.eml").write_text(mail, "utf-8", newline="")
    night(shop, day=(sent_at.date() - FIRST).days + 2)
    assert only(shop)["appeal_state"] == AppealState.GRANTED


def test_a_draft_that_proposes_another_channel_is_not_noted_as_sent(shop: Path) -> None:
    with running(resolve(home=shop, as_of=FIRST)) as work:
        path = draft_appeal(work, BROKEN, by="ann")
        assert check_appeal(work, BROKEN) == ()
        path.write_text(path.read_text("utf-8") + "\nOr call me by phone.\n", "utf-8")
        assert check_appeal(work, BROKEN) != ()
        with pytest.raises(ConfigError, match="other_channel: by phone"):
            note_sent(work, BROKEN, by="ann")
        (row,) = list_appeals(work).to_pylist()
    assert row["appeal_state"] == AppealState.DRAFTED


def test_a_persons_words_in_a_draft_are_kept(shop: Path) -> None:
    with running(resolve(home=shop, as_of=FIRST)) as work:
        path = draft_appeal(work, BROKEN, by="ann")
        mine = path.read_text("utf-8").replace("Hello,", "Good morning,")
        path.write_text(mine, "utf-8")
        draft_appeal(work, BROKEN, by="ann")
        assert path.read_text("utf-8") == mine
        draft_appeal(work, BROKEN, by="ann", language="de")
        assert "Guten Tag" in path.read_text("utf-8")
        assert path.with_suffix(".earlier.txt").read_text("utf-8") == mine


def test_a_revised_feedback_is_drafted_anew_before_it_is_sent(shop: Path) -> None:
    with running(resolve(home=shop, as_of=FIRST)) as work:
        path = draft_appeal(work, BROKEN, by="ann")
    night(shop, report("Poor quality, the lid broke after a month."), day=3)
    with running(resolve(home=shop, as_of=FIRST + timedelta(days=3))) as work:
        with pytest.raises(ConfigError, match="draft it again"):
            note_sent(work, BROKEN, by="ann")
        draft_appeal(work, BROKEN, by="ann")
        assert "the buyer has changed" in path.read_text("utf-8").lower()
        note_sent(work, BROKEN, by="ann")


def test_what_the_rules_no_longer_stand_for_is_withdrawn_and_never_drafted(shop: Path) -> None:
    with running(resolve(home=shop, as_of=FIRST)) as work:
        draft_appeal(work, BROKEN, by="ann")
    night(shop, report("The seller never answered my messages."), day=3)
    assert only(shop)["appeal_state"] == AppealState.WITHDRAWN
    with (
        running(resolve(home=shop, as_of=FIRST + timedelta(days=3))) as work,
        pytest.raises(ConfigError, match="given up"),
    ):
        draft_appeal(work, BROKEN, by="ann")


def test_only_what_was_denied_is_reopened(shop: Path) -> None:
    with running(resolve(home=shop, as_of=FIRST)) as work:
        with pytest.raises(ConfigError, match="no denied request"):
            draft_appeal(work, LATE, by="ann")
        with pytest.raises(ConfigError, match="starts from"):
            note_answer(work, _drafted(work), Decision.DENIED, by="ann")
        withdraw_appeal(work, BROKEN, by="ann")
        with pytest.raises(ConfigError, match="only a draft"):
            withdraw_appeal(work, BROKEN, by="ann")


def _drafted(work: Work) -> str:
    draft_appeal(work, BROKEN, by="ann")
    return BROKEN


def test_the_command_lists_drafts_checks_and_notes(shop: Path) -> None:
    def call(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(
            app, ["appeals", *words, "--home", str(shop), "--as-of", "2026-11-21"]
        )
        assert result.exit_code == code, result.output
        return result.output

    assert BROKEN in call()
    assert '"appeal_state": "open"' in call("--json")
    call(BROKEN, "--draft", "--language", "klingon", code=2)
    assert f"appeals/shop/{BROKEN}.txt" in "".join(call(BROKEN, "--draft").split())
    assert "nothing stands against it" in call(BROKEN, "--check")
    call(BROKEN, "--sent", "--by", "ann", "--on", "2026-11-21")
    call(BROKEN, "--answer", "perhaps", code=2)
    call(BROKEN, "--answer", "denied")
    assert "denied" in call()
    call(BROKEN, "--draft", code=2)
    call("--draft", code=2)
    call(BROKEN, "--draft", "--sent", code=2)
