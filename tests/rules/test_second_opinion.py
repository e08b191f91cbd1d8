"""What the second opinion may change, what it may never change, and that its weights come from the committed comments."""

import dataclasses
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rules.case import CommentCase
from rules.ground_file import GroundFileError, read_ground
from rules.judgement import Judgement
from rules.judging import judge
from rules.rule_book import RuleBook, load_rule_book
from rules.second_opinion import SecondOpinion
from schemas.vocabularies import FulfillmentChannel, Ground, JudgedVerdict

AFN, MFN = FulfillmentChannel.AFN, FulfillmentChannel.MFN
SCRIPT = Path(__file__).parents[2] / "training" / "train_second_opinion.py"
CLEAR = "The kettle leaks and the lid does not close."
DOUBTED = "The kettle leaks. Quixotic bluebell flanges wobbling zigzag."
CONTESTED = "The kettle leaks and rattles, the lid does not close. Seller."
BLOCKED = "The kettle leaks. The seller never answered and refused a refund."
COUNTERFEIT = "The kettle leaks. It is a counterfeit."
UNSEEN = "I put it on and the flanges zigzag when it should have been straight."


def told(book: RuleBook, product: float, delivery: float = 0.01) -> RuleBook:
    """The same rules with an opinion that says the same of every comment."""
    opinion = book.opinion
    assert opinion is not None
    probability = np.array((product, delivery))
    bias = np.log(probability / (1 - probability))
    always = SecondOpinion(
        np.zeros_like(opinion.listed), np.zeros_like(opinion.hashed), bias, opinion.about
    )
    return RuleBook(book.grounds, book.lexicon, book.version, always)


def one(book: RuleBook, comment: str, channel: FulfillmentChannel = MFN, **facts: Any) -> Judgement:
    policy_version = facts.pop("policy_version", None)
    case = CommentCase(comment, facts.pop("rating", 1), channel, **facts)
    return judge([case], book, policy_version=policy_version)[0]


def test_the_rules_alone_say_what_these_tests_build_on(rules_alone: RuleBook) -> None:
    comments = CLEAR, DOUBTED, CONTESTED, BLOCKED, COUNTERFEIT, UNSEEN
    verdicts = [one(rules_alone, comment).verdict for comment in comments]
    request, review, leave = JudgedVerdict.REQUEST, JudgedVerdict.REVIEW, JudgedVerdict.LEAVE
    assert verdicts == [request, review, leave, leave, leave, leave]


@pytest.mark.parametrize(
    ("comment", "probability", "verdict"),
    [
        (CLEAR, 0.99, JudgedVerdict.REQUEST),
        (CLEAR, 0.5, JudgedVerdict.REVIEW),
        (CLEAR, 0.01, JudgedVerdict.REVIEW),  # one step, never two
        (DOUBTED, 0.99, JudgedVerdict.REQUEST),
        (DOUBTED, 0.5, JudgedVerdict.REVIEW),
        (DOUBTED, 0.01, JudgedVerdict.LEAVE),
        (CONTESTED, 0.99, JudgedVerdict.REQUEST),
        (CONTESTED, 0.7, JudgedVerdict.REVIEW),
        (CONTESTED, 0.4, JudgedVerdict.LEAVE),
        (BLOCKED, 0.99, JudgedVerdict.REQUEST),
        (BLOCKED, 0.9, JudgedVerdict.LEAVE),
        (COUNTERFEIT, 0.99, JudgedVerdict.LEAVE),  # the ground file calls this class final
        (UNSEEN, 0.99, JudgedVerdict.REQUEST),
        (UNSEEN, 0.8, JudgedVerdict.LEAVE),
        ("", 0.99, JudgedVerdict.LEAVE),
        ("🙁🙁🙁", 0.99, JudgedVerdict.LEAVE),
    ],
)
def test_what_an_opinion_changes(
    book: RuleBook, comment: str, probability: float, verdict: JudgedVerdict
) -> None:
    assert one(told(book, probability), comment).verdict is verdict


