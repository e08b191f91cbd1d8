"""Re-opening denied requests: list what may be re-opened, write drafts, check them, note what a person did."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from flows.config import Config, ConfigError
from flows.rules_of_home import rule_book_of
from flows.steps.outcome_of import outcome_of
from flows.work import Work
from rules.judgement import Span
from schemas.planned_request import PlannedRequest
from schemas.submission import RefusedStepError
from schemas.tables import APPEAL
from schemas.vocabularies import (
    AppealState,
    Certainty,
    Decision,
    Ground,
    SightingKind,
    SightingSource,
    SubmissionChannel,
)
from store.batches import Batch, latest_batch, table_of
from store.durable_files import write_durably
from store.errors import as_storage_error
from store.home import make_private_folder
from store.ledger import Selection, Sighting
from transforms.appeals.appeal_table import AppealRules, appeals, draft_file
from transforms.appeals.channel_check import Objection, objections
from transforms.appeals.drafting import (
    AppealCase,
    draft_document,
    draft_text,
    quotes,
    text_of_document,
)

ANSWERS: Final = (Decision.REMOVED, Decision.STRUCK, Decision.DENIED)
"""What a person may report that Amazon answered to a re-opening."""

_WAITING: Final[Mapping[AppealState, str]] = {
    AppealState.OPEN: "that may be re-opened",
    AppealState.DRAFTED: "whose drafted re-opening nobody has sent",
}
_WHY_NOT: Final[Mapping[AppealState, str]] = {
    AppealState.UNFOUNDED: "the rules do not stand for a ground, and speculative requests may cost the account",
    AppealState.ON_HOLD: "it is on hold; `feedback-removal approve --release` frees it",
    AppealState.SENT_BY_PERSON: "it was sent, and there is one re-opening only",
    AppealState.GRANTED: "it was sent and granted",
    AppealState.DENIED: "it was sent and denied, and there is one re-opening only",
    AppealState.GONE_UNATTRIBUTED: "it was sent, and the feedback is gone",
    AppealState.EXPIRED: "its last day is over",
    AppealState.WITHDRAWN: "it was given up",
}


def read_answer(printed: str) -> Decision:
    """What a person reports, by its word.

    Raises:
        ConfigError: it is none of `ANSWERS`.
    """
    if printed not in ANSWERS:
        raise ConfigError(f"{printed!r} is no answer; those are {', '.join(ANSWERS)}")
    return Decision(printed)


def appeal_table(
    work: Work, batch: Batch | None, requests: pa.Table, outcome: pa.Table, events: pa.Table
) -> pa.Table:
    """Table `appeal` from tables that are at hand."""
    denied = _denied(requests)
    if batch is None or not len(denied):
        return APPEAL.empty()
    findings = batch.read(
        "finding",
        ["feedback_id", "ground", "is_met"],
        [("is_met", "=", True), ("feedback_id", "in", denied.to_pylist())],
    )
    return appeals(
        requests,
        outcome,
        findings,
        events,
        as_of=work.settings.as_of,
        rules=appeal_rules(work.settings.config),
    )


def appeal_rules(config: Config) -> AppealRules:
    """What the configuration sets about re-openings."""
    return AppealRules(config.appeals.days_after_denial, config.appeals.languages)


def tell_open_appeals(work: Work, table: pa.Table) -> None:
    """Say how many denied requests wait for a person, and the first last day.

    Args:
        work: the run.
        table: table `appeal`, soonest deadline first.
    """
    for state, what in _WAITING.items():
        rows = table.filter(pc.equal(table["appeal_state"], pa.scalar(state.value)))
        if rows.num_rows:
            work.summary.say(
                f"denied requests {what}: {rows.num_rows}, the first until {rows['deadline_date'][0].as_py()}; "
                "`feedback-removal appeals` lists them"
            )


def list_appeals(work: Work, *, feedback_id: str | None = None) -> pa.Table:
    """Table `appeal` as of the run's business date; of one feedback, or all.

    Only feedback that was denied is read, so a command stays quick however much feedback there is.

    Raises:
        StorageError: tables or ledger cannot be read.
    """
    batch = latest_batch(work.home.tables)
    if batch is None:
        return APPEAL.empty()
    requests = work.ledger.requests(feedback_id=feedback_id)
    denied = _denied(requests)
    requests = requests.filter(pc.is_in(requests["feedback_id"], value_set=denied))
    if not requests.num_rows:
        return APPEAL.empty()
    events, sightings = work.ledger.events(), work.ledger.sightings()
    became = outcome_of(
        work,
        batch,
        requests,
        events.filter(pc.is_in(events["request_id"], value_set=requests["request_id"])),
        sightings.filter(pc.is_in(sightings["feedback_id"], value_set=denied)),
        only=[("feedback_id", "in", denied.to_pylist())],
    )
    return appeal_table(work, batch, requests, became, events)


def draft_appeal(work: Work, order_id: str, *, by: str, language: str | None = None) -> Path:
    """Write the draft of a re-opening and note it in the ledger; a draft that is there is left as the person has it.

    A feedback that was revised since it was drafted is drafted anew; the earlier file stays beside it.

    Args:
        work: the run.
        order_id: order of a denied request.
        by: the person.
        language: of the draft; None takes the marketplace's.

    Returns:
        The draft's file.

    Raises:
        ConfigError: it may not be re-opened; says why.
        StorageError: tables, ledger or disk failed.
    """
    row = _appeal(work, order_id)
    state = AppealState(row["appeal_state"])
    if state not in (AppealState.OPEN, AppealState.DRAFTED):
        raise ConfigError(f"order {order_id} cannot be re-opened: {_WHY_NOT[state]}")
    case, request = _case(work, row, language)
    planned = work.ledger.plan([request], work.step(by).because("appeal_drafted"))
    if planned.skipped:
        refusal = planned.skipped[request.request_id]
        raise ConfigError(f"order {order_id} cannot be re-opened: {refusal}")
    path = work.home.root / draft_file(row["account"], order_id)
    is_as_it_was = request.request_id in planned.unchanged
    if is_as_it_was and path.exists() and language is None:
        return path
    text = draft_text(case)
    against = objections(text, order_id=order_id, quoted=quotes(case))
    if against:
        raise AssertionError(f"a draft proposes what it must not: {against[0].kind}")
    with as_storage_error("cannot write", path):
        make_private_folder(path.parent)
        if path.exists():
            path.rename(path.with_suffix(".earlier.txt"))
        write_durably(path, draft_document(case, text).encode())
    work.summary.has_changes = True
    work.summary.places[f"appeal {order_id}"] = str(path)
    return path


def check_appeal(work: Work, order_id: str) -> tuple[Objection, ...]:
    """What stands against sending the draft as it is on the disk now.

    Raises:
        ConfigError: there is no draft, or its mark is gone.
        StorageError: it cannot be read.
    """
    row = _appeal(work, order_id)
    case, _ = _case(work, row, None)
    return objections(_text(work, row), order_id=order_id, quoted=quotes(case))


def note_sent(work: Work, order_id: str, *, by: str, on: date | None = None) -> None:
    """Note a person's word that they sent the draft, after checking it once more.

    Args:
        work: the run.
        order_id: order of a drafted re-opening.
        by: who sent it.
        on: when; None is now.

    Raises:
        ConfigError: it is not drafted, the draft proposes another way, or the buyer changed the feedback since.
        StorageError: tables, ledger or disk failed.
    """
    row = _appeal(work, order_id)
    if AppealState(row["appeal_state"]) is AppealState.SENT_BY_PERSON:
        work.summary.say(f"order {order_id}: it was noted as sent before; nothing was changed")
        return
    if AppealState(row["appeal_state"]) is not AppealState.DRAFTED:
        raise ConfigError(
            f"order {order_id} is {row['appeal_state']}; only a drafted re-opening is sent"
        )
    against = check_appeal(work, order_id)
    if against:
        listed = "; ".join(f"{one.kind}: {one.found}".rstrip(": ") for one in against)
        raise ConfigError(
            f"the draft for order {order_id} proposes another way than the case, which may cost the account: {listed}; take "
            "it out before you send it"
        )
    case, request = _case(work, row, None)
    evidence = hashlib.sha256(_text(work, row).encode()).hexdigest()
    step = work.step(by).because("appeal_sent", evidence_sha256=evidence)
    try:
        work.ledger.report_appeal_sent(
            request.request_id,
            step,
            sent_at=_moment(work, on),
            expecting=request.content_sha256,
        )
    except RefusedStepError as refusal:
        raise ConfigError(f"order {order_id}: {refusal}") from None
    work.summary.has_changes = True
    work.summary.requests["appeals sent"] = 1
    work.summary.say(
        f"order {case.order_id}: noted as sent; its answer comes by page, saved e-mail or "
        f"`feedback-removal appeals {case.order_id} --answer`"
    )


def note_answer(
    work: Work, order_id: str, answer: Decision, *, by: str, on: date | None = None
) -> None:
    """Note what a person says that Amazon answered to a re-opening.

    Raises:
        ConfigError: it was not sent, or another answer is known.
        StorageError: the ledger failed.
    """
    row = _appeal(work, order_id)
    at = _moment(work, on)
    said = f"appeal answer\x1f{order_id}\x1f{answer}\x1f{at.isoformat()}\x1f{by}"
    evidence = hashlib.sha256(said.encode()).hexdigest()
    step = work.step(by).because(f"appeal_{answer}", evidence_sha256=evidence)
    try:
        is_new = work.ledger.decide(
            row["request_id"], answer, Certainty.REPORTED, step, decided_at=at
        )
    except RefusedStepError as refusal:
        raise ConfigError(f"order {order_id}: {refusal}") from None
    if not is_new:
        work.summary.say(f"order {order_id}: this answer was noted before; nothing was changed")
        return
    work.ledger.record_sighting(
        Sighting(
            feedback_id=row["feedback_id"],
            account=row["account"],
            marketplace=row["marketplace"],
            order_id=order_id,
            source=SightingSource.WORKSHEET,
            seen=SightingKind(answer.value),
            seen_at=at,
            evidence_sha256=evidence,
            request_id=row["request_id"],
        ),
        run_id=work.settings.run_id,
    )
    work.summary.has_changes = True
    work.summary.decisions_count += 1


def withdraw_appeal(work: Work, order_id: str, *, by: str) -> None:
    """Give a drafted re-opening up for good; the file stays.

    Raises:
        ConfigError: it is not drafted.
        StorageError: the ledger failed.
    """
    row = _appeal(work, order_id)
    if AppealState(row["appeal_state"]) is not AppealState.DRAFTED:
        raise ConfigError(f"order {order_id} is {row['appeal_state']}; only a draft is given up")
    selection = Selection(request_ids=(row["request_id"],))
    work.ledger.cancel(selection, work.step(by).because("appeal_withdrawn"))
    work.summary.has_changes = True


def _denied(requests: pa.Table) -> "pa.Array[Any]":
    """Ids of feedback with a denied request."""
    words = pa.array([Decision.DENIED.value], pa.string())
    is_denied = pc.is_in(requests["decision"], value_set=words)
    return pc.unique(requests.filter(is_denied)["feedback_id"].combine_chunks())


def _appeal(work: Work, order_id: str) -> dict[str, Any]:
    """The order's row of table `appeal`."""
    table = list_appeals(work)
    rows: list[dict[str, Any]] = table.filter(
        pc.equal(table["order_id"], pa.scalar(order_id))
    ).to_pylist()
    if len(rows) != 1:
        raise ConfigError(
            f"order {order_id}: no denied request is known; `feedback-removal appeals` lists those that are"
        )
    return rows[0]


