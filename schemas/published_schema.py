"""What analysts rely on, in a form that can be kept and compared: which change of a published table breaks a reader."""

from typing import TypeAlias

from schemas.tables import TABLES

TableShape: TypeAlias = dict[str, dict[str, str]]
"""Column name to `{"type": Arrow type, "empty": "yes" or "no"}`."""


def published_schema() -> dict[str, TableShape]:
    """The published tables as they are declared today, ready for JSON."""
    return {
        table.name: {
            column.name: {"type": str(column.type), "empty": "no" if column.required else "yes"}
            for column in table.columns
        }
        for table in TABLES.values()
        if table.is_published
    }


def breaking_changes(before: dict[str, TableShape], after: dict[str, TableShape]) -> list[str]:
    """Changes after which a reader of the earlier tables may fail, as sentences; a new table or column is none."""
    broken: list[str] = []
    for name, columns in before.items():
        if name not in after:
            broken.append(f"table {name} is gone")
            continue
        for column, shape in columns.items():
            now = after[name].get(column)
            if now is None:
                broken.append(f"{name}.{column} is gone")
                continue
            if now["type"] != shape["type"]:
                broken.append(f"{name}.{column} was {shape['type']} and is {now['type']}")
            if shape["empty"] == "no" and now["empty"] == "yes":
                broken.append(f"{name}.{column} was always filled and may be empty")
    return broken
