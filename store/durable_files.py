"""Files and folders that are on the disk, not only in its cache, before anything relies on them."""

import hashlib
import os
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_BLOCK: Final = 1 << 20


class HashedFile:
    """A new file that is hashed while it is written and fsynced when it is closed."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("xb")
        self._hash = hashlib.sha256()
        self._is_abandoned = False
        self.size_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    @property
    def closed(self) -> bool:
        """Whether the file was closed; Arrow asks."""
        return self._file.closed and not self._is_abandoned

    @property
    def sha256(self) -> str:
        """Hash of what was written so far."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> int:
        """Append bytes; after `abandon` they go nowhere, so that a writer above can still close."""
        if self._is_abandoned:
            return len(data)
        self._hash.update(data)
        self.size_bytes += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        """Hand buffered bytes to the operating system."""
        if not self._file.closed:
            self._file.flush()

    def tell(self) -> int:
        """Bytes written so far."""
        return self.size_bytes

    def close(self) -> None:
        """Write everything to the disk and close; closing twice is allowed."""
        if self._file.closed:
            return
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()

    def abandon(self) -> None:
        """Give the file up without asking the disk for anything more."""
        self._is_abandoned = True
        # Closing flushes what is buffered, which on a full disk fails a second time: the first error is the one to tell.
        try:
            self._file.close()
        except OSError:
            return


def file_sha256(path: Path) -> str:
    """SHA-256 of a file's bytes as the disk gives them back."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def write_durably(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """Write a whole file in one step: a reader, and a crash, leave the old content or the new one.

    Args:
        path: the file; its folder must exist.
        data: the whole content.
        mode: permissions of the file.

    Raises:
        OSError: the disk refused; what was there before is still there.
    """
    fresh = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        with HashedFile(fresh) as file:
            file.write(data)
        fresh.chmod(mode)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a new file's bytes alone do not bring back its name."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def point_at(link: Path, target: str) -> None:
    """Make the symbolic link point at `target` in one step: a reader sees the old target or the new one."""
    fresh = link.with_name(f".{link.name}-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    fsync_folder(link.parent)
