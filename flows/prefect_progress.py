"""Progress of long work as artifacts of the Prefect run, beside whatever else shows it."""

import time
from typing import Final
from uuid import UUID

from prefect.artifacts import create_progress_artifact, update_progress_artifact

from flows.progress import Progress

_EVERY_SECONDS: Final = 2.0
"""An update is a request to the server and takes some 30 ms."""


class PrefectProgress:
    """Passes everything on, and keeps one progress artifact a stage up to date."""

    def __init__(self, beside: Progress) -> None:
        self._beside = beside
        self._artifact: UUID | None = None
        self._stage = ""
        self._total = 1
        self._told_at = 0.0

    def begin(self, stage: str, total: int, unit: str) -> None:
        """A stage starts; one that is over at once leaves no artifact."""
        self._beside.begin(stage, total, unit)
        self._total = total
        self._told_at = time.monotonic()
        self._artifact = None
        self._stage = f"{stage} ({unit})"

    def reach(self, done: int) -> None:
        """So much is done; the server is told every few seconds."""
        self._beside.reach(done)
        now = time.monotonic()
        is_over = done >= self._total
        if now - self._told_at < _EVERY_SECONDS and not (is_over and self._artifact):
            return
        self._told_at = now
        share = 100.0 * min(done, self._total) / max(self._total, 1)
        if self._artifact is None:
            artifact = create_progress_artifact(progress=share, description=self._stage)
            self._artifact = artifact if isinstance(artifact, UUID) else None
        else:
            update_progress_artifact(self._artifact, progress=share)
