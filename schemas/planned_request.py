"""A removal request as the plan proposes it, before anybody approved it."""

from dataclasses import dataclass
from datetime import date

from schemas.vocabularies import Ground


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
