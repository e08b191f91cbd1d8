"""Read again what is in quarantine, after a fix: a header spelling was added, a file was repaired, the program is newer."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flows.ingest_reports import IngestRun, ProgressCall, take_in
from flows.ingest_result import IngestOptions, IngestResult, Judge
from flows.working_tables import WorkingTables
from schemas.tables import DECISION_EMAIL
from schemas.vocabularies import FileStatus, SightingKind
from store.filing import RefusedFile, discard_sidecar, raw_file, refused_files
from store.home import Home
from store.inbox import Identity, InboxFile, place_of


def reprocess(
    home: Home,
    options: IngestOptions,
    *,
    as_of: date,
    run_id: str,
    seen_at: datetime,
    judge: Judge | None = None,
    progress: ProgressCall | None = None,
) -> IngestResult:
    """Read refused files, and files of which rows were set aside, once more.

    A refused file that can be read now moves to HOME/raw. A file of HOME/raw is read as a whole: its rows replace those
    that it gave before, so a row leaves quarantine in the same step in which it enters table `feedback`, and merging a row
    again changes nothing. A file that fails now keeps what it gave before. E-mails that nobody understood are read again
    with the wordings of today.

    Args:
        home: the home folder, created.
        options: accounts, processes, limits.
        as_of: the run's business date.
        run_id: names the run in `report_file`.
        seen_at: when the run saw the files, UTC.
        judge: the expectations; None accepts whatever adds up.
        progress: told how far reading is, in the caller's thread.

    Raises:
        StorageError: the disk failed; see `flows.ingest_reports.ingest_reports`.
        HeaderFileError: HOME/headers.toml is wrong.
    """
    run = IngestRun(home, options, as_of, run_id, seen_at, judge, progress)
    refused = refused_files(home)
    files = [_refused(file, options) for file in refused]
    again = [*_with_quarantined_rows(home), *_unrecognised_mails(home)]
    result = take_in(run, files, again)
    for file in refused:
        discard_sidecar(file)
    return result


def _refused(file: RefusedFile, options: IngestOptions) -> InboxFile:
    code, objection = place_of(file.account, file.marketplace, options.accounts)
    return InboxFile(
        path=file.path,
        account=file.account,
        marketplace=code,
        file_name=file.file_name,
        identity=Identity.of(file.path.lstat()),
        objection=objection,
    )


def _with_quarantined_rows(home: Home) -> Iterator[InboxFile]:
    """Files in raw of which rows were set aside; one that is not there any more cannot be read again."""
    for row in WorkingTables.latest(home).report_file.to_pylist():
        if row["status"] == FileStatus.ACCEPTED and row["rows_quarantined"]:
            yield from _in_raw(home, row)


def _unrecognised_mails(home: Home) -> Iterator[InboxFile]:
    tables = WorkingTables.latest(home)
    mails = tables.read(DECISION_EMAIL.name)
    is_open = pc.equal(mails["seen"], pa.scalar(SightingKind.UNRECOGNISED.value))
    unread = set(mails.filter(is_open)["file_sha256"].to_pylist())
    for row in tables.report_file.to_pylist():
        if row["status"] == FileStatus.ACCEPTED and row["file_sha256"] in unread:
            yield from _in_raw(home, row)


def _in_raw(home: Home, row: dict[str, Any]) -> Iterator[InboxFile]:
    """The file of a row of `report_file` in HOME/raw, unless it was taken away."""
    path = raw_file(home, row["account"], row["marketplace"], row["file_sha256"])
    if path is not None:
        yield InboxFile(
            path=path,
            account=row["account"],
            marketplace=row["marketplace"],
            file_name=row["file_name"],
            identity=Identity.of(path.lstat()),
        )
