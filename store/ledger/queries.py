"""What the ledger answers: the tables of `schemas.tables`, and whether its own log is whole."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import takewhile
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from schemas import tables
from schemas.vocabularies import RequestState, SightingKind
from store.ledger.caps import DayUse, approvals_on, submissions_on
from store.ledger.connection import LedgerConnection
from store.ledger.event_chain import Event, LedgerDamagedError, StateRow, replay, state_bytes
from store.ledger.moments import read_moment
from store.ledger.runs import run_counts
from store.ledger.tables import EVENT, REQUEST, REQUEST_STATE, RUN, SIGHTING

_PIECE = 50_000
"""Rows that are turned into columns at once."""

_NEVER_ASKED = (RequestState.PLANNED, RequestState.APPROVED, RequestState.HELD)
_ASKED_SIGHTINGS = (
    SightingKind.SUBMITTED,
    SightingKind.DENIED,
    SightingKind.STRUCK,
    SightingKind.REMOVED,
    SightingKind.MORE_INFORMATION,
    SightingKind.REOPENED,
)


class Queries(LedgerConnection):
    """The part of the ledger that only reads; every answer is of one moment."""

    def requests(
        self,
        *,
        states: Iterable[RequestState] | None = None,
        account: str | None = None,
        feedback_id: str | None = None,
    ) -> pa.Table:
        """Requests as table `removal_request`, soonest deadline first.

        Raises:
            StorageError: the ledger cannot be read.
        """
        columns = {column.name: column for column in REQUEST_STATE.columns}
        columns.update({column.name: column for column in REQUEST.columns})
        query = (
            sa.select(*(columns[name] for name in tables.REMOVAL_REQUEST.schema.names))
            .join_from(REQUEST, REQUEST_STATE, REQUEST.c.request_id == REQUEST_STATE.c.request_id)
            .order_by(
                REQUEST_STATE.c.deadline_date,
                REQUEST_STATE.c.planned_at,
                REQUEST_STATE.c.request_id,
            )
        )
        if states is not None:
            query = query.where(REQUEST_STATE.c.state.in_(list(states)))
        if account is not None:
            query = query.where(REQUEST.c.account == account)
        if feedback_id is not None:
            query = query.where(REQUEST.c.feedback_id == feedback_id)
        return self._table(query, tables.REMOVAL_REQUEST)

    def requests_before(self, moment: datetime) -> pa.Table:
        """Requests as they stood just before a moment: what the events until then add up to.

        Raises:
            LedgerDamagedError: the chain of events is broken.
            StorageError: the ledger cannot be read.
        """
        with self._database.reading() as connection:
            # the log up to then, never a choice from it: the clock may have been set back once
            events = list(takewhile(lambda e: read_moment(e.at) < moment, _events(connection)))
            made = {
                row["request_id"]: dict(row)
                for row in connection.execute(sa.select(REQUEST)).mappings()
            }
        states = replay(events)
        rows = [made[key] | state for key, state in sorted(states.items())]
        return _as_table(rows, tables.REMOVAL_REQUEST)

    def events(self, request_id: str | None = None) -> pa.Table:
        """Events as table `event`, oldest first; of one request, or all.

        Raises:
            StorageError: the ledger cannot be read.
        """
        query = sa.select(EVENT).order_by(EVENT.c.sequence)
        if request_id is not None:
            query = query.where(EVENT.c.request_id == request_id)
        return self._table(query, tables.EVENT)

    def sightings(self) -> pa.Table:
        """Observations as table `sighting`, oldest first.

        Raises:
            StorageError: the ledger cannot be read.
        """
        return self._table(
            sa.select(SIGHTING).order_by(SIGHTING.c.seen_at, SIGHTING.c.sighting_id),
            tables.SIGHTING,
        )

    def runs(self) -> pa.Table:
        """Runs as table `run`, oldest first.

        Raises:
            StorageError: the ledger cannot be read.
        """
        with self._database.reading() as connection:
            rows = connection.execute(
                sa.select(RUN).order_by(RUN.c.started_at, RUN.c.run_id)
            ).mappings()
            return _as_table(
                [{**dict(row), **run_counts(row["counts"])} for row in rows], tables.RUN
            )

    def asked_feedback_ids(self) -> frozenset[str]:
        """Feedback that was asked about, or may have been: no first request may follow.

        Counted are requests that were clicked at least once, are in doubt, on a worksheet, submitted or decided, and
        feedback at which a request or its result was seen.

        Raises:
            StorageError: the ledger cannot be read.
        """
        state = REQUEST_STATE.c
        asked = (
            sa.select(REQUEST.c.feedback_id)
            .join(REQUEST_STATE, REQUEST.c.request_id == state.request_id)
            .where(
                sa.or_(
                    state.state.not_in([*_NEVER_ASKED, RequestState.CANCELLED]),
                    state.attempt > 0,
                    state.worksheet_id.is_not(None),
                )
            )
        )
        seen = sa.select(SIGHTING.c.feedback_id).where(SIGHTING.c.seen.in_(_ASKED_SIGHTINGS))
        with self._database.reading() as connection:
            return frozenset(connection.execute(sa.union(asked, seen)).scalars())

    def submissions_used(self, day: date) -> DayUse:
        """Clicks intended and requests handed out on a UTC day, as the caps count them.

        Raises:
            StorageError: the ledger cannot be read.
        """
        with self._database.reading() as connection:
            return submissions_on(connection, day)

    def approvals_used(self, day: date) -> DayUse:
        """Approvals given on a UTC day, as the caps count them.

        Raises:
            StorageError: the ledger cannot be read.
        """
        with self._database.reading() as connection:
            return approvals_on(connection, day)

    def verify_chain(self) -> int:
        """Check every event against the chain of hashes and the state machine.

        Returns:
            The number of events.

        Raises:
            LedgerDamagedError: naming the first sequence that is missing, changed or not allowed.
            StorageError: the ledger cannot be read.
        """
        with self._database.reading() as connection:
            events = _events(connection)
        replay(events)
        return len(events)

    def rebuild_states(self) -> bytes:
        """What the events add up to: every request's row, one canonical JSON line each, by request id.

        Raises:
            LedgerDamagedError: the chain of events is broken.
            StorageError: the ledger cannot be read.
        """
        with self._database.reading() as connection:
            return state_bytes(replay(_events(connection)).values())

    def stored_states(self) -> bytes:
        """The rows of the state table, in the same form as `rebuild_states`.

        Raises:
            StorageError: the ledger cannot be read.
        """
        with self._database.reading() as connection:
            return state_bytes(_states(connection))

    def verify(self) -> int:
        """Check chain and states in one moment of the ledger; a tail of events cut off shows as well.

        Returns:
            The number of events.

        Raises:
            LedgerDamagedError: the chain is broken, or a state row does not follow from the events.
            StorageError: the ledger cannot be read.
        """
        with self._database.reading() as connection:
            events = _events(connection)
            stored = {row["request_id"]: row for row in _states(connection)}
        rebuilt = replay(events)
        for key in sorted(stored.keys() | rebuilt.keys()):
            if stored.get(key) != rebuilt.get(key):
                raise LedgerDamagedError(
                    f"the state of request {key} does not follow from its events: restore a backup, submit nothing"
                )
        return len(events)

    def _table(self, query: "sa.Select[Any]", table: tables.Table) -> pa.Table:
        """What a query answers, a piece at a time: a long log never stands in memory as Python objects."""
        with self._database.reading() as connection:
            rows = connection.execute(query)
            places = [list(rows.keys()).index(name) for name in table.schema.names]
            pieces = [
                _piece([columns[place] for place in places], table)
                for columns in (list(zip(*part, strict=True)) for part in rows.partitions(_PIECE))
            ]
        return pa.Table.from_batches(pieces, schema=table.schema).combine_chunks()


def _events(connection: sa.Connection) -> list[Event]:
    return [
        Event(**row)
        for row in connection.execute(sa.select(EVENT).order_by(EVENT.c.sequence)).mappings()
    ]


def _states(connection: sa.Connection) -> list[StateRow]:
    return [dict(row) for row in connection.execute(sa.select(REQUEST_STATE)).mappings()]


def _as_table(rows: Iterable[Mapping[str, Any]], table: tables.Table) -> pa.Table:
    """Rows as the database has them, as a table of `schemas`."""
    listed = list(rows)
    columns = [[row[name] for row in listed] for name in table.schema.names]
    return pa.Table.from_batches([_piece(columns, table)], schema=table.schema)


def _piece(columns: Sequence[Sequence[Any]], table: tables.Table) -> pa.RecordBatch:
    """Columns as the database has them, as rows of a table of `schemas`: texts become moments and dates."""
    arrays = []
    for values, field in zip(columns, table.schema, strict=True):
        is_text = pa.types.is_timestamp(field.type) or pa.types.is_date(field.type)
        found = pa.array(values, pa.string() if is_text else field.type)
        arrays.append(found.cast(field.type) if is_text else found)
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)
