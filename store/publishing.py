"""The Parquet that analysts get: published tables only, without personal data unless switched on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

import pyarrow as pa

from schemas.tables import TABLES, Table
from store.batches import Batch, TableContent, open_batch
from transforms.comment_retention import (
    TEXT_COLUMNS,
    closed_feedback,
    withhold_expired_text,
)

_TABLES_WITH_TEXT: Final = ("feedback", "feedback_revision")


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Which personal data is published."""

    comments: bool = True
    """Comment and response, until their retention ends."""
    comment_days: int = 30
    """Days after the last decision, or after the request window closed, for which they stay."""
    personal: bool = False
    """Every personal column, without end."""


def published_tables() -> tuple[Table, ...]:
    """The tables that analysts get."""
    return tuple(table for table in TABLES.values() if table.is_published)


def omitted_columns(table: Table, disclosure: Disclosure) -> tuple[str, ...]:
    """Personal columns of the table that are not published at all."""
    if disclosure.personal:
        return ()
    kept = TEXT_COLUMNS if disclosure.comments and table.name in _TABLES_WITH_TEXT else ()
    return tuple(c.name for c in table.columns if c.personal and c.name not in kept)


def publish(
    published: Path,
    tables: Mapping[str, TableContent | Batch],
    *,
    batch_id: str,
    as_of: date,
    at: datetime,
    keep_days: int = 30,
    disclosure: Disclosure | None = None,
    is_latest: bool = True,
) -> Batch:
    """Publish tables as one batch; the same rows on the same business date change nothing.

    A published table that is not given stays as it was, or is published without rows the first time. Rows of a
    whole table are sorted by its key first; those of an iterable or of a batch come as they are. A table of a batch is
    read in bounded memory, or not at all: when nothing in it is withheld, its files are shared. An older batch still
    holds the words whose retention has ended since, until it is removed after `keep_days`.

    Args:
        published: folder of the batches, `HOME/published`.
        tables: rows by table name, or the batch of working tables that holds them; `feedback` and `feedback_revision` need `outcome` beside them.
        batch_id: usually the business date.
        as_of: business date, for the retention of comments.
        at: now, UTC.
        keep_days: days an old batch is kept.
        disclosure: which personal data is published; by default comments within their retention.
        is_latest: false for a batch of an earlier day that is filled in; `latest` stays where it is.

    Returns:
        The latest batch; `is_new` is false when it already held exactly these rows.

    Raises:
        ValueError: a table is not one that is published, or its rows do not fit.
        StorageError: the disk refused; the latest batch is still readable.
        InUseError: another process is publishing.
    """
    shown = disclosure or Disclosure()
    _require_publishable(tables)
    closed = closed_feedback(_outcome(tables))
    with open_batch(
        published, batch_id=batch_id, at=at, keep_days=keep_days, is_latest=is_latest
    ) as batch:
        for table in published_tables():
            omit = omitted_columns(table, shown)
            content = tables.get(table.name)
            if content is None:
                if not batch.holds(table.name):
                    batch.start_table(table.name, omit)
            elif isinstance(content, Batch) and _is_as_published(table, content, shown):
                batch.take(table.name, content)
            else:
                batch.start_table(table.name, omit)
                for rows in _pieces(table, content):
                    open_rows = _disclosed(table, rows, shown, closed, as_of)
                    batch.append(table.name, open_rows.drop(list(omit)))
    return batch.batch


def _is_as_published(table: Table, batch: Batch, shown: Disclosure) -> bool:
    """Whether the batch's files may be published as they are: nothing withheld, and of today's columns."""
    has_text = table.name in _TABLES_WITH_TEXT and not shown.personal
    if has_text or table.name not in batch.manifest.tables:
        return False
    wanted = [c for c in table.schema.names if c not in omitted_columns(table, shown)]
    return batch.stored_columns(table.name) == wanted


def _require_publishable(tables: Mapping[str, TableContent | Batch]) -> None:
    allowed = {table.name for table in published_tables()}
    if unknown := sorted(set(tables) - allowed):
        raise ValueError(
            f"not published: {', '.join(unknown)}; published are {', '.join(sorted(allowed))}"
        )
    if not set(tables).isdisjoint(_TABLES_WITH_TEXT) and "outcome" not in tables:
        raise ValueError(
            "feedback is published with its outcome: decisions end the retention of comments"
        )


def _outcome(tables: Mapping[str, TableContent | Batch]) -> pa.Table:
    content = tables.get("outcome", TABLES["outcome"].empty())
    if not isinstance(content, pa.Table):
        raise TypeError("outcome is published from a whole table: it is read twice")
    return content


def _pieces(table: Table, content: TableContent | Batch) -> Iterator[pa.Table]:
    if isinstance(content, pa.Table):
        yield content.sort_by([(name, "ascending") for name in table.key])
        return
    for rows in content.scan(table.name) if isinstance(content, Batch) else content:
        yield pa.Table.from_batches([rows])


def _disclosed(
    table: Table, rows: pa.Table, shown: Disclosure, closed: pa.Table, as_of: date
) -> pa.Table:
    if table.name not in _TABLES_WITH_TEXT or shown.personal or not shown.comments:
        return rows
    return withhold_expired_text(rows, closed, as_of=as_of, comment_days=shown.comment_days)
