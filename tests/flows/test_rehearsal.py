"""The rehearsal on the sample: every decision there is, each explained, and the files that say so stay in step."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.command_line.app import app
from flows.progress import Silent
from flows.rehearsal import Rehearsal, examples_of, rehearse
from schemas.vocabularies import AppealState, Certainty, Decision, MailReason
from store.batches import read_table
from transforms.outcomes import OutcomeReason
from transforms.outcomes.sentences import (
    CERTAINTY_WORDS,
    DECISION_WORDS,
    MAIL_SENTENCES,
    REASON_SENTENCES,
)

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


@pytest.fixture(scope="module")
def rehearsed(
    tmp_path_factory: pytest.TempPathFactory,
    prefect_server: None,  # noqa: ARG001 - it only has to run
) -> tuple[Path, Rehearsal]:
    """A rehearsal as on a machine without a browser: what is shown must not hang on one."""
    home = tmp_path_factory.mktemp("rehearsal") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("flows.rehearsal_in_browser.find_browser", lambda: None)
        done = rehearse(SAMPLE, home, Silent())
    assert done.in_browser is None
    return home, done


def test_every_decision_is_shown(rehearsed: tuple[Path, Rehearsal]) -> None:
    home, done = rehearsed
    assert set(done.examples) == set(Decision)
    assert done.examples == examples_of(home)


@pytest.mark.parametrize("decision", list(Decision))
def test_each_decision_is_explained_by_its_order(
    rehearsed: tuple[Path, Rehearsal], decision: Decision
) -> None:
    home, done = rehearsed
    words = ["explain", done.examples[decision], "--home", str(home), "--as-of", "2026-11-25"]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.output
    text = " ".join(shown.output.split())
    (outcome,) = (
        row
        for row in read_table(home / "published", "outcome").to_pylist()
        if row["order_id"] == done.examples[decision] and row["round"] == 1
    )
    assert f"outcome: {DECISION_WORDS[decision]}" in text
    assert REASON_SENTENCES[OutcomeReason(outcome["reason"])] in text

    (explained,) = json.loads(CliRunner().invoke(app, [*words, "--json"]).output)
    first = explained["outcomes"][0]
    told = {name: first[name] for name in ("decision", "certainty", "reason", "is_asked")}
    assert told == {name: outcome[name] for name in told}


def test_the_report_says_what_to_do_today(rehearsed: tuple[Path, Rehearsal]) -> None:
    home, done = rehearsed
    report = Path(done.later.places["report"])
    text = report.read_text("utf-8")
    today = text[text.index('id="today"') : text.index("<nav")]
    for task in done.later.to_do:
        assert task.partition(", the first until ")[0].partition(" ")[2] in today
    assert f"planned {done.later.requests['planned']}" in text[text.index("What is asked</h2>") :]
    # The drafted re-opening is no request to approve: it is sent by hand, in its case.
    drafted = "111-4031676-1418916"
    assert "<strong>1</strong> request to approve" in today
    assert f"feedback-removal appeals {drafted} --sent --home {home}" in today
    for decision in (Decision.CONFLICT, Decision.PENDING):
        # The request that waits for a person among the pending ones is that with the unknown e-mail.
        orders = {
            row["order_id"]
            for row in read_table(home / "published", "outcome").to_pylist()
            if row["decision"] == decision and row["reason"] != OutcomeReason.AWAITING_DECISION
        }
        assert len(orders) == 1
        assert f"feedback-removal explain {orders.pop()} --home {home}" in today
    beside = sorted(
        (report.parent / link).resolve() for link in re.findall('href="([^"#]+)"', today)
    )
    sheets = sorted((home / "worksheets").glob("*.html"))
    assert len(sheets) == 2
    assert beside == sorted([home / "appeals" / "lumen-home" / f"{drafted}.txt", *sheets])


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_a_browser_shows_the_whole_report_without_complaint(
    rehearsed: tuple[Path, Rehearsal],
    complaints: Callable[..., list[str]],
    width: int,
    scheme: str,
) -> None:
    _, done = rehearsed
    report = Path(done.later.places["report"])
    assert complaints(report, width=width, scheme=scheme, title="Report 2026-11-25") == []


def test_decisions_come_from_page_free_sources_of_every_kind(
    rehearsed: tuple[Path, Rehearsal],
) -> None:
    home, _ = rehearsed
    reasons = {row["reason"] for row in read_table(home / "published", "outcome").to_pylist()}
    assert reasons >= {
        "email_says_it",
        "worksheet_says_it",
        "vanished",
        "removed_but_seen",
        "unrecognised_answer",
        "awaiting_decision",
        "window_closed",
    }


def test_an_unknown_email_and_a_drafted_reopening_wait_for_a_person(
    rehearsed: tuple[Path, Rehearsal],
) -> None:
    home, done = rehearsed
    assert any("no listed wording fits" in message for message in done.later.messages)
    states = {
        row["order_id"]: row["appeal_state"]
        for row in read_table(home / "published", "appeal").to_pylist()
    }
    assert states == {
        "111-4031676-1418916": AppealState.DRAFTED,
        "111-4071271-1942561": AppealState.OPEN,
    }
    assert (home / "appeals" / "lumen-home" / "111-4031676-1418916.txt").exists()


def test_an_explanation_names_what_the_outcome_rests_on(rehearsed: tuple[Path, Rehearsal]) -> None:
    home, _ = rehearsed

    def told(order_id: str) -> str:
        shown = CliRunner().invoke(
            app, ["explain", order_id, "--home", str(home), "--as-of", "2026-11-25"]
        )
        return " ".join(shown.output.split())

    again = told("111-4063352-1837832")
    assert "2026-11-19 12:00 │ worksheet │ removed" in again
    assert "reports show it: 2026-11-14 to 2026-11-24" in again
    assert "a newer complete one misses it: 2026-11-24" in told("111-4039595-1523645")
    assert "unrecognised, because no listed wording occurs in it" in told("114-4562249-8435759")
    assert "re-opening: drafted, until 2027-02-12" in told("111-4031676-1418916")


def test_every_reason_decision_and_certainty_has_its_words() -> None:
    assert set(REASON_SENTENCES) == set(OutcomeReason)
    assert set(DECISION_WORDS) == set(Decision)
    assert set(MAIL_SENTENCES) == set(MailReason)
    assert set(CERTAINTY_WORDS) == set(Certainty)
