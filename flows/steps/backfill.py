"""Fill in published batches of days on which no run was: read, judge and publish as of each day. Nothing is ever sent."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from flows.config import ConfigError
from flows.feedback_summary import FILE_NAME, read_feedback_summary
from flows.rules_of_home import rule_book_of
from flows.seller_facts import declared_channels, sellers_of
from flows.steps.appeals import appeal_rules
from flows.steps.ingest import ingest
from flows.steps.outcome_of import outcome_of
from flows.steps.publish import disclosure_of
from flows.steps.publish import publish as publish_today
from flows.steps.screen import screen
from flows.work import Work
from schemas.vocabularies import RequestState
from store.batches import Batch, latest_batch
from store.publishing import publish
from transforms.appeals.appeal_table import appeals
from transforms.as_of import end_of, known_on
from transforms.comment_retention import closed_feedback, withhold_expired_text
from transforms.figures import figure_tables, figures
from transforms.figures.standing import OUT_OF_THE_RATING, feedback_with
from transforms.outcomes import outcomes
from transforms.response_list import response_table
from transforms.screen_feedback import screen_feedback

_FROM_REPORTS: Final = ("report_file", "feedback", "feedback_revision", "order_fulfillment")
_WITH_WORDS: Final = ("feedback", "feedback_revision")
_NEVER_ASKED: Final = (
    RequestState.PLANNED,
    RequestState.APPROVED,
    RequestState.HELD,
    RequestState.CANCELLED,
)


def backfill(work: Work, *, first: date, last: date, only_missing: bool) -> list[date]:
    """Take in the inbox, then publish a batch for each day of a range, of what is known now and not younger than the day.

    The run's own business date is judged and published as every night. Days before it are filled in beside the
    batches that are there, and `published/latest` does not move for them.

    Args:
        work: a run.
        first: first business date.
        last: last business date.
        only_missing: leave days alone that have a batch.

    Returns:
        The days that were published.

    Raises:
        ConfigError: the range is none, or reaches beyond the business date of the run.
        StorageError: tables, ledger or disk failed; batches that were finished before stay.
    """
    today = work.settings.as_of
    if not first <= last <= today:
        raise ConfigError(
            f"{first} to {last} is no range of days up to {today}: give --from and --to in this order"
        )
    ingest(work)
    batch = latest_batch(work.home.tables)
    if batch is None:
        work.summary.say("no feedback is known yet: take in a feedback report first")
        return []
    told = read_feedback_summary(work.home.root / FILE_NAME)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    wanted = [day for day in days if not (only_missing and _has_batch(work, day))]
    earlier = [day for day in wanted if day < today]
    closed = closed_feedback(
        outcome_of(
            work, batch, work.ledger.requests(), work.ledger.events(), work.ledger.sightings()
        )
    )
    work.progress.begin("filling in days", len(earlier), "days")
    for number, day in enumerate(earlier, 1):
        _publish_day(work, batch, day, told.positives_on(day), closed)
        work.progress.reach(number)
    if today in wanted:
        screen(work)
        publish_today(work)
    work.summary.has_changes = work.summary.has_changes or bool(wanted)
    work.summary.places["published"] = str(work.home.published)
    work.summary.say(
        f"{len(wanted)} of {len(days)} days were published; nothing was planned or sent"
    )
    return wanted


def _has_batch(work: Work, day: date) -> bool:
    folder = work.home.published
    return (folder / day.isoformat()).is_dir() or any(folder.glob(f"{day.isoformat()}-*"))


def _publish_day(
    work: Work,
    batch: Batch,
    day: date,
    positives: Mapping[tuple[str, str, int], int],
    closed: pa.Table,
) -> None:
    tables = {name: known_on(name, batch.read(name), day) for name in _FROM_REPORTS}
    ledger, config = work.ledger, work.settings.config
    requests = ledger.requests_before(end_of(day))
    events = known_on("event", ledger.events(), day)
    sightings = known_on("sighting", ledger.sightings(), day)
    screened = screen_feedback(
        tables["feedback"],
        tables["order_fulfillment"],
        rule_book=rule_book_of(work.settings.root),
        sellers=sellers_of(config),
        declared=declared_channels(config),
        as_of=day,
        asked=_asked(requests),
        policy_version=config.policy.version,
    )
    met = screened.findings.filter(pc.field("is_met"))
    became = outcomes(
        tables["feedback"],
        requests,
        sightings,
        candidates=screened.candidates,
        findings=met,
        events=events,
        as_of=day,
    )
    numbers = figures(
        tables["feedback"],
        became,
        tables["order_fulfillment"],
        met,
        as_of=day,
        positives=positives,
    )
    reopenings = appeals(requests, became, met, events, as_of=day, rules=appeal_rules(config))
    answers = response_table(
        screened.candidates,
        feedback_with(became, OUT_OF_THE_RATING),
        as_of=day,
    )
    if not config.publish.personal:
        # A batch that is made today holds no words whose retention is over today, whatever day it is of.
        for name in _WITH_WORDS:
            tables[name] = withhold_expired_text(
                tables[name],
                closed,
                as_of=work.settings.as_of,
                comment_days=config.retention.comment_days,
            )
    publish(
        work.home.published,
        tables
        | figure_tables(numbers)
        | {
            "finding": screened.findings,
            "candidate": screened.candidates,
            "removal_request": requests,
            "event": events,
            "sighting": sightings,
            "outcome": became,
            "appeal": reopenings,
            "response": answers,
            "run": known_on("run", ledger.runs(), day),
        },
        batch_id=day.isoformat(),
        as_of=day,
        at=work.settings.started_at,
        disclosure=disclosure_of(config),
        is_latest=False,
    )


def _asked(requests: pa.Table) -> frozenset[str]:
    """Feedback about which Amazon had been asked, or may have been."""
    asked = requests.filter(
        ~pc.field("state").isin([state.value for state in _NEVER_ASKED]) | (pc.field("attempt") > 0)
    )
    return frozenset(str(key) for key in asked["feedback_id"].to_pylist())