def test_its_part_is_told_in_the_reason(book: RuleBook) -> None:
    judged = one(told(book, 0.935), DOUBTED)
    assert judged.reason.endswith("; second opinion 93 of 100")
    finding = next(f for f in judged.findings if f.ground is Ground.PRODUCT_REVIEW)
    assert finding.is_met
    assert finding.reason == judged.reason
    dismissed = one(told(book, 0.01), DOUBTED)
    assert dismissed.reason.startswith("dismissed")
    lowered = one(told(book, 0.4), CLEAR)
    assert lowered.reason.startswith("lowered")
    assert lowered.evidence


def test_it_never_asks_for_high_ratings_foreign_damaged_or_narrow_cases(book: RuleBook) -> None:
    sure = told(book, 0.999)
    request = JudgedVerdict.REQUEST
    assert one(sure, DOUBTED, rating=4).verdict is JudgedVerdict.LEAVE
    assert one(sure, DOUBTED, is_text_damaged=True).verdict is not request
    sure = told(book, 0.01, 0.999)
    crushed = "Box was crushed. Quixotic bluebell flanges wobbling zigzag."
    assert one(sure, crushed, AFN).verdict is request
    assert one(sure, crushed, AFN, policy_version="delivery-experience").verdict is not request
    assert one(sure, crushed, MFN).verdict is not request
    assert one(sure, UNSEEN, AFN).verdict is request
    assert one(sure, UNSEEN, AFN, policy_version="delivery-experience").verdict is not request


def test_a_ground_file_without_the_table_asks_nobody(book: RuleBook) -> None:
    grounds = [dataclasses.replace(rule, opinion=None) for rule in book.grounds]
    silent = RuleBook(grounds, book.lexicon, book.version, told(book, 0.01).opinion)
    judged = one(silent, CLEAR)
    assert judged.verdict is JudgedVerdict.REQUEST
    assert "second opinion" not in judged.reason


def test_probabilities_out_of_order_are_refused(tmp_path: Path) -> None:
    packaged = Path(__file__).parents[2] / "rules" / "grounds" / "product_review.toml"
    changed = packaged.read_text("utf-8").replace("dismisses_below = 0.3", "dismisses_below = 0.95")
    (tmp_path / "product_review.toml").write_text(changed, "utf-8")
    with pytest.raises(GroundFileError, match="dismisses_below"):
        read_ground(tmp_path / "product_review.toml")
    bold = packaged.read_text("utf-8").replace("finds_from = 0.88", "finds_from = 0.5")
    (tmp_path / "product_review.toml").write_text(bold, "utf-8")
    with pytest.raises(GroundFileError, match="finds_from"):
        read_ground(tmp_path / "product_review.toml")


def test_signs_it_was_not_trained_on_are_refused(book: RuleBook) -> None:
    opinion = book.opinion
    assert opinion is not None
    old = dataclasses.replace(opinion, listed=opinion.listed[:-1])
    stale = RuleBook(book.grounds, book.lexicon, book.version, old)
    with pytest.raises(ValueError, match="make train"):
        one(stale, CLEAR)


def test_a_sellers_own_language_is_judged_with_it(tmp_path: Path, book: RuleBook) -> None:
    (tmp_path / "da.toml").write_text(
        'language = "da"\n[words]\nproduct = "utæt"\nproduct_noun = "kedel kedlen"\nneutral = "er og den"\n',
        "utf-8",
    )
    wider = load_rule_book(lexicon_folders=(tmp_path,))
    assert "da" in wider.languages
    for comment in (CLEAR, "Der Akku hält keine Stunde.", "荷物が届きません。", "Kedlen er utæt."):
        same = one(book, comment), one(wider, comment)
        assert comment.startswith("Kedlen") or same[0].reason == same[1].reason


def test_the_weights_come_from_the_committed_comments() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_earns_its_place_on_writers_it_was_not_trained_on() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--measure"], capture_output=True, text=True, check=True
    )
    totals = re.findall(r"^all .*?precision ([\d.]+)\s+recall ([\d.]+)", done.stdout, re.MULTILINE)
    (alone, alone_recall), (precision, recall) = [(float(p), float(r)) for p, r in totals]
    assert precision > alone
    assert precision >= 0.94
    assert recall >= alone_recall + 0.10
