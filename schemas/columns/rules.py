"""Columns of findings and candidates: what the rules said and why."""

from typing import Final

import pyarrow as pa

from schemas.field import Field, OneOf
from schemas.vocabularies import Ground, Verdict

SPAN: Final = pa.struct(
    [
        pa.field("start", pa.int32(), nullable=False),
        pa.field("end", pa.int32(), nullable=False),
        pa.field("class", pa.string(), nullable=False),
    ]
)
"""Half-open character range of the comment as reported, and the lexicon class found there."""

COLUMNS: Final = (
    Field(
        "ground",
        pa.string(),
        "Which clause of Amazon's policy is meant",
        "rules",
        rules=(OneOf(tuple(Ground), "unknown_ground"),),
    ),
    Field("is_met", pa.bool_(), "The ground holds for this feedback", "rules"),
    Field(
        "verdict",
        pa.string(),
        "What to do: request a removal, let a person review it, or respond to the buyer",
        "transforms.screen_feedback",
        rules=(OneOf(tuple(Verdict), "unknown_verdict"),),
    ),
    Field(
        "evidence",
        pa.list_(pa.field("item", SPAN, nullable=False)),
        "Spans of the comment that decided, by position",
        "rules",
    ),
    Field(
        "blocked_by",
        pa.list_(pa.field("item", SPAN, nullable=False)),
        "Spans of the comment that speak against the ground, by position",
        "rules",
    ),
    Field(
        "language",
        pa.string(),
        "Language the comment was judged in (ISO 639-1, und = undetermined)",
        "rules",
    ),
    Field("rule_version", pa.string(), "Version of the rules and lexicons", "rules"),
    Field(
        "policy_version",
        pa.string(),
        "Edition of Amazon's wording the ground was judged under",
        "rules",
    ),
    Field(
        "days_left",
        pa.int16(),
        "Whole days in which a removal may still be requested; negative once closed",
        "transforms.eligibility",
        "days",
    ),
    Field(
        "is_eligible",
        pa.bool_(),
        "A request may be made: rating 1-3, window open, not asked before",
        "transforms.eligibility",
    ),
    Field("priority", pa.int32(), "Order of work, 1 first", "transforms.priority"),
    Field(
        "is_order_defect",
        pa.bool_(),
        "1-2 stars: counts in the order defect rate while the order is in its 60-day window",
        "transforms.priority",
    ),
)
