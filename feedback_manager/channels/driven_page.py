"""A store's page in a real browser, as the outbox sees it."""

from dataclasses import dataclass

from feedback_manager.page.reading import RowReading, SubmittedEvidence, Target
from feedback_manager.page.submission import BeforeClick, Submitter


@dataclass(frozen=True, slots=True)
class DrivenPage:
    """The driver of one store.

    Attributes:
        submitter: the driver.
        is_person_pressing: the panel is filled and a person presses Submit.
    """

    submitter: Submitter
    is_person_pressing: bool = False

    @property
    def address(self) -> str:
        """Scheme, host and port of the store's site."""
        return self.submitter.listing.address.base_url

    def ask(self, target: Target, before_click: BeforeClick) -> SubmittedEvidence:
        """As `StorePage.ask`: the tool presses Submit, or the person does."""
        ask = self.submitter.assist if self.is_person_pressing else self.submitter.submit
        return ask(target, before_click)

    def find(self, order_id: str) -> RowReading:
        """As `StorePage.find`."""
        return self.submitter.listing.find(order_id)

    def keep(self, row: RowReading) -> str:
        """As `StorePage.keep`, with a masked picture of the page."""
        bundle = self.submitter.evidence.bundle(row.order_id)
        listing = self.submitter.listing
        bundle.facts("reading", row=row.for_evidence(), contract=listing.contract.version)
        bundle.picture("reading", listing.page, listing.contract)
        return bundle.sha256
