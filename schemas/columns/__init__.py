"""All columns by name; each is defined exactly once, in the module of its family."""

from typing import Final

from schemas.columns import (
    feedback,
    figures,
    keys,
    orders,
    outcomes,
    reports,
    requests,
    responses,
    rules,
    runs,
)
from schemas.field import Field


def _collect() -> dict[str, Field]:
    columns: dict[str, Field] = {}
    for family in (
        keys,
        reports,
        feedback,
        orders,
        rules,
        requests,
        outcomes,
        figures,
        responses,
        runs,
    ):
        for column in family.COLUMNS:
            if column.name in columns:
                raise ValueError(f"column {column.name!r} is defined twice")
            columns[column.name] = column
    return columns


COLUMNS: Final[dict[str, Field]] = _collect()
