"""The database under the ledger: SQLite in one file, or PostgreSQL by URL, made to keep what it says it kept.

Why these settings: docs/decisions/ledger-durability.md.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import event as hooks
from sqlalchemy import exc

from store.errors import StorageError, as_storage_error
from store.home import FILE_MODE, FOLDER_MODE, make_private_folder
from store.ledger.tables import FORMAT_VERSION, LEDGER_FORMAT, create_tables

BUSY_TIMEOUT_MS: Final = 30_000
"""How long a writer waits for another one; a step takes milliseconds."""

_OLDEST_SQLITE: Final = (3, 37, 0)  # STRICT tables (sqlite.org/stricttables.html)
_OLDEST_POSTGRESQL: Final = 130_000
_READ_ONLY_OPTION: Final = "ledger_reads_only"
_WRITER_LOCK: Final = 0x4C454447  # advisory lock of a writing transaction

_REMEDY: Final = {
    "SQLITE_FULL": "make room on the disk, then run again",
    "SQLITE_READONLY": "make the ledger's file and folder writable for this user, then run again",
    "SQLITE_CANTOPEN": "check the path and who may read it, then run again",
    "SQLITE_BUSY": "another process writes for longer than 30 s: end it, then run again",
    "SQLITE_CORRUPT": "restore the last backup (docs/runbook.md) and submit nothing before",
    "SQLITE_NOTADB": "the file is no ledger: restore the last backup or name another file",
}


class LedgerDatabase:
    """Transactions on one ledger database."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.shown_url = engine.url.render_as_string(hide_password=True)

    @property
    def is_postgresql(self) -> bool:
        """Whether the ledger is in PostgreSQL; else it is a SQLite file."""
        return self._engine.dialect.name == "postgresql"

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction with the write lock held from its first statement: no other writer runs beside it.

        Raises:
            StorageError: the database could not keep it; nothing of the transaction remains.
        """
        with self._as_storage_error("written"), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One transaction that sees a single moment of the ledger and blocks nobody.

        Raises:
            StorageError: the database cannot be read.
        """
        with self._as_storage_error("read"), self._engine.connect() as connection:
            reader = connection.execution_options(**{_READ_ONLY_OPTION: True})
            if self.is_postgresql:
                reader = reader.execution_options(isolation_level="REPEATABLE READ")
            yield reader

    def session(self) -> sa.Connection:
        """A connection of its own for a lock that lasts longer than a transaction (PostgreSQL)."""
        with self._as_storage_error("reached"):
            return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Close every connection; the ledger may be used again afterwards."""
        self._engine.dispose()

    @contextmanager
    def _as_storage_error(self, doing: str) -> Iterator[None]:
        try:
            yield
        except exc.IntegrityError:
            raise
        except exc.DBAPIError as error:
            raise StorageError(
                f"the ledger {self.shown_url} could not be {doing}: {_what_and_remedy(error.orig)}"
            ) from error


def open_database(url: str, *, create: bool) -> LedgerDatabase:
    """Open the database at a URL; an empty one gets its tables when `create` is set.

    Raises:
        StorageError: it cannot be opened, others may read it, it is no ledger, or it was made by a newer program.
        ValueError: the URL names no database that can hold a ledger.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = _sqlite_engine(parsed, create=create)
    elif parsed.get_backend_name() in ("postgresql", "postgres"):
        engine = _postgresql_engine(parsed.set(drivername="postgresql+psycopg"))
    else:
        raise ValueError(
            f"a ledger is sqlite:///PATH or postgresql://...; found {parsed.get_backend_name()}"
        )
    database = LedgerDatabase(engine)
    try:
        _require_format(database, create=create)
    except BaseException:
        database.close()
        raise
    return database


def _require_format(database: LedgerDatabase, *, create: bool) -> None:
    with database.reading() as connection:
        found = _format_version(connection)
    if found is None and create:
        with database.writing() as connection:
            # Another process may have made the tables between the look and the lock.
            found = _format_version(connection)
            if found is None:
                create_tables(connection)
                found = FORMAT_VERSION
    if found is None:
        raise StorageError(f"{database.shown_url} holds no ledger; name another one or create it")
    if found != FORMAT_VERSION:
        raise StorageError(
            f"the ledger {database.shown_url} has format {found}, this program reads {FORMAT_VERSION}: "
            "use the program that wrote it"
        )


