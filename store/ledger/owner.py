"""Who owns the right to click: one number that rises, and on PostgreSQL a lock that dies with its connection."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from schemas.submission import Refusal, RefusedStepError
from store.errors import StorageError
from store.ledger.database import LedgerDatabase
from store.ledger.event_chain import StateRow
from store.ledger.tables import OWNER
from store.process_lock import HeldLockError

_OWNER_LOCK: Final = 0x4F574E52  # advisory lock class of the process that submits
# The table's own number makes the key: every role finds the same ledger by it, whatever its search path.
_KEY: Final = ":class, hashtext('owner'::regclass::oid::text)"
_TAKE_LOCK: Final = sa.text(f"SELECT pg_try_advisory_lock({_KEY})")
_GIVE_LOCK: Final = sa.text(f"SELECT pg_advisory_unlock({_KEY})")
_HAS_LOCK: Final = sa.text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = :class AND pid = pg_backend_pid() AND granted"
)


@dataclass(frozen=True, slots=True)
class Owner:
    """The newest row of table `owner`."""

    fence: int
    run_id: str
    holder: str
    taken_at: str
    boot_id: str
    boot_us: int


@dataclass(frozen=True, slots=True)
class Ownership:
    """The right to click, until another process takes it."""

    fence: int
    """Rises with every ownership; a step under an older one is refused."""
    interrupted: tuple[str, ...]
    """Requests that the owner before left between intent and result; they are `unknown` now."""


class OwnerLock:
    """PostgreSQL's lock of the process that may click, held by a connection of its own."""

    def __init__(self, database: LedgerDatabase) -> None:
        self._database = database
        self._session: sa.Connection | None = None

    def take(self) -> None:
        """Take the lock.

        Raises:
            HeldLockError: at once, when another process has it.
            StorageError: the database cannot be reached.
        """
        self.release()
        session = self._database.session()
        if session.execute(_TAKE_LOCK, {"class": _OWNER_LOCK}).scalar_one():
            self._session = session
            return
        session.close()
        with self._database.reading() as connection:
            owner = current_owner(connection)
        who = f"{owner.holder} since {owner.taken_at}" if owner else "another process"
        raise HeldLockError(
            f"the ledger {self._database.shown_url} is owned by {who}; wait for it, or end it, then run again"
        )

    def release(self) -> None:
        """Give the lock back; without it nothing happens."""
        session, self._session = self._session, None
        if session is None:
            return
        # Ending the session frees the lock too, but only once the server notices; and a broken one cannot be asked.
        with suppress(sa.exc.SQLAlchemyError):
            session.execute(_GIVE_LOCK, {"class": _OWNER_LOCK})
        session.invalidate()
        session.close()

    def require(self) -> None:
        """Make sure that the lock is still ours: it dies with its connection while this process lives on.

        Raises:
            RefusedStepError: it is not.
            StorageError: the connection is gone.
        """
        if self._session is None:
            raise RefusedStepError(Refusal.NOT_THE_OWNER, "this process does not own the ledger")
        try:
            held: Any = self._session.execute(_HAS_LOCK, {"class": _OWNER_LOCK}).scalar_one()
        except sa.exc.SQLAlchemyError as error:  # broken now, or interrupted at an earlier question
            self.release()
            raise StorageError(
                f"the connection that owned the ledger {self._database.shown_url} is gone; nothing was promised: "
                "run again once the database works"
            ) from error
        if not held:
            self.release()
            raise RefusedStepError(Refusal.NOT_THE_OWNER, "this process no longer owns the ledger")


def current_owner(connection: sa.Connection) -> Owner | None:
    """Whoever took ownership last; None in a ledger that nobody has owned."""
    row = (
        connection.execute(sa.select(OWNER).order_by(OWNER.c.fence.desc()).limit(1))
        .mappings()
        .one_or_none()
    )
    return Owner(**row) if row else None


def require_owner(connection: sa.Connection, fence: int, row: StateRow | None = None) -> Owner:
    """Refuse a step of a process that is not the owner any more, or a result of another owner's click.

    Raises:
        RefusedStepError: `not_the_owner`.
    """
    owner = current_owner(connection)
    if owner is None or owner.fence != fence or (row is not None and row["fence"] != fence):
        raise RefusedStepError(
            Refusal.NOT_THE_OWNER,
            f"the step is owner {fence}'s, the owner is {owner.fence if owner else 'nobody'}",
        )
    return owner
