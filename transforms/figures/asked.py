"""Requests that were made, with everything they are counted by."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns import figures
from schemas.vocabularies import Decision
from transforms.figures.standing import GRANTED

AGE_BANDS: Final = ((7, "0-7"), (30, "8-30"), (60, "31-60"), (90, "61-90"))
"""Whole days from feedback to request: the last day of the band, and its name."""

OLDER: Final = "over 90"
UNKNOWN: Final = "unknown"

_RESULTS: Final = {
    **dict.fromkeys(GRANTED, "granted"),
    Decision.DENIED: "denied",
    Decision.GONE_UNATTRIBUTED: "gone",
    Decision.PENDING: "pending",
    Decision.CONFLICT: "conflict",
    Decision.STRUCK_UNASKED: "unasked",
}

DIMENSIONS: Final = tuple(name for name in figures.DIMENSIONS if name != "all")
"""What figures may be counted by; `all` counts everything together."""


def asked_requests(outcome: pa.Table, feedback: pa.Table, findings: pa.Table) -> pa.Table:
    """The asked rows of `outcome` with the columns that figures group by.

    Args:
        outcome: table `outcome`.
        feedback: table `feedback`, for the age at the request.
        findings: table `finding`, for the language.

    Returns:
        `DIMENSIONS` and `all` as text, `decision`, `days_to_decision`, `requested_at`, and `result`: granted, denied,
        gone (vanished, nobody knows why), pending, conflict or unasked (struck before the request).
    """
    rows = outcome.filter(outcome["is_asked"])
    ids = rows["feedback_id"]
    mine = findings.select(["feedback_id", "language"]).filter(
        pc.is_in(findings["feedback_id"], value_set=ids.combine_chunks())
    )
    language = mine["language"].take(pc.index_in(ids, value_set=mine["feedback_id"]))
    words = pa.array([decision.value for decision in _RESULTS], pa.string())
    results = pa.array(list(_RESULTS.values()), pa.string())
    columns: dict[str, Any] = {
        "account": rows["account"],
        "marketplace": rows["marketplace"],
        "ground": rows["ground"],
        "language": language,
        "age": _age_band(rows, feedback),
        "certainty": rows["certainty"],
        "round": rows["round"].cast(pa.string()),
        "rule_version": rows["rule_version"],
    }
    unknown = pa.scalar(UNKNOWN)
    columns = {name: pc.coalesce(columns[name], unknown) for name in DIMENSIONS} | {
        "all": pa.array(["all"] * rows.num_rows, pa.string()),
        "decision": rows["decision"],
        "days_to_decision": rows["days_to_decision"],
        "requested_at": rows["requested_at"],
        "result": results.take(pc.index_in(rows["decision"], value_set=words)),
    }
    return pa.table(list(columns.values()), names=list(columns))


def _age_band(rows: pa.Table, feedback: pa.Table) -> "pa.Array[Any]":
    at = pc.index_in(rows["feedback_id"], value_set=feedback["feedback_id"])
    written = feedback["feedback_date"].take(at).cast(pa.int32())
    requested = rows["requested_at"].cast(pa.date32()).cast(pa.int32())
    age = pc.subtract(requested, written).fill_null(pa.scalar(-1, pa.int32())).to_numpy()
    band = np.searchsorted([last for last, _ in AGE_BANDS], age, side="left")
    names = pa.array([*(name for _, name in AGE_BANDS), OLDER, UNKNOWN], pa.string())
    # A feedback dated after its request (another zone) is as young as can be; without either date nobody knows.
    is_known = pc.and_(pc.is_valid(requested), pc.is_valid(written)).to_numpy()
    return names.take(pa.array(np.where(is_known, band, len(AGE_BANDS) + 1), pa.int64()))
