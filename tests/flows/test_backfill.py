"""Missed nights: what each would have published, made later; nothing is planned, sent or moved for it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from flows.config import ConfigError
from flows.settings import resolve
from flows.steps.approve import approve
from flows.steps.backfill import backfill
from flows.steps.ingest import ingest
from flows.steps.plan import plan
from flows.steps.publish import publish
from flows.steps.screen import screen
from flows.work import running
from schemas.vocabularies import Certainty, Decision
from transforms.as_of import end_of, known_on

AS_OF = date(2026, 11, 20)


def day(text: str) -> date:
    return date.fromisoformat(text)


def filled(home: Path, first: str, last: str, *, only_missing: bool = False) -> list[date]:
    with running(resolve(home=home, as_of=AS_OF)) as work:
        return backfill(work, first=day(first), last=day(last), only_missing=only_missing)


def published(home: Path, batch: str, table: str) -> pa.Table:
    return pq.read_table(home / "published" / batch / table)


def test_a_missed_day_is_published_as_of_that_day(sample_home: Path) -> None:
    assert filled(sample_home, "2026-11-09", "2026-11-10") == [day("2026-11-09"), day("2026-11-10")]
    assert not (sample_home / "published" / "latest").exists()
    on_tenth = published(sample_home, "2026-11-10", "feedback")
    assert on_tenth.num_rows > 0
    assert pc.max(on_tenth["feedback_date"]).as_py() <= day("2026-11-10")
    earlier, later = (
        published(sample_home, name, "candidate").select(["feedback_id", "days_left"]).to_pylist()
        for name in ("2026-11-09", "2026-11-10")
    )
    left = {row["feedback_id"]: row["days_left"] for row in earlier}
    both = [row for row in later if row["feedback_id"] in left]
    assert both
    assert all(left[row["feedback_id"]] == row["days_left"] + 1 for row in both)
    assert published(sample_home, "2026-11-10", "removal_request").num_rows == 0
    figures = published(sample_home, "2026-11-10", "metric")
    assert "negative_share" in figures["metric_name"].to_pylist()


def test_words_whose_retention_is_over_today_are_not_published_anew(sample_home: Path) -> None:
    filled(sample_home, "2026-11-10", "2026-11-10")
    at_once = published(sample_home, "2026-11-10", "feedback")
    assert at_once["comment"].null_count < at_once.num_rows
    with running(resolve(home=sample_home, as_of=date(2027, 6, 1))) as work:
        backfill(work, first=day("2026-11-11"), last=day("2026-11-11"), only_missing=True)
    later = published(sample_home, "2026-11-11", "feedback")
    assert later.num_rows >= at_once.num_rows
    assert later["comment"].null_count == later.num_rows


def test_backfill_plans_and_sends_nothing_and_moves_no_latest(sample_home: Path) -> None:
    with running(resolve(home=sample_home, as_of=AS_OF)) as work:
        ingest(work)
        screen(work)
        plan(work)
        publish(work)
        before = work.ledger.events().num_rows, work.ledger.requests().to_pylist()
    latest = (sample_home / "published" / "latest").resolve()
    filled(sample_home, "2026-11-01", "2026-11-03")
    assert (sample_home / "published" / "latest").resolve() == latest
    with running(resolve(home=sample_home, as_of=AS_OF)) as work:
        assert (work.ledger.events().num_rows, work.ledger.requests().to_pylist()) == before
    assert not list((sample_home / "worksheets").glob("*"))


def test_only_missing_leaves_days_with_a_batch_alone(sample_home: Path) -> None:
    filled(sample_home, "2026-11-02", "2026-11-02")
    assert filled(sample_home, "2026-11-01", "2026-11-03", only_missing=True) == [
        day("2026-11-01"),
        day("2026-11-03"),
    ]
    assert not (sample_home / "published" / "2026-11-02-2").exists()
    assert filled(sample_home, "2026-11-02", "2026-11-02") == [day("2026-11-02")]
    assert (sample_home / "published" / "2026-11-02-2").is_dir()


def test_the_runs_own_day_is_published_as_every_night(sample_home: Path) -> None:
    filled(sample_home, "2026-11-19", "2026-11-20")
    assert (sample_home / "published" / "latest").resolve().name == "2026-11-20"


def test_a_filled_in_day_has_the_answers_and_re_openings_of_its_night(tmp_path: Path) -> None:
    night = datetime.now(UTC).date() + timedelta(days=1)  # the ledger's steps are taken today
    inbox = tmp_path / "inbox" / "shop" / "US"
    inbox.mkdir(parents=True)
    (tmp_path / "feedback-removal.toml").write_text(
        '[accounts.shop]\nmarketplaces = ["US"]\nfulfillment = "all_fba"\n', "utf-8"
    )
    words = ("Poor quality, the switch broke.", "The seller never answered my messages.")
    lines = [
        f"{night - timedelta(days=9 + number):%m/%d/%y}\t1\t{text}\t\t111-000000{number}-0000001\ta@b.example"
        for number, text in enumerate(words)
    ]
    header = "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email"
    (inbox / "feedback.txt").write_text("\n".join((header, *lines, "")), "utf-8")
    with running(resolve(home=tmp_path, as_of=night)) as work:
        ingest(work)
        screen(work)
        plan(work)
        approve(work, by="ann")
        (asked,) = work.ledger.requests()["request_id"].to_pylist()
        step = work.step("ann").because("asked", evidence_sha256="e" * 64)
        work.ledger.report_submitted(asked, step)
        work.ledger.decide(asked, Decision.DENIED, Certainty.REPORTED, step)
        screen(work)
        publish(work)
    with running(resolve(home=tmp_path, as_of=night + timedelta(days=1))) as work:
        backfill(work, first=night, last=night, only_missing=False)

    for table in ("response", "appeal"):
        at_night, later = (published(tmp_path, f"{night}{n}", table) for n in ("", "-2"))
        assert later.num_rows == 1
        assert later.equals(at_night)


@pytest.mark.parametrize(
    ("first", "last"), [("2026-11-03", "2026-11-01"), ("2026-11-20", "2026-11-21")]
)
def test_a_range_that_is_none_is_refused(sample_home: Path, first: str, last: str) -> None:
    with pytest.raises(ConfigError, match="no range of days up to 2026-11-20"):
        filled(sample_home, first, last)


def test_requests_are_those_that_the_ledger_had_at_the_time(sample_home: Path) -> None:
    with running(resolve(home=sample_home, as_of=AS_OF)) as work:
        ingest(work)
        screen(work)
        plan(work)
        planned = datetime.now(UTC)
        approve(work, by="somebody", grounds=(), accounts=(), request_ids=())
        ledger = work.ledger
        now = ledger.requests().sort_by("request_id")
        assert set(now["state"].to_pylist()) == {"approved"}
        then = ledger.requests_before(planned).sort_by("request_id")
        assert then["request_id"] == now["request_id"]
        assert set(then["state"].to_pylist()) == {"planned"}
        assert then["approved_by"].null_count == then.num_rows
        assert ledger.requests_before(datetime.now(UTC)).sort_by("request_id") == now
        assert ledger.requests_before(planned - timedelta(days=1)).num_rows == 0


def test_what_is_younger_is_left_out_and_what_has_no_date_stays() -> None:
    rows = pa.table({"purchased_at": [None, end_of(AS_OF), end_of(AS_OF) - timedelta(seconds=1)]})
    assert known_on("order_fulfillment", rows, AS_OF)["purchased_at"].to_pylist() == [
        None,
        end_of(AS_OF) - timedelta(seconds=1),
    ]
    missed = pa.table(
        {
            "feedback_date": [AS_OF, AS_OF, AS_OF + timedelta(days=1)],
            "not_seen_since_date": [AS_OF, AS_OF + timedelta(days=1), None],
        }
    )
    assert known_on("feedback", missed, AS_OF)["not_seen_since_date"].to_pylist() == [AS_OF, None]
