"""Columns of runs: counts, versions and how it ended."""

from typing import Final

import pyarrow as pa

from schemas.columns.keys import TIMESTAMP
from schemas.field import Field, OneOf
from schemas.vocabularies import RunStatus


def _count(name: str, meaning: str) -> Field:
    return Field(name, pa.int64(), meaning, "flows.run_summary", "rows")


COLUMNS: Final = (
    Field("as_of_date", pa.date32(), "Business date of the run", "schedule or --as-of"),
    Field("started_at", TIMESTAMP, "When the run began", "flows"),
    Field("ended_at", TIMESTAMP, "When the run ended; null for a run that crashed", "flows"),
    Field(
        "run_status",
        pa.string(),
        "How the run ended; `started` means it crashed",
        "flows",
        rules=(OneOf(tuple(RunStatus), "unknown_run_status"),),
    ),
    Field("exit_code", pa.int16(), "Exit code, docs/runbook.md", "flows"),
    _count("files_accepted_count", "Files accepted"),
    _count("files_refused_count", "Files refused"),
    _count("files_deferred_count", "Files left for the next run"),
    _count("files_duplicate_count", "Files seen before"),
    _count("requests_planned_count", "Requests newly planned"),
    _count("requests_approved_count", "Requests newly approved"),
    _count("requests_submitted_count", "Requests that reached Amazon or the worksheet"),
    _count("decisions_count", "Decisions newly recorded"),
    Field("versions", pa.string(), "Versions of the program, rules and policy, as JSON", "flows"),
    Field("input_sha256", pa.string(), "Hash over the hashes of all files read", "flows"),
)
