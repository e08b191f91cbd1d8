"""Every ground file keeps the promises of its own examples."""

import pytest

from rules.case import CommentCase
from rules.ground_file import Example, GroundRule
from rules.judging import judge
from rules.rule_book import RuleBook, load_rule_book
from schemas.vocabularies import Ground, JudgedVerdict

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.ground}-{number}")
    for rule in load_rule_book().grounds
    for number, example in enumerate(rule.examples, start=1)
]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_a_ground_keeps_its_own_promises(
    book: RuleBook, rule: GroundRule, example: Example
) -> None:
    (judged,) = judge(
        [
            CommentCase(
                example.comment,
                example.rating,
                example.fulfillment_channel,
                example.buy_shipping_on_time,
                example.marketplace,
            )
        ],
        book,
        policy_version=example.policy_version,
    )
    if example.expect == "other":
        assert judged.ground is not rule.ground, judged.reason
        return
    finding = next(f for f in judged.findings if f.ground is rule.ground)
    wanted = JudgedVerdict.parse(example.expect)
    if wanted is JudgedVerdict.LEAVE:
        assert judged.verdict is JudgedVerdict.LEAVE or judged.ground is not rule.ground, judged
    else:
        assert (judged.verdict, judged.ground) == (wanted, rule.ground), judged.reason
        assert finding.verdict is wanted


@pytest.mark.parametrize("ground", list(Ground))
def test_every_ground_has_examples_for_and_against(book: RuleBook, ground: Ground) -> None:
    rule = book.ground(ground)
    expected = {example.expect for example in rule.examples}
    assert str(rule.default_verdict) in expected
    assert len(expected) > 1, "a rule shows what it does not mean as well"
