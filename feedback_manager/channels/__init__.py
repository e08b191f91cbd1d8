"""Channels that work in a browser: `assisted`, where a person presses Submit, and `browser`, where the tool does."""

from feedback_manager.acceptance import (
    Acceptance,
    AcceptanceMissingError,
    require_acceptance,
)
from feedback_manager.channels.assisted import AssistedChannel
from feedback_manager.channels.browser import BrowserChannel
from feedback_manager.channels.driven_page import DrivenPage

__all__ = [
    "Acceptance",
    "AcceptanceMissingError",
    "AssistedChannel",
    "BrowserChannel",
    "DrivenPage",
    "require_acceptance",
]
