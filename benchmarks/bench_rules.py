"""Judging speed against the floor of a bare Aho-Corasick pass over the same text with the same words.

Both run in this process on one core. Prints comments a second, the ratio, the time and memory that loading takes.
Targets: 50,000 distinct comments a second, a tenth of the floor, loading under a second and under 200 MiB.
"""

import json
import random
import resource
import sys
import time
from pathlib import Path

from ahocorasick_rs import BytesAhoCorasick

CASES = Path(__file__).parent.parent / "tests" / "rules" / "cases"
SIZE = 20_000


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _comments(count: int) -> list[str]:
    """Distinct comments of about 150 bytes: sentences of the labelled ones, joined at random."""
    written = []
    for part in ("tune", "kept"):
        lines = (CASES / f"{part}.jsonl").read_text("utf-8").splitlines()
        written.extend((c["language"], c["comment"]) for c in map(json.loads, lines))
    by_language: dict[str, list[str]] = {}
    for language, comment in written:
        by_language.setdefault(language, []).append(comment)
    random.seed(7)
    found: set[str] = set()
    while len(found) < count:
        language, comment = random.choice(written)
        while len(comment.encode()) < 130:
            comment += " " + random.choice(by_language[language])
        found.add(f"{comment[:160]} {random.randrange(100)}")
    return sorted(found)


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

    comments = _comments(SIZE)
    size = sum(len(c.encode()) for c in comments) / len(comments)
    cases = [CommentCase(c, 1, FulfillmentChannel.AFN) for c in comments]
    judge(cases[:2000], book)
    begun = time.process_time()
    judge(cases, book)
    judging = SIZE / (time.process_time() - begun)
    words = words_of(book)
    finder = BytesAhoCorasick([word.encode() for word in words])
    texts = [c.lower().encode() for c in comments]
    begun = time.process_time()
    for text in texts:
        finder.find_matches_as_indexes(text)
    floor = SIZE / (time.process_time() - begun)
    print(f"comments {SIZE:,} distinct, {size:.0f} bytes on average")
    print(f"judging {judging:,.0f} comments a second on one core")
    print(f"bare Aho-Corasick with {len(words):,} words {floor:,.0f} comments a second")
    print(f"ratio {judging / floor:.2f} (at least 0.10)")
    print(f"loading {loading:.2f} s, {grown:.0f} MiB")
    if judging / floor < 0.1:
        sys.exit("judging is slower than a tenth of the floor")


if __name__ == "__main__":
    main()