def _format_version(connection: sa.Connection) -> int | None:
    if not sa.inspect(connection).has_table(LEDGER_FORMAT.name):
        return None
    return connection.execute(sa.select(LEDGER_FORMAT.c.version)).scalar_one_or_none()


def _sqlite_engine(url: sa.URL, *, create: bool) -> sa.Engine:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise StorageError(f"SQLite {sqlite3.sqlite_version} is too old; 3.37 or newer is needed")
    if not url.database or url.database == ":memory:":
        raise ValueError("a ledger must outlive the process: name a file, sqlite:///PATH")
    path = Path(url.database)
    if create and not path.exists():
        with as_storage_error("cannot make the ledger", path):
            _make_private_file(path)
    if not path.exists():
        raise StorageError(f"there is no ledger at {path}")
    for place, widest in ((path.parent, FOLDER_MODE), (path, FILE_MODE)):
        _require_private(place, widest)

    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    hooks.listen(engine, "connect", _prepare_sqlite)
    hooks.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private_file(path: Path) -> None:
    make_private_folder(path.parent)
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_NOFOLLOW, FILE_MODE))
    except FileExistsError:
        return  # another process made it in the same moment, just as privately


def _require_private(place: Path, widest: int) -> None:
    with as_storage_error("cannot look at", place):
        mode = stat.S_IMODE(place.stat().st_mode)
    if mode & ~widest:
        raise StorageError(
            f"{place} has mode {mode:04o}, others could read or change the requests; run: chmod {widest:o} {place}"
        )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself: `_begin_sqlite` does
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA recursive_triggers=ON")
    connection.execute("PRAGMA mmap_size=0")
    (journal,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    connection.execute("PRAGMA synchronous=EXTRA")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    if (journal, synchronous) != ("delete", 3):
        raise StorageError(
            f"SQLite keeps journal_mode={journal}, synchronous={synchronous}: a power cut could lose steps; "
            "end every other program that has the ledger open, then run again"
        )


def _begin_sqlite(connection: sa.Connection) -> None:
    reads_only = connection.get_execution_options().get(_READ_ONLY_OPTION, False)
    connection.exec_driver_sql("BEGIN" if reads_only else "BEGIN IMMEDIATE")


def _postgresql_engine(url: sa.URL) -> sa.Engine:
    # The transaction lock gives each writer the newest rows only if every statement looks afresh.
    engine = sa.create_engine(url, isolation_level="READ COMMITTED", pool_pre_ping=True)
    hooks.listen(engine, "connect", _check_postgresql)
    hooks.listen(engine, "begin", _begin_postgresql)
    return engine


def _check_postgresql(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection type
    if connection.info.server_version < _OLDEST_POSTGRESQL:
        raise StorageError("PostgreSQL 13 or newer is needed for the ledger")
    with connection.cursor() as cursor:
        (fsync,) = cursor.execute("SHOW fsync").fetchone()
    connection.rollback()
    if fsync != "on":
        raise StorageError(
            "PostgreSQL runs with fsync off: a power cut could lose steps; switch fsync on"
        )


def _begin_postgresql(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get(_READ_ONLY_OPTION, False) or connection.get_isolation_level() == "AUTOCOMMIT":
        return
    connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
    # One key a database: ledgers that share it wait a moment for each other, and no two roles miss each other's lock.
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")


def _what_and_remedy(error: BaseException | None) -> str:
    name = getattr(error, "sqlite_errorname", "") or ""
    family = "_".join(name.split("_")[:2])  # SQLITE_READONLY_DIRECTORY is a SQLITE_READONLY
    remedy = _REMEDY.get(family, "make the database work again, then run again")
    # Server texts may quote values of a row; the SQLSTATE class says enough.
    sqlstate = getattr(error, "sqlstate", None)
    what = f"SQLSTATE {sqlstate}" if sqlstate else str(error).split("\n", 1)[0]
    return f"{what}; nothing of this step was kept: {remedy}"
