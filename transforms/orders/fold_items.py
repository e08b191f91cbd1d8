"""Items of one order report, folded to one row an order while the report is read."""

import re
from collections.abc import Iterable
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns.keys import TIMESTAMP
from schemas.tables import ORDER_EVIDENCE
from schemas.vocabularies import FulfillmentChannel, ReportKind
from transforms.fold_orders import marketplace_of
from transforms.reports.reading import ReadingContext

_COMPACT_AT: Final = 500_000
"""Rows after which what was read so far is folded, so that memory follows the orders and not the items."""

_COLUMNS: Final[dict[str, pa.DataType]] = {
    "order_id": pa.string(),
    "has_afn": pa.bool_(),
    "has_mfn": pa.bool_(),
    "has_blank": pa.bool_(),
    "has_doubt": pa.bool_(),
    "sales_channel": pa.string(),
    "purchased_at": TIMESTAMP,
    "updated_at": TIMESTAMP,
    "item_count": pa.int64(),
    "is_every_bought": pa.bool_(),
    "ship_by_at": TIMESTAMP,
    "shipped_at": TIMESTAMP,
    "has_late": pa.bool_(),
    "has_unknown_lateness": pa.bool_(),
}
_PARTIAL: Final = pa.schema(_COLUMNS)
_FOLDS: Final[dict[str, Literal["min", "max", "sum"]]] = {
    "has_afn": "max",
    "has_mfn": "max",
    "has_blank": "max",
    "has_doubt": "max",
    "sales_channel": "min",
    "purchased_at": "min",
    "updated_at": "max",
    "item_count": "sum",
    "is_every_bought": "min",
    "ship_by_at": "min",
    "shipped_at": "max",
    "has_late": "max",
    "has_unknown_lateness": "max",
}


