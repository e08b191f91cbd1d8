"""Tables `metric` and `win_rate`: every figure as a row, keys unique, null where too little is known."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from schemas.columns import figures as figure_columns
from schemas.tables import METRIC, WIN_RATE
from transforms.figures import (
    DIMENSIONS,
    Figures,
    InFlight,
    MissedDeadlines,
    OrderDefects,
    RatingShares,
    WinRate,
    figure_tables,
)

AS_OF = date(2026, 11, 25)


def numbers(positive_count: int | None) -> Figures:
    return Figures(
        as_of=AS_OF,
        rating_shares=[RatingShares("acme", "DE", 30, positive_count, 15, 4, 5, 4)],
        order_defects=[OrderDefects("acme", "DE", 200, 3, 1)],
        win_rates={
            "all": [WinRate("all", "all", 12, 8, 2, 1, 1, 0, 0)],
            "ground": [WinRate("ground", "hate_speech", 1, 0, 0, 0, 1, 0, 0)],
        },
        decision_times={},
        in_flight=[InFlight("acme", "DE", 7, 2, datetime(2026, 11, 1, tzinfo=UTC), 24)],
        missed_deadlines=[
            MissedDeadlines("acme", "DE", "hate_speech", "2026-10", 3),
            MissedDeadlines("acme", "DE", "product_review", "2026-11", 4),
        ],
        weeks=[],
    )


def metrics(positive_count: int | None) -> dict[str, dict[str, Any]]:
    table = figure_tables(numbers(positive_count))["metric"]
    assert table.schema.equals(METRIC.schema)
    rows: list[dict[str, Any]] = table.to_pylist()
    return {row["metric_name"]: row for row in rows}


@pytest.mark.parametrize(
    ("name", "days", "value", "counted", "is_partial"),
    [
        ("positive_share", 30, 98, (1001, 1020), False),
        ("neutral_share", 30, 1, (15, 1020), False),
        ("negative_share", 30, 0, (4, 1020), False),
        ("positive_share_if_granted", 30, 99, (1001, 1011), False),
        ("negative_share_if_granted", 30, 0, (0, 1011), False),
        ("order_defect_rate", 60, 1.5, (3, 200), True),
        ("order_defect_rate_if_granted", 60, 1.0, (2, 200), True),
        ("in_flight", 0, 7, (None, None), False),
        ("in_doubt", 0, 2, (None, None), False),
        ("missed_deadlines", 0, 7, (None, None), False),
    ],
)
def test_each_figure_is_a_row(
    name: str,
    days: int,
    value: float,
    counted: tuple[int | None, int | None],
    is_partial: bool,
) -> None:
    row = metrics(1001)[name]
    assert (row["period_days"], row["value"]) == (days, value)
    assert (row["numerator"], row["denominator"]) == counted
    assert row["is_partial"] is is_partial


def test_without_positives_a_share_has_no_value_and_says_so() -> None:
    row = metrics(None)["negative_share"]
    assert row["value"] is None
    assert (row["numerator"], row["denominator"]) == (4, None)
    assert row["is_partial"]


def test_every_name_that_is_documented_is_written() -> None:
    assert set(metrics(1001)) == set(figure_columns.METRICS)
    assert set(figure_columns.DIMENSIONS) == {"all", *DIMENSIONS}


def test_win_rates_have_their_interval_or_none() -> None:
    table = figure_tables(numbers(None))["win_rate"]
    assert table.schema.equals(WIN_RATE.schema)
    everything, undecided = table.to_pylist()
    assert everything["rate"] == pytest.approx(0.8)
    assert round(everything["rate_low"], 4) == 0.4902
    assert round(everything["rate_high"], 4) == 0.9433
    assert undecided["dimension_value"] == "hate_speech"
    assert [undecided[name] for name in ("rate", "rate_low", "rate_high")] == [None] * 3
