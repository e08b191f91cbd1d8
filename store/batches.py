"""Immutable batches of Parquet tables: a reader sees all of the old batch or all of the new one.

`<root>/<batch_id>/<table>/marketplace=…/part-….parquet` plus `manifest.json`; `<root>/latest` is a symbolic link to the
newest batch, changed in one rename after every file was written, fsynced and read back. Unchanged files are hard links
to those of the batch before. Nothing in a file depends on the time, so the same rows give the same bytes, and a batch
that would equal the latest one is not made at all.

Two homes use it: `HOME/tables` (working tables, private) and `HOME/published` (for analysts).
"""

import fcntl
import os
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
from store.durable_files import HashedFile, file_sha256, fsync_folder, point_at
from store.errors import InUseError, StorageError, as_storage_error
from store.manifest import MANIFEST_NAME, Manifest, TableFiles, read_manifest
from store.partition_writer import PartFile, PartitionWriter, only, stored_schema

LATEST: Final = "latest"
KEEP_DAYS: Final = 7

_LEFTOVER: Final = ".tmp-"
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
    with _only_writer(root):
        with as_storage_error("sweeping", root):
            _sweep(root)
        parent = latest_batch(root)
        folder = root / f"{_LEFTOVER}{batch_id}"
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
            _remove_old(root, opened.result, at - timedelta(days=keep_days))


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
    before = dict(parent.manifest.tables) if parent else {}
    tables = before | writer.finish()
    if parent and tables == before:
        shutil.rmtree(folder)
        return parent
    for name in tables:
        _link_unchanged(folder, tables[name], parent, before.get(name))
    free_id = _free_id(root, batch_id)
    manifest = Manifest(free_id, parent.batch_id if parent else None, at, SCHEMA_VERSION, tables)
    with HashedFile(folder / MANIFEST_NAME) as file:
        file.write(manifest.to_json().encode())
    for inner in [*(entry for entry in folder.rglob("*") if entry.is_dir()), folder]:
        fsync_folder(inner)
    folder.rename(root / free_id)
    fsync_folder(root)
    point_at(root / LATEST, free_id)
    return Batch(root / free_id, manifest, is_new=True)


def _link_unchanged(
    folder: Path, table: TableFiles, parent: Batch | None, before: TableFiles | None
) -> None:
    """Share the bytes of files that the batch before has too; files of tables not written are only there."""
    if parent is None or before is None:
        return
    old = {(file.path, file.sha256) for file in before.files}
    for file in table.files:
        if (file.path, file.sha256) not in old:
            continue
        source, target = parent.path / file.path, folder / file.path
        if target.exists() and source.stat().st_size != file.size_bytes:
            continue  # the old file was damaged: the new one stays
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name("link.tmp")
        try:
            fresh.hardlink_to(source)
        except OSError:
            # No hard links here (some network and FAT disks): the new file stays, or the old one is copied.
            if not target.exists():
                _copy(source, target, file)
            continue
        fresh.replace(target)


def _copy(source: Path, target: Path, file: PartFile) -> None:
    with HashedFile(target) as copy, source.open("rb") as original:
        while block := original.read(1 << 20):
            copy.write(block)
    if file_sha256(target) != file.sha256:
        raise StorageError(f"{source}: damaged since it was written")


def _free_id(root: Path, batch_id: str) -> str:
    if not (root / batch_id).exists():
        return batch_id
    number = 2
    while (root / f"{batch_id}-{number}").exists():
        number += 1
    return f"{batch_id}-{number}"


@contextmanager
def _only_writer(root: Path) -> Iterator[None]:
    """Hold the root's lock: two writers would sweep each other's files."""
    with as_storage_error("locking", root):
        descriptor = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUseError(f"{root}: another process is writing a batch here") from None
        yield
    finally:
        os.close(descriptor)


def _sweep(root: Path) -> None:
    """Remove what a crash left behind: folders and links that no batch ever became."""
    for leftover in root.glob(f"{_LEFTOVER}*"):
        shutil.rmtree(leftover)
    for leftover in root.glob(f".{LATEST}-*"):
        leftover.unlink()


def _remove_old(root: Path, latest: Batch | None, before: datetime) -> None:
    if latest is None:
        return
    kept = {latest.batch_id, latest.manifest.parent_id}
    for folder in sorted(root.iterdir()):
        if folder.name.startswith(".") or folder.name in kept or folder.is_symlink():
            continue
        if not _is_older(folder, before):
            continue
        # Renamed first: a crash in the middle leaves a leftover, not half a batch.
        doomed = root / f"{_LEFTOVER}removed-{folder.name}"
        folder.rename(doomed)
        shutil.rmtree(doomed)


def _is_older(folder: Path, before: datetime) -> bool:
    """Whether the folder is a batch made before then; what cannot tell its age is left alone."""
    try:
        return read_manifest(folder).created_at < before
    except StorageError:
        return False
