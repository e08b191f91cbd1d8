"""Every known bad input as a folder of `tests/golden/bad_input`: what is dropped, and what must become of it.

A folder holds the bytes and an `expect.toml`:

    number = 3                       # of the catalogue; the table in docs/reliability.md is made from these entries
    input = "cp1252 quotes"          # what is bad about it
    reaction = "..."                 # what becomes of it, in words
    exit_code = 0                    # of the last run
    [[file]]                         # one entry a run, in this order
    name = "input.txt"               # bytes beside this file, or `recipe` for what is too large to keep
    status, reason, rows_in, ...     # compared with the answer, others with table `report_file`
    [[feedback]]                     # rows of table `feedback` after the last run; the columns named are compared
    [[earlier]]                      # the same for table `feedback_revision`
    [[quarantined]]                  # the same for table `quarantined_row`

Adding a case needs no code.
"""

import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from flows.exit_codes import ExitCode, gravest
from flows.ingest_result import IngestResult
from flows.working_tables import WorkingTables
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


RECIPES: dict[str, Callable[[Path], None]] = {
    recipe.__name__: recipe
    for recipe in (
        one_line_of_400_megabytes,
        comment_of_a_million_characters,
        comment_of_two_mebibytes,
    )
}


def read_case(folder: Path) -> dict[str, Any]:
    case = tomllib.loads((folder / "expect.toml").read_text("utf-8"))
    assert set(case) <= KEYS, f"{folder.name}: unknown keys {set(case) - KEYS}"
    return case


def exit_code(result: IngestResult) -> ExitCode:
    asked = []
    if result.has_quarantined:
        asked.append(ExitCode.QUARANTINED)
    if result.is_nothing_ingestible:
        asked.append(ExitCode.NOTHING_INGESTIBLE)
    if any(file.is_bug for file in result.files):
        asked.append(ExitCode.BUG)
    return gravest(asked)


def compared(expected: dict[str, Any], actual: dict[str, Any]) -> dict[str, Any]:
    return {name: actual.get(name) for name in expected}


def assert_rows(expected: Sequence[dict[str, Any]], actual: Sequence[dict[str, Any]]) -> None:
    found = [
        compared(row, other) for row in expected for other in actual if compared(row, other) == row
    ]
    assert found == list(expected), [compared(expected[0], other) for other in actual]


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_bad_input(
    folder: Path, home: Home, drop: Callable[..., Path], ingest: Callable[[], IngestResult]
) -> None:
    case = read_case(folder)
    result: IngestResult | None = None
    for entry in case["file"]:
        expected = dict(entry)
        name, recipe = expected.pop("name", "input.txt"), expected.pop("recipe", None)
        place = f"{expected.pop('account', 'shop')}/{expected.pop('marketplace', 'US')}"
        dropped = drop(f"{place}/{name}", b"" if recipe else (folder / name).read_bytes())
        if recipe:
            RECIPES[recipe](dropped)
        result = ingest()
        (file,) = result.files
        reports = WorkingTables.latest(home).report_file.to_pylist()
        (row,) = [
            r for r in reports if r["file_sha256"] == file.file_sha256 and r["marketplace"] in place
        ]
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
    assert result is not None
    assert exit_code(result) == case["exit_code"]
    tables = WorkingTables.latest(home)
    for key, table in (
        ("feedback", "feedback"),
        ("earlier", "feedback_revision"),
        ("quarantined", "quarantined_row"),
    ):
        if key in case:
            assert_rows(case[key], tables.read(table).to_pylist())
