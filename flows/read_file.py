"""Read one file of the inbox from its first byte to staged rows; the work of one process of the pool."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import BinaryIO, Final

from schemas.marketplaces import marketplace
from schemas.vocabularies import FileStatus, ReportKind
from store.errors import StorageError, as_storage_error
from store.file_limits import FileLimits
from store.inbox import Identity, InboxFile, NotRegularError, identity_of, open_regular
from store.staging import StagedFile, StagedRows
from store.unpack_gzip import GzipError, unpack_gzip
from transforms.decision_mails.reading import read_decision_mail
from transforms.decision_mails.wording import MailWording
from transforms.orders.reading import read_order_report
from transforms.reports.feedback import read_feedback_report
from transforms.reports.headers import HeaderAliases
from transforms.reports.kind import GZIP_MAGIC, HEAD_BYTES, recognise
from transforms.reports.reading import FileReading, LostRowError, ReadingContext
from transforms.reports.refusals import Refusal, refusal

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class FileTask:
    """One file to read and where its rows go until the run is complete."""

    file: InboxFile
    file_sha256: str
    as_of: date
    headers: HeaderAliases
    wording: MailWording
    limits: FileLimits
    stem: Path
    """Path of the staged rows, without its ending."""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What reading one file gave."""

    file: InboxFile
    file_sha256: str | None
    reading: FileReading
    is_deferred: bool = False
    is_bug: bool = False
    accepted: StagedRows | None = None
    aside: StagedRows | None = None
    quarantined_by_reason: dict[str, int] = field(default_factory=dict)

    @property
    def status(self) -> FileStatus:
        """What became of the file."""
        return FileStatus.DEFERRED if self.is_deferred else self.reading.status


def hash_file(file: InboxFile) -> str | Refusal:
    """SHA-256 of a file as it lies in the inbox, or why it cannot be read."""
    try:
        with _opened(file) as source:
            digest = hashlib.sha256()
            while block := source.read(_BLOCK):
                digest.update(block)
            return digest.hexdigest()
    except _RefusedFileError as error:
        return error.refusal


def refused(file: InboxFile, sha256: str | None, why: Refusal) -> FileOutcome:
    """The outcome of a file that was not read."""
    reading = FileReading(ReportKind.UNKNOWN, FileStatus.REFUSED, why.reason, why.message)
    return FileOutcome(file, sha256, reading, is_deferred=why.is_deferred)


def read_file(task: FileTask) -> FileOutcome:
    """Read one file; whatever is wrong with it is the answer, and nothing but a full disk is raised.

    Raises:
        StorageError: the staged rows cannot be written.
    """
    try:
        return _read(task)
    except _RefusedFileError as error:
        return refused(task.file, task.file_sha256, error.refusal)
    except StorageError:
        raise
    except Exception as error:  # noqa: BLE001 - one file that hits a bug must not stop the others
        # The kind of error only: its text could quote a buyer.
        why = refusal("internal_error", type(error).__name__)
        return replace(refused(task.file, task.file_sha256, why), is_bug=True)


class _RefusedFileError(Exception):
    def __init__(self, reason: str, detail: str | None = None) -> None:
        super().__init__(reason)
        self.refusal = refusal(reason, detail)


@contextmanager
def _opened(file: InboxFile) -> Iterator[BinaryIO]:
    """The file, as long as it is the one that the scan saw, before and after."""
    try:
        with os.fdopen(open_regular(file.path), "rb") as source:
            if Identity.of(os.fstat(source.fileno())) != file.identity:
                raise _RefusedFileError("changed")
            yield source
            is_same = Identity.of(os.fstat(source.fileno())) == file.identity
    except FileNotFoundError:
        raise _RefusedFileError("vanished") from None
    except PermissionError:
        raise _RefusedFileError("permission") from None
    except NotRegularError:
        raise _RefusedFileError("not_regular") from None
    except OSError:
        raise _RefusedFileError("unreadable") from None
    if not is_same or identity_of(file.path) != file.identity:
        raise _RefusedFileError("changed")


def _read(task: FileTask) -> FileOutcome:
    with _opened(task.file) as packed:
        head = packed.read(HEAD_BYTES)
        packed.seek(0)
        if not head.startswith(GZIP_MAGIC):
            outcome = _read_report(task, packed, head)
        else:
            unpacked = task.stem.with_name(task.stem.name + ".unpacked")
            with as_storage_error("unpacking to", unpacked), unpacked.open("w+b") as source:
                try:
                    unpack_gzip(packed, source, task.limits)
                except GzipError as error:
                    raise _RefusedFileError(error.reason) from None
                source.seek(0)
                head = source.read(HEAD_BYTES)
                source.seek(0)
                outcome = _read_report(task, source, head)
            unpacked.unlink()
    if task.file.is_young and hash_file(task.file) != task.file_sha256:
        # A write within the clock's resolution leaves no trace but the bytes.
        raise _RefusedFileError("changed")
    return outcome


def _read_report(task: FileTask, source: BinaryIO, head: bytes) -> FileOutcome:
    kind = recognise(head, task.headers)
    if isinstance(kind, Refusal):
        return refused(task.file, task.file_sha256, kind)
    context = ReadingContext(
        account=task.file.account,
        marketplace=marketplace(task.file.marketplace),
        as_of=task.as_of,
        file_sha256=task.file_sha256,
        headers=task.headers,
    )
    reasons: Counter[str] = Counter()
    with as_storage_error("staging rows beside", task.stem), StagedFile(task.stem) as staged:
        if kind is ReportKind.FEEDBACK:
            reading = read_feedback_report(source, context, staged)
        elif kind is ReportKind.DECISION_EMAIL:
            reading = read_decision_mail(source, context, task.wording, staged)
        else:
            reading = read_order_report(kind, source, context, staged)
        accepted, aside = staged.finish("accepted"), staged.finish("aside")
    if reading.status is not FileStatus.ACCEPTED:
        return FileOutcome(task.file, task.file_sha256, reading)
    if reading.reason == "truncated_row" and task.file.is_young:
        return refused(task.file, task.file_sha256, refusal("truncated_young"))
    for part in aside.parts(["reason"]) if aside else ():
        reasons.update(map(str, part["reason"].to_pylist()))
    outcome = FileOutcome(
        task.file,
        task.file_sha256,
        reading,
        accepted=accepted,
        aside=aside,
        quarantined_by_reason=dict(sorted(reasons.items())),
    )
    return _checked(outcome)


def _checked(outcome: FileOutcome) -> FileOutcome:
    """The outcome, unless its rows do not add up: then nothing of the file may be written."""
    try:
        _require_all_rows(outcome)
    except LostRowError as error:
        why = refusal("accounting", str(error))
        return replace(refused(outcome.file, outcome.file_sha256, why), is_bug=True)
    return outcome


def _require_all_rows(outcome: FileOutcome) -> None:
    reading = outcome.reading
    reading.check_accounting()
    staged_aside = outcome.aside.row_count if outcome.aside else 0
    if staged_aside != reading.rows_quarantined:
        raise LostRowError(f"{reading.rows_quarantined} rows quarantined, {staged_aside} staged")
    staged = outcome.accepted.row_count if outcome.accepted else 0
    # Order reports hand over one row an order, not one an item.
    if (
        reading.kind in (ReportKind.FEEDBACK, ReportKind.DECISION_EMAIL)
        and staged != reading.rows_accepted
    ):
        raise LostRowError(f"{reading.rows_accepted} rows accepted, {staged} staged")
