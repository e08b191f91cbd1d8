"""What is kept of a failure, and how the browser is opened."""

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, cast

import pytest
from playwright.sync_api import BrowserContext, Playwright

from feedback_manager.errors import BrowserMissingError, FeedbackManagerError, NeedsPersonError
from feedback_manager.page import BrowserOptions, SiteAddress, open_browser
from feedback_manager.page.browser import find_executable
from feedback_manager.page.trace import trace_on_failure
from feedback_manager.stand_in import FaultKind

ADDRESS = SiteAddress.of("US", "http://127.0.0.1:9")


def test_trace_of_a_failure_holds_neither_session_nor_words(
    desk: Any, browser: BrowserContext, tmp_path: Path
) -> None:
    desk.control.fault(FaultKind.REJECTED)
    kept = tmp_path / "trace.zip"
    with pytest.raises(FeedbackManagerError), trace_on_failure(browser, kept):
        desk.submit()
    assert kept.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(kept) as trace:
        text = "\n".join(trace.read(name).decode() for name in trace.namelist())
    assert "goto" in text
    cookies = [cookie["value"] for cookie in browser.cookies()]
    assert cookies
    assert not any(value in text for value in cookies)
    assert "x-stand-in-token" not in text
    assert not any(row.comment in text for row in desk.rows)
    assert list(tmp_path.glob("*.raw")) == []


def test_no_trace_of_a_success(desk: Any, browser: BrowserContext, tmp_path: Path) -> None:
    with trace_on_failure(browser, tmp_path / "trace.zip"):
        desk.submit()
    assert not (tmp_path / "trace.zip").exists()


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
