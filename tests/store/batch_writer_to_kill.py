"""Writes one batch after the other until it is killed: `batch_writer_to_kill.py ROOT FIRST_GENERATION`.

Every row of both tables carries the generation in `run_id`, so a reader can tell a mixed batch.
"""

import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pyarrow as pa

from schemas.tables import EVENT, SIGHTING, Table
from store.batches import write_batch

ROWS = 600
MARKETPLACES = ("DE", "JP", "US")
START = datetime(2026, 1, 1, tzinfo=UTC)


def rows(table: Table, generation: int) -> pa.Table:
    """Rows that say which generation they belong to."""
    filled = {
        "run_id": pa.array([f"g{generation}"] * ROWS),
        "marketplace": pa.array([MARKETPLACES[i % 3] for i in range(ROWS)]),
    }
    by_type = {
        pa.string(): pa.array([f"{i:08x}" for i in range(ROWS)]),
        pa.int64(): pa.array(range(ROWS)),
        pa.timestamp("us", tz="UTC"): pa.array([START] * ROWS),
    }
    return pa.table(
        [
            filled[field.name]
            if field.name in filled
            else (pa.nulls(ROWS, field.type) if field.nullable else by_type[field.type])
            for field in table.schema
        ],
        schema=table.schema,
    )


def main() -> None:
    """Write until killed."""
    root, first = Path(sys.argv[1]), int(sys.argv[2])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for generation in count(first):
        write_batch(
            root,
            {"sighting": rows(SIGHTING, generation), "event": rows(EVENT, generation)},
            batch_id=f"g{generation}",
            at=START + timedelta(days=generation),
            keep_days=100,
        )


if __name__ == "__main__":
    main()