class ItemFold:
    """Takes the items of one report, gives table `order_evidence`."""

    def __init__(self, kind: ReportKind, context: ReadingContext) -> None:
        self._kind = kind
        self._context = context
        self._parts: list[pa.Table] = []
        self._rows = 0

    def add(self, items: pa.Table) -> None:
        """Take accepted items: `order_id`, and of the columns of `order_evidence` those that the report has."""
        if not items.num_rows:
            return
        rows = items.num_rows
        columns: dict[str, Any] = {name: items[name] for name in items.column_names}
        channel = columns.pop("fulfillment_channel", pa.nulls(rows, pa.string()))
        columns["has_afn"] = _is(channel, FulfillmentChannel.AFN)
        columns["has_mfn"] = _is(channel, FulfillmentChannel.MFN)
        columns["has_blank"] = pc.is_null(channel)
        columns["item_count"] = pa.repeat(1, rows)
        columns["is_every_bought"] = columns.pop("is_buy_shipping", pa.nulls(rows, pa.bool_()))
        if self._kind is ReportKind.BUY_SHIPPING:
            shipped = columns.setdefault("shipped_at", pa.nulls(rows, TIMESTAMP))
            ship_by = columns.setdefault("ship_by_at", pa.nulls(rows, TIMESTAMP))
            is_late = pc.greater(shipped, ship_by)
            columns["has_late"] = pc.fill_null(is_late, pa.scalar(value=False))
            columns["has_unknown_lateness"] = pc.is_null(is_late)
        if "updated_at" not in columns and "shipped_at" in columns:
            # Neither evidence files nor a shipments report without its reporting date say when they were made.
            columns["updated_at"] = columns["shipped_at"]
        self._append(columns, rows)

    def doubt(self, order_ids: Iterable[str | None]) -> None:
        """Say that an item of these orders could not be read: their channel is not known."""
        doubted = [order_id for order_id in order_ids if order_id]
        if doubted:
            flags = {
                "order_id": pa.array(doubted),
                "has_doubt": pa.repeat(pa.scalar(value=True), len(doubted)),
            }
            self._append({**flags, "item_count": pa.repeat(0, len(doubted))}, len(doubted))

    def _append(self, columns: dict[str, Any], rows: int) -> None:
        given = [columns.get(field.name, pa.nulls(rows, field.type)) for field in _PARTIAL]
        self._parts.append(pa.table(given, schema=_PARTIAL))
        self._rows += rows
        if self._rows > _COMPACT_AT and len(self._parts) > 1:
            self._compact()

    def _compact(self) -> None:
        folds: Any = list(_FOLDS.items())
        folded = pa.concat_tables(self._parts).group_by("order_id").aggregate(folds)
        names = [re.sub("_(max|min|sum)$", "", name) for name in folded.column_names]
        self._parts = [folded.rename_columns(names).select(_PARTIAL.names).cast(_PARTIAL)]
        self._rows = 0

    def evidence(self) -> pa.Table:
        """Table `order_evidence` of the whole report, sorted by order."""
        if not self._parts:
            return ORDER_EVIDENCE.empty()
        self._compact()
        orders = self._parts[0].sort_by("order_id")
        rows = orders.num_rows
        sales_channel: Any = orders["sales_channel"]
        distinct = sales_channel.unique()
        own = self._context.marketplace.code
        codes = pa.array([marketplace_of(site) or own for site in distinct.to_pylist()])
        found: Any = codes.take(pc.index_in(sales_channel, value_set=distinct))
        columns: dict[str, Any] = {name: orders[name] for name in orders.column_names}
        columns |= {
            "account": pa.repeat(self._context.account, rows),
            "marketplace": found,
            "kind": pa.repeat(self._kind.value, rows),
            "file_sha256": pa.repeat(self._context.file_sha256, rows),
            "fulfillment_channel": self._channel(orders),
            "is_buy_shipping": orders["is_every_bought"],
            "is_shipped_on_time": _on_time(orders),
        }
        evidence = pa.table(
            [columns[name] for name in ORDER_EVIDENCE.schema.names], ORDER_EVIDENCE.schema.names
        )
        return evidence.cast(ORDER_EVIDENCE.schema)

    def _channel(self, orders: pa.Table) -> Any:  # noqa: ANN401 - an Arrow array
        """Channel of each order; null where the report names none for any of its items."""
        afn: Any = orders["has_afn"].combine_chunks()
        mfn: Any = orders["has_mfn"].combine_chunks()
        doubt: Any = _is_true(orders["has_doubt"].combine_chunks())
        blank: Any = _is_true(orders["has_blank"].combine_chunks())
        afn, mfn = _is_true(afn), _is_true(mfn)
        named = pc.or_(afn, mfn)
        conditions = pc.make_struct(
            doubt,
            pc.and_(afn, mfn),
            pc.and_(named, blank),
            afn,
            mfn,
            field_names=["doubt", "mixed", "partly", "afn", "mfn"],
        )
        return pc.case_when(
            conditions,
            FulfillmentChannel.UNKNOWN.value,
            FulfillmentChannel.MIXED.value,
            FulfillmentChannel.UNKNOWN.value,
            FulfillmentChannel.AFN.value,
            FulfillmentChannel.MFN.value,
        )


def _is(channel: Any, word: FulfillmentChannel) -> Any:  # noqa: ANN401 - Arrow arrays and chunked arrays
    return _is_true(pc.equal(channel, pa.scalar(word.value)))


def _is_true(flags: Any) -> Any:  # noqa: ANN401 - Arrow arrays and chunked arrays
    return pc.fill_null(flags, pa.scalar(value=False))


def _on_time(orders: pa.Table) -> Any:  # noqa: ANN401 - an Arrow array
    """No parcel was late; null when that is not known of every parcel, or the report does not say."""
    late: Any = orders["has_late"]
    unknown: Any = orders["has_unknown_lateness"]
    return pc.if_else(
        late,
        pa.scalar(value=False),
        pc.if_else(unknown, pa.scalar(None, pa.bool_()), pa.scalar(value=True)),
    )
