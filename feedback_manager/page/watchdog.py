"""A bound for calls into the browser that know none: a page that hangs must not hang the run.

Playwright limits waiting for elements, but not a script that runs in a page: a frozen page would hold the driver for
ever. The watchdog then ends the browser, the call fails, and the driver says what that means at that step.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from weakref import WeakKeyDictionary

from playwright.sync_api import BrowserContext

_GRACE_SECONDS: Final = 3.0


def children_of(pid: int) -> frozenset[int]:
    """Processes that a process has started; empty where the system does not tell (not Linux)."""
    if sys.platform != "linux":
        return frozenset()
    found: set[int] = set()
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found.update(int(child) for child in listing.read_text().split())
    return frozenset(found)


def descendants_of(pid: int) -> frozenset[int]:
    """A process's children, their children, and so on."""
    children = children_of(pid)
    return children.union(*(descendants_of(child) for child in children))


class Watchdog:
    """Ends the browser when a call into it takes too long.

    Args:
        drivers: the processes through which Playwright drives it; without any, the watchdog only watches.
    """

    def __init__(self, drivers: frozenset[int] = frozenset()) -> None:
        self._drivers = drivers

    @contextmanager
    def bound(self, seconds: float) -> Iterator[None]:
        """End the browser when the block takes longer than this; the call in it then fails."""
        timer = threading.Timer(seconds, self._bite)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _bite(self) -> None:
        pack = self._drivers.union(*(descendants_of(pid) for pid in self._drivers))
        for pid in self._drivers:
            _send(pid, signal.SIGTERM)  # closes the browser in good order, if it still can
        time.sleep(_GRACE_SECONDS)
        for pid in pack:
            _send(pid, signal.SIGKILL)


def _send(pid: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, how)


_WATCHDOGS: Final[WeakKeyDictionary[BrowserContext, Watchdog]] = WeakKeyDictionary()


def set_watchdog(context: BrowserContext, watchdog: Watchdog) -> None:
    """Put a browser under a watchdog."""
    _WATCHDOGS[context] = watchdog


def watchdog_of(context: BrowserContext) -> Watchdog:
    """The browser's watchdog; for a browser that was not opened here, one that only watches."""
    return _WATCHDOGS.get(context) or Watchdog()
