"""Feedback with what is known of its order: who shipped it, how that is known, the label, the order's date and site."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import ChannelEvidence, FulfillmentChannel
from transforms.fold_orders import marketplace_of


def with_order_facts(
    feedback: pa.Table, orders: pa.Table, declared: Mapping[str, FulfillmentChannel]
) -> pa.Table:
    """Add what is known of the orders, see below; rows keep their order.

    An order is found by account and order id: Amazon's order ids are unique over all marketplaces, and one report may
    hold the orders of several.

    Args:
        feedback: table `feedback`.
        orders: table `order_fulfillment`.
        declared: accounts whose orders all go one way, as the config says. Counts only where no order report names the
            order: a report that says MIXED or contradicts itself is not overruled.

    Returns:
        `feedback` with the columns fulfillment_channel, channel_evidence, is_buy_shipping_on_time, order_date and
        order_marketplace. An order that nothing is known of has channel UNKNOWN and evidence `none`;
        is_buy_shipping_on_time is true only if the label was bought through Amazon and the parcel was handed over in
        time, and null where that is not known; order_marketplace is the code of the site that an order report names,
        null where none does or the sale was not made on a site of Amazon.
    """
    at = pc.index_in(_order_key(feedback), value_set=_order_key(orders))
    accounts = feedback["account"].combine_chunks()
    names = pa.array(list(declared), pa.string())
    channels = pa.array([channel.value for channel in declared.values()], pa.string())
    said = channels.take(pc.index_in(accounts, value_set=names))
    unknown = pa.repeat(FulfillmentChannel.UNKNOWN.value, feedback.num_rows)
    how_said = pc.if_else(
        pc.is_valid(said),
        pa.scalar(ChannelEvidence.DECLARED.value),
        pa.scalar(ChannelEvidence.NONE.value),
    )
    order = {
        name: orders[name].combine_chunks().take(at)
        for name in (
            "fulfillment_channel",
            "channel_evidence",
            "is_buy_shipping",
            "is_shipped_on_time",
            "purchased_at",
            "sales_channel",
        )
    }
    on_time = pc.and_kleene(order["is_buy_shipping"], order["is_shipped_on_time"])
    added: dict[str, pa.Array[Any]] = {
        "fulfillment_channel": pc.coalesce(order["fulfillment_channel"], said, unknown),
        "channel_evidence": pc.coalesce(order["channel_evidence"], how_said),
        "is_buy_shipping_on_time": on_time,
        "order_date": order["purchased_at"].cast(pa.date32(), safe=False),
        "order_marketplace": _marketplaces(order["sales_channel"]),
    }
    joined = feedback
    for name, column in added.items():
        joined = joined.append_column(name, column)
    return joined


def _marketplaces(sales_channels: "pa.Array[Any]") -> "pa.Array[Any]":
    """Codes of the marketplaces whose sites these are."""
    sites = sales_channels.dictionary_encode()
    codes: pa.Array[Any] = pa.array(map(marketplace_of, sites.dictionary.to_pylist()), pa.string())
    return codes.take(sites.indices)


def _order_key(table: pa.Table) -> "pa.Array[Any]":
    """Account and order id as one text."""
    parts = (table["account"].combine_chunks(), table["order_id"].combine_chunks())
    key: pa.Array[Any] = pc.binary_join_element_wise(*parts, "\x1f")  # type: ignore[call-overload]  # the stubs miss the separator
    return key
