"""What Seller Central's header calls a marketplace, by language."""

import tomllib
from functools import cache
from importlib import resources


@cache
def marketplace_names() -> dict[str, dict[str, str]]:
    """Names by language (en, de, ja, zh) and marketplace code."""
    text = resources.files("feedback_manager").joinpath("marketplace_names.toml").read_text("utf-8")
    return tomllib.loads(text)


def names_of(marketplace: str) -> frozenset[str]:
    """Every name a marketplace may have in the header, whatever the language of the page."""
    return frozenset(
        names[marketplace] for names in marketplace_names().values() if marketplace in names
    )
