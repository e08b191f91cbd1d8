"""Sending one request: everything verified, intent first, one click, then the proof is read from a fresh page.

The order is the guarantee, and the outbox builds on it:

1. find the row, compare it with what was approved, fill the panel, write evidence;
2. call `before_click`: the outbox writes its intent, durably, and answers until when the click may happen;
3. in one task of the page: check everything again, the deadline too, and click. There is no other click on Submit anywhere,
   and this one is never repeated;
4. load the list anew and read the row. Only "offered before, readable and no longer offered after" is proof; all else is
   `UnknownOutcomeError`.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Request, Response

from feedback_manager.boot_clock import BootClock
from feedback_manager.errors import (
    AlreadyRequestedError,
    ContentChangedError,
    EvidenceError,
    FeedbackManagerError,
    LastCheckFailedError,
    ListUnreadableError,
    NotInListError,
    OutageError,
    PanelStuckError,
    StruckByAmazonError,
    UnknownOutcomeError,
    UnknownPageError,
)
from feedback_manager.marketplace_names import names_of
from feedback_manager.page.bounds import Bounds
from feedback_manager.page.contract import PageContract
from feedback_manager.page.evidence import EvidenceBundle, EvidenceFolder
from feedback_manager.page.in_page import for_page, run
from feedback_manager.page.list_page import MAX_PAGES, ListPage
from feedback_manager.page.panel import RemovalPanel
from feedback_manager.page.reading import (
    ActionState,
    ReadyToClick,
    RowReading,
    SubmittedEvidence,
    Target,
)
from feedback_manager.page.trace import trace_on_failure
from schemas.submission import BootTime

BeforeClick = Callable[[ReadyToClick], BootTime]
"""Called once everything is verified and before the click: makes the intent durable, answers the click's deadline.

