"""What is kept of a failure, and how the browser is opened."""

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
