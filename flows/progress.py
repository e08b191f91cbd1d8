"""How far long work has come, shown where the operator looks: a terminal, or the Prefect run."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class Progress(Protocol):
    """Told by the steps what they are at."""

    def begin(self, stage: str, total: int, unit: str) -> None:
        """A stage of `total` units of work starts."""

    def reach(self, done: int) -> None:
        """So many units of the current stage are done."""


class Silent:
    """Shows nothing: for JSON output and for tests."""

    def begin(self, stage: str, total: int, unit: str) -> None:
        """Nothing is shown."""

    def reach(self, done: int) -> None:
        """Nothing is shown."""


class Terminal:
    """Progress bars on standard error, one a stage."""

    def __init__(self, bars: "RichProgress") -> None:
        self._bars = bars
        self._task: TaskID | None = None

    def begin(self, stage: str, total: int, unit: str) -> None:
        """Add a bar for the stage."""
        self._task = self._bars.add_task(stage, total=max(total, 1), unit=unit)
        if total == 0:
            self.reach(1)

    def reach(self, done: int) -> None:
        """Move the stage's bar."""
        if self._task is not None:
            self._bars.update(self._task, completed=done)


@contextmanager
def terminal_progress() -> Iterator[Progress]:
    """Bars on standard error when it is a terminal, nothing otherwise."""
    import sys

    if not sys.stderr.isatty():
        yield Silent()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description:<22}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Terminal(bars)
