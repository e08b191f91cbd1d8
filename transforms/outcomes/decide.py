"""Outcomes of all feedback: gather the evidence, go through the table, write the rows."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import OUTCOME
from schemas.vocabularies import Term
from transforms.outcomes.evidence import Evidence, gather
from transforms.outcomes.judged import is_missed, judged_as
from transforms.outcomes.lines import (
    CERTAINTIES,
    DECISIONS,
    REASONS,
    Codes,
    Line,
    asked_lines,
    is_asked,
    unasked_lines,
)
from transforms.outcomes.moments import ALWAYS, DAY, NEVER, Moments
from transforms.outcomes.units import Units, make_units


def outcomes(
    feedback: pa.Table,
    requests: pa.Table,
    sightings: pa.Table,
    *,
    candidates: pa.Table,
    findings: pa.Table,
    events: pa.Table,
    as_of: date,
) -> pa.Table:
    """Decide what became of every request and of every feedback of 1-3 stars that has none.

    Args:
        feedback: table `feedback`.
        requests: table `removal_request`.
        sightings: table `sighting`; order and repetition do not matter.
        candidates: table `candidate`; its ground goes before those of `findings`.
        findings: table `finding`, or only the rows that hold; the first in the order of `Ground` is taken.
        events: table `event`; tells whether a request was cancelled before or after its deadline.
        as_of: business date; decides only which windows are closed.

    Returns:
        Table `outcome`, sorted by feedback and round; every request and every low-rated feedback occurs exactly once.

    Raises:
        ValueError: a feedback or request id occurs twice.
    """
    _require_unique(feedback, "feedback", "feedback_id")
    _require_unique(requests, "removal_request", "request_id")
    units = make_units(feedback, requests)
    evidence = gather(units, feedback, sightings)
    judged = judged_as(units, candidates, findings)
    missed = is_missed(units, feedback, judged, events, as_of=as_of)
    lines = [
        *asked_lines(units, evidence),
        *unasked_lines(units, evidence, judged, missed),
    ]
    return _as_outcome(units, evidence, judged, lines)


def _require_unique(table: pa.Table, name: str, key: str) -> None:
    if pc.count_distinct(table[key]).as_py() != table.num_rows:
        raise ValueError(f"table {name}: a {key} occurs twice; merge before deciding outcomes")


def _as_outcome(
    units: Units, evidence: Evidence, judged: pa.Table, lines: Sequence[Line]
) -> pa.Table:
    decided_by = np.argmax(np.stack([line.fits for line in lines]), axis=0)

    def chosen(values: Sequence[Term | Codes], words: Sequence[Term]) -> "pa.Array[Any]":
        codes = np.empty(units.count, np.int8)
        for place, value in enumerate(values):
            here = decided_by == place
            codes[here] = words.index(value) if isinstance(value, Term) else value[here]
        return pa.array([word.value for word in words], pa.string()).take(
            pa.array(codes, pa.int8())
        )

    decided = np.full(units.count, NEVER, np.int64)
    for place, line in enumerate(lines):
        if line.decided is not None:
            here = decided_by == place
            decided[here] = line.decided[here]
    asked = is_asked(units, evidence)
    requested = np.where(units.submitted == NEVER, evidence.first_submitted, units.submitted)
    columns: dict[str, Any] = {
        **{name: units.identity[name] for name in units.identity.column_names},
        **{name: judged[name] for name in judged.column_names},
        "is_asked": pa.array(asked),
        "reason": chosen([line.reason for line in lines], REASONS),
        "decision": chosen([line.decision for line in lines], DECISIONS),
        "certainty": chosen([line.certainty for line in lines], CERTAINTIES),
        "requested_at": _timestamps(requested),
        "decided_at": _timestamps(decided),
        "days_to_decision": _days_between(requested, decided),
    }
    table = pa.table([columns[name] for name in OUTCOME.schema.names], schema=OUTCOME.schema)
    return table.sort_by([("feedback_id", "ascending"), ("round", "ascending")])


def _timestamps(values: Moments) -> "pa.Array[Any]":
    is_missing = (values == NEVER) | (values == ALWAYS)
    return pa.array(values, pa.int64(), mask=is_missing).cast(pa.timestamp("us", tz="UTC"))


def _days_between(requested: Moments, decided: Moments) -> "pa.Array[Any]":
    """Whole days; null when a time is unknown, or when the decision seems older than the request."""
    is_known = (requested != NEVER) & (decided != NEVER) & (decided != ALWAYS)
    days = np.where(is_known, (decided - np.where(is_known, requested, 0)) // DAY, -1)
    return pa.array(days, pa.int32(), mask=days < 0)
