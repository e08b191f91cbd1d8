"""Judge all feedback that is known and keep findings and candidates beside it."""

from collections import Counter

import pyarrow.compute as pc

from flows.rules_of_home import rule_book_of
from flows.seller_facts import declared_channels, sellers_of
from flows.work import Work
from schemas.vocabularies import RequestState
from store.batches import latest_batch, write_batch
from transforms.screen_feedback import Screened, screen_feedback


def screen(work: Work) -> Screened | None:
    """Judge the feedback in the working tables; None when there is none yet.

    Raises:
        StorageError: the tables cannot be read or written.
    """
    batch = latest_batch(work.home.tables)
    if batch is None:
        work.summary.say("no feedback is known yet: take in a feedback report first")
        return None
    feedback = batch.read("feedback")
    orders = batch.read("order_fulfillment")
    done = 0

    def advance(rows: int) -> None:
        nonlocal done
        done += rows
        work.progress.reach(done)

    work.progress.begin("judging comments", feedback.num_rows, "comments")
    screened = screen_feedback(
        feedback,
        orders,
        rule_book=rule_book_of(work.settings.root),
        sellers=sellers_of(work.settings.config),
        declared=declared_channels(work.settings.config),
        as_of=work.settings.as_of,
        asked=_asked(work),
        policy_version=work.settings.config.policy.version,
        progress=advance,
    )
    write_batch(
        work.home.tables,
        {"finding": screened.findings, "candidate": screened.candidates},
        batch_id=work.settings.run_id,
        at=work.settings.started_at,
        is_private=True,
    )
    work.summary.candidates = _counts(screened)
    return screened


def _asked(work: Work) -> frozenset[str]:
    """Feedback about which Amazon was asked, or may have been.

    A request on a worksheet is not asked yet as far as anybody knows: its feedback stays a candidate, so that a comment
    which the buyer revises meanwhile is noticed. The ledger sees to it that no second request is made.
    """
    approved = work.ledger.requests(states=[RequestState.APPROVED])
    on_paper = approved.filter(pc.is_valid(approved["worksheet_id"]))
    return work.ledger.asked_feedback_ids() - frozenset(on_paper["feedback_id"].to_pylist())


def _counts(screened: Screened) -> dict[str, int]:
    rows = screened.candidates.select(["verdict", "ground", "is_eligible"]).to_pylist()
    counted = Counter(
        (row["verdict"], row["ground"] or "", "" if row["is_eligible"] else "too late")
        for row in rows
    )
    return {"/".join(part for part in key if part): count for key, count in sorted(counted.items())}
