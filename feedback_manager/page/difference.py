"""How a page differs from the contract: read without a click, told in names of elements, without the buyers' words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Error as PlaywrightError

from feedback_manager.errors import FeedbackManagerError, UnknownPageError
from feedback_manager.page.contract import PageContract
from feedback_manager.page.in_page import for_page, run
from feedback_manager.page.landing import Landing
from feedback_manager.page.list_page import ListPage
from schemas.vocabularies import Term


class Match(Term):
    """How a part of the page compares with the contract."""

    AS_DESCRIBED = "as described"
    DIFFERS = "differs"
    NOT_SHOWN = "not shown"  # part of a panel or pop-up that only a click would bring up


@dataclass(frozen=True, slots=True)
class Comparison:
    """One part of the page."""

    part: str
    match: Match
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class ContractReport:
    """What `feedback-removal probe` tells.

    Attributes:
        landing: what the page is.
        contract: version of the contract it was compared with.
        comparisons: part by part; empty when the page is no list.
        known_from: how surely each part was known when the contract was written.
    """

    landing: Landing
    contract: str
    comparisons: tuple[Comparison, ...]
    known_from: Mapping[str, str]

    @property
    def is_as_described(self) -> bool:
        """Whether it is the list and nothing differs: only then may anything be clicked."""
        return bool(self.comparisons) and all(
            c.match is not Match.DIFFERS for c in self.comparisons
        )

    def text(self) -> str:
        """The report for people."""
        signals = self.landing.signals
        lines = [
            f"page: {self.landing.kind} (path {signals.path}, HTTP {signals.status}, language {signals.language or 'not told'})",
            f"compared with contract {self.contract}",
        ]
        lines += [
            f"  {c.match:<12}  {c.part}: expected {c.expected}, found {c.found}"
            for c in sorted(self.comparisons, key=lambda c: (c.match is not Match.DIFFERS, c.part))
        ]
        assumed = sorted(part for part, grade in self.known_from.items() if grade == "0")
        if assumed:
            lines.append(
                f"assumed, not seen by anybody when the contract was written: {', '.join(assumed)}"
            )
        lines.append(
            "the page is as the contract describes it"
            if self.is_as_described
            else "the page is not as the contract describes it: nothing is clicked there"
        )
        return "\n".join(lines)


_ONLY_AFTER_A_CLICK: Final = "panel."


def compare(listing: ListPage) -> ContractReport:
    """Load the page, click nothing, and compare it with the contract.

    Raises:
        TransientError: the page could not be loaded at all.
    """
    contract = listing.probe.contracts[0]
    listing.load()
    landing = listing.landing()
    if landing.contract is None:
        return ContractReport(landing, contract.version, (), contract.seen)
    contract = landing.contract
    if not contract.can_submit:
        found = Comparison("generation", Match.DIFFERS, "one the tool can use", contract.generation)
        return ContractReport(landing, contract.version, (found,), contract.seen)
    try:
        listing.await_rows(contract)
    except UnknownPageError:  # rows that are not as described: that is what the report tells
        pass
    except FeedbackManagerError:
        if listing.landing().contract is None:
            return ContractReport(listing.landing(), contract.version, (), contract.seen)
    try:
        seen = run(
            listing.page,
            "inventory.js",
            contract=for_page(contract),
            selectors={
                name: selector
                for name, selector in contract.selectors.items()
                if name not in {"list.comment", "list.pager_off", "list.menu_opener", "list.action"}
            },
            overlays=[{"covers": o.covers, "close": o.close} for o in contract.overlays],
        )
    except PlaywrightError as error:
        raise UnknownPageError("the page went away while it was read") from error
    return ContractReport(
        landing, contract.version, tuple(_comparisons(contract, seen)), contract.seen
    )


def _comparisons(contract: PageContract, seen: Mapping[str, Any]) -> list[Comparison]:
    counts: Mapping[str, int] = seen["counts"]
    rows = counts["list.row"]
    compared = []
    for name, selector in contract.selectors.items():
        if name not in counts:
            continue
        per_row = name in {"list.date", "list.rating", "list.order", "list.menu"}
        expected = str(rows) if per_row else "at least 1"
        is_there = counts[name] == rows if per_row else counts[name] > 0
        missing = Match.NOT_SHOWN if name.startswith(_ONLY_AFTER_A_CLICK) else Match.DIFFERS
        compared.append(
            Comparison(
                f"{name} ({selector})",
                Match.AS_DESCRIBED if is_there else missing,
                expected,
                str(counts[name]),
            )
        )
    for part, key in (
        ("rows with an order id", "rowsWithOrder"),
        ("rows with a rating of 1 to 5", "rowsWithRating"),
        ("rows with one comment cell", "rowsWithComment"),
        ("rows with a readable menu", "readableMenus"),
    ):
        compared.append(_equal(part, rows, seen[key]))
    known = {contract.request_action, *contract.other_actions}
    strange = sorted(set(seen["slugs"]) - known)
    compared.append(
        _equal("menu options that the contract does not know", "none", ", ".join(strange) or "none")
    )
    languages = sorted(contract.labels)
    language = str(seen["language"]).split("-")[0].lower()
    compared.append(
        Comparison(
            "language of the page",
            Match.AS_DESCRIBED if language in languages else Match.DIFFERS,
            " or ".join(languages),
            language or "not told",
        )
    )
    if seen["coveredBy"]:
        compared.append(
            Comparison(
                "pop-ups", Match.AS_DESCRIBED, "none or known ones", ", ".join(seen["coveredBy"])
            )
        )
    return compared


def _equal(part: str, expected: object, found: object) -> Comparison:
    is_equal = str(expected) == str(found)
    return Comparison(
        part, Match.AS_DESCRIBED if is_equal else Match.DIFFERS, str(expected), str(found)
    )
