"""Taking in the inbox: every row is accounted for, every byte is kept, and nothing is done twice."""

import hashlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from flows.ingest_result import IngestOptions, IngestResult, ReadTables
from store.batches import latest_batch
from store.file_limits import FileLimits
from store.home import Home
from transforms.file_profile import FileKey

Drop = Callable[..., Path]
Ingest = Callable[..., IngestResult]

QUICK = FileLimits(second_look_seconds=0.01)
HEADER = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
ORDERS_HEADER = (
    "amazon-order-id\tmerchant-order-id\tpurchase-date\tlast-updated-date\torder-status\t"
    "fulfillment-channel\tsales-channel\n"
)


def row(number: int, date: str = "11/20/26", rating: str = "1", comment: str = "late") -> str:
    return f"{date}\t{rating}\t{comment}\t\t111-0000001-{number:07d}\tx@marketplace.amazon.com\n"


def report(*rows: str) -> bytes:
    return (HEADER + "".join(rows)).encode()


def order(number: int, channel: str, updated: str = "2026-11-03T10:00:00+00:00") -> str:
    return (
        f"111-0000001-{number:07d}\t\t2026-11-02T10:00:00+00:00\t{updated}\tShipped\t{channel}\t"
        "Amazon.com\n"
    )


def orders(*rows: str) -> bytes:
    return (ORDERS_HEADER + "".join(rows)).encode()


def table(home: Home, name: str) -> list[dict[str, Any]]:
    batch = latest_batch(home.tables)
    assert batch is not None
    rows: list[dict[str, Any]] = batch.read(name).to_pylist()
    return rows


