"""One process at a time in a home: an operating system lock that only death or its holder releases.

A lease with a time-out is not used, because a frozen holder wakes up and goes on (docs/decisions/lock-not-lease.md).
"""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from store.errors import InUseError, StorageError, as_storage_error
from store.home import FILE_MODE, make_private_folder

LOCK_NAME: Final = "in-use.lock"

_NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "gfs2",
        "glusterfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "smb3",
        "smbfs",
    }
)

_held: Final[set[int]] = set()  # open lock files of this process


def _let_go_in_child() -> None:
    while _held:
        os.close(_held.pop())


os.register_at_fork(after_in_child=_let_go_in_child)


class HeldLockError(InUseError):
    """Another process has the lock; nothing was done (exit code 5)."""


@contextmanager
def process_lock(folder: Path) -> Iterator[None]:
    """Hold the folder for the length of the block; the lock goes when the process dies, however it dies.

    Args:
        folder: usually the home; made when it is missing.

    Raises:
        HeldLockError: at once, naming process, host and since when.
        StorageError: the lock file cannot be made, or the folder is on a network file system, where locks of other
            machines may not be seen.
    """
    path = folder / LOCK_NAME
    with as_storage_error("cannot make", path):
        make_private_folder(folder)
    _require_local(folder)
    with as_storage_error("cannot open", path):
        # A program that is started does not inherit it (O_CLOEXEC is Python's default), a forked child gives it up below:
        # a browser or a worker that outlives us must not hold the lock.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
    _held.add(descriptor)
    try:
        _lock(descriptor, path)
        with as_storage_error("cannot write", path):
            _describe(descriptor)
        yield
    finally:
        if descriptor in _held:
            _held.discard(descriptor)
            os.close(
                descriptor
            )  # the file stays: removing it would let two processes lock two files


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HeldLockError(
            f"{path.parent} is in use by {_holder(descriptor)}; wait for it to end, or end it, then run again"
        ) from None
    except OSError as error:
        raise StorageError(
            f"{path} cannot be locked: {error.strerror}; use a folder on a local disk"
        ) from error


def _describe(descriptor: int) -> None:
    note = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(note).encode(), 0)


def _holder(descriptor: int) -> str:
    """Who has the lock, in words; the note may be half written in the moment it is read."""
    try:
        note = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {note['pid']} on {note['host']} since {note['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process that has just started"


def _require_local(folder: Path) -> None:
    kind = _file_system_kind(folder)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise StorageError(
            f"{folder} is on a network file system ({kind}), where a lock may not be seen by other machines; "
            "use a folder on a local disk"
        )


def _file_system_kind(folder: Path) -> str | None:
    """Kind of the file system by the system's mount table; None where there is none to read (not Linux)."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return kind_in(mounts, folder.resolve())


def kind_in(mounts: str, folder: Path) -> str | None:
    """Kind of the file system that holds a folder, by the text of a Linux mount table; the last deepest mount counts."""
    best: tuple[int, str] | None = None
    for line in mounts.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split()
        if not separator or len(fields) < 5:
            continue
        # The table writes blank, tab, newline and backslash of a path as octal escapes (proc(5)).
        point = Path(fields[4].encode("latin-1", "replace").decode("unicode_escape"))
        depth = len(point.parts)
        if folder.is_relative_to(point) and (best is None or depth >= best[0]):
            best = (depth, after.split()[0])
    return best[1] if best else None
