"""Running this package's own scripts inside the page."""

from functools import cache
from importlib import resources
from typing import Any, Final

from playwright.sync_api import Page

from feedback_manager.page.contract import PageContract
from feedback_manager.page.watchdog import watchdog_of

PATIENCE_SECONDS: Final = 20.0
"""A script that does not wait for anything answers within milliseconds; one that takes this long never will."""


def run(page: Page, script: str, *, within: float = PATIENCE_SECONDS, **arguments: Any) -> Any:  # noqa: ANN401 - whatever JSON the script answers
    """What the script (a name in scripts/) answers; Playwright's errors pass through.

    A page that does not answer within so many seconds is ended, which is a Playwright error too.
    """
    with watchdog_of(page.context).bound(within):
        return page.evaluate(_source(script), arguments)


def for_page(contract: PageContract) -> dict[str, Any]:
    """The parts of the contract that scripts need, under the names they use."""
    selectors = contract.selectors
    return {
        "row": selectors["list.row"],
        "region": selectors["list.region"],
        "date": selectors["list.date"],
        "rating": selectors["list.rating"],
        "order": selectors["list.order"],
        "comment": selectors["list.comment"],
        "menu": selectors["list.menu"],
        "action": selectors["list.action"],
        "pager": selectors["list.pager"],
        "pagerOff": selectors["list.pager_off"],
        "panel": selectors["panel.open"],
        "holder": selectors["panel.holder"],
        "button": selectors["panel.button"],
        "category": selectors["panel.category"],
        "reason": selectors["panel.reason"],
        "submit": selectors["panel.submit"],
        "account": selectors["header.account"],
        "marketplace": selectors["header.marketplace"],
        "requestAction": contract.request_action,
        "noteLabels": list(contract.wordings("note")),
    }


@cache
def _source(script: str) -> str:
    folder = resources.files("feedback_manager.page").joinpath("scripts")
    shared = folder.joinpath("shared.js").read_text("utf-8")
    return (
        "(argument) => {\n"
        + shared
        + "\nreturn (\n"
        + folder.joinpath(script).read_text("utf-8")
        + "\n)(argument);\n}"
    )
