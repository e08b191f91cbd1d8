"""One write to the ledger: every change of a request is an event, and the state row follows from the event."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from schemas.request_states import require_arrow
from schemas.submission import Refusal, RefusedStepError, Step
from schemas.vocabularies import RequestState
from store.ledger.event_chain import GENESIS, Event, StateRow, canonical_json, next_state
from store.ledger.moments import moment_text
from store.ledger.tables import EVENT, REQUEST, REQUEST_STATE

_CHUNK: Final = 500  # SQLite binds at most 32,766 values a statement; PostgreSQL 65,535


class Transaction:
    """Reads and changes requests inside one database transaction; `flush` writes what was changed."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self._states: dict[str, StateRow | None] = {}
        self._new_requests: list[dict[str, Any]] = []
        self._events: list[Event] = []
        self._changed: set[str] = set()
        self._head: tuple[int, str] | None = None

    def load(self, request_ids: Iterable[str]) -> None:
        """Read the rows of these requests, many at a time, for `state`."""
        missing = [key for key in dict.fromkeys(request_ids) if key not in self._states]
        for start in range(0, len(missing), _CHUNK):
            chunk = missing[start : start + _CHUNK]
            self._states.update(dict.fromkeys(chunk))
            self.select(REQUEST_STATE.c.request_id.in_(chunk))

    def select(self, condition: sa.ColumnElement[bool]) -> list[str]:
        """Ids of the requests that meet a condition, soonest deadline first; `state` then knows them."""
        rows = self.connection.execute(
            sa.select(REQUEST_STATE)
            .where(condition)
            .order_by(
                REQUEST_STATE.c.deadline_date,
                REQUEST_STATE.c.planned_at,
                REQUEST_STATE.c.request_id,
            )
        ).mappings()
        found = []
        for row in rows:
            key = row["request_id"]
            if self._states.get(key) is None:
                self._states[key] = dict(row)
            found.append(key)
        return found

    def state(self, request_id: str) -> StateRow | None:
        """The request's row as it is now, steps of this transaction included; None if there is none."""
        if request_id not in self._states:
            self.load([request_id])
        return self._states[request_id]

    def required(self, request_id: str, *states: RequestState) -> StateRow:
        """The request's row, which must be in one of these states.

        Raises:
            RefusedStepError: there is no such request, or it is in another state.
        """
        row = self.state(request_id)
        if row is None:
            raise RefusedStepError(
                Refusal.UNKNOWN_REQUEST, f"the ledger knows no request {request_id}"
            )
        if row["state"] not in states:
            raise RefusedStepError(
                Refusal.WRONG_STATE,
                f"request {request_id} is {row['state']}, the step starts from {' or '.join(states)}",
            )
        return row

    def identity(self, request_id: str) -> Mapping[str, Any]:
        """Who the request is about: its row of table `request`."""
        query = sa.select(REQUEST).where(REQUEST.c.request_id == request_id)
        return dict(self.connection.execute(query).mappings().one())

    def add_request(self, identity: Mapping[str, Any]) -> None:
        """Note who a new request is about; its first `take` follows."""
        self._new_requests.append(dict(identity))

    def take(
        self, request_id: str, to_state: RequestState, step: Step, changes: Mapping[str, Any]
    ) -> StateRow:
        """Take one arrow: append the event and let the row follow from it.

        Args:
            request_id: the request.
            to_state: where the arrow leads.
            step: who, when, why.
            changes: columns of `request_state` that change with it.

        Returns:
            The request's new row.

        Raises:
            ForbiddenArrowError: the state machine has no such arrow.
        """
        row = self.state(request_id)
        from_state = RequestState(row["state"]) if row else None
        require_arrow(from_state, to_state)
        before: Mapping[str, Any] = row or {}
        changed = {
            column: value
            for column, value in changes.items()
            if column not in before or before[column] != value
        }
        sequence, previous_hash = self._last_event()
        event = Event(
            sequence=sequence + 1,
            request_id=request_id,
            from_state=from_state,
            to_state=to_state,
            at=moment_text(step.at),
            actor=step.actor,
            run_id=step.run_id,
            reason=step.reason,
            evidence_sha256=step.evidence_sha256,
            content_sha256=changed.get("content_sha256", before.get("content_sha256")),
            changes=canonical_json(changed),
            previous_hash=previous_hash,
        ).sealed()
        after = next_state(row, event)
        self._head = (event.sequence, event.hash)
        self._events.append(event)
        self._states[request_id] = after
        self._changed.add(request_id)
        return after

    def flush(self) -> None:
        """Write identities, events and rows, in that order."""
        if self._new_requests:
            self.connection.execute(REQUEST.insert(), self._new_requests)
        if self._events:
            self.connection.execute(EVENT.insert(), [asdict(event) for event in self._events])
            rows = [row for key in sorted(self._changed) if (row := self._states[key])]
            self.connection.execute(_upsert(self.connection.dialect.name), rows)
        self._new_requests, self._events = [], []
        self._changed.clear()

    def _last_event(self) -> tuple[int, str]:
        if self._head is None:
            last = self.connection.execute(
                sa.select(EVENT.c.sequence, EVENT.c.hash).order_by(EVENT.c.sequence.desc()).limit(1)
            ).one_or_none()
            self._head = (last.sequence, last.hash) if last else (0, GENESIS)
        return self._head


@cache
def _upsert(dialect_name: str) -> sa.Insert:
    """Write a row of `request_state`, in place of the request's row if there is one; building this costs more than running it."""
    dialect = sqlite if dialect_name == "sqlite" else postgresql
    insert = dialect.insert(REQUEST_STATE)
    others = {
        column.name: insert.excluded[column.name]
        for column in REQUEST_STATE.columns
        if not column.primary_key
    }
    statement: sa.Insert = insert.on_conflict_do_update(index_elements=["request_id"], set_=others)
    return statement
