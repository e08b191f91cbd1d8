"""The same column types in pandas: Arrow-backed, so that no integer turns into a float and no date into a timestamp."""

from typing import TYPE_CHECKING

import pyarrow as pa

from schemas.tables import Table

if TYPE_CHECKING:
    import pandas as pd


def arrow_backed(arrow_type: pa.DataType) -> "pd.ArrowDtype":
    """The pandas type that holds an Arrow type unchanged; fits `types_mapper` of `pyarrow.Table.to_pandas`."""
    import pandas as pd  # noqa: PLC0415 - costs half a second and most commands need none of it

    return pd.ArrowDtype(arrow_type)


def pandas_types(table: Table) -> "dict[str, pd.ArrowDtype]":
    """Column name to pandas type, in the order of the table."""
    return {column.name: arrow_backed(column.type) for column in table.columns}


def to_frame(rows: pa.Table) -> "pd.DataFrame":
    """The rows as a frame whose columns keep their Arrow types."""
    frame: pd.DataFrame = rows.to_pandas(types_mapper=arrow_backed)
    return frame


def from_frame(frame: "pd.DataFrame", table: Table) -> pa.Table:
    """The frame as rows of a table; columns in the table's order.

    Raises:
        KeyError: a column of the table is missing.
        pyarrow.ArrowInvalid: a value does not fit its column.
    """
    rows = pa.Table.from_pandas(frame, schema=table.schema, preserve_index=False)
    return rows.replace_schema_metadata(table.schema.metadata)  # without the note pandas leaves
