"""What the stand-in does: keeps feedback, takes requests, decides, lets time pass."""

import random
import secrets
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from feedback_manager.stand_in.decisions import Assumptions, note_kind
from feedback_manager.stand_in.faults import Fault, FaultKind, Moment
from feedback_manager.stand_in.feedback_rows import SHOWN, FeedbackRow, RowState
from feedback_manager.stand_in.settings import (
    REQUEST_WINDOW_DAYS,
    ROWS_PER_PAGE,
    SiteSettings,
    StoreSettings,
)
from feedback_manager.stand_in.storage import Memory
from schemas.vocabularies import FulfillmentChannel

OFFERED_REASONS: Final[dict[str, tuple[str, ...]]] = {
    "inappropriate-feedback": ("101", "102", "103", "104", "105"),
    "product-feedback": ("202", "203", "204"),
    "delivery-related-feedback": ("401", "402"),
    "not-listed": ("301",),
}
"""Categories and reason codes of the panel as seen on the live page in August 2026 (there is no 201)."""

_LOW_STARS: Final = 3
_BUYER_DELETES_WITHIN_DAYS: Final = 60
_STRIKES_WITHIN_DAYS: Final = 10


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in visitor."""

    token: str
    csrf: str


class Site:
    """All stores of one stand-in and everything that happens to them.

    Not safe for threads: the server calls it from one event loop.
    """

    def __init__(
        self, rows: Iterable[FeedbackRow], settings: SiteSettings, state: Path | None
    ) -> None:
        self.memory = Memory(state)
        self.settings = settings
        self.assumptions = Assumptions(settings.decisions)
        if self.memory.fact("loaded") is None:
            self.load(rows)

    # ---- loading and time -------------------------------------------------------------------------------------

    def load(self, rows: Iterable[FeedbackRow]) -> None:
        """Forget everything and start from these rows."""
        self.memory.clear("fact", "store", "feedback", "received", "visit", "fault", "session")
        loaded = list(rows)
        stores = self.settings.stores or [
            StoreSettings(account, marketplace)
            for account, marketplace in sorted({(row.account, row.marketplace) for row in loaded})
        ]
        for store in stores:
            self.memory.set_store(store)
        known = {store.key for store in stores}
        if strays := {row.store for row in loaded} - known:
            raise ValueError(f"feedback of stores the stand-in was not given: {sorted(strays)}")
        for row in loaded:
            self._draw_fate(row)
        self.memory.add_rows(sorted(loaded, key=lambda row: row.feedback_date))
        self.memory.set_fact("loaded", "yes")

    def now(self) -> datetime:
        """The stand-in's clock: real time plus what tests moved it by."""
        moved = float(self.memory.fact("clock_moved_seconds") or 0)
        return datetime.now(UTC) + timedelta(seconds=moved)

    def move_clock(self, by: timedelta) -> datetime:
        """Let time pass (never backwards); decisions that fell due meanwhile are made."""
        if by < timedelta(0):
            raise ValueError("the stand-in's clock only moves forward")
        moved = float(self.memory.fact("clock_moved_seconds") or 0)
        self.memory.set_fact("clock_moved_seconds", str(moved + by.total_seconds()))
        self.settle()
        return self.now()

    def set_clock(self, to: datetime) -> datetime:
        """Set the clock, also backwards: only sensible before anything has happened."""
        moved = (to - datetime.now(UTC)).total_seconds()
        self.memory.set_fact("clock_moved_seconds", str(moved))
        self.settle()
        return self.now()

    def settle(self) -> None:
        """Apply everything that fell due: decisions, unasked strikes, deletions."""
        now = self.now()
        for row in self.memory.rows():
            if self._settle_row(row, now):
                self.memory.save_row(row)

    def _settle_row(self, row: FeedbackRow, now: datetime) -> bool:
        before = (row.state, row.note)
        if (
            row.decision
            and row.decides_at
            and row.decides_at <= now
            and row.state is RowState.REVIEW
        ):
            row.state = row.decision
        if row.struck_unasked_at and row.struck_unasked_at <= now and row.state is RowState.OPEN:
            row.state, row.note = RowState.STRUCK, "fba"
        if row.deleted_at and row.deleted_at <= now and row.state in SHOWN:
            row.state = RowState.GONE
        return (row.state, row.note) != before

    def _draw_fate(self, row: FeedbackRow) -> None:
        chance = random.Random(f"{self.settings.seed}/{row.order_id}/fate")  # noqa: S311 - reproducible, not secret
        start = datetime.combine(row.feedback_date, datetime.min.time(), UTC)
        is_amazon_shipped = row.fulfillment_channel is FulfillmentChannel.AFN
        strikes, deletes = chance.random(), chance.random()
        if (
            is_amazon_shipped
            and row.rating <= _LOW_STARS
            and strikes < self.settings.unasked_strike_share
        ):
            row.struck_unasked_at = start + timedelta(days=chance.uniform(1, _STRIKES_WITHIN_DAYS))
        if deletes < self.settings.buyer_deletes_share:
            row.deleted_at = start + timedelta(days=chance.uniform(1, _BUYER_DELETES_WITHIN_DAYS))

    # ---- the list ---------------------------------------------------------------------------------------------

    def listed(self, store: str) -> list[FeedbackRow]:
        """What the list shows, newest first."""
        self.settle()
        return [row for row in self.memory.rows(store) if row.state in SHOWN]

    def page(self, store: str, number: int) -> tuple[list[FeedbackRow], int]:
        """One page of the list and how many pages there are (at least one)."""
        rows = self.listed(store)
        pages = max(1, -(-len(rows) // ROWS_PER_PAGE))
        start = (number - 1) * ROWS_PER_PAGE
        return rows[start : start + ROWS_PER_PAGE], pages

    def is_action_offered(self, row: FeedbackRow) -> bool:
        """Whether the list offers to request the removal of this feedback."""
        if (self.now().date() - row.feedback_date).days > REQUEST_WINDOW_DAYS:
            return False
        if row.state is RowState.REVIEW and row.action_hidden_at is not None:
            return self.now() < row.action_hidden_at
        return row.state is RowState.OPEN

    def shares(self, store: str) -> list[dict[str, Any]]:
        """Positive, neutral and negative feedback in 30, 90 and 365 days and in total."""
        today = self.now().date()
        rows = [row for row in self.listed(store) if row.state is not RowState.STRUCK]
        summary = []
        for days in (30, 90, 365, None):
            kinds = Counter(
                "positive"
                if row.rating > _LOW_STARS
                else "neutral"
                if row.rating == _LOW_STARS
                else "negative"
                for row in rows
                if days is None or (today - row.feedback_date).days <= days
            )
            summary.append(
                {
                    "days": days,
                    "count": kinds.total(),
                    **{k: kinds[k] for k in ("positive", "neutral", "negative")},
                }
            )
        return summary

    # ---- requests ---------------------------------------------------------------------------------------------

    def take_request(self, row: FeedbackRow, reason: str, *, shown_after: timedelta) -> None:
        """Count a removal request and draw its decision.

        Args:
            row: feedback in state OPEN; it is changed and saved.
            reason: code as received; empty on generation A, which asks for none.
            shown_after: how long the list goes on offering the action.
        """
        now = self.now()
        drawn = self.assumptions.draw(row, reason, self.settings.seed)
        row.state, row.requested_at, row.action_hidden_at = RowState.REVIEW, now, now + shown_after
        row.decision = drawn.state
        row.decides_at = now + drawn.after if drawn.state else None
        row.note = note_kind(reason) if drawn.state is RowState.STRUCK else None
        self.memory.save_row(row)

    def note_received(self, **columns: object) -> None:
        """Write into the oracle that a request arrived and what was answered: columns of table `received` but the times."""
        self.memory.add_received(self.now(), time.time(), **columns)

    def note_visit(self, store: str, path: str, answer: str, user_agent: str) -> None:
        """Write into the oracle that a page was asked for."""
        self.memory.add_visit(
            self.now(), time.time(), store=store, path=path, answer=answer, user_agent=user_agent
        )

    # ---- faults -----------------------------------------------------------------------------------------------

    def strikes(
        self, moment: Moment, order_id: str | None = None
    ) -> dict[FaultKind, int | str | None]:
        """The faults that strike on this occasion, with their amounts."""
        struck: dict[FaultKind, int | str | None] = {}
        for number, fault in self.memory.faults():
            if fault.moment is not moment:
                continue
            before = (fault.occasions, fault.strikes)
            if fault.occasion(order_id):
                struck[fault.kind] = fault.amount
            if (fault.occasions, fault.strikes) != before:
                self.memory.save_fault(number, fault)
        return struck

    def order_fault(self, fault: Fault) -> int:
        """Order a fault; its number."""
        return self.memory.add_fault(fault)

    # ---- sessions ---------------------------------------------------------------------------------------------

    def open_session(self, store: str) -> Session:
        """Sign a visitor in."""
        session = Session(secrets.token_urlsafe(16), secrets.token_urlsafe(8))
        self.memory.open_session(session.token, store, session.csrf, self.now())
        return session

    def session(self, token: str, store: StoreSettings) -> Session | None:
        """The living session behind a cookie, or None; using it keeps it from falling idle."""
        found = self.memory.session(token)
        if found is None or found["store"] != store.key:
            return None
        now = self.now()
        age = now - datetime.fromisoformat(found["opened_at"])
        idle = now - datetime.fromisoformat(found["used_at"])
        if age > timedelta(minutes=store.session_minutes) or idle > timedelta(
            minutes=store.idle_minutes
        ):
            return None
        self.memory.touch_session(token, now)
        return Session(found["token"], found["csrf"])

    def end_sessions(self) -> None:
        """Sign everybody out."""
        self.memory.clear("session")
