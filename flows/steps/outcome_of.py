"""Outcomes of the moment, from working tables and ledger."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from flows.work import Work
from schemas.tables import TABLES
from store.batches import Batch, Filters
from transforms.outcomes import COLUMNS_READ, outcomes


def outcome_of(
    work: Work,
    batch: Batch | None,
    requests: pa.Table,
    events: pa.Table,
    sightings: pa.Table,
    *,
    only: Sequence[tuple[str, str, Any]] = (),
) -> pa.Table:
    """Table `outcome` as of the run's business date.

    Args:
        work: the run.
        batch: working tables; None before the first ones.
        requests: table `removal_request`.
        events: table `event`.
        sightings: table `sighting`.
        only: which feedback, as conditions on its key columns; all when empty.

    Raises:
        StorageError: a table cannot be read.
    """
    return outcomes(
        _read(batch, "feedback", list(only) or None),
        requests,
        sightings,
        candidates=_read(batch, "candidate", list(only) or None),
        findings=_read(batch, "finding", [*only, ("is_met", "=", True)]),
        events=events,
        as_of=work.settings.as_of,
    )


def _read(batch: Batch | None, name: str, filters: Filters | None) -> pa.Table:
    """The columns of a working table that outcomes are decided from."""
    columns = COLUMNS_READ[name]
    if batch is None:
        return TABLES[name].empty().select(columns)
    return batch.read(name, columns, filters)
