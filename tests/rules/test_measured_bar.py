"""The rules keep what they reached on the labelled comments that they were developed on, and on those kept apart."""

import json
from pathlib import Path

import pytest

from rules.jsonl import judge_records
from rules.rule_book import RuleBook

CASES = Path(__file__).parent / "cases"
OWN = sorted(CASES.glob("own_*.jsonl"))
ALSO = {"obscene_language": "obscene", "personal_information": "pii"}


def measure(path: Path, book: RuleBook) -> tuple[float, float, float]:
    """Precision and recall of requests on 1-3 stars, and the share that a person sees; 4-5 stars are never asked for."""
    cases = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
    cases = [case for case in cases if not case["doubtful"]]
    hidden = [{k: v for k, v in case.items() if k != "language"} for case in cases]
    right = wrong = missed = reviewed = low = 0
    for case, found in zip(cases, judge_records(hidden, book), strict=True):
        if case["rating"] > 3:
            assert found["verdict"] != "request", case["id"]
            continue
        low += 1
        wanted = None if case["ground"] == "promotional_content" else case["ground"]
        asked = found["ground"] if found["verdict"] == "request" else None
        is_right = asked is not None and (
            asked == wanted or f"also={ALSO.get(asked, asked)}" in case["note"]
        )
        right += is_right
        wrong += asked is not None and not is_right
        missed += wanted is not None and not is_right
        reviewed += found["verdict"] == "review"
    return right / (right + wrong), right / (right + missed), reviewed / low


def test_the_tune_part(book: RuleBook) -> None:
    precision, recall, reviewed = measure(CASES / "tune.jsonl", book)
    assert precision >= 0.98
    assert recall >= 0.86
    assert reviewed <= 0.20


def test_the_kept_part_by_its_totals_alone(book: RuleBook) -> None:
    precision, recall, reviewed = measure(CASES / "kept.jsonl", book)
    assert precision >= 0.97
    assert recall >= 0.80
    assert reviewed <= 0.20


@pytest.mark.parametrize("path", OWN, ids=[path.stem for path in OWN])
def test_our_own_cases_of_each_language(path: Path, book: RuleBook) -> None:
    precision, recall, reviewed = measure(path, book)
    assert precision >= 0.97
    assert recall >= 0.80
    assert reviewed <= 0.20
