"""The kill switch, asked before each click and while waiting."""

from collections.abc import Callable
from dataclasses import dataclass


class SwitchedOffError(Exception):
    """The operator stopped the run; nothing was clicked.

    Attributes:
        reason: what stopped it, as a short code: `stop_file`, `paused`, ...
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"stopped by the operator ({reason}); nothing was clicked")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether requests may be sent at this moment.

    Attributes:
        off_because: why not, as a short code; None while they may. A flow composes it of the stop file and its run's
            state in the orchestrator. Whatever it raises stops the run as well.
    """

    off_because: Callable[[], str | None] = lambda: None

    def require_on(self) -> None:
        """Go on only while the switch is on.

        Raises:
            SwitchedOffError: it is off.
        """
        if reason := self.off_because():
            raise SwitchedOffError(reason)
