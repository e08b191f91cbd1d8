"""Screening with the real rules on invented feedback: where each row ends, and why."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.case import SellerIdentity
from rules.rule_book import RuleBook
from schemas.identifiers import request_id
from schemas.tables import CANDIDATE, FEEDBACK, FINDING, ORDER_FULFILLMENT
from schemas.vocabularies import FulfillmentChannel, Ground
from transforms.plan_requests import plan_requests
from transforms.screen_feedback import LeftOut, Screened, screen_feedback

FeedbackRow = Callable[..., dict[str, Any]]

AS_OF = date(2026, 11, 25)
PRODUCT = "Poor quality, the zip broke after two days."
LATE = "Package arrived two weeks late."
SERVICE = "The seller never answered my messages."
MIXED = "Poor quality and the seller never answered my messages."
OBSCENE = "This is fucking bullshit."


def order_number(number: int) -> str:
    return f"111-1111111-{number:07}"


def order_row(number: int, channel: str, **facts: Any) -> dict[str, Any]:
    usual: dict[str, Any] = dict.fromkeys(ORDER_FULFILLMENT.schema.names)
    return (
        usual
        | {
            "account": "alpine",
            "marketplace": "US",
            "order_id": order_number(number),
            "fulfillment_channel": channel,
            "channel_evidence": "orders_report",
            "item_count": 1,
            "file_sha256": "0" * 64,
        }
        | facts
    )


def screened(
    rule_book: RuleBook,
    rows: list[dict[str, Any]],
    orders: list[dict[str, Any]] | None = None,
    **changes: Any,
) -> Screened:
    usual: dict[str, Any] = {
        "sellers": {},
        "declared": {},
        "as_of": AS_OF,
        "asked": frozenset(),
    }
    return screen_feedback(
        pa.Table.from_pylist(rows, schema=FEEDBACK.schema),
        pa.Table.from_pylist(orders or [], schema=ORDER_FULFILLMENT.schema),
        rule_book=rule_book,
        **(usual | changes),
    )


def verdicts(told: Screened) -> dict[int, tuple[str, str | None, str]]:
    """Verdict, ground and the machine-readable word of the reason, by order number."""
    return {
        int(row["order_id"][-7:]): (row["verdict"], row["ground"], row["reason"].partition(":")[0])
        for row in told.candidates.to_pylist()
    }


def test_requests_reviews_answers_and_the_rest(
    rule_book: RuleBook, feedback_row: FeedbackRow
) -> None:
    told = screened(
        rule_book,
        [
            feedback_row(1, PRODUCT),
            feedback_row(2, OBSCENE),
            feedback_row(3, SERVICE),
            feedback_row(4, MIXED),
            feedback_row(5, PRODUCT, rating=4),
            feedback_row(6, OBSCENE, rating=5),
            feedback_row(7, None),
        ],
    )
    found = verdicts(told)
    assert found[1][:2] == ("request", Ground.PRODUCT_REVIEW)
    assert found[2][:2] == ("request", Ground.OBSCENE_LANGUAGE)
    assert found[3][0] == "respond"
    assert found[4][0] == "respond"
    assert found[7][0] == "respond"
    assert told.left_out == {LeftOut.POSITIVE: 2}
    assert told.candidates.schema == CANDIDATE.schema
    assert told.findings.schema == FINDING.schema


def test_ineligible_feedback_is_explained_too(
    rule_book: RuleBook, feedback_row: FeedbackRow
) -> None:
    rows = [
        feedback_row(1, PRODUCT, rating=5),
        feedback_row(2, PRODUCT, age=200),
        feedback_row(3, PRODUCT),
        feedback_row(4, None),
    ]
    told = screened(rule_book, rows, asked=frozenset({rows[2]["feedback_id"]}))
    grounds = {row["feedback_id"]: set[str]() for row in rows}
    for finding in told.findings.to_pylist():
        grounds[finding["feedback_id"]].add(finding["ground"])
    assert set(map(frozenset, grounds.values())) == {frozenset(Ground)}
    met = {f["feedback_id"] for f in told.findings.to_pylist() if f["is_met"]}
    assert rows[2]["feedback_id"] in met


@pytest.mark.parametrize(
    ("age", "verdict", "word", "days_left", "is_eligible"),
    [
        (89, "request", None, 0, True),
        (90, "review", "window_edge", -1, False),
        (91, "respond", "window_closed", -2, False),
    ],
)
def test_the_last_days_of_the_window(
    rule_book: RuleBook,
    feedback_row: FeedbackRow,
    *,
    age: int,
    verdict: str,
    word: str | None,
    days_left: int,
    is_eligible: bool,
) -> None:
    [row] = screened(rule_book, [feedback_row(1, PRODUCT, age=age)]).candidates.to_pylist()
    assert (row["verdict"], row["days_left"], row["is_eligible"]) == (
        verdict,
        days_left,
        is_eligible,
    )
    assert row["ground"] == Ground.PRODUCT_REVIEW  # what was missed is known
    if word:
        assert row["reason"].startswith(f"{word}: ")


@pytest.mark.parametrize(
    ("site", "verdict"),
    [
        ("Amazon.com", "request"),
        ("Amazon.ca", "review"),
        ("Non-Amazon", "request"),
        (None, "request"),
    ],
)
def test_what_belongs_to_another_marketplace_is_not_asked_for_here(
    rule_book: RuleBook, feedback_row: FeedbackRow, site: str | None, verdict: str
) -> None:
    rows, orders = [feedback_row(1, PRODUCT)], [order_row(1, "MFN", sales_channel=site)]
    [candidate] = screened(rule_book, rows, orders).candidates.to_pylist()
    assert candidate["verdict"] == verdict
    assert candidate["reason"].startswith("order_elsewhere: ") == (verdict == "review")


@pytest.mark.parametrize("channel", ["MFN", "MIXED", "UNKNOWN"])
def test_delivery_is_asked_for_only_when_amazon_shipped(
    rule_book: RuleBook, feedback_row: FeedbackRow, channel: str
) -> None:
    rows = [feedback_row(1, LATE), feedback_row(2, LATE)]
    told = verdicts(screened(rule_book, rows, [order_row(1, "AFN"), order_row(2, channel)]))
    assert told[1][:2] == ("request", Ground.FBA_FULFILLMENT)
    assert told[2][0] != "request"


def test_delivery_without_an_order_report(rule_book: RuleBook, feedback_row: FeedbackRow) -> None:
    rows = [feedback_row(1, LATE), feedback_row(2, LATE, account="beta")]
    told = screened(rule_book, rows, declared={"beta": FulfillmentChannel.AFN})
    assert verdicts(told)[1][0] != "request"
    assert verdicts(told)[2][:2] == ("request", Ground.FBA_FULFILLMENT)
    evidence = {r["account"]: r["channel_evidence"] for r in told.candidates.to_pylist()}
    assert evidence == {"alpine": "none", "beta": "declared"}


def test_late_parcels_of_the_seller_need_a_label_of_amazon_and_punctuality(
    rule_book: RuleBook,
    feedback_row: FeedbackRow,
) -> None:
    rows = [feedback_row(number, LATE) for number in (1, 2, 3)]
    told = verdicts(
        screened(
            rule_book,
            rows,
            [
                order_row(1, "MFN", is_buy_shipping=True, is_shipped_on_time=True),
                order_row(2, "MFN", is_buy_shipping=True, is_shipped_on_time=False),
                order_row(3, "MFN", is_buy_shipping=True),
            ],
        )
    )
    assert told[1][:2] == ("request", Ground.BUY_SHIPPING_DELIVERY)
    assert told[2][0] == "respond"
    assert told[3][0] != "request"


def test_what_a_person_should_look_at_first(rule_book: RuleBook, feedback_row: FeedbackRow) -> None:
    told = verdicts(
        screened(
            rule_book,
            [
                feedback_row(1, PRODUCT, is_text_damaged=True),
                feedback_row(2, PRODUCT, not_seen_since_date=AS_OF),
                feedback_row(3, OBSCENE, is_text_damaged=True),
            ],
        )
    )
    assert all(verdict != "request" for verdict, _, _ in told.values())
    assert told[2] == ("review", Ground.PRODUCT_REVIEW, "not_seen")


def test_who_is_not_worth_an_answer(rule_book: RuleBook, feedback_row: FeedbackRow) -> None:
    rows = [
        feedback_row(1, SERVICE, response="We are sorry."),
        feedback_row(2, SERVICE, age=365),
        feedback_row(3, SERVICE, age=366),
        feedback_row(4, SERVICE, not_seen_since_date=AS_OF),
        feedback_row(5, PRODUCT),
    ]
    told = screened(rule_book, rows, asked=frozenset({rows[4]["feedback_id"]}))
    assert set(verdicts(told)) == {2}
    assert told.left_out == {
        LeftOut.ANSWERED: 1,
        LeftOut.OLD: 1,
        LeftOut.NOT_SEEN: 1,
        LeftOut.ASKED_BEFORE: 1,
    }


def test_a_request_is_worth_making_even_if_answered(
    rule_book: RuleBook, feedback_row: FeedbackRow
) -> None:
    told = verdicts(screened(rule_book, [feedback_row(1, PRODUCT, response="Sorry.")]))
    assert told[1][0] == "request"


def test_a_sellers_data_belongs_to_one_account(
    rule_book: RuleBook, feedback_row: FeedbackRow
) -> None:
    comment = "Marlene Hofstätter was rude on the phone."
    sellers = {"alpine": SellerIdentity(names=("Marlene Hofstätter",))}
    rows = [feedback_row(1, comment), feedback_row(2, comment, account="beta")]
    told = verdicts(screened(rule_book, rows, sellers=sellers))
    assert told[1][:2] == ("request", Ground.PERSONAL_INFORMATION)
    assert told[2][0] != "request"


def test_evidence_points_into_the_comment_as_reported(
    rule_book: RuleBook, feedback_row: FeedbackRow
) -> None:
    comment = "  Cafe\u0301 machine: \U0001f621 poor quality, it broke after two days.  "
    [row] = screened(rule_book, [feedback_row(1, comment)]).candidates.to_pylist()
    assert row["evidence"]
    words = [comment[span["start"] : span["end"]] for span in row["evidence"]]
    assert any("quality" in word or "broke" in word for word in words), words


def test_order_defects_and_priority(rule_book: RuleBook, feedback_row: FeedbackRow) -> None:
    told = screened(
        rule_book,
        [
            feedback_row(1, PRODUCT, rating=3),
            feedback_row(2, PRODUCT, rating=1, age=20),
            feedback_row(3, PRODUCT, rating=1, age=20),
            feedback_row(4, PRODUCT, rating=3, age=88),
        ],
        [order_row(2, "MFN", purchased_at=datetime(2026, 8, 1, tzinfo=UTC))],
    )
    rows = told.candidates.to_pylist()
    assert [int(row["order_id"][-7:]) for row in rows] == [4, 3, 2, 1]
    assert [row["priority"] for row in rows] == [1, 2, 3, 4]
    assert [row["is_order_defect"] for row in rows] == [False, True, False, False]


def test_a_repeated_feedback_is_an_error(rule_book: RuleBook, feedback_row: FeedbackRow) -> None:
    with pytest.raises(ValueError, match="1 rows repeat a feedback_id"):
        screened(rule_book, [feedback_row(1), feedback_row(1)])


def test_no_feedback_is_no_error(rule_book: RuleBook) -> None:
    told = screened(rule_book, [])
    assert told.candidates.equals(CANDIDATE.empty())
    assert told.findings.num_rows == 0
    assert told.left_out == {}


def test_progress_counts_every_row(rule_book: RuleBook, feedback_row: FeedbackRow) -> None:
    done: list[int] = []
    rows = [feedback_row(n, SERVICE, account="ab"[n % 2]) for n in range(7)]
    screened(rule_book, rows, progress=done.append)
    assert sum(done) == 7


COMMENTS = st.sampled_from([PRODUCT, LATE, SERVICE, MIXED, OBSCENE, "", None, "ok", "????? \ufffd"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "comment": COMMENTS,
            "rating": st.integers(1, 5),
            "age": st.integers(-1, 400),
            "account": st.sampled_from(["alpine", "beta"]),
            "response": st.sampled_from([None, "", "Thank you"]),
            "not_seen_since_date": st.sampled_from([None, AS_OF]),
            "is_text_damaged": st.booleans(),
        }
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(
    rows=ROWS,
    asked=st.sets(st.integers(0, 11)),
    channels=st.lists(st.sampled_from(FulfillmentChannel), max_size=12),
)
def test_every_feedback_ends_in_one_place_and_nothing_doubtful_is_planned(
    rule_book: RuleBook,
    feedback_row: FeedbackRow,
    rows: list[dict[str, Any]],
    asked: set[int],
    channels: list[FulfillmentChannel],
) -> None:
    feedback = [feedback_row(number, **row) for number, row in enumerate(rows)]
    asked_ids = frozenset(row["feedback_id"] for row in feedback if row["row_number"] in asked)
    orders = [order_row(number, channel) for number, channel in enumerate(channels)]
    told = screened(rule_book, feedback, orders, asked=asked_ids)

    assert told.candidates.num_rows + sum(told.left_out.values()) == len(rows)
    ids = told.candidates["feedback_id"].to_pylist()
    assert len(ids) == len(set(ids))
    assert told.findings.num_rows == len(rows) * len(Ground)

    known = {row["feedback_id"]: row for row in feedback}
    planned = plan_requests(told.candidates, rule_book=rule_book)
    wanted = [r["feedback_id"] for r in told.candidates.to_pylist() if r["verdict"] == "request"]
    assert [request.feedback_id for request in planned] == wanted
    for request in planned:
        row = known[request.feedback_id]
        assert row["rating"] <= 3
        assert (AS_OF - row["feedback_date"]).days <= 89
        assert request.feedback_id not in asked_ids
        assert not row["is_text_damaged"]
        assert request.content_sha256 == row["content_sha256"]
        assert request.request_id == request_id(request.feedback_id, 1)
        assert request.deadline_date == row["feedback_date"] + timedelta(days=89)
        assert request.category
        assert request.reason_code
        if request.ground == Ground.FBA_FULFILLMENT:
            assert row["account"] == "alpine"
            assert channels[row["row_number"]] is FulfillmentChannel.AFN


@settings(max_examples=20, deadline=None)
@given(rows=ROWS, order=st.randoms())
def test_the_order_of_the_rows_changes_nothing(
    rule_book: RuleBook, feedback_row: FeedbackRow, rows: list[dict[str, Any]], order: Any
) -> None:
    feedback = [feedback_row(number, **row) for number, row in enumerate(rows)]
    straight = screened(rule_book, feedback)
    order.shuffle(feedback)
    shuffled = screened(rule_book, feedback)
    assert shuffled.candidates.equals(straight.candidates)
    assert shuffled.left_out == straight.left_out


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("ground", Ground.PROMOTIONAL_CONTENT),  # no place in the panel
        ("ground", Ground.HATE_SPEECH),  # a place in the panel, but a person decides
        ("ground", Ground.OTHER_ORDER),
        ("is_eligible", False),
        ("verdict", "review"),
    ],
)
def test_what_is_never_planned_whatever_the_candidates_say(
    rule_book: RuleBook, feedback_row: FeedbackRow, column: str, value: object
) -> None:
    candidates = screened(rule_book, [feedback_row(1, PRODUCT)]).candidates
    assert len(plan_requests(candidates, rule_book=rule_book)) == 1
    field = CANDIDATE.schema.field(column)
    at = CANDIDATE.schema.get_field_index(column)
    forged = candidates.set_column(at, field, pa.array([value], field.type))
    assert plan_requests(forged, rule_book=rule_book) == ()
