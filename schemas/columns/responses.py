"""Columns of the response list: what a public answer would be about, and how soon it is worth giving."""

from typing import Final

import pyarrow as pa

from schemas.field import Between, Field, OneOf
from schemas.vocabularies import Topic

COLUMNS: Final = (
    Field(
        "topic",
        pa.string(),
        "What the comment is mainly about, as far as the lexicons know words for it",
        "rules.topics",
        rules=(OneOf(tuple(Topic), "unknown_topic"),),
    ),
    Field(
        "retraction_days_left",
        pa.int16(),
        "Whole days in which the buyer may still take the feedback back; 0 when they are over",
        "transforms.response_list",
        "days",
        rules=(Between(0, 32767, "bad_days_left"),),
    ),
    Field(
        "urgency_rank",
        pa.int32(),
        "Order in which to answer, 1 first, over all accounts",
        "transforms.response_list",
        rules=(Between(1, 2147483647, "bad_urgency_rank"),),
    ),
)