Whatever it raises passes through, and nothing is clicked."""

_LOW_STARS: Final = 3  # four and five stars are never asked about


class Submitter:
    """Sends requests of one store, one at a time.

    Args:
        listing: the store's list in the browser.
        evidence: where evidence is written; without it nothing is clicked.
        clock: the boot clock that deadlines are told in.
    """

    def __init__(
        self, listing: ListPage, evidence: EvidenceFolder, clock: BootClock | None = None
    ) -> None:
        self.listing = listing
        self.evidence = evidence
        self.clock = clock or BootClock()

    def submit(
        self, target: Target, before_click: BeforeClick, *, max_pages: int = MAX_PAGES
    ) -> SubmittedEvidence:
        """Ask for one removal, clicking at most once.

        Args:
            target: what was approved.
            before_click: makes the intent durable and answers the deadline of the click.
            max_pages: pages of the list to search.

        Raises:
            TransientError, RefusedError, NeedsPersonError: nothing was clicked.
            UnknownOutcomeError: clicked or maybe clicked, and not proven.
        """
        with trace_on_failure(self.listing.page.context, self.evidence.trace_path(target.order_id)):
            return self._submit(target, before_click, max_pages)

    def assist(
        self, target: Target, before_hand_over: BeforeClick, *, max_pages: int = MAX_PAGES
    ) -> SubmittedEvidence:
        """Fill the panel and let the person in front of the window press Submit, until the deadline.

        The page lets one press through, under the same last check as `submit`, and none after the deadline; then the
        panel is taken away by a fresh load and the row is read.

        Args:
            target: what was approved.
            before_hand_over: makes the intent durable and answers until when the person may press.
            max_pages: pages of the list to search.

        Raises:
            TransientError, RefusedError, NeedsPersonError: nothing was pressed.
            UnknownOutcomeError: pressed and not proven; `not_pressed` when the page saw no press.
        """
        with trace_on_failure(self.listing.page.context, self.evidence.trace_path(target.order_id)):
            return self._assist(target, before_hand_over, max_pages)

    def _submit(
        self, target: Target, before_click: BeforeClick, max_pages: int
    ) -> SubmittedEvidence:
        ready, contract, bundle = self._make_ready(target, max_pages)
        deadline = before_click(ready)
        wanted = self._wanted(ready, deadline)
        sent = SentRequests(self.listing.page)
        try:
            answer = run(
                self.listing.page, "check_and_click.js", contract=for_page(contract), wanted=wanted
            )
        except PlaywrightError as error:
            raise UnknownOutcomeError(
                f"the page did not answer the click on order {target.order_id}",
                observation="page_lost",
            ) from error
        if not answer["clicked"]:
            sent.stop()
            raise LastCheckFailedError(answer["reason"])
        return self._prove(ready, contract, sent, bundle, max_pages=max_pages)

    def _assist(
        self, target: Target, before_hand_over: BeforeClick, max_pages: int
    ) -> SubmittedEvidence:
        ready, contract, bundle = self._make_ready(target, max_pages, is_for_person=True)
        deadline = before_hand_over(ready)
        wanted = self._wanted(ready, deadline)
        sent = SentRequests(self.listing.page)
        try:
            run(self.listing.page, "guard_person.js", contract=for_page(contract), wanted=wanted)
            is_pressed = self._await_person(contract, deadline)
        except PlaywrightError as error:
            raise UnknownOutcomeError(
                f"the window was lost while order {target.order_id} was with the person",
                observation="page_lost",
            ) from error
        return self._prove(
            ready,
            contract,
            sent,
            bundle,
            max_pages=max_pages,
            unpressed=None if is_pressed else "not_pressed",
        )

    def _await_person(self, contract: PageContract, deadline: BootTime) -> bool:
        """Whether the person pressed; False when the panel was closed or the deadline came first."""
        while True:
            state = run(self.listing.page, "guard_state.js", contract=for_page(contract))
            if state["passed"]:
                return True
            if not state["panels"] or self.clock.now().seconds > deadline.seconds:
                return False
            self.listing.page.wait_for_timeout(50)

    # ---- before the click -------------------------------------------------------------------------------------

    def _make_ready(
        self, target: Target, max_pages: int, *, is_for_person: bool = False
    ) -> tuple[ReadyToClick, PageContract, EvidenceBundle]:
        """Everything filled in, verified, and on disk as evidence."""
        row, contract = self._prepare(target, max_pages, is_for_person=is_for_person)
        bundle = self.evidence.bundle(target.order_id)
        bundle.facts(
            "before",
            target=asdict(target),
            row=row.for_evidence(),
            contract=contract.version,
            generation=contract.generation,
            at=datetime.now(UTC),
        )
        bundle.picture("before", self.listing.page, contract)
        # Once more after the picture: a panel that forgets what was chosen must not leave an intent behind.
        panel = RemovalPanel(self.listing.page, contract, self.listing.bounds.panel)
        try:
            panel.require_filled(target)
        except PlaywrightError as error:
            raise self.listing.became(error) from error
        return ReadyToClick(target, row, bundle.sha256), contract, bundle

    def _prepare(
        self, target: Target, max_pages: int, *, is_for_person: bool
    ) -> tuple[RowReading, PageContract]:
        """The verified row with its panel filled; one fresh start when the panel is stuck.

        A panel that a person will see is held from before it opens: a press before the hand-over has no intent yet.
        """
        for is_last in (False, True):
            try:
                row = self.listing.find(target.order_id, max_pages)
                require_sendable(row, target)
                contract = self.listing.contract
                if is_for_person:
                    run(self.listing.page, "hold_person.js", contract=for_page(contract))
                panel = RemovalPanel(self.listing.page, contract, self.listing.bounds.panel)
                panel.fill(target)
            except PanelStuckError:
                if is_last:
                    raise
            except PlaywrightError as error:
                raise self.listing.became(error) from error
            else:
                return row, contract
        raise AssertionError("the loop returns or raises")

    # ---- the click and after ----------------------------------------------------------------------------------

    def _prove(
        self,
        ready: ReadyToClick,
        contract: PageContract,
        sent: "SentRequests",
        bundle: EvidenceBundle,
        *,
        max_pages: int,
        unpressed: str | None = None,
    ) -> SubmittedEvidence:
        clicked_at = datetime.now(UTC)
        if unpressed is None:
            sent.settle(self.listing.bounds)
        statuses = sent.stop()
        after = self._read_back(ready.target.order_id, max_pages, statuses)
        read_back_at = datetime.now(UTC)
        try:
            bundle.facts(
                "after",
                row=after.for_evidence(),
                statuses=statuses,
                clicked_at=clicked_at,
                read_back_at=read_back_at,
            )
            bundle.picture("after", self.listing.page, contract)
        except EvidenceError as error:
            raise UnknownOutcomeError(
                f"order {ready.target.order_id} was clicked, its evidence could not be written",
                observation="evidence_not_written",
                statuses=statuses,
            ) from error
        require_proof(after, statuses, unpressed)
        return SubmittedEvidence(
            ready.row, after, clicked_at, read_back_at, statuses, bundle.sha256
        )

    def _wanted(self, ready: ReadyToClick, deadline: BootTime) -> dict[str, object]:
        """What check_and_click.js compares with; the deadline is told on the page's own clocks.

        The page's clocks are read first and ours afterwards, so the page's deadline can only be too early.
        """
        try:
            clocks = run(self.listing.page, "clocks.js")
        except PlaywrightError as error:
            raise LastCheckFailedError("page_lost") from error
        now = self.clock.now()
        left = deadline.seconds - now.seconds if deadline.boot_id == now.boot_id else -1.0
        return {
            "latestMonotonic": clocks["monotonic"] + left * 1000,
            "latestWall": clocks["wall"] + left * 1000,
            "account": self.listing.store.account_name,
            "marketplaces": sorted(names_of(self.listing.store.marketplace)),
            "orderId": ready.target.order_id,
            "rating": str(ready.row.rating),
            "comment": ready.row.comment,
            "category": ready.target.category,
            "reason": ready.target.reason_code,
        }

    def _read_back(self, order_id: str, max_pages: int, statuses: tuple[int, ...]) -> RowReading:
        """The row from a fresh load; a load that fails for a moment is tried once more."""
        for is_last in (False, True):
            try:
                return self.listing.find(order_id, max_pages)
            except (OutageError, ListUnreadableError) as error:
                if is_last:
                    raise _unproven(order_id, error, statuses) from error
            except FeedbackManagerError as error:
                raise _unproven(order_id, error, statuses) from error
            except PlaywrightError as error:
                raise UnknownOutcomeError(
                    f"order {order_id} was clicked and the browser was lost",
                    observation="page_lost",
                    statuses=statuses,
                ) from error
        raise AssertionError("the loop returns or raises")


class SentRequests:
    """Watches which requests the page sends from now on: told in the evidence, never judged alone.

    Only what a page sends on purpose is counted (POST by script, form or fetch), no beacons.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._open: set[Request] = set()
        self._statuses: list[int] = []
        page.on("request", self._started)
        page.on("response", self._answered)
        page.on("requestfailed", self._failed)

    def settle(self, bounds: Bounds) -> None:
        """Wait until what was sent is answered, or nothing was sent for a while, or the bound is over."""
        start = time.monotonic()
        while not self._page.is_closed():
            waited = time.monotonic() - start
            is_done = bool(self._statuses) and not self._open
            is_silent = not self._statuses and not self._open and waited > bounds.silence
            if is_done or is_silent or waited > bounds.answer:
                return
            try:
                self._page.wait_for_timeout(15)
            except PlaywrightError:
                return

    def stop(self) -> tuple[int, ...]:
        """End watching; the statuses so far, with 0 for what failed or was never answered."""
        self._page.remove_listener("request", self._started)
        self._page.remove_listener("response", self._answered)
        self._page.remove_listener("requestfailed", self._failed)
        return (*self._statuses, *(0 for _ in self._open))

    def _started(self, request: Request) -> None:
        if request.method == "POST" and request.resource_type in {"xhr", "fetch", "document"}:
            self._open.add(request)

    def _answered(self, response: Response) -> None:
        if response.request in self._open:
            self._open.discard(response.request)
            self._statuses.append(response.status)

    def _failed(self, request: Request) -> None:
        if request in self._open:
            self._open.discard(request)
            self._statuses.append(0)


