"""Memory that a process has used once stays with it, so that the kernel does not clear the same pages again and again.

Reading makes and drops columns of some megabytes a thousand times. By default each goes back to the kernel and comes
again as fresh pages filled with zeros: about a fifth of the whole time. The most that stays unused is small beside
what reading needs anyway.
"""

import ctypes
import sys
from typing import Final

import pyarrow as pa

_M_TRIM_THRESHOLD: Final = -1  # malloc.h
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
_HEAPS: Final = 2
"""Otherwise each thread may keep memory of its own."""
_LARGEST_KEPT: Final = 32 << 20
"""Larger pieces still go back at once; glibc takes no higher bound than this."""
_UNUSED: Final = 64 << 20
"""So many unused bytes at the end of the heap stay."""


def keep_freed_memory() -> None:
    """Let this process keep what it frees; without effect where the C library is not glibc. Calling twice is allowed."""
    if sys.platform != "linux":
        return
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt"):
        return
    library.mallopt(_M_ARENA_MAX, _HEAPS)
    library.mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT)
    library.mallopt(_M_TRIM_THRESHOLD, _UNUSED)
    # Arrow's own allocators have their own habits; this way there is one place where freed memory waits.
    pa.set_memory_pool(pa.system_memory_pool())
