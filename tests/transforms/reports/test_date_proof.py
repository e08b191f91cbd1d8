"""A file's date format is proved, assumed or refused; never guessed row by row."""

from collections import Counter
from datetime import date

import pytest

from schemas.marketplaces import DateFormat
from transforms.reports.dates import DateProof, prove_date_format, readings, why_no_date
from transforms.reports.reading import RefusedReportError

AS_OF = date(2026, 6, 1)


def prove(*printed: str, usual: DateFormat | None = DateFormat.MDY) -> DateProof:
    return prove_date_format(Counter(printed), usual, as_of=AS_OF)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (("1/5/26", "1/15/26"), DateFormat.MDY),
        (("1/5/26", "15/1/26"), DateFormat.DMY),
        (("5.1.26", "15.1.2026"), DateFormat.D_M_Y_DOTS),
        (("2026-01-05",), DateFormat.ISO),
        (("2026/1/5", "2026/1/6"), DateFormat.YEAR_FIRST),
        (("26/1/31",), DateFormat.YEAR_FIRST),
    ],
)
def test_one_format_that_fits_all_rows_is_proved(
    printed: tuple[str, ...], expected: DateFormat
) -> None:
    assert prove(*printed) == DateProof(expected, is_assumed=False)


def test_rows_that_fit_several_formats_take_the_marketplaces_and_say_so() -> None:
    assert prove("3/2/26", "4/5/26") == DateProof(DateFormat.MDY, is_assumed=True)
    assert prove("3/2/26", "4/5/26", usual=DateFormat.DMY) == DateProof(
        DateFormat.DMY, is_assumed=True
    )


def test_a_format_that_puts_rows_into_the_future_is_not_believed() -> None:
    # 5 December lies ahead, so this can only be 12 May.
    assert prove("5/12/26") == DateProof(DateFormat.MDY, is_assumed=False)
    assert prove("12/5/2026") == DateProof(DateFormat.DMY, is_assumed=False)


def test_a_proved_format_is_not_shaken_by_a_row_in_the_future() -> None:
    assert prove("1/15/26", "12/31/9999", "11/30/26") == DateProof(DateFormat.MDY, is_assumed=False)


def test_rows_that_contradict_each_other_refuse_the_file() -> None:
    with pytest.raises(RefusedReportError) as refused:
        prove("13/2/26", "2/13/26")
    assert refused.value.refusal.reason == "date_order"


def test_nothing_proved_and_nothing_usual_refuses_the_file() -> None:
    with pytest.raises(RefusedReportError) as refused:
        prove("3/2/26", usual=None)
    assert refused.value.refusal.reason == "date_format_unknown"
    with pytest.raises(RefusedReportError):
        prove("3/2/26", usual=DateFormat.D_M_Y_DOTS)


def test_a_few_rows_with_another_separator_prove_nothing() -> None:
    assert prove("1/15/26", "1/16/26", "2026-01-17").date_format is DateFormat.MDY


def test_no_dates_no_format() -> None:
    assert prove("yesterday", "") == DateProof(None)


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("", "missing_feedback_date"),
        (" ", "missing_feedback_date"),
        ("15 janvier 2026", "date_lang"),
        ("令和8年1月15日", "date_lang"),
        ("2/30/26", "date_bad"),
        ("13/13/13", "date_bad"),
        ("1/5", "date_bad"),
        ("1-5/26", "date_bad"),
        ("20260105", "date_bad"),
    ],
)
def test_what_is_no_date_says_why(printed: str, reason: str) -> None:
    assert not readings(printed)
    assert why_no_date(printed) == reason


def test_two_digit_years_are_of_this_century_up_to_94() -> None:
    assert readings("1/15/94")[DateFormat.MDY] == date(2094, 1, 15)
    assert readings("1/15/95")[DateFormat.MDY] == date(1995, 1, 15)


def test_digits_of_other_scripts_and_spaces_are_read() -> None:
    assert readings(" １/１５/２６ ")[DateFormat.MDY] == date(2026, 1, 15)
