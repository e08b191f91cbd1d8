"""The ledger: the one authority on what was planned, approved, clicked and decided."""

from types import TracebackType
from typing import Self

from store.ledger.appeals import AppealSteps
from store.ledger.connection import LedgerSettings
from store.ledger.database import open_database
from store.ledger.decisions import DecisionSteps
from store.ledger.planning import PlanningSteps
from store.ledger.queries import Queries
from store.ledger.reconciliation import ReconciliationSteps
from store.ledger.runs import RunRecords
from store.ledger.submission import SubmissionSteps
from store.ledger.worksheets import WorksheetSteps


class Ledger(
    PlanningSteps,
    WorksheetSteps,
    AppealSteps,
    SubmissionSteps,
    ReconciliationSteps,
    DecisionSteps,
    RunRecords,
    Queries,
):
    """Every request, every step it took, and what was seen; open it with `open_ledger`.

    Each step is one transaction that appends an event and moves the request's state with it; it is on disk when the
    method returns. The methods take moments and dates as parameters: the ledger has no clock.
    """

    def close(self) -> None:
        """Give ownership back and close every connection."""
        self.release_ownership()
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_ledger(url: str, *, create: bool = True, settings: LedgerSettings | None = None) -> Ledger:
    """Open the ledger at a database URL.

    Args:
        url: `sqlite:////absolute/path/ledger.sqlite` or `postgresql://user@host/database`.
        create: make file and tables when there is nothing yet.
        settings: periods that the ledger enforces; the defaults are for real work.

    Raises:
        StorageError: it cannot be opened or made, other users of the machine may read it (file mode wider than 0600,
            folder wider than 0700), or another format or program wrote it.
        ValueError: the URL names no database that can hold a ledger.
    """
    return Ledger(open_database(url, create=create), settings or LedgerSettings())
