"""Every known bad input as a folder of `tests/golden/bad_input`: what is dropped, and what must become of it.

A folder holds the bytes and an `expect.toml`:

    number = 3                       # of the catalogue; the table in docs/reliability.md is made from these entries
    input = "cp1252 quotes"          # what is bad about it
    reaction = "..."                 # what becomes of it, in words
    exit_code = 0                    # of the last run
    [[file]]                         # one entry a run, in this order
    name = "input.txt"               # how it is dropped; its bytes lie beside this file under the same name,
    bytes = "other.txt"              # or under this one, when the name is the point of the case,
    recipe = "..."                   # or are made by a function below, when they cannot be kept
    circumstance = "..."             # what happens around the file during the run, by a function below
    stops = true                     # the run ends with a storage error: inbox and tables stay as they were
    status, reason, rows_in, ...     # compared with the answer, others with table `report_file`
    [[feedback]]                     # rows of table `feedback` after the last run; the columns named are compared
    [[earlier]]                      # the same for table `feedback_revision`
    [[quarantined]]                  # the same for table `quarantined_row`

Adding a case needs no code.
"""

import os
import resource
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from flows.exit_codes import ExitCode
from flows.ingest_result import IngestOptions, IngestResult
from flows.working_tables import WorkingTables
from store.errors import StorageError
from store.file_limits import FileLimits
from store.home import Home

FOLDER = Path(__file__).parents[1] / "golden" / "bad_input"
CASES = sorted(folder for folder in FOLDER.iterdir() if (folder / "expect.toml").exists())
KEYS = {"number", "input", "reaction", "exit_code", "file", "feedback", "earlier", "quarantined"}
HEADER = b"Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
MEGABYTE = 1_000_000


def one_line_of_400_megabytes(path: Path) -> None:
    with path.open("wb") as file:
        file.write(HEADER + b"1/5/26\t1\t")
        for _ in range(400):
            file.write(b"x" * MEGABYTE)


def comment_of_a_million_characters(path: Path) -> None:
    path.write_bytes(
        HEADER + b"1/15/26\t1\t" + b"late " * 200_000 + b"\t\t111-0000001-0000001\ta@b\n"
    )


def comment_of_two_mebibytes(path: Path) -> None:
    rows = b"1/15/26\t1\tshort\t\t111-0000001-0000002\ta@b\n"
    path.write_bytes(
        HEADER + b"1/15/26\t1\t" + b"x" * (2 << 20) + b"\t\t111-0000001-0000001\ta@b\n" + rows
    )


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


RECIPES: dict[str, Callable[[Path], None]] = {
    recipe.__name__: recipe
    for recipe in (
        one_line_of_400_megabytes,
        comment_of_a_million_characters,
        comment_of_two_mebibytes,
        pipe,
        link,
        link_to_nowhere,
    )
}


NOBODY = 65534
Circumstance = Callable[[Path, Home], AbstractContextManager[dict[str, Any]]]
"""Lasts as long as the run; gives what the run is called with."""


@contextmanager
def replaced_while_it_is_read(path: Path, _: Home) -> Iterator[dict[str, Any]]:
    """Another file takes the name once the inbox was listed and before the file is read."""
    fresh = path.parent.parent / "fresh.txt"
    status = path.stat()

    def replace(_: object) -> None:
        if not fresh.exists() and path.stat().st_ino == status.st_ino:
            fresh.write_bytes(path.read_bytes())
            os.utime(fresh, ns=(status.st_atime_ns, status.st_mtime_ns))
            fresh.rename(path)

    yield {"progress": replace}


@contextmanager
def without_permission(path: Path, home: Home) -> Iterator[dict[str, Any]]:
    """Nobody may read the file; root, who may, becomes somebody else meanwhile."""
    path.chmod(0)
    if os.geteuid():
        yield {}
        return
    for entry in (home.root, *home.root.rglob("*")):
        os.chown(entry, NOBODY, NOBODY)
    for parent in home.root.parents[:3]:
        parent.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        yield {}
    finally:
        os.seteuid(0)


