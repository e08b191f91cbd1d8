"""An account's stores in its own browser: where they are, what they are called, which profile they use."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext
from playwright.sync_api import Error as PlaywrightError

from feedback_manager.channels import DrivenPage
from feedback_manager.errors import BrowserMissingError
from feedback_manager.page import (
    BrowserOptions,
    EvidenceFolder,
    ListPage,
    SiteAddress,
    Store,
    Submitter,
    open_browser,
)
from flows.config import Account
from flows.work import Work
from store.home import make_private_folder

_NO_SCREEN: Final = "there is no screen to open a window on; sign in on a machine that has one, or start a desktop session"


def store_of(work: Work, account: str, marketplace: str) -> Store:
    """Account and marketplace as the page's header must show them."""
    return Store(_config_of(work, account).store_name or account, marketplace)


def address_of(work: Work, account: str, marketplace: str) -> SiteAddress:
    """Where a store's Feedback Manager is: at the local stand-in if one is configured, else at Amazon.

    Raises:
        ForbiddenAddressError: the configured address is none that may be opened.
    """
    stand_in = work.settings.config.submission.stand_in_url
    if stand_in is not None:
        from feedback_manager.stand_in.seller_pages import store_host

        host = store_host(account, marketplace)
        return SiteAddress.of(marketplace, f"http://{host}:{urlsplit(stand_in).port or 80}")
    return SiteAddress.of(marketplace, _config_of(work, account).sites.get(marketplace))


def _config_of(work: Work, account: str) -> Account:
    return work.settings.config.account(account)


@contextmanager
def open_window(
    work: Work, account: str, marketplaces: Iterable[str], *, is_visible: bool
) -> Iterator[BrowserContext]:
    """The account's browser, confined to the addresses of these marketplaces.

    Raises:
        BrowserMissingError: there is none, or no screen for a window.
        ProfileInUseError: another process has the account's profile.
        ForbiddenAddressError: a configured address is none that may be opened.
    """
    if is_visible and sys.platform == "linux" and not _has_screen():
        raise BrowserMissingError(_NO_SCREEN)
    addresses = [address_of(work, account, code) for code in marketplaces]
    confined = SiteAddress(
        addresses[0].base_url, frozenset().union(*(address.hosts for address in addresses))
    )
    options = BrowserOptions(
        profile=work.home.browser_profiles / account,
        is_visible=is_visible,
        executable=work.settings.config.submission.browser,
    )
    make_private_folder(work.home.browser_profiles)
    try:
        with open_browser(options, confined) as context:
            yield context
    except PlaywrightError as error:
        raise BrowserMissingError(
            f"the browser could not be used: {str(error).splitlines()[0][:200]}"
        ) from error


@contextmanager
def open_pages(
    work: Work, account: str, marketplaces: Iterable[str], *, is_person_pressing: bool = False
) -> Iterator[dict[str, DrivenPage]]:
    """The account's stores by marketplace, each in a tab of its own; the window is shown when a person presses.

    Raises:
        NeedsPersonError, TransientError: as `open_window`.
        EvidenceError: the folder of the evidence cannot be made.
    """
    codes = sorted(marketplaces)
    with open_window(work, account, codes, is_visible=is_person_pressing) as context:
        make_private_folder(work.home.evidence)
        evidence = EvidenceFolder(work.home.evidence / account)
        yield {
            code: DrivenPage(
                Submitter(_listing(work, context, account, code), evidence),
                is_person_pressing=is_person_pressing,
            )
            for code in codes
        }


def _listing(work: Work, context: BrowserContext, account: str, marketplace: str) -> ListPage:
    return ListPage(
        context,
        address_of(work, account, marketplace),
        store_of(work, account, marketplace),
        page=context.new_page(),
    )


def _has_screen() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
