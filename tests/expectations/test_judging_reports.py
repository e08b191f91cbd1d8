"""Grades lead to what they promise, and a check that could not run is not a check that failed."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from expectations.grades import GradesError, file_expectations, row_expectations
from expectations.judging import judge_reports
from expectations.report import Answer, ExpectationReport, ExpectationResult, Scope
from schemas.vocabularies import Grade
from transforms.file_profile import ROW_REASONS, FileKey

US = FileKey("lamps", "US", "a" * 64)
DE = FileKey("lamps", "DE", "b" * 64)
Judge = Callable[..., ExpectationReport]


@pytest.fixture
def judge(tmp_path: Path, as_of: date) -> Judge:
    """Judging into a temporary folder."""

    def judged(profile: pa.Table, **options: Any) -> ExpectationReport:
        return judge_reports(profile, docs_dir=tmp_path, run_name="night-1", as_of=as_of, **options)

    return judged


def changed(profile: pa.Table, name: str, values: list[Any]) -> pa.Table:
    """The profile with one figure changed, file by file."""
    position = profile.column_names.index(name)
    field = profile.schema.field(position)
    return profile.set_column(position, field, pa.array(values, field.type))


def named(report: ExpectationReport, name: str) -> ExpectationResult:
    (found,) = (result for result in report.results if result.name == name)
    return found


def test_a_night_with_one_bad_row_stops_nothing_and_names_rule_file_and_remedy(
    profile: pa.Table, judge: Judge
) -> None:
    report = judge(profile)

    (missed,) = [result for result in report.results if not result.is_met]
    assert (missed.name, missed.grade, missed.scope) == (
        "bad_order_id",
        Grade.QUARANTINE,
        Scope.ROWS,
    )
    assert (missed.files_judged, missed.files_failed, missed.row_count) == (2, (US,), 1)
    assert missed.sentence.startswith("In 1 file of lamps/US, 1 row: The order id")
    assert report.sentences == (missed.sentence,)
    assert not report.must_stop
    assert report.files_to_quarantine == {}


@pytest.mark.parametrize("difference", [1, -1])
def test_accounts_that_do_not_add_up_stop_the_run(
    difference: int, profile: pa.Table, judge: Judge
) -> None:
    accounts = ("rows_unaccounted", "rows_accepted_missing", "rows_quarantined_missing")
    for figure in accounts:
        profile = changed(profile, figure, [0, difference])

    report = judge(profile)

    stopping = report.failed(Grade.STOP)
    assert report.must_stop
    assert len(stopping) == len(accounts)
    for result in stopping:
        assert (result.answer, result.files_failed, result.row_count) == (Answer.FAILED, (DE,), 1)


def test_an_accepted_row_that_breaks_a_rule_stops_and_a_file_without_the_figure_is_not_judged(
    profile: pa.Table, judge: Judge
) -> None:
    report = judge(changed(profile, "rows_accepted_invalid", [2, None]))

    invalid = named(report, "accepted_rows_invalid")
    assert report.must_stop
    assert (invalid.files_judged, invalid.files_failed, invalid.row_count) == (1, (US,), 2)
    assert report.results[0] == invalid
    grades = [result.grade for result in report.results]
    assert grades == sorted(grades, key=[Grade.STOP, Grade.QUARANTINE, Grade.WARN].index)


def test_a_file_that_is_mostly_unreadable_is_set_aside_and_one_at_the_bound_is_not(
    profile: pa.Table, judge: Judge
) -> None:
    report = judge(changed(profile, "quarantined_share", [0.5, 0.6]))

    assert report.files_to_quarantine == {DE: "mostly_unreadable"}
    assert not report.must_stop
    assert [result.name for result in report.failed(Grade.WARN)] == ["many_rows_quarantined"]


def test_what_is_only_odd_is_only_said(profile: pa.Table, judge: Judge) -> None:
    odd = {
        "duplicate_share": "many_duplicates",
        "replaced_character_count": "characters_replaced",
        "damaged_text_share": "texts_damaged",
        "unknown_channel_share": "channels_unknown",
        "date_format_assumed": "date_format_assumed",
        "encoding_guessed": "encoding_guessed",
        "positive_rating_count": "ratings_positive",
        "lettered_order_id_count": "order_ids_lettered",
    }
    for figure in odd:
        profile = changed(profile, figure, [1, 0])
    profile = changed(profile, "report_age_days", [91, 90])
    profile = changed(profile, "rows_in", [0, 1])

    report = judge(profile)

    said = {result.name: result.files_failed for result in report.failed(Grade.WARN)}
    assert said == dict.fromkeys([*odd.values(), "report_outdated", "no_rows"], (US,))
    assert not report.must_stop
    assert not report.files_to_quarantine


def test_a_check_that_cannot_run_is_not_run_and_stops(profile: pa.Table, judge: Judge) -> None:
    position = profile.column_names.index("duplicate_share")
    broken = profile.set_column(position, "duplicate_share", pa.array(["a tenth", "none"]))

    report = judge(broken)

    not_run = named(report, "many_duplicates")
    assert not_run.answer is Answer.NOT_RUN
    assert not_run.grade is Grade.WARN
    assert not_run.files_failed == ()
    assert report.must_stop
    assert not_run in report.failed(Grade.STOP)
    assert not_run not in report.failed(Grade.WARN)
    assert not_run.sentence.startswith("many_duplicates could not be checked")


def test_a_sentence_names_a_few_places_and_counts_the_others(
    profile: pa.Table, judge: Judge
) -> None:
    many = pa.concat_tables(
        changed(profile, "account", [f"lamps-{number}"] * 2) for number in range(3)
    )

    report = judge(changed(many, "encoding_guessed", [1] * 6))

    assert named(report, "encoding_guessed").sentence.startswith(
        "In 6 files of lamps-0/US, lamps-0/DE, lamps-1/US and 3 more: Neither the file"
    )


def test_a_profile_without_files_meets_everything(profile: pa.Table, judge: Judge) -> None:
    report = judge(profile.slice(0, 0))

    assert all(result.is_met and result.files_judged == 0 for result in report.results)


def test_a_config_changes_grade_and_bound(profile: pa.Table, judge: Judge) -> None:
    profile = changed(profile, "unknown_channel_share", [0.3, 0.0])
    profile = changed(profile, "duplicate_share", [0.3, 0.0])

    report = judge(
        profile,
        overrides={"channels_unknown": {"maximum": 0.5}, "many_duplicates": {"grade": "stop"}},
    )

    assert report.failed(Grade.WARN) == ()
    assert [result.name for result in report.failed(Grade.STOP)] == ["many_duplicates"]


@pytest.mark.parametrize(
    ("overrides", "complaint"),
    [
        ({"channel_unknown": {"maximum": 1}}, "no expectation is called channel_unknown"),
        ({"channels_unknown": {"figure": "rows_in"}}, "figure cannot be set"),
        ({"channels_unknown": {"grade": "error"}}, "is none of stop, quarantine, warn"),
        ({"channels_unknown": {"maximum": "half"}}, "expected a number"),
        ({"channels_unknown": {"maximum": True}}, "expected a number"),
        ({"channels_unknown": {"maximum": float("nan")}}, "expected a number"),
        ({"rows_unaccounted": {"minimum": 1}}, "above maximum"),
    ],
)
def test_a_wrong_override_is_refused_with_its_name(
    overrides: dict[str, dict[str, Any]], complaint: str
) -> None:
    with pytest.raises(GradesError, match=complaint):
        file_expectations(overrides)


def test_every_row_rule_is_explained_with_its_remedy() -> None:
    unexplained = "A reason that row_reasons.toml does not explain."
    (unknown,) = row_expectations(["rejected.odd", "rows_in"])

    assert unknown.name == "odd"
    assert unknown.says.startswith(unexplained)
    for expected in row_expectations(f"rejected.{reason}" for reason in ROW_REASONS):
        assert not expected.says.startswith(unexplained), expected.name
