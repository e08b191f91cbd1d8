"""Reading a batch: all of it, of one moment, whatever is written meanwhile."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from schemas.tables import TABLES
from store.batch_upkeep import LATEST
from store.errors import StorageError, as_storage_error
from store.manifest import Manifest, read_manifest
from store.partition_writer import ROW_GROUP_ROWS, PartFile, only, stored_schema

Filters = ds.Expression | list[tuple[Any, ...]] | list[list[tuple[Any, ...]]]
"""An Arrow expression, or conditions as `pyarrow.parquet.read_table` takes them."""

_AS_NEEDED: Final = ds.ParquetFragmentScanOptions(pre_buffer=False)
"""A row group's bytes are read when they are wanted: read ahead, they would stay in memory until the file is done."""


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
                batch_size=ROW_GROUP_ROWS,
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
            format=ds.ParquetFileFormat(default_fragment_scan_options=_AS_NEEDED),
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
    if any(isinstance(one, tuple) and one[1] == "in" and not one[2] for one in filters):
        return ds.scalar(value=False)  # Arrow cannot tell the type of an empty list
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
    return table_of(latest_batch(root), name, columns, filters)


def table_of(
    batch: Batch | None,
    name: str,
    columns: Sequence[str] | None = None,
    filters: Filters | None = None,
) -> pa.Table:
    """One table of a batch; without a batch, the table without rows.

    Raises:
        KeyError: there is no such table or column.
        StorageError: a file is missing or damaged.
    """
    if batch is None:
        schema = TABLES[name].schema
        return (schema if columns is None else only(schema, columns)).empty_table()
    return batch.read(name, columns, filters)
