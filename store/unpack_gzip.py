"""Unpack a gzip file in bounded memory, and never more than a report can be."""

import zlib
from typing import BinaryIO, Final

from store.file_limits import FileLimits

_BLOCK: Final = 1 << 16
_PIECE: Final = 1 << 20
_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16


class GzipError(Exception):
    """The file cannot be unpacked; `reason` is a code of transforms/reports/refusals.toml."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def unpack_gzip(packed: BinaryIO, unpacked: BinaryIO, limits: FileLimits) -> int:
    """Write what `packed` holds to `unpacked`; several gzip members one after another are one file.

    Returns:
        The number of bytes written.

    Raises:
        GzipError: `gz_truncated`, `gz_corrupt` (also for anything that follows the last member) or `bomb`.
        OSError: reading or writing failed.
    """
    read = written = 0
    member = zlib.decompressobj(_GZIP_WINDOW)
    is_started = False
    while block := packed.read(_BLOCK):
        read += len(block)
        while block:
            is_started = True
            try:
                piece = member.decompress(block, _PIECE)
            except zlib.error:
                raise GzipError("gz_corrupt") from None
            written += len(piece)
            if written > _most_bytes(read, limits):
                raise GzipError("bomb")
            unpacked.write(piece)
            if member.eof:
                block = member.unused_data
                member, is_started = zlib.decompressobj(_GZIP_WINDOW), False
            else:
                block = member.unconsumed_tail
    if is_started:
        raise GzipError("gz_truncated")
    return written


def _most_bytes(read: int, limits: FileLimits) -> int:
    by_ratio = max(limits.unpack_free_bytes, read * limits.unpack_ratio)
    return min(by_ratio, limits.unpacked_bytes)
