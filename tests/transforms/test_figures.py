"""Figures against numbers worked out by hand."""

import doctest
import importlib
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.tables import FEEDBACK, FINDING, ORDER_FULFILLMENT, OUTCOME, Table
from transforms.figures import (
    COLUMNS_READ,
    DIMENSIONS,
    InFlight,
    MissedDeadlines,
    OrderDefects,
    Shares,
    Week,
    asked_requests,
    decision_times,
    figures,
    in_flight,
    missed_deadlines,
    order_defects,
    rating_shares,
    weeks,
    wilson,
    win_rates,
)
from transforms.figures.rating_shares import shares_of

AS_OF = date(2026, 11, 25)


def rows(table: Table, given_rows: list[dict[str, Any]]) -> pa.Table:
    place = {"account": "acme", "marketplace": "DE"}
    columns = [
        pa.array([(place | row).get(field.name) for row in given_rows], field.type)
        for field in table.schema
    ]
    return pa.table(columns, schema=table.schema)


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def feedbacks(*given_rows: tuple[str, int, int], **common: Any) -> pa.Table:
    """Feedback as (id, rating, days ago)."""
    return rows(
        FEEDBACK,
        [
            {"feedback_id": i, "rating": r, "feedback_date": ago(d), "order_id": f"order {i}"}
            | common
            for i, r, d in given_rows
        ],
    )


def outcomes(*given_rows: tuple[str, str], **common: Any) -> pa.Table:
    """Outcomes as (feedback id, decision)."""
    return rows(
        OUTCOME,
        [
            {"feedback_id": i, "decision": d, "is_asked": d not in {"not_asked", "expired"}}
            | common
            for i, d in given_rows
        ],
    )


# --- shares ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        pytest.param((1001, 15, 4), Shares(98, 1, 0), id="Amazon's own example: 99 in all"),
        pytest.param((1, 1, 1), Shares(33, 33, 33), id="a third each"),
        pytest.param((1, 0, 1), Shares(50, 0, 50), id="halves"),
        pytest.param((199, 0, 1), Shares(100, 0, 1), id="99.5 and 0.5 go up: 101 in all"),
        pytest.param((0, 0, 3), Shares(0, 0, 100), id="only negative"),
        pytest.param((0, 0, 0), None, id="no feedback, no share"),
        pytest.param((None, 2, 3), None, id="positives unknown"),
    ],
)
def test_shares_are_rounded_one_by_one(
    counts: tuple[int | None, int, int], expected: Shares | None
) -> None:
    assert shares_of(*counts) == expected


def test_shares_over_three_periods() -> None:
    found = rating_shares(
        feedbacks(
            *[("a", 1, 0), ("b", 3, 29), ("c", 2, 30), ("d", 1, 89), ("e", 1, 90), ("f", 3, 364)],
            *[("g", 1, 365), ("h", 5, 1), ("later", 1, -1)],
        ),
        OUTCOME.empty(),
        as_of=AS_OF,
        positives={("acme", "DE", 30): 98, ("acme", "DE", 365): 194},
    )

    assert [(f.days, f.negative_count, f.neutral_count, f.shares) for f in found] == [
        (30, 1, 1, Shares(98, 1, 1)),
        (90, 3, 1, None),
        (365, 4, 2, Shares(97, 1, 2)),
    ]
    assert [f.is_partial for f in found] == [False, True, False]


def test_what_was_taken_out_no_longer_counts_and_pending_would_not() -> None:
    (month, *_) = rating_shares(
        feedbacks(*[(name, 1, 5) for name in "abcdefgh"], ("n", 3, 5)),
        outcomes(
            *[("a", "removed"), ("b", "struck"), ("c", "struck_unasked")],
            *[("d", "gone_unattributed"), ("e", "pending"), ("f", "denied"), ("g", "not_asked")],
            ("n", "pending"),
        ),
        as_of=AS_OF,
        positives={("acme", "DE", 30): 95},
    )

    assert (month.negative_count, month.pending_negative_count) == (4, 1)  # e, f, g, h
    assert (month.neutral_count, month.pending_neutral_count) == (1, 1)
    assert month.shares == Shares(95, 1, 4)
    assert month.shares_if_granted == Shares(97, 0, 3)  # of 98: 96.9 and 3.06


