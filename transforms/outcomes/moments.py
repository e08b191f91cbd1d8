"""Moments as whole microseconds, and folding them by group whatever their order."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Moments = npt.NDArray[np.int64]
"""Microseconds since 1970-01-01 UTC."""
Groups = npt.NDArray[np.int64]
"""For each value the group it belongs to."""
Mask = npt.NDArray[np.bool_]

NEVER: Final = int(np.iinfo(np.int64).max)
"""Later than every moment: it has not happened."""
ALWAYS: Final = int(np.iinfo(np.int64).min)
"""Earlier than every moment: no moment is known."""
DAY: Final = 86_400_000_000


def moments(column: "pa.ChunkedArray[Any]", missing: int) -> Moments:
    """A date or timestamp column as moments; a date is its midnight.

    Args:
        column: date32 or timestamp.
        missing: what stands for null, `NEVER` or `ALWAYS`.
    """
    if column.type == pa.date32():
        column = column.cast(pa.timestamp("us"))
    return (
        column.cast(pa.int64())
        .fill_null(pa.scalar(missing))
        .to_numpy()
        .astype(np.int64, copy=False)
    )


def earliest(values: Moments, groups: Groups, group_count: int) -> Moments:
    """The earliest moment of each group; `NEVER` for a group without any."""
    result = np.full(group_count, NEVER, np.int64)
    np.minimum.at(result, groups, values)
    return result


def latest(values: Moments, groups: Groups, group_count: int) -> Moments:
    """The latest moment of each group; `ALWAYS` for a group without any."""
    result = np.full(group_count, ALWAYS, np.int64)
    np.maximum.at(result, groups, values)
    return result


def any_of(mask: Mask, groups: Groups, group_count: int) -> Mask:
    """Whether any value of the group is true."""
    result = np.zeros(group_count, np.bool_)
    result[groups[mask]] = True
    return result
