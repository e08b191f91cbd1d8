"""One row a run, written at its start, so that a run which crashed still shows."""

import json
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa

from schemas.tables import RUN as RUN_TABLE
from schemas.vocabularies import RunStatus
from store.errors import StoreError
from store.ledger.connection import LedgerConnection
from store.ledger.event_chain import canonical_json
from store.ledger.moments import moment_text
from store.ledger.tables import RUN

RUN_COUNTS: Final = (
    "files_accepted_count",
    "files_refused_count",
    "files_deferred_count",
    "files_duplicate_count",
    "rows_in",
    "rows_accepted",
    "rows_quarantined",
    "rows_duplicate",
    "requests_planned_count",
    "requests_approved_count",
    "requests_submitted_count",
    "decisions_count",
)
"""Columns of table `run` that count something; what is not given counts 0."""

_STARTED: Final = ("run_id", "as_of_date", "started_at", "versions")
_ENDED: Final = ("run_id", "ended_at", "run_status", "exit_code", "versions", "input_sha256")


class UnknownRunError(StoreError):
    """A run was finished that was never started, or finished already."""


class RunRecords(LedgerConnection):
    """The part of the ledger that lists the runs."""

    def start_run(self, row: Mapping[str, Any]) -> None:
        """Note that a run begins.

        Args:
            row: columns of table `run`: run_id (a name no other run has), as_of_date, started_at, versions (JSON);
                counts and input_sha256 may follow at the end.

        Raises:
            StorageError: nothing was noted; the run should not go on.
            ValueError: a column is missing or unknown.
        """
        _require_columns(row, _STARTED)
        with self._writing() as transaction:
            transaction.connection.execute(
                RUN.insert().values(
                    run_id=row["run_id"],
                    as_of_date=row["as_of_date"].isoformat(),
                    started_at=moment_text(row["started_at"]),
                    run_status=str(RunStatus.STARTED),
                    counts=_counts(row),
                    versions=row["versions"],
                    input_sha256=row.get("input_sha256") or "",
                )
            )

    def finish_run(self, row: Mapping[str, Any]) -> None:
        """Note how a run ended.

        Args:
            row: columns of table `run`: run_id, ended_at, run_status, exit_code, input_sha256, versions and the counts;
                a count that is not given is 0.

        Raises:
            UnknownRunError: no such run is open.
            StorageError: nothing was noted.
            ValueError: a column is missing or unknown, or the status says that the run goes on.
        """
        _require_columns(row, _ENDED)
        if row["run_status"] == RunStatus.STARTED:
            raise ValueError("a run that ends is finished or failed")
        with self._writing() as transaction:
            done = transaction.connection.execute(
                RUN.update()
                .where(RUN.c.run_id == row["run_id"], RUN.c.run_status == RunStatus.STARTED)
                .values(
                    ended_at=moment_text(row["ended_at"]),
                    run_status=str(RunStatus.parse(row["run_status"])),
                    exit_code=row["exit_code"],
                    counts=_counts(row),
                    versions=row["versions"],
                    input_sha256=row["input_sha256"],
                )
            )
            if done.rowcount != 1:
                raise UnknownRunError(f"no run {row['run_id']} is open in the ledger")

    def unfinished_runs(self) -> list[str]:
        """Ids of runs that began and never ended, oldest first: they crashed, or still go on.

        Raises:
            StorageError: the ledger cannot be read.
        """
        with self._database.reading() as connection:
            return list(
                connection.execute(
                    sa.select(RUN.c.run_id)
                    .where(RUN.c.run_status == RunStatus.STARTED)
                    .order_by(RUN.c.started_at, RUN.c.run_id)
                ).scalars()
            )


def _require_columns(row: Mapping[str, Any], required: tuple[str, ...]) -> None:
    if missing := [name for name in required if row.get(name) is None]:
        raise ValueError(f"a run's row lacks {', '.join(missing)}")
    if unknown := sorted(row.keys() - set(RUN_TABLE.schema.names)):
        raise ValueError(f"table run has no columns {', '.join(unknown)}")


def _counts(row: Mapping[str, Any]) -> str:
    return canonical_json({name: int(row.get(name) or 0) for name in RUN_COUNTS})


def run_counts(text: str) -> dict[str, int]:
    """The counts of a run's row."""
    counts: dict[str, int] = json.loads(text)
    return counts