def everything(*folders: Path) -> dict[str, str]:
    """Every file below the folders by name, with its hash."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_feedback_and_orders_reach_the_working_tables(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    drop("shop/US/feedback.txt", report(row(1), row(2), row(3, rating="9"), row(1)))
    drop("shop/US/orders.txt", orders(order(1, "Amazon"), order(2, "Merchant")))
    result = ingest()
    assert [(f.file_name, f.kind, f.status) for f in result.files] == [
        ("feedback.txt", "feedback", "accepted"),
        ("orders.txt", "orders", "accepted"),
    ]
    feedback = result.files[0]
    assert (
        feedback.rows_in,
        feedback.rows_accepted,
        feedback.rows_quarantined,
        feedback.rows_duplicate,
    ) == (4, 2, 1, 1)
    assert feedback.quarantined_by_reason == {"rating_range": 1}
    assert {r["order_id"][-1]: r["rating"] for r in table(home, "feedback")} == {"1": 1, "2": 1}
    channels = {
        r["order_id"][-1]: r["fulfillment_channel"] for r in table(home, "order_fulfillment")
    }
    assert channels == {"1": "AFN", "2": "MFN"}
    (aside,) = table(home, "quarantined_row")
    assert aside["raw_bytes"] == row(3, rating="9").encode()
    assert (aside["reason"], aside["line_number"]) == ("rating_range", 4)
    assert result.exit_code == 3


def test_an_empty_inbox_writes_nothing(home: Home, ingest: Ingest) -> None:
    result = ingest()
    assert (result.files, result.batch_id, result.has_changed) == ((), None, False)
    assert latest_batch(home.tables) is None


def test_a_second_run_changes_not_one_byte(home: Home, drop: Drop, ingest: Ingest) -> None:
    files = {
        "shop/US/feedback.txt": report(row(1), row(2, rating="9")),
        "shop/US/orders.txt": orders(order(1, "Amazon")),
        "shop/US/page.txt": b"<html>sign in</html>",
    }
    for name, data in files.items():
        drop(name, data)
    first = ingest()
    before = everything(home.root)
    nothing_new = ingest()
    assert everything(home.root) == before
    for name, data in files.items():
        drop(name, data)
    again = ingest()
    assert everything(home.root) == before
    assert (nothing_new.has_changed, again.has_changed) == (False, False)
    assert again.batch_id == first.batch_id
    assert [file.status for file in again.files] == ["duplicate", "duplicate", "refused"]


def test_files_are_moved_and_private(home: Home, drop: Drop, ingest: Ingest) -> None:
    data = report(row(1))
    drop("shop/US/my report (1).txt", data)
    drop("shop/US/page.txt", b"<html>sign in</html>")
    ingest()
    (raw,) = (home.raw / "shop" / "US").iterdir()
    assert raw.read_bytes() == data
    assert raw.name == f"{hashlib.sha256(data).hexdigest()[:16]}-my_report_1_.txt"
    assert raw.stat().st_mode & 0o777 == 0o600
    refused, sidecar = sorted((home.quarantined_files / "shop" / "US").iterdir())
    assert refused.read_bytes() == b"<html>sign in</html>"
    said = json.loads(sidecar.read_text("utf-8"))
    assert said["reason"] == "is_html"
    assert "Sign in to Seller Central" in said["message"]
    assert said["original_path"] == "inbox/shop/US/page.txt"
    assert not [path for path in home.inbox.rglob("*") if path.is_file()]


def test_a_crash_between_writing_and_moving_is_made_good_by_moving(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    path = drop("shop/US/feedback.txt", report(row(1)))
    first = ingest()
    (raw,) = (home.raw / "shop" / "US").iterdir()
    raw.rename(path)  # as if the run had ended after the batch and before the move
    second = ingest()
    assert (second.files[0].status, second.has_changed) == ("duplicate", False)
    assert second.batch_id == first.batch_id
    assert raw.exists()
    assert not path.exists()
    assert len(table(home, "feedback")) == 1


def test_leftovers_of_a_crashed_run_are_swept(home: Home, drop: Drop, ingest: Ingest) -> None:
    leftover = home.staging / "run-that-crashed" / "000000.accepted.arrow"
    leftover.parent.mkdir(parents=True)
    leftover.write_bytes(b"half a row")
    (home.staging / "stray").touch()
    for folder in (home.raw, home.quarantined_files, home.quarantined_rows):
        (folder / ".0123-report.txt.refusal.json.tmp-4711").touch()
        (folder / ".0123.parquet.tmp").touch()
    drop("shop/US/feedback.txt", report(row(1)))
    ingest()
    assert list(home.staging.iterdir()) == []
    assert [path for path in home.root.rglob(".0123*") if path.is_file()] == []


def test_the_same_feedback_in_two_accounts_is_taken_from_neither(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    for account in ("one", "two"):
        drop(f"{account}/US/feedback.txt", report(row(1)))
    drop("one/US/empty.txt", report())
    drop("two/US/empty.txt", report())
    result = ingest()
    told = {(f.account, f.file_name): (f.status, f.reason) for f in result.files}
    assert told == {
        ("one", "empty.txt"): ("accepted", "no_rows"),
        ("two", "empty.txt"): ("accepted", "no_rows"),
        ("one", "feedback.txt"): ("refused", "wrong_account"),
        ("two", "feedback.txt"): ("refused", "wrong_account"),
    }
    assert table(home, "feedback") == []


def test_feedback_known_of_one_account_is_refused_in_another(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    drop("one/US/feedback.txt", report(row(1)))
    ingest()
    drop("two/US/feedback.txt", report(row(1)))
    (file,) = ingest().files
    assert (file.status, file.reason) == ("refused", "wrong_account")
    assert "one/US" in (file.message or "")
    assert {r["account"] for r in table(home, "feedback")} == {"one"}


def test_orders_of_two_accounts_with_the_same_bytes_are_taken_from_neither(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    for account in ("one", "two"):
        drop(f"{account}/US/orders.txt", orders(order(1, "Amazon")))
    assert {file.reason for file in ingest().files} == {"wrong_account"}
    batch = latest_batch(home.tables)
    assert batch is not None
    assert batch.read("order_fulfillment").num_rows == 0


def test_a_folder_that_the_config_does_not_name_is_refused(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    drop("shop/US/feedback.txt", report(row(1)))
    drop("shop/DE/feedback.txt", report(row(2)))
    drop("other/US/feedback.txt", report(row(3)))
    options = IngestOptions({"shop": frozenset({"US"})}, worker_count=1, limits=QUICK)
    result = ingest(options)
    assert {(f.account, f.marketplace): f.reason for f in result.files} == {
        ("shop", "US"): None,
        ("shop", "DE"): "marketplace_not_configured",
        ("other", "US"): "unknown_account",
    }
    assert len(table(home, "feedback")) == 1


def test_a_cut_off_row_is_waited_for_while_the_file_is_young(drop: Drop, ingest: Ingest) -> None:
    data = report(row(1)) + b"11/21/26\t2\tthe parc"
    path = drop("shop/US/feedback.txt", data, is_young=True)
    (file,) = ingest().files
    assert (file.status, file.reason) == ("deferred", "truncated_young")
    assert path.read_bytes() == data
    drop("shop/US/feedback.txt", data)
    (file,) = ingest().files
    assert (file.status, file.quarantined_by_reason) == ("accepted", {"truncated_row": 1})


def test_unfinished_and_partial_files_stay(home: Home, drop: Drop, ingest: Ingest) -> None:
    path = drop("shop/US/feedback.txt.crdownload", report(row(1)))
    (file,) = ingest().files
    assert (file.status, file.reason) == ("deferred", "partial_download")
    assert path.exists()
    assert latest_batch(home.tables) is None


@dataclass
class Verdict:
    """A judgement that a test hands out."""

    must_stop: bool = False
    files_to_quarantine: dict[FileKey, str] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()


def test_a_judge_sees_everything_before_anything_is_written(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    drop("shop/US/feedback.txt", report(row(1), row(2, rating="9")))
    drop("shop/US/orders.txt", orders(order(1, "Amazon")))
    seen: list[ReadTables] = []

    def judge(tables: ReadTables) -> Verdict:
        assert latest_batch(home.tables) is None
        seen.append(tables)
        assert pa.concat_tables(tables.feedback).num_rows == 1
        assert pa.concat_tables(tables.quarantined_row).num_rows == 1
        assert pa.concat_tables(tables.feedback).num_rows == 1, "parts can be read twice"
        return Verdict()

    result = ingest(judge=judge)
    assert result.has_changed
    (tables,) = seen
    assert tables.report_file["rows_in"].to_pylist() == [2, 1]
    assert tables.order_fulfillment["fulfillment_channel"].to_pylist() == ["AFN"]
    ingest(judge=judge)
    assert len(seen) == 1, "nothing new was read, so there is nothing to judge"


def test_a_judge_that_stops_leaves_everything_as_it_was(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    drop("shop/US/feedback.txt", report(row(1)))
    drop("shop/US/page.txt", b"<html>sign in</html>")
    before = everything(home.inbox)
    result = ingest(judge=lambda _: Verdict(must_stop=True))
    assert (result.has_stopped, result.has_changed, result.exit_code) == (True, False, 1)
    assert everything(home.inbox) == before
    assert latest_batch(home.tables) is None


def test_a_file_that_the_judge_sets_aside_gives_no_row(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    good, odd = report(row(1)), report(row(2, rating="9"), row(3))
    drop("shop/US/good.txt", good)
    drop("shop/US/odd.txt", odd)
    key = FileKey("shop", "US", hashlib.sha256(odd).hexdigest())
    result = ingest(judge=lambda _: Verdict(files_to_quarantine={key: "quarantined_share"}))
    assert [(f.status, f.reason) for f in result.files] == [
        ("accepted", None),
        ("refused", "quarantined_share"),
    ]
    assert [r["order_id"][-1] for r in table(home, "feedback")] == ["1"]
    assert table(home, "quarantined_row") == []
    assert {r["status"]: r["rows_in"] for r in table(home, "report_file")} == {
        "accepted": 1,
        "refused": 0,
    }


def test_progress_goes_from_nothing_to_everything(drop: Drop, ingest: Ingest) -> None:
    for number in range(3):
        drop(f"shop/US/{number}.txt", report(row(number)))
    states: list[Any] = []
    ingest(progress=states.append)
    assert [state.files_done for state in states] == [0, 1, 2, 3]
    assert states[-1].bytes_done == states[-1].bytes_total == states[0].bytes_total > 0


def test_one_bad_row_does_not_silence_a_report(drop: Drop, ingest: Ingest, home: Home) -> None:
    drop("shop/US/1.txt", report(row(1, "11/10/26"), row(2, "11/10/26"), row(3, "11/10/26")))
    ingest()
    bad = row(1, "11/10/26", rating="9")
    drop("shop/US/2.txt", report(bad, row(3, "11/10/26"), row(4, "11/20/26")))
    ingest()
    unseen = {
        r["order_id"][-1]: str(r["not_seen_since_date"])
        for r in table(home, "feedback")
        if r["not_seen_since_date"]
    }
    assert unseen == {"2": "2026-11-20"}, "the order of the bad row is there"
    cut = "11/20/26\t1\tlate\n"  # whose row it is cannot be told
    drop("shop/US/3.txt", report(row(4, "11/20/26"), cut, row(5, "11/22/26"), row(6, "11/10/26")))
    ingest()
    assert {r["order_id"][-1] for r in table(home, "feedback") if r["not_seen_since_date"]} == {"2"}


WITHOUT_RIGHTS = """
import os, sys
from datetime import UTC, date, datetime
from pathlib import Path
from flows.ingest_reports import ingest_reports
from flows.ingest_result import IngestOptions
from store.home import Home
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
home = Home(Path(sys.argv[1]))
result = ingest_reports(home, IngestOptions(worker_count=1), as_of=date(2026, 11, 25),
    run_id="r", seen_at=datetime(2026, 11, 25, tzinfo=UTC))
