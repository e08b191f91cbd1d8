"""What the outbox needs of a store's page: ask once, read a row, keep what was read."""

from typing import Protocol

from feedback_manager.page.reading import (
    ActionState,
    ReadyToClick,
    RowReading,
    SubmittedEvidence,
    Target,
)
from feedback_manager.page.submission import BeforeClick

__all__ = ["BeforeClick", "ReadyToClick", "StorePage", "is_request_shown"]


class StorePage(Protocol):
    """Feedback Manager of one store; errors are those of `feedback_manager.errors`."""

    def ask(self, target: Target, before_click: BeforeClick) -> SubmittedEvidence:
        """Ask for one removal: everything verified, `before_click`, at most one click, then proof from a fresh page."""

    def find(self, order_id: str) -> RowReading:
        """The order's row from a fresh load of the list."""

    def keep(self, row: RowReading) -> str:
        """Write down what was read, durably and without a word of the buyer; the hash of it."""


def is_request_shown(row: RowReading, content_sha256: str) -> bool:
    """Whether the row proves a request: the feedback as approved, unstruck, its menu readable and no longer offering one.

    Only within the window to ask: afterwards the page offers it to nobody.
    """
    is_as_approved = row.content_sha256 == content_sha256 and not (row.has_note or row.is_struck)
    return is_as_approved and row.action is ActionState.ABSENT
