"""Quarantine is read again after a fix: nothing is lost and nothing is doubled."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from flows.ingest_result import IngestOptions, IngestResult
from flows.reprocess import reprocess
from schemas.tables import QUARANTINED_ROW
from store.batches import latest_batch
from store.errors import StorageError
from store.file_limits import FileLimits
from store.home import Home
from store.quarantine import quarantine_lines
from transforms.reports.headers import HeaderFileError

Drop = Callable[..., Path]
Ingest = Callable[..., IngestResult]

AS_OF = date(2026, 11, 25)
HEADER = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
QUICK = FileLimits(second_look_seconds=0.01)


def row(number: int, day: str = "11/20/26", rating: str = "1") -> str:
    return f"{day}\t{rating}\tlate\t\t111-0000001-{number:07d}\tx@marketplace.amazon.com\n"


def report(*rows: str, header: str = HEADER) -> bytes:
    return (header + "".join(rows)).encode()


@pytest.fixture
def again(home: Home) -> Callable[..., IngestResult]:
    """Read the quarantine again; each call is another run."""
    runs = count()

    def run(as_of: date = AS_OF, options: IngestOptions | None = None) -> IngestResult:
        number = next(runs)
        return reprocess(
            home,
            options or IngestOptions(worker_count=1, limits=QUICK),
            as_of=as_of,
            run_id=f"again-{number}",
            seen_at=datetime(2026, 12, 1, tzinfo=UTC) + timedelta(days=number),
        )

    return run


def table(home: Home, name: str) -> list[dict[str, Any]]:
    batch = latest_batch(home.tables)
    assert batch is not None
    rows: list[dict[str, Any]] = batch.read(name).to_pylist()
    return rows


def files_below(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_row_leaves_quarantine_in_the_step_in_which_it_is_taken_in(
    home: Home, drop: Drop, ingest: Ingest, again: Ingest
) -> None:
    drop("shop/US/feedback.txt", report(row(1), row(2, "12/20/26"), row(3, rating="9")))
    ingest()
    assert {r["reason"] for r in table(home, "quarantined_row")} == {"date_future", "rating_range"}
    assert len(table(home, "feedback")) == 1
    result = again(as_of=date(2026, 12, 24))
    (file,) = result.files
    assert (file.status, file.rows_in, file.rows_accepted, file.rows_quarantined) == (
        "accepted",
        3,
        2,
        1,
    )
    assert sorted(r["order_id"][-1] for r in table(home, "feedback")) == ["1", "2"]
    assert [r["reason"] for r in table(home, "quarantined_row")] == ["rating_range"]
    (said,) = table(home, "report_file")
    assert (said["rows_in"], said["rows_accepted"], said["rows_quarantined"]) == (3, 2, 1)
    assert not again(as_of=date(2026, 12, 24)).has_changed


def test_a_refused_file_is_taken_in_once_its_header_is_known(
    home: Home, drop: Drop, ingest: Ingest, again: Ingest
) -> None:
    header = HEADER.replace("Rating", "Sterne").replace("Date", "Tag").replace("Order ID", "Nr")
    # One row whose rating is no rating: the columns cannot be proved by their content either.
    data = report(row(1, rating="gut"), header=header)
    drop("shop/US/feedback.txt", data)
    (refused,) = ingest().files
    assert refused.status == "refused"
    assert again().files[0].status == "refused"
    home.headers.write_text(
        "[feedback]\n"
        'feedback_date = [{ spelling = "Tag" }]\n'
        'rating = [{ spelling = "Sterne" }]\n'
        'order_id = [{ spelling = "Nr" }]\n',
        encoding="utf-8",
    )
    result = again()
    assert (result.files[0].status, result.files[0].rows_in) == ("accepted", 1)
    assert files_below(home.quarantined_files) == []
    assert [path.read_bytes() for path in (home.raw / "shop" / "US").iterdir()] == [data]
    (said,) = table(home, "report_file")
    assert (said["status"], said["rows_in"]) == ("accepted", 1)
    assert not again().has_changed


def test_a_wrong_header_file_is_named(home: Home, drop: Drop, ingest: Ingest) -> None:
    drop("shop/US/feedback.txt", report(row(1)))
    home.headers.write_text("[feedback]\nrating = 5\n", encoding="utf-8")
    with pytest.raises(HeaderFileError, match=r"headers\.toml"):
        ingest()
    home.headers.write_text("[feedback]", encoding="utf-16")
    with pytest.raises(HeaderFileError, match="not UTF-8"):
        ingest()


def test_a_file_that_was_repaired_in_quarantine_is_taken_in(
    home: Home, drop: Drop, ingest: Ingest, again: Ingest
) -> None:
    drop("shop/US/feedback.txt", b"<html></html>")
    ingest()
    (lying,) = home.quarantined_files.rglob("*-feedback.txt")
    lying.write_bytes(report(row(1)))
    assert again().files[0].status == "accepted"
    assert files_below(home.quarantined_files) == []
    assert {r["status"] for r in table(home, "report_file")} == {"refused", "accepted"}
    assert len(table(home, "feedback")) == 1


def test_what_is_still_refused_stays_as_it_is(
    home: Home, drop: Drop, ingest: Ingest, again: Ingest
) -> None:
    drop("shop/US/page.txt", b"<html></html>")
    drop("lost.txt", report(row(1)))
    (home.inbox / "shop" / "US" / "link").symlink_to("nowhere")
    first = ingest()
    assert first.exit_code == 4
    before = {str(path): path.lstat().st_ino for path in home.quarantined_files.rglob("*")}
    assert not again().has_changed
    assert {str(path): path.lstat().st_ino for path in home.quarantined_files.rglob("*")} == before


def test_a_folder_that_the_config_now_names_is_taken_in(
    home: Home, drop: Drop, ingest: Ingest, again: Ingest
) -> None:
    drop("shop/DE/feedback.txt", report(row(1).replace("11/20/26", "20.11.26")))
    narrow = IngestOptions({"shop": frozenset({"US"})}, worker_count=1, limits=QUICK)
    wide = IngestOptions({"shop": frozenset({"US", "DE"})}, worker_count=1, limits=QUICK)
    assert ingest(narrow).files[0].reason == "marketplace_not_configured"
    assert again(options=narrow).files[0].reason == "marketplace_not_configured"
    assert again(options=wide).files[0].status == "accepted"
    assert [r["marketplace"] for r in table(home, "feedback")] == ["DE"]


def test_a_raw_file_that_is_gone_keeps_its_rows_in_quarantine(
    home: Home, drop: Drop, ingest: Ingest, again: Ingest
) -> None:
    drop("shop/US/feedback.txt", report(row(1), row(3, rating="9")))
    ingest()
    (raw,) = (home.raw / "shop" / "US").iterdir()
    raw.unlink()
    assert again().files == ()
    assert len(table(home, "quarantined_row")) == 1
    assert len(table(home, "feedback")) == 1


def test_reading_again_never_undoes_what_came_later(
    home: Home, drop: Drop, ingest: Ingest, again: Ingest
) -> None:
    drop("shop/US/old.txt", report(row(1, "11/10/26"), row(3, rating="9")))
    ingest()
    drop("shop/US/new.txt", report(row(1, "11/10/26", "3"), row(2, "11/20/26")))
    ingest()
    before = table(home, "feedback"), table(home, "feedback_revision")
    again()
    again()
    assert (table(home, "feedback"), table(home, "feedback_revision")) == before


def test_rows_lie_in_a_parquet_file_of_their_report(
    home: Home, drop: Drop, ingest: Ingest, again: Ingest
) -> None:
    drop("shop/US/feedback.txt", report(row(1), row(2, "12/20/26"), row(3, rating="9")))
    drop("shop/US/other.txt", report(row(4), row(5, "12/20/26")))
    ingest()
    found = {
        str(pq.read_table(path)["row_number"].to_pylist()): path
        for path in home.quarantined_rows.rglob("*.parquet")
    }
    assert set(found) == {"[2, 3]", "[2]"}
    for path in found.values():
        assert pq.read_schema(path).names == QUARANTINED_ROW.schema.names
        assert path.stat().st_mode & 0o777 == 0o600
    again(as_of=date(2026, 12, 24))
    (left,) = home.quarantined_rows.rglob("*.parquet")
    assert pq.read_table(left)["row_number"].to_pylist() == [3]
    left.unlink()
    ingest()
    assert left.exists(), "the table is the authority: the files are made to agree with it"


def test_the_listing_names_reason_remedy_and_place(home: Home, drop: Drop, ingest: Ingest) -> None:
    assert quarantine_lines(home) == ()
    drop("shop/US/feedback.txt", report(row(1), row(2, rating="8"), row(3, rating="9")))
    drop("shop/DE/page.txt", b"<html></html>")
    drop("shop/DE/page2.txt", b"<html>2</html>")
    ingest()
    files, rows = quarantine_lines(home)
    assert (files.is_file, files.account, files.marketplace, files.reason, files.count) == (
        True,
        "shop",
        "DE",
        "is_html",
        2,
    )
    assert "Sign in to Seller Central" in files.message
    assert (rows.is_file, rows.marketplace, rows.reason, rows.count) == (
        False,
        "US",
        "rating_range",
        2,
    )
    assert rows.message.endswith(".")
    for place in (*files.places, *rows.places):
        assert (home.root / place).is_file()


def test_a_damaged_sidecar_is_named(home: Home, drop: Drop, ingest: Ingest) -> None:
    drop("shop/US/page.txt", b"<html></html>")
    ingest()
    (sidecar,) = home.quarantined_files.rglob("*.refusal.json")
    sidecar.write_text(json.dumps({"reason": "is_html"}), encoding="utf-8")
    with pytest.raises(StorageError, match="is damaged"):
        quarantine_lines(home)
