"""One table's Parquet files: rows are split by partition, and equal rows give equal bytes."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from schemas.tables import Table
from store.durable_files import HashedFile, file_sha256, fsync_folder
from store.errors import StorageError

ROW_GROUP_ROWS: Final = 1 << 15
"""Rows of a row group: fixed, so the bytes do not depend on how the rows were handed over; small, because as many may
wait for each of the 23 marketplaces."""

ROW_GROUP_BYTES: Final = 64 << 20
"""A row group ends sooner when its texts reach this: rows of a megabyte each must not wait for thousands more."""

LANES: Final = 2
"""Files of a large partition, encoded side by side: compressing is most of the work of a batch."""

HARDLY_REPEATED: Final = frozenset(
    {"feedback_id", "order_id", "content_sha256", "comment", "row_number", "raw_bytes"}
)
"""Columns in which looking for repeated values, or for the smallest and largest ones, costs time and saves nothing."""

_SAFE_VALUE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class PartFile:
    """One Parquet file of a batch."""

    path: str
    """Relative to the batch's folder; the name carries the first digits of the hash."""
    partition: dict[str, str]
    """Values of the partition columns, which the file itself does not hold."""
    row_count: int
    size_bytes: int
    sha256: str


def stored_schema(table: Table, omit: Sequence[str] = ()) -> pa.Schema:
    """The table's schema without the columns that a batch leaves out."""
    schema = table.schema
    return only(schema, [name for name in schema.names if name not in set(omit)])


def only(schema: pa.Schema, columns: Sequence[str]) -> pa.Schema:
    """The schema of some of its columns, with the table's description.

    Raises:
        KeyError: there is no such column.
    """
    fields = [schema.field(column) for column in columns]
    return pa.schema(fields).with_metadata(schema.metadata or {})


class _Lane:
    """A Parquet file being written; its row groups are encoded in the pool, one after another."""

    def __init__(self, path: Path, schema: pa.Schema, pool: ThreadPoolExecutor) -> None:
        self._schema = schema
        self._pool = pool
        self._path = path
        self._row_count = 0
        self._encoding: Future[None] | None = None
        self._file = HashedFile(path)
        often_repeated = [name for name in schema.names if name not in HARDLY_REPEATED]
        self._parquet = pq.ParquetWriter(
            pa.PythonFile(self._file, mode="w"),  # type: ignore[arg-type]  # has the methods that Arrow calls
            schema,
            compression="zstd",
            version="2.6",
            use_dictionary=often_repeated,  # type: ignore[arg-type]  # names are documented
            write_statistics=often_repeated,
        )

    def write_group(self, rows: pa.Table) -> None:
        """Hand over one row group; waits for the one before, so that no more than one is in memory."""
        self._wait()
        self._row_count += rows.num_rows
        self._encoding = self._pool.submit(
            self._parquet.write_table, rows, row_group_size=ROW_GROUP_ROWS
        )

    def _wait(self) -> None:
        if self._encoding is not None:
            encoding, self._encoding = self._encoding, None
            encoding.result()

    def finish(self, batch_folder: Path, partition: dict[str, str]) -> PartFile:
        """Close, read back and name the file."""
        self._wait()
        self._parquet.close()
        self._file.close()
        self._read_back()
        # The lane is part of the name: two lanes may hold the same bytes.
        named = self._path.with_name(f"{self._path.stem}-{self._file.sha256[:16]}.parquet")
        self._path.rename(named)
        named.chmod(0o444)  # hard links share bytes with older batches: nobody may edit in place
        return PartFile(
            path=named.relative_to(batch_folder).as_posix(),
            partition=partition,
            row_count=self._row_count,
            size_bytes=self._file.size_bytes,
            sha256=self._file.sha256,
        )

    def abandon(self) -> None:
        """Give the file up."""
        if self._encoding is not None:
            self._encoding.exception()
        self._file.abandon()
        self._parquet.close()

    def _read_back(self) -> None:
        path = self._path
        if file_sha256(path) != self._file.sha256:
            raise StorageError(f"{path}: the disk gives back other bytes than were written")
        with pq.ParquetFile(path) as parquet:
            if parquet.metadata.num_rows != self._row_count:
                raise StorageError(
                    f"{path}: holds {parquet.metadata.num_rows} rows, {self._row_count} were written"
                )
            if not parquet.schema_arrow.equals(self._schema, check_metadata=False):
                raise StorageError(f"{path}: holds other columns than were written")


