"""Starts writers that are there to be killed: `batch_writer_to_kill.py ROOT`.

For each number read from standard input a child is forked that writes one batch after the other, beginning with that
generation; its process id is printed, and an empty line once it is dead. Every row of both tables carries the
generation in `run_id`, so a reader can tell a mixed batch.
"""

import os
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


def write_until_killed(root: Path, first: int) -> None:
    """Write batches for ever."""
    for generation in count(first):
        write_batch(
            root,
            {"sighting": rows(SIGHTING, generation), "event": rows(EVENT, generation)},
            batch_id=f"g{generation}",
            at=START + timedelta(days=generation),
            keep_days=100,
        )


def main() -> None:
    """Fork a writer for every line; forking spares each of them the imports."""
    root = Path(sys.argv[1])
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            write_until_killed(root, int(line))
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        os.waitpid(child, 0)
        sys.stdout.write("\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
