"""Approved requests go through a real Chromium to the stand-in, and their decisions come back."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from feedback_manager.stand_in import FaultKind, StandIn, serve
from feedback_manager.stand_in.report_rows import rows_of_inbox
from flows.command_line.app import app
from flows.exit_codes import ExitCode
from flows.ingest_reports import ingest_reports
from flows.ingest_result import IngestOptions
from flows.progress import Silent
from flows.rehearsal_in_browser import rehearse_in_browser
from flows.settings import resolve
from flows.steps.approve import approve
from flows.steps.plan import plan
from flows.steps.publish import publish
from flows.steps.read_back import read_back
from flows.steps.screen import screen
from flows.steps.submit import submit
from flows.work import STOP_FILE, Work, running
from schemas.vocabularies import SightingKind
from store.batches import read_table

TODAY = datetime.now(UTC).date()
BROKE = "Poor quality, the switch broke after a week."
ORDERS = [f"111-{number:07}-{number:07}" for number in range(1, 31)]


def report(comments: list[str]) -> str:
    lines = ["Date\tRating\tComments\tYour Response\tOrder ID\tRater Email"]
    for number, comment in enumerate(comments):
        day = TODAY - timedelta(days=number + 2)
        lines.append(f"{day:%m/%d/%y}\t1\t{comment}\t\t{ORDERS[number]}\tx@marketplace.amazon.com")
    return "\n".join([*lines, ""])


@contextmanager
def night(root: Path) -> Iterator[Work]:
    with running(resolve(home=root, as_of=TODAY)) as work:
        yield work


class Shop:
    """A home with approved requests, and the stand-in in front of which it stands."""

    def __init__(self, root: Path, stand_in: StandIn) -> None:
        self.root = root
        self.stand_in = stand_in

    def configure(self, **settings: Any) -> None:
        wanted = {
            "channel": "browser",
            "stand_in_url": self.stand_in.base_url(),
            "seconds_between_requests": 0,
            "canary": False,
            "quiet_minutes": 0,
            "minutes_between_readings": 0,
        } | settings
        lines = [f"{name} = {_toml(value)}" for name, value in wanted.items()]
        (self.root / "feedback-removal.toml").write_text(
            '[accounts.shop]\nmarketplaces = ["US"]\n[submission]\n' + "\n".join(lines) + "\n",
            "utf-8",
        )

    def submit(self) -> Work:
        with night(self.root) as work:
            submit(work)
        return work

    def states(self) -> dict[str, str]:
        with night(self.root) as work:
            return {r["order_id"]: r["state"] for r in work.ledger.requests().to_pylist()}


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool | int | float) else f'"{value}"'


@pytest.fixture
def open_shop(
    tmp_path: Path,
    browser_file: Path,  # noqa: ARG001 - without one the tests fail or are skipped
) -> Iterator[Callable[..., Shop]]:
    servers: list[Any] = []

    def make(comments: list[str], **settings: Any) -> Shop:
        root = tmp_path / "home"
        inbox = root / "inbox" / "shop" / "US"
        inbox.mkdir(parents=True)
        (inbox / "one.txt").write_text(report(comments), "utf-8")
        server = serve(rows_of_inbox(root / "inbox", as_of=TODAY))
        servers.append(server)
        shop = Shop(root, server.__enter__())
        shop.configure(**settings)
        with night(root) as work:
            ingest_reports(
                work.home,
                IngestOptions(worker_count=1),
                as_of=TODAY,
                run_id=work.settings.run_id,
                seen_at=work.settings.started_at,
            )
            screen(work)
            plan(work)
            approve(work, by="ann")
        return shop

    yield make
    for server in servers:
        server.__exit__(None, None, None)


def test_from_approval_to_a_published_decision(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop([BROKE] * 3, canary=True)
    first = shop.submit()
    assert first.summary.requests["submitted"] == 1, "the first run of a version makes one request"
    assert first.summary.exit_code == ExitCode.STOPPED
    second = shop.submit()
    assert second.summary.requests["submitted"] == 2
    assert second.summary.exit_code == ExitCode.GOOD
    assert set(shop.states().values()) == {"submitted"}
    received = shop.stand_in.control.received()
    assert [one["order_id"] for one in received] == sorted(ORDERS[:3], reverse=True)
    assert {one["reason"] for one in received} == {"203"}
    assert all("automation" in one["user_agent"] for one in received)

    shop.stand_in.control.change_row("shop/US", ORDERS[0], state="struck", note="fba")
    shop.stand_in.control.change_row("shop/US", ORDERS[1], state="gone")
    with night(shop.root) as work:
        later = datetime.now(UTC) + timedelta(days=9)
        assert read_back(work, now=lambda: later) == {
            SightingKind.STRUCK: 1,
            SightingKind.ABSENT: 1,
            SightingKind.PRESENT: 1,
        }
        publish(work)
        work.ledger.verify()
    outcome = {
        row["order_id"]: (row["decision"], row["certainty"])
        for row in read_table(shop.root / "published", "outcome").to_pylist()
    }
    assert outcome == {
        ORDERS[0]: ("struck", "confirmed"),
        ORDERS[1]: ("gone_unattributed", "inferred"),
        ORDERS[2]: ("pending", "open"),
    }


@pytest.mark.usefixtures("prefect_server")
def test_as_prefect_flows(open_shop: Callable[..., Shop]) -> None:
    from flows.submit import submit as submit_flow
    from flows.track import track as track_flow

    shop = open_shop([BROKE] * 2)
    assert submit_flow(home=shop.root, as_of=TODAY)["requests"]["submitted"] == 2
    shop.stand_in.control.change_row("shop/US", ORDERS[0], state="struck", note="fba")
    assert track_flow(home=shop.root, as_of=TODAY)["decisions_count"] == 1
    assert shop.states() == {ORDERS[0]: "decided", ORDERS[1]: "submitted"}


def test_an_unexpected_page_ends_the_run_with_code_7_and_no_click(
    open_shop: Callable[..., Shop],
) -> None:
    shop = open_shop([BROKE] * 2)
    shop.stand_in.control.fault(FaultKind.CAPTCHA)
    stopped = shop.submit()
    assert stopped.summary.exit_code == ExitCode.SITE
    assert shop.stand_in.control.received() == []
    assert [visit["answer"] for visit in shop.stand_in.control.visits()] == ["captcha.html"]
    assert set(shop.states().values()) == {"approved"}
    assert shop.submit().summary.requests["submitted"] == 2


def test_the_stop_file_and_a_pause_stop_the_next_click(
    open_shop: Callable[..., Shop],
) -> None:
    shop = open_shop([BROKE] * 3)
    with night(shop.root) as work:
        work.paused_because = lambda: (
            "paused" if work.ledger.requests().column("attempt").to_pylist().count(1) else None
        )
        submit(work)
    assert work.summary.requests["submitted"] == 1
    assert work.summary.exit_code == ExitCode.STOPPED
    (shop.root / STOP_FILE).touch()
    assert shop.submit().summary.exit_code == ExitCode.STOPPED
    assert sum(shop.stand_in.control.counts().values()) == 1


def test_doubt_is_looked_into_by_the_next_run_and_never_clicked_meanwhile(
    open_shop: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.steps.submit_in_browser._CLICK_SECONDS", 2.0)
    shop = open_shop([BROKE] * 3, quiet_minutes=60)
    shop.stand_in.control.fault(FaultKind.SUBMIT_OUTAGE)
    first = shop.submit()
    assert first.summary.exit_code == ExitCode.IN_DOUBT
    assert first.summary.requests["in doubt"] == 1, "one doubt at a time"
    assert len(shop.stand_in.control.received()) == 1
    (order,) = [order for order, state in shop.states().items() if state == "unknown"]

    again = shop.submit()
    assert again.summary.exit_code == ExitCode.IN_DOUBT
    assert shop.states()[order] == "unknown", "the quiet period is not over"
    shop.configure()  # as if it were over
    third = shop.submit()
    assert third.summary.exit_code == ExitCode.GOOD
    assert shop.states()[order] == "approved", "absent twice"
    assert shop.submit().summary.requests["submitted"] == 1
    assert set(shop.states().values()) == {"submitted"}
    assert set(shop.stand_in.control.counts().values()) == {1}


def test_too_few_granted_requests_stop_an_account_until_a_person_says_go(
    open_shop: Callable[..., Shop],
) -> None:
    from schemas.submission import Step
    from schemas.vocabularies import Certainty, Decision

    shop = open_shop([BROKE] * 4, grant_rate_window=2)
    with night(shop.root) as work:
        rows = work.ledger.requests().to_pylist()
        for row in rows[:2]:
            step = Step("ann", "earlier", datetime.now(UTC), evidence_sha256="e" * 64)
            work.ledger.report_submitted(row["request_id"], step, submitted_at=step.at)
            work.ledger.decide(row["request_id"], Decision.DENIED, Certainty.CONFIRMED, step)
    stopped = shop.submit()
    assert stopped.summary.exit_code == ExitCode.STOPPED
    assert stopped.summary.requests["submitted"] == 0
    assert any("0 of the last 2" in message for message in stopped.summary.messages)
    assert shop.stand_in.control.visits() == []
    done = CliRunner().invoke(app, ["submit", "--go", "--home", str(shop.root)])
    assert done.exit_code == ExitCode.GOOD, done.output
    assert list(shop.states().values()).count("submitted") == 2


def test_browser_at_amazon_needs_a_written_acceptance(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "inbox" / "shop" / "US").mkdir(parents=True)
    config = home / "feedback-removal.toml"
    accounts = '[accounts.shop]\nmarketplaces = ["US"]\n[submission]\nchannel = "browser"\n'
    config.write_text(accounts, "utf-8")
    done = CliRunner().invoke(app, ["submit", "--home", str(home)])
    assert done.exit_code == ExitCode.USAGE
    assert "i_accept_amazons_agent_policy" in done.output
    config.write_text(
        accounts + 'i_accept_amazons_agent_policy = "2026-11-25, Ann Example"\n', "utf-8"
    )
    assert CliRunner().invoke(app, ["submit", "--home", str(home)]).exit_code == ExitCode.GOOD
    assert resolve(home=home).config.submission.i_accept_amazons_agent_policy is not None
    config.write_text(config.read_text("utf-8") + "quiet_minutes = 1\n", "utf-8")
    assert CliRunner().invoke(app, ["submit", "--home", str(home)]).exit_code == ExitCode.USAGE


def test_probe_reads_the_page_and_clicks_nothing(open_shop: Callable[..., Shop]) -> None:
    shop = open_shop([BROKE])
    done = CliRunner().invoke(app, ["probe", "shop", "--home", str(shop.root)])
    assert done.exit_code == ExitCode.GOOD, done.output
    assert "the page is as the contract describes it" in done.output
    shop.stand_in.control.fault(FaultKind.RENAMED_ACTION, times=None)
    done = CliRunner().invoke(app, ["probe", "shop", "--home", str(shop.root)])
    assert done.exit_code == ExitCode.SITE
    assert shop.stand_in.control.received() == []


def test_the_rehearsal_goes_all_the_way_and_says_so_without_a_browser(
    open_shop: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = open_shop([BROKE] * 4, channel="worksheet")
    assert shop.submit().summary.requests["on a worksheet"] == 4
    monkeypatch.setattr("flows.rehearsal_in_browser.find_browser", lambda: None)
    assert rehearse_in_browser(shop.root, TODAY, Silent()) is None
    monkeypatch.undo()
    done = rehearse_in_browser(shop.root, TODAY, Silent())
    assert done is not None
    assert done.received == 4
    assert done.summary.requests["submitted"] == 4
    assert done.summary.exit_code == ExitCode.GOOD
    assert "draws from these assumptions" in done.assumptions
    outcome = read_table(shop.root / "published", "outcome")["decision"].to_pylist()
    assert set(outcome) <= {"gone_unattributed", "pending", "struck"}
    assert set(outcome) != {"pending"}, "the stand-in has decided"


def test_login_says_when_there_is_no_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    done = CliRunner().invoke(app, ["login", "shop", "--marketplace", "US", "--home", str(home)])
    assert done.exit_code == ExitCode.SITE
    assert "no screen" in done.output
    done = CliRunner().invoke(app, ["login", "shop", "--home", str(home)])
    assert done.exit_code == ExitCode.USAGE
    assert "--marketplace" in done.output


HASTY = (
    "import flows.steps.submit_in_browser as step; step._CLICK_SECONDS = 3.0; "
    "from flows.command_line import main; main()"
)
"""The command itself, with a click's deadline that a test can wait for."""


