"""What is in quarantine: whole files with their sidecars, and single rows with their original bytes.

Working table `quarantined_row` is the authority about rows, because it changes in one step with the accounts of the
files. HOME/quarantine/rows holds the same rows for people and their tools, one Parquet file a report; it is made to agree
after every change.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from schemas.tables import QUARANTINED_ROW, REPORT_FILE
from store.batches import Batch, latest_batch
from store.durable_files import HashedFile, fsync_folder
from store.errors import as_storage_error
from store.filing import refused_files, safe_folder
from store.home import FILE_MODE, Home, make_private_folder
from store.partition_writer import HARDLY_REPEATED
from transforms.file_profile import FileKey

_KEY: Final = list(FileKey._fields)

_OPEN_FILES: Final = 200
"""So many reports' rows are written while the table is looked through once."""

_PAGE_BYTES: Final = 1 << 16
"""A writer keeps room for its largest page until it is closed."""

_WAITING_BYTES: Final = 32 << 20
"""So many bytes of rows wait for their files: fewer and larger row groups, in bounded memory."""


@dataclass(frozen=True, slots=True)
class QuarantineLine:
    """One reason in one marketplace of one account: how much is set aside, where, and what to do."""

    is_file: bool
    """Whole files; otherwise single rows."""
    account: str
    marketplace: str
    reason: str
    message: str
    """What was found and what to do about it."""
    count: int
    """Files, or rows."""
    places: tuple[str, ...]
    """Paths relative to HOME: the files themselves, or the Parquet files with the rows."""


def quarantine_lines(home: Home) -> tuple[QuarantineLine, ...]:
    """Everything in quarantine by account, marketplace and reason; files before rows.

    Raises:
        StorageError: the quarantine cannot be read.
    """
    return (*_file_lines(home), *_row_lines(home))


def _file_lines(home: Home) -> Iterable[QuarantineLine]:
    groups = defaultdict(list)
    for file in refused_files(home):
        groups[file.account, file.marketplace, file.reason].append(file)
    for (account, marketplace, reason), files in sorted(groups.items()):
        places = tuple(file.path.relative_to(home.root).as_posix() for file in files)
        yield QuarantineLine(
            is_file=True,
            account=account,
            marketplace=marketplace,
            reason=reason,
            message=files[0].message,
            count=len(files),
            places=places,
        )


def _row_lines(home: Home) -> Iterable[QuarantineLine]:
    batch = latest_batch(home.tables)
    if batch is None:
        return
    keys = [*_KEY, "reason", "message"]
    groups: Counter[tuple[str, str, str, str]] = Counter()
    places = defaultdict(set)
    for rows in batch.scan(QUARANTINED_ROW.name, keys):
        # Counted a piece at a time by Arrow: a damaged file may have set aside a row a line.
        counted = pa.Table.from_batches([rows]).group_by(keys).aggregate([([], "count_all")])
        for account, marketplace, sha256, reason, message, count in zip(
            *(counted[name].to_pylist() for name in (*keys, "count_all")), strict=True
        ):
            group = (account, marketplace, reason, message)
            groups[group] += count
            path = rows_path(home, FileKey(account, marketplace, sha256))
            places[group].add(path.relative_to(home.root).as_posix())
    for group, count in sorted(groups.items()):
        account, marketplace, reason, message = group
        yield QuarantineLine(
            is_file=False,
            account=account,
            marketplace=marketplace,
            reason=reason,
            message=message,
            count=count,
            places=tuple(sorted(places[group])),
        )


def rows_path(home: Home, file: FileKey) -> Path:
    """Where the rows of one report that were set aside lie."""
    folder = home.quarantined_rows / safe_folder(file.account) / safe_folder(file.marketplace)
    return folder / f"{file.file_sha256}.parquet"


def agree_quarantined_rows(home: Home, changed: Collection[FileKey] = ()) -> None:
    """Make HOME/quarantine/rows agree with the newest batch.

    Args:
        home: the home folder.
        changed: reports whose rows may differ from what lies there; of the others only the presence is checked.

    Raises:
        StorageError: the disk refused.
    """
    batch = latest_batch(home.tables)
    wanted = _reports_with_rows(batch) if batch else set()
    with as_storage_error("cannot write", home.quarantined_rows):
        expected = {rows_path(home, file): file for file in wanted}
        for path in sorted(home.quarantined_rows.rglob("*.parquet")):
            if path not in expected:
                path.unlink()
        stale = {
            file: path
            for path, file in sorted(expected.items())
            if file in changed or not path.exists()
        }
        if batch is not None:
            for first in range(0, len(stale), _OPEN_FILES):
                _write_rows(batch, dict(list(stale.items())[first : first + _OPEN_FILES]))
        for folder in {path.parent for path in stale.values()}:
            fsync_folder(folder)


