"""What can go wrong on disk, by what to do about it.

StoreError
├── StorageError   disk full, no permission, damaged file: make room or repair, then run again (exit code 6)
└── InUseError     another process is writing here: wait for it, then run again (exit code 5)
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class StoreError(Exception):
    """Base of everything the store raises."""


class StorageError(StoreError):
    """The disk did not do what was asked; what was there before is still there."""


class InUseError(StoreError):
    """Another process is writing to the same place."""


@contextmanager
def as_storage_error(doing: str, path: Path) -> Iterator[None]:
    """Turn an `OSError` of the block into a `StorageError` that says what was being done, and where.

    Raises:
        StorageError: the block raised an `OSError`.
    """
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(
            f"{doing} {path}: {reason}; nothing that was there before has changed: "
            "make room or repair the disk, then run again"
        ) from error
