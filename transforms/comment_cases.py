"""Feedback with its order's facts, as the rules take it."""

from typing import Final

import pyarrow as pa

from rules.case import CommentCase
from schemas.vocabularies import FulfillmentChannel

_COLUMNS: Final = (
    "comment",
    "rating",
    "fulfillment_channel",
    "is_buy_shipping_on_time",
    "marketplace",
    "feedback_date",
    "is_text_damaged",
)


def comment_cases(rows: pa.Table) -> list[CommentCase]:
    """One case a row.

    Args:
        rows: table `feedback` with the columns that `transforms.order_facts` adds.
    """
    return [
        CommentCase(
            comment=comment,
            rating=rating,
            fulfillment_channel=FulfillmentChannel(channel),
            is_buy_shipping_on_time=on_time,
            marketplace=marketplace,
            feedback_date=feedback_date,
            is_text_damaged=is_damaged,
        )
        for comment, rating, channel, on_time, marketplace, feedback_date, is_damaged in zip(
            *rows.select(_COLUMNS).to_pydict().values(), strict=True
        )
    ]
