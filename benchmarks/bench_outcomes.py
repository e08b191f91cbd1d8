"""Outcomes and figures over 1,000,000 feedback rows and 200,000 requests: seconds, peak memory, ratio to a named floor.

usage: python benchmarks/bench_outcomes.py [--feedback 1000000]

The tables are invented and written as a batch by one process; another reads and computes, so its peak is what a run
needs. The floor is reading the same columns from Parquet: whoever computes outcomes has to do at least that. Fails above
20 s or 2 GiB at full size.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from schemas.tables import (
    CANDIDATE,
    EVENT,
    FEEDBACK,
    FINDING,
    ORDER_FULFILLMENT,
    REMOVAL_REQUEST,
    SIGHTING,
    Table,
)
from store.batches import latest_batch, write_batch
from transforms.figures import COLUMNS_READ as FIGURES_READ
from transforms.figures import figures
from transforms.outcomes import COLUMNS_READ as OUTCOMES_READ
from transforms.outcomes import outcomes

AS_OF = date(2026, 11, 25)
DAY_US = 86_400_000_000
NOW_US = int(datetime(2026, 11, 25, tzinfo=UTC).timestamp()) * 1_000_000


def columns_of(name: str) -> list[str] | None:
    """Columns of a large table that outcomes or figures read; null for a table that is read whole."""
    read = {
        **dict.fromkeys(OUTCOMES_READ.get(name, ())),
        **dict.fromkeys(FIGURES_READ.get(name, ())),
    }
    return list(read) or None


TABLES_READ = (
    *("feedback", "finding", "candidate", "order_fulfillment"),
    *("removal_request", "sighting", "event"),
)


def _ids(numbers: Iterable[int], form: str) -> pa.Array:
    return pa.array([form % number for number in numbers], pa.string())


def filled(table: Table, count: int, chance: np.random.Generator, **given: object) -> pa.Table:
    """Rows of a table; what is not given is a constant, or null where it may be."""
    constants = {
        pa.string(): "x",
        pa.bool_(): False,
        pa.large_binary(): b"x",
        pa.date32(): AS_OF,
        pa.timestamp("us", tz="UTC"): datetime(2026, 9, 1, tzinfo=UTC),
    }
    columns = []
    for field in table.schema:
        if field.name in given:
            columns.append(pa.array(given[field.name]).cast(field.type))
        elif field.name == "marketplace":
            places = pa.array(["US", "DE", "UK", "JP", "FR"])
            columns.append(places.take(pa.array(chance.integers(0, 5, count))))
        elif field.nullable:
            columns.append(pa.nulls(count, field.type))
        elif pa.types.is_list(field.type):
            columns.append(pa.array([[]] * count, field.type))
        else:
            value = constants.get(field.type, 1)
            columns.append(pa.array([value] * count, field.type))
    return pa.table(columns, schema=table.schema)


def invent(count: int) -> dict[str, pa.Table]:
    """Tables of a large seller: a fifth of the feedback was asked about, each request was seen twice."""
    chance = np.random.default_rng(20261125)
    asked = count // 5
    numbers = np.arange(count)
    ids = _ids(numbers, "%032x")
    orders = _ids(numbers, "302-1234567-%07d")
    age = chance.integers(0, 400, count).astype(np.int32)
    written = (AS_OF - date(1970, 1, 1)).days - age
    gone = chance.random(count) < 0.1
    grounds = pa.array(["product_review", "fba_fulfillment", "obscene_language"])
    ground = grounds.take(pa.array(chance.integers(0, 3, count)))
    submitted = NOW_US - chance.integers(0, 60, asked) * DAY_US
    request_ids = _ids(numbers[:asked], "r%031x")
    seen_of = np.concatenate([numbers[:asked], chance.integers(0, asked, asked)])
    kinds = pa.array(["present", "absent", "denied", "removed", "struck", "submitted"])
    sources = pa.array(["page", "report", "worksheet", "email"])
    return {
        "feedback": filled(
            FEEDBACK,
            count,
            chance,
            feedback_id=ids,
            order_id=orders,
            feedback_date=written,
            rating=chance.integers(1, 4, count),
            last_seen_date=written + 1,
            not_seen_since_date=pa.array(written + 5, mask=~gone),
        ),
        "order_fulfillment": filled(
            ORDER_FULFILLMENT,
            count,
            chance,
            order_id=orders,
            purchased_at=NOW_US - (age + 7).astype(np.int64) * DAY_US,
        ),
        "finding": filled(
            FINDING,
            count // 2,
            chance,
            feedback_id=ids[: count // 2],
            ground=ground[: count // 2],
            is_met=chance.random(count // 2) < 0.9,
        ),
        "candidate": filled(
            CANDIDATE, count // 2, chance, feedback_id=ids[asked : asked + count // 2]
        ),
        "removal_request": filled(
            REMOVAL_REQUEST,
            asked,
            chance,
            request_id=request_ids,
            feedback_id=ids[:asked],
            order_id=orders[:asked],
            ground=ground[:asked],
            state=["submitted"] * asked,
            planned_at=submitted - DAY_US,
            submitted_at=submitted,
        ),
        "sighting": filled(
            SIGHTING,
            2 * asked,
            chance,
            sighting_id=_ids(np.arange(2 * asked), "%032x"),
            feedback_id=ids.take(pa.array(seen_of)),
            request_id=request_ids.take(pa.array(seen_of)),
            source=sources.take(pa.array(chance.integers(0, 4, 2 * asked))),
            seen=kinds.take(pa.array(chance.integers(0, 6, 2 * asked))),
            seen_at=submitted[seen_of] + chance.integers(0, 40, 2 * asked) * DAY_US,
        ),
        "event": filled(
            EVENT,
            asked,
            chance,
            sequence=np.arange(1, asked + 1),
            request_id=request_ids,
            to_state=["submitted"] * asked,
        ),
    }


def measure(root: Path) -> dict[str, float]:
    """Read the tables, decide the outcomes, compute the figures."""
    batch = latest_batch(root)
    if batch is None:
        raise SystemExit(f"{root}: no batch")
    began = time.perf_counter()
    tables = {name: batch.read(name, columns_of(name)) for name in TABLES_READ}
    read = time.perf_counter()
    outcome = outcomes(
        tables["feedback"],
        tables["removal_request"],
        tables["sighting"],
        candidates=tables["candidate"],
        findings=tables["finding"],
        events=tables["event"],
        as_of=AS_OF,
    )
    decided = time.perf_counter()
    figures(
        tables["feedback"], outcome, tables["order_fulfillment"], tables["finding"], as_of=AS_OF
    )
    done = time.perf_counter()
    return {
        "rows": outcome.num_rows,
        "read": read - began,
        "outcomes": decided - read,
        "figures": done - decided,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    """Print one line a figure; exit 1 when a limit is broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feedback", type=int, default=1_000_000)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure)))
        return
    with tempfile.TemporaryDirectory() as folder:
        write_batch(
            Path(folder), invent(options.feedback), batch_id="bench", at=datetime.now(tz=UTC)
        )
        answer = subprocess.run(
            [sys.executable, __file__, "--measure", folder], check=True, capture_output=True
        )
    found = json.loads(answer.stdout)
    seconds = found["outcomes"] + found["figures"]
    print(f"outcomes of {found['rows']:,} rows: {found['outcomes']:.2f} s")
    print(f"figures: {found['figures']:.2f} s")
    print(f"floor, reading the same columns from Parquet: {found['read']:.2f} s")
    print(f"ratio to the floor: {seconds / found['read']:.1f}")
    print(f"peak of the process: {found['peak_mib']:,.0f} MiB")
    if seconds > 20 or found["peak_mib"] > 2048:
        raise SystemExit("slower than 20 s or larger than 2 GiB")


if __name__ == "__main__":
    main()
