"""Columns of figures: one number each in long form, and how often Amazon grants what is asked."""

from typing import Final

import pyarrow as pa

from schemas.field import Between, Field, OneOf

METRICS: Final = (
    "positive_share",
    "neutral_share",
    "negative_share",
    "positive_share_if_granted",
    "neutral_share_if_granted",
    "negative_share_if_granted",
    "order_defect_rate",
    "order_defect_rate_if_granted",
    "in_flight",
    "in_doubt",
    "missed_deadlines",
)
"""Names of figures; `if_granted` is as if Amazon granted every request that waits for it."""

METRIC_UNITS: Final = ("percent", "requests", "feedback")

DIMENSIONS: Final = (
    "all",
    "account",
    "marketplace",
    "ground",
    "language",
    "age",
    "certainty",
    "round",
    "rule_version",
)
"""What requests are counted by; `all` counts everything together."""


def _count(name: str, meaning: str) -> Field:
    return Field(
        name,
        pa.int64(),
        meaning,
        "transforms.figures",
        "requests",
        rules=(Between(0, 2**63 - 1, f"bad_{name}"),),
    )


COLUMNS: Final = (
    Field(
        "metric_name",
        pa.string(),
        "Which figure; `if_granted` is as if Amazon granted every request that waits for it",
        "transforms.figures",
        rules=(OneOf(METRICS, "unknown_metric"),),
    ),
    Field(
        "period_days",
        pa.int32(),
        "The figure is about so many days, the business date being the last; 0 when it is about all time",
        "transforms.figures",
        "days",
        rules=(Between(0, 365, "bad_period_days"),),
    ),
    Field(
        "value",
        pa.float64(),
        "The figure; shares in whole percent as Amazon rounds them; null when too little is known",
        "transforms.figures",
    ),
    Field(
        "unit",
        pa.string(),
        "What the value counts",
        "transforms.figures",
        rules=(OneOf(METRIC_UNITS, "unknown_unit"),),
    ),
    Field(
        "numerator",
        pa.int64(),
        "Feedback or orders that are counted; null for figures that are no share, or when unknown",
        "transforms.figures",
    ),
    Field(
        "denominator",
        pa.int64(),
        "All feedback or orders of the period; null for figures that are no share, or when unknown",
        "transforms.figures",
    ),
    Field(
        "is_partial",
        pa.bool_(),
        "Something that Amazon counts is not known here: a share has no value, an order defect rate is at least this high",
        "transforms.figures",
    ),
    Field(
        "dimension",
        pa.string(),
        "What requests are counted by; `all` counts everything together",
        "transforms.figures",
        rules=(OneOf(DIMENSIONS, "unknown_dimension"),),
    ),
    Field(
        "dimension_value",
        pa.string(),
        "The group that is counted: a ground, a language, a band of days from feedback to request, …; `unknown` when nobody knows",
        "transforms.figures",
    ),
    _count("asked_count", "Requests that were made, the sum of the six counts that follow"),
    _count("granted_count", "Removed or struck"),
    _count("denied_count", "Denied; such requests were wrong"),
    _count(
        "gone_count",
        "Vanished: granted, or taken back by the buyer; on neither side of the win rate",
    ),
    _count("pending_count", "Not decided yet"),
    _count("conflict_count", "With contradicting answers"),
    _count("unasked_count", "Struck before the request was made"),
    Field(
        "rate",
        pa.float64(),
        "Granted of those granted or denied, 0 to 1; null when none is decided",
        "transforms.figures.wilson",
    ),
    Field(
        "rate_low",
        pa.float64(),
        "Lower end of its 95 % interval (Wilson)",
        "transforms.figures.wilson",
    ),
    Field(
        "rate_high",
        pa.float64(),
        "Upper end of its 95 % interval (Wilson)",
        "transforms.figures.wilson",
    ),
)
