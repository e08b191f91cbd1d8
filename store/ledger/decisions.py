"""What Amazon decided, and what was observed on the way."""

from collections.abc import Sequence
from datetime import datetime

from schemas.submission import Refusal, RefusedStepError, Step
from schemas.vocabularies import Certainty, Decision, RequestState
from store.ledger.connection import LedgerConnection
from store.ledger.moments import moment_text
from store.ledger.sightings import Sighting, insert_sightings
from store.ledger.tables import REQUEST_DECISIONS


class DecisionSteps(LedgerConnection):
    """The part of the ledger that records observations and decisions."""

    def record_sightings(self, sightings: Sequence[Sighting], *, run_id: str) -> int:
        """Keep observations; one that is known already is not kept twice.

        Returns:
            How many were new.

        Raises:
            StorageError: none was kept.
        """
        with self._writing() as transaction:
            return insert_sightings(transaction.connection, sightings, run_id)

    def record_sighting(self, sighting: Sighting, *, run_id: str) -> bool:
        """Keep one observation.

        Returns:
            Whether it was new.

        Raises:
            StorageError: it was not kept.
        """
        return self.record_sightings([sighting], run_id=run_id) == 1

    def decide(
        self,
        request_id: str,
        decision: Decision,
        certainty: Certainty,
        step: Step,
        *,
        decided_at: datetime | None = None,
    ) -> bool:
        """Note what became of a submitted request.

        Args:
            request_id: a submitted request.
            decision: removed, struck, denied or gone_unattributed; a row that vanished is never `removed`.
            certainty: how surely that is known.
            step: who saw it, with the hash of the evidence.
            decided_at: when the decision was seen, if before `step.at`.

        Returns:
            Whether anything was written; False when the same decision was noted before.

        Raises:
            RefusedStepError: not submitted, or decided differently before (keep a sighting; the outcome is a conflict).
            StorageError: nothing was written.
            ValueError: the decision is not one about a request, or `step` names no evidence.
        """
        if decision not in REQUEST_DECISIONS:
            raise ValueError(
                f"{decision} is no decision about a request; those are {', '.join(REQUEST_DECISIONS)}"
            )
        if step.evidence_sha256 is None:
            raise ValueError("a decision needs the SHA-256 of its evidence")
        with self._writing() as transaction:
            row = transaction.required(request_id, RequestState.SUBMITTED, RequestState.DECIDED)
            if row["state"] == RequestState.DECIDED:
                if row["decision"] == decision:
                    return False
                raise RefusedStepError(
                    Refusal.OTHER_DECISION,
                    f"{request_id} was decided {row['decision']}, now {decision} was seen",
                )
            transaction.take(
                request_id,
                RequestState.DECIDED,
                step.because(str(decision)),
                {
                    "decision": str(decision),
                    "certainty": str(certainty),
                    "decided_at": moment_text(decided_at or step.at),
                },
            )
        return True
