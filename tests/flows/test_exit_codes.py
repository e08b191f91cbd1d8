from itertools import permutations
from pathlib import Path

from flows.exit_codes import ExitCode, gravest


def test_the_gravest_code_wins_in_any_order() -> None:
    codes = (ExitCode.QUARANTINED, ExitCode.STORAGE, ExitCode.GOOD)
    assert {gravest(order) for order in permutations(codes)} == {ExitCode.STORAGE}


def test_without_codes_all_is_good() -> None:
    assert gravest([]) is ExitCode.GOOD


def test_a_defect_is_graver_than_everything_and_good_is_graver_than_nothing() -> None:
    assert gravest(ExitCode) is ExitCode.BUG
    for code in ExitCode:
        assert gravest([code, ExitCode.GOOD]) is code


def test_every_code_is_explained_in_the_runbook() -> None:
    runbook = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text("utf-8")
    for code in ExitCode:
        assert f"\n| {code.value} | " in runbook
