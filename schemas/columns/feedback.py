"""Columns of the feedback itself."""

from datetime import date
from typing import Final

import pyarrow as pa

from schemas.field import Between, Field, NotAfter

COLUMNS: Final = (
    Field(
        "feedback_date",
        pa.date32(),
        "Calendar date of the feedback; its zone is not documented, so day counts allow one day of slack",
        "Date",
        rules=(
            Between(date(1995, 1, 1), date(9998, 12, 31), "date_century"),
            NotAfter(1, "date_future"),
        ),
    ),
    Field(
        "rating",
        pa.int8(),
        "Stars the buyer gave",
        "Rating",
        "stars",
        rules=(Between(1, 5, "rating_range"),),
    ),
    Field(
        "comment",
        pa.string(),
        "The buyer's words as reported; may be empty",
        "Comments",
        required=False,
        personal=True,
    ),
    Field(
        "comment_as_reported",
        pa.string(),
        "The comment before double encoding was undone; missing when `comment` is as reported",
        "Comments",
        required=False,
        personal=True,
    ),
    Field(
        "response",
        pa.string(),
        "The seller's public reply",
        "Your Response",
        required=False,
        personal=True,
    ),
    Field(
        "arrived_on_time",
        pa.string(),
        "Buyer's answer in reports before 2018, as printed",
        "Arrived on Time",
        required=False,
    ),
    Field(
        "item_as_described",
        pa.string(),
        "Buyer's answer in reports before 2018, as printed",
        "Item as Described",
        required=False,
    ),
    Field(
        "customer_service",
        pa.string(),
        "Buyer's answer in reports before 2018, as printed",
        "Customer Service",
        required=False,
    ),
    Field(
        "first_seen_date",
        pa.date32(),
        "Date of the oldest report that shows the feedback",
        "transforms.merge_feedback",
    ),
    Field(
        "last_seen_date",
        pa.date32(),
        "Date of the newest report that shows the feedback",
        "transforms.merge_feedback",
    ),
    Field(
        "not_seen_since_date",
        pa.date32(),
        "Date of the oldest newer report that covers the feedback's date and does not show it; never proof of removal",
        "transforms.merge_feedback",
        required=False,
    ),
    Field(
        "revision",
        pa.int16(),
        "1 for the first content seen, one more each time the buyer changed rating or comment",
        "transforms.merge_feedback",
        rules=(Between(1, 32767, "bad_revision"),),
    ),
    Field(
        "is_text_damaged",
        pa.bool_(),
        "Characters were lost before the file reached us (U+FFFD or runs of ?); such text is never requested",
        "transforms.reports",
    ),
    Field(
        "text_flags",
        pa.list_(pa.string()),
        "What is odd about the text: bidi, ctrl, homoglyph, mojibake, nul, zero_width, ...",
        "transforms.reports",
    ),
    Field(
        "is_date_assumed",
        pa.bool_(),
        "The date rests on the marketplace's format, not on proof",
        "transforms.reports",
    ),
)
