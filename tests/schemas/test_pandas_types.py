"""A trip through pandas and Parquet changes no type and no value."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.pandas_types import from_frame, pandas_types, to_frame
from schemas.tables import TABLES, Table


def example(arrow_type: pa.DataType) -> Any:
    """A value that a careless conversion would change."""
    if pa.types.is_integer(arrow_type):
        return 2 ** (arrow_type.bit_width - 1) - 1  # a float of the same width cannot hold it
    if pa.types.is_list(arrow_type):
        return [example(arrow_type.value_type)]
    if pa.types.is_struct(arrow_type):
        return {field.name: example(field.type) for field in arrow_type}
    return {
        pa.bool_(): False,
        pa.float64(): 0.1 + 0.2,  # a float of half the width, or a rounded text, is another number
        pa.string(): "NA",
        pa.large_binary(): b"\x00\xff",
        pa.date32(): date(9998, 12, 31),  # beyond what nanoseconds reach
        pa.timestamp("us", tz="UTC"): datetime(2026, 11, 20, 23, 59, 59, 999999, tzinfo=UTC),
    }[arrow_type]


def rows_of(table: Table) -> pa.Table:
    """One row of values that are easily damaged, and one with nothing in every column that may be empty."""
    full = {column.name: example(column.type) for column in table.columns}
    bare = {name: full[name] if table.column(name).required else None for name in full}
    return pa.Table.from_pylist([full, bare], schema=table.schema)


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_rows_survive_pandas_and_parquet(table: Table, tmp_path: Path) -> None:
    rows = rows_of(table)
    frame = to_frame(rows)

    assert dict(frame.dtypes) == pandas_types(table)
    assert from_frame(frame, table).equals(rows)
    frame.to_parquet(tmp_path / "frame.parquet")
    again = pd.read_parquet(tmp_path / "frame.parquet", dtype_backend="pyarrow")
    pq.write_table(from_frame(again, table), tmp_path / "table.parquet")

    stored = pq.read_table(tmp_path / "table.parquet")
    assert stored.equals(rows)
    assert stored.schema.metadata == table.schema.metadata
    for field in stored.schema:
        assert field.metadata == table.schema.field(field.name).metadata
        assert field.nullable == table.schema.field(field.name).nullable


def test_columns_come_back_in_the_tables_order() -> None:
    table = TABLES["outcome"]
    frame = to_frame(rows_of(table))

    assert from_frame(frame[list(frame.columns)[::-1]], table).schema.names == table.schema.names


def test_a_missing_column_and_a_value_that_does_not_fit_are_refused() -> None:
    table = TABLES["feedback"]
    frame = to_frame(rows_of(table))

    with pytest.raises(KeyError, match="rating"):
        from_frame(frame.drop(columns="rating"), table)
    with pytest.raises(pa.ArrowInvalid):
        from_frame(frame.assign(rating=[300, 1]), table)
