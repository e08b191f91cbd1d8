"""Immutable batches of Parquet tables: a reader sees all of the old batch or all of the new one.

`<root>/<batch_id>/<table>/marketplace=…/part-….parquet` plus `manifest.json`; `<root>/latest` is a symbolic link to the
newest batch, changed in one rename after every file was written, fsynced and read back. Unchanged files are hard links
to those of the batch before. Nothing in a file depends on the time, so the same rows give the same bytes, and a batch
that would equal the latest one is not made at all.

Two homes use it: `HOME/tables` (working tables, private) and `HOME/published` (for analysts).
"""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from schemas.tables import SCHEMA_VERSION, TABLES
from store.batch_upkeep import LATEST, LEFTOVER, free_id, only_writer, remove_old, sweep
from store.durable_files import HashedFile, fsync_folder, point_at
from store.errors import StorageError, as_storage_error
from store.manifest import MANIFEST_NAME, Manifest, TableFiles, read_manifest
from store.partition_writer import PartFile, PartitionWriter, only, stored_schema
from store.shared_files import Known, known_files, share

KEEP_DAYS: Final = 7

_BATCH_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

TableContent = pa.Table | Iterable[pa.RecordBatch]
Filters = ds.Expression | list[tuple[Any, ...]] | list[list[tuple[Any, ...]]]
"""An Arrow expression, or conditions as `pyarrow.parquet.read_table` takes them."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch that can be read; it stays what it is while newer ones appear."""

    path: Path
    manifest: Manifest
    is_new: bool = False
    """False when the latest batch already held exactly these rows."""

    @property
    def batch_id(self) -> str:
        """Name of the batch and of its folder."""
        return self.manifest.batch_id

    def read(
        self, name: str, columns: Sequence[str] | None = None, filters: Filters | None = None
    ) -> pa.Table:
        """One table of the batch.

        Args:
            name: a table of `schemas.tables`.
            columns: those wanted, in that order; all when null.
            filters: an Arrow expression, or a list as `pyarrow.parquet.read_table` takes it.

        Returns:
            Columns typed and described as in `schemas.tables`, the partition column in its place; no rows when the
            batch does not hold the table. A column that is newer than the batch is null.

        Raises:
            KeyError: there is no such table or column.
            StorageError: a file is missing or damaged.
        """
        schema = self.schema(name, columns)
        with as_storage_error("reading", self.path / name), _damage_named(self.path / name):
            dataset = self._dataset(name)
            if dataset is None:
                return schema.empty_table()
            rows = dataset.to_table(columns=schema.names, filter=_expression(filters))
        if filters is None and rows.num_rows != self.manifest.tables[name].row_count:
            raise StorageError(
                f"{self.path / name}: {rows.num_rows} rows, the manifest lists "
                f"{self.manifest.tables[name].row_count}"
            )
        # No cast: it would refuse the nulls of a required column that is newer than the batch.
        return pa.Table.from_arrays(rows.columns, schema=schema)

    def scan(
        self, name: str, columns: Sequence[str] | None = None, filters: Filters | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The same rows as `read`, a piece at a time, in bounded memory.

        Raises:
            KeyError: there is no such table or column.
            StorageError: a file is missing or damaged.
        """
        schema = self.schema(name, columns)
        with as_storage_error("reading", self.path / name), _damage_named(self.path / name):
            dataset = self._dataset(name)
            if dataset is None:
                return
            scanner = dataset.scanner(
                columns=schema.names,
                filter=_expression(filters),
                batch_readahead=2,
                fragment_readahead=1,
            )
            for rows in scanner.to_batches():
                yield pa.RecordBatch.from_arrays(rows.columns, schema=schema)

    def schema(self, name: str, columns: Sequence[str] | None = None) -> pa.Schema:
        """Columns of a table as this batch holds it, or some of them.

        Raises:
            KeyError: there is no such table or column.
        """
        table = TABLES[name]
        held = self.manifest.tables.get(name)
        schema = stored_schema(table, held.omitted_columns if held else ())
        if columns is None:
            return schema
        return only(schema, columns)

    def stored_columns(self, name: str) -> list[str]:
        """Columns that the table's files and folders hold, in today's order; fewer than `schema` in an older batch.

        Raises:
            KeyError: there is no such table in the batch.
            StorageError: a file is missing or damaged.
        """
        table, held = TABLES[name], self.manifest.tables[name]
        with as_storage_error("reading", self.path / name), _damage_named(self.path / name):
            in_all = set.intersection(
                *({*pq.read_schema(self.path / f.path).names, *f.partition} for f in held.files)
            )
        return [column for column in table.schema.names if column in in_all]

    def _dataset(self, name: str) -> "ds.FileSystemDataset | None":
        held = self.manifest.tables.get(name)
        if held is None or not held.row_count:
            return None
        return ds.FileSystemDataset.from_paths(
            [str(self.path / file.path) for file in held.files],
            schema=stored_schema(TABLES[name], held.omitted_columns),
            format=ds.ParquetFileFormat(),
            filesystem=pa.fs.LocalFileSystem(),
            partitions=[_partition_expression(file) for file in held.files],
        )


def _partition_expression(file: PartFile) -> ds.Expression:
    expression = ds.scalar(value=True)
    for column, value in file.partition.items():
        expression = ds.field(column) == value
    return expression


def _expression(filters: Filters | None) -> ds.Expression | None:
    if filters is None or isinstance(filters, ds.Expression):
        return filters
    return pq.filters_to_expression(filters)  # type: ignore[arg-type]  # the stub lists each operator


@contextmanager
def _damage_named(path: Path) -> Iterator[None]:
    try:
        yield
    except pa.ArrowInvalid as error:
        raise StorageError(f"{path}: a file is damaged ({error})") from error


def latest_batch(root: Path) -> Batch | None:
    """The newest batch, or null when there is none yet.

    Raises:
        StorageError: the link points at nothing, or the manifest is damaged.
    """
    try:
        target = (root / LATEST).readlink()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StorageError(
            f"{root / LATEST}: is not a link to a batch: {error.strerror}"
        ) from error
    folder = root / target
    return Batch(folder, read_manifest(folder))


def read_table(
    root: Path, name: str, columns: Sequence[str] | None = None, filters: Filters | None = None
) -> pa.Table:
    """One table of the newest batch; without any batch, the table without rows.

    Two tables read by two calls may come from two batches: use `latest_batch` once for tables that belong together.

    Raises:
        KeyError: there is no such table or column.
        StorageError: a file is missing or damaged.
    """
    batch = latest_batch(root)
    if batch is None:
        schema = TABLES[name].schema
        wanted = schema.names if columns is None else columns
        return schema.empty_table().select(list(wanted))
    return batch.read(name, columns, filters)


class BatchWriter:
    """Takes the rows of a batch; made by `open_batch`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._writers: dict[str, PartitionWriter] = {}
        self._taken: dict[str, Batch] = {}

    def start_table(self, name: str, omit: Sequence[str] = ()) -> None:
        """Say that the batch holds the table, even if no row follows.

        Args:
            name: a table of `schemas.tables`.
            omit: columns that this batch leaves out on purpose.

        Raises:
            KeyError: there is no such table.
        """
        if name not in self._writers:
            self._writers[name] = PartitionWriter(TABLES[name], self._folder, omit)

    def append(self, name: str, rows: pa.RecordBatch | pa.Table) -> None:
        """Add rows to a table. A table written to replaces the one of the batch before.

        Raises:
            KeyError: there is no such table.
            ValueError: a column is missing or unknown, or a required value is null.
            StorageError: the disk refused.
        """
        self.start_table(name)
        with as_storage_error("writing", self._folder / name):
            self._writers[name].append(rows)

    def take(self, name: str, batch: Batch) -> None:
        """Hold the table exactly as another batch does, sharing its files: no row is read or written.

        Raises:
            KeyError: that batch does not hold the table.
        """
        if name not in batch.manifest.tables:
            raise KeyError(f"{batch.path}: holds no table {name}")
        self._taken[name] = batch

    @property
    def taken(self) -> dict[str, TableFiles]:
        """Files of the tables taken from other batches."""
        return {name: batch.manifest.tables[name] for name, batch in self._taken.items()}

    def known_files(self) -> Known:
        """Where the files of the tables taken from other batches are."""
        known: Known = {}
        for name, batch in self._taken.items():
            known |= known_files(batch.path, batch.manifest.tables[name].files)
        return known

    def finish(self) -> dict[str, TableFiles]:
        """Close and read back every file."""
        return {
            name: TableFiles(
                tuple(c for c in writer.table.schema.names if c not in writer.schema.names),
                writer.finish(),
            )
            for name, writer in self._writers.items()
        }

    def abandon(self) -> None:
        """Give up what was written."""
        for writer in self._writers.values():
            writer.abandon()


@dataclass(slots=True)
class OpenBatch:
    """What `open_batch` yields: takes rows while the block runs, and is a readable batch afterwards."""

    writer: BatchWriter
    parent: Batch | None
    result: Batch | None = None

    @property
    def batch(self) -> Batch:
        """The latest batch, once the block has ended.

        Raises:
            ValueError: the block is still running.
        """
        if self.result is None:
            raise ValueError("the batch is still being written")
        return self.result

    def holds(self, name: str) -> bool:
        """Whether the batch before has the table."""
        return self.parent is not None and name in self.parent.manifest.tables

    def append(self, name: str, rows: pa.RecordBatch | pa.Table) -> None:
        """See `BatchWriter.append`."""
        self.writer.append(name, rows)

    def start_table(self, name: str, omit: Sequence[str] = ()) -> None:
        """See `BatchWriter.start_table`."""
        self.writer.start_table(name, omit)

    def take(self, name: str, batch: Batch) -> None:
        """See `BatchWriter.take`."""
        self.writer.take(name, batch)


@contextmanager
def open_batch(
    root: Path,
    *,
    batch_id: str,
    at: datetime,
    keep_days: int = KEEP_DAYS,
    is_private: bool = False,
) -> Iterator[OpenBatch]:
    """Write a batch piece by piece; it becomes the latest when the block ends without an error.

    Tables that are not written stay as they were in the batch before. When nothing differs from the latest batch,
    no batch is made. When `batch_id` is taken, `-2`, `-3` … is added: a batch never changes.

    Args:
        root: folder of the batches; made when missing.
        batch_id: letters, digits, dot, dash and underscore; usually the business date.
        at: now, UTC; goes into the manifest and decides which old batches go.
        keep_days: days an old batch is kept; the latest and its parent always stay.
        is_private: only the owner may enter the folder.

    Raises:
        ValueError: the batch id or a row does not fit.
        StorageError: the disk refused; the latest batch is still readable.
        InUseError: another process is writing to the same root.
    """
    if not _BATCH_ID.fullmatch(batch_id) or batch_id == LATEST:
        raise ValueError(f"batch id {batch_id!r}: use letters, digits, dot, dash and underscore")
    with as_storage_error("preparing", root):
        root.mkdir(parents=True, exist_ok=True, mode=0o700 if is_private else 0o777)
    with only_writer(root):
        with as_storage_error("sweeping", root):
            sweep(root)
        parent = latest_batch(root)
        folder = root / f"{LEFTOVER}{batch_id}"
        opened = OpenBatch(BatchWriter(folder), parent)
        with as_storage_error("writing", folder):
            folder.mkdir()
        # The caller's own errors pass through as they are: only what the store does becomes a StorageError.
        try:
            yield opened
            with as_storage_error("writing", folder):
                opened.result = _complete(folder, opened.writer, parent, batch_id=batch_id, at=at)
        except BaseException:
            opened.writer.abandon()
            shutil.rmtree(folder, ignore_errors=True)
            raise
        with as_storage_error("removing old batches in", root):
            remove_old(root, opened.batch.manifest, at - timedelta(days=keep_days))


def write_batch(
    root: Path,
    tables: Mapping[str, TableContent],
    *,
    batch_id: str,
    at: datetime,
    keep_days: int = KEEP_DAYS,
    is_private: bool = False,
    omit: Mapping[str, Sequence[str]] | None = None,
) -> Batch:
    """Write tables as one batch and make it the latest; see `open_batch`.

    Args:
        root: folder of the batches; made when missing.
        tables: rows by table name; an iterable of record batches is written in bounded memory.
        batch_id: letters, digits, dot, dash and underscore; usually the business date.
        at: now, UTC.
        keep_days: days an old batch is kept.
        is_private: only the owner may enter the folder.
        omit: columns by table that this batch leaves out on purpose.

    Returns:
        The latest batch: the new one, or the one before when it already held exactly these rows.

    Raises:
        ValueError: the batch id or a row does not fit.
        StorageError: the disk refused; the latest batch is still readable.
        InUseError: another process is writing to the same root.
    """
    with open_batch(
        root, batch_id=batch_id, at=at, keep_days=keep_days, is_private=is_private
    ) as opened:
        for name, content in tables.items():
            opened.start_table(name, (omit or {}).get(name, ()))
            for rows in [content] if isinstance(content, pa.Table) else content:
                opened.append(name, rows)
    return opened.batch


def _complete(
    folder: Path, writer: BatchWriter, parent: Batch | None, *, batch_id: str, at: datetime
) -> Batch:
    root = folder.parent
    before = parent.manifest.tables if parent else {}
    tables = {**before, **writer.taken, **writer.finish()}
    if parent and tables == before:
        shutil.rmtree(folder)
        return parent
    known = writer.known_files()
    if parent:
        for held in before.values():
            known |= known_files(parent.path, held.files)
    for table in tables.values():
        share(folder, table.files, known)
    new_id = free_id(root, batch_id)
    manifest = Manifest(new_id, parent.batch_id if parent else None, at, SCHEMA_VERSION, tables)
    with HashedFile(folder / MANIFEST_NAME) as file:
        file.write(manifest.to_json().encode())
    for inner in [*(entry for entry in folder.rglob("*") if entry.is_dir()), folder]:
        fsync_folder(inner)
    folder.rename(root / new_id)
    fsync_folder(root)
    point_at(root / LATEST, new_id)
    return Batch(root / new_id, manifest, is_new=True)
