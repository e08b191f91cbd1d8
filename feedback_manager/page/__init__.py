"""The live page: its contract as data, the probe that recognises it, and the driver that reads and asks."""

from feedback_manager.loopback import is_loopback
from feedback_manager.page.bounds import Bounds
from feedback_manager.page.browser import BrowserOptions, find_browser, open_browser
from feedback_manager.page.contract import (
    LandingKind,
    PageContract,
    read_contract,
    shipped_contracts,
)
from feedback_manager.page.difference import ContractReport, compare
from feedback_manager.page.evidence import EvidenceFolder
from feedback_manager.page.landing import Landing, PageProbe
from feedback_manager.page.list_page import ListPage, Store
from feedback_manager.page.reading import (
    ActionState,
    ListReading,
    ReadyToClick,
    RowReading,
    SubmittedEvidence,
    Target,
)
from feedback_manager.page.sign_in import await_sign_in
from feedback_manager.page.site_address import SiteAddress
from feedback_manager.page.submission import BeforeClick, Submitter

__all__ = [
    "ActionState",
    "BeforeClick",
    "Bounds",
    "BrowserOptions",
    "ContractReport",
    "EvidenceFolder",
    "Landing",
    "LandingKind",
    "ListPage",
    "ListReading",
    "PageContract",
    "PageProbe",
    "ReadyToClick",
    "RowReading",
    "SiteAddress",
    "Store",
    "SubmittedEvidence",
    "Submitter",
    "Target",
    "await_sign_in",
    "compare",
    "find_browser",
    "is_loopback",
    "open_browser",
    "read_contract",
    "shipped_contracts",
]
