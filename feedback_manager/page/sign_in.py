"""Waiting while a person signs in. The tool types no password and chooses no way to receive a code."""

import time

from playwright.sync_api import BrowserContext
from playwright.sync_api import Error as PlaywrightError

from feedback_manager.errors import SignInNeededError
from feedback_manager.page.contract import LandingKind
from feedback_manager.page.landing import PageProbe
from feedback_manager.page.site_address import SiteAddress


def await_sign_in(
    context: BrowserContext,
    address: SiteAddress,
    *,
    seconds: float = 1800,
    probe: PageProbe | None = None,
) -> None:
    """Open Feedback Manager in a window and wait until a person has brought any of its tabs to the list.

    Signing in may finish in another tab than it began in (seen by others), so all tabs are looked at.

    Args:
        context: a visible browser with the account's profile.
        address: where Feedback Manager is.
        seconds: how long to wait.
        probe: default the shipped contracts.

    Raises:
        SignInNeededError: the time is over and no tab shows the list.
    """
    probe = probe or PageProbe()
    page = context.pages[0] if context.pages else context.new_page()
    try:
        page.goto(address.base_url + probe.contracts[0].path, wait_until="domcontentloaded")
    except PlaywrightError:
        page.bring_to_front()  # the person sees what is wrong, and may well go on from there
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for tab in context.pages:
            try:
                kind = probe.look(tab, status=0).kind
            except PlaywrightError:  # a tab that is loading or was closed
                continue
            if kind in {LandingKind.LIST, LandingKind.PANEL}:
                return
        context.pages[0].wait_for_timeout(250) if context.pages else time.sleep(0.25)
    raise SignInNeededError(f"nobody reached Feedback Manager's list within {seconds:g} s")
