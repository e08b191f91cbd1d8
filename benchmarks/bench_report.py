"""The report of a run over 1,000,000 feedback rows and 200,000 requests: seconds, peak memory, ratio to a named floor.

usage: python benchmarks/bench_report.py [--feedback 1000000]

Working tables are invented and written as a batch by one process; another decides the outcomes and figures, which is not
counted, and then writes the report as a run does: the lists of what waits, what is set aside and what to answer, the
comments that are shown, the page and the CSV. The floor is reading the columns that lists and comments come from.
Fails above 5 s or 2 GiB at full size.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
from bench_outcomes import AS_OF, columns_of, filled, invent

from flows.morning_report.render import render
from flows.settings import resolve
from flows.steps.report import write_report
from flows.steps.responses import responses_of
from flows.work import running
from schemas.tables import QUARANTINED_ROW, TABLES
from store.batches import latest_batch, write_batch
from store.home import Home
from transforms.appeals.appeal_table import appeals
from transforms.figures import figures
from transforms.outcomes import outcomes

SET_ASIDE = 100_000
REPORTS = 400
WORDS = [
    "the",
    "parcel",
    "came",
    "late",
    "and",
    "the",
    "seller",
    "did",
    "not",
    "answer",
    "quality",
    "poor",
    "broke",
    "after",
    "two",
    "days",
    "refund",
    "never",
    "arrived",
]


def _with(table: pa.Table, **columns: object) -> pa.Table:
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        field = table.schema.field(at)
        table = table.set_column(at, field, pa.array(values, field.type))
    return table


def invented(count: int) -> dict[str, pa.Table]:
    """Tables of a large seller: half of what is judged is answered, a tenth is left to a person; some requests wait."""
    chance = np.random.default_rng(7)
    tables = invent(count)
    sentences = [" ".join(chance.choice(WORDS, 16)) for _ in range(20_000)]
    comments = [sentences[n] for n in chance.integers(0, len(sentences), count)]
    tables["feedback"] = _with(tables["feedback"], comment=comments)
    candidates = tables["candidate"]
    rows = candidates.num_rows
    verdicts = np.array(["request", "respond", "review"])[chance.choice(3, rows, p=(0.4, 0.5, 0.1))]
    topics = np.array(["conduct", "delivery", "vague"])[chance.integers(0, 3, rows)]
    tables["candidate"] = _with(
        candidates,
        verdict=verdicts,
        topic=topics,
        language=["en"] * rows,
        ground=["product_review"] * rows,
        reason=["mixed: a part is about something else"] * rows,
        priority=chance.permutation(rows) + 1,
    )
    asked = tables["removal_request"]
    states = ("submitted", "planned", "approved", "unknown", "decided")
    tables["removal_request"] = _with(
        asked,
        state=np.array(states)[chance.choice(5, asked.num_rows, p=(0.4, 0.1, 0.1, 0.01, 0.39))],
        decision=pa.array(["denied"] * asked.num_rows, mask=chance.random(asked.num_rows) < 0.9),
        channel=["worksheet"] * asked.num_rows,
        worksheet_id=[f"acme-{n % 8}" if n % 2 else None for n in range(asked.num_rows)],
    ).sort_by([("deadline_date", "ascending"), ("request_id", "ascending")])
    reasons = ["bad_order_id", "date_bad", "rating_range", "too_many_fields"]
    tables["quarantined_row"] = filled(
        QUARANTINED_ROW,
        SET_ASIDE,
        chance,
        reason=[reasons[n % 4] for n in range(SET_ASIDE)],
        file_sha256=[f"{n % REPORTS:064x}" for n in range(SET_ASIDE)],
    )
    return tables


def measure(root: Path) -> dict[str, float]:
    """Decide outcomes and figures, then write the report."""
    home = Home(root)
    batch = latest_batch(home.tables)
    if batch is None:
        raise SystemExit(f"{root}: no batch")
    tables = {
        name: batch.read(name, columns_of(name))
        for name in TABLES
        if name in batch.manifest.tables and name != QUARANTINED_ROW.name
    }
    requests = tables["removal_request"]
    outcome = outcomes(
        tables["feedback"],
        requests,
        tables["sighting"],
        candidates=tables["candidate"],
        findings=tables["finding"],
        events=tables["event"],
        as_of=AS_OF,
    )
    numbers = figures(
        tables["feedback"], outcome, tables["order_fulfillment"], tables["finding"], as_of=AS_OF
    )
    held = batch.read("finding", ["feedback_id", "ground", "is_met"])
    reopened = appeals(requests, outcome, held, tables["event"], as_of=AS_OF)
    del tables, held
    with running(resolve(home=root, as_of=AS_OF)) as work:
        began = time.perf_counter()
        answers = responses_of(work, batch, outcome)
        listed = time.perf_counter()
        contents = write_report(
            work,
            batch,
            requests,
            {"outcome": outcome, "appeal": reopened, "response": answers},
            numbers,
        )
        written = time.perf_counter()
        page = render(contents, [])
        rendered = time.perf_counter()
        batch.read("feedback", ["feedback_id", "comment"])
        batch.read("candidate", ["feedback_id", "verdict", "order_id", "reason", "priority"])
        batch.read("quarantined_row", ["file_sha256", "reason", "message"])
        floor = time.perf_counter()
    return {
        "answers": answers.num_rows,
        "list": listed - began,
        "report": written - listed,
        "render": rendered - written,
        "bytes": len(page.encode()),
        "read": floor - rendered,
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
        root = Path(folder) / "home"
        Home(root).create()
        write_batch(
            Home(root).tables,
            invented(options.feedback),
            batch_id="bench",
            at=datetime.now(tz=UTC),
        )
        answer = subprocess.run(
            [sys.executable, __file__, "--measure", root], check=True, capture_output=True
        )
    found = json.loads(answer.stdout)
    print(f"response list of {found['answers']:,} rows: {found['list']:.2f} s")
    print(f"report, first time in a process: {found['report']:.2f} s, {found['bytes']:,} bytes")
    print(f"of it the page alone, once more: {found['render']:.2f} s")
    print(f"floor, reading the columns of lists and comments: {found['read']:.2f} s")
    print(f"ratio to the floor: {found['report'] / found['read']:.1f}")
    print(f"peak of the process, outcomes included: {found['peak_mib']:,.0f} MiB")
    if found["report"] > 5 or found["peak_mib"] > 2048:
        raise SystemExit("slower than 5 s or larger than 2 GiB")


if __name__ == "__main__":
    main()
