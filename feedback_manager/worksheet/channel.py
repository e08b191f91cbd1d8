"""The channel that leaves every click to a person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from feedback_manager.channel import CAPABILITIES, Capability, Submission
from feedback_manager.worksheet.render import render_worksheet
from feedback_manager.worksheet.row import Worksheet, WorksheetRow
from schemas.vocabularies import SubmissionChannel


@dataclass(frozen=True, slots=True)
class WorksheetChannel:
    """Writes requests that the ledger has handed out to one worksheet.

    Attributes:
        worksheet_id: the name under which the ledger handed them out.
        account: the account to sign in to.
        created_at: when it is made (UTC).
        as_of: business date from which the days left are counted.
        save: puts both files on disk, mode 0600; what it raises comes through, and the ledger still says that the
            requests are on this worksheet.
    """

    worksheet_id: str
    account: str
    created_at: datetime
    as_of: date
    save: Callable[[Worksheet], None]
    delimiter: str = ","

    @property
    def capability(self) -> Capability:
        """Everything is left to a person."""
        return CAPABILITIES[SubmissionChannel.WORKSHEET]

    def submit(self, requests: Sequence[WorksheetRow]) -> Submission:
        """Write the worksheet; nothing reaches Amazon before a person works through it."""
        worksheet = render_worksheet(
            requests,
            worksheet_id=self.worksheet_id,
            account=self.account,
            created_at=self.created_at,
            as_of=self.as_of,
            delimiter=self.delimiter,
        )
        self.save(worksheet)
        return Submission(handed_out=tuple(row.request_id for row in requests))