def test_killed_in_the_middle_of_a_real_browser_it_asks_once(
    request: pytest.FixtureRequest, open_shop: Callable[..., Shop]
) -> None:
    kills = 20 if request.config.getoption("--full-sweeps") else 2
    seed = int(os.environ.get("KILL_SEED") or time.time_ns() % 10**9)
    print(f"seed {seed} (repeat with KILL_SEED={seed})")  # noqa: T201 - that is how it is shown
    moments = random.Random(seed)  # noqa: S311 - moments, not secrets
    shop = open_shop([BROKE] * (kills + 1))  # each kill meets another request, and one is left over
    evidence = shop.root / "evidence" / "shop"
    command = [sys.executable, "-c", HASTY, "submit", "--home", shop.root, "--as-of", f"{TODAY}"]
    killed = 0
    for _ in range(kills):
        before = set(evidence.glob("*/before.json"))
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None and set(evidence.glob("*/before.json")) == before:
                time.sleep(0.01)  # until a panel is filled: the click is near
            time.sleep(moments.uniform(0.0, 0.6))
            killed += process.poll() is None
            process.kill()
    for _ in range(8):
        if set(shop.states().values()) <= {"submitted", "needs_human"}:
            break
        time.sleep(1.5)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=120)
    states, counts = shop.states(), shop.stand_in.control.counts()
    told = f"{killed} kills: {Counter(states.values())}, arrived {Counter(counts.values())}"
    print(told)  # noqa: T201 - docs/reliability.md
    assert set(states.values()) <= {"submitted", "needs_human"}
    assert set(counts.values()) == {1}
    assert {order for order, state in states.items() if state == "submitted"} == set(counts)
