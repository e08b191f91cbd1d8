"""The clock of deadlines: it counts from the machine's start, suspends included, and nobody can set it."""

import sys
import time
import uuid
from pathlib import Path
from typing import Final

from schemas.submission import BootTime

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")  # random(4), Linux


class BootClock:
    """Reads the boot clock.

    Where the system names no boot (not Linux), each clock is taken for a start of the machine of its own: moments of
    another process then cannot be compared, and the ledger waits longer instead of trusting them.
    """

    def __init__(self) -> None:
        if sys.platform == "linux":
            self._boot_id = _BOOT_ID.read_text(encoding="ascii").strip()
            self._clock = time.CLOCK_BOOTTIME
        else:
            self._boot_id = f"process-{uuid.uuid4().hex}"
            self._clock = time.CLOCK_MONOTONIC

    def now(self) -> BootTime:
        """This moment."""
        return BootTime(self._boot_id, time.clock_gettime(self._clock))
