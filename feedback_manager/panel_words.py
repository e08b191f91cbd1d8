"""The removal panel of Feedback Manager in words a person can look for."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources


class UnknownPanelChoiceError(KeyError):
    """A category or reason code that the removal panel is not known to offer."""


@dataclass(frozen=True, slots=True)
class PanelWords:
    """English words for what the panel offers; the live page may word them differently."""

    categories: Mapping[str, str]
    """By slug, such as `product-feedback`."""
    reasons: Mapping[str, str]
    """By code, such as `203`."""
    action_labels: Mapping[str, str]
    """How the page names the action "Request removal", by ISO 639-1 language."""

    def category(self, slug: str) -> str:
        """The category's words.

        Raises:
            UnknownPanelChoiceError: the panel is not known to have it.
        """
        return _lookup(self.categories, slug, "category")

    def reason(self, code: str) -> str:
        """The reason's words.

        Raises:
            UnknownPanelChoiceError: the panel is not known to have it.
        """
        return _lookup(self.reasons, code, "reason code")


@cache
def panel_words() -> PanelWords:
    """What feedback_manager/panel_words.toml says."""
    text = resources.files("feedback_manager").joinpath("panel_words.toml").read_text("utf-8")
    return PanelWords(**tomllib.loads(text))


def _lookup(words: Mapping[str, str], key: str, kind: str) -> str:
    try:
        return words[key]
    except KeyError:
        raise UnknownPanelChoiceError(
            f"{kind} {key!r} is not in feedback_manager/panel_words.toml; known: {', '.join(words)}"
        ) from None
