"""A real browser and a stand-in, each started once a session; every test gets fresh rows and a fresh tab."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from feedback_manager.boot_clock import BootClock
from feedback_manager.errors import FeedbackManagerError, UnknownOutcomeError
from feedback_manager.page import (
    Bounds,
    BrowserOptions,
    EvidenceFolder,
    ListPage,
    ReadyToClick,
    SiteAddress,
    Store,
    SubmittedEvidence,
    Submitter,
    Target,
    open_browser,
)
from feedback_manager.stand_in import ControlClient, FeedbackRow, StandIn, StoreSettings, serve
from schemas.identifiers import content_sha256
from schemas.submission import BootTime

ACCOUNT = "Harbour Lane Goods"
BOUNDS = Bounds(
    navigation=20, landing=20, rows=20, menus=5, empty=0.2, panel=10, answer=20, silence=1
)
"""Patient, as the machine may be busy; a test that waits for a bound to end shortens that one."""
COMMENTS = (
    "It broke after two days, poor quality.",
    "Parcel came a week late and the box was crushed.",
    "Stopped charging after one week.",
    "The courier left it in the rain.",
    "Much smaller than in the picture.",
)


def order(number: int) -> str:
    """Invented order ids; 1 is the newest row of the list."""
    return f"111-{number:07d}-{7000000 + number:07d}"


def invented_rows(count: int, marketplace: str = "US") -> list[FeedbackRow]:
    """Feedback with one to three stars, one a day backwards from yesterday."""
    today = datetime.now(UTC).date()
    return [
        FeedbackRow(
            ACCOUNT,
            marketplace,
            order(number),
            today - timedelta(days=min(number, 80)),
            1 + number % 3,
            COMMENTS[number % len(COMMENTS)],
        )
        for number in range(1, count + 1)
    ]


def target_of(row: FeedbackRow, category: str = "product-feedback", code: str = "203") -> Target:
    """What an approval of this row binds."""
    return Target(row.order_id, content_sha256(row.rating, row.comment), category, code)


@pytest.fixture(scope="session")
def stand_in_server() -> Iterator[StandIn]:
    with serve([]) as stand_in:
        yield stand_in


# One a module: Playwright allows one open session in a thread, and tests elsewhere open their own.
@pytest.fixture(scope="module")
def browser(
    stand_in_server: StandIn,
    browser_file: Path,  # noqa: ARG001 - without one the tests fail or are skipped
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[BrowserContext]:
    profile = tmp_path_factory.mktemp("browser") / "profile"
    address = SiteAddress.of("US", stand_in_server.base_url())
    with open_browser(BrowserOptions(profile), address) as context:
        context.new_page()  # keeps the browser open while tests close their own tabs
        yield context


@dataclass
class Desk:
    """One store of the stand-in with the driver in front of it."""

    stand_in: StandIn
    listing: ListPage
    submitter: Submitter
    rows: list[FeedbackRow]
    intents: list[str] = field(default_factory=list)
    store: str = f"{ACCOUNT}/US"
    deadline_seconds: float = 60

    @staticmethod
    def order(number: int) -> str:
        return order(number)

    def target(
        self, number: int = 1, category: str = "product-feedback", code: str = "203"
    ) -> Target:
        return target_of(self.rows[number - 1], category, code)

    @property
    def control(self) -> ControlClient:
        return self.stand_in.control

    def intend(self, ready: ReadyToClick) -> BootTime:
        self.intents.append(ready.target.order_id)
        return BootClock().now().later(self.deadline_seconds)

    def submit(self, number: int = 1, **options: Any) -> SubmittedEvidence:
        return self.submitter.submit(target_of(self.rows[number - 1]), self.intend, **options)

    def verdict(self, number: int = 1, **options: Any) -> str:
        """`submitted`, or the code of what stopped it, with the observation of an unknown outcome."""
        try:
            self.submit(number, **options)
        except UnknownOutcomeError as error:
            return f"unknown: {error.observation}"
        except FeedbackManagerError as error:
            return error.code if not error.clicked else f"clicked: {error.code}"
        return "submitted"

    def counted(self) -> int:
        return sum(self.control.counts().values())

    def landings(self) -> list[str]:
        return [visit["answer"] for visit in self.control.visits()]


@pytest.fixture
def new_desk(
    stand_in_server: StandIn, browser: BrowserContext, tmp_path: Path
) -> Iterator[Callable[..., Desk]]:
    """Makes a desk: `new_desk(count=5, landing=0.5, locale="de", ...)`: bounds to shorten, settings of the store."""
    desks: list[Desk] = []
    names_of_bounds = {entry.name for entry in fields(Bounds)}

    def make(count: int = 5, **options: Any) -> Desk:
        bounds = replace(BOUNDS, **{n: v for n, v in options.items() if n in names_of_bounds})
        settings = {n: v for n, v in options.items() if n not in names_of_bounds}
        rows = invented_rows(count)
        store = StoreSettings(ACCOUNT, "US", **settings)
        stand_in_server.control.reset(rows, [store])
        address = SiteAddress.of("US", stand_in_server.base_url())
        listing = ListPage(
            browser, address, Store(ACCOUNT, "US"), bounds=bounds, page=browser.new_page()
        )
        desk = Desk(
            stand_in_server,
            listing,
            Submitter(listing, EvidenceFolder(tmp_path / "evidence")),
            rows,
        )
        desks.append(desk)
        return desk

    yield make
    for desk in desks:
        for page in browser.pages[1:]:
            page.close()
        desk.control.clear_faults()


@pytest.fixture
def desk(new_desk: Callable[..., Desk]) -> Desk:
    """A store with five feedbacks in English."""
    return new_desk()
