"""A writer killed at any moment, and a reader who looks all the while: nobody ever sees half a batch."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from store.batches import Batch, latest_batch
from store.errors import StorageError

WRITER = Path(__file__).with_name("batch_writer_to_kill.py")
ROWS = 600


def verdict(batch: Batch) -> str:
    """What a reader makes of a batch: `whole`, or how it is broken."""
    try:
        sightings = batch.read("sighting", ["run_id", "marketplace"])
        events = batch.read("event", ["run_id"])
    except StorageError:
        return "unreadable"
    if sightings.num_rows != ROWS or events.num_rows != ROWS:
        return "short"
    generations = {*sightings["run_id"].to_pylist(), *events["run_id"].to_pylist()}
    return "whole" if len(generations) == 1 else "mixed"


class Reader(threading.Thread):
    """Reads the latest batch again and again and counts what it saw."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root
        self.is_done = threading.Event()
        self.seen: Counter[str] = Counter()

    def run(self) -> None:
        while not self.is_done.is_set():
            try:
                batch = latest_batch(self.root)
            except StorageError:
                self.seen["unreadable"] += 1
                continue
            if batch is not None:
                self.seen[verdict(batch)] += 1


def test_killed_writer_leaves_whole_batches(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    kills = 500 if pytestconfig.getoption("--full-sweeps") else 12
    root = tmp_path / "published"
    chance = random.Random(20261125)  # noqa: S311  # moments to kill at, no secrets
    after_kill: Counter[str] = Counter()
    leftovers = generation = 0
    reader = Reader(root)
    reader.start()
    try:
        with subprocess.Popen(
            [sys.executable, WRITER, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as writers:
            assert writers.stdin
            assert writers.stdout
            for _ in range(kills):
                writers.stdin.write(f"{generation}\n")
                writers.stdin.flush()
                writer = int(writers.stdout.readline())
                time.sleep(chance.uniform(0.0, 0.5))
                os.kill(writer, signal.SIGKILL)
                assert writers.stdout.readline() == "\n"
                batch = latest_batch(root)
                if batch is not None:
                    after_kill[verdict(batch)] += 1
                    generation = int(batch.batch_id.removeprefix("g").split("-")[0]) + 1
                leftovers += sum(1 for _ in root.glob(".tmp-*"))
    finally:
        reader.is_done.set()
        reader.join()

    assert set(after_kill) == {"whole"}
    assert set(reader.seen) == {"whole"}
    print(f"after {kills} kills: {dict(after_kill)}; reads: {dict(reader.seen)}; {leftovers=}")  # noqa: T201  # shown by -s
    assert generation >= kills / 4, "the sweep must reach batches, not only the start-up"
    if kills == 500:
        assert leftovers, "a full sweep that never hit a half-written batch proves nothing"


FULL_DISK = """
import resource, runpy, sys
from datetime import timedelta
from pathlib import Path
from schemas.tables import EVENT, SIGHTING
from store.batches import latest_batch, write_batch
from store.errors import StorageError

root, module = Path(sys.argv[1]), runpy.run_path(sys.argv[2])

def write(generation):
    tables = {"sighting": module["rows"](SIGHTING, generation), "event": module["rows"](EVENT, generation)}
    at = module["START"] + timedelta(days=generation)
    return write_batch(root, tables, batch_id=f"g{generation}", at=at)

write(0)
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
for limit_kib in (0, 1, 4, 10):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_kib * 1024, most))
    try:
        write(1)
    except StorageError as error:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        print(limit_kib, latest_batch(root).batch_id, error)
write(2)
print(latest_batch(root).batch_id)
"""


def test_full_disk_keeps_the_old_batch(tmp_path: Path) -> None:
    root = tmp_path / "published"

    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", FULL_DISK, root, WRITER],
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert not result.stderr
    *refused, last = result.stdout.splitlines()
    assert [line.split()[:2] for line in refused] == [[kib, "g0"] for kib in ("0", "1", "4", "10")]
    assert all("File too large" in line and "run again" in line for line in refused)
    assert last == "g2"
    batch = latest_batch(root)
    assert batch is not None
    assert verdict(batch) == "whole"
    assert not list(root.glob(".tmp-*"))
