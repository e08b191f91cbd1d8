"""Feedback as the stand-in knows it, and where it may come from."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from feedback_manager.stand_in.settings import store_key
from schemas.vocabularies import FulfillmentChannel, Term


class RowState(Term):
    """Where one feedback is; REVIEW, DENIED and an expired row look alike in the list, as on the live page."""

    OPEN = "open"  # removal can be requested
    REVIEW = "review"  # requested, not decided
    REMOVED = "removed"
    STRUCK = "struck"
    DENIED = "denied"
    GONE = "gone"  # taken back by the buyer


SHOWN: Final = frozenset({RowState.OPEN, RowState.REVIEW, RowState.STRUCK, RowState.DENIED})


@dataclass(slots=True)
class FeedbackRow:
    """One feedback on the stand-in.

    Attributes:
        account: selling account.
        marketplace: code such as US.
        order_id: 3-7-7.
        feedback_date: calendar date of the marketplace.
        rating: 1 to 5.
        comment: as the buyer wrote it; None for a rating without words.
        fulfillment_channel: who shipped; a delivery request for a parcel the seller shipped is denied.
        state: where the feedback is.
        requested_at: when a request for it was counted.
        action_hidden_at: from when the list stops offering the action (later than requested_at for a slow site).
        decides_at: when Amazon's decision falls.
        decision: what that decision will be.
        note: kind of Amazon's note under a struck comment: fba or buy_shipping.
        struck_unasked_at: when Amazon strikes it by itself.
        deleted_at: when the buyer takes it back.
    """

    account: str
    marketplace: str
    order_id: str
    feedback_date: date
    rating: int
    comment: str | None
    fulfillment_channel: FulfillmentChannel = FulfillmentChannel.UNKNOWN
    state: RowState = RowState.OPEN
    requested_at: datetime | None = None
    action_hidden_at: datetime | None = None
    decides_at: datetime | None = None
    decision: RowState | None = None
    note: str | None = None
    struck_unasked_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def store(self) -> str:
        """Key of the store it belongs to."""
        return store_key(self.account, self.marketplace)

    def to_json(self) -> str:
        """Text that `from_json` reads back to an equal row."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(
            {
                name: value.isoformat() if isinstance(value, date) else value
                for name, value in fields.items()
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str) -> "FeedbackRow":
        """Read what `to_json` wrote."""
        return cls.from_record(json.loads(text))

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "FeedbackRow":
        """A row out of a table's record; columns the stand-in does not know are ignored.

        Raises:
            ValueError: a needed column is missing or a value cannot be read; the message names the column, never the value
                of a comment.
        """
        needed = ("account", "marketplace", "order_id", "feedback_date", "rating")
        if missing := [name for name in needed if record.get(name) is None]:
            raise ValueError(f"a feedback row of the stand-in lacks {', '.join(missing)}")
        comment = record.get("comment")
        return cls(
            account=str(record["account"]),
            marketplace=str(record["marketplace"]),
            order_id=str(record["order_id"]),
            feedback_date=_date(record["feedback_date"]),
            rating=int(record["rating"]),
            comment=comment if isinstance(comment, str) else None,  # pandas' missing text is a NaN
            fulfillment_channel=FulfillmentChannel.parse(
                str(record.get("fulfillment_channel") or "UNKNOWN")
            ),
            state=RowState.parse(str(record.get("state") or "open")),
            requested_at=_instant(record.get("requested_at")),
            action_hidden_at=_instant(record.get("action_hidden_at")),
            decides_at=_instant(record.get("decides_at")),
            decision=RowState.parse(record["decision"]) if record.get("decision") else None,
            note=record.get("note"),
            struck_unasked_at=_instant(record.get("struck_unasked_at")),
            deleted_at=_instant(record.get("deleted_at")),
        )


def _date(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _instant(value: object) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value))


def rows_of_records(records: Iterable[Mapping[str, Any]]) -> list[FeedbackRow]:
    """Rows out of records with the columns of table `feedback` (and, if known, `fulfillment_channel`)."""
    return [FeedbackRow.from_record(record) for record in records]


def read_rows(path: Path) -> list[FeedbackRow]:
    """Rows out of a JSON file: a list of records with the columns of table `feedback`.

    Raises:
        ValueError: naming the file when it is not such a list.
    """
    try:
        records = json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: no JSON (line {error.lineno})") from None
    if not isinstance(records, list):
        raise ValueError(f"{path}: a list of feedback records was expected")  # noqa: TRY004 - the file is wrong, not a type
    return rows_of_records(records)
