"""What was read on the page, as values: rows, lists, targets, results."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from feedback_manager.page.contract import PageContract
from schemas.identifiers import content_sha256
from schemas.vocabularies import Term


class ActionState(Term):
    """Whether a row's menu offers to request the removal."""

    OFFERED = "offered"
    ABSENT = "absent"  # the menu is readable and does not offer it
    UNREADABLE = "unreadable"  # the menu did not appear: says nothing
    UNRECOGNISED = (
        "unrecognised"  # the menu has an option that the contract does not know: says nothing
    )


@dataclass(frozen=True, slots=True)
class Target:
    """One approved request, as far as the page is concerned.

    Attributes:
        order_id: the row's key.
        content_sha256: `schemas.identifiers.content_sha256` of rating and comment as approved.
        category: slug to choose.
        reason_code: code to choose.
    """

    order_id: str
    content_sha256: str
    category: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class RowReading:
    """One row of the list as it was on the page.

    Attributes:
        order_id: the row's key; empty when the row has none, which is drift.
        date_text: as shown; its format follows the page's language.
        rating: 1 to 5; None when it could not be read.
        comment: as laid out, without Amazon's note; kept out of repr, logs and evidence.
        content_sha256: of rating and comment, comparable to the approved one; None when either could not be read.
        has_note: Amazon's note stands under the comment.
        is_struck: the comment is struck through.
        action: what the menu says.
        page_number: page of the list, from 1.
    """

    order_id: str
    date_text: str
    rating: int | None
    comment: str | None = field(repr=False)
    content_sha256: str | None
    has_note: bool
    is_struck: bool
    action: ActionState
    page_number: int

    def for_evidence(self) -> dict[str, Any]:
        """What may be written down: no words of the buyer."""
        return {
            "order_id": self.order_id,
            "date_text": self.date_text,
            "rating": self.rating,
            "content_sha256": self.content_sha256,
            "has_note": self.has_note,
            "is_struck": self.is_struck,
            "action": str(self.action),
            "page_number": self.page_number,
        }


@dataclass(frozen=True, slots=True)
class ListReading:
    """The list, newest first, as far as it was read.

    Attributes:
        rows: each order once; a row that slid onto the next page while reading is kept from its first page.
        pages_read: pages that were read.
        is_complete: the last page was reached.
        shifted: the list moved while it was being read, so a row may have been missed.
        doubled_order_ids: orders with two rows on one page.
    """

    rows: tuple[RowReading, ...]
    pages_read: int
    is_complete: bool
    shifted: bool
    doubled_order_ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReadyToClick:
    """Handed to `before_click`: everything is filled in and verified, the button has not been pressed.

    Attributes:
        target: what is about to be asked.
        row: the row as read just now; its `content_sha256` equals the target's.
        evidence_sha256: hash of the evidence written so far, among it the masked screenshot.
    """

    target: Target
    row: RowReading
    evidence_sha256: str


@dataclass(frozen=True, slots=True)
class SubmittedEvidence:
    """Positive proof that the page shows the request: offered before, no longer offered after a fresh load.

    Attributes:
        before: the row before the click.
        after: the row after a fresh load of the list.
        clicked_at: UTC.
        read_back_at: UTC.
        statuses: HTTP statuses of requests that the page sent after the click; 0 for one that failed. Told, not judged.
        evidence_sha256: hash over all evidence of this request.
    """

    before: RowReading
    after: RowReading
    clicked_at: datetime
    read_back_at: datetime
    statuses: tuple[int, ...]
    evidence_sha256: str


def row_reading(seen: Mapping[str, Any], contract: PageContract, page_number: int) -> RowReading:
    """A row out of what shared.js read."""
    rating = int(seen["rating"]) if str(seen["rating"]).isdigit() else None
    comment = seen["comment"]
    known = rating is not None and comment is not None
    return RowReading(
        order_id=seen["orderId"] or "",
        date_text=seen["dateText"],
        rating=rating,
        comment=comment,
        content_sha256=content_sha256(rating, comment) if known and rating is not None else None,
        has_note=seen["hasNote"],
        is_struck=seen["isStruck"],
        action=_action(tuple(seen["slugs"]), contract),
        page_number=page_number,
    )


def _action(slugs: tuple[str, ...], contract: PageContract) -> ActionState:
    if not slugs:
        return ActionState.UNREADABLE
    if contract.request_action in slugs:
        return ActionState.OFFERED
    if set(slugs) <= set(contract.other_actions):
        return ActionState.ABSENT
    return ActionState.UNRECOGNISED
