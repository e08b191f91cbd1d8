"""Taking and giving back the right to click."""

from dataclasses import asdict

import sqlalchemy as sa

from schemas.submission import BootTime, Step
from schemas.vocabularies import RequestState
from store.ledger.connection import LedgerConnection, LedgerSettings
from store.ledger.database import LedgerDatabase
from store.ledger.moments import moment_text
from store.ledger.owner import Owner, OwnerLock, Ownership, current_owner
from store.ledger.quiet_period import microseconds
from store.ledger.tables import EVENT, OWNER, REQUEST_STATE
from store.ledger.transaction import Transaction


class OwnershipSteps(LedgerConnection):
    """The part of the ledger that knows who may click."""

    def __init__(self, database: LedgerDatabase, settings: LedgerSettings) -> None:
        super().__init__(database, settings)
        self._owner_lock = OwnerLock(database) if database.is_postgresql else None

    def take_ownership(self, step: Step, *, holder: str, boot: BootTime) -> Ownership:
        """Become the one process that may click; the caller already holds the operating system's lock of its home.

        Whatever the owner before left as `submitting` becomes `unknown` in the same transaction.

        Args:
            step: who takes it.
            holder: process and host for people to read, such as `pid 4711 on nas`.
            boot: now, on the clock that nobody can set.

        Raises:
            HeldLockError: another process has it (PostgreSQL; on SQLite the operating system's lock tells).
            StorageError: nothing was changed.
        """
        if self._owner_lock:
            self._owner_lock.take()
        try:
            with self._writing() as transaction:
                before = current_owner(transaction.connection)
                owner = Owner(
                    fence=(before.fence if before else 0) + 1,
                    run_id=step.run_id,
                    holder=holder,
                    taken_at=moment_text(step.at),
                    boot_id=boot.boot_id,
                    boot_us=microseconds(boot),
                )
                transaction.connection.execute(OWNER.insert(), asdict(owner))
                interrupted = transaction.select(REQUEST_STATE.c.state == RequestState.SUBMITTING)
                for key in interrupted:
                    to_unknown(transaction, key, step.because("owner_gone"), boot)
        except BaseException:
            self.release_ownership()
            raise
        return Ownership(owner.fence, tuple(interrupted))

    def release_ownership(self) -> None:
        """Give the right to click back; without ownership nothing happens."""
        if self._owner_lock:
            self._owner_lock.release()

    def _require_ownership_lock(self) -> None:
        if self._owner_lock:
            self._owner_lock.require()


def to_unknown(transaction: Transaction, request_id: str, step: Step, boot: BootTime) -> None:
    """Note the doubt about a click, and when it was noted, on both clocks."""
    # A clock that is behind the ledger's own history (an empty battery says 1970) must not shorten the quiet period.
    newest = transaction.connection.execute(sa.select(sa.func.max(EVENT.c.at))).scalar_one()
    transaction.take(
        request_id,
        RequestState.UNKNOWN,
        step,
        {
            "unknown_boot_id": boot.boot_id,
            "unknown_boot_us": microseconds(boot),
            "unknown_at": max(moment_text(step.at), newest),
        },
    )
