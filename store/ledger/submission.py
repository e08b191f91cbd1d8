"""Steps around the click: what may be clicked, intent, result, doubt.

The order that never clicks twice: intent on disk, click, result on disk; without a result look, after a quiet period,
and never click while the first click is unexplained. Measurements behind it: docs/decisions/intent-before-click.md.
"""

from datetime import date

import sqlalchemy as sa

from schemas.request_states import MAX_ATTEMPTS
from schemas.submission import (
    BootTime,
    Caps,
    Intent,
    ReadyRequest,
    Refusal,
    RefusedStepError,
    Step,
)
from schemas.vocabularies import RequestState
from store.ledger.caps import submissions_on
from store.ledger.event_chain import StateRow
from store.ledger.moments import moment_text, utc_date
from store.ledger.owner import require_owner
from store.ledger.ownership import OwnershipSteps, to_unknown
from store.ledger.quiet_period import microseconds
from store.ledger.tables import REQUEST, REQUEST_STATE


class SubmissionSteps(OwnershipSteps):
    """The part of the ledger that stands around the click."""

    def ready_requests(self, account: str, step: Step) -> list[ReadyRequest]:
        """Approved requests of an account that may be clicked now, soonest deadline first.

        Not listed: expired approvals, closed windows, requests on a worksheet, requests without attempts left.

        Raises:
            StorageError: the ledger cannot be read.
        """
        state = REQUEST_STATE.c
        with self._database.reading() as connection:
            rows = connection.execute(
                sa.select(REQUEST_STATE, REQUEST.c.feedback_id, REQUEST.c.order_id)
                .add_columns(REQUEST.c.marketplace, REQUEST.c.round)
                .join(REQUEST, state.request_id == REQUEST.c.request_id)
                .where(
                    state.state == RequestState.APPROVED,
                    state.account == account,
                    state.worksheet_id.is_(None),
                    state.attempt < MAX_ATTEMPTS,
                    state.approval_expires_at > moment_text(step.at),
                    state.deadline_date >= step.business_date.isoformat(),
                )
                .order_by(state.deadline_date, state.planned_at, state.request_id)
            ).mappings()
            return [
                ReadyRequest(
                    request_id=row["request_id"],
                    feedback_id=row["feedback_id"],
                    account=row["account"],
                    marketplace=row["marketplace"],
                    order_id=row["order_id"],
                    round=row["round"],
                    ground=row["ground"],
                    category=row["category"],
                    reason_code=row["reason_code"],
                    content_sha256=row["content_sha256"],
                    attempt=row["attempt"],
                    deadline_date=date.fromisoformat(row["deadline_date"]),
                )
                for row in rows
            ]

    def begin_submission(self, request_id: str, intent: Intent, step: Step, *, caps: Caps) -> int:
        """Write the intent to click; once this returns it is on disk, and only then may the click happen.

        Every guard and the caps are checked in the same transaction: approved for just this content, approval and
        window open, on no worksheet, attempts left, nothing else of the account in flight, still the owner.

        Returns:
            The number of the attempt, from 1.

        Raises:
            RefusedStepError: a guard or cap stands against it; nothing was changed, do not click.
            StorageError: the intent may not be on disk; do not click.
        """
        self._require_ownership_lock()
        with self._writing() as transaction:
            row = transaction.required(request_id, RequestState.APPROVED)
            require_owner(transaction.connection, intent.fence)
            _require_clickable(row, intent, step)
            if transaction.select(
                sa.and_(
                    REQUEST_STATE.c.account == row["account"],
                    REQUEST_STATE.c.state == RequestState.SUBMITTING,
                )
            ):
                raise RefusedStepError(
                    Refusal.ACCOUNT_BUSY, f"another request of {row['account']} is in flight"
                )
            use = submissions_on(transaction.connection, utc_date(step.at))
            if cap := use.refusal(row["account"], row["ground"], caps):
                raise RefusedStepError(cap, f"the day's requests of {row['account']} are used up")
            after = transaction.take(
                request_id,
                RequestState.SUBMITTING,
                step,
                {
                    "attempt": row["attempt"] + 1,
                    "channel": str(intent.channel),
                    "fence": intent.fence,
                    "intent_boot_id": intent.deadline.boot_id,
                    "intent_deadline_us": microseconds(intent.deadline),
                },
            )
        return int(after["attempt"])

    def mark_submitted(self, request_id: str, step: Step, *, fence: int) -> None:
        """Note positive evidence, seen in the same run, that Amazon has the request.

        Raises:
            RefusedStepError: the request is not in flight, or another process has taken over.
            StorageError: nothing was written; the request stays in flight and the next owner looks for it.
            ValueError: `step` names no evidence.
        """
        _require_evidence(step)
        with self._writing() as transaction:
            row = transaction.required(request_id, RequestState.SUBMITTING)
            require_owner(transaction.connection, fence, row)
            transaction.take(
                request_id,
                RequestState.SUBMITTED,
                step.because("confirmed"),
                {"submitted_at": moment_text(step.at)},
            )

    def mark_found(self, request_id: str, step: Step, *, fence: int) -> None:
        """Note that the page shows a request for an approved one before any click: it is submitted, not by us.

        Raises:
            RefusedStepError: the request is not approved, or another process has taken over.
            StorageError: nothing was written.
            ValueError: `step` names no evidence.
        """
        _require_evidence(step)
        with self._writing() as transaction:
            transaction.required(request_id, RequestState.APPROVED)
            require_owner(transaction.connection, fence)
            transaction.take(
                request_id,
                RequestState.SUBMITTED,
                step.because("found"),
                {"submitted_at": moment_text(step.at)},
            )

    def mark_unknown(self, request_id: str, step: Step, *, fence: int, boot: BootTime) -> None:
        """Note any doubt after the intent; call it only when no click can follow any more.

        Raises:
            RefusedStepError: the request is not in flight, or another process has taken over.
            StorageError: nothing was written; the next owner finds the request in flight and does the same.
        """
        with self._writing() as transaction:
            row = transaction.required(request_id, RequestState.SUBMITTING)
            require_owner(transaction.connection, fence, row)
            to_unknown(transaction, request_id, step.because("in_doubt"), boot)


def _require_evidence(step: Step) -> None:
    if step.evidence_sha256 is None:
        raise ValueError("only positive evidence makes a request submitted: name its SHA-256")


def _require_clickable(row: StateRow, intent: Intent, step: Step) -> None:
    key = row["request_id"]
    if row["worksheet_id"]:
        raise RefusedStepError(
            Refusal.HANDED_OUT, f"a person has {key} on worksheet {row['worksheet_id']}"
        )
    if row["content_sha256"] != intent.content_sha256:
        raise RefusedStepError(
            Refusal.CONTENT_CHANGED, f"{key} was approved for another rating or comment"
        )
    if (row["approval_expires_at"] or "") <= moment_text(step.at):
        raise RefusedStepError(Refusal.APPROVAL_EXPIRED, f"the approval of {key} has expired")
    if row["deadline_date"] < step.business_date.isoformat():
        raise RefusedStepError(
            Refusal.WINDOW_CLOSED, f"{key} could be asked until {row['deadline_date']}"
        )
    if row["attempt"] >= MAX_ATTEMPTS:
        raise RefusedStepError(Refusal.ATTEMPTS_USED, f"{key} was clicked {row['attempt']} times")
    if (
        intent.deadline.boot_id != intent.now.boot_id
        or intent.deadline.seconds <= intent.now.seconds
    ):
        raise RefusedStepError(
            Refusal.DEADLINE_PASSED, f"the intent for {key} ends before it begins"
        )
