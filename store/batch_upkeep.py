"""Order in a folder of batches: one writer, free names, and nothing kept that nobody needs."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from store.errors import InUseError, StorageError, as_storage_error
from store.manifest import Manifest, read_manifest

LATEST: Final = "latest"
LEFTOVER: Final = ".tmp-"
"""How the name of a folder begins that is no batch yet, or no longer."""


@contextmanager
def only_writer(root: Path) -> Iterator[None]:
    """Hold the root's lock: two writers would sweep each other's files.

    Raises:
        InUseError: another process holds it.
        StorageError: the disk refused.
    """
    with as_storage_error("locking", root):
        descriptor = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUseError(f"{root}: another process is writing a batch here") from None
        yield
    finally:
        os.close(descriptor)


def sweep(root: Path) -> None:
    """Remove what a crash left behind: folders and links that no batch ever became."""
    for leftover in root.glob(f"{LEFTOVER}*"):
        shutil.rmtree(leftover)
    for leftover in root.glob(f".{LATEST}-*"):
        leftover.unlink()


def free_id(root: Path, batch_id: str) -> str:
    """The id itself, or with the first number that makes it new: a batch never changes."""
    if not (root / batch_id).exists():
        return batch_id
    number = 2
    while (root / f"{batch_id}-{number}").exists():
        number += 1
    return f"{batch_id}-{number}"


def remove_old(root: Path, latest: Manifest, before: datetime) -> None:
    """Remove batches made before then, but never the latest nor its parent, and nothing that is no batch."""
    kept = {latest.batch_id, latest.parent_id}
    for folder in sorted(root.iterdir()):
        if folder.name.startswith(".") or folder.name in kept or folder.is_symlink():
            continue
        if not _is_older(folder, before):
            continue
        # Renamed first: a crash in the middle leaves a leftover, not half a batch.
        doomed = root / f"{LEFTOVER}removed-{folder.name}"
        folder.rename(doomed)
        shutil.rmtree(doomed)


def _is_older(folder: Path, before: datetime) -> bool:
    """Whether the folder is a batch made before then; what cannot tell its age is left alone."""
    try:
        return read_manifest(folder).created_at < before
    except StorageError:
        return False
