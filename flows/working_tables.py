"""The working tables: what they become when files are taken in, written as one batch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa

from flows.ingest_result import ReadTables
from flows.mail_files import merged_mails
from flows.read_file import FileOutcome
from schemas.marketplaces import marketplaces
from schemas.tables import (
    DECISION_EMAIL,
    FEEDBACK,
    FEEDBACK_REVISION,
    ORDER_EVIDENCE,
    ORDER_FULFILLMENT,
    QUARANTINED_ROW,
    REPORT_FILE,
    TABLES,
)
from schemas.vocabularies import FileStatus, ReportKind
from store.batches import Batch, OpenBatch, latest_batch, open_batch
from store.home import Home
from transforms.file_profile import FileKey
from transforms.fold_orders import fold_orders, merge_order_evidence
from transforms.merge_feedback import (
    ARRIVED_KEYS,
    BEFORE_KEYS,
    EARLIER_KEYS,
    complete_reports,
    decide_merge,
)
from transforms.set_aside_feedback import NEEDED, set_aside_feedback

_WHEN_SEEN: Final = ("seen_at", "run_id", "file_name")
"""Columns of `report_file` in which two sightings of the same bytes differ and nothing else does."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Rows of many files, read from the disk a piece at a time each time they are asked for."""

    outcomes: Sequence[FileOutcome]
    is_aside: bool
    columns: Sequence[str] | None = None
    """Columns that are read; all when null."""

    def __iter__(self) -> Iterator[pa.Table]:
        for outcome in self.outcomes:
            staged = outcome.aside if self.is_aside else outcome.accepted
            if staged is not None:
                yield from staged.parts(self.columns)


def _feedback(outcomes: Sequence[FileOutcome]) -> list[FileOutcome]:
    return [o for o in outcomes if o.reading.kind is ReportKind.FEEDBACK and _is_accepted(o)]


def _orders(outcomes: Sequence[FileOutcome]) -> list[FileOutcome]:
    others = (ReportKind.FEEDBACK, ReportKind.DECISION_EMAIL)
    return [o for o in outcomes if o.reading.kind not in others and _is_accepted(o)]


def _is_accepted(outcome: FileOutcome) -> bool:
    return outcome.status is FileStatus.ACCEPTED


