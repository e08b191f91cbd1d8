"""Files that several batches share: hard links, so that unchanged rows are stored once."""

from collections.abc import Iterable
from pathlib import Path

from store.durable_files import HashedFile, file_sha256
from store.errors import StorageError
from store.partition_writer import PartFile

Known = dict[tuple[str, str], Path]
"""Where a file of that path and hash is already."""


def known_files(batch_folder: Path, files: Iterable[PartFile]) -> Known:
    """The files of a batch by path and hash."""
    return {(file.path, file.sha256): batch_folder / file.path for file in files}


def share(folder: Path, files: Iterable[PartFile], known: Known) -> None:
    """Put into the folder what is known already; a file written just now gives way to its older twin.

    Raises:
        StorageError: a file had to be copied, and the original was damaged.
        OSError: the disk refused.
    """
    for file in files:
        source = known.get((file.path, file.sha256))
        if source is not None:
            _share(folder / file.path, file, source)


def _share(target: Path, file: PartFile, source: Path) -> None:
    if target.exists() and source.stat().st_size != file.size_bytes:
        return  # the old file was damaged: the new one stays
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name("link.tmp")
    try:
        fresh.hardlink_to(source)
    except OSError:
        # No hard links here (some network and FAT disks): the new file stays, or the old one is copied.
        if not target.exists():
            _copy(source, target, file)
        return
    fresh.replace(target)


def _copy(source: Path, target: Path, file: PartFile) -> None:
    with HashedFile(target) as copy, source.open("rb") as original:
        while block := original.read(1 << 20):
            copy.write(block)
    if file_sha256(target) != file.sha256:
        raise StorageError(f"{source}: damaged since it was written")
