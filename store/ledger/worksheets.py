"""Requests that a person makes: handed out on a worksheet, and what the person reports back.

A worksheet is no click: the request stays approved, marked with the worksheet, and nothing else may click it meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from schemas.submission import Caps, Refusal, Step
from schemas.vocabularies import RequestState, SubmissionChannel
from store.ledger.caps import HANDED_OUT, submissions_on
from store.ledger.connection import LedgerConnection
from store.ledger.event_chain import StateRow
from store.ledger.moments import moment_text, utc_date
from store.ledger.transaction import Transaction

_NO_WORKSHEET: Final[Mapping[str, None]] = {"worksheet_id": None, "handed_out_at": None}
_IN_DOUBT: Final = (RequestState.UNKNOWN, RequestState.RECONCILING)
_AT_AMAZON: Final = (RequestState.SUBMITTED, RequestState.DECIDED)


@dataclass(frozen=True, slots=True)
class HandOut:
    """What a worksheet may list, by request id."""

    handed_out: tuple[str, ...] = ()
    earlier_worksheets: Mapping[str, str] = field(default_factory=dict)
    """Of those handed out: the worksheet that listed the request before; print it, so that nobody asks from both."""
    refused: Mapping[str, Refusal] = field(default_factory=dict)


class WorksheetSteps(LedgerConnection):
    """The part of the ledger that works with people and paper."""

    def hand_out(
        self,
        request_ids: Sequence[str],
        worksheet_id: str,
        step: Step,
        *,
        caps: Caps,
        again: bool = False,
    ) -> HandOut:
        """Put approved requests on a worksheet; write the worksheet only with what this returns.

        Args:
            request_ids: in the order in which caps are to be spent.
            worksheet_id: name of the worksheet.
            step: who hands out, and when.
            caps: requests a UTC day, clicks and worksheets together; a request listed again is not counted again.
            again: also list requests that an earlier worksheet lists without a result so far.

        Raises:
            StorageError: nothing was handed out.
        """
        handed_out: list[str] = []
        earlier: dict[str, str] = {}
        refused: dict[str, Refusal] = {}
        with self._writing() as transaction:
            use = submissions_on(transaction.connection, utc_date(step.at))
            keys = list(dict.fromkeys(request_ids))
            transaction.load(keys)
            for key in keys:
                row = transaction.state(key)
                if (refusal := _not_for_paper(row, step, again=again)) or row is None:
                    refused[key] = refusal or Refusal.UNKNOWN_REQUEST
                    continue
                reason = HANDED_OUT
                if row["worksheet_id"]:
                    earlier[key] = row["worksheet_id"]
                    reason = "handed_out_again"
                elif cap := use.refusal(row["account"], row["ground"], caps):
                    refused[key] = cap
                    continue
                else:
                    use.add(row["account"], row["ground"])
                transaction.take(
                    key,
                    RequestState.APPROVED,
                    Step(step.actor, step.run_id, step.at, reason, step.evidence_sha256),
                    {
                        "worksheet_id": worksheet_id,
                        "handed_out_at": moment_text(step.at),
                        "channel": str(SubmissionChannel.WORKSHEET),
                    },
                )
                handed_out.append(key)
        return HandOut(tuple(handed_out), earlier, refused)

    def report_submitted(
        self, request_id: str, step: Step, *, submitted_at: datetime | None = None
    ) -> bool:
        """Note a person's word that Amazon has the request; also settles what waits for a person or is in doubt.

        Args:
            request_id: a request that is approved, in doubt, or waits for a person.
            step: who reports, with the hash of what they handed in.
            submitted_at: when they asked, if they say; else `step.at`.

        Returns:
            Whether anything was written; False when Amazon was known to have it already.

        Raises:
            RefusedStepError: the request is in a state in which nobody was to ask; keep the report as a sighting.
            StorageError: nothing was written.
            ValueError: `step` names no evidence.
        """
        if step.evidence_sha256 is None:
            raise ValueError("a report needs the SHA-256 of what was handed in")
        with self._writing() as transaction:
            row = transaction.required(
                request_id,
                RequestState.APPROVED,
                RequestState.NEEDS_HUMAN,
                *_IN_DOUBT,
                *_AT_AMAZON,
            )
            if row["state"] in _AT_AMAZON:
                return False
            was_on_paper = row["worksheet_id"] is not None
            _to_a_person(transaction, row, step)
            changes = {"submitted_at": moment_text(submitted_at or step.at)}
            if was_on_paper or row["state"] == RequestState.APPROVED:
                changes["channel"] = str(SubmissionChannel.WORKSHEET)
            transaction.take(
                request_id, RequestState.SUBMITTED, step.because("reported_submitted"), changes
            )
        return True

    def report_not_submitted(self, request_id: str, step: Step) -> bool:
        """Note a person's word that Amazon does not have the request: it may be handed out or clicked again.

        Returns:
            Whether anything was written; False when no person had it.

        Raises:
            RefusedStepError: Amazon has it, or it was never approved.
            StorageError: nothing was written.
        """
        with self._writing() as transaction:
            row = transaction.required(
                request_id, RequestState.APPROVED, RequestState.NEEDS_HUMAN, *_IN_DOUBT
            )
            if row["state"] == RequestState.APPROVED and row["worksheet_id"] is None:
                return False
            _to_a_person(transaction, row, step)
            transaction.take(
                request_id,
                RequestState.APPROVED,
                step.because("reported_not_submitted"),
                _NO_WORKSHEET,
            )
        return True


def _to_a_person(transaction: Transaction, row: StateRow, step: Step) -> None:
    """A person speaks about a request in doubt: that is the arrow to `needs_human`, taken on the way."""
    if row["state"] in _IN_DOUBT:
        transaction.take(
            row["request_id"],
            RequestState.NEEDS_HUMAN,
            Step(step.actor, step.run_id, step.at, "a_person_took_over"),
            {},
        )


def _not_for_paper(row: StateRow | None, step: Step, *, again: bool) -> Refusal | None:
    if row is None:
        return Refusal.UNKNOWN_REQUEST
    if row["state"] != RequestState.APPROVED:
        return Refusal.WRONG_STATE
    if row["worksheet_id"] and not again:
        return Refusal.HANDED_OUT
    if row["deadline_date"] < step.business_date.isoformat():
        return Refusal.WINDOW_CLOSED
    # Whoever has the request on paper may still ask: its approval does not run out in their hands.
    if not row["worksheet_id"] and (row["approval_expires_at"] or "") <= moment_text(step.at):
        return Refusal.APPROVAL_EXPIRED
    return None
