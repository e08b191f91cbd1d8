"""What is kept of a failure, and how the browser is opened."""

import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import BrowserContext, Playwright

from feedback_manager.errors import BrowserMissingError, NeedsPersonError, UnknownOutcomeError
from feedback_manager.page import BrowserOptions, SiteAddress, open_browser
from feedback_manager.page.browser import find_executable
from feedback_manager.stand_in import FaultKind, FeedbackRow, StandIn, StoreSettings

ADDRESS = SiteAddress.of("US", "http://127.0.0.1:9")


def test_trace_of_a_failure_holds_neither_session_nor_words(
    desk: Any, browser: BrowserContext
) -> None:
    desk.control.fault(FaultKind.REJECTED)
    with pytest.raises(UnknownOutcomeError):
        desk.submit()
    [kept] = desk.submitter.evidence.folder.glob("*-trace.zip")
    assert kept.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(kept) as trace:
        text = "\n".join(trace.read(name).decode() for name in trace.namelist())
    assert "goto" in text
    cookies = [cookie["value"] for cookie in browser.cookies()]
    assert cookies
    assert not any(value in text for value in cookies)
    assert "x-stand-in-token" not in text
    assert not any(row.comment in text for row in desk.rows)
    assert list(desk.submitter.evidence.folder.glob("*.raw")) == []


def test_trace_that_cannot_be_written_hides_no_outcome(
    desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("in the way")
    monkeypatch.setattr(desk.submitter.evidence, "trace_path", lambda _: in_the_way / "trace.zip")
    desk.control.fault(FaultKind.REJECTED)
    assert desk.verdict() == "unknown: rejected"


def test_no_trace_of_a_success_or_a_refusal(desk: Any) -> None:
    assert desk.verdict() == "submitted"
    assert desk.verdict() == "already_requested"
    assert list(desk.submitter.evidence.folder.glob("*-trace.*")) == []


def test_profile_open_to_others_is_refused(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    profile.mkdir(mode=0o755)
    with (
        pytest.raises(NeedsPersonError, match="chmod 700"),
        open_browser(BrowserOptions(profile), ADDRESS),
    ):
        pass


def test_browser_that_is_not_there(browser: BrowserContext, tmp_path: Path) -> None:
    del browser  # one is there, yet a named one is not replaced by another
    options = BrowserOptions(tmp_path / "profile", executable=tmp_path / "nothing")
    with pytest.raises(BrowserMissingError, match="no browser at"):
        find_executable(cast("Playwright", None), options.executable)


FROZEN = """
import os, signal, sys, time
from pathlib import Path
from feedback_manager.boot_clock import BootClock
from feedback_manager.errors import FeedbackManagerError
from feedback_manager.page import *
from feedback_manager.page import in_page
from feedback_manager.page.watchdog import descendants_of

base, folder, moment = sys.argv[1], Path(sys.argv[2]), sys.argv[3]

def freeze():
    for pid in descendants_of(os.getpid()):
        if b"type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGSTOP)

def intend(ready):
    if moment == "intent":
        freeze()
    return BootClock().now().later(60)

class Freezing(Submitter):
    def _wanted(self, *arguments):
        wanted = super()._wanted(*arguments)
        if moment == "click":
            freeze()
        return wanted

address = SiteAddress.of("US", base)
in_page.run.__kwdefaults__["within"] = 2.0
with open_browser(BrowserOptions(folder / "profile"), address) as context:
    listing = ListPage(context, address, Store("Harbour Lane Goods", "US"))
    row = listing.read_list().rows[0]
    target = Target(row.order_id, row.content_sha256, "product-feedback", "203")
    try:
        Freezing(listing, EvidenceFolder(folder / "evidence")).submit(target, intend)
    except FeedbackManagerError as error:
        print(error.code, getattr(error, "observation", "-"), error.clicked)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="processes are frozen by way of /proc")
@pytest.mark.parametrize(
    ("moment", "said"),
    [("intent", "last_check_failed - False"), ("click", "unknown_outcome page_lost True")],
)
def test_frozen_page_is_ended_and_never_clicks_later(
    desk: Any, tmp_path: Path, moment: str, said: str
) -> None:
    """In a process of its own, as one process has one Playwright."""
    script = tmp_path / "frozen.py"
    script.write_text(FROZEN, "utf-8")
    done = subprocess.run(
        [sys.executable, script, desk.stand_in.base_url(), tmp_path, moment],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.strip() == said, done.stderr
    assert desk.control.received() == []


def test_picture_shows_neither_words_nor_order_ids_nor_the_account(desk: Any) -> None:
    """Their colours change and the picture does not: nothing of them is painted."""
    contract = desk.listing.open()
    desk.listing.await_rows(contract)
    page = desk.listing.page
    bundle = desk.submitter.evidence.bundle(desk.order(1))
    bundle.picture("one", page, contract)
    plain = page.screenshot()
    page.evaluate(
        """() => {
            for (const row of document.querySelectorAll("kat-table-row#feedback-details")) {
                row.children[3].firstChild.style.background = "red";
                row.querySelector("kat-link").shadowRoot.querySelector("a").style.color = "red";
            }
            document.querySelector(".dropdown-account-switcher-header-label-global").style.color = "red";
        }"""
    )
    bundle.picture("two", page, contract)
    assert page.screenshot() != plain  # the control
    assert (bundle.folder / "one.jpg").read_bytes() == (bundle.folder / "two.jpg").read_bytes()


def test_stores_on_hosts_of_their_own(
    stand_in_server: StandIn, browser: BrowserContext, tmp_path: Path
) -> None:
    """Two stores of one stand-in, as `make run` has them: names below .localhost need no resolver."""
    del browser
    rows = [
        FeedbackRow(
            "Kirschbaum Handel",
            code,
            f"30{n}-0000001-7000001",
            datetime.now(UTC).date(),
            1,
            "Defekt.",
        )
        for n, code in enumerate(("DE", "UK"))
    ]
    stand_in_server.control.reset(
        rows, [StoreSettings(r.account, r.marketplace, locale="de") for r in rows]
    )
    script = tmp_path / "stores.py"
    script.write_text(STORES, "utf-8")
    addresses = [stand_in_server.base_url(row.account, row.marketplace) for row in rows]
    done = subprocess.run(
        [sys.executable, script, tmp_path, *addresses],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == [row.order_id for row in rows], done.stderr


STORES = """
import sys
from pathlib import Path
from feedback_manager.page import *

for code, base in zip(("DE", "UK"), sys.argv[2:], strict=True):
    address = SiteAddress.of(code, base)
    with open_browser(BrowserOptions(Path(sys.argv[1]) / "profile"), address) as context:
        listing = ListPage(context, address, Store("Kirschbaum Handel", code))
        print(*(row.order_id for row in listing.read_list().rows))
"""
