"""The one re-opening of a denied request: drafted as its round 2, sent by a person, never by the program.

`plan` writes the draft down (channel `case`) and refuses it unless the first request was denied. No step that hands out,
clicks or approves takes it: its only way to Amazon is a person's word that they sent it, which is its approval too.
"""

from datetime import datetime

from schemas.submission import AUTO, Refusal, RefusedStepError, Step
from schemas.vocabularies import RequestState, SubmissionChannel
from store.ledger.connection import LedgerConnection
from store.ledger.moments import moment_text

_AT_AMAZON = (RequestState.SUBMITTED, RequestState.DECIDED)


class AppealSteps(LedgerConnection):
    """The part of the ledger that knows of re-opened cases."""

    def report_appeal_sent(
        self,
        request_id: str,
        step: Step,
        *,
        sent_at: datetime | None = None,
        expecting: str | None = None,
    ) -> bool:
        """Note a person's word that they sent the drafted re-opening.

        Args:
            request_id: a drafted re-opening, round 2.
            step: who sent it, with the hash of what they sent.
            sent_at: when, if they say; else `step.at`.
            expecting: hash of the feedback's content now; another one than drafted for is refused.

        Returns:
            Whether anything was written; False when it was known to be sent.

        Raises:
            RefusedStepError: there is no such draft, the request is no re-opening, or the buyer changed the feedback since.
            StorageError: nothing was written.
            ValueError: `step` names no evidence, or no person.
        """
        if step.evidence_sha256 is None:
            raise ValueError("name the SHA-256 of what was sent")
        if step.actor == AUTO:
            raise ValueError("a re-opening is sent by a person, never by the program")
        with self._writing() as transaction:
            row = transaction.required(request_id, RequestState.PLANNED, *_AT_AMAZON)
            if row["channel"] != SubmissionChannel.CASE:
                raise RefusedStepError(
                    Refusal.WRONG_STATE, f"{request_id} is a first request, no re-opening"
                )
            if row["state"] in _AT_AMAZON:
                return False
            if expecting is not None and row["content_sha256"] != expecting:
                raise RefusedStepError(
                    Refusal.CONTENT_CHANGED,
                    f"{request_id} was drafted for another rating or comment: draft it again",
                )
            at = moment_text(sent_at or step.at)
            approval = {
                "approved_by": step.actor,
                "approved_at": at,
                "approval_expires_at": moment_text(step.at + self.settings.approval_lasts),
            }
            reason = step.because("appeal_sent")
            transaction.take(request_id, RequestState.APPROVED, reason, approval)
            transaction.take(request_id, RequestState.SUBMITTED, reason, {"submitted_at": at})
        return True
