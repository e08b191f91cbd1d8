"""Precision and recall of the verdict `request` on labelled comments, by ground and by language.

usage: python training/score_rules.py [--part tune|kept|FILE.jsonl] [--language de] [--with-doubtful] [--show]

A request counts as right only with the right ground; ratings 4-5 must never be requested; `promotional_content` is for
a person, so review or leave is right for it. `--show` prints errors of the tune part only: the kept part measures.
"""

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

from rules.jsonl import judge_records
from rules.rule_book import load_rule_book

CASES = Path(__file__).parent.parent / "tests" / "rules" / "cases"
_ALSO = {"obscene_language": "obscene", "personal_information": "pii"}


def _load(part: str) -> list[dict[str, Any]]:
    path = CASES / f"{part}.jsonl" if part in {"tune", "kept"} else Path(part)
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def writer_of(case: dict[str, Any]) -> str:
    """Who wrote a labelled comment: the beginning of its id (`e0069`, `aanl017`)."""
    return str(case["id"]).rstrip("0123456789").removesuffix(case["language"])


def _row(name: str, key: str, right: int, wrong: int, missed: int) -> str:
    precision = right / (right + wrong) if right + wrong else 1.0
    recall = right / (right + missed) if right + missed else 1.0
    return f"{name:9} {key:24} precision {precision:.3f}  recall {recall:.3f}   right {right:3} wrong {wrong:2} missed {missed:3}"


class Summary:
    """Counts of right, wrong and missed requests."""

    def __init__(self) -> None:
        """Start with nothing counted."""
        names = ("ground", "language", "writer", "all")
        self.tables: dict[str, dict[str, list[int]]] = {
            n: defaultdict(lambda: [0, 0, 0]) for n in names
        }
        self.comments = self.reviews = self.high = self.wrong_language = 0

    def add(self, case: dict[str, Any], answer: dict[str, Any]) -> str | None:
        """Count one answer; gives back a line that describes an error, if it is one."""
        if case["rating"] > 3:
            self.high += answer["verdict"] == "request"
            return None
        self.comments += 1
        self.reviews += answer["verdict"] == "review"
        self.wrong_language += answer["language"] != case["language"]
        want = None if case["ground"] == "promotional_content" else case["ground"]
        got = answer["ground"] if answer["verdict"] == "request" else None
        is_right = got is not None and (
            got == want or f"also={_ALSO.get(got, got)}" in case["note"]
        )
        places = [
            ("language", case["language"]),
            ("writer", writer_of(case)),
            ("all", "all"),
        ]
        if got is not None:
            for table, key in [*places, ("ground", got)]:
                self.tables[table][key][0 if is_right else 1] += 1
        if want is not None and not is_right:
            for table, key in [*places, ("ground", want)]:
                self.tables[table][key][2] += 1
        return (
            None
            if is_right or (got is None and want is None)
            else _describe(case, answer, want, got)
        )

    def print(self) -> None:
        """Print all tables."""
        for name, table in self.tables.items():
            for key, numbers in sorted(table.items()):
                print(_row(name, key, *numbers))
        share = self.reviews / max(self.comments, 1)
        print(
            f"comments {self.comments}  review share {share:.3f}  requests at 4-5 stars {self.high}"
        )
        print(f"language guessed wrong {self.wrong_language}")


def _describe(
    case: dict[str, Any], answer: dict[str, Any], want: str | None, got: str | None
) -> str:
    spans = [*answer["evidence"], *answer["blocked_by"]]
    marks = " ".join(f"{case['comment'][s['start'] : s['end']]}/{s['class']}" for s in spans)
    order = f"{case['fulfillment_channel']}{'+BS' if case['buy_shipping_on_time'] else ''}"
    kind = "WRONG " if got else "MISSED"
    return (
        f"{kind} {case['id']} {case['language']}>{answer['language']} {order} want {want} got {answer['verdict']} "
        f"{answer['ground']} | {case['comment'][:230]!r} | {answer['reason'][:40]} | {marks}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", default="kept")
    parser.add_argument("--language")
    parser.add_argument("--with-doubtful", action="store_true")
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    if options.show and options.part == "kept":
        parser.error("the kept part's errors are not read: use --part tune")
    cases = [c for c in _load(options.part) if options.with_doubtful or not c["doubtful"]]
    if options.language:
        cases = [c for c in cases if c["language"] == options.language]
    book = load_rule_book()
    blind = [{**c, "language": None} for c in cases]
    begun = time.perf_counter()
    found = judge_records(blind, book)
    seconds = time.perf_counter() - begun
    summary = Summary()
    for case, answer in zip(cases, found, strict=True):
        error = summary.add(case, answer)
        if error and options.show:
            print(error)
    summary.print()
    print(f"{seconds:.2f} s")


if __name__ == "__main__":
    main()
