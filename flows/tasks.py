"""The steps as Prefect tasks: coarse, a handful a night, and no row passes through Prefect.

A task is given the run's `Work` (a plain object, so Prefect neither copies nor stores it) and returns nothing.
"""

from datetime import date
from typing import Any, Final

from prefect import task

from flows.steps import approve as approval
from flows.steps import backfill as backfilling
from flows.steps import ingest as ingesting
from flows.steps import plan as planning
from flows.steps import publish as publishing
from flows.steps import screen as screening
from flows.steps import submit as submission
from flows.steps import track as tracking
from flows.work import Work

# Retries are 0 everywhere: a step that failed is repeated by the next run, which finds what is done already; a
# submission in particular is never repeated by an orchestrator that cannot know whether it happened.
_OPTIONS: Final[dict[str, Any]] = {"retries": 0, "persist_result": False, "cache_policy": None}


@task(name="take in reports", **_OPTIONS)
def ingest_reports(work: Work) -> None:
    """Read the inbox and merge what is new."""
    ingesting.ingest(work)


@task(name="judge feedback", **_OPTIONS)
def screen_feedback(work: Work) -> None:
    """Judge all feedback that is known."""
    screening.screen(work)


@task(name="plan requests", **_OPTIONS)
def plan_requests(work: Work) -> None:
    """Write down in the ledger what should be asked."""
    planning.plan(work)


@task(name="approve within caps", **_OPTIONS)
def approve_requests(work: Work) -> None:
    """Approve what the configuration approves by itself."""
    approval.approve_automatically(work)


@task(name="submit approved requests", **_OPTIONS)
def submit_requests(work: Work) -> None:
    """Put approved requests through the configured channel."""
    submission.submit(work)


@task(name="follow decisions", **_OPTIONS)
def track_decisions(work: Work) -> None:
    """Record what people reported and what newer reports show."""
    tracking.track(work)


@task(name="publish tables", **_OPTIONS)
def publish_tables(work: Work) -> None:
    """Write the Parquet for analysts."""
    publishing.publish(work)


@task(name="fill in missed days", **_OPTIONS)
def backfill_days(work: Work, *, first: date, last: date, only_missing: bool) -> None:
    """Take in the inbox and publish a batch for each missed day."""
    backfilling.backfill(work, first=first, last=last, only_missing=only_missing)
