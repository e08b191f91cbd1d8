"""Channel `browser`: the tool submits an approved batch by itself, slowly and within caps."""

from collections.abc import Mapping, Sequence

from feedback_manager.acceptance import Acceptance, require_acceptance
from feedback_manager.channel import CAPABILITIES, Capability, Submission
from feedback_manager.channels.driven_page import DrivenPage
from feedback_manager.outbox import Outbox
from schemas.submission import ReadyRequest
from schemas.vocabularies import SubmissionChannel


class BrowserChannel:
    """Submits one account's approved requests in its browser.

    Args:
        outbox: writes the intents and results.
        pages: the account's stores by marketplace.
        acceptance: of Amazon's policy for automated software.

    Raises:
        AcceptanceMissingError: a page is not on this machine, and nobody accepted the policy.
        ValueError: the outbox or a page is another channel's.
    """

    def __init__(
        self, outbox: Outbox, pages: Mapping[str, DrivenPage], acceptance: Acceptance | None
    ) -> None:
        require_acceptance((page.address for page in pages.values()), acceptance)
        if outbox.terms.channel is not SubmissionChannel.BROWSER or any(
            page.is_person_pressing for page in pages.values()
        ):
            raise ValueError("the outbox and the pages must be made for channel browser")
        self._outbox = outbox
        self._pages = pages

    @property
    def capability(self) -> Capability:
        """It presses Submit itself."""
        return CAPABILITIES[SubmissionChannel.BROWSER]

    def submit(self, requests: Sequence[ReadyRequest]) -> Submission:
        """Submit the batch, first things first."""
        return self._outbox.send(requests, self._pages)
