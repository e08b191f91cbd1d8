"""What saved e-mails say of requests: sightings, decisions, and the e-mails that wait for a person."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

import pyarrow as pa

from flows.exit_codes import ExitCode
from flows.work import Work
from schemas.request_states import TERMINAL
from schemas.submission import RefusedStepError
from schemas.vocabularies import Certainty, Decision, RequestState, SightingKind
from store.batches import Batch
from store.ledger import Selection, Sighting
from transforms.decision_mails.sightings import mail_sightings, unplaced_mails

_ACTOR: Final = "track"
_DECISIONS: Final = {
    SightingKind.REMOVED.value: Decision.REMOVED,
    SightingKind.STRUCK.value: Decision.STRUCK,
    SightingKind.DENIED.value: Decision.DENIED,
}
_ANSWERS: Final = (*_DECISIONS, SightingKind.MORE_INFORMATION, SightingKind.REOPENED)
"""What proves that Amazon has the request."""
_MAY_HAVE_ARRIVED: Final = (
    RequestState.APPROVED,
    RequestState.UNKNOWN,
    RequestState.RECONCILING,
    RequestState.NEEDS_HUMAN,
)
_FEEDBACK: Final = ("feedback_id", "account", "marketplace", "order_id")


def read_mails(work: Work, batch: Batch) -> None:
    """Record what the e-mails say; recording it again adds nothing, and nothing that was recorded is changed.

    Args:
        work: the run.
        batch: working tables with the e-mails that were taken in.

    Raises:
        StorageError: tables or ledger failed.
    """
    mails = batch.read("decision_email")
    if not mails.num_rows:
        return
    orders = mails["order_id"].unique().to_pylist()
    feedback = batch.read("feedback", _FEEDBACK, [("order_id", "in", orders)])
    requests = work.ledger.requests()
    seen = mail_sightings(mails, feedback, requests).to_pylist()
    new = work.ledger.record_sightings(
        [Sighting(**row) for row in seen], run_id=work.settings.run_id
    )
    if new:
        work.summary.has_changes = True
        work.summary.requests["e-mails recorded"] = new
    _settle(work, seen)
    _tell(work, seen, unplaced_mails(mails, feedback, requests), is_news=new > 0)


def _settle(work: Work, seen: Iterable[dict[str, Any]]) -> None:
    """Let the requests follow from what the e-mails answer.

    An answer proves that Amazon has the request: one that was approved, handed out or is in doubt is submitted, and never
    clicked again; one that is only planned is given up, because somebody asked by hand. A decision then decides it.
    """
    state = {row["request_id"]: row for row in work.ledger.requests().to_pylist()}
    for row in sorted(seen, key=lambda row: row["seen_at"]):
        request = state.get(row["request_id"])
        if request is None or row["seen"] not in _ANSWERS:
            continue
        step = work.step(_ACTOR).because(
            f"email_{row['seen']}", evidence_sha256=row["evidence_sha256"]
        )
        if request["state"] == RequestState.PLANNED:
            work.ledger.cancel(Selection(request_ids=(row["request_id"],)), step)
        elif request["state"] in _MAY_HAVE_ARRIVED:
            asked_at = min(request["handed_out_at"] or row["seen_at"], row["seen_at"])
            work.ledger.report_submitted(row["request_id"], step, submitted_at=asked_at)
        decision = _DECISIONS.get(row["seen"])
        if decision is None or request["state"] not in (RequestState.SUBMITTED, *_MAY_HAVE_ARRIVED):
            continue
        with suppress(RefusedStepError):
            # Refused when an earlier e-mail says otherwise: both are kept as sightings, and the outcome is a conflict.
            work.summary.decisions_count += work.ledger.decide(
                row["request_id"], decision, Certainty.CONFIRMED, step, decided_at=row["seen_at"]
            )


def _tell(work: Work, seen: list[dict[str, Any]], unplaced: pa.Table, *, is_news: bool) -> None:
    """Say which e-mails wait for a person; a request that was answered otherwise since is not named again."""
    settled = {_about(row) for row in seen if row["seen"] in _DECISIONS}
    settled |= {
        row["request_id"] for row in work.ledger.requests().to_pylist() if row["state"] in TERMINAL
    }
    code = ExitCode.QUARANTINED if is_news else ExitCode.GOOD
    for row in seen:
        is_open = _about(row) not in settled
        if row["seen"] == SightingKind.UNRECOGNISED and is_open:
            work.summary.say(
                f"{row['account']}/{row['marketplace']}: an e-mail about order {row['order_id']} says something that no listed "
                f"wording fits; read HOME/raw/.../{row['evidence_sha256'][:16]}-* and note the result on the worksheet, or "
                "add its words to HOME/decision-mails.toml and run reprocess",
                code,
            )
        elif row["seen"] == SightingKind.MORE_INFORMATION and is_open:
            work.summary.say(
                f"{row['account']}/{row['marketplace']}: Amazon wants to know more about order {row['order_id']}; answer in "
                "the case that it opened, nowhere else"
            )
    if unplaced.num_rows:
        orders = ", ".join(sorted({str(order_id) for order_id in unplaced["order_id"].to_pylist()}))
        work.summary.say(
            f"e-mails about orders without known feedback wait until a report shows it: {orders}"
        )


def _about(row: dict[str, Any]) -> str:
    """The request that an e-mail answers; the feedback when there is none."""
    return str(row["request_id"] or row["feedback_id"])
