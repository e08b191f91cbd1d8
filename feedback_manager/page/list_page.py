"""The list of Feedback Manager: opening it, reading it, finding one order in it. Nothing here asks for anything."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import BrowserContext, Dialog, Page, Response
from playwright.sync_api import Error as PlaywrightError

from feedback_manager.errors import (
    AmbiguousRowError,
    FeedbackManagerError,
    ForbiddenAddressError,
    HumanChallengeError,
    ListUnreadableError,
    NotInListError,
    OutageError,
    PanelStuckError,
    SignInNeededError,
    StoreNotOpenError,
    ThrottledError,
    UnknownPageError,
    WrongStoreError,
)
from feedback_manager.marketplace_names import names_of
from feedback_manager.page.bounds import Bounds
from feedback_manager.page.contract import LandingKind, PageContract
from feedback_manager.page.in_page import PATIENCE_SECONDS, for_page, run
from feedback_manager.page.landing import Landing, PageProbe
from feedback_manager.page.reading import ListReading, RowReading, row_reading
from feedback_manager.page.site_address import SiteAddress
from feedback_manager.page.watchdog import watchdog_of

MAX_PAGES: Final = 50
"""Pages of the list that a search reads at most (1,000 feedbacks)."""

_OVERTAKEN_AT_MOST: Final = 4

_STOPS: Final[dict[LandingKind, tuple[type[FeedbackManagerError], str]]] = {
    LandingKind.SIGN_IN: (SignInNeededError, "Amazon asks to sign in"),
    LandingKind.OTP: (SignInNeededError, "Amazon asks for a one-time password"),
    LandingKind.OTP_CHOICE: (SignInNeededError, "Amazon asks how to send a one-time password"),
    LandingKind.HUMAN_CHALLENGE: (HumanChallengeError, "Amazon wants to see a human"),
    LandingKind.ACCOUNT_SWITCHER: (StoreNotOpenError, "Amazon leads to the choice of account"),
    LandingKind.THROTTLED: (ThrottledError, "Amazon asks to slow down"),
    LandingKind.OUTAGE: (OutageError, "no usable page came"),
    LandingKind.EMPTY_SHELL: (ListUnreadableError, "the page stayed an empty shell"),
    LandingKind.UNKNOWN: (UnknownPageError, "the page is none that the contract knows"),
    LandingKind.PANEL: (PanelStuckError, "a removal panel was open on arrival"),
}
_UNSETTLED: Final = (LandingKind.UNKNOWN, LandingKind.EMPTY_SHELL)


@dataclass(frozen=True, slots=True)
class Store:
    """Which store the page must show before anything is done: the names are compared with the page's header.

    Attributes:
        account_name: as Seller Central shows it.
        marketplace: code such as US.
    """

    account_name: str
    marketplace: str


@dataclass(frozen=True, slots=True)
class _ListPage:
    """One page of the list."""

    number: int
    rows: tuple[RowReading, ...]
    has_next: bool


class ListPage:
    """Feedback Manager of one store in one tab of the browser.

    Every method may raise the errors of `feedback_manager.errors` that say what the page is instead.
    """

    def __init__(
        self,
        context: BrowserContext,
        address: SiteAddress,
        store: Store,
        *,
        probe: PageProbe | None = None,
        bounds: Bounds | None = None,
        page: Page | None = None,
    ) -> None:
        self.address = address
        self.store = store
        self.probe = probe or PageProbe()
        self.bounds = bounds or Bounds()
        self.page = page or (context.pages[0] if context.pages else context.new_page())
        self.contract = self.probe.contracts[0]
        """Of the page as last opened."""
        self._status = 0
        self._is_leaving = False
        self.page.on("response", self._note_status)
        self.page.on("dialog", self._answer_dialog)

    # ---- opening ----------------------------------------------------------------------------------------------

    def open(self) -> PageContract:
        """Load the page anew and make sure that it is the list of the right store.

        Returns:
            The contract that the page fits.

        Raises:
            NeedsPersonError: sign-in, challenge, other store, or an unknown page.
            TransientError: throttled, outage, or nothing but a shell.
        """
        self.load()
        self._bring_to_front()
        landing = self.landing()
        if (
            landing.kind is LandingKind.PANEL
        ):  # one left over from before: a fresh load clears it, or a person looks
            self.load()
            landing = self.landing()
        if landing.kind is not LandingKind.LIST or landing.contract is None:
            raise self._stop(landing)
        if not landing.contract.can_submit:
            raise UnknownPageError(
                f"the page is of generation {landing.contract.generation}, which the tool recognises and leaves alone: "
                "use the worksheet channel"
            )
        try:
            self.close_overlays(landing.contract)
        except PlaywrightError as error:
            raise self.became(error) from error
        self._require_store(landing.contract)
        self.contract = landing.contract
        return landing.contract

    def _bring_to_front(self) -> None:
        """A tab in the background is slowed down by the browser."""
        try:
            with watchdog_of(self.page.context).bound(PATIENCE_SECONDS):
                self.page.bring_to_front()
        except PlaywrightError as error:
            raise OutageError("the browser has gone") from error

    def landing(self) -> Landing:
        """What the page shows, once it has made up its mind or its bound is over."""
        deadline = time.monotonic() + self.bounds.landing
        while True:
            landing = self._look()
            is_blank = (
                landing is not None and landing.kind is LandingKind.OUTAGE and self._status == 200
            )
            if landing is not None and landing.kind not in _UNSETTLED and not is_blank:
                return landing
            if time.monotonic() > deadline:
                if landing is None:
                    raise OutageError("the page could not be looked at: it kept loading")
                return landing
            self.page.wait_for_timeout(25)

    def close_overlays(self, contract: PageContract) -> None:
        """Close the pop-ups that the contract knows; others are left alone and stop the click."""
        overlays = [{"covers": o.covers, "close": o.close} for o in contract.overlays]
        for close in run(self.page, "is_covered.js", overlays=overlays):
            self.page.locator(close).first.click(timeout=2_000)

    def load(self) -> None:
        """Load the page anew, whatever it turns out to be."""
        self._status = 0
        self._is_leaving = True
        address = self.address.base_url + self.probe.contracts[0].path
        try:
            answer = self._go_to(address)
        except PlaywrightError as error:
            if "ERR_BLOCKED_BY_CLIENT" in str(error):
                raise ForbiddenAddressError(
                    "the page leads to an address outside the contract's hosts"
                ) from error
            raise OutageError(f"the page did not load: {_kind_of(error)}") from error
        finally:
            self._is_leaving = False
        if answer is not None:
            self._status = answer.status

    def _go_to(self, address: str) -> Response | None:
        bound = self.bounds.navigation * 1000
        for attempts_left in range(_OVERTAKEN_AT_MOST, -1, -1):
            try:
                with watchdog_of(self.page.context).bound(
                    self.bounds.navigation + PATIENCE_SECONDS
                ):
                    return self.page.goto(
                        address,
                        wait_until="domcontentloaded",  # "networkidle" never comes on the live page
                        timeout=bound,
                    )
            except PlaywrightError as error:
                if not attempts_left or not _is_overtaken(error):
                    raise
                # The page was just leaving by itself, e.g. to the sign-in page: let it arrive first.
                self.page.wait_for_load_state("load", timeout=bound)
        raise AssertionError("the loop returns or raises")

    def _look(self) -> Landing | None:
        try:
            return self.probe.look(self.page, self._status)
        except PlaywrightError as error:  # a navigation in between: look again
            if self.page.is_closed():
                raise OutageError("the browser has gone") from error
            return None

    def _stop(self, landing: Landing) -> FeedbackManagerError:
        kind, words = _STOPS[landing.kind]
        return kind(f"{words} (path {landing.signals.path}, HTTP {landing.signals.status})")

    def _require_store(self, contract: PageContract) -> None:
        try:
            shown = self.header(contract)
        except PlaywrightError as error:
            raise self.became(error) from error
        is_account = shown["account"] == self.store.account_name
        is_marketplace = shown["marketplace"] in names_of(self.store.marketplace)
        if is_account and is_marketplace:
            return
        landing = self.landing()  # it may have gone to the sign-in page meanwhile
        if landing.kind not in {LandingKind.LIST, LandingKind.PANEL}:
            raise self._stop(landing)
        if not is_account:
            raise WrongStoreError(
                "the page's header names another account than the one wanted: choose it in the browser, or correct "
                "its name in the configuration"
            )
        raise WrongStoreError(
            f"the page's header names the marketplace {shown['marketplace']!r}, wanted was {self.store.marketplace}"
        )

    def header(self, contract: PageContract) -> dict[str, str]:
        """Account and marketplace as the page's header shows them."""
        shown = run(self.page, "header.js", contract=for_page(contract))
        return {"account": str(shown["account"]), "marketplace": str(shown["marketplace"])}

    def _note_status(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.frame == self.page.main_frame:
            self._status = response.status

    def _answer_dialog(self, dialog: Dialog) -> None:
        # "Leave this page?" is answered yes only while the driver itself leaves; every other question is declined.
        if dialog.type == "beforeunload" and self._is_leaving:
            dialog.accept()
        else:
            dialog.dismiss()

    # ---- reading ----------------------------------------------------------------------------------------------

    def read_list(self, max_pages: int = MAX_PAGES) -> ListReading:
        """Read the list from a fresh load, each order once.

        An empty answer is believed only when two loads agree.
        """
        reading = self._read_once(max_pages)
        return reading if reading.rows else self._read_once(max_pages)

    def find(self, order_id: str, max_pages: int = MAX_PAGES) -> RowReading:
        """Find an order's row from a fresh load and leave its page of the list open.

        Raises:
            NotInListError: no page read has it; says how many were read, and whether that were all.
            AmbiguousRowError: two rows of a page carry it.
        """
        pages_read, shifted, is_complete = 0, False, False
        for _ in range(
            2
        ):  # a list that moved while it was read, or looked empty, is read once more
            known: set[str] = set()
            pages_read, shifted, is_complete = 0, False, False
            for listed in self._pages(max_pages):
                pages_read, is_complete = listed.number, not listed.has_next
                shifted = shifted or bool(known & {row.order_id for row in listed.rows})
                known |= {row.order_id for row in listed.rows}
                found = [row for row in listed.rows if row.order_id == order_id]
                if len(found) > 1:
                    raise AmbiguousRowError(
                        f"order {order_id} has {len(found)} rows on page {listed.number} of the list: a person has to look"
                    )
                if found:
                    return found[0]
            if known and not shifted:
                break
        extent = "the whole list" if is_complete else f"only {pages_read} pages"
        raise NotInListError(
            f"order {order_id} is not in the list; read was {extent}"
            + (", which moved while it was read" if shifted else "")
        )

    def _read_once(self, max_pages: int) -> ListReading:
        rows: dict[str, RowReading] = {}
        doubled: set[str] = set()
        pages_read, is_complete, shifted = 0, False, False
        for listed in self._pages(max_pages):
            pages_read, is_complete = listed.number, not listed.has_next
            on_page: set[str] = set()
            for row in listed.rows:
                if row.order_id in on_page:
                    doubled.add(row.order_id)
                elif row.order_id in rows:
                    shifted = True
                on_page.add(row.order_id)
                rows.setdefault(row.order_id, row)
        return ListReading(
            tuple(rows.values()), pages_read, is_complete, shifted, frozenset(doubled)
        )

    def _pages(self, max_pages: int) -> Iterator[_ListPage]:
        contract = self.open()
        previous = ""
        for number in range(1, max_pages + 1):
            listed = self._read_page(contract, previous, number)
            yield listed
            if not listed.has_next:
                return
            previous = " ".join(row.order_id for row in listed.rows)
            if number < max_pages:
                self._press_next(contract)

    def _read_page(self, contract: PageContract, previous: str, number: int) -> _ListPage:
        try:
            seen: dict[str, Any] = run(
                self.page,
                "await_rows.js",
                within=self.bounds.rows + self.bounds.menus + PATIENCE_SECONDS,
                contract=for_page(contract),
                previous=previous,
                rowsBound=self.bounds.rows * 1000,
                menuBound=self.bounds.menus * 1000,
                emptyAfter=self.bounds.empty * 1000,
            )
        except PlaywrightError as error:
            raise self.became(error) from error
        if seen["rows"] is None:
            landing = self.landing()
            if landing.kind not in {LandingKind.LIST, LandingKind.PANEL}:
                raise self._stop(landing)
            raise ListUnreadableError(
                f"page {number} of the list showed no rows within {self.bounds.rows:g} s"
            )
        rows = tuple(row_reading(row, contract, number) for row in seen["rows"])
        _require_known_rows(rows, is_drift=seen.get("isDrift", False))
        return _ListPage(number, rows, seen["pager"]["hasNext"])

    def await_rows(self, contract: PageContract) -> None:
        """Wait until the open page of the list can be read.

        Raises:
            ListUnreadableError: its rows did not come.
            UnknownPageError: its rows are not as the contract describes them.
        """
        self._read_page(contract, "", 1)

    def _press_next(self, contract: PageContract) -> None:
        try:
            run(self.page, "press_next.js", contract=for_page(contract))
        except PlaywrightError as error:
            raise self.became(error) from error

    def became(self, error: PlaywrightError) -> FeedbackManagerError:
        """The page went away under a script: say what it became."""
        if self.page.is_closed():
            return OutageError("the browser has gone")
        landing = self.landing()
        if landing.kind is LandingKind.LIST:
            return ListUnreadableError(
                f"the page was loaded anew while it was read: {_kind_of(error)}"
            )
        return self._stop(landing)


def _require_known_rows(rows: Sequence[RowReading], *, is_drift: bool) -> None:
    if is_drift:
        raise UnknownPageError(
            "the list holds order ids, but no row as the contract describes it: run `feedback-removal probe`"
        )
    if strange := sum(1 for row in rows if not row.order_id or row.content_sha256 is None):
        raise UnknownPageError(
            f"{strange} rows of the list lack an order id, a rating or a comment cell: run `feedback-removal probe`"
        )


def _kind_of(error: PlaywrightError) -> str:
    """The first line of Playwright's message without address: net::ERR_CONNECTION_RESET and the like."""
    first = str(error).splitlines()[0]
    return first.split(" at http")[0].removeprefix("Page.goto: ")[:120]


def _is_overtaken(error: PlaywrightError) -> bool:
    return "interrupted by another navigation" in str(error) or "ERR_ABORTED" in str(error)
