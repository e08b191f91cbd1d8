"""Reports over several nights: what an empty one means, and where a report of several marketplaces belongs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flows.ingest_result import IngestResult
from store.batches import latest_batch
from store.home import Home

Drop = Callable[..., Path]
Ingest = Callable[..., IngestResult]

HEADER = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"


def row(number: int, date: str = "11/20/26", domain: str = "marketplace.amazon.com") -> str:
    return f"{date}\t1\tlate\t\t111-0000001-{number:07d}\tx@{domain}\n"


def feedback(home: Home) -> list[dict[str, Any]]:
    batch = latest_batch(home.tables)
    assert batch is not None
    rows: list[dict[str, Any]] = batch.read("feedback").to_pylist()
    return rows


@pytest.mark.parametrize("empty", [HEADER, HEADER + "\n\n"], ids=["header only", "blank lines"])
def test_an_empty_or_cancelled_report_makes_nothing_vanish(
    home: Home, drop: Drop, ingest: Ingest, empty: str
) -> None:
    drop("shop/US/one.txt", (HEADER + row(1) + row(2, "11/10/26")).encode())
    ingest()
    drop("shop/US/two.txt", empty.encode())
    result = ingest()
    assert [file.rows_in for file in result.files] == [0]
    assert [row["not_seen_since_date"] for row in feedback(home)] == [None, None]


def test_a_newer_report_that_misses_one_is_the_control(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    drop("shop/US/one.txt", (HEADER + row(1, "11/18/26") + row(2, "11/10/26")).encode())
    ingest()
    drop("shop/US/two.txt", (HEADER + row(3, "11/22/26") + row(4, "11/01/26")).encode())
    ingest()
    missed = {r["order_id"][-1]: r["not_seen_since_date"] is not None for r in feedback(home)}
    assert missed == {"1": True, "2": True, "3": False, "4": False}


def test_a_unified_report_is_read_under_the_marketplace_it_was_dropped_for(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    rows = [row(n, domain="marketplace.amazon.com") for n in range(1, 5)]
    rows += [row(n, domain="marketplace.amazon.ca") for n in range(5, 9)]
    drop("shop/CA/unified.txt", (HEADER + "".join(rows)).encode())
    (file,) = ingest().files
    assert (file.status, file.rows_accepted) == ("accepted", 8)
    assert {r["marketplace"] for r in feedback(home)} == {"CA"}


def test_a_report_of_another_marketplace_alone_is_refused(drop: Drop, ingest: Ingest) -> None:
    rows = [row(n, domain="marketplace.amazon.ca") for n in range(1, 9)]
    drop("shop/MX/wrong.txt", (HEADER + "".join(rows)).encode())
    (file,) = ingest().files
    assert (file.status, file.reason) == ("refused", "wrong_marketplace")
    assert file.message
    assert "CA instead of MX" in file.message
