"""The inbox is looked at without following links, without waiting, and without touching what still grows."""

import os
import threading
import time
from pathlib import Path

import pytest

from store.errors import StorageError
from store.file_limits import FileLimits
from store.inbox import InboxFile, NotRegularError, open_regular, scan_inbox

QUICK = FileLimits(second_look_seconds=0.01)


def drop(inbox: Path, name: str, data: bytes = b"Date\tRating\n") -> Path:
    path = inbox / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def scan(
    inbox: Path,
    accounts: dict[str, frozenset[str]] | None = None,
    limits: FileLimits = QUICK,
) -> dict[str, InboxFile]:
    return {file.file_name: file for file in scan_inbox(inbox, accounts, limits)}


def test_any_name_at_any_depth_belongs_to_its_account_and_marketplace(tmp_path: Path) -> None:
    drop(tmp_path, "shop/US/report (1).txt")
    drop(tmp_path, "shop/DE/2026/11/Bewertungen.csv")
    found = scan(tmp_path)
    assert {(f.account, f.marketplace, f.file_name) for f in found.values()} == {
        ("shop", "US", "report (1).txt"),
        ("shop", "DE", "2026/11/Bewertungen.csv"),
    }
    assert all(file.objection is None for file in found.values())


@pytest.mark.parametrize(("folder", "code"), [("us", "US"), ("GB", "UK"), ("de", "DE")])
def test_a_marketplace_folder_may_be_spelled_differently(
    tmp_path: Path, folder: str, code: str
) -> None:
    drop(tmp_path, f"shop/{folder}/a.txt")
    assert scan(tmp_path)["a.txt"].marketplace == code


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lost.txt", "outside_marketplace"),
        ("shop/lost.txt", "outside_marketplace"),
        ("shop/Germany/a.txt", "unknown_marketplace"),
        ("other/US/a.txt", "unknown_account"),
        ("shop/JP/a.txt", "marketplace_not_configured"),
        ("shop/US/a.txt", None),
    ],
)
def test_a_folder_that_says_nothing_certain_is_refused(
    tmp_path: Path, name: str, reason: str | None
) -> None:
    drop(tmp_path, name)
    (file,) = scan(tmp_path, {"shop": frozenset({"US", "DE"})}).values()
    assert file.objection == reason
    assert not file.is_deferred


@pytest.mark.parametrize(
    "name", ["report.txt.crdownload", "report.part", "Unconfirmed.TMP", "a.opdownload"]
)
def test_an_unfinished_download_is_left_alone(tmp_path: Path, name: str) -> None:
    drop(tmp_path, f"shop/US/{name}")
    file = scan(tmp_path)[name]
    assert file.is_deferred
    assert file.objection == "partial_download"


def test_what_file_managers_leave_behind_is_no_report(tmp_path: Path) -> None:
    for name in (".DS_Store", "shop/.DS_Store", "shop/US/Thumbs.db", "shop/US/.gitkeep"):
        drop(tmp_path, name)
    assert scan(tmp_path) == {}


def test_a_growing_file_is_deferred_and_a_quiet_one_is_not(tmp_path: Path) -> None:
    growing = drop(tmp_path, "shop/US/growing.txt")
    drop(tmp_path, "shop/US/fresh.txt")
    old = drop(tmp_path, "shop/US/old.txt")
    os.utime(old, (time.time() - 3600,) * 2)
    stop = threading.Event()

    def write() -> None:
        with growing.open("ab") as file:
            while not stop.wait(0.005):
                file.write(b"1/5/26\t1\n")
                file.flush()

    writer = threading.Thread(target=write)
    writer.start()
    found = scan(tmp_path, limits=FileLimits(second_look_seconds=0.1))
    stop.set()
    writer.join()
    assert (found["growing.txt"].objection, found["growing.txt"].is_deferred) == ("unstable", True)
    assert (found["fresh.txt"].objection, found["fresh.txt"].is_young) == (None, True)
    assert (found["old.txt"].objection, found["old.txt"].is_young) == (None, False)


def test_quiet_files_cost_no_second_look(tmp_path: Path) -> None:
    old = drop(tmp_path, "shop/US/old.txt")
    os.utime(old, (time.time() - 3600,) * 2)
    started = time.monotonic()
    scan(tmp_path, limits=FileLimits(second_look_seconds=5))
    assert time.monotonic() - started < 1


def test_a_modification_time_in_the_future_only_asks_for_a_second_look(tmp_path: Path) -> None:
    ahead = drop(tmp_path, "shop/US/ahead.txt")
    os.utime(ahead, (time.time() + 86400,) * 2)
    assert scan(tmp_path)["ahead.txt"].objection is None


def test_links_pipes_and_sockets_are_no_files(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "US"
    secret = drop(tmp_path / "elsewhere", "secret.txt")
    folder.mkdir(parents=True)
    (folder / "link").symlink_to(secret)
    (folder / "folder-link").symlink_to(secret.parent)
    (folder / "dangling").symlink_to("nowhere")
    os.mkfifo(folder / "pipe")
    found = scan_inbox(tmp_path, {"shop": frozenset({"US"})}, QUICK)
    entries = {file.file_name: file.objection for file in found if file.account == "shop"}
    assert entries == dict.fromkeys(("dangling", "folder-link", "link", "pipe"), "not_regular")


def test_opening_never_follows_a_link_and_never_waits_for_a_pipe(tmp_path: Path) -> None:
    target = drop(tmp_path, "real.txt")
    (tmp_path / "link").symlink_to(target)
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(NotRegularError):
            open_regular(tmp_path / name)
    descriptor = open_regular(target)
    os.close(descriptor)


def test_odd_names_become_printable(tmp_path: Path) -> None:
    folder = tmp_path / "shop" / "US"
    folder.mkdir(parents=True)
    names = [b"line\nbreak.txt", b"\xff\xfe.txt", "評価.txt".encode(), b"x" * 251 + b".txt"]
    for name in names:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(b"x")
    found = scan(tmp_path)
    assert set(found) == {
        "line\\nbreak.txt",
        "\\xff\\xfe.txt",
        "評価.txt",
        "x" * 251 + ".txt",
    }
    assert all(name.isprintable() for name in found)


def test_more_files_than_a_run_takes_wait_for_the_next(tmp_path: Path) -> None:
    for number in range(5):
        drop(tmp_path, f"shop/US/{number}.txt")
    found = scan_inbox(tmp_path, None, FileLimits(second_look_seconds=0, files_per_run=3))
    assert [file.is_deferred for file in found] == [False, False, False, True, True]
    assert {file.objection for file in found[3:]} == {"volume"}


def test_folders_below_the_allowed_depth_are_named(tmp_path: Path) -> None:
    drop(tmp_path, "shop/US/" + "d/" * 5 + "a.txt")
    (file,) = scan(tmp_path, limits=FileLimits(second_look_seconds=0, depth=3)).values()
    assert (file.objection, file.is_deferred) == ("folder_unreadable", True)


def test_a_missing_inbox_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot list"):
        scan_inbox(tmp_path / "inbox", None, QUICK)
