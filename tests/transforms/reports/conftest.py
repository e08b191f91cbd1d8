"""One call that reads bytes as a feedback report and keeps what the reader sent where."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from schemas.marketplaces import marketplace
from schemas.tables import QUARANTINED_ROW
from transforms.reports.feedback import ARRIVED_SCHEMA, read_feedback_report
from transforms.reports.reading import FileReading, Limits, ReadingContext

AS_OF = date(2026, 6, 1)


@dataclass
class Read:
    """A reading and its rows."""

    reading: FileReading
    tables: list[pa.Table]
    aside: list[pa.Table]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Accepted rows in the order of the file."""
        table = pa.concat_tables([ARRIVED_SCHEMA.empty_table(), *self.tables])
        return sorted(table.to_pylist(), key=lambda row: int(row["row_number"]))

    @property
    def quarantined(self) -> list[dict[str, Any]]:
        """Rows set aside in the order of the file."""
        table = pa.concat_tables([QUARANTINED_ROW.empty(), *self.aside])
        return sorted(table.to_pylist(), key=lambda row: int(row["row_number"]))

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Rows in, accepted, quarantined, duplicate."""
        reading = self.reading
        return (
            reading.rows_in,
            reading.rows_accepted,
            reading.rows_quarantined,
            reading.rows_duplicate,
        )


@dataclass
class Sink:
    """Keeps everything."""

    tables: list[pa.Table] = field(default_factory=list)
    aside: list[pa.Table] = field(default_factory=list)

    def accept(self, rows: pa.Table) -> None:
        self.tables.append(rows)

    def set_aside(self, rows: pa.Table) -> None:
        self.aside.append(rows)


def read_bytes(
    data: bytes,
    *,
    code: str = "US",
    charset: str | None = None,
    limits: Limits | None = None,
    as_of: date = AS_OF,
) -> Read:
    context = ReadingContext(
        account="shop",
        marketplace=marketplace(code),
        as_of=as_of,
        file_sha256="0" * 64,
        declared_charset=charset,
        limits=limits or Limits(),
    )
    sink = Sink()
    reading = read_feedback_report(io.BytesIO(data), context, sink)
    return Read(reading, sink.tables, sink.aside)


@pytest.fixture
def read() -> Callable[..., Read]:
    """Read bytes as a feedback report."""
    return read_bytes