@contextmanager
def full_disk(_: Path, __: Home) -> Iterator[dict[str, Any]]:
    """No file may become longer than a few bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield {}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def more_files_than_a_run_takes(_: Path, __: Home) -> Iterator[dict[str, Any]]:
    limits = FileLimits(second_look_seconds=0.01, files_per_run=0)
    yield {"options": IngestOptions(worker_count=1, limits=limits)}


@contextmanager
def modified_in_the_future(path: Path, _: Home) -> Iterator[dict[str, Any]]:
    os.utime(path, (time.time() + 86_400,) * 2)
    yield {}


@contextmanager
def nothing_special(_: Path, __: Home) -> Iterator[dict[str, Any]]:
    yield {}


CIRCUMSTANCES: dict[str, Circumstance] = {
    circumstance.__name__: circumstance
    for circumstance in (
        replaced_while_it_is_read,
        without_permission,
        full_disk,
        more_files_than_a_run_takes,
        modified_in_the_future,
        nothing_special,
    )
}


def read_case(folder: Path) -> dict[str, Any]:
    case = tomllib.loads((folder / "expect.toml").read_text("utf-8"))
    assert set(case) <= KEYS, f"{folder.name}: unknown keys {set(case) - KEYS}"
    return case


def compared(expected: dict[str, Any], actual: dict[str, Any]) -> dict[str, Any]:
    return {name: actual.get(name) for name in expected}


def assert_rows(expected: Sequence[dict[str, Any]], actual: Sequence[dict[str, Any]]) -> None:
    found = [
        compared(row, other) for row in expected for other in actual if compared(row, other) == row
    ]
    assert found == list(expected), [compared(expected[0], other) for other in actual]


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_bad_input(
    folder: Path, home: Home, drop: Callable[..., Path], ingest: Callable[..., IngestResult]
) -> None:
    case = read_case(folder)
    exit_code: ExitCode | None = None
    for entry in case["file"]:
        expected = dict(entry)
        name, recipe = expected.pop("name", "input.txt"), expected.pop("recipe", None)
        place = Path(expected.pop("account", "shop")) / expected.pop("marketplace", "US")
        source = folder / expected.pop("bytes", name)
        dropped = drop(f"{place}/{name}", b"" if recipe else source.read_bytes())
        if recipe:
            RECIPES[recipe](dropped)
        around = CIRCUMSTANCES[expected.pop("circumstance", "nothing_special")]
        if expected.pop("stops", False):
            with around(dropped, home) as given, pytest.raises(StorageError):
                ingest(**given)
            assert dropped.read_bytes() == source.read_bytes()
            assert WorkingTables.latest(home).batch_id is None
            exit_code = ExitCode.STORAGE
            continue
        with around(dropped, home) as given:
            result = ingest(**given)
        exit_code = result.exit_code
        (file,) = result.files
        reports = WorkingTables.latest(home).report_file.to_pylist()
        # What has no hash, lies in no marketplace or waits for the next run has no row.
        row = next(
            (
                r
                for r in reports
                if (r["file_sha256"], r["marketplace"]) == (file.file_sha256, file.marketplace)
            ),
            {},
        )
        actual = row | {
            name: getattr(file, name)
            for name in (
                "kind",
                "status",
                "reason",
                "rows_in",
                "rows_accepted",
                "rows_quarantined",
                "rows_duplicate",
            )
        }
        actual["quarantined_by_reason"] = dict(file.quarantined_by_reason)
        expected = {
            "rows_quarantined": 0,
            "rows_duplicate": 0,
            "quarantined_by_reason": {},
        } | expected
        assert compared(expected, actual) == expected
        assert file.rows_in == file.rows_accepted + file.rows_quarantined + file.rows_duplicate
        if file.reason is not None and file.status != "accepted":
            assert file.message, "a refusal must tell the seller what to do"
    assert exit_code == case["exit_code"]
    tables = WorkingTables.latest(home)
    for key, table in (
        ("feedback", "feedback"),
        ("earlier", "feedback_revision"),
        ("quarantined", "quarantined_row"),
    ):
        if key in case:
            assert_rows(case[key], tables.read(table).to_pylist())


def test_every_number_of_the_catalogue_has_a_case() -> None:
    assert {read_case(folder).get("number") for folder in CASES} - {None} == {*range(1, 93)}


def test_all_bad_inputs_in_one_night_stop_no_good_one(
    drop: Callable[..., Path], ingest: Callable[..., IngestResult]
) -> None:
    expected: dict[tuple[str, str], str] = {}
    seen: set[bytes] = set()
    for folder in CASES:
        entry = read_case(folder)["file"][0]
        name = entry.get("name", "input.txt")
        source = folder / entry.get("bytes", name)
        # The same feedback in two accounts is refused in both, which is another case.
        if entry.keys() & {"recipe", "circumstance"} or source.read_bytes() in seen:
            continue
        seen.add(source.read_bytes())
        drop(f"{folder.name}/{entry.get('marketplace', 'US')}/{name}", source.read_bytes())
        expected[folder.name, name] = entry["status"]
    good = HEADER + b"11/20/26\t1\tArrived late\t\t111-9999999-0000001\tg@marketplace.amazon.com\n"
    drop("shop/US/zz-good.txt", good)
    result = ingest()
    assert {(f.account, f.file_name): f.status.value for f in result.files} == expected | {
        ("shop", "zz-good.txt"): "accepted"
    }
    assert not any(file.is_bug for file in result.files)
    assert not ingest().has_changed
