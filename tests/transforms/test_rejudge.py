"""Judging again: what is recorded beside what would be asked now."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest

from rules.rule_book import RuleBook, UnknownPolicyVersionError
from schemas.tables import FEEDBACK, FINDING, ORDER_FULFILLMENT, REMOVAL_REQUEST
from transforms.rejudge import Change, rejudge
from transforms.screen_feedback import screen_feedback

Feedback = Callable[..., pa.Table]

AS_OF = date(2026, 11, 25)
LATE = "The package arrived two weeks late."
DAMAGED = "The box was crushed in transit, delivery driver threw it over the fence."
PRODUCT = "Poor quality, the zip broke after two days."
SERVICE = "The seller never answered my messages."


@pytest.fixture
def feedback(feedback_row: Callable[..., dict[str, Any]]) -> Feedback:
    """Make table `feedback` of some comments, each a day older than the one before."""

    def make(*comments: str, rating: int = 1) -> pa.Table:
        rows = [
            feedback_row(number, comment, age=number, rating=rating)
            for number, comment in enumerate(comments)
        ]
        return pa.Table.from_pylist(rows, schema=FEEDBACK.schema)

    return make


def orders(rows: pa.Table) -> pa.Table:
    usual = dict.fromkeys(ORDER_FULFILLMENT.schema.names) | {
        "account": "alpine",
        "marketplace": "US",
        "fulfillment_channel": "AFN",
        "channel_evidence": "order_report",
        "file_sha256": "0" * 64,
    }
    return pa.Table.from_pylist(
        [usual | {"order_id": order} for order in rows["order_id"].to_pylist()],
        schema=ORDER_FULFILLMENT.schema,
    )


def findings(rows: pa.Table, book: RuleBook) -> pa.Table:
    return screen_feedback(
        rows, orders(rows), rule_book=book, sellers={}, declared={}, as_of=AS_OF
    ).findings


def again(
    rows: pa.Table,
    book: RuleBook,
    *,
    recorded: pa.Table | None = None,
    requests: list[dict[str, Any]] | None = None,
    **how: Any,
) -> list[dict[str, Any]]:
    usual = dict.fromkeys(REMOVAL_REQUEST.schema.names)
    made = pa.Table.from_pylist(
        [usual | row for row in requests or []], schema=REMOVAL_REQUEST.schema
    )
    asked: dict[str, Any] = {"since": date(2026, 1, 1), "until": AS_OF} | how
    told: list[dict[str, Any]] = rejudge(
        rows,
        orders(rows),
        findings=FINDING.empty() if recorded is None else recorded,
        requests=made,
        rule_book=book,
        sellers={},
        declared={},
        **asked,
    ).to_pylist()
    return told


def test_the_same_rules_change_nothing(rule_book: RuleBook, feedback: Feedback) -> None:
    rows = feedback(LATE, DAMAGED, PRODUCT, SERVICE)
    told = again(rows, rule_book, recorded=findings(rows, rule_book))
    assert [row["change"] for row in told] == [Change.SAME_GROUND] * 3 + [Change.NEVER_ASKED]
    assert [row["ground_before"] for row in told] == [
        "fba_fulfillment",
        "fba_fulfillment",
        "product_review",
        None,
    ]


def test_the_narrow_wording_no_longer_asks_about_damage(
    rule_book: RuleBook, feedback: Feedback
) -> None:
    rows = feedback(LATE, DAMAGED, PRODUCT)
    told = again(
        rows,
        rule_book,
        recorded=findings(rows, rule_book),
        policy_version="delivery-experience",
    )
    assert [row["change"] for row in told] == [
        Change.SAME_GROUND,
        Change.NO_LONGER_ASKED,
        Change.SAME_GROUND,
    ]
    damaged = told[1]
    assert damaged["verdict_now"] == "review"
    assert damaged["reason_now"].startswith("narrow_wording")
    assert damaged["policy_version_before"] == "fulfillment-or-service"
    assert damaged["policy_version_now"] == "delivery-experience"


def test_without_a_record_everything_that_is_asked_is_new(
    rule_book: RuleBook, feedback: Feedback
) -> None:
    told = again(feedback(LATE, SERVICE), rule_book)
    assert [row["change"] for row in told] == [Change.NEWLY_ASKED, Change.NEVER_ASKED]


def test_a_request_that_was_made_counts_before_a_finding(
    rule_book: RuleBook, feedback: Feedback
) -> None:
    rows = feedback(LATE)
    key = rows["feedback_id"][0].as_py()
    request = {
        "feedback_id": key,
        "round": 1,
        "ground": "product_review",
        "state": "decided",
        "decision": "denied",
        "rule_version": "old",
        "policy_version": "old-edition",
    }
    (told,) = again(rows, rule_book, recorded=findings(rows, rule_book), requests=[request])
    assert told["change"] == Change.OTHER_GROUND
    assert (told["ground_before"], told["ground_now"]) == ("product_review", "fba_fulfillment")
    assert (told["decision"], told["rule_version_before"]) == ("denied", "old")
    given_up = request | {"state": "cancelled"}
    (told,) = again(rows, rule_book, recorded=findings(rows, rule_book), requests=[given_up])
    assert told["change"] == Change.SAME_GROUND
    assert told["state"] is None


def test_dates_and_stars_limit_what_is_judged(rule_book: RuleBook, feedback: Feedback) -> None:
    rows = feedback(LATE, LATE, LATE)
    yesterday = AS_OF - timedelta(days=1)
    told = again(rows, rule_book, since=yesterday, until=yesterday)
    assert [row["feedback_date"] for row in told] == [yesterday]
    assert again(feedback(LATE, rating=4), rule_book) == []


def test_an_unknown_edition_is_refused(rule_book: RuleBook, feedback: Feedback) -> None:
    with pytest.raises(UnknownPolicyVersionError, match="known: fulfillment-or-service"):
        again(feedback(LATE), rule_book, policy_version="none-such")
