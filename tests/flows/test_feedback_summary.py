"""HOME/feedback-summary.csv: good lines count, every other line is a sentence and never a traceback."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.exit_codes import ExitCode
from flows.feedback_summary import COLUMNS, FILE_NAME, read_feedback_summary
from flows.settings import resolve
from flows.steps.figures_of import figures_of
from flows.steps.ingest import ingest
from flows.steps.track import track
from flows.work import running
from schemas.tables import OUTCOME
from store.batches import latest_batch

HEADER = ",".join(COLUMNS)
DAY = date(2026, 11, 20)
KEY = ("lumen-home", "US", 30)
GOOD = "lumen-home,US,2026-11-20,30,1001,15,4"


def written(folder: Path, *lines: str) -> Path:
    path = folder / FILE_NAME
    path.write_text("\n".join((HEADER, *lines)) + "\n", "utf-8")
    return path


def test_the_newest_number_known_on_a_day_counts_for_a_week(tmp_path: Path) -> None:
    told = read_feedback_summary(written(tmp_path, GOOD, "lumen-home,US,2026-11-18,30,990,15,4"))
    assert told.problems == ()
    assert told.positives_on(date(2026, 11, 17)) == {}
    assert told.positives_on(date(2026, 11, 19)) == {KEY: 990}
    assert told.positives_on(date(2026, 11, 27)) == {KEY: 1001}
    assert told.outdated_on(date(2026, 11, 27)) == []
    assert told.positives_on(date(2026, 11, 28)) == {}
    assert "lumen-home / US are older than 7 days" in told.outdated_on(date(2026, 11, 28))[0]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        pytest.param("lumen-home,US,2026-11-20,30,1001,15", "6 values where 7", id="short"),
        pytest.param(",US,2026-11-20,30,1,1,1", "account is empty", id="no account"),
        pytest.param("a,XX,2026-11-20,30,1,1,1", "no marketplace 'XX'", id="marketplace"),
        pytest.param("a,US,20.11.2026,30,1,1,1", "as_of_date '20.11.2026'", id="date"),
        pytest.param("a,US,2026-11-20,31,1,1,1", "period_days is 31", id="period"),
        pytest.param('a,US,2026-11-20,30,"1,001",1,1', "positive_count '1,001'", id="separator"),
        pytest.param("a,US,2026-11-20,30,-1,1,1", "positive_count '-1'", id="negative"),
        pytest.param("a,US,2026-11-20,30,1,,1", "neutral_count ''", id="empty count"),
        pytest.param(GOOD, "an earlier line", id="twice"),
    ],
)
def test_a_bad_line_is_told_with_its_number_and_the_others_count(
    tmp_path: Path, line: str, why: str
) -> None:
    path = written(tmp_path, GOOD, line)
    told = read_feedback_summary(path)
    assert told.positives_on(DAY) == {KEY: 1001}
    (problem,) = told.problems
    assert problem.startswith(f"{path}:3: {why}")


def test_no_file_says_nothing_and_an_unreadable_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / FILE_NAME
    assert read_feedback_summary(path).problems == ()
    path.write_bytes(HEADER.encode("utf-16"))
    assert "UTF-8" in read_feedback_summary(path).problems[0]
    path.write_text("account,positive\n", "utf-8")
    assert "line 1 must name" in read_feedback_summary(path).problems[0]
    path.unlink()
    path.mkdir()
    assert len(read_feedback_summary(path).problems) == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=80))
def test_no_bytes_are_a_traceback_or_go_unnoticed(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(f"{HEADER}\n{GOOD}\n".encode() + b"x" + tail)
    assert read_feedback_summary(path).problems


def test_told_positives_end_the_partial_shares_of_a_run(sample_home: Path) -> None:
    written(sample_home, GOOD, "lumen-home,US,soon,90,1,1,1")
    with running(resolve(home=sample_home, as_of=DAY)) as work:
        ingest(work)
        track(work)
        batch = latest_batch(work.home.tables)
        found = figures_of(work, batch, OUTCOME.empty()).rating_shares
        messages, codes = work.summary.messages, work.summary.exit_codes
    full = {(row.account, row.marketplace, row.days) for row in found if not row.is_partial}
    assert full == {KEY}
    assert [m for m in messages if f"{FILE_NAME}:3: as_of_date 'soon'" in m]
    assert ExitCode.QUARANTINED in codes
