"""Events, the chain of their hashes, and the request states that they add up to. Pure: no database here."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from schemas.request_states import ForbiddenArrowError, require_arrow
from schemas.vocabularies import RequestState
from store.errors import StoreError

GENESIS: Final = hashlib.sha256(b"feedback-removal ledger").hexdigest()
"""What the first event names as the hash before it."""

StateRow = dict[str, Any]
"""One row of table `request_state`."""

STATE_START: Final[Mapping[str, Any]] = {
    "category": None,
    "reason_code": None,
    "attempt": 0,
    "approved_by": None,
    "approved_at": None,
    "approval_expires_at": None,
    "worksheet_id": None,
    "handed_out_at": None,
    "fence": None,
    "intent_boot_id": None,
    "intent_deadline_us": None,
    "unknown_boot_id": None,
    "unknown_boot_us": None,
    "unknown_at": None,
    "submitted_at": None,
    "decision": None,
    "certainty": None,
    "decided_at": None,
}
"""What a request has before its first event says otherwise."""


class LedgerDamagedError(StoreError):
    """The event log was changed, or the state table does not follow from it: restore a backup, submit nothing."""


@dataclass(frozen=True, slots=True)
class Event:
    """One arrow of the state machine as written in table `event`."""

    sequence: int
    request_id: str
    from_state: str | None
    to_state: str
    at: str
    actor: str
    run_id: str
    reason: str | None
    evidence_sha256: str | None
    content_sha256: str | None
    changes: str
    previous_hash: str
    hash: str = ""

    def sealed(self) -> "Event":
        """The same event with its hash: over every other column, the hash before included."""
        columns = asdict(self)
        del columns["hash"]
        return replace(self, hash=hashlib.sha256(canonical_json(columns).encode()).hexdigest())


def canonical_json(value: Mapping[str, Any]) -> str:
    """JSON with one possible spelling, so that equal content has equal hashes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def next_state(row: StateRow | None, event: Event) -> StateRow:
    """What a request's row becomes by one event; the ledger writes and rebuilds rows with this alone.

    Raises:
        LedgerDamagedError: the event does not start where the request is, or takes no allowed arrow.
    """
    current = row["state"] if row else None
    if event.from_state != current:
        raise LedgerDamagedError(
            f"event {event.sequence} starts from {event.from_state} but the request is {current}"
        )
    try:
        require_arrow(
            RequestState(event.from_state) if event.from_state else None,
            RequestState(event.to_state),
        )
    except ForbiddenArrowError as error:
        raise LedgerDamagedError(f"event {event.sequence}: {error}") from error
    return {
        **(row or STATE_START),
        **json.loads(event.changes),
        "request_id": event.request_id,
        "state": event.to_state,
        "last_sequence": event.sequence,
    }


def replay(events: Iterable[Event]) -> dict[str, StateRow]:
    """Check the chain from its first event and add up the states.

    Returns:
        One row a request, by request id.

    Raises:
        LedgerDamagedError: naming the first sequence that is missing, changed, out of order or not allowed.
    """
    states: dict[str, StateRow] = {}
    previous_hash = GENESIS
    for expected, event in enumerate(events, start=1):
        if event.sequence != expected:
            raise LedgerDamagedError(
                f"event {expected} is missing: {event.sequence} follows {expected - 1}"
            )
        if event.previous_hash != previous_hash or event.sealed().hash != event.hash:
            raise LedgerDamagedError(f"event {expected} was changed after it was written")
        states[event.request_id] = next_state(states.get(event.request_id), event)
        previous_hash = event.hash
    return states


def state_bytes(states: Iterable[StateRow]) -> bytes:
    """State rows in one canonical form, ordered by request id, to compare byte for byte."""
    ordered = sorted(states, key=lambda row: str(row["request_id"]))
    return "".join(canonical_json(row) + "\n" for row in ordered).encode()
