"""Requests, their events and what was observed, in SQLite or PostgreSQL."""

from store.ledger.caps import DayUse
from store.ledger.connection import LedgerSettings
from store.ledger.event_chain import LedgerDamagedError
from store.ledger.ledger import Ledger, open_ledger
from store.ledger.owner import Ownership
from store.ledger.planning import Expiry, PlanResult, Selection, StepResult
from store.ledger.runs import RUN_COUNTS, UnknownRunError
from store.ledger.sightings import Sighting
from store.ledger.worksheets import HandOut

__all__ = [
    "RUN_COUNTS",
    "DayUse",
    "Expiry",
    "HandOut",
    "Ledger",
    "LedgerDamagedError",
    "LedgerSettings",
    "Ownership",
    "PlanResult",
    "Selection",
    "Sighting",
    "StepResult",
    "UnknownRunError",
    "open_ledger",
]