def require_sendable(row: RowReading, target: Target) -> None:
    """Refuse a row that is not what was approved, or about which nothing may be asked.

    Raises:
        StruckByAmazonError, ContentChangedError, AlreadyRequestedError: as the row says.
        ListUnreadableError: its menu did not appear, which says nothing.
        UnknownPageError: its menu has an option that the contract does not know.
    """
    order = f"order {row.order_id}"
    if row.has_note or row.is_struck:
        raise StruckByAmazonError(f"{order}: Amazon has struck this feedback already")
    if row.content_sha256 != target.content_sha256:
        raise ContentChangedError(
            f"{order}: rating or comment are not those that were approved; judge it again"
        )
    if row.rating is None or row.rating > _LOW_STARS:
        raise ContentChangedError(f"{order}: {row.rating} stars are never asked about")
    match row.action:
        case ActionState.OFFERED:
            return
        case ActionState.ABSENT:
            raise AlreadyRequestedError(
                f"{order}: the page does not offer the removal: requested before, or too old"
            )
        case ActionState.UNREADABLE:
            raise ListUnreadableError(f"{order}: the row's menu did not appear, so it says nothing")
        case ActionState.UNRECOGNISED:
            raise UnknownPageError(
                f"{order}: the row's menu has an option that the contract does not know: run `feedback-removal probe`"
            )


def require_proof(
    after: RowReading, statuses: tuple[int, ...], unpressed: str | None = None
) -> None:
    """Accept only a row that is there, unstruck, with a readable menu that no longer offers the removal.

    Args:
        after: the row from a fresh load.
        statuses: of what the page sent after the click.
        unpressed: what to call a removal still offered when the page saw no press of a person.

    Raises:
        UnknownOutcomeError: for everything else.
    """
    is_struck = after.has_note or after.is_struck
    match after.action:
        case ActionState.ABSENT if not is_struck:
            return
        case ActionState.ABSENT:
            observation = "struck"
        case ActionState.OFFERED if unpressed:
            observation = unpressed
        case ActionState.OFFERED if not statuses:
            observation = "no_request_seen"
        case ActionState.OFFERED:
            is_rejected = all(400 <= status < 500 for status in statuses)
            observation = "rejected" if is_rejected else "still_offered"
        case ActionState.UNREADABLE:
            observation = "menu_unreadable"
        case ActionState.UNRECOGNISED:
            observation = "menu_unrecognised"
    raise UnknownOutcomeError(
        f"order {after.order_id} was clicked, and a fresh page does not prove the request ({observation}): "
        "it is read again later, never clicked meanwhile",
        observation=observation,
        statuses=statuses,
    )


def _unproven(
    order_id: str, error: FeedbackManagerError, statuses: tuple[int, ...]
) -> UnknownOutcomeError:
    observation = "row_gone" if isinstance(error, NotInListError) else error.code
    return UnknownOutcomeError(
        f"order {order_id} was clicked, and the page could not be read afterwards ({observation})",
        observation=observation,
        statuses=statuses,
    )
