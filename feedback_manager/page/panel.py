"""The removal panel: opened for one row, filled, read back. Nothing here presses Submit."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page

from feedback_manager.errors import PanelStuckError, ReasonNotOfferedError, UnknownPageError
from feedback_manager.page.contract import PageContract
from feedback_manager.page.in_page import for_page, run
from feedback_manager.page.reading import Target
from schemas.identifiers import ORDER_ID_PATTERN


@dataclass(frozen=True, slots=True)
class RemovalPanel:
    """The panel of one page.

    Attributes:
        page: the browser's page, showing the list's page with the row.
        contract: its contract.
        patience: seconds that each step of the panel may take.
    """

    page: Page
    contract: PageContract
    patience: float

    def fill(self, target: Target) -> None:
        """Open the panel for the target's row and choose category and reason, all read back.

        Raises:
            PanelStuckError: worth one fresh start.
            ReasonNotOfferedError: the panel's categories or codes are not the contract's.
            UnknownPageError: a wording or an element that the contract does not know.
        """
        try:
            self._open_for(target.order_id)
            self._pass_criteria()
            self._choose(target)
        except PlaywrightError as error:
            raise PanelStuckError(
                f"an element of the removal panel could not be used: {type(error).__name__}"
            ) from error

    def _state(self) -> dict[str, Any]:
        return dict(run(self.page, "panel_state.js", contract=for_page(self.contract)))

    def _await(self, holds: Callable[[dict[str, Any]], bool], complaint: str) -> dict[str, Any]:
        deadline = time.monotonic() + self.patience
        while not holds(state := self._state()):
            if time.monotonic() > deadline:
                raise PanelStuckError(complaint)
            self.page.wait_for_timeout(15)
        return state

    def _open_for(self, order_id: str) -> None:
        if not re.fullmatch(ORDER_ID_PATTERN, order_id):
            raise UnknownPageError(f"{order_id!r} is no order id")
        if self._state()["panels"]:
            raise PanelStuckError("a removal panel is open already: whose it is cannot be proven")
        selectors = self.contract.selectors
        key = self.page.locator(f'{selectors["list.order"]}[label="{order_id}"]')
        row = self.page.locator(selectors["list.row"]).filter(has=key)
        menu = row.locator(selectors["list.menu"])
        menu.locator(selectors["list.menu_opener"]).click(timeout=self.patience * 1000)
        menu.locator(f'button[data-action="{self.contract.request_action}"]').click(
            timeout=self.patience * 1000
        )
        state = self._await(
            lambda s: bool(s["panels"]),
            "the removal panel did not open after its menu option was chosen",
        )
        if state["panels"] != 1:
            raise PanelStuckError(f"{state['panels']} removal panels opened at once")
        if state["ownerOrderId"] not in {None, order_id}:
            raise PanelStuckError("the removal panel opened under another row")

    def _pass_criteria(self) -> None:
        state = self._await(
            lambda s: bool(s["labels"]) or s["category"] is not None,
            "the removal panel stayed empty",
        )
        if state["category"] is not None:
            return
        known = self.contract.wordings("continue")
        onwards = [label for label in state["labels"] if label in known]
        if len(onwards) != 1:
            raise UnknownPageError(
                f"the removal panel has buttons worded {state['labels']}, and exactly one of {list(known)} was expected: "
                "add the new wording to the contract if it means the same"
            )
        self._inside_panel(
            f'{self.contract.selectors["panel.button"]}[label="{onwards[0]}"] button'
        ).click(timeout=self.patience * 1000)
        self._await(
            lambda s: s["category"] is not None, "the removal panel did not go on to its form"
        )

    def _choose(self, target: Target) -> None:
        self._require_offered(
            self._state()["category"], set(self.contract.reasons), target.category, "categories"
        )
        self._pick("panel.category", target.category)
        state = self._await(
            lambda s: s["category"]["value"] == target.category and not s["reason"]["isDisabled"],
            "the removal panel did not take the category",
        )
        offered = set(self.contract.reasons[target.category])
        self._require_offered(
            state["reason"], offered, target.reason_code, f"reasons of {target.category}"
        )
        self._pick("panel.reason", target.reason_code)
        self._await(
            lambda s: s["reason"]["value"] == target.reason_code,
            "the removal panel did not take the reason",
        )
        self._await(
            lambda s: s["submit"] is not None and s["submit"]["isEnabled"],
            "the submit button stayed disabled though category and reason are chosen",
        )
        self.require_filled(target)

    def require_filled(self, target: Target) -> None:
        """Read everything back once more.

        Raises:
            PanelStuckError: it is not one panel with the target's category and reason and an enabled button.
        """
        state = self._state()
        chosen = [(state[name] or {}).get("value") for name in ("category", "reason")]
        if state["panels"] != 1 or chosen != [target.category, target.reason_code]:
            raise PanelStuckError("the removal panel did not keep category and reason")
        if not (state["submit"] or {}).get("isEnabled"):
            raise PanelStuckError("the submit button did not stay enabled")

    def _require_offered(
        self, dropdown: dict[str, Any], expected: set[str], wanted: str, what: str
    ) -> None:
        offered = {value for value in dropdown["options"] if value}
        if wanted not in offered or offered != expected:
            raise ReasonNotOfferedError(
                f"the panel offers the {what} {sorted(offered)}, the contract {self.contract.version} says "
                f"{sorted(expected)}, wanted is {wanted}: nothing with this reason is sent until a person has looked"
            )

    def _pick(self, dropdown: str, value: str) -> None:
        selectors = self.contract.selectors
        host = self._inside_panel(selectors[dropdown])
        host.locator(selectors["panel.opener"]).click(timeout=self.patience * 1000)
        host.locator(f'{selectors["panel.option"]}[value="{value}"]').click(
            timeout=self.patience * 1000
        )

    def _inside_panel(self, selector: str) -> Locator:
        return self.page.locator(self.contract.selectors["panel.open"]).locator(selector)
