"""Channel `assisted`: the panel is filled in the person's own browser session, and the person presses Submit."""

from collections.abc import Mapping, Sequence
from typing import Final

from feedback_manager.channel import CAPABILITIES, Capability, Submission
from feedback_manager.channels.driven_page import DrivenPage
from feedback_manager.outbox import Outbox
from schemas.submission import ReadyRequest
from schemas.vocabularies import SubmissionChannel

PERSON_SECONDS: Final = 300.0
"""How long a filled panel waits for the person; afterwards the page lets no press through."""


class AssistedChannel:
    """Puts one account's approved requests before a person, one filled panel after the other.

    Args:
        outbox: writes the intents and results; its `click_seconds` is how long a panel waits for the person.
        pages: the account's stores by marketplace.

    Raises:
        ValueError: the outbox or a page is another channel's.
    """

    def __init__(self, outbox: Outbox, pages: Mapping[str, DrivenPage]) -> None:
        if outbox.terms.channel is not SubmissionChannel.ASSISTED or not all(
            page.is_person_pressing for page in pages.values()
        ):
            raise ValueError("the outbox and the pages must be made for channel assisted")
        self._outbox = outbox
        self._pages = pages

    @property
    def capability(self) -> Capability:
        """It fills the panel; the person presses."""
        return CAPABILITIES[SubmissionChannel.ASSISTED]

    def submit(self, requests: Sequence[ReadyRequest]) -> Submission:
        """Fill the panel for each request in turn and wait for the person."""
        return self._outbox.send(requests, self._pages)
