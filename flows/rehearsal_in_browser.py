"""The last part of the rehearsal: all approved requests that nobody has answered go through a real browser to the local stand-in."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from feedback_manager.page import find_browser
from feedback_manager.stand_in import FeedbackRow, StandIn, serve
from feedback_manager.stand_in.report_rows import rows_of_tables
from flows.config import Submission
from flows.progress import Progress
from flows.run_summary import RunSummary
from flows.settings import Settings, resolve
from flows.steps.publish import publish
from flows.steps.read_back import read_back
from flows.steps.submit_in_browser import submit_in_browser
from flows.work import Work, running
from schemas.vocabularies import RequestState, SubmissionChannel
from store.batches import latest_batch
from store.home import Home

_DAYS: Final = 10
"""How far the stand-in's clock is moved: by then it has decided what it is going to decide."""


@dataclass(frozen=True, slots=True)
class BrowserRehearsal:
    """What was done in the browser.

    Attributes:
        summary: of the run.
        received: requests that arrived at the stand-in.
        assumptions: what the stand-in's decisions are drawn from.
    """

    summary: RunSummary
    received: int
    assumptions: str


def rehearse_in_browser(home: Path, as_of: date, progress: Progress) -> BrowserRehearsal | None:
    """Submit, let time pass, read the decisions back and publish; None when no browser is found.

    Args:
        home: the rehearsal's home after its worksheets were read back; requests that nobody answered are still on them.
        as_of: business date of the reports.
        progress: told what is being done.

    Raises:
        StorageError: the disk or the ledger failed.
    """
    if find_browser() is None:
        return None
    with serve(_feedback_rows(home)) as stand_in:
        stand_in.control.set_clock(datetime.combine(as_of, time(12), UTC))
        with running(_at_stand_in(resolve(home=home, as_of=as_of), stand_in), progress) as work:
            _hand_back(work)
            progress.begin("submitting in a browser", 1, "batch")
            submit_in_browser(work)
            progress.reach(1)
        stand_in.control.move_clock(days=_DAYS)
        later = resolve(home=home, as_of=as_of + timedelta(days=_DAYS))
        with running(_at_stand_in(later, stand_in), progress) as follow_up:
            progress.begin("reading decisions", 1, "list")
            seen = read_back(follow_up, now=lambda: datetime.now(UTC) + timedelta(days=_DAYS))
            progress.reach(1)
            publish(follow_up)
        received = len(stand_in.control.received())
        assumptions = stand_in.assumptions
    summary = follow_up.summary
    summary.requests = work.summary.requests | {f"seen {kind}": n for kind, n in seen.items()}
    summary.messages[:0] = work.summary.messages
    for code in work.summary.exit_codes:
        summary.exit_codes.append(code)
    summary.finish()
    return BrowserRehearsal(summary, received, assumptions)


def _feedback_rows(home: Path) -> list[FeedbackRow]:
    """The stand-in's feedback: what the pipeline has taken in and newer reports do not miss."""
    batch = latest_batch(Home(home).tables)
    if batch is None:
        return []
    feedback, orders = (batch.read(name).to_pandas() for name in ("feedback", "order_fulfillment"))
    return rows_of_tables(feedback[feedback["not_seen_since_date"].isna()], orders)


def _at_stand_in(settings: Settings, stand_in: StandIn) -> Settings:
    """The rehearsal's settings, with channel `browser` at the stand-in and no pace."""
    submission = Submission(
        channel=SubmissionChannel.BROWSER,
        stand_in_url=stand_in.base_url(),
        seconds_between_requests=0,
        canary=False,
    )
    return replace(settings, config=settings.config.model_copy(update={"submission": submission}))


def _hand_back(work: Work) -> None:
    """Take the requests that nobody has answered off their worksheets, as a person who says "not asked" does."""
    for row in work.ledger.requests(states=[RequestState.APPROVED]).to_pylist():
        if row["worksheet_id"] is not None:
            work.ledger.report_not_submitted(row["request_id"], work.step("rehearsal"))
