"""One file from its first byte to staged rows: what changes meanwhile is left alone, and a dying process takes one file."""

import gzip
import hashlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from flows.file_pool import hash_files, read_files
from flows.read_file import FileTask, read_file
from store.file_limits import FileLimits
from store.home import Home
from store.inbox import scan_inbox
from store.staging import staging_folder
from transforms.decision_mails.wording import packaged_wording
from transforms.reports.headers import packaged_headers

Drop = Callable[..., Path]
HEADER = b"Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
REPORT = HEADER + b"11/20/26\t1\tlate\t\t111-0000001-0000001\tx@marketplace.amazon.com\n"
QUICK = FileLimits(second_look_seconds=0.0)


def tasks_of(home: Home, limits: FileLimits = QUICK) -> list[FileTask]:
    """Tasks for everything in the inbox, as a run would make them."""
    home.staging.mkdir(exist_ok=True)
    files = scan_inbox(home.inbox, None, limits)
    hashes = hash_files(files, 1)
    return [
        FileTask(
            file,
            str(sha256),
            date(2026, 11, 25),
            packaged_headers(),
            packaged_wording(),
            limits,
            home.staging / f"{n}",
        )
        for n, (file, sha256) in enumerate(zip(files, hashes, strict=True))
    ]


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(REPORT.removeprefix(HEADER))


def replace_it(path: Path) -> None:
    fresh = path.with_name("fresh")
    fresh.write_bytes(REPORT)
    status = path.stat()
    os.utime(fresh, ns=(status.st_atime_ns, status.st_mtime_ns))
    fresh.rename(path)


def rewrite_with_the_old_times(path: Path) -> None:
    status = path.stat()
    path.write_bytes(REPORT.replace(b"late", b"LATE"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (append, "changed"),
        (replace_it, "changed"),
        (rewrite_with_the_old_times, "changed"),
        (Path.unlink, "vanished"),
    ],
)
def test_a_file_that_is_not_the_one_that_was_seen_waits(
    home: Home, drop: Drop, change: Callable[[Path], Any], reason: str
) -> None:
    path = drop("shop/US/report.txt", REPORT)
    (task,) = tasks_of(home)
    time.sleep(0.02)  # the file system's clock has ticks
    change(path)
    outcome = read_file(task)
    assert (outcome.status, outcome.reading.reason) == ("deferred", reason)
    assert outcome.accepted is None


def test_a_young_file_is_hashed_again_after_reading(home: Home, drop: Drop) -> None:
    """A write within one tick of the clock changes nothing but the bytes."""
    drop("shop/US/report.txt", REPORT, is_young=True)
    (task,) = tasks_of(home)
    assert task.file.is_young
    assert read_file(task).status == "accepted"
    assert read_file(replace(task, file_sha256="0" * 64)).reading.reason == "changed"


def test_a_file_that_became_a_pipe_is_not_waited_for(home: Home, drop: Drop) -> None:
    path = drop("shop/US/report.txt", REPORT)
    (task,) = tasks_of(home)
    path.unlink()
    os.mkfifo(path)
    outcome = read_file(task)
    assert (outcome.status, outcome.reading.reason) == ("refused", "not_regular")


def test_a_process_that_reads_does_not_load_pandas() -> None:
    program = (
        "import sys, numpy, pyarrow, flows.file_pool as pool; pool._begin(); "
        "print(pyarrow.array(numpy.arange(2)).to_pylist(), 'pandas' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert answer.stdout.strip() == "[0, 1] False"


class EndsTheProcess:
    """Ends the process that unpacks it, as the system does when memory runs out."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (9,)


def test_a_process_that_dies_takes_one_file_with_it(home: Home, drop: Drop) -> None:
    filler = REPORT + b"".join(
        b"11/20/26\t1\t%s\t\t111-0000001-%07d\tx@y\n" % (b"late " * 150_000, n)
        for n in range(2, 20)
    )
    for name in ("a", "b", "c"):
        drop(f"shop/US/{name}.txt", filler + name.encode() * 3)
    good, deadly, also_good = tasks_of(home)
    deadly = replace(deadly, headers=EndsTheProcess())  # type: ignore[arg-type]
    outcomes = dict(read_files([good, deadly, also_good], 2))
    assert [outcomes[n].status for n in range(3)] == ["accepted", "deferred", "accepted"]
    assert (outcomes[1].is_bug, outcomes[1].reading.reason) == (True, "internal_error")


def test_a_bug_in_reading_is_named_without_the_buyers_words(home: Home, drop: Drop) -> None:
    drop("shop/US/report.txt", REPORT)
    (task,) = tasks_of(home)
    outcome = read_file(replace(task, as_of="2026-11-25"))  # type: ignore[arg-type]
    assert (outcome.status, outcome.is_bug) == ("deferred", True)
    assert "late" not in (outcome.reading.message or "")


def test_what_was_unpacked_does_not_stay(home: Home, drop: Drop) -> None:
    drop("shop/US/report.txt.gz", gzip.compress(REPORT))
    with staging_folder(home.staging, "run") as staging:
        (task,) = tasks_of(home)
        outcome = read_file(replace(task, stem=staging / "0"))
        assert outcome.status == "accepted"
        assert outcome.file_sha256 == hashlib.sha256(gzip.compress(REPORT)).hexdigest()
        assert [path.name for path in staging.iterdir()] == ["0.accepted.arrow"]


def test_a_line_of_400_megabytes_is_refused_in_no_time_and_no_memory(home: Home) -> None:
    path = home.inbox / "shop" / "US" / "line.txt"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        for _ in range(400):
            file.write(b"x" * 1_000_000)
    (task,) = tasks_of(home)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    outcome = read_file(task)
    assert outcome.reading.reason == "line_too_long"
    assert time.process_time() - started < 2
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 200
