"""Candidates in, planned removal requests out: only what the rules vouch for, first things first."""

import pyarrow as pa
import pyarrow.compute as pc

from rules.rule_book import RuleBook
from schemas.planned_request import PlannedRequest
from schemas.vocabularies import Ground, JudgedVerdict, SubmissionChannel, Verdict


def plan_requests(
    candidates: pa.Table,
    *,
    rule_book: RuleBook,
    channel: SubmissionChannel = SubmissionChannel.WORKSHEET,
) -> tuple[PlannedRequest, ...]:
    """The requests to plan, in the order in which caps should be spent.

    A cap (an account's requests a day, a ground's requests a day) takes the first so many of this order, so what would
    be lost first and harms most is asked for first. Never planned: a verdict other than `request`, an ineligible
    feedback, a ground that asks for a person by default, a ground with no place in the removal panel. A re-opened
    case (round 2) is planned by a person only.

    Args:
        candidates: table `candidate`.
        rule_book: the grounds with their default verdicts and panel codes.
        channel: how the requests are meant to reach Amazon.

    Returns:
        Requests of round 1 by priority.
    """
    wanted = pc.and_(
        pc.equal(candidates["verdict"], pa.scalar(Verdict.REQUEST.value)), candidates["is_eligible"]
    )
    planned = []
    for row in candidates.filter(wanted).sort_by("priority").to_pylist():
        ground = rule_book.ground(Ground(row["ground"]))
        if ground.default_verdict is not JudgedVerdict.REQUEST or ground.panel is None:
            continue
        planned.append(
            PlannedRequest(
                feedback_id=row["feedback_id"],
                account=row["account"],
                marketplace=row["marketplace"],
                order_id=row["order_id"],
                ground=row["ground"],
                category=ground.panel.category,
                reason_code=ground.panel.reason_code,
                deadline_date=row["deadline_date"],
                content_sha256=row["content_sha256"],
                rule_version=row["rule_version"],
                policy_version=row["policy_version"],
                channel=channel,
            )
        )
    return tuple(planned)
