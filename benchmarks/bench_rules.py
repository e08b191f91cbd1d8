"""Judging speed against the floor of a bare Aho-Corasick pass over the same text with the same words.

Both run in this process on one core, in turns; the medians of the rounds are printed, with the time and memory that
loading takes. Targets: 50,000 distinct comments of about 150 bytes a second, a tenth of the floor, loading under a second
and under 200 MiB. The labelled comments as they were written, which are shorter, are measured beside them.
"""

import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ahocorasick_rs import BytesAhoCorasick

CASES = Path(__file__).parent.parent / "tests" / "rules" / "cases"
SIZE = 20_000
ROUNDS = 5


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _written() -> list[tuple[str, str]]:
    """Language and text of every distinct labelled comment."""
    files = [CASES / "tune.jsonl", CASES / "kept.jsonl", *CASES.glob("own_*.jsonl")]
    lines = (line for path in sorted(files) for line in path.read_text("utf-8").splitlines())
    cases = map(json.loads, lines)
    return list(dict.fromkeys((c["language"], c["comment"]) for c in cases if c["comment"]))


def _joined(written: list[tuple[str, str]], count: int) -> list[str]:
    """Distinct comments of 120 to 180 bytes: whole labelled comments of one language, joined at random.

    Nothing is cut and nothing is added, so that no comment carries a sign of personal data which its parts do not.
    """
    by_language: dict[str, list[str]] = {}
    for language, comment in written:
        by_language.setdefault(language, []).append(comment)
    random.seed(7)
    found: set[str] = set()
    while len(found) < count:
        language, comment = random.choice(written)
        while len(comment.encode()) < 120:
            comment += " " + random.choice(by_language[language])
        if len(comment.encode()) <= 180:
            found.add(comment)
    return sorted(found)


def _rate(run: Callable[[], object], count: int) -> float:
    begun = time.process_time()
    run()
    return count / (time.process_time() - begun)


def _pass(finder: BytesAhoCorasick, texts: list[bytes]) -> None:
    for text in texts:
        finder.find_matches_as_indexes(text)


def main() -> None:
    """Measure and print."""
    before = _memory()
    begun = time.perf_counter()
    from rules.rule_book import load_rule_book  # noqa: PLC0415 - loading is what is measured

    book = load_rule_book()
    loading = time.perf_counter() - begun
    grown = _memory() - before
    from rules.case import CommentCase  # noqa: PLC0415
    from rules.judging import judge  # noqa: PLC0415
    from rules.vocabulary import words_of  # noqa: PLC0415
    from schemas.vocabularies import FulfillmentChannel  # noqa: PLC0415

    written = _written()
    texts = {
        "joined": _joined(written, SIZE),
        "as written": list(dict.fromkeys(comment for _, comment in written)),
    }
    words = words_of(book)
    finder = BytesAhoCorasick([word.encode() for word in words])
    ratios: dict[str, float] = {}
    for name, comments in texts.items():
        count = len(comments)
        cases = [CommentCase(comment, 1, FulfillmentChannel.AFN) for comment in comments]
        raw = [comment.lower().encode() for comment in comments]
        judge(cases[:2000], book)
        judging, floor = [], []
        for _ in range(ROUNDS):
            judging.append(_rate(lambda cases=cases: judge(cases, book), count))  # type: ignore[misc]
            floor.append(
                _rate(lambda raw=raw: _pass(finder, raw), count)  # type: ignore[misc]
            )
        ratios[name] = statistics.median(judging) / statistics.median(floor)
        size = sum(len(comment.encode()) for comment in comments) / count
        print(
            f"{name}: {count:,} distinct comments of {size:.0f} bytes: judging {statistics.median(judging):,.0f} a second "
            f"({min(judging):,.0f}-{max(judging):,.0f} in {ROUNDS} rounds), bare Aho-Corasick with {len(words):,} words "
            f"{statistics.median(floor):,.0f}; ratio {ratios[name]:.2f} (at least 0.10)"
        )
    print(f"loading {loading:.2f} s, {grown:.0f} MiB")
    if ratios["joined"] < 0.1:
        sys.exit("judging is slower than a tenth of the floor")


if __name__ == "__main__":
    main()
