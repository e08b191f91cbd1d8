"""The summary of a run: counts, places and exit codes, written when the run starts and again when it ends.

A summary that still says `started` belongs to a run that crashed; the next run and `doctor` show it.
"""

import json
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from flows.exit_codes import ExitCode, gravest
from flows.settings import Settings
from schemas.vocabularies import RunStatus

_ROW_COUNTS: Final = ("rows_in", "rows_accepted", "rows_quarantined", "rows_duplicate")
_REPORTED_VERSIONS: Final = (
    "feedback-removal",
    "prefect",
    "great-expectations",
    "pandas",
    "pyarrow",
)


@dataclass(slots=True)
class FileLine:
    """One file of the inbox as the summary shows it."""

    account: str
    marketplace: str
    file_name: str
    kind: str
    status: str
    rows_in: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_duplicate: int = 0
    reason: str | None = None
    message: str | None = None


@dataclass(slots=True)
class RunSummary:
    """What one run did; every number is also in the published table `run`."""

    run_id: str
    as_of_date: date
    started_at: datetime
    ended_at: datetime | None = None
    run_status: RunStatus = RunStatus.STARTED
    exit_code: int | None = None
    exit_codes: list[int] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    files: list[FileLine] = field(default_factory=list)
    input_sha256: str = ""
    has_changes: bool = False
    candidates: dict[str, int] = field(default_factory=dict)
    """Number of candidates by `verdict` or `verdict/ground`."""
    requests: dict[str, int] = field(default_factory=dict)
    """Number of requests by what this run did to them."""
    decisions_count: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    """Number of feedback of 1-3 stars by `decision (certainty)`, over all runs."""
    to_do: list[str] = field(default_factory=list)
    """What waits for a person and until when, most urgent first, as the report says it."""
    published_batch: str | None = None
    places: dict[str, str] = field(default_factory=dict)
    """Where to look: worksheet, Data Docs, Parquet, quarantine."""
    messages: list[str] = field(default_factory=list)

    @classmethod
    def begin(cls, settings: Settings) -> "RunSummary":
        """The summary of a run that starts now."""
        versions = {name: version(name) for name in _REPORTED_VERSIONS}
        versions["python"] = platform.python_version()
        return cls(settings.run_id, settings.as_of, settings.started_at, versions=versions)

    def say(self, message: str, code: ExitCode = ExitCode.GOOD) -> None:
        """Add a sentence for the operator and the exit code it asks for."""
        self.messages.append(message)
        self.ask(code)

    def ask(self, code: ExitCode) -> None:
        """Remember an exit code; the gravest one wins at the end."""
        if code is not ExitCode.GOOD and code not in self.exit_codes:
            self.exit_codes.append(code)

    def finish(self, status: RunStatus = RunStatus.FINISHED) -> ExitCode:
        """Close the summary and return the gravest exit code."""
        code = gravest(ExitCode(value) for value in self.exit_codes)
        self.ended_at = self.ended_at or datetime.now(UTC)
        self.run_status = status
        self.exit_code = int(code)
        return code

    def rows(self, name: str) -> int:
        """Sum of a row count over the files, e.g. `rows_in`."""
        return sum(getattr(line, name) for line in self.files)

    def files_with(self, status: str) -> int:
        """Number of files with a status."""
        return sum(line.status == status for line in self.files)

    def as_row(self) -> dict[str, Any]:
        """The run as a row of table `run`."""
        return {
            "run_id": self.run_id,
            "as_of_date": self.as_of_date,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "run_status": self.run_status,
            "exit_code": self.exit_code,
            "versions": json.dumps(self.versions, sort_keys=True),
            "input_sha256": self.input_sha256,
            **{
                f"files_{status}_count": self.files_with(status)
                for status in ("accepted", "refused", "deferred", "duplicate")
            },
            **{name: self.rows(name) for name in _ROW_COUNTS},
            "requests_planned_count": self.requests.get("planned", 0),
            "requests_approved_count": self.requests.get("approved", 0),
            "requests_submitted_count": self.requests.get("on a worksheet", 0)
            + self.requests.get("submitted", 0),
            "decisions_count": self.decisions_count,
        }

    def as_dict(self) -> dict[str, Any]:
        """The summary as JSON-ready values."""
        entries = asdict(self)
        entries["exit_code_meaning"] = (
            ExitCode(self.exit_code).meaning if self.exit_code is not None else None
        )
        entries["totals"] = {name: self.rows(name) for name in _ROW_COUNTS}
        return entries

    def as_json(self) -> str:
        """The summary as indented JSON; dates in ISO form."""
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False, default=_iso)


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in a run summary")
