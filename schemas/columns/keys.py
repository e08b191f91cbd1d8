"""Columns that many tables share: who, where, which order, when."""

from typing import Final

import pyarrow as pa

from schemas.field import Field, Matches, OneOf
from schemas.identifiers import ORDER_ID_PATTERN
from schemas.marketplaces import marketplaces

TIMESTAMP: Final = pa.timestamp("us", tz="UTC")
SHA256: Final = Matches("^[0-9a-f]{64}$", "bad_sha256")

COLUMNS: Final = (
    Field(
        "account", pa.string(), "The seller account, as its inbox folder is named", "inbox folder"
    ),
    Field(
        "marketplace",
        pa.string(),
        "Amazon marketplace of the feedback",
        "inbox folder",
        rules=(OneOf(tuple(marketplaces()), "unknown_marketplace"),),
    ),
    Field(
        "order_id",
        pa.string(),
        "Amazon order id, 3-7-7, always text",
        "Order ID",
        rules=(Matches(ORDER_ID_PATTERN, "bad_order_id"),),
    ),
    Field(
        "feedback_id",
        pa.string(),
        "Key of the feedback: hash of account, marketplace and order id",
        "schemas.identifiers.feedback_id",
        rules=(Matches("^[0-9a-f]{32}$", "bad_feedback_id"),),
    ),
    Field("run_id", pa.string(), "The run that wrote the row", "flows"),
    Field(
        "content_sha256",
        pa.string(),
        "Hash of rating and comment (NFC); another one means the buyer revised the feedback",
        "schemas.identifiers.content_sha256",
        rules=(SHA256,),
    ),
)
