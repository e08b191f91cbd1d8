"""Writing a batch of 2,000,000 rows that arrive a piece at a time: seconds, peak memory, ratio to a named floor.

usage: python benchmarks/bench_batches.py [--rows 2000000]

The floor is one Parquet file of the same rows with the same compression: not split by marketplace, not hashed, not
fsynced, not read back. Fails above 800 MiB at full size.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.marketplaces import marketplaces
from schemas.tables import FEEDBACK
from store.batches import latest_batch, write_batch

PIECE = 20_000


def piece() -> pa.RecordBatch:
    """Rows of about 400 bytes spread over all marketplaces, the worst case for what waits in memory."""
    chance = np.random.default_rng(7)
    places = pa.array(list(marketplaces()))
    words = chance.integers(0, 1 << 30, (PIECE, 9)).astype("U10")
    given = {
        "marketplace": places.take(pa.array(chance.integers(0, len(places), PIECE))),
        "comment": pa.array([" ".join(row) for row in words]),
        "feedback_id": pa.array([f"{chance.integers(1 << 62):032x}" for _ in range(PIECE)]),
        "content_sha256": pa.array([f"{chance.integers(1 << 62):064x}" for _ in range(PIECE)]),
        "order_id": pa.array([f"302-{n:07d}-1234567" for n in range(PIECE)]),
    }
    columns = []
    for field in FEEDBACK.schema:
        if field.name in given:
            columns.append(given[field.name])
        elif pa.types.is_list(field.type):
            columns.append(pa.array([[]] * PIECE, field.type))
        elif field.nullable:
            columns.append(pa.nulls(PIECE, field.type))
        else:
            ones = pa.array(np.ones(PIECE, np.int32))
            columns.append(ones.cast(field.type))
    return pa.RecordBatch.from_arrays(columns, schema=FEEDBACK.schema)


def pieces(rows: int) -> Iterator[pa.RecordBatch]:
    """The same piece as often as needed: making it anew would cost more than writing it."""
    one = piece()
    for _ in range(rows // PIECE):
        yield one


def write_floor(target: Path, rows: int) -> None:
    """One plain file."""
    with pq.ParquetWriter(target, FEEDBACK.schema, compression="zstd") as writer:
        for one in pieces(rows):
            writer.write_batch(one)


def write_as_batch(target: Path, rows: int) -> None:
    """The real thing."""
    write_batch(target, {"feedback": pieces(rows)}, batch_id="bench", at=datetime.now(tz=UTC))


def main() -> None:
    """Print one line a figure; exit 1 when the limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--measure", choices=["floor", "batch"], help=argparse.SUPPRESS)
    parser.add_argument("--target", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        write = {"floor": write_floor, "batch": write_as_batch}[options.measure]
        began = time.perf_counter()
        write(options.target, options.rows)
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{seconds} {peak}")
        return
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for what in ("floor", "batch"):
            command = [sys.executable, __file__, "--rows", str(options.rows), "--measure", what]
            answer = subprocess.run(
                [*command, "--target", Path(folder) / what], check=True, capture_output=True
            )
            found[what] = [float(word) for word in answer.stdout.split()]
        began = time.perf_counter()
        batch = latest_batch(Path(folder) / "batch")
        if batch is None:
            raise SystemExit("no batch was written")
        read = sum(rows.num_rows for rows in batch.scan("feedback"))
        scanned = time.perf_counter() - began
    print(f"batch of {read:,} rows: {found['batch'][0]:.2f} s, peak {found['batch'][1]:,.0f} MiB")
    print(f"floor, one plain file: {found['floor'][0]:.2f} s, peak {found['floor'][1]:,.0f} MiB")
    print(f"ratio to the floor: {found['batch'][0] / found['floor'][0]:.1f}")
    print(f"reading it back a piece at a time: {scanned:.2f} s")
    if read != options.rows or found["batch"][1] > 800:
        raise SystemExit("rows are missing, or more than 800 MiB")


if __name__ == "__main__":
    main()
