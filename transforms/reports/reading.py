"""The words in which every report reader talks: what it is told, where rows go, what it answers.

A reader (`transforms.reports.feedback.read_feedback_report`, the readers of order reports) gets a seekable binary
stream, a `ReadingContext` and a `RowSink`, and answers with a `FileReading`. It never raises on bad input: what is
wrong with a file is its answer, what is wrong with a row is a row set aside.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import pyarrow as pa

from schemas.marketplaces import DateFormat, Marketplace
from schemas.vocabularies import EncodingEvidence, FileStatus, ReportKind
from transforms.reports.headers import HeaderAliases, packaged_headers
from transforms.reports.refusals import refusal

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a reader accepts of one thing, so that no input can exhaust memory."""

    block_bytes: int = 4 * MEBIBYTE
    """Bytes read and worked on at once."""
    kept_bytes: int = 16 * MEBIBYTE
    """A file up to this size is kept in memory while it is read; of a larger one only some blocks are, and the steps
    of reading it run side by side."""
    line_bytes: int = 4 * MEBIBYTE
    """A longer line refuses the file: it is not a report of one row a line."""
    text_bytes: int = MEBIBYTE
    """A longer comment or response sets its row aside."""
    joined_lines: int = 100
    """A row broken by line ends inside its text is rejoined from at most so many lines."""


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """What is known about a file from outside its bytes."""

    account: str
    marketplace: Marketplace
    as_of: date
    """The run's business date; feedback may be dated at most one day later (zones)."""
    file_sha256: str
    declared_charset: str | None = None
    """The charset that came with the download (HTTP header), if any."""
    limits: Limits = field(default_factory=Limits)
    headers: HeaderAliases = field(default_factory=packaged_headers)


class RowSink(Protocol):
    """Where a reader sends rows as it goes; the caller discards everything when the file is refused."""

    def accept(self, rows: pa.Table) -> None:
        """Take rows that passed every rule; their schema is the one the reader names."""

    def set_aside(self, rows: pa.Table) -> None:
        """Take rows that did not (table `quarantined_row`)."""


class LostRowError(AssertionError):
    """The counts of a file do not add up: a row was lost or doubled. A bug, never a property of the input."""


@dataclass(frozen=True, slots=True)
class FileReading:
    """What a reader says of one file: the part of table `report_file` that its bytes tell."""

    kind: ReportKind
    status: FileStatus
    reason: str | None = None
    """Code: why the file was refused, or a remark about an accepted one (`no_rows`, `truncated_row`)."""
    message: str | None = None
    """The reason as a sentence with the remedy."""
    encoding: str | None = None
    encoding_evidence: EncodingEvidence | None = None
    date_format: DateFormat | None = None
    is_date_format_assumed: bool = False
    column_count: int | None = None
    rows_in: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    replaced_character_count: int = 0
    report_date: date | None = None
    covers_from_date: date | None = None
    proves_absence: bool = False
    """True when a feedback that the report does not show was not there: every row of it could be recognised."""
    remarks: tuple[str, ...] = ()
    """Codes of what was normalised on the way (`enc_utf16`, `header_repeat:2`, `extra_col`, `blank_lines:3`)."""

    def check_accounting(self) -> None:
        """Every data row went exactly one way; a refused file gave no row at all.

        Raises:
            LostRowError: rows in differ from accepted + quarantined + duplicate.
        """
        out = self.rows_accepted + self.rows_quarantined + self.rows_duplicate
        if self.rows_in != out:
            raise LostRowError(
                f"{self.rows_in} rows in, but {self.rows_accepted} accepted + {self.rows_quarantined} quarantined + "
                f"{self.rows_duplicate} duplicate = {out}"
            )
        if self.status is not FileStatus.ACCEPTED and self.rows_accepted:
            raise LostRowError(f"a file that is {self.status} must not have accepted rows")


class RefusedReportError(Exception):
    """A file as a whole cannot be read; raised inside readers and turned into a `FileReading`."""

    def __init__(self, reason: str, detail: str | None = None) -> None:
        self.refusal = refusal(reason, detail)
        super().__init__(self.refusal.message)
