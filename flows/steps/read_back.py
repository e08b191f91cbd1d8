"""Read decisions back from Feedback Manager's list: struck, still there, or gone. Nothing is clicked.

A denial shows as no change at all, and a feedback that is gone was removed by Amazon or taken back by its buyer, so
neither is concluded here: they are kept as sightings, and `transforms.outcomes` says what follows.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from feedback_manager.channels import DrivenPage
from feedback_manager.errors import FeedbackManagerError, NeedsPersonError
from feedback_manager.page import ListReading, RowReading
from flows.browser_pages import open_pages
from flows.exit_codes import ExitCode
from flows.work import Work
from schemas.vocabularies import (
    Certainty,
    Decision,
    RequestState,
    SightingKind,
    SightingSource,
)
from store.ledger import Sighting

_ACTOR: Final = "track"

Request = Mapping[str, Any]


def read_back(
    work: Work, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> dict[SightingKind, int]:
    """Look on the page for every request that waits for its answer.

    Args:
        work: the run.
        now: time of the sightings; a rehearsal whose stand-in's clock was moved moves this one too.

    Returns:
        How many were seen how.

    Raises:
        StorageError: the ledger failed.
    """
    if work.is_stopped():
        return {}
    waiting: dict[str, dict[str, list[Request]]] = {}
    for row in work.ledger.requests(states=[RequestState.SUBMITTED]).to_pylist():
        waiting.setdefault(row["account"], {}).setdefault(row["marketplace"], []).append(row)
    seen: dict[SightingKind, int] = {}
    for account, by_marketplace in sorted(waiting.items()):
        try:
            with open_pages(work, account, by_marketplace) as pages:
                for code, requests in sorted(by_marketplace.items()):
                    for kind in _read_store(work, pages[code], requests, now):
                        seen[kind] = seen.get(kind, 0) + 1
        except FeedbackManagerError as error:
            work.summary.say(f"{account}: decisions were not read: {error}", ExitCode.SITE)
            if isinstance(error, NeedsPersonError):
                break
    return seen


def _read_store(
    work: Work, page: DrivenPage, requests: list[Request], now: Callable[[], datetime]
) -> Iterator[SightingKind]:
    listing = page.submitter.listing
    first = listing.read_list()
    reading = first
    if {row["order_id"] for row in requests} - {row.order_id for row in first.rows}:
        reading = listing.read_list()  # that something is gone is believed when two loads agree
    bundle = page.submitter.evidence.bundle(f"list-{requests[0]['marketplace']}")
    bundle.facts(
        "list",
        rows=[row.for_evidence() for row in reading.rows],
        pages_read=reading.pages_read,
        is_complete=reading.is_complete,
        shifted=reading.shifted,
    )
    rows = {row.order_id: row for row in (*first.rows, *reading.rows)}
    at = now()
    for request in requests:
        row = rows.get(request["order_id"])
        kind = _kind(row, request, first, reading)
        if kind is None:
            continue
        _note(work, request, kind, at, bundle.sha256)
        yield kind


def _kind(
    row: RowReading | None, request: Request, first: ListReading, second: ListReading
) -> SightingKind | None:
    """What the list shows of a request; None when it was not read far enough to tell."""
    if request["order_id"] in first.doubled_order_ids | second.doubled_order_ids:
        return SightingKind.UNRECOGNISED
    if row is None:
        is_whole = all(reading.is_complete and not reading.shifted for reading in (first, second))
        return SightingKind.ABSENT if is_whole else None
    if row.has_note or row.is_struck:
        return SightingKind.STRUCK
    is_same = row.content_sha256 == request["content_sha256"]
    return SightingKind.PRESENT if is_same else SightingKind.CHANGED


def _note(
    work: Work, request: Request, kind: SightingKind, at: datetime, evidence_sha256: str
) -> None:
    is_new = work.ledger.record_sighting(
        Sighting(
            feedback_id=request["feedback_id"],
            account=request["account"],
            marketplace=request["marketplace"],
            order_id=request["order_id"],
            source=SightingSource.PAGE,
            seen=kind,
            seen_at=at,
            evidence_sha256=evidence_sha256,
            request_id=request["request_id"],
        ),
        run_id=work.settings.run_id,
    )
    work.summary.has_changes = work.summary.has_changes or is_new
    if kind is SightingKind.STRUCK:
        step = work.step(_ACTOR).because("struck", evidence_sha256=evidence_sha256)
        work.summary.decisions_count += work.ledger.decide(
            request["request_id"], Decision.STRUCK, Certainty.CONFIRMED, step, decided_at=at
        )
