"""Rows of files that are being read, kept on disk until the whole run is known to add up."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from store.errors import as_storage_error
from store.home import make_private_folder


@dataclass(frozen=True, slots=True)
class StagedRows:
    """Rows in one Arrow file; a row is in memory only while somebody looks at it."""

    path: Path
    row_count: int
    column_names: tuple[str, ...]

    def parts(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """The rows, a piece at a time.

        Args:
            columns: those wanted; all when null. Of the others nothing is read.
        """
        with as_storage_error("reading", self.path), pa.OSFile(str(self.path), mode="r") as source:
            wanted = None if columns is None else sorted(map(self.column_names.index, columns))
            reader = pa.ipc.open_file(source, options=pa.ipc.IpcReadOptions(included_fields=wanted))
            for index in range(reader.num_record_batches):
                yield pa.Table.from_batches([reader.get_batch(index)])


class StagedFile:
    """The two ways of the rows of one file; what a reader calls its row sink."""

    def __init__(self, stem: Path) -> None:
        self._stem = stem
        self._writers: dict[str, tuple[Path, pa.ipc.RecordBatchFileWriter]] = {}
        self._counts: dict[str, int] = {}
        self._names: dict[str, tuple[str, ...]] = {}

    def accept(self, rows: pa.Table) -> None:
        """Take rows that passed every rule."""
        self._append("accepted", rows)

    def set_aside(self, rows: pa.Table) -> None:
        """Take rows that did not."""
        self._append("aside", rows)

    def _append(self, way: str, rows: pa.Table) -> None:
        if way not in self._writers:
            path = self._stem.with_name(f"{self._stem.name}.{way}.arrow")
            self._writers[way] = path, pa.ipc.new_file(str(path), rows.schema)
            self._counts[way] = 0
            self._names[way] = tuple(rows.schema.names)
        self._writers[way][1].write_table(rows)
        self._counts[way] += rows.num_rows

    def finish(self, way: str) -> StagedRows | None:
        """The rows that went one way (`accepted`, `aside`); None when none did."""
        if way not in self._writers:
            return None
        path, writer = self._writers[way]
        writer.close()
        return StagedRows(path, self._counts[way], self._names[way])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for _, writer in self._writers.values():
            writer.close()


@contextmanager
def staging_folder(staging: Path, run_id: str) -> Iterator[Path]:
    """A folder for one run; what earlier runs left behind when they crashed is swept first, and it goes at the end.

    Raises:
        StorageError: the disk refused.
    """
    folder = staging / run_id
    with as_storage_error("preparing", staging):
        if staging.exists():
            for leftover in staging.iterdir():
                if leftover.is_dir() and not leftover.is_symlink():
                    shutil.rmtree(leftover)
                else:
                    leftover.unlink()
        make_private_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
