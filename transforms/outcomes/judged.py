"""What the rules said of each unit, and whether its window closed before anybody asked."""

from datetime import date
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import Ground, RequestState
from transforms.eligibility import REQUEST_WINDOW_DAYS
from transforms.outcomes.moments import ALWAYS, DAY, NEVER, Mask, latest, moments
from transforms.outcomes.units import Units

_EPOCH: Final = date(1970, 1, 1)


def judged_as(units: Units, candidates: pa.Table, findings: pa.Table) -> pa.Table:
    """Ground, rule and policy version of each unit: the request's own, else the candidate's, else a finding's."""
    columns = ["ground", "rule_version", "policy_version"]
    rest = units.count - units.requests.num_rows
    no_request = pa.table([pa.nulls(rest, pa.string())] * len(columns), names=columns)
    own = pa.concat_tables(
        [units.requests.select(columns), no_request], promote_options="permissive"
    )
    ids = units.identity["feedback_id"]
    met = findings.filter(findings["is_met"])
    order = pc.index_in(met["ground"], value_set=pa.array([g.value for g in Ground], pa.string()))
    met = met.append_column("order", order).sort_by([("order", "ascending")])
    sources = [candidates, met]
    found = [
        source.select(columns).take(pc.index_in(ids, value_set=source["feedback_id"]))
        for source in sources
    ]
    chosen = [pc.coalesce(own[name], *(table[name] for table in found)) for name in columns]
    return pa.table(chosen, names=columns)


def is_missed(
    units: Units, feedback: pa.Table, judged: pa.Table, events: pa.Table, *, as_of: date
) -> Mask:
    """A ground held, the window is closed, and no person gave the request up in time."""
    written = moments(feedback["feedback_date"], NEVER)
    is_known = units.feedback_row >= 0
    age = np.zeros(units.count, np.int64)
    age[is_known] = (as_of - _EPOCH).days - written[units.feedback_row[is_known]] // DAY
    is_cancelled = units.is_in(RequestState.CANCELLED)
    given_up = is_cancelled & ~_is_cancelled_late(units, events)
    result: Mask = has_value(judged["ground"]) & (age > REQUEST_WINDOW_DAYS) & ~given_up
    return result


def _is_cancelled_late(units: Units, events: pa.Table) -> Mask:
    """Cancelled only after the last day to ask: the deadline did it, not a person."""
    cancelled = events.filter(pc.equal(events["to_state"], pa.scalar(RequestState.CANCELLED.value)))
    unit = pc.index_in(cancelled["request_id"], value_set=units.requests["request_id"])
    is_known = has_value(unit)
    groups = unit.fill_null(0).to_numpy().astype(np.int64)[is_known]
    at = latest(moments(cancelled["at"], ALWAYS)[is_known], groups, units.count)
    deadline = np.full(units.count, NEVER, np.int64)
    deadline[: units.requests.num_rows] = moments(units.requests["deadline_date"], NEVER)
    result: Mask = (at // DAY > deadline // DAY) & (at != ALWAYS)
    return result


def has_value(column: "pa.ChunkedArray[Any] | pa.Array[Any]") -> Mask:
    """Where the column is not null."""
    return pc.is_valid(column).to_numpy(zero_copy_only=False).astype(np.bool_)
