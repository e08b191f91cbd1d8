"""The rules keep what they reached on the labelled comments that they were developed on; the kept part only measures."""

import json
from pathlib import Path

from rules.jsonl import judge_records
from rules.rule_book import RuleBook

TUNE = Path(__file__).parent / "cases" / "tune.jsonl"
ALSO = {"obscene_language": "obscene", "personal_information": "pii"}


def test_precision_recall_and_review_share_on_the_tune_part(book: RuleBook) -> None:
    cases = [json.loads(line) for line in TUNE.read_text("utf-8").split("\n") if line]
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
    assert right / (right + wrong) >= 0.96
    assert right / (right + missed) >= 0.78
    assert reviewed / low <= 0.20
