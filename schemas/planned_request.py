"""A removal request as the plan proposes it, before anybody approved it."""

from dataclasses import dataclass
from datetime import date

from schemas.identifiers import request_id
from schemas.vocabularies import Ground, SubmissionChannel


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One request that the rules want made.

    Raises:
        ValueError: ground or channel is none of the vocabulary, the round is neither 1 nor 2, or it does not fit the
            channel: a re-opened case (round 2), and nothing else, goes by channel `case`.
    """

    feedback_id: str
    account: str
    marketplace: str
    order_id: str
    ground: str
    category: str | None
    """Slug of the category to choose in the removal panel."""
    reason_code: str | None
    """Code of the reason to choose in the removal panel."""
    deadline_date: date
    """Last day on which the removal may be requested."""
    content_sha256: str
    """Hash of rating and comment, `schemas.identifiers.content_sha256`: an approval is for this content only."""
    rule_version: str
    policy_version: str
    channel: str = SubmissionChannel.WORKSHEET
    round: int = 1

    def __post_init__(self) -> None:
        Ground.parse(self.ground)
        SubmissionChannel.parse(self.channel)
        if self.round not in (1, 2):
            raise ValueError("round 1 is the request, round 2 its one re-opening")
        if (self.round == 2) != (self.channel == SubmissionChannel.CASE):
            raise ValueError(f"round {self.round} does not go by channel {self.channel}")

    @property
    def request_id(self) -> str:
        """Key of the request: feedback and round."""
        return request_id(self.feedback_id, self.round)
