"""Writing a batch: beside the others first, then in one step the latest."""

import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from schemas.tables import SCHEMA_VERSION, TABLES
from store.batch_reading import Batch, latest_batch
from store.batch_upkeep import LATEST, LEFTOVER, free_id, only_writer, remove_old, sweep
from store.durable_files import HashedFile, fsync_folder, point_at
from store.errors import as_storage_error
from store.manifest import MANIFEST_NAME, Manifest, TableFiles
from store.partition_writer import PartitionWriter
from store.shared_files import Known, known_files, share

KEEP_DAYS: Final = 7

TableContent = pa.Table | Iterable[pa.RecordBatch]

_BATCH_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class OpenBatch:
    """What `open_batch` yields: takes rows while the block runs, and is a readable batch afterwards."""

    def __init__(self, folder: Path, parent: Batch | None, *, is_latest: bool = True) -> None:
        self.parent = parent
        """The batch that this one follows: the latest before, or none for a batch that is filled in later."""
        self._is_latest = is_latest
        self._result: Batch | None = None
        self._folder = folder
        self._writers: dict[str, PartitionWriter] = {}
        self._taken: dict[str, Batch] = {}

    @property
    def batch(self) -> Batch:
        """The latest batch, once the block has ended.

        Raises:
            ValueError: the block is still running.
        """
        if self._result is None:
            raise ValueError("the batch is still being written")
        return self._result

    def holds(self, name: str) -> bool:
        """Whether the batch before has the table."""
        return self.parent is not None and name in self.parent.manifest.tables

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

    def complete(self, batch_id: str, at: datetime) -> None:
        """Make the batch the latest; called by `open_batch` when its block has ended.

        Raises:
            StorageError: the disk gave back something else than was written.
            OSError: the disk refused.
        """
        before = self.parent.manifest.tables if self.parent else {}
        taken = {name: batch.manifest.tables[name] for name, batch in self._taken.items()}
        tables = {**before, **taken, **self._written()}
        if self.parent and tables == before:
            shutil.rmtree(self._folder)
            self._result = self.parent
            return
        known = self._known()
        for table in tables.values():
            share(self._folder, table.files, known)
        self._result = self._moved_into_place(tables, batch_id, at)

    def abandon(self) -> None:
        """Give up what was written; called by `open_batch` when its block failed."""
        for writer in self._writers.values():
            writer.abandon()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _written(self) -> dict[str, TableFiles]:
        return {
            name: TableFiles(
                tuple(c for c in writer.table.schema.names if c not in writer.schema.names),
                writer.finish(),
            )
            for name, writer in self._writers.items()
        }

    def _known(self) -> Known:
        """Where the files are that this batch shares: with the batch before rather than with a third one."""
        known: Known = {}
        for name, batch in self._taken.items():
            known |= known_files(batch.path, batch.manifest.tables[name].files)
        if self.parent:
            for table in self.parent.manifest.tables.values():
                known |= known_files(self.parent.path, table.files)
        return known

    def _moved_into_place(
        self, tables: Mapping[str, TableFiles], batch_id: str, at: datetime
    ) -> Batch:
        root = self._folder.parent
        new_id = free_id(root, batch_id)
        parent_id = self.parent.batch_id if self.parent else None
        manifest = Manifest(new_id, parent_id, at, SCHEMA_VERSION, tables)
        with HashedFile(self._folder / MANIFEST_NAME) as file:
            file.write(manifest.to_json().encode())
        for folder in [
            *(entry for entry in self._folder.rglob("*") if entry.is_dir()),
            self._folder,
        ]:
            fsync_folder(folder)
        self._folder.rename(root / new_id)
        fsync_folder(root)
        if self._is_latest:
            point_at(root / LATEST, new_id)
        return Batch(root / new_id, manifest, is_new=True)


@contextmanager
def open_batch(
    root: Path,
    *,
    batch_id: str,
    at: datetime,
    keep_days: int = KEEP_DAYS,
    is_private: bool = False,
    is_latest: bool = True,
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
        is_latest: false for a batch of an earlier day that is filled in: it stands on its own, `latest` stays
            where it is, and no old batch is removed.

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
        parent = latest_batch(root) if is_latest else None
        folder = root / f"{LEFTOVER}{batch_id}"
        opened = OpenBatch(folder, parent, is_latest=is_latest)
        with as_storage_error("writing", folder):
            folder.mkdir()
        # The caller's own errors pass through as they are: only what the store does becomes a StorageError.
        try:
            yield opened
            with as_storage_error("writing", folder):
                opened.complete(batch_id, at)
        except BaseException:
            opened.abandon()
            raise
        if not is_latest:
            return
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

    Rows come back partition by partition; those of a partition of more than 32,768 rows were spread over two files.

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
