"""Train the second opinion on the labelled comments of this project, and measure it on writers it has not seen.

usage: python training/train_second_opinion.py [--check | --measure]

Comments under tests/rules/cases: `fresh_*.jsonl` were written after the lexicons and never used for them, so the rules find in
them what they find in a stranger's comment. The lexicons were written with `tune.jsonl` and `own_*.jsonl`; there, words and
phrases that are found in one comment alone are overlooked at random, as a stranger's would be missing. `kept.jsonl` is never read.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, hstack, vstack
from score_rules import Summary, writer_of
from sklearn.linear_model import LogisticRegression

from rules.analysis import Analysis, Text
from rules.case import SellerIdentity
from rules.jsonl import judge_records
from rules.matching import Hide
from rules.opinion_signs import HASHED_BITS, Signs
from rules.rule_book import RuleBook, load_rule_book
from rules.second_opinion import FILE_NAME, TOPICS, OpinionTopic, SecondOpinion, read_second_opinion
from rules.verdicts import class_masks, told_grounds
from schemas.vocabularies import Ground

ROOT: Final = Path(__file__).parent.parent
CASES: Final = ROOT / "tests" / "rules" / "cases"
TARGET: Final = ROOT / "rules" / FILE_NAME

_OVERLOOKED: Final = (0.7, 0.9)
"""Shares of the entries found in one comment alone that are overlooked, each in one copy of the comments."""
_HASHED_WEIGHT: Final = 8.0
"""How much the hashed signs of a comment count beside its listed ones."""
_STRENGTH: Final = 0.3
"""Inverse of the regularization."""
_WEIGHT: Final = {"own": 1.0, "tune": 3.0, "fresh": 3.0}
"""What a comment counts, by the kind of its file: own cases are many, and mostly of the same few hands."""
_GROUNDS: Final = {
    OpinionTopic.PRODUCT: (Ground.PRODUCT_REVIEW,),
    OpinionTopic.DELIVERY: (Ground.FBA_FULFILLMENT, Ground.BUY_SHIPPING_DELIVERY),
}
_CHUNK: Final = 1000
_FOLDS: Final = 5
"""So many groups of writers are left out in turn."""

Cases = Sequence[dict[str, Any]]


class Sample(NamedTuple):
    """Comments as signs, their answers for each topic (-1: the label does not tell), and what each counts."""

    signs: csr_matrix
    answers: npt.NDArray[np.int8]
    weight: npt.NDArray[np.float64]

    def rows(self, which: npt.NDArray[np.bool_]) -> "Sample":
        """A part of the sample."""
        return Sample(self.signs[which], self.answers[which], self.weight[which])


def read_cases(pattern: str) -> list[dict[str, Any]]:
    """Labelled comments of some files whose label nobody doubts; `part` is the file's name."""
    found = []
    for path in sorted(CASES.glob(pattern)):
        for line in path.read_text("utf-8").splitlines():
            case = json.loads(line)
            if not case["doubtful"]:
                found.append({**case, "part": path.stem})
    return found


def signs_of(book: RuleBook, cases: Cases, hide: "_Entries | None" = None) -> csr_matrix:
    """Listed and hashed signs of each comment, as the second opinion weighs them."""
    masks, told = class_masks(book.grounds), told_grounds(book)
    parts = []
    for first in range(0, len(cases), _CHUNK):
        texts = [
            Text(case["comment"] or "", case["marketplace"], None, SellerIdentity())
            for case in cases[first : first + _CHUNK]
        ]
        hook: Hide | None = hide.begin(first) if hide else None
        analysis = Analysis(book, texts, masks, hook)
        parts.append(_matrix(analysis.signs(told, book.lexicon.languages, np.arange(len(texts)))))
    return vstack(parts).tocsr()


def _matrix(signs: Signs) -> csr_matrix:
    texts = len(signs.scale)
    listed = csr_matrix(
        (np.ones(len(signs.listed)), (signs.listed_row, signs.listed)),
        (texts, signs.listed_size),
    )
    weights = signs.scale[signs.hashed_row] * _HASHED_WEIGHT
    hashed = csr_matrix((weights, (signs.hashed_row, signs.hashed)), (texts, 1 << HASHED_BITS))
    return hstack((listed, hashed)).tocsr()


