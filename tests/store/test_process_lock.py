import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from store.errors import StorageError
from store.process_lock import LOCK_NAME, HeldLockError, kind_in, process_lock

HOLDER = """
import os, subprocess, sys, time
from pathlib import Path
from store.process_lock import process_lock
with process_lock(Path(sys.argv[1])):
    browser = subprocess.Popen(["sleep", "60"])
    told, tell = os.pipe()
    worker = os.fork()
    if worker:
        os.read(told, 1)  # the worker runs
        print(browser.pid, worker, flush=True)
    else:
        os.write(tell, b".")
    time.sleep(60)
"""


@contextmanager
def holder(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that has the lock, with a program it started (a browser) and a forked worker (of a pool)."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, folder], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        children = [int(word) for word in process.stdout.readline().split()]
        try:
            yield process
        finally:
            process.kill()
            for child in children:
                os.kill(child, signal.SIGKILL)


def test_the_second_one_is_told_at_once_who_holds_it(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        began = time.monotonic()
        with (
            pytest.raises(HeldLockError, match=rf"process {first.pid} on .* since 2"),
            process_lock(tmp_path),
        ):
            pass
        assert time.monotonic() - began < 1


def test_a_frozen_holder_still_holds_it(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        first.send_signal(signal.SIGSTOP)
        with pytest.raises(HeldLockError), process_lock(tmp_path):
            pass


def test_death_releases_it_even_while_its_children_live_on(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        first.kill()
        first.wait()
        with process_lock(tmp_path):
            note = json.loads((tmp_path / LOCK_NAME).read_text())
            assert note["pid"] == os.getpid()


def test_it_can_be_taken_again_and_only_the_owner_can_read_it(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    for _ in range(2):
        with process_lock(home):
            assert (home / LOCK_NAME).stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700


def test_one_process_cannot_take_it_twice(tmp_path: Path) -> None:
    with (
        process_lock(tmp_path),
        pytest.raises(HeldLockError, match=f"process {os.getpid()} "),
        process_lock(tmp_path),
    ):
        pass


def test_a_half_written_note_is_no_reason_to_fail(tmp_path: Path) -> None:
    with process_lock(tmp_path):
        (tmp_path / LOCK_NAME).write_text('{"pid": 1')
        with pytest.raises(HeldLockError, match="just started"), process_lock(tmp_path):
            pass


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("words")
    (tmp_path / LOCK_NAME).symlink_to(target)
    with pytest.raises(StorageError, match="cannot open"), process_lock(tmp_path):
        pass
    assert target.read_text() == "words"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot make"), process_lock(tmp_path / "file" / "home"):
        pass


MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:35 / /mnt/office rw - nfs4 server:/export rw
41 40 254:1 / /mnt/office/local rw - xfs /dev/vdb rw
42 22 0:36 / /mnt/my\\040share rw master:1 - cifs //server/share rw
43 22 0:37 / /mnt/twice rw - nfs server:/a rw
44 22 254:2 / /mnt/twice rw - ext4 /dev/vdc rw
a line that is none
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home/ann", "ext4"),
        ("/mnt/office", "nfs4"),
        ("/mnt/office/a/b", "nfs4"),
        ("/mnt/office-not", "ext4"),
        ("/mnt/office/local/a", "xfs"),
        ("/mnt/my share/a", "cifs"),
        ("/mnt/twice/a", "ext4"),
    ],
)
def test_kind_of_file_system_by_the_mount_table(folder: str, kind: str) -> None:
    assert kind_in(MOUNTS, Path(folder)) == kind


def test_a_network_file_system_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.process_lock._file_system_kind", lambda _folder: "nfs4")
    with (
        pytest.raises(StorageError, match=r"network file system \(nfs4\)"),
        process_lock(tmp_path),
    ):
        pass
