"""Columns of outcomes: what became of each feedback, and how we know."""

from typing import Final

import pyarrow as pa

from schemas.columns.keys import TIMESTAMP
from schemas.field import Field, OneOf
from schemas.vocabularies import Certainty, Decision

COLUMNS: Final = (
    Field("is_asked", pa.bool_(), "A removal was requested", "transforms.outcomes"),
    Field(
        "decision",
        pa.string(),
        "What became of it",
        "transforms.outcomes",
        rules=(OneOf(tuple(Decision), "unknown_decision"),),
    ),
    Field(
        "certainty",
        pa.string(),
        "How surely that is known",
        "transforms.outcomes",
        rules=(OneOf(tuple(Certainty), "unknown_certainty"),),
    ),
    Field("requested_at", TIMESTAMP, "When the request reached Amazon", "transforms.outcomes"),
    Field("decided_at", TIMESTAMP, "When the decision was seen", "transforms.outcomes"),
    Field(
        "days_to_decision",
        pa.int32(),
        "Whole days from request to decision",
        "transforms.outcomes",
        "days",
    ),
)