@dataclass(slots=True)
class _OpenPart:
    """One partition being written, and the rows that do not fill a row group yet.

    Row groups go to the lanes in turn, so that two can be encoded at once; which one goes where depends on the rows alone.
    """

    partition: dict[str, str]
    folder: Path
    schema: pa.Schema
    pool: ThreadPoolExecutor
    group_count: int = 0
    waiting: list[pa.RecordBatch] = field(default_factory=list)
    waiting_rows: int = 0
    waiting_bytes: int = 0
    """Of texts alone, which do not depend on how the rows were handed over."""
    lanes: list[_Lane] = field(default_factory=list)

    def append(self, rows: pa.RecordBatch) -> None:
        self.waiting.append(rows)
        self.waiting_rows += rows.num_rows
        self.waiting_bytes += _text_bytes(rows)
        while self.waiting_rows >= ROW_GROUP_ROWS or self.waiting_bytes >= ROW_GROUP_BYTES:
            self._write_group(self._group_rows())

    def _group_rows(self) -> int:
        if self.waiting_bytes < ROW_GROUP_BYTES:
            return ROW_GROUP_ROWS
        sizes = np.concatenate([_row_sizes(rows) for rows in self.waiting])
        place = int(np.searchsorted(np.cumsum(sizes), ROW_GROUP_BYTES))
        return min(place + 1, len(sizes), ROW_GROUP_ROWS)

    def _write_group(self, row_count: int) -> None:
        rows = pa.Table.from_batches(self.waiting, self.schema)
        # In one piece: where pages end would otherwise depend on how the rows were handed over.
        self._lane().write_group(rows.slice(0, row_count).combine_chunks())
        rest = rows.slice(row_count)
        self.waiting = rest.to_batches()
        self.waiting_rows = rest.num_rows
        self.waiting_bytes = sum(map(_text_bytes, self.waiting))

    def _lane(self) -> _Lane:
        place = self.group_count % LANES
        self.group_count += 1
        if place == len(self.lanes):
            self.folder.mkdir(parents=True, exist_ok=True)
            self.lanes.append(_Lane(self.folder / f"part-{place}.tmp", self.schema, self.pool))
        return self.lanes[place]

    def finish(self, batch_folder: Path) -> list[PartFile]:
        if self.waiting_rows or not self.lanes:
            self._write_group(self.waiting_rows)
        files = [lane.finish(batch_folder, self.partition) for lane in self.lanes]
        fsync_folder(self.folder)
        return files

    def abandon(self) -> None:
        for lane in self.lanes:
            lane.abandon()


_OFFSETS: Final = {
    pa.string(): np.int32,
    pa.binary(): np.int32,
    pa.large_string(): np.int64,
    pa.large_binary(): np.int64,
}
"""Types of texts, and of the numbers that say where each begins."""


def _text_offsets(rows: pa.RecordBatch) -> Iterator[NDArray[Any]]:
    """For each column of texts where each text begins, and where the last one ends."""
    columns: list[Any] = rows.columns if rows.num_rows else []
    for column in columns:
        if column.type in _OFFSETS:
            offsets = np.frombuffer(column.buffers()[1], _OFFSETS[column.type])
            yield offsets[column.offset : column.offset + len(column) + 1]


def _text_bytes(rows: pa.RecordBatch) -> int:
    return sum(int(offsets[-1] - offsets[0]) for offsets in _text_offsets(rows))


