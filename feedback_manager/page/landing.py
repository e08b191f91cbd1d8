"""The probe: what has the browser landed on? It reads, it never clicks, and what it does not know it calls UNKNOWN."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playwright.sync_api import Page

from feedback_manager.page.contract import (
    LandingKind,
    LandingRule,
    PageContract,
    landing_rules,
    shipped_contracts,
)
from feedback_manager.page.in_page import run


@dataclass(frozen=True, slots=True)
class Signals:
    """What can be seen of a page without touching it.

    Attributes:
        host: host name, with its port.
        path: path of the address.
        language: the page's own language tag.
        status: HTTP status it came with; 0 when none came.
        visible: by selector, whether a visible element matches.
        texts: those of the rules' texts that are visible.
        is_bare: no visible link, button or field.
        is_blank: no visible text.
    """

    host: str
    path: str
    language: str
    status: int
    visible: Mapping[str, bool]
    texts: tuple[str, ...]
    is_bare: bool
    is_blank: bool


@dataclass(frozen=True, slots=True)
class Landing:
    """Where the browser is; `contract` is the generation of a list or panel, None elsewhere."""

    kind: LandingKind
    signals: Signals
    contract: PageContract | None = None


class PageProbe:
    """Classifies pages by the shipped rules and the given contracts."""

    def __init__(
        self,
        contracts: Sequence[PageContract] | None = None,
        rules: Sequence[LandingRule] | None = None,
    ) -> None:
        self.contracts = tuple(contracts if contracts is not None else shipped_contracts())
        self.rules = tuple(rules if rules is not None else landing_rules())
        selectors = {s for rule in self.rules for s in (rule.visible, rule.hidden) if s}
        for contract in self.contracts:
            selectors |= {
                contract.selectors[name]
                for name in ("list.present", "list.header_row", "panel.open")
                if name in contract.selectors
            }
        self._selectors = sorted(selectors)
        self._texts = sorted({text for rule in self.rules for text in rule.text})

    def look(self, page: Page, status: int) -> Landing:
        """Classify what the page shows now.

        Args:
            page: the browser's page; it is only read.
            status: HTTP status of its last answer, 0 when none came.
        """
        seen = run(page, "signals.js", selectors=self._selectors, texts=self._texts)
        return self.classify(
            Signals(
                host=seen["host"],
                path=seen["path"],
                language=seen["language"],
                status=status,
                visible=seen["visible"],
                texts=tuple(seen["texts"]),
                is_bare=seen["isBare"],
                is_blank=seen["isBlank"],
            )
        )

    def classify(self, signals: Signals) -> Landing:
        """The landing behind these signals: rules first, then the contracts, else UNKNOWN.

        Two generations that both fit are UNKNOWN too: a page may not be two things.
        """
        for rule in self.rules:
            if _holds(rule, signals):
                return Landing(rule.kind, signals)
        fitting = [c for c in self.contracts if _is_list(c, signals)]
        if len(fitting) != 1:
            return Landing(LandingKind.UNKNOWN, signals)
        contract = fitting[0]
        panel = contract.selectors.get("panel.open")
        has_panel = panel is not None and signals.visible.get(panel, False)
        return Landing(LandingKind.PANEL if has_panel else LandingKind.LIST, signals, contract)


def _holds(rule: LandingRule, signals: Signals) -> bool:
    checks = (
        rule.path is None or rule.path.search(signals.path) is not None,
        not rule.status or signals.status in rule.status,
        not rule.text or any(text in signals.texts for text in rule.text),
        rule.visible is None or signals.visible.get(rule.visible, False),
        rule.hidden is None or not signals.visible.get(rule.hidden, False),
        not rule.bare or signals.is_bare,
        not rule.blank or signals.is_blank,
    )
    return all(checks)


def _is_list(contract: PageContract, signals: Signals) -> bool:
    if signals.path != contract.path:
        return False
    names = ("list.present", "list.header_row")
    return all(
        signals.visible.get(contract.selectors[n], False) for n in names if n in contract.selectors
    )