def _reports_with_rows(batch: Batch) -> set[FileKey]:
    files = batch.read(REPORT_FILE.name, [*_KEY, "rows_quarantined"])
    some: pa.Table = files.filter(pc.greater(files["rows_quarantined"], pa.scalar(0)))
    return {FileKey(*key) for key in zip(*(some[name].to_pylist() for name in _KEY), strict=True)}


def _write_rows(batch: Batch, paths: Mapping[FileKey, Path]) -> None:
    """Write the rows of some reports while the table is looked through once."""
    hashes = sorted({file.file_sha256 for file in paths})
    filters = [("file_sha256", "in", hashes)]
    missing: Counter[FileKey] = Counter()
    for rows in batch.scan(QUARANTINED_ROW.name, _KEY, filters):
        missing.update(_keys(rows))
    with ExitStack() as unfinished:
        files = _OpenFiles(paths, missing, unfinished)
        for rows in batch.scan(QUARANTINED_ROW.name, filters=filters):
            places: dict[FileKey, list[int]] = defaultdict(list)
            for place, key in enumerate(_keys(rows)):
                places[key].append(place)
            for file, chosen in places.items():
                if file in paths:
                    files.add(file, rows.take(pa.array(chosen)))


def _keys(rows: pa.RecordBatch) -> Iterator[FileKey]:
    return map(FileKey._make, zip(*(rows.column(name).to_pylist() for name in _KEY), strict=True))


@dataclass(slots=True)
class _OpenFiles:
    """Rows on their way into one file a report; a file is closed with its last row, so few are open at once."""

    paths: Mapping[FileKey, Path]
    missing: Counter[FileKey]
    """Rows that are still to come."""
    unfinished: ExitStack
    """Ends what is open when something fails."""
    waiting: dict[FileKey, list[pa.RecordBatch]] = field(default_factory=dict)
    waiting_bytes: int = 0
    writers: dict[FileKey, tuple[pq.ParquetWriter, ExitStack]] = field(default_factory=dict)

    def add(self, file: FileKey, rows: pa.RecordBatch) -> None:
        self.missing[file] -= rows.num_rows
        self.waiting.setdefault(file, []).append(rows)
        self.waiting_bytes += rows.nbytes
        if not self.missing[file]:
            self._write(file)
            self.writers.pop(file)[1].close()
        elif self.waiting_bytes > _WAITING_BYTES:
            for each in list(self.waiting):
                self._write(each)

    def _write(self, file: FileKey) -> None:
        """Write what waits as one row group: a writer would keep smaller pieces until it is closed."""
        if file not in self.writers:
            ending = self.unfinished.enter_context(ExitStack())
            self.writers[file] = ending.enter_context(_rows_file(self.paths[file])), ending
        rows = pa.Table.from_batches(self.waiting.pop(file))
        self.waiting_bytes -= rows.nbytes
        self.writers[file][0].write_table(rows)


@contextmanager
def _rows_file(path: Path) -> Iterator[pq.ParquetWriter]:
    """A Parquet file that takes the place of the one before once it is complete."""
    make_private_folder(path.parent)
    fresh = path.with_name(f".{path.name}.tmp")
    fresh.unlink(missing_ok=True)
    with (
        HashedFile(fresh) as target,
        pq.ParquetWriter(
            pa.PythonFile(target, mode="w"),  # type: ignore[arg-type]  # has the methods that Arrow calls
            QUARANTINED_ROW.schema,
            compression="zstd",
            data_page_size=_PAGE_BYTES,
            use_dictionary=[n for n in QUARANTINED_ROW.schema.names if n not in HARDLY_REPEATED],  # type: ignore[arg-type]  # names are documented
        ) as writer,
    ):
        yield writer
    fresh.chmod(FILE_MODE)
    fresh.replace(path)