def _row_sizes(rows: pa.RecordBatch) -> NDArray[np.int64]:
    sizes = np.zeros(rows.num_rows, np.int64)
    for offsets in _text_offsets(rows):
        sizes += np.diff(offsets)
    return sizes


class PartitionWriter:
    """Writes one table into the folder of a batch that nobody reads yet."""

    def __init__(self, table: Table, batch_folder: Path, omit: Sequence[str] = ()) -> None:
        self.table = table
        self.batch_folder = batch_folder
        self.schema = stored_schema(table, omit)
        self._file_schema = only(
            self.schema, [name for name in self.schema.names if name not in table.partition_by]
        )
        self._parts: dict[tuple[str, ...], _OpenPart] = {}
        self._pool = ThreadPoolExecutor(LANES, thread_name_prefix="parquet")

    def append(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Add rows; columns may come in any order, but they must be exactly the table's.

        Raises:
            ValueError: a column is missing or unknown, or a required value is null.
            OSError: the disk refused.
        """
        for batch in _batches(rows):
            self._append(self._checked(batch))

    def _checked(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        expected, given = set(self.schema.names), set(rows.schema.names)
        if expected != given:
            raise ValueError(
                f"table {self.table.name}: missing columns {sorted(expected - given)}, "
                f"unknown columns {sorted(given - expected)}"
            )
        for column in self.schema:
            if not column.nullable and rows.column(column.name).null_count:
                raise ValueError(
                    f"table {self.table.name}: required column {column.name} has missing values"
                )
        return rows.select(self.schema.names).cast(self.schema)

    def _append(self, rows: pa.RecordBatch) -> None:
        values = [rows.column(name) for name in self.table.partition_by]
        rows = rows.select(self._file_schema.names)
        if not values:
            self._part(()).append(rows)
            return
        (value,) = values
        distinct = pc.unique(value)
        for single in distinct:
            mine = rows if len(distinct) == 1 else rows.filter(pc.equal(value, single))
            self._part((str(single),)).append(mine)

    def _part(self, key: tuple[str, ...]) -> _OpenPart:
        part = self._parts.get(key)
        if part is None:
            partition = dict(zip(self.table.partition_by, key, strict=True))
            for name, value in partition.items():
                if not _SAFE_VALUE.fullmatch(value):
                    raise ValueError(
                        f"table {self.table.name}: {name} {value!r} cannot name a folder"
                    )
            folder = self.batch_folder.joinpath(
                self.table.name, *(f"{name}={value}" for name, value in partition.items())
            )
            part = self._parts[key] = _OpenPart(partition, folder, self._file_schema, self._pool)
        return part

    def finish(self) -> tuple[PartFile, ...]:
        """Close, read back and name all files; a table without rows gets one empty file.

        Raises:
            StorageError: the disk gave back something else than was written.
            OSError: the disk refused.
        """
        if not self._parts:
            # No partition names the empty file, so it carries the partition columns itself.
            folder = self.batch_folder / self.table.name
            self._parts[()] = _OpenPart({}, folder, self.schema, self._pool)
        parts = [self._parts[key].finish(self.batch_folder) for key in sorted(self._parts)]
        self._pool.shutdown()
        fsync_folder(self.batch_folder / self.table.name)
        return tuple(file for files in parts for file in files)

    def abandon(self) -> None:
        """Give all files up; the batch's folder is about to be removed."""
        self._pool.shutdown()
        for part in self._parts.values():
            part.abandon()


def _batches(rows: pa.RecordBatch | pa.Table) -> list[pa.RecordBatch]:
    if isinstance(rows, pa.RecordBatch):
        return [rows.slice(at, ROW_GROUP_ROWS) for at in range(0, rows.num_rows, ROW_GROUP_ROWS)]
    batches: list[pa.RecordBatch] = rows.to_batches(max_chunksize=ROW_GROUP_ROWS)
    return batches
