"""Write down in the ledger what should be asked, and take back what should no longer be."""

from flows.rules_of_home import rule_book_of
from flows.work import Work
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
    wanted = plan_requests(batch.read("candidate"), rule_book=rule_book_of(work.settings.root))
    planned = work.ledger.plan(wanted, step)
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
