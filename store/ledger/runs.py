"""One row a run, written at its start, so that a run which crashed still shows."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa

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
"""Columns of table `run` that `finish_run` fills; what is not given counts 0."""


class UnknownRunError(StoreError):
    """A run was finished that was never started, or finished already."""


class RunRecords(LedgerConnection):
    """The part of the ledger that lists the runs."""

    def start_run(
        self, run_id: str, *, as_of: date, at: datetime, versions: Mapping[str, str]
    ) -> None:
        """Note that a run begins.

        Args:
            run_id: a name no other run has.
            as_of: its business date.
            at: now.
            versions: of the program, rules and policy, by name.

        Raises:
            StorageError: nothing was noted; the run should not go on.
        """
        with self._writing() as transaction:
            transaction.connection.execute(
                RUN.insert().values(
                    run_id=run_id,
                    as_of_date=as_of.isoformat(),
                    started_at=moment_text(at),
                    run_status=str(RunStatus.STARTED),
                    counts=canonical_json(dict.fromkeys(RUN_COUNTS, 0)),
                    versions=canonical_json(versions),
                    input_sha256="",
                )
            )

    def finish_run(
        self,
        run_id: str,
        *,
        at: datetime,
        status: RunStatus,
        exit_code: int,
        counts: Mapping[str, int],
        input_sha256: str,
    ) -> None:
        """Note how a run ended.

        Args:
            run_id: a run that was started.
            at: now.
            status: finished or failed.
            exit_code: of the command.
            counts: by column name, see `RUN_COUNTS`.
            input_sha256: hash over the hashes of all files read.

        Raises:
            UnknownRunError: no such run is open.
            StorageError: nothing was noted.
            ValueError: a count has an unknown name, or the status says that the run goes on.
        """
        if unknown := sorted(counts.keys() - set(RUN_COUNTS)):
            raise ValueError(f"table run has no counts {', '.join(unknown)}")
        if status == RunStatus.STARTED:
            raise ValueError("a run that ends is finished or failed")
        with self._writing() as transaction:
            done = transaction.connection.execute(
                RUN.update()
                .where(RUN.c.run_id == run_id, RUN.c.run_status == RunStatus.STARTED)
                .values(
                    ended_at=moment_text(at),
                    run_status=str(status),
                    exit_code=exit_code,
                    counts=canonical_json({**dict.fromkeys(RUN_COUNTS, 0), **counts}),
                    input_sha256=input_sha256,
                )
            )
            if done.rowcount != 1:
                raise UnknownRunError(f"no run {run_id} is open in the ledger")

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


def run_counts(text: str) -> dict[str, int]:
    """The counts of a run's row."""
    counts: dict[str, int] = json.loads(text)
    return counts
