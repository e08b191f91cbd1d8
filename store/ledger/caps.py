"""How many requests of a day were used, counted from the events inside the transaction that adds to them."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa

from schemas.submission import Caps, Refusal
from schemas.vocabularies import RequestState
from store.ledger.tables import EVENT, REQUEST_STATE

HANDED_OUT = "handed_out"
"""Reason of the event that puts a request on a worksheet for the first time; a second worksheet has another reason."""


@dataclass(slots=True)
class DayUse:
    """Requests used on one UTC day, by account and by account and ground."""

    by_account: Counter[str] = field(default_factory=Counter)
    by_ground: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, account: str, ground: str, count: int = 1) -> None:
        """Count so many more."""
        self.by_account[account] += count
        self.by_ground[account, ground] += count

    def refusal(self, account: str, ground: str, caps: Caps) -> Refusal | None:
        """Why one more is not allowed; None when it is."""
        if self.by_account[account] >= caps.per_account:
            return Refusal.ACCOUNT_CAP
        if ground in caps.per_ground and self.by_ground[account, ground] >= caps.per_ground[ground]:
            return Refusal.GROUND_CAP
        return None


def submissions_on(connection: sa.Connection, day: date) -> DayUse:
    """What was given out on a UTC day: clicks intended, and requests first put on a worksheet."""
    return _count(
        connection,
        day,
        sa.or_(
            EVENT.c.to_state == RequestState.SUBMITTING,
            sa.and_(EVENT.c.to_state == RequestState.APPROVED, EVENT.c.reason == HANDED_OUT),
        ),
    )


def approvals_on(connection: sa.Connection, day: date) -> DayUse:
    """What was approved on a UTC day; approving again what lost its approval counts again."""
    return _count(
        connection,
        day,
        sa.and_(
            EVENT.c.to_state == RequestState.APPROVED, EVENT.c.from_state == RequestState.PLANNED
        ),
    )


def _count(connection: sa.Connection, day: date, condition: sa.ColumnElement[bool]) -> DayUse:
    account, ground = REQUEST_STATE.c.account, REQUEST_STATE.c.ground
    rows = connection.execute(
        sa.select(account, ground, sa.func.count())
        .select_from(EVENT.join(REQUEST_STATE, EVENT.c.request_id == REQUEST_STATE.c.request_id))
        .where(
            EVENT.c.at >= day.isoformat(),
            EVENT.c.at < (day + timedelta(days=1)).isoformat(),
            condition,
        )
        .group_by(account, ground)
    )
    use = DayUse()
    for its_account, its_ground, count in rows:
        use.add(its_account, its_ground, count)
    return use
