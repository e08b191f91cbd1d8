"""What whoever submits needs of the ledger; a flow hands in the real one.

The contract in one paragraph: take ownership, which turns whatever a dead owner left in flight into doubt; write the intent
with `begin_submission` and click only after it returned and before its deadline; write what happened. Anything but
positive evidence is `mark_unknown`. Doubt is looked into after its quiet period, with `begin_reconciling` and readings of
the page, and `reconciled` concludes. A `RefusedStepError` says that nothing was changed and nothing may be clicked; any
other error stops the run.
"""

from collections.abc import Sequence
from typing import Protocol

from schemas.submission import (
    BootTime,
    Caps,
    InDoubtRequest,
    Intent,
    PageReading,
    ReadyRequest,
    Step,
)
from schemas.vocabularies import RequestState


class LedgerOwnership(Protocol):
    """The right to click."""

    @property
    def fence(self) -> int:
        """The number to name with every step."""

    @property
    def interrupted(self) -> tuple[str, ...]:
        """Requests that the owner before left in flight; they are `unknown` now."""


class SubmissionLedger(Protocol):
    """The ledger as the outbox sees it; each method's meaning and errors are told by `store.ledger`."""

    def take_ownership(self, step: Step, *, holder: str, boot: BootTime) -> LedgerOwnership:
        """Become the one process that may click."""

    def release_ownership(self) -> None:
        """Give the right to click back."""

    def ready_requests(self, account: str, step: Step) -> Sequence[ReadyRequest]:
        """Approved requests of an account that may be clicked now, soonest deadline first."""

    def begin_submission(self, request_id: str, intent: Intent, step: Step, *, caps: Caps) -> int:
        """Write the intent to click; once this returns the click may happen, until the intent's deadline."""

    def mark_submitted(self, request_id: str, step: Step, *, fence: int) -> None:
        """Note positive evidence that Amazon has the request."""

    def mark_found(self, request_id: str, step: Step, *, fence: int) -> None:
        """Note that the page shows a request before any click of ours."""

    def mark_unknown(self, request_id: str, step: Step, *, fence: int, boot: BootTime) -> None:
        """Note doubt, once no click can follow any more."""

    def in_doubt(self, step: Step, *, boot: BootTime) -> Sequence[InDoubtRequest]:
        """Requests that may or may not have reached Amazon, with the seconds until the page may be looked at."""

    def begin_reconciling(self, request_id: str, step: Step, *, fence: int, boot: BootTime) -> None:
        """Note that the page is about to be read for a request in doubt."""

    def reconciled(
        self, request_id: str, readings: Sequence[PageReading], step: Step, *, fence: int
    ) -> RequestState:
        """Conclude from readings of the page: submitted, approved again, or a person decides."""

    def needs_human(self, request_id: str, step: Step) -> None:
        """Put a request in doubt to a person."""
