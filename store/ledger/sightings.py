"""Observations of a feedback: where it was looked for and what was seen."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from schemas.vocabularies import SightingKind, SightingSource
from store.ledger.moments import moment_text
from store.ledger.tables import SIGHTING


@dataclass(frozen=True, slots=True)
class Sighting:
    """One observation of one feedback.

    Raises:
        ValueError: source or kind is none of the vocabulary, or the moment has no time zone.
    """

    feedback_id: str
    account: str
    marketplace: str
    order_id: str
    source: str
    seen: str
    seen_at: datetime
    """When it was so: for a report the report's own time, so that reading it again adds nothing."""
    evidence_sha256: str
    request_id: str | None = None

    def __post_init__(self) -> None:
        SightingSource.parse(self.source)
        SightingKind.parse(self.seen)
        moment_text(self.seen_at)

    @property
    def sighting_id(self) -> str:
        """Key: the same observation of the same moment has the same key."""
        parts = (
            self.feedback_id,
            self.request_id or "",
            self.source,
            self.seen,
            moment_text(self.seen_at),
            self.evidence_sha256,
        )
        return hashlib.sha256("\x1f".join(("sighting", *parts)).encode()).hexdigest()[:32]


def insert_sightings(connection: sa.Connection, sightings: Sequence[Sighting], run_id: str) -> int:
    """Add the observations that are new.

    Returns:
        How many were new.
    """
    fresh = {sighting.sighting_id: sighting for sighting in sightings}
    before = connection.execute(sa.select(sa.func.count()).select_from(SIGHTING)).scalar_one()
    if fresh:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(
            dialect.insert(SIGHTING).on_conflict_do_nothing(index_elements=["sighting_id"]),
            [
                {
                    **asdict(sighting),
                    "source": str(sighting.source),
                    "seen": str(sighting.seen),
                    "seen_at": moment_text(sighting.seen_at),
                    "sighting_id": key,
                    "run_id": run_id,
                }
                for key, sighting in fresh.items()
            ],
        )
    after = connection.execute(sa.select(sa.func.count()).select_from(SIGHTING)).scalar_one()
    return int(after - before)
