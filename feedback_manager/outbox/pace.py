"""A steady pace: so many seconds between two clicks, and the switch is heard while waiting."""

import time
from collections.abc import Callable
from typing import Final

from feedback_manager.outbox.switch import Switch

_PREPARING_SECONDS: Final = 3.0
"""What finding the row and filling the panel takes; it is done while the pace is waited for."""
_HEARD_WITHIN_SECONDS: Final = 0.5


class Pace:
    """Keeps the clicks of one run apart.

    Args:
        seconds: between two clicks; 0 for none.
        switch: asked at least twice a second while waiting.
        monotonic: a clock in seconds.
        sleep: waits that many seconds.
    """

    def __init__(
        self,
        seconds: float,
        switch: Switch,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds = seconds
        self._switch = switch
        self._monotonic = monotonic
        self._sleep = sleep
        self._next_click = monotonic()

    def clicking(self) -> None:
        """A click is about to happen: the next one has to wait."""
        self._next_click = self._monotonic() + self._seconds

    def await_preparation(self) -> None:
        """Wait until the next request may be prepared, so that its click comes in time."""
        self._until(self._next_click - _PREPARING_SECONDS)

    def await_click(self) -> None:
        """Wait until the next click may happen."""
        self._until(self._next_click)

    def rest(self, seconds: float) -> None:
        """Wait for another reason."""
        self._until(self._monotonic() + seconds)

    def _until(self, moment: float) -> None:
        while (left := moment - self._monotonic()) > 0:
            self._switch.require_on()
            self._sleep(min(left, _HEARD_WITHIN_SECONDS))
