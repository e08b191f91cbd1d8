"""Running this package's own scripts inside the page."""

from functools import cache
from importlib import resources
from typing import Any

from playwright.sync_api import Page

from feedback_manager.page.contract import PageContract


def run(page: Page, script: str, **arguments: Any) -> Any:  # noqa: ANN401 - whatever JSON the script answers
    """What the script (a name in scripts/) answers; Playwright's errors pass through."""
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
