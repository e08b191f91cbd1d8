"""Steps after a doubtful click: wait, look, conclude."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import sqlalchemy as sa

from schemas.request_states import MAX_ATTEMPTS
from schemas.submission import (
    BootTime,
    InDoubtRequest,
    PageReading,
    Refusal,
    RefusedStepError,
    RequestFinding,
    Step,
)
from schemas.vocabularies import RequestState, SightingKind, SightingSource
from store.ledger.event_chain import StateRow
from store.ledger.moments import moment_text
from store.ledger.owner import current_owner, require_owner
from store.ledger.ownership import OwnershipSteps
from store.ledger.quiet_period import quiet_seconds_left, require_quiet
from store.ledger.sightings import Sighting, insert_sightings
from store.ledger.tables import REQUEST, REQUEST_STATE

_SEEN_ON_PAGE: Final = {
    RequestFinding.SEEN: SightingKind.SUBMITTED,
    RequestFinding.NOT_SEEN: SightingKind.PRESENT,
    RequestFinding.AMBIGUOUS: SightingKind.UNRECOGNISED,
}


class ReconciliationSteps(OwnershipSteps):
    """The part of the ledger that resolves doubt."""

    def in_doubt(self, step: Step, *, boot: BootTime) -> list[InDoubtRequest]:
        """Requests that may or may not have reached Amazon, with the seconds until the page may be looked at.

        Raises:
            StorageError: the ledger cannot be read.
        """
        with self._database.reading() as connection:
            owner = current_owner(connection)
            rows = connection.execute(
                sa.select(REQUEST_STATE, REQUEST.c.marketplace, REQUEST.c.order_id)
                .join(REQUEST, REQUEST_STATE.c.request_id == REQUEST.c.request_id)
                .where(REQUEST_STATE.c.state.in_([RequestState.UNKNOWN, RequestState.RECONCILING]))
                .order_by(REQUEST_STATE.c.last_sequence)
            ).mappings()
            return [
                InDoubtRequest(
                    request_id=row["request_id"],
                    account=row["account"],
                    marketplace=row["marketplace"],
                    order_id=row["order_id"],
                    ground=row["ground"],
                    content_sha256=row["content_sha256"],
                    attempt=row["attempt"],
                    deadline_date=date.fromisoformat(row["deadline_date"]),
                    state=row["state"],
                    quiet_seconds_left=quiet_seconds_left(
                        dict(row), owner, boot, step.at, self.settings
                    ),
                )
                for row in rows
            ]

    def begin_reconciling(self, request_id: str, step: Step, *, fence: int, boot: BootTime) -> None:
        """Note that the page is about to be read for a request in doubt; again after a crash nothing changes.

        Raises:
            RefusedStepError: not in doubt, the quiet period is not over, or another process has taken over.
            StorageError: nothing was written.
        """
        self._require_ownership_lock()
        with self._writing() as transaction:
            row = transaction.required(request_id, RequestState.UNKNOWN, RequestState.RECONCILING)
            owner = require_owner(transaction.connection, fence)
            require_quiet(row, owner, boot, step.at, self.settings)
            if row["state"] == RequestState.UNKNOWN:
                transaction.take(
                    request_id, RequestState.RECONCILING, step.because("quiet_period_over"), {}
                )

    def reconciled(
        self, request_id: str, readings: Sequence[PageReading], step: Step, *, fence: int
    ) -> RequestState:
        """Conclude from readings of the page what became of a request in doubt; every reading is kept as a sighting.

        One reading that sees the request: submitted. Two readings without it, far enough apart, and attempts left:
        approved again. Anything else: a person decides.

        Args:
            request_id: a request in `reconciling`.
            readings: each from a page load of its own, taken after the quiet period.
            step: who looked.
            fence: the ownership under which the page was read.

        Returns:
            The request's new state.

        Raises:
            RefusedStepError: `too_early` when the readings prove too little yet; nothing was changed.
            StorageError: nothing was written.
            ValueError: there is no reading.
        """
        if not readings:
            raise ValueError("a conclusion needs at least one reading of the page")
        ordered = sorted(readings, key=lambda reading: (reading.boot.boot_id, reading.boot.seconds))
        with self._writing() as transaction:
            row = transaction.required(request_id, RequestState.RECONCILING)
            owner = require_owner(transaction.connection, fence)
            for reading in ordered:
                require_quiet(row, owner, reading.boot, reading.at, self.settings)
            to_state, reason, decisive = self._conclude(row, ordered)
            identity = transaction.identity(request_id)
            insert_sightings(
                transaction.connection,
                [
                    Sighting(
                        feedback_id=identity["feedback_id"],
                        account=identity["account"],
                        marketplace=identity["marketplace"],
                        order_id=identity["order_id"],
                        source=SightingSource.PAGE,
                        seen=_SEEN_ON_PAGE[reading.finding],
                        seen_at=reading.at,
                        evidence_sha256=reading.evidence_sha256,
                        request_id=request_id,
                    )
                    for reading in ordered
                ],
                step.run_id,
            )
            changes = (
                {"submitted_at": moment_text(decisive.at)}
                if to_state == RequestState.SUBMITTED
                else {}
            )
            transaction.take(
                request_id,
                to_state,
                step.because(reason, evidence_sha256=decisive.evidence_sha256),
                changes,
            )
        return to_state

    def needs_human(self, request_id: str, step: Step) -> None:
        """Put a request that is in doubt, or that a person has on a worksheet, to a person's decision.

        Raises:
            RefusedStepError: the request is neither.
            StorageError: nothing was written.
        """
        with self._writing() as transaction:
            row = transaction.required(
                request_id, RequestState.UNKNOWN, RequestState.RECONCILING, RequestState.APPROVED
            )
            if row["state"] == RequestState.APPROVED and row["worksheet_id"] is None:
                raise RefusedStepError(
                    Refusal.WRONG_STATE, f"nothing is in doubt about {request_id}"
                )
            transaction.take(
                request_id, RequestState.NEEDS_HUMAN, step.because("left_to_a_person"), {}
            )

    def _conclude(
        self, row: StateRow, readings: Sequence[PageReading]
    ) -> tuple[RequestState, str, PageReading]:
        seen = [r for r in readings if r.finding == RequestFinding.SEEN]
        if seen:
            return RequestState.SUBMITTED, "seen_on_page", seen[0]
        if any(r.finding == RequestFinding.AMBIGUOUS for r in readings):
            return RequestState.NEEDS_HUMAN, "ambiguous_reading", readings[-1]
        first, last = readings[0].boot, readings[-1].boot
        if (
            first.boot_id != last.boot_id
            or last.seconds - first.seconds < self.settings.reading_gap.total_seconds()
        ):
            raise RefusedStepError(
                Refusal.TOO_EARLY,
                f"that a request is absent takes two readings {self.settings.reading_gap} apart",
            )
        if row["attempt"] >= MAX_ATTEMPTS:
            return RequestState.NEEDS_HUMAN, "attempts_used", readings[-1]
        return RequestState.APPROVED, "absent_twice", readings[-1]
