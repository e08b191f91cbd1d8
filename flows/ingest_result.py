"""What taking in reports needs to know and what it answers."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from flows.exit_codes import ExitCode
from schemas.vocabularies import FileStatus, ReportKind
from store.file_limits import FileLimits
from transforms.file_profile import FileKey


class Judgement(Protocol):
    """What the expectations said of the files of one run; `expectations.report` has the full one."""

    @property
    def must_stop(self) -> bool:
        """Nothing may be written."""

    @property
    def files_to_quarantine(self) -> Mapping[FileKey, str]:
        """Files to set aside as a whole, with the name of the expectation that says so."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """What an operator should read."""


@dataclass(frozen=True, slots=True)
class ReadTables:
    """What a run has read and is about to write; the judge looks at it before anything is written."""

    report_file: pa.Table
    """Files of this run that are about to be accepted, table `report_file`."""
    feedback: Iterable[pa.Table]
    """Accepted rows of this run's files in parts, table `feedback` before the merge; a part is read when it is asked for."""
    order_fulfillment: pa.Table
    """All orders known after this run."""
    quarantined_row: Iterable[pa.Table]
    """Rows of this run's files that were set aside, in parts."""


Judge = Callable[[ReadTables], Judgement]
"""Looks at what was read; called once, before anything is written, and not at all when nothing new was read."""


@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What an operator may set about taking in files."""

    accounts: Mapping[str, frozenset[str]] | None = None
    """Marketplace codes by account; None accepts every account folder and every marketplace that Amazon has."""
    worker_count: int = 2
    """Processes that read files; 1 reads in this process."""
    limits: FileLimits = field(default_factory=FileLimits)


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far reading has come."""

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    file_name: str
    """The file that was finished last, relative to the inbox; empty at the start."""


@dataclass(frozen=True, slots=True)
class IngestedFile:
    """What became of one file of the inbox."""

    account: str
    marketplace: str
    file_name: str
    """Relative to the inbox folder of its marketplace; may carry personal data, so it is shown and not logged."""
    status: FileStatus
    kind: ReportKind = ReportKind.UNKNOWN
    file_sha256: str | None = None
    """None for what could not be opened."""
    reason: str | None = None
    message: str | None = None
    size_bytes: int = 0
    rows_in: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    quarantined_by_reason: Mapping[str, int] = field(default_factory=dict)
    is_bug: bool = False
    """The reader failed in a way it should not; the file waits in the inbox."""


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What taking in the inbox did."""

    files: tuple[IngestedFile, ...]
    batch_id: str | None
    """The working tables' newest batch after the run; None before the first one."""
    has_changed: bool
    """A new batch of working tables was written."""
    judgement: Judgement | None = None
    """None when nothing new was read."""
    has_stopped: bool = False
    """The judge stopped the run: nothing was written and every file is where it was."""

    def count(self, status: FileStatus) -> int:
        """Number of files with a status."""
        return sum(file.status is status for file in self.files)

    @property
    def has_quarantined(self) -> bool:
        """A file or a row was set aside."""
        return any(
            file.status is FileStatus.REFUSED or file.rows_quarantined for file in self.files
        )

    @property
    def exit_code(self) -> ExitCode:
        """What taking in the inbox says about the run."""
        if self.has_stopped or any(file.is_bug for file in self.files):
            return ExitCode.BUG
        if self.is_nothing_ingestible:
            return ExitCode.NOTHING_INGESTIBLE
        return ExitCode.QUARANTINED if self.has_quarantined else ExitCode.GOOD

    @property
    def is_nothing_ingestible(self) -> bool:
        """Files were refused and none was good."""
        return self.count(FileStatus.REFUSED) > 0 and not any(
            file.status in (FileStatus.ACCEPTED, FileStatus.DUPLICATE) for file in self.files
        )
