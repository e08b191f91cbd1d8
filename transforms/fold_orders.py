"""Who shipped each order: all that any order report ever said, folded to one row an order.

Two tables, so that the answer never depends on the order in which reports arrive:

* `order_evidence` keeps what the newest report of each kind says about an order. Adding evidence is a union that
  drops what is older, so it may be done in any order and any number of times.
* `order_fulfillment` is computed from `order_evidence` alone.

A doubt never becomes a channel: items of which the channel could not be read make the order UNKNOWN, and reports that
contradict each other do as well.
"""

import re
from typing import Any, Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.marketplaces import marketplaces
from schemas.tables import ORDER_EVIDENCE, ORDER_FULFILLMENT
from schemas.vocabularies import ChannelEvidence, FulfillmentChannel, ReportKind

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_LONG_AGO: Final = -(2**62)
_ORDER: Final = ["account", "order_id"]
_OF_KIND: Final = ["account", "order_id", "kind"]
_FLAG: Final = "says_"
_TOTAL_ORDER: Final = tuple(
    sorted(ORDER_EVIDENCE.schema.names, key=lambda name: name not in ORDER_EVIDENCE.key)
)
"""All columns, those of the key first: two different rows never tie."""


def merge_order_evidence(*evidence: pa.Table) -> pa.Table:
    """Unite tables `order_evidence`, keeping only the newest of each kind about an order.

    Newest is the latest `updated_at` (for Buy Shipping evidence, whose rows carry no time of their own, the hand-over);
    a row without one is older than any row with one. Rows of equal age are all kept: where they disagree, the fold
    says so. The same fact from two files is kept once, under the smaller hash.

    Returns:
        Table `order_evidence`, sorted by its key.
    """
    rows = pa.concat_tables([table.select(ORDER_EVIDENCE.schema.names) for table in evidence])
    if not rows.num_rows:
        return ORDER_EVIDENCE.empty()
    rows = rows.combine_chunks()
    group, is_newest, order = _newest_of_each(rows)
    is_first = np.diff(group, prepend=-1) != 0
    first = order[is_first]
    again = np.flatnonzero(is_newest & ~is_first)
    is_same = _are_same_facts(rows, order[again], first[group[again]])
    disputed = np.unique(group[again[~is_same]])
    agreed: pa.Table = _taken(rows, np.delete(first, disputed)).cast(ORDER_EVIDENCE.schema)
    if not len(disputed):
        return agreed
    apart = _taken(rows, order[is_newest & np.isin(group, disputed)])
    facts = [name for name in ORDER_EVIDENCE.schema.names if name != "file_sha256"]
    once = apart.group_by(facts).aggregate([("file_sha256", "min")])
    once = once.rename_columns([*facts, "file_sha256"]).select(ORDER_EVIDENCE.schema.names)
    united = pa.concat_tables([agreed, once.cast(ORDER_EVIDENCE.schema)])
    return united.sort_by(_sorted_by(*_TOTAL_ORDER))


def _newest_of_each(rows: pa.Table) -> tuple[Numbers, Flags, Numbers]:
    """Rows in the order of account, order, kind, newest first: number of their group, whether newest in it, their place."""
    keys = [_rank(rows[name]) for name in _OF_KIND]
    oldest = pa.scalar(_LONG_AGO, pa.int64())
    age: Any = pc.fill_null(pc.cast(rows["updated_at"], pa.int64()), oldest)
    ages = age.to_numpy()
    order = np.lexsort((_rank(rows["file_sha256"]), -ages, *reversed(keys)))
    begins = np.ones(len(order), bool)
    begins[1:] = np.logical_or.reduce([np.diff(key[order]) != 0 for key in keys])
    group = np.cumsum(begins) - 1
    newest = ages[order][np.flatnonzero(begins)]
    return group, ages[order] == newest[group], order


