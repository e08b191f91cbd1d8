"""The stand-in's feedback out of the same reports that the pipeline reads, or out of its tables."""

import gzip
import hashlib
import io
from datetime import date
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from feedback_manager.stand_in.feedback_rows import FeedbackRow, rows_of_records
from schemas.marketplaces import marketplace
from schemas.vocabularies import FileStatus, FulfillmentChannel, ReportKind
from transforms.orders.reading import read_order_report
from transforms.reports.feedback import read_feedback_report
from transforms.reports.headers import packaged_headers
from transforms.reports.kind import GZIP_MAGIC, HEAD_BYTES, recognise
from transforms.reports.reading import ReadingContext

_COLUMNS: Final = ("account", "marketplace", "order_id", "feedback_date", "rating", "comment")


def rows_of_tables(
    feedback: pd.DataFrame, order_fulfillment: pd.DataFrame | None = None
) -> list[FeedbackRow]:
    """Rows out of the tables `feedback` and, where orders are known, `order_fulfillment`."""
    channels: dict[tuple[str, str], str] = {}
    if order_fulfillment is not None:
        for order in order_fulfillment.to_dict("records"):
            channels[order["account"], order["order_id"]] = str(order["fulfillment_channel"])
    records = [
        {str(name): value for name, value in record.items()}
        for record in feedback.loc[:, list(_COLUMNS)].to_dict("records")
    ]
    return rows_of_records(
        record
        | {"fulfillment_channel": channels.get((record["account"], record["order_id"]), "UNKNOWN")}
        for record in records
    )


def rows_of_inbox(inbox: Path, *, as_of: date) -> list[FeedbackRow]:
    """Rows out of every report below `<account>/<marketplace>/`, of the latest file (by name) where several tell.

    Files that are no report are passed over: what to do about them is the pipeline's business, not the stand-in's.

    Args:
        inbox: folder of accounts, as the pipeline's inbox.
        as_of: business date; reports are not dated later.
    """
    feedback: dict[tuple[str, str, str], dict[str, Any]] = {}
    channels: dict[tuple[str, str], FulfillmentChannel] = {}
    for path in sorted(path for path in inbox.glob("*/*/*") if path.is_file()):
        account, code = path.parts[-3], path.parts[-2]
        kind, rows = _read_report(path, account, code, as_of)
        for record in rows.to_pylist():
            if kind is ReportKind.FEEDBACK:
                feedback[account, code, record["order_id"]] = record
            elif record["fulfillment_channel"] is not None:
                found = FulfillmentChannel.parse(record["fulfillment_channel"])
                channels[account, record["order_id"]] = found
    return rows_of_records(
        record | {"fulfillment_channel": channels.get((account, order_id), "UNKNOWN")}
        for (account, _, order_id), record in feedback.items()
    )


class _Accepted:
    """Keeps the rows that a reader accepts."""

    def __init__(self) -> None:
        self.tables: list[pa.Table] = []

    def accept(self, rows: pa.Table) -> None:
        self.tables.append(rows)

    def set_aside(self, rows: pa.Table) -> None:
        del rows  # the pipeline accounts for these


def _read_report(path: Path, account: str, code: str, as_of: date) -> tuple[ReportKind, pa.Table]:
    content = path.read_bytes()
    if content.startswith(GZIP_MAGIC):
        content = gzip.decompress(content)
    kind = recognise(content[:HEAD_BYTES], packaged_headers())
    nothing = pa.table({"order_id": []})
    if not isinstance(kind, ReportKind):
        return ReportKind.UNKNOWN, nothing
    context = ReadingContext(account, marketplace(code), as_of, hashlib.sha256(content).hexdigest())
    kept = _Accepted()
    if kind is ReportKind.FEEDBACK:
        reading = read_feedback_report(io.BytesIO(content), context, kept)
    else:
        reading = read_order_report(kind, io.BytesIO(content), context, kept)
    if reading.status is not FileStatus.ACCEPTED or not kept.tables:
        return kind, nothing
    return kind, pa.concat_tables(kept.tables)
