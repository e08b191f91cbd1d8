"""Columns about files seen in the inbox and the rows that were set aside."""

from typing import Final

import pyarrow as pa

from schemas.columns.keys import SHA256, TIMESTAMP
from schemas.field import Between, Field, OneOf
from schemas.marketplaces import DateFormat
from schemas.vocabularies import EncodingEvidence, FileStatus, ReportKind

_COUNT = (Between(0, 2**62, "negative_count"),)

COLUMNS: Final = (
    Field("file_name", pa.string(), "Name of the file as it was dropped", "inbox", personal=True),
    Field(
        "file_sha256", pa.string(), "SHA-256 of the file's bytes", "store.inbox", rules=(SHA256,)
    ),
    Field(
        "kind",
        pa.string(),
        "What the file is, found by its content",
        "transforms.reports",
        rules=(OneOf(tuple(ReportKind), "unknown_kind"),),
    ),
    Field(
        "status",
        pa.string(),
        "What became of the file",
        "flows ingest",
        rules=(OneOf(tuple(FileStatus), "unknown_status"),),
    ),
    Field(
        "reason",
        pa.string(),
        "Machine-readable reason: why refused or set aside, which words or checks decided",
        "the step that decided",
    ),
    Field(
        "message",
        pa.string(),
        "The reason as a sentence for a person, with the remedy",
        "transforms.reports",
    ),
    Field("encoding", pa.string(), "Text encoding the file was read with", "transforms.reports"),
    Field(
        "encoding_evidence",
        pa.string(),
        "How the encoding was chosen; `marketplace` and `fallback` are guesses",
        "transforms.reports",
        rules=(OneOf(tuple(EncodingEvidence), "unknown_encoding_evidence"),),
    ),
    Field(
        "date_format",
        pa.string(),
        "Format of the date column",
        "transforms.reports",
        rules=(OneOf(tuple(DateFormat), "unknown_date_format"),),
    ),
    Field(
        "is_date_format_assumed",
        pa.bool_(),
        "True when the rows fit more than one format and the marketplace's was taken",
        "transforms.reports",
    ),
    Field(
        "column_count", pa.int16(), "Columns in the file's header", "transforms.reports", "columns"
    ),
    Field("size_bytes", pa.int64(), "Size of the file as dropped", "store.inbox", "bytes"),
    Field(
        "rows_in", pa.int64(), "Data rows in the file", "transforms.reports", "rows", rules=_COUNT
    ),
    Field("rows_accepted", pa.int64(), "Rows accepted", "transforms.reports", "rows", rules=_COUNT),
    Field(
        "rows_quarantined",
        pa.int64(),
        "Rows set aside with a reason",
        "transforms.reports",
        "rows",
        rules=_COUNT,
    ),
    Field(
        "rows_duplicate",
        pa.int64(),
        "Rows that say again what another row of the same file says",
        "transforms.reports",
        "rows",
        rules=_COUNT,
    ),
    Field(
        "replaced_character_count",
        pa.int64(),
        "Bytes that the encoding does not define and that became U+FFFD",
        "transforms.reports",
        "characters",
        rules=_COUNT,
    ),
    Field(
        "report_date",
        pa.date32(),
        "Newest feedback date in the report: the report was made on this day or later",
        "transforms.reports",
    ),
    Field(
        "covers_from_date", pa.date32(), "Oldest feedback date in the report", "transforms.reports"
    ),
    Field("seen_at", TIMESTAMP, "When the thing was observed", "flows"),
    Field(
        "row_number",
        pa.int64(),
        "Data row in the file, the first one is 1",
        "transforms.reports",
        "rows",
    ),
    Field(
        "line_number",
        pa.int64(),
        "Line in the file, the header is 1",
        "transforms.reports",
        "lines",
    ),
    Field(
        "byte_offset",
        pa.int64(),
        "Where the row begins in the (unpacked) file",
        "transforms.reports",
        "bytes",
    ),
    Field("raw_bytes", pa.large_binary(), "The row's original bytes", "inbox file", personal=True),
)