def _case(
    work: Work, row: Mapping[str, Any], language: str | None
) -> tuple[AppealCase, PlannedRequest]:
    """What the draft is made of, and the request of round 2 that stands for it."""
    batch = latest_batch(work.home.tables)
    key = row["feedback_id"]
    feedback = _only(batch, "feedback", key)
    ground = Ground(row["ground"])
    finding = _only(batch, "finding", key, ground=ground.value)
    (first,) = (
        request
        for request in work.ledger.requests(feedback_id=key).to_pylist()
        if request["round"] == 1
    )
    wording = rule_book_of(work.settings.root).wording(
        ground, marketplace=row["marketplace"], on=feedback["feedback_date"]
    )
    case = AppealCase(
        account=row["account"],
        marketplace=row["marketplace"],
        order_id=row["order_id"],
        ground=ground,
        first_ground=Ground(first["ground"]),
        feedback_date=feedback["feedback_date"],
        rating=feedback["rating"],
        comment=feedback["comment"] or "",
        evidence=tuple(Span(s["start"], s["end"], s["class"]) for s in finding["evidence"]),
        is_revised=feedback["content_sha256"] != first["content_sha256"],
        source=wording.source,
        deadline_date=row["deadline_date"],
        language=language or row["language"],
    )
    request = PlannedRequest(
        feedback_id=key,
        account=row["account"],
        marketplace=row["marketplace"],
        order_id=row["order_id"],
        ground=ground,
        category=None,  # a reply in a case chooses nothing in the panel
        reason_code=None,
        deadline_date=row["deadline_date"],
        content_sha256=feedback["content_sha256"],
        rule_version=finding["rule_version"],
        policy_version=finding["policy_version"],
        channel=SubmissionChannel.CASE,
        round=2,
    )
    return case, request


def _only(batch: Batch | None, name: str, feedback_id: str, **more: str) -> dict[str, Any]:
    filters = [("feedback_id", "=", feedback_id), *((k, "=", v) for k, v in more.items())]
    rows: list[dict[str, Any]] = table_of(batch, name, filters=filters).to_pylist()
    if len(rows) != 1:
        raise ConfigError(
            "the feedback is not in the working tables any more; take its report in again, then run screen"
        )
    return rows[0]


def _text(work: Work, row: Mapping[str, Any]) -> str:
    path = work.home.root / draft_file(row["account"], row["order_id"])
    if not path.exists():
        raise ConfigError(f"{path}: no draft here; write it with --draft")
    with as_storage_error("cannot read", path):
        text = text_of_document(path.read_text("utf-8", errors="replace"))
    if text is None:
        raise ConfigError(f"{path}: the line that marks the text is gone; draft it again")
    return text


def _moment(work: Work, on: date | None) -> datetime:
    """A day that a person names, as its noon in UTC, the fairest guess; without one, now."""
    now = work.settings.started_at
    return now if on is None else min(datetime.combine(on, time(12), UTC), now)