@dataclass(frozen=True, slots=True)
class WorkingTables:
    """The working tables as the newest batch has them."""

    batch: Batch | None
    report_file: pa.Table

    @classmethod
    def latest(cls, home: Home) -> "WorkingTables":
        """The newest batch of HOME/tables; before the first one, tables without rows.

        Raises:
            StorageError: the batch is damaged.
        """
        batch = latest_batch(home.tables)
        return cls(batch, batch.read(REPORT_FILE.name) if batch else REPORT_FILE.empty())

    @property
    def batch_id(self) -> str | None:
        """Name of the batch; None before the first one."""
        return self.batch.batch_id if self.batch else None

    def read(self, name: str) -> pa.Table:
        """One table."""
        return self.batch.read(name) if self.batch else TABLES[name].empty()

    def to_judge(
        self, accepted: Sequence[FileOutcome], *, seen_at: datetime, run_id: str
    ) -> ReadTables:
        """What the expectations look at before anything is written."""
        evidence = self._order_evidence(accepted)
        return ReadTables(
            report_file=report_files(accepted, seen_at=seen_at, run_id=run_id),
            feedback=Parts(_feedback(accepted), is_aside=False),
            order_fulfillment=fold_orders(evidence),
            quarantined_row=Parts(accepted, is_aside=True),
        )

    def _order_evidence(self, outcomes: Sequence[FileOutcome]) -> pa.Table:
        before = self.read(ORDER_EVIDENCE.name)
        new = list(Parts(_orders(outcomes), is_aside=False))
        return merge_order_evidence(before, *new) if new else before

    def write(
        self,
        home: Home,
        outcomes: Sequence[FileOutcome],
        *,
        as_of: date,
        seen_at: datetime,
        run_id: str,
        is_again: bool = False,
    ) -> str | None:
        """Write the tables with the outcomes merged into them; nothing is written when nothing is new.

        Returns:
            The newest batch's name, as before when nothing was new.

        Raises:
            StorageError: the disk refused; the tables are as they were.
        """
        new_files = report_files(outcomes, seen_at=seen_at, run_id=run_id)
        files = merged_report_files(self.report_file, new_files)
        if files is None and not is_again:
            return self.batch_id
        with open_batch(
            home.tables, batch_id=as_of.isoformat(), at=seen_at, is_private=True
        ) as opened:
            if files is not None:
                opened.append(REPORT_FILE.name, files)
            if _orders(outcomes):
                evidence = self._order_evidence(outcomes)
                opened.append(ORDER_EVIDENCE.name, evidence)
                opened.append(ORDER_FULFILLMENT.name, fold_orders(evidence))
            mails = merged_mails(self.read(DECISION_EMAIL.name), outcomes)
            if mails is not None:
                opened.append(DECISION_EMAIL.name, mails)
            if _feedback(outcomes):
                known_files = self.report_file if files is None else files
                self._write_feedback(opened, outcomes, known_files)
            self._write_quarantined(opened, outcomes)
        return opened.batch.batch_id

    def _write_feedback(
        self, opened: OpenBatch, outcomes: Sequence[FileOutcome], report_file: pa.Table
    ) -> None:
        """Tables `feedback` and `feedback_revision`; no more than the keys of all rows is ever in memory."""
        arrived = Parts(_feedback(outcomes), is_aside=False)
        set_aside = set_aside_feedback(self._quarantined(outcomes, NEEDED))
        merge = decide_merge(
            self._parts(FEEDBACK.name, BEFORE_KEYS),
            replace(arrived, columns=ARRIVED_KEYS),
            self._parts(FEEDBACK_REVISION.name, EARLIER_KEYS),
            complete_reports(report_file, set_aside.legible),
            set_aside.showings(report_file),
        )
        for name in (FEEDBACK.name, FEEDBACK_REVISION.name):
            opened.start_table(name)
        for part in merge.current(self._parts(FEEDBACK.name), arrived):
            opened.append(FEEDBACK.name, part)
        revisions = self._parts(FEEDBACK_REVISION.name)
        for part in merge.earlier(self._parts(FEEDBACK.name), arrived, revisions):
            opened.append(FEEDBACK_REVISION.name, part)

    def _parts(self, name: str, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        for rows in self.batch.scan(name, columns) if self.batch else ():
            yield pa.Table.from_batches([rows])

    def _write_quarantined(self, opened: OpenBatch, outcomes: Sequence[FileOutcome]) -> None:
        opened.start_table(QUARANTINED_ROW.name)
        for part in self._quarantined(outcomes):
            opened.append(QUARANTINED_ROW.name, part)

    def _quarantined(
        self, outcomes: Sequence[FileOutcome], columns: Sequence[str] | None = None
    ) -> Iterator[pa.Table]:
        """Rows set aside by earlier runs, without those of files that were read again, and this run's."""
        accepted = [outcome for outcome in outcomes if _is_accepted(outcome)]
        again = {FileKey(o.file.account, o.file.marketplace, o.file_sha256 or "") for o in accepted}
        for rows in self._parts(QUARANTINED_ROW.name, columns):
            keys = zip(*(rows.column(name).to_pylist() for name in FileKey._fields), strict=True)
            keep = [FileKey(*key) not in again for key in keys]
            yield rows.filter(pa.array(keep, pa.bool_()))
        yield from Parts(accepted, is_aside=True, columns=columns)


def report_files(outcomes: Sequence[FileOutcome], *, seen_at: datetime, run_id: str) -> pa.Table:
    """Table `report_file` of this run's files; those without a hash, or in no marketplace's folder, have no row."""
    rows = [
        _report_file(outcome) | {"seen_at": seen_at, "run_id": run_id}
        for outcome in outcomes
        if outcome.file_sha256
        and not outcome.is_deferred
        and outcome.file.marketplace in marketplaces()
    ]
    return pa.Table.from_pylist(rows, schema=REPORT_FILE.schema)


def _report_file(outcome: FileOutcome) -> dict[str, Any]:
    reading = outcome.reading
    return {
        "account": outcome.file.account,
        "marketplace": outcome.file.marketplace,
        "file_name": outcome.file.file_name,
        "file_sha256": outcome.file_sha256,
        "kind": reading.kind.value,
        "status": reading.status.value,
        "reason": reading.reason,
        "message": reading.message,
        "encoding": reading.encoding,
        "encoding_evidence": reading.encoding_evidence,
        "date_format": reading.date_format,
        "is_date_format_assumed": reading.is_date_format_assumed if reading.date_format else None,
        "column_count": reading.column_count,
        "size_bytes": outcome.file.identity.size,
        "rows_in": reading.rows_in,
        "rows_accepted": reading.rows_accepted,
        "rows_quarantined": reading.rows_quarantined,
        "rows_duplicate": reading.rows_duplicate,
        "replaced_character_count": reading.replaced_character_count,
        "report_date": reading.report_date,
        "covers_from_date": reading.covers_from_date,
    }


def merged_report_files(before: pa.Table, new: pa.Table) -> pa.Table | None:
    """Table `report_file` with the new rows in place of those with the same key; None when they say nothing new.

    A row that says nothing new keeps the time at which it was first said, so that it makes no new batch.
    """
    key = REPORT_FILE.key
    rows = {tuple(row[name] for name in key): row for row in before.to_pylist()}
    has_changed = False
    for row in new.to_pylist():
        place = tuple(row[name] for name in key)
        if place in rows and row["status"] == FileStatus.DUPLICATE:
            continue
        if place not in rows or _facts(rows[place]) != _facts(row):
            rows[place] = row
            has_changed = True
    if not has_changed:
        return None
    ordered = [rows[place] for place in sorted(rows)]
    return pa.Table.from_pylist(ordered, schema=REPORT_FILE.schema)


def _facts(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _WHEN_SEEN}