print([(f.file_name, f.status.value, f.reason) for f in result.files], int(result.exit_code))
"""


def test_a_file_without_permission_is_refused_and_the_others_go_on(
    home: Home, drop: Drop, tmp_path: Path
) -> None:
    drop("shop/US/a.txt", report(row(1))).chmod(0)
    drop("shop/US/b.txt", report(row(2)))
    if os.geteuid() == 0:
        for path in (tmp_path, *tmp_path.rglob("*")):
            os.chown(path, 65534, 65534)
        for parent in tmp_path.parents[:2]:
            parent.chmod(0o755)
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_RIGHTS, str(home.root)],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert run.stdout.split("\n")[0] == (
        "[('a.txt', 'refused', 'permission'), ('b.txt', 'accepted', None)] 3"
    )
    assert any(path.name == "unread-a.txt" for path in home.quarantined_files.rglob("*"))


WITHOUT_SPACE = """
import os, resource, signal, sys
from datetime import UTC, date, datetime
from pathlib import Path
from flows.ingest_reports import ingest_reports
from flows.ingest_result import IngestOptions
from store.errors import StorageError
from store.home import Home
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for limit in (100, 5_000, 50_000, 120_000):  # bytes that a file may have: full at one step or another
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        continue
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        ingest_reports(Home(Path(sys.argv[1])), IngestOptions(worker_count=1), run_id="r",
            as_of=date(2026, 11, 25), seen_at=datetime(2026, 11, 25, tzinfo=UTC))
    except StorageError as error:
        os.write(1, f"storage: {error}\\n".encode())
    os._exit(0)