class _Entries:
    """Notes in which comments each lexicon entry is found, then overlooks a share of those found in one alone."""

    def __init__(self) -> None:
        self._first = 0
        self._seen: list[npt.NDArray[np.uint64]] = []
        self._lonely = np.zeros(0, np.uint64)
        self._share = 0.0
        self._salt = np.uint64(0)

    def begin(self, first: int) -> Hide:
        """The chunk that begins with this comment is read now."""
        self._first = first
        return self._hide

    def _hide(
        self, keys: npt.NDArray[np.uint64], comment: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        if self._share == 0:
            place = (comment + self._first).astype(np.uint64)
            self._seen.append(np.stack((keys, place), axis=1)[keys > 0])
            return np.zeros(len(keys), np.bool_)
        drawn = ((keys ^ self._salt) * np.uint64(0xD6E8FEB86659FD93)) >> np.uint64(40)
        is_drawn = drawn % np.uint64(1000) < np.uint64(int(self._share * 1000))
        hidden: npt.NDArray[np.bool_] = np.isin(keys, self._lonely) & is_drawn
        return hidden

    def overlook(self, share: float) -> None:
        """From now on overlook this share of the entries that one comment alone holds."""
        if self._seen:
            pairs = np.unique(np.concatenate(self._seen), axis=0)
            entries, comments = np.unique(pairs[:, 0], return_counts=True)
            self._lonely, self._seen = entries[comments == 1], []
        self._share = share
        self._salt = np.uint64(int(self._salt) + 0x1234567)  # another copy overlooks others


def answers_of(cases: Cases) -> npt.NDArray[np.int8]:
    """For each topic 1, 0 or -1: the order's facts, not the words, may have kept a delivery from being removable."""
    answers = np.zeros((len(cases), len(TOPICS)), np.int8)
    for row, case in enumerate(cases):
        for column, topic in enumerate(TOPICS):
            answers[row, column] = case["ground"] in _GROUNDS[topic]
        if case["ground"] is None and case["fulfillment_channel"] != "AFN":
            answers[row, TOPICS.index(OpinionTopic.DELIVERY)] = -1
    return answers


def weights_of(cases: Cases) -> npt.NDArray[np.float64]:
    """What each comment counts."""
    return np.array([_WEIGHT[case["part"].partition("_")[0]] for case in cases])


def fresh_sample(book: RuleBook, cases: Cases) -> Sample:
    """Comments that no lexicon was written with."""
    return Sample(signs_of(book, cases), answers_of(cases), weights_of(cases))


def known_sample(book: RuleBook, cases: Cases) -> Sample:
    """Comments that the lexicons were written with, several times with a share of their entries overlooked."""
    entries = _Entries()
    signs_of(book, cases, entries)
    copies = []
    for share in _OVERLOOKED:
        entries.overlook(share)
        copies.append(signs_of(book, cases, entries))
    answers = np.concatenate([answers_of(cases)] * len(copies))
    weight = np.concatenate([weights_of(cases)] * len(copies))
    return Sample(vstack(copies).tocsr(), answers, weight)


def fit(samples: Sequence[Sample], about: dict[str, Any]) -> SecondOpinion:
    """Weights that fit the samples."""
    signs = vstack([sample.signs for sample in samples]).tocsr()
    answers = np.concatenate([sample.answers for sample in samples])
    weight = np.concatenate([sample.weight for sample in samples])
    listed_size = signs.shape[1] - (1 << HASHED_BITS)
    columns, biases = [], []
    for topic in range(len(TOPICS)):
        told = answers[:, topic] >= 0
        model = LogisticRegression(C=_STRENGTH, solver="liblinear", tol=1e-3)
        model.fit(signs[told], answers[told, topic] == 1, sample_weight=weight[told])
        columns.append(model.coef_[0])
        biases.append(model.intercept_[0])
    weights = np.stack(columns, axis=1)
    hashed = (weights[listed_size:] * _HASHED_WEIGHT).astype(np.float16).astype(np.float32)
    return SecondOpinion(weights[:listed_size], hashed, np.array(biases), about)


def digest_of_cases(cases: Cases) -> str:
    """Digest of what was trained on."""
    digest = hashlib.sha256()
    for case in cases:
        digest.update(json.dumps(case, sort_keys=True, ensure_ascii=False).encode())
    return digest.hexdigest()[:16]


def examples_of(book: RuleBook) -> list[dict[str, Any]]:
    """The examples that the ground files promise to judge in a certain way."""
    return [
        {
            "comment": example.comment,
            "marketplace": example.marketplace,
            "fulfillment_channel": str(example.fulfillment_channel),
            "ground": str(rule.ground) if example.expect == "request" else None,
            "part": "fresh",
        }
        for rule in book.grounds
        for example in rule.examples
        if example.expect != "review"
    ]


def known_cases() -> list[dict[str, Any]]:
    """Comments that the lexicons were written with."""
    return [*read_cases("tune.jsonl"), *read_cases("own_*.jsonl")]


def train() -> SecondOpinion:
    """The second opinion from all comments that may be read."""
    book = load_rule_book()
    known = known_cases()
    examples = fresh_sample(book, examples_of(book))
    fresh = read_cases("fresh_*.jsonl")
    about = {
        "comments": len(known) + len(fresh),
        "digest": digest_of_cases([*known, *fresh]),
        "languages": list(book.lexicon.languages),
    }
    return fit([known_sample(book, known), fresh_sample(book, fresh), examples], about)


def measure() -> None:
    """Judge each writer's fresh comments by an opinion trained without that writer and some others, and by the rules alone."""
    book = load_rule_book()
    known = known_sample(book, known_cases())
    cases = read_cases("fresh_*.jsonl")
    fresh = fresh_sample(book, cases)
    group_of = {writer: n % _FOLDS for n, writer in enumerate(sorted(set(map(writer_of, cases))))}
    group = np.array([group_of[writer_of(case)] for case in cases])
    alone, together = Summary(), Summary()
    rules = RuleBook(book.grounds, book.lexicon, book.version)
    for left_out in range(_FOLDS):
        is_asked = group == left_out
        opinion = fit([known, fresh.rows(~is_asked)], {"languages": list(book.lexicon.languages)})
        both = RuleBook(book.grounds, book.lexicon, book.version, opinion)
        asked = [case for case, asks in zip(cases, is_asked, strict=True) if asks]
        blind = [{**case, "language": None} for case in asked]
        for summary, judging in ((alone, rules), (together, both)):
            for case, answer in zip(asked, judge_records(blind, judging), strict=True):
                summary.add(case, answer)
    print("rules alone")
    alone.print()
    print("with the second opinion of other writers' comments")
    together.print()


def is_same(one: SecondOpinion, other: SecondOpinion) -> bool:
    """Whether both were made from the same comments and weigh alike, but for the last digits of another machine."""
    return (
        one.about == other.about
        and one.listed.shape == other.listed.shape
        and bool(np.allclose(one.listed, other.listed, atol=0.02))
        and bool(np.allclose(one.hashed, other.hashed, atol=0.02))
    )


def main() -> int:
    """Train and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check",
        action="store_true",
        help="only tell whether the file is made from these comments",
    )
    parser.add_argument(
        "--measure", action="store_true", help="how it judges writers it has not seen"
    )
    options = parser.parse_args()
    if options.measure:
        measure()
        return 0
    opinion = train()
    if options.check:
        is_current = is_same(opinion, read_second_opinion(TARGET))
        print("current" if is_current else f"{TARGET.relative_to(ROOT)} is stale: make train")
        return 0 if is_current else 1
    made = opinion.to_bytes()
    TARGET.write_bytes(made)
    print(f"{TARGET.relative_to(ROOT)}: {len(made):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