def test_accounts_and_marketplaces_are_kept_apart() -> None:
    table = rows(
        FEEDBACK,
        [
            {"feedback_id": "1", "rating": 1, "feedback_date": AS_OF, "marketplace": "US"},
            {"feedback_id": "2", "rating": 1, "feedback_date": AS_OF},
            {"feedback_id": "3", "rating": 1, "feedback_date": AS_OF, "account": "zeta"},
        ],
    )

    found = rating_shares(table, OUTCOME.empty(), as_of=AS_OF)

    assert [(f.account, f.marketplace, f.days) for f in found] == [
        (account, place, days)
        for account, place in [("acme", "DE"), ("acme", "US"), ("zeta", "DE")]
        for days in (30, 90, 365)
    ]


# --- order defects --------------------------------------------------------------------------------


def test_order_defects_by_order_date() -> None:
    orders = rows(
        ORDER_FULFILLMENT,
        [
            {"order_id": "order a", "purchased_at": noon(ago(60))},
            {"order_id": "order b", "purchased_at": noon(ago(61))},
            {"order_id": "order c", "purchased_at": noon(ago(10))},
            {"order_id": "order d", "purchased_at": noon(ago(10))},
            *({"order_id": f"fine {i}", "purchased_at": noon(ago(20))} for i in range(197)),
        ],
    )
    found = order_defects(
        feedbacks(("a", 1, 5), ("b", 1, 5), ("c", 3, 5), ("d", 2, 5), ("e", 2, 5), ("f", 2, 61)),
        outcomes(("a", "pending"), ("e", "struck")),
        orders,
        as_of=AS_OF,
    )

    # In the window: a and d. b is too old, c is neutral, e was struck, f has no order and is too old itself.
    (acme,) = found
    assert acme == OrderDefects("acme", "DE", order_count=200, defect_count=2, pending_count=1)
    assert acme.rate_percent == pytest.approx(1.0)
    assert acme.rate_percent_if_granted == pytest.approx(0.5)


def test_without_orders_there_is_no_rate() -> None:
    (acme,) = order_defects(
        feedbacks(("a", 1, 5)), OUTCOME.empty(), ORDER_FULFILLMENT.empty(), as_of=AS_OF
    )

    assert (acme.order_count, acme.defect_count, acme.rate_percent) == (None, 1, None)