"""


def test_a_full_disk_leaves_inbox_and_tables_as_they_were(
    home: Home, drop: Drop, ingest: Ingest
) -> None:
    drop("shop/US/first.txt", report(row(1)))
    ingest()
    drop("shop/US/second.txt", report(*(row(n, comment="x" * 200) for n in range(2, 4000))))
    before = everything(home.inbox, home.tables, home.raw)
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT_SPACE, str(home.root)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.count("storage: ") == len(run.stdout.splitlines()) == 4, run.stdout
    assert run.stdout.count("File too large") == 4
    assert everything(home.inbox, home.tables, home.raw) == before
    assert ingest().has_changed, "with space again the same command goes on"
    assert len(table(home, "feedback")) == 3999


def test_processes_give_what_one_process_gives(home: Home, drop: Drop, ingest: Ingest) -> None:
    comment = "late " * 150_000  # few rows of a size that is worth processes
    for place in range(3):
        drop(
            f"shop/US/{place}.txt",
            report(*(row(place * 20 + n, comment=comment) for n in range(20))),
        )
    result = ingest(IngestOptions(worker_count=2, limits=QUICK))
    assert [f.rows_accepted for f in result.files] == [20] * 3
    assert len({r["feedback_id"] for r in table(home, "feedback")}) == 60
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert peak > 0, "processes were started"