def _rank(texts: Any) -> Numbers:  # noqa: ANN401 - an Arrow array
    """The place of each text among the distinct texts in ascending order."""
    encoded = texts.combine_chunks().dictionary_encode()
    ascending = pc.sort_indices(encoded.dictionary).to_numpy()
    ranks = np.empty(len(ascending), np.int64)
    ranks[ascending] = np.arange(len(ascending))
    placed: Numbers = ranks[encoded.indices.to_numpy()]
    return placed


def _taken(rows: Any, places: Numbers) -> Any:  # noqa: ANN401 - Arrow tables and arrays
    return rows.take(pa.array(places, pa.int64()))


def _are_same_facts(rows: pa.Table, left: Numbers, right: Numbers) -> Flags:
    """Whether two rows say the same in every column but the file's hash; null is the same as null."""
    is_same = np.ones(len(left), bool)
    for name in rows.column_names:
        if name == "file_sha256":
            continue
        one: Any = _taken(rows[name], left)
        other: Any = _taken(rows[name], right)
        equal = pc.fill_null(pc.equal(one, other), pa.scalar(value=False))
        both_null = pc.and_(pc.is_null(one), pc.is_null(other))
        is_same &= pc.or_(equal, both_null).to_numpy()
    return is_same


def fold_orders(order_evidence: pa.Table) -> pa.Table:
    """Fold table `order_evidence` to table `order_fulfillment`.

    | orders reports say | shipments report shows it | channel | evidence |
    |---|---|---|---|
    | AFN, or nothing | yes | AFN | fulfilled_shipments |
    | MFN | yes | UNKNOWN | conflict |
    | AFN and MFN items | either | MIXED | orders_report |
    | an item of unknown channel | either | UNKNOWN | none |
    | AFN in one report, MFN in another as new | either | UNKNOWN | conflict |
    | AFN or MFN | no | AFN or MFN | orders_report |
    | nothing | no | UNKNOWN | none |

    Returns:
        Table `order_fulfillment`, one row an account and order, sorted by both.
    """
    if not order_evidence.num_rows:
        return ORDER_FULFILLMENT.empty()
    # Sorted, so that `first` is the preferred row whatever the order of the evidence was.
    rows = _marked(order_evidence).sort_by(_sorted_by("rank", *_TOTAL_ORDER))
    folded = rows.group_by(_ORDER, use_threads=False).aggregate(
        [
            *((name, "max") for name in rows.column_names if name.startswith(_FLAG)),
            ("marketplace", "first"),
            ("file_sha256", "first"),
            ("sales_channel", "first"),
            ("purchased_at", "min"),
            ("updated_at", "max"),
            ("item_count", "max"),
            # Several parcels as new as each other: every one must carry an Amazon label and be on time.
            ("is_buy_shipping", "min"),
            ("ship_by_at", "min"),
            ("shipped_at", "max"),
            ("is_shipped_on_time", "min"),
        ]
    )
    folded = folded.rename_columns(
        [re.sub("_(max|min|first)$", "", n) for n in folded.column_names]
    )
    channel, evidence = _decided(folded)
    columns: dict[str, Any] = {
        name: folded[name] for name in ORDER_FULFILLMENT.schema.names if name in folded.column_names
    }
    columns |= {"fulfillment_channel": channel, "channel_evidence": evidence}
    columns |= {name: _truth(columns[name]) for name in ("is_buy_shipping", "is_shipped_on_time")}
    fulfillment = pa.table(columns).select(ORDER_FULFILLMENT.schema.names)
    return fulfillment.sort_by(_sorted_by(*_ORDER)).cast(ORDER_FULFILLMENT.schema)


