"""Candidates in, planned removal requests out: only what the rules vouch for, first things first."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from rules.judging import RuleBook

from schemas.identifiers import request_id
from schemas.vocabularies import Ground, JudgedVerdict, Verdict

FIRST_ROUND: Final = 1


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One removal request that may be put before a person for approval.

    Attributes:
        request_id: key, from feedback and round.
        feedback_id: the feedback.
        account: seller account.
        marketplace: code such as "US".
        order_id: Amazon's order id.
        round: 1; a re-opened case (2) is planned by a person only.
        ground: the policy clause.
        category: slug of the category to choose in the removal panel.
        reason_code: code of the reason to choose in the removal panel.
        deadline_date: last day that is surely inside the request window.
        rating: stars when it was judged.
        content_sha256: hash of rating and comment; an approval is for this content only.
        rule_version: version of grounds and lexicons.
        policy_version: edition of Amazon's wording.
    """

    request_id: str
    feedback_id: str
    account: str
    marketplace: str
    order_id: str
    round: int
    ground: Ground
    category: str
    reason_code: str
    deadline_date: date
    rating: int
    content_sha256: str
    rule_version: str
    policy_version: str


def plan_requests(candidates: pa.Table, *, rule_book: RuleBook) -> tuple[PlannedRequest, ...]:
    """The requests to plan, in the order in which caps should be spent.

    A cap (an account's requests a day, a ground's requests a day) takes the first so many of this order, so what would be
    lost first and harms most is asked for first. Never planned: a verdict other than `request`, an ineligible
    feedback, a ground that asks for a person by default, a ground with no place in the removal panel.

    Args:
        candidates: table `candidate`.
        rule_book: the grounds with their default verdicts and panel codes.

    Returns:
        Requests by priority.
    """
    wanted = pc.and_(
        pc.equal(candidates["verdict"], Verdict.REQUEST.value), candidates["is_eligible"]
    )
    planned = []
    for row in candidates.filter(wanted).sort_by("priority").to_pylist():
        ground = rule_book.ground(Ground(row["ground"]))
        if ground.default_verdict is not JudgedVerdict.REQUEST or ground.panel is None:
            continue
        planned.append(
            PlannedRequest(
                request_id=request_id(row["feedback_id"], FIRST_ROUND),
                feedback_id=row["feedback_id"],
                account=row["account"],
                marketplace=row["marketplace"],
                order_id=row["order_id"],
                round=FIRST_ROUND,
                ground=Ground(row["ground"]),
                category=ground.panel.category,
                reason_code=ground.panel.reason_code,
                deadline_date=row["deadline_date"],
                rating=row["rating"],
                content_sha256=row["content_sha256"],
                rule_version=row["rule_version"],
                policy_version=row["policy_version"],
            )
        )
    return tuple(planned)
