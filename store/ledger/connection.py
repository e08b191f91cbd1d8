"""What every family of ledger steps stands on: the database and its settings."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from store.ledger.database import LedgerDatabase
from store.ledger.transaction import Transaction


@dataclass(frozen=True, slots=True)
class LedgerSettings:
    """Periods that the ledger enforces; tests scale them down."""

    approval_lasts: timedelta = timedelta(days=7)
    quiet_period: timedelta = timedelta(minutes=60)
    """Between the last moment at which a click can have happened and the first look for it."""
    reading_gap: timedelta = timedelta(minutes=10)
    """Between two readings that find no request."""
    wall_clock_slack: timedelta = timedelta(hours=24)
    """What the wall clock may be wrong by, when it must stand in for the boot clock after a restart."""
    worksheet_grace: timedelta = timedelta(days=7)
    """After the last day to ask, until a request on a worksheet without a result is put to a person."""


class LedgerConnection:
    """The database under a ledger, and the settings it was opened with."""

    def __init__(self, database: LedgerDatabase, settings: LedgerSettings) -> None:
        self._database = database
        self.settings = settings

    @contextmanager
    def _writing(self) -> Iterator[Transaction]:
        """One transaction: all of its steps are kept, or none.

        Raises:
            StorageError: the database could not keep them; none is kept.
        """
        with self._database.writing() as connection:
            transaction = Transaction(connection)
            yield transaction
            transaction.flush()
