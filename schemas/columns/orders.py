"""Columns about how an order was fulfilled."""

from typing import Final

import pyarrow as pa

from schemas.columns.keys import TIMESTAMP
from schemas.field import Field, OneOf
from schemas.vocabularies import ChannelEvidence, FulfillmentChannel

COLUMNS: Final = (
    Field(
        "fulfillment_channel",
        pa.string(),
        "Who shipped: AFN Amazon, MFN the seller, MIXED both, UNKNOWN not known",
        "fulfillment-channel",
        rules=(OneOf(tuple(FulfillmentChannel), "unknown_channel"),),
    ),
    Field(
        "channel_evidence",
        pa.string(),
        "Which report, or the config, says so",
        "transforms.fold_orders",
        rules=(OneOf(tuple(ChannelEvidence), "unknown_channel_evidence"),),
    ),
    Field(
        "sales_channel",
        pa.string(),
        "Site the order was placed on, as printed",
        "sales-channel",
        required=False,
    ),
    Field("purchased_at", TIMESTAMP, "When the order was placed", "purchase-date", required=False),
    Field(
        "updated_at",
        TIMESTAMP,
        "Last change of the order that any report shows",
        "last-updated-date",
        required=False,
    ),
    Field("item_count", pa.int32(), "Order items seen", "transforms.fold_orders", "items"),
    Field(
        "is_buy_shipping",
        pa.bool_(),
        "The label was bought through Amazon Buy Shipping; null when no evidence file says",
        "purchased_via_amazon",
        required=False,
    ),
    Field("ship_by_at", TIMESTAMP, "Latest time to ship", "ship_by", required=False),
    Field("shipped_at", TIMESTAMP, "When the parcel was handed over", "shipped_at", required=False),
    Field(
        "is_shipped_on_time",
        pa.bool_(),
        "Handed over by the latest time to ship; null when either is unknown",
        "transforms.fold_orders",
        required=False,
    ),
)
