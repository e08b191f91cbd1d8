"""What negative feedback does to the order defect rate, and what it would do if pending requests were granted.

The rate is orders with at least one defect divided by orders, over a rolling window of 60 days, and should stay under
1 % (Seller Central help G200285170). Negative feedback is one of three kinds of defect; A-to-z claims and chargebacks
are not in the reports read here, so the true rate is this high or higher.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import Decision
from transforms.figures.standing import OUT_OF_THE_RATING, has_decision
from transforms.priority import ORDER_DEFECT_WINDOW_DAYS, is_order_defect

TARGET_PERCENT: Final = 1.0
"""At this rate and above Amazon may restrict the account."""

_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class OrderDefects:
    """One account's negative feedback in one marketplace on orders of the last 60 days."""

    account: str
    marketplace: str
    order_count: int | None
    """Orders in the window; null when no order report names one, then there is no rate."""
    defect_count: int
    """Orders with negative feedback that counts; at most one feedback an order."""
    pending_count: int
    """Of these, with a request that waits for Amazon."""

    @property
    def rate_percent(self) -> float | None:
        """Defects of negative feedback per hundred orders."""
        return self._rate(self.defect_count)

    @property
    def rate_percent_if_granted(self) -> float | None:
        """The same if Amazon granted every pending request."""
        return self._rate(self.defect_count - self.pending_count)

    def _rate(self, defects: int) -> float | None:
        return 100 * defects / self.order_count if self.order_count else None


def order_defects(
    feedback: pa.Table, outcome: pa.Table, orders: pa.Table, *, as_of: date
) -> list[OrderDefects]:
    """Defects by negative feedback of every account and marketplace.

    Args:
        feedback: table `feedback`.
        outcome: table `outcome`; what was removed, struck or is gone is no defect.
        orders: table `order_fulfillment`.
        as_of: business date, the last day of the window.

    Returns:
        Sorted by account and marketplace.
    """
    low = feedback.filter(pc.less(feedback["rating"], pa.scalar(3, pa.int8())))
    is_defect = _is_defect(low, orders, as_of) & ~has_decision(
        low["feedback_id"], outcome, OUT_OF_THE_RATING
    )
    is_pending = is_defect & has_decision(low["feedback_id"], outcome, (Decision.PENDING,))
    counted = (
        low.select(["account", "marketplace"])
        .append_column("defect", pa.array(is_defect.astype(np.int64)))
        .append_column("pending", pa.array(is_pending.astype(np.int64)))
    )
    defects = {
        (row["account"], row["marketplace"]): (row["defect_sum"], row["pending_sum"])
        for row in counted.group_by(["account", "marketplace"])
        .aggregate([("defect", "sum"), ("pending", "sum")])
        .to_pylist()
    }
    order_counts = _order_counts(orders, as_of)
    return [
        OrderDefects(*place, order_counts.get(place), *defects.get(place, (0, 0)))
        for place in sorted({*defects, *order_counts})
    ]


def _is_defect(feedback: pa.Table, orders: pa.Table, as_of: date) -> "np.typing.NDArray[np.bool_]":
    ordered = orders.filter(pc.is_in(orders["order_id"], value_set=feedback["order_id"]))
    found = pc.index_in(_key(feedback), value_set=_key(ordered))
    ordered_on = ordered["purchased_at"].cast(pa.date32()).take(found)
    mask = is_order_defect(feedback["rating"], feedback["feedback_date"], ordered_on, as_of=as_of)
    return mask.to_numpy(zero_copy_only=False).astype(np.bool_)


def _key(table: pa.Table) -> "pa.Array[Any]":
    """Account and order as one text: neither holds the separator."""
    parts = [table["account"].combine_chunks(), table["order_id"].combine_chunks()]
    key: pa.Array[Any] = pc.binary_join_element_wise(*parts, "\x1f")  # type: ignore[call-overload]  # the stub lacks text
    return key


def _order_counts(orders: pa.Table, as_of: date) -> dict[tuple[str, str], int]:
    last = (as_of - _EPOCH).days
    ordered_on = orders["purchased_at"].cast(pa.date32()).cast(pa.int32())
    is_inside = pc.and_(
        pc.greater_equal(ordered_on, pa.scalar(last - ORDER_DEFECT_WINDOW_DAYS, pa.int32())),
        pc.less_equal(ordered_on, pa.scalar(last, pa.int32())),
    )
    inside = orders.select(["account", "marketplace", "order_id"]).filter(is_inside)
    grouped = inside.group_by(["account", "marketplace"]).aggregate([("order_id", "count")])
    return {
        (row["account"], row["marketplace"]): row["order_id_count"] for row in grouped.to_pylist()
    }
