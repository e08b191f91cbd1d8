"""The stand-in's memory on disk: what was counted survives a killed server."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from feedback_manager.stand_in.faults import Fault
from feedback_manager.stand_in.feedback_rows import FeedbackRow
from feedback_manager.stand_in.settings import StoreSettings

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS fact(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS store(key TEXT PRIMARY KEY, settings TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS feedback(store TEXT NOT NULL, order_id TEXT NOT NULL, position INTEGER NOT NULL, record TEXT NOT NULL, PRIMARY KEY(store, order_id));
CREATE TABLE IF NOT EXISTS received(number INTEGER PRIMARY KEY, store TEXT NOT NULL, order_id TEXT NOT NULL,
  category TEXT, reason TEXT, user_agent TEXT, answer TEXT NOT NULL, is_counted INTEGER NOT NULL,
  at_clock TEXT NOT NULL, at_wall REAL NOT NULL);
CREATE TABLE IF NOT EXISTS visit(number INTEGER PRIMARY KEY, store TEXT NOT NULL, path TEXT NOT NULL,
  answer TEXT NOT NULL, user_agent TEXT, at_clock TEXT NOT NULL, at_wall REAL NOT NULL);
CREATE TABLE IF NOT EXISTS fault(number INTEGER PRIMARY KEY, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS session(token TEXT PRIMARY KEY, store TEXT NOT NULL, opened_at TEXT NOT NULL, used_at TEXT NOT NULL,
  csrf TEXT NOT NULL);
"""


class Memory:
    """SQLite behind the stand-in; every write is committed before its method returns."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            str(path) if path else ":memory:", isolation_level=None, check_same_thread=False
        )
        self._db.row_factory = sqlite3.Row
        self._db.executescript(_TABLES)
        self._rows: dict[tuple[str, str], tuple[int, FeedbackRow]] = {}
        for found in self._db.execute("SELECT position, record FROM feedback").fetchall():
            row = FeedbackRow.from_json(found["record"])
            self._rows[row.store, row.order_id] = (found["position"], row)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def fact(self, name: str) -> str | None:
        """A single remembered value."""
        found = self._db.execute("SELECT value FROM fact WHERE name=?", (name,)).fetchone()
        return None if found is None else str(found["value"])

    def set_fact(self, name: str, value: str) -> None:
        """Remember a single value."""
        self._db.execute("INSERT OR REPLACE INTO fact VALUES(?, ?)", (name, value))

    def stores(self) -> dict[str, StoreSettings]:
        """All stores by key."""
        rows = self._db.execute("SELECT key, settings FROM store ORDER BY rowid").fetchall()
        return {row["key"]: StoreSettings(**json.loads(row["settings"])) for row in rows}

    def set_store(self, store: StoreSettings) -> None:
        """Add or change one store."""
        self._db.execute(
            "INSERT INTO store VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET settings=excluded.settings",
            (store.key, json.dumps(asdict(store))),
        )

    def add_rows(self, rows: Iterable[FeedbackRow]) -> None:
        """Add feedback; the same order again replaces it."""
        self._db.execute("BEGIN IMMEDIATE")
        for row in rows:
            position = len(self._rows) + 1
            self._rows[row.store, row.order_id] = (position, row)
            self._db.execute(
                "INSERT OR REPLACE INTO feedback VALUES(?, ?, ?, ?)",
                (row.store, row.order_id, position, row.to_json()),
            )
        self._db.execute("COMMIT")

    def save_row(self, row: FeedbackRow) -> None:
        """Write one known row back."""
        position, _ = self._rows[row.store, row.order_id]
        self._rows[row.store, row.order_id] = (position, row)
        self._db.execute(
            "UPDATE feedback SET record=? WHERE store=? AND order_id=?",
            (row.to_json(), row.store, row.order_id),
        )

    def row(self, store: str, order_id: str) -> FeedbackRow | None:
        """One feedback, or None."""
        found = self._rows.get((store, order_id))
        return None if found is None else found[1]

    def rows(self, store: str | None = None) -> list[FeedbackRow]:
        """Feedback of one store (or of all), newest first."""
        found = [entry for entry in self._rows.values() if store in {None, entry[1].store}]
        found.sort(key=lambda entry: (entry[1].feedback_date, entry[0]), reverse=True)
        return [row for _, row in found]

    def faults(self) -> list[tuple[int, Fault]]:
        """All ordered faults with their numbers."""
        rows = self._db.execute("SELECT number, record FROM fault ORDER BY number").fetchall()
        return [(row["number"], Fault(**json.loads(row["record"]))) for row in rows]

    def add_fault(self, fault: Fault) -> int:
        """Order one fault; its number."""
        cursor = self._db.execute(
            "INSERT INTO fault(record) VALUES(?)", (json.dumps(fault.to_record()),)
        )
        return int(cursor.lastrowid or 0)

    def save_fault(self, number: int, fault: Fault) -> None:
        """Write its counters back."""
        self._db.execute(
            "UPDATE fault SET record=? WHERE number=?", (json.dumps(fault.to_record()), number)
        )

    def clear(self, *tables: str) -> None:
        """Empty some of the tables."""
        known = {"fact", "store", "feedback", "received", "visit", "fault", "session"}
        for table in tables:
            if table not in known:
                raise ValueError(f"the stand-in has no table {table!r}")
            if table == "feedback":
                self._rows.clear()
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - checked against the list above

    def add_received(self, at_clock: datetime, at_wall: float, **columns: object) -> None:
        """Note one removal request that arrived, counted or not."""
        self._insert("received", at_clock=at_clock.isoformat(), at_wall=at_wall, **columns)

    def add_visit(self, at_clock: datetime, at_wall: float, **columns: object) -> None:
        """Note one page asked for and what was answered."""
        self._insert("visit", at_clock=at_clock.isoformat(), at_wall=at_wall, **columns)

    def records(self, table: str, store: str | None = None) -> list[dict[str, Any]]:
        """All of `received` or `visit`, oldest first."""
        if table not in {"received", "visit"}:
            raise ValueError(f"{table!r} is no journal of the stand-in")
        query = f"SELECT * FROM {table}" + (" WHERE store=?" if store else "") + " ORDER BY number"  # noqa: S608 - checked above
        return [dict(row) for row in self._db.execute(query, (store,) if store else ()).fetchall()]

    def open_session(self, token: str, store: str, csrf: str, at: datetime) -> None:
        """Remember a session."""
        self._insert(
            "session",
            token=token,
            store=store,
            csrf=csrf,
            opened_at=at.isoformat(),
            used_at=at.isoformat(),
        )

    def session(self, token: str) -> dict[str, Any] | None:
        """A session by the token in the visitor's cookie."""
        found = self._db.execute("SELECT * FROM session WHERE token=?", (token,)).fetchone()
        return None if found is None else dict(found)

    def touch_session(self, token: str, at: datetime) -> None:
        """The session was used."""
        self._db.execute("UPDATE session SET used_at=? WHERE token=?", (at.isoformat(), token))

    def _insert(self, table: str, **columns: object) -> None:
        names = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        self._db.execute(
            f"INSERT INTO {table}({names}) VALUES({marks})",
            tuple(columns.values()),
        )
