"""DuckDB over the newest published batch: one view a table, for reading only."""

from pathlib import Path

import duckdb
import pyarrow as pa

from schemas.tables import TABLES
from store.batches import Batch, latest_batch
from store.errors import StorageError


class QueryError(ValueError):
    """The question cannot be answered as it is put; the message says why."""


def connect(batch: Batch) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with a view named after each table of the batch.

    The views read the batch that they were made for, whatever is published meanwhile. A table without rows is a view
    without rows. SQL cannot reach any other file, nor lift that limit.

    Raises:
        StorageError: a file of the batch is missing or damaged.
    """
    connection = duckdb.connect(":memory:")
    held = [name for name in batch.manifest.tables if name in TABLES]
    paths = [path for name in held for path in _paths(batch, name)]
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET allowed_paths = {_list(paths)}")
    for name in held:
        _make_view(connection, batch, name)
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def query(published: Path, sql: str) -> pa.Table:
    """Answer one SQL question from the newest published batch.

    Args:
        published: folder of the batches, `HOME/published`.
        sql: one SELECT in DuckDB's SQL; tables are named as in the data dictionary.

    Raises:
        QueryError: the SQL is not one question, does not hold, or asks for something that is not there.
        StorageError: nothing is published yet, or a file is missing or damaged.
    """
    batch = latest_batch(published)
    if batch is None:
        raise StorageError(f"{published}: nothing is published yet; run the pipeline first")
    with connect(batch) as connection:
        try:
            _require_question(connection, sql)
            rows: pa.Table = connection.sql(sql).to_arrow_table()
        except duckdb.IOException as error:
            raise StorageError(f"{batch.path}: cannot be read ({error})") from error
        except duckdb.Error as error:
            raise QueryError(str(error)) from error
    return rows


def _require_question(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Only SELECT: even within the batch's files, a COPY could overwrite one."""
    kinds = [statement.type for statement in connection.extract_statements(sql)]
    if kinds != [duckdb.StatementType.SELECT]:
        raise QueryError("ask one question that begins with SELECT, FROM, WITH, DESCRIBE or SHOW")


def _make_view(connection: duckdb.DuckDBPyConnection, batch: Batch, name: str) -> None:
    try:
        try:
            connection.execute(_view(batch, name, batch.schema(name).names))
        except duckdb.BinderException:
            # A batch of an older program lacks the newest columns: its view has those that are there.
            connection.execute(_view(batch, name, batch.stored_columns(name)))
    except duckdb.Error as error:
        raise StorageError(f"{batch.path / name}: cannot be read ({error})") from error


def _view(batch: Batch, name: str, columns: list[str]) -> str:
    # A file of a partition does not hold the partition's column; the file of a table without rows does.
    is_hive = bool(TABLES[name].partition_by) and batch.manifest.tables[name].row_count > 0
    types = ", ".join(f"{column}: VARCHAR" for column in TABLES[name].partition_by)
    hive = f"true, hive_types = {{{types}}}" if is_hive else "false"
    selected = ", ".join(f'"{column}"' for column in columns)
    return (
        f'CREATE VIEW "{name}" AS SELECT {selected} '  # noqa: S608  # names come from schemas
        f"FROM read_parquet({_list(_paths(batch, name))}, union_by_name = true, "
        f"hive_partitioning = {hive})"
    )


def _paths(batch: Batch, name: str) -> list[str]:
    folder = batch.path.resolve()
    return [str(folder / file.path) for file in batch.manifest.tables[name].files]


def _list(values: list[str]) -> str:
    """A list as SQL text."""
    quoted = ["'" + value.replace("'", "''") + "'" for value in values]
    return f"[{', '.join(quoted)}]"
