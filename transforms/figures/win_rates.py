"""How often Amazon grants what is asked, and how often a request was wrong."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from transforms.figures.wilson import Rate, wilson


@dataclass(frozen=True, slots=True)
class WinRate:
    """Requests of one group and what became of them; `asked_count` is the sum of the other counts."""

    by: str
    """What is grouped by: `all` or a name of `transforms.figures.asked.DIMENSIONS`."""
    group: str
    asked_count: int
    granted_count: int
    """Removed or struck."""
    denied_count: int
    gone_count: int
    """Vanished: granted, or taken back by the buyer; counted on neither side."""
    pending_count: int
    conflict_count: int
    unasked_count: int
    """Struck before the request was made."""

    @property
    def decided_count(self) -> int:
        """Granted and denied."""
        return self.granted_count + self.denied_count

    @property
    def win_rate(self) -> Rate | None:
        """Granted of those decided, with its 95 % interval; null when none is decided."""
        return wilson(self.granted_count, self.decided_count)

    @property
    def false_rate(self) -> Rate | None:
        """Denied of those decided: Amazon punishes high volumes of these (Seller Central help 201101660)."""
        return wilson(self.denied_count, self.decided_count)

    @property
    def best_case(self) -> Rate | None:
        """Win rate if everything that vanished had been granted: the truth lies between this and `win_rate`."""
        return wilson(self.granted_count + self.gone_count, self.decided_count + self.gone_count)


def win_rates(asked: pa.Table, by: str) -> list[WinRate]:
    """Win rate of every group.

    Args:
        asked: from `asked_requests`.
        by: `all` or one of `DIMENSIONS`.

    Returns:
        Sorted by number of requests, most first, then by group.
    """
    counts: dict[str, dict[str, int]] = {}
    grouped = asked.group_by([by, "result"]).aggregate([([], "count_all")])
    rows: list[dict[str, Any]] = grouped.to_pylist()
    for row in rows:
        counts.setdefault(row[by], {})[row["result"]] = row["count_all"]
    rates = [
        WinRate(
            by=by,
            group=group,
            asked_count=sum(found.values()),
            granted_count=found.get("granted", 0),
            denied_count=found.get("denied", 0),
            gone_count=found.get("gone", 0),
            pending_count=found.get("pending", 0),
            conflict_count=found.get("conflict", 0),
            unasked_count=found.get("unasked", 0),
        )
        for group, found in counts.items()
    ]
    return sorted(rates, key=lambda rate: (-rate.asked_count, rate.group))
