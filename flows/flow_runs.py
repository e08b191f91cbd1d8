"""What every flow shares: how it starts, which date it has, how it ends in Prefect."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from prefect.context import FlowRunContext

from flows.exit_codes import ExitCode
from flows.notifying.run_told import WELL, run_told
from flows.prefect_pause import paused_because
from flows.prefect_progress import PrefectProgress
from flows.progress import Progress, Silent
from flows.run_summary import RunSummary
from flows.settings import resolve
from flows.work import Work, running

if TYPE_CHECKING:
    from prefect import Flow

OPTIONS: Final[dict[str, Any]] = {"retries": 0, "persist_result": False, "log_prints": False}

_PROGRESS: ContextVar[Progress | None] = ContextVar("progress", default=None)
_STARTED: ContextVar[list[Work] | None] = ContextVar("started", default=None)


class FailedRunError(Exception):
    """A run ended with an exit code that needs the operator; Prefect shows it as failed."""


@contextmanager
def flow_run(
    home: Path, config: Path | None, as_of: date | None, *, is_watched: bool = False
) -> Iterator[Work]:
    """The work of one flow run; whoever the configuration names is told how it ended.

    The business date of a scheduled run is the date it was scheduled for, so that a late or repeated run keeps it.

    Args:
        home: home folder.
        config: configuration file.
        as_of: business date.
        is_watched: the dead-man's switch of the configuration waits for this run.

    Raises:
        FailedRunError: the run ended with an exit code that needs the operator.
    """
    context = FlowRunContext.get()
    scheduled_at = context.flow_run.expected_start_time if context and context.flow_run else None
    settings = resolve(home=home, config=config, as_of=as_of, scheduled_at=scheduled_at)
    with (
        run_told(settings, is_watched=is_watched) as telling,
        running(settings, PrefectProgress(_PROGRESS.get() or Silent())) as work,
    ):
        telling.about(work)
        started = _STARTED.get()
        if started is not None:
            started.append(work)
        if context and context.flow_run:
            work.paused_because = partial(paused_because, context.flow_run.id)
        yield work
        telling.ending()
    code = ExitCode(work.summary.exit_code or 0)
    if code not in WELL:
        raise FailedRunError(f"exit code {code.value}: {code.meaning}")


def ran_with(progress: Progress, called: "Flow[Any, Any]", **parameters: Any) -> RunSummary:  # noqa: ANN401 - a flow's own parameters
    """Call a flow in this process and return the summary of its run, whatever its end.

    Raises:
        Exception: what the run raised before it had a summary, or a defect.
    """
    started: list[Work] = []
    progress_token = _PROGRESS.set(progress)
    started_token = _STARTED.set(started)
    try:
        called(**parameters)
    except FailedRunError:
        pass
    finally:
        _PROGRESS.reset(progress_token)
        _STARTED.reset(started_token)
    return started[0].summary
