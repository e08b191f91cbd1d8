"""What one line of a worksheet is made of."""

from dataclasses import dataclass
from datetime import date

from rules.judgement import Span
from schemas.vocabularies import Ground


@dataclass(frozen=True, slots=True)
class WorksheetRow:
    """One approved request as a person needs it.

    Attributes:
        request_id: key of the request.
        account: seller account.
        marketplace: code such as "US".
        order_id: Amazon's order id; the row of the page is found by it.
        feedback_date: date of the feedback.
        rating: 1-3 stars.
        comment: the buyer's words, or None; the person compares them with the page.
        evidence: the words that decided, by position in the comment.
        reason: why the rules say so: `word: sentence`.
        ground: the policy clause.
        ground_title: the clause in plain words.
        policy_clause: what Amazon's policy says, in our words.
        category: slug to choose in the panel.
        reason_code: code to choose in the panel.
        deadline_date: last day that is surely inside the request window.
        content_sha256: hash of rating and comment: what the approval is for.
    """

    request_id: str
    account: str
    marketplace: str
    order_id: str
    feedback_date: date
    rating: int
    comment: str | None
    evidence: tuple[Span, ...]
    reason: str
    ground: Ground
    ground_title: str
    policy_clause: str
    category: str
    reason_code: str
    deadline_date: date
    content_sha256: str


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A page to work from and a table to fill in; both hold buyers' words or order ids: mode 0600, never published."""

    worksheet_id: str
    html: str
    csv: bytes

    @property
    def html_name(self) -> str:
        """Name of the page's file."""
        return f"{self.worksheet_id}.html"

    @property
    def csv_name(self) -> str:
        """Name of the table's file."""
        return f"{self.worksheet_id}.csv"