# --- win rates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "cases", "share", "low", "high"),
    [
        # The closed form worked out by hand with z = 1.959964.
        pytest.param(8, 10, 0.8, 0.4902, 0.9433, id="8 of 10"),
        pytest.param(0, 10, 0.0, 0.0, 0.2775, id="none of 10"),
        pytest.param(10, 10, 1.0, 0.7225, 1.0, id="all of 10"),
        pytest.param(1, 1, 1.0, 0.2065, 1.0, id="one of one says little"),
        pytest.param(500, 1000, 0.5, 0.4691, 0.5309, id="half of a thousand"),
    ],
)
def test_wilson(hits: int, cases: int, share: float, low: float, high: float) -> None:
    found = wilson(hits, cases)

    assert found is not None
    assert found == pytest.approx((share, low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_encloses_the_share(hits_and_cases: tuple[int, int]) -> None:
    found = wilson(*hits_and_cases)

    assert found is not None
    assert 0 <= found.low <= found.share <= found.high <= 1


@pytest.mark.parametrize(("hits", "cases"), [(2, 1), (-1, 1)])
def test_wilson_refuses_what_is_no_share(hits: int, cases: int) -> None:
    with pytest.raises(ValueError, match="no share"):
        wilson(hits, cases)


def asked_of(*given_rows: dict[str, Any]) -> pa.Table:
    """Asked requests of feedback written 100 days ago and asked about 90 days ago."""
    outcome = rows(
        OUTCOME,
        [
            {
                "feedback_id": f"f{number}",
                "is_asked": True,
                "round": 1,
                "ground": "product_review",
                "rule_version": "r1",
                "certainty": "confirmed",
                "requested_at": noon(ago(90)),
            }
            | row
            for number, row in enumerate(given_rows)
        ],
    )
    feedback = feedbacks(*[(f"f{number}", 1, 100) for number in range(len(given_rows))])
    findings = rows(
        FINDING, [{"feedback_id": "f0", "language": "de"}, {"feedback_id": "f0", "language": "de"}]
    )
    return asked_requests(outcome, feedback, findings)


def test_win_rate_by_ground() -> None:
    asked = asked_of(
        *[{"decision": "removed"}, {"decision": "struck"}, {"decision": "removed"}],
        *[{"decision": "denied"}, {"decision": "pending"}, {"decision": "gone_unattributed"}],
        {"decision": "denied", "ground": "fba_fulfillment"},
        {"decision": "conflict", "ground": "fba_fulfillment"},
        {"decision": "struck_unasked", "ground": "fba_fulfillment"},
        {"decision": "not_asked", "is_asked": False},
    )

    product, fba = win_rates(asked, "ground")

    assert (product.group, product.asked_count, product.decided_count) == ("product_review", 6, 4)
    assert (product.granted_count, product.denied_count) == (3, 1)
    assert (product.gone_count, product.pending_count) == (1, 1)
    assert product.win_rate == wilson(3, 4)
    assert product.false_rate == wilson(1, 4)
    assert product.best_case == wilson(4, 5)
    assert (fba.asked_count, fba.conflict_count, fba.unasked_count) == (3, 1, 1)
    assert fba.win_rate == wilson(0, 1)


def test_a_group_without_decisions_has_no_rate() -> None:
    (only,) = win_rates(asked_of({"decision": "pending"}), "all")

    assert (only.win_rate, only.false_rate, only.best_case) == (None, None, None)


def test_false_requests_by_rule_version() -> None:
    asked = asked_of(
        {"decision": "denied", "rule_version": "r1"},
        {"decision": "removed", "rule_version": "r1"},
        {"decision": "denied", "rule_version": "r1"},
        {"decision": "removed", "rule_version": "r2"},
    )

    found = {
        rate.group: (rate.denied_count, rate.decided_count)
        for rate in win_rates(asked, "rule_version")
    }

    assert found == {"r1": (2, 3), "r2": (0, 1)}


@pytest.mark.parametrize("by", ["all", *DIMENSIONS])
def test_every_request_is_in_one_group_of_every_dimension(by: str) -> None:
    asked = asked_of(
        {"decision": "removed"},
        {"decision": "denied", "ground": None, "rule_version": None},
        {"decision": "gone_unattributed", "requested_at": None},
    )

    rates = win_rates(asked, by)

    assert sum(rate.asked_count for rate in rates) == 3
    for rate in rates:
        assert rate.asked_count == (
            rate.decided_count
            + rate.gone_count
            + rate.pending_count
            + rate.conflict_count
            + rate.unasked_count
        )


@pytest.mark.parametrize(
    ("days_after", "band"),
    [
        *[(-1, "0-7"), (0, "0-7"), (7, "0-7"), (8, "8-30"), (30, "8-30")],
        *[(31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"), (91, "over 90")],
    ],
)
def test_age_at_the_request(days_after: int, band: str) -> None:
    asked = asked_of({"decision": "removed", "requested_at": noon(ago(100 - days_after))})

    assert asked["age"].to_pylist() == [band]


def test_what_is_unknown_is_called_unknown() -> None:
    asked = asked_of({"decision": "removed", "requested_at": None}, {"decision": "removed"})

    assert asked["age"].to_pylist() == ["unknown", "8-30"]
    assert asked["language"].to_pylist() == ["de", "unknown"]


# --- times, flights, deadlines --------------------------------------------------------------------


def test_decision_times_are_days_that_occurred() -> None:
    days = [1, 1, 2, 2, 3, 4, 5, 6, 9, 30]
    asked = asked_of(
        *[{"decision": "denied", "days_to_decision": d} for d in reversed(days)],
        {"decision": "gone_unattributed", "days_to_decision": 88},
        {"decision": "removed", "days_to_decision": None},
        {"decision": "pending", "days_to_decision": None},
    )

    (time,) = decision_times(asked, "all")

    assert (time.count, time.median_days, time.ninetieth_days, time.longest_days) == (10, 3, 9, 30)
    assert decision_times(asked, "decision")[0].group == "denied"


def test_in_flight() -> None:
    outcome = rows(
        OUTCOME,
        [
            {"decision": "pending", "reason": "awaiting_decision", "requested_at": noon(ago(9))},
            {"decision": "pending", "reason": "awaiting_decision", "requested_at": noon(ago(2))},
            {"decision": "pending", "reason": "in_doubt", "requested_at": None},
            {"decision": "denied", "requested_at": noon(ago(50))},
            {"decision": "pending", "reason": "in_doubt", "marketplace": "US"},
        ],
    )

    assert in_flight(outcome, as_of=AS_OF) == [
        InFlight("acme", "DE", 3, 1, noon(ago(9)), 9),
        InFlight("acme", "US", 1, 1, None, None),
    ]


def test_missed_deadlines_by_month_of_closing() -> None:
    feedback = rows(
        FEEDBACK,
        [
            {"feedback_id": "a", "feedback_date": date(2026, 8, 2)},  # closes on 31 October
            {"feedback_id": "b", "feedback_date": date(2026, 8, 3)},  # closes on 1 November
            {"feedback_id": "c", "feedback_date": date(2026, 8, 4)},
            {"feedback_id": "d", "feedback_date": date(2026, 8, 4)},
        ],
    )
    outcome = rows(
        OUTCOME,
        [
            {"feedback_id": i, "decision": d, "ground": "product_review"}
            for i, d in [("a", "expired"), ("b", "expired"), ("c", "expired"), ("d", "not_asked")]
        ],
    )

    assert missed_deadlines(outcome, feedback) == [
        MissedDeadlines("acme", "DE", "product_review", "2026-10", 1),
        MissedDeadlines("acme", "DE", "product_review", "2026-11", 2),
    ]


def test_weeks_end_on_the_business_date() -> None:
    feedback = feedbacks(
        *[("a", 1, 0), ("b", 2, 6), ("c", 3, 6), ("d", 1, 7), ("e", 1, 13), ("f", 1, 14)],
        *[("future", 1, -1), ("g", 5, 0)],
    )
    common = {"is_asked": True, "requested_at": noon(ago(13))}
    outcome = rows(
        OUTCOME,
        [
            common | {"decision": "removed", "decided_at": noon(ago(7))},
            common | {"decision": "struck", "decided_at": noon(ago(6))},
            common | {"decision": "denied", "decided_at": noon(ago(0))},
            common | {"decision": "gone_unattributed", "decided_at": noon(ago(1))},
            common | {"decision": "pending", "requested_at": noon(ago(2))},
            {"decision": "struck_unasked", "is_asked": False, "decided_at": noon(ago(1))},
        ],
    )

    older, newer = weeks(feedback, outcome, as_of=AS_OF, count=2)

    assert older == Week(ago(13), ago(7), 2, 0, 4, 1, 0, 0)
    assert newer == Week(ago(6), ago(0), 2, 1, 1, 1, 1, 1)


def test_the_columns_named_are_all_that_is_read() -> None:
    feedback = feedbacks(("a", 1, 5))
    orders = rows(ORDER_FULFILLMENT, [{"order_id": "order a", "purchased_at": noon(ago(9))}])
    findings = rows(FINDING, [{"feedback_id": "a", "language": "de"}])

    found = figures(
        feedback.select(COLUMNS_READ["feedback"]),
        outcomes(("a", "denied"), requested_at=noon(ago(1)), ground="product_review", round=1),
        orders.select(COLUMNS_READ["order_fulfillment"]),
        findings.select(COLUMNS_READ["finding"]),
        as_of=AS_OF,
    )

    assert found.order_defects == [OrderDefects("acme", "DE", 1, 1, 0)]
    assert [rate.group for rate in found.win_rates["language"]] == ["de"]


@pytest.mark.parametrize("module", ["rating_shares", "wilson"])
def test_the_examples_in_the_docstrings_hold(module: str) -> None:
    found = doctest.testmod(importlib.import_module(f"transforms.figures.{module}"))

    assert found.attempted
    assert not found.failed


def test_figures_of_nothing() -> None:
    found = figures(
        FEEDBACK.empty(), OUTCOME.empty(), ORDER_FULFILLMENT.empty(), FINDING.empty(), as_of=AS_OF
    )

    assert found.rating_shares == []
    assert found.order_defects == []
    assert set(found.win_rates) == {"all", *DIMENSIONS}
    assert not any(found.win_rates.values())
    assert not any(found.decision_times.values())
    assert found.in_flight == []
    assert found.missed_deadlines == []
    assert len(found.weeks) == 26
    assert {(w.negative_count, w.asked_count, w.granted_count) for w in found.weeks} == {(0, 0, 0)}
