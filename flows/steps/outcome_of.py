"""Outcomes of the moment, from working tables and ledger."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from flows.work import Work
from store.batches import Batch, table_of
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
        table_of(batch, "feedback", COLUMNS_READ["feedback"], list(only) or None),
        requests,
        sightings,
        candidates=table_of(batch, "candidate", COLUMNS_READ["candidate"], list(only) or None),
        findings=table_of(
            batch, "finding", COLUMNS_READ["finding"], [*only, ("is_met", "=", True)]
        ),
        events=events,
        as_of=work.settings.as_of,
    )
