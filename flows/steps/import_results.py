"""Read filled worksheets back: what a person did and what Amazon decided, into the ledger."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Final

from feedback_manager.worksheet.import_results import (
    FilledRow,
    ImportedResults,
    KnownRequest,
    import_results,
)
from feedback_manager.worksheet.results import LedgerStep
from flows.config import ConfigError
from flows.exit_codes import ExitCode
from flows.work import Work
from schemas.submission import RefusedStepError, Step
from schemas.vocabularies import (
    Certainty,
    Decision,
    RequestState,
    SightingKind,
    SightingSource,
)
from store.errors import as_storage_error
from store.ledger import Selection, Sighting

FILLED: Final = "filled"
"""Folder below the worksheets that the `track` flow reads."""


def import_filled(work: Work) -> None:
    """Import every CSV in HOME/worksheets/filled; importing one again changes nothing.

    Raises:
        StorageError: a file cannot be read or the ledger cannot be written.
    """
    folder = work.home.worksheets / FILLED
    paths = sorted(folder.glob("*.csv")) if folder.is_dir() else []
    for path in paths:
        import_file(work, path, by="track")


def import_file(work: Work, path: Path, *, by: str) -> ImportedResults:
    """Import one filled worksheet; rows that cannot be applied are reported with line and remedy.

    Args:
        work: the run.
        path: the CSV that a person filled in.
        by: who reports.

    Raises:
        ConfigError: there is no such file.
        StorageError: it cannot be read or the ledger cannot be written.
    """
    if not path.is_file():
        raise ConfigError(
            f"{path}: no such file; give the CSV that lies beside the worksheet's page"
        )
    with as_storage_error("cannot read", path):
        content = path.read_bytes()
    known = {
        row["request_id"]: KnownRequest(
            account=row["account"],
            marketplace=row["marketplace"],
            order_id=row["order_id"],
            state=RequestState(row["state"]),
            decision=Decision(row["decision"]) if row["decision"] else None,
        )
        for row in work.ledger.requests().to_pylist()
    }
    results = import_results(content, known=known, as_of=work.settings.as_of)
    evidence = hashlib.sha256(content).hexdigest()
    feedback_ids = _feedback_ids(work)
    applied = decided = 0
    for row in results.rows:
        step = work.step(by).because(f"worksheet_{row.result}", evidence_sha256=evidence)
        try:
            decided += _apply(work, row, step)
        except RefusedStepError as refusal:
            work.summary.say(
                f"{path.name}, line {row.line_number}: {refusal}", ExitCode.QUARANTINED
            )
            continue
        applied += 1
        _record_sighting(
            work,
            row.request_id,
            row.settlement.seen,
            known,
            feedback_ids,
            evidence,
            _noon(row, step),
        )
    for problem in results.problems:
        work.summary.say(f"{path.name}, {problem}", ExitCode.QUARANTINED)
        if problem.request_id is not None:
            # It contradicts the ledger, but a request that Amazon has must never be made again.
            _record_sighting(
                work,
                problem.request_id,
                problem.seen,
                known,
                feedback_ids,
                evidence,
                work.settings.started_at,
            )
    work.summary.decisions_count += decided
    work.summary.requests["results applied"] = (
        work.summary.requests.get("results applied", 0) + applied
    )
    if applied:
        work.summary.has_changes = True
    return results


def _feedback_ids(work: Work) -> dict[str, str]:
    requests = work.ledger.requests().select(["request_id", "feedback_id"])
    return dict(zip(*(column.to_pylist() for column in requests.columns), strict=True))


def _apply(work: Work, row: FilledRow, step: Step) -> int:
    """Take the row's steps; the number of decisions among them."""
    decisions = 0
    for arrow in row.settlement.steps:
        decisions += _take(work, row, arrow, step)
    return decisions


def _take(work: Work, row: FilledRow, arrow: LedgerStep, step: Step) -> int:
    reported_at = _noon(row, step)
    match arrow.to_state:
        case RequestState.SUBMITTED:
            work.ledger.report_submitted(row.request_id, step, submitted_at=reported_at)
        case RequestState.DECIDED if arrow.decision is not None:
            work.ledger.decide(
                row.request_id, arrow.decision, Certainty.REPORTED, step, decided_at=reported_at
            )
            return 1
        case RequestState.NEEDS_HUMAN:
            work.ledger.needs_human(row.request_id, step)
        case RequestState.CANCELLED:
            work.ledger.cancel(Selection(request_ids=(row.request_id,)), step)
        case _:
            raise AssertionError(f"a worksheet never leads to {arrow.to_state}")
    return 0


def _noon(row: FilledRow, step: Step) -> datetime:
    """The reported day as a moment: its noon in UTC, the fairest guess; without a day, now."""
    if row.result_date is None:
        return step.at
    return min(datetime.combine(row.result_date, time(12), UTC), step.at)


def _record_sighting(
    work: Work,
    request_id: str,
    seen: SightingKind | None,
    known: Mapping[str, KnownRequest],
    feedback_ids: Mapping[str, str],
    evidence: str,
    seen_at: datetime,
) -> None:
    if seen is None:
        return
    request = known[request_id]
    work.ledger.record_sighting(
        Sighting(
            feedback_id=feedback_ids[request_id],
            account=request.account,
            marketplace=request.marketplace,
            order_id=request.order_id,
            source=SightingSource.WORKSHEET,
            seen=seen,
            seen_at=seen_at,
            evidence_sha256=evidence,
            request_id=request_id,
        ),
        run_id=work.settings.run_id,
    )
