"""A run killed at any moment loses no byte and no row, and doubles none: the next run ends what it began."""

import hashlib
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from store.batches import latest_batch
from store.home import Home

SCRIPT = Path(__file__).with_name("ingest_to_kill.py")
HEADER = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
FILES = 12


def report(place: int) -> bytes:
    """Overlapping reports: most rows are in several of them, with revised ratings; one in ten is broken."""
    rows = []
    for number in range(place * 20, place * 20 + 60):
        rating = 9 if number % 10 == 7 else 1 + (number + place) % 3
        day = 1 + (number + place) % 25
        order = f"111-0000001-{number:07d}"
        rows.append(f"11/{day}/26\t{rating}\tlate\t\t{order}\tx@marketplace.amazon.com\n")
    return (HEADER + "".join(rows)).encode()


def fill(home: Home) -> Home:
    """The home with everything in its inbox."""
    home.create()
    folder = home.inbox / "shop" / "US"
    folder.mkdir(parents=True)
    for place in range(FILES):
        (folder / f"{place:02d}.txt").write_bytes(report(place))
    (folder / "page.txt").write_bytes(b"<html>sign in</html>")
    return home


def bytes_kept(home: Home) -> set[str]:
    folders = (home.inbox, home.raw, home.quarantined_files)
    return {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(".json")
    }


def tables(home: Home) -> dict[str, list[dict[str, Any]]]:
    batch = latest_batch(home.tables)
    if batch is None:
        return {}
    names = ("report_file", "feedback", "feedback_revision", "quarantined_row")
    return {
        name: sorted(
            (
                {k: v for k, v in row.items() if k not in ("seen_at", "run_id", "message")}
                for row in batch.read(name).to_pylist()
            ),
            key=str,
        )
        for name in names
    }


def start(home: Home) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, SCRIPT, home.root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("go\n")
    process.stdin.flush()
    return process


def test_a_killed_run_is_ended_by_the_next(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    kills = 80 if request.config.getoption("--full-sweeps") else 3
    chance = random.Random(20261125)  # noqa: S311 - moments to kill at, not secrets
    undisturbed = fill(Home(tmp_path / "undisturbed"))
    dropped = bytes_kept(undisturbed)
    process = start(undisturbed)
    began = time.monotonic()
    assert process.communicate(timeout=60)[0] == "done\n"
    whole = time.monotonic() - began
    expected = tables(undisturbed)
    assert len(expected["feedback"]) > 200
    for number in range(kills):
        victim = fill(Home(tmp_path / f"victim-{number}"))
        process = start(victim)
        time.sleep(chance.random() * whole)
        process.kill()
        process.communicate(timeout=60)
        assert bytes_kept(victim) >= dropped, f"kill {number}"
        process = start(victim)
        assert process.communicate(timeout=60)[0] == "done\n"
        assert bytes_kept(victim) == dropped, f"kill {number}"
        assert tables(victim) == expected, f"kill {number}"
        assert not [path for path in victim.inbox.rglob("*") if path.is_file()]