def _marked(order_evidence: pa.Table) -> pa.Table:
    """The evidence with a flag for each thing that a row says, a rank, and truths that can be folded by their minimum."""
    kind: Any = order_evidence["kind"]
    channel: Any = order_evidence["fulfillment_channel"]
    is_orders = pc.equal(kind, pa.scalar(ReportKind.ORDERS.value))
    is_shipments = pc.equal(kind, pa.scalar(ReportKind.FULFILLED_SHIPMENTS.value))
    # Of the plain columns, the orders report's are preferred: it alone carries them all.
    rank = pc.if_else(is_orders, 0, pc.if_else(is_shipments, 1, 2))
    rows = order_evidence.append_column("rank", rank)
    rows = rows.append_column(_FLAG + "in_shipments", is_shipments)
    for word in FulfillmentChannel:
        # A shipments report that names the seller contradicts itself; its AFN says no more than that it lists the order.
        speaks = pc.or_(is_orders, is_shipments) if word is FulfillmentChannel.MFN else is_orders
        says = pc.and_(speaks, pc.fill_null(pc.equal(channel, pa.scalar(word.value)), False))
        rows = rows.append_column(_FLAG + word.value, says)
    is_evidence = pc.equal(kind, pa.scalar(ReportKind.BUY_SHIPPING.value))
    for name in ("is_buy_shipping", "is_shipped_on_time"):
        truth: Any = pc.if_else(
            is_evidence, _strength(order_evidence[name]), pa.scalar(None, pa.int8())
        )
        rows = rows.set_column(rows.schema.get_field_index(name), name, truth)
    return rows


def _strength(truth: Any) -> Any:  # noqa: ANN401 - Arrow arrays and chunked arrays
    """False 0, not known 1, true 2: the minimum over several rows is what may be said of all."""
    return pc.fill_null(pc.cast(pc.if_else(truth, 2, 0), pa.int8()), pa.scalar(1, pa.int8()))


def _truth(strength: Any) -> Any:  # noqa: ANN401 - Arrow arrays and chunked arrays
    """Back from `_strength`."""
    return pc.if_else(
        pc.equal(strength, pa.scalar(1, pa.int8())),
        pa.scalar(None, pa.bool_()),
        pc.equal(strength, pa.scalar(2, pa.int8())),
    )


def _sorted_by(*names: str) -> list[tuple[str, Literal["ascending", "descending"]]]:
    return [(name, "ascending") for name in names]


def _decided(folded: pa.Table) -> tuple[Any, Any]:
    """Channel and evidence by the table in `fold_orders`, first line that holds."""
    says: Any = {word: folded[_FLAG + word.value].combine_chunks() for word in FulfillmentChannel}
    shipped: Any = folded[_FLAG + "in_shipments"].combine_chunks()
    afn, mfn = says[FulfillmentChannel.AFN], says[FulfillmentChannel.MFN]
    cases = [
        (says[FulfillmentChannel.UNKNOWN], FulfillmentChannel.UNKNOWN, ChannelEvidence.NONE),
        (says[FulfillmentChannel.MIXED], FulfillmentChannel.MIXED, ChannelEvidence.ORDERS_REPORT),
        (pc.and_(mfn, pc.or_(afn, shipped)), FulfillmentChannel.UNKNOWN, ChannelEvidence.CONFLICT),
        (shipped, FulfillmentChannel.AFN, ChannelEvidence.FULFILLED_SHIPMENTS),
        (afn, FulfillmentChannel.AFN, ChannelEvidence.ORDERS_REPORT),
        (mfn, FulfillmentChannel.MFN, ChannelEvidence.ORDERS_REPORT),
    ]
    conditions = pc.make_struct(
        *(condition for condition, _, _ in cases),
        field_names=[str(number) for number in range(len(cases))],
    )
    channels = pc.case_when(
        conditions, *(channel.value for _, channel, _ in cases), FulfillmentChannel.UNKNOWN.value
    )
    evidences = pc.case_when(
        conditions, *(evidence.value for _, _, evidence in cases), ChannelEvidence.NONE.value
    )
    return channels, evidences


def marketplace_of(sales_channel: str | None) -> str | None:
    """The marketplace whose site a sales channel names (`Amazon.de` is DE); None for any other word."""
    return _SITES.get((sales_channel or "").strip().casefold())


_SITES: Final = {entry.sales_channel.casefold(): code for code, entry in marketplaces().items()}
