"""Write down in the ledger what should be asked, and take back what should no longer be."""

import pyarrow as pa
import pyarrow.compute as pc

from flows.work import Work
from rules.rule_book import load_rule_book
from schemas.planned_request import PlannedRequest
from schemas.submission import Refusal
from schemas.vocabularies import RequestState
from store.batches import Batch, latest_batch
from store.ledger import Selection
from transforms.plan_requests import plan_requests

_ACTOR = "plan"


def plan(work: Work) -> None:
    """Plan a request for every eligible candidate of verdict `request`.

    A request whose comment was revised goes back to planned, or to a person if it is on a worksheet; one that the
    rules no longer stand for, or whose window closed, is cancelled.

    Raises:
        StorageError: tables or ledger cannot be read or written.
    """
    batch = latest_batch(work.home.tables)
    if batch is None:
        return
    step = work.step(_ACTOR)
    expiry = work.ledger.expire(step)
    wanted = plan_requests(batch.read("candidate"), rule_book=load_rule_book())
    planned = work.ledger.plan(
        [*wanted, *_revised_on_worksheets(work, batch.read("feedback"))], step
    )
    withdrawn = _withdraw_unfounded(work, batch)
    work.summary.requests |= {
        "planned": len(planned.planned),
        "planned again": len(planned.replanned) + len(expiry.approval_lost),
        "cancelled": len(expiry.cancelled) + withdrawn,
        "waiting for a person": len(planned.needs_human) + len(expiry.needs_human),
    }
    if planned.planned or planned.replanned or planned.needs_human:
        work.summary.has_changes = True
    held_back = sum(reason is Refusal.ON_HOLD for reason in planned.skipped.values())
    if held_back:
        work.summary.say(
            f"{held_back} requests are on hold; `feedback-removal approve --release` frees them"
        )


def _revised_on_worksheets(work: Work, feedback: pa.Table) -> list[PlannedRequest]:
    """Requests that a person has on paper for words that the buyer has changed since."""
    approved = work.ledger.requests(states=[RequestState.APPROVED])
    on_paper = approved.filter(pc.is_valid(approved["worksheet_id"])).to_pylist()
    if not on_paper:
        return []
    wanted = pa.array([row["feedback_id"] for row in on_paper])
    seen = feedback.select(["feedback_id", "content_sha256"])
    seen = seen.filter(pc.is_in(seen["feedback_id"], value_set=wanted))
    content = dict(zip(*(column.to_pylist() for column in seen.columns), strict=True))
    return [
        PlannedRequest(
            feedback_id=row["feedback_id"],
            account=row["account"],
            marketplace=row["marketplace"],
            order_id=row["order_id"],
            ground=row["ground"],
            category=row["category"],
            reason_code=row["reason_code"],
            deadline_date=row["deadline_date"],
            content_sha256=content[row["feedback_id"]],
            rule_version=row["rule_version"],
            policy_version=row["policy_version"],
            round=row["round"],
        )
        for row in on_paper
        if content.get(row["feedback_id"], row["content_sha256"]) != row["content_sha256"]
    ]


def _withdraw_unfounded(work: Work, batch: Batch) -> int:
    """Cancel planned and approved requests whose ground no longer holds; paper is left to its person.

    A feedback that is merely missing from a newer report keeps its request: a cancelled one is never planned again.
    """
    waiting = [
        row
        for row in work.ledger.requests(
            states=[RequestState.PLANNED, RequestState.APPROVED]
        ).to_pylist()
        if row["worksheet_id"] is None
    ]
    if not waiting:
        return 0
    findings = batch.read("finding", columns=["feedback_id", "ground", "is_met"])
    founded = findings.filter(findings["is_met"]).select(["feedback_id", "ground"])
    holds = set(zip(*(column.to_pylist() for column in founded.columns), strict=True))
    unfounded = tuple(
        row["request_id"] for row in waiting if (row["feedback_id"], row["ground"]) not in holds
    )
    if not unfounded:
        return 0
    step = work.step(_ACTOR).because("no_longer_removable")
    return len(work.ledger.cancel(Selection(request_ids=unfounded), step).taken)
