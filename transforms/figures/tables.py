"""The figures of one business date as rows of the tables `metric` and `win_rate`."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from schemas.tables import METRIC, WIN_RATE
from transforms.figures.order_defects import OrderDefects
from transforms.figures.rating_shares import RatingShares, shares_of
from transforms.figures.win_rates import WinRate
from transforms.priority import ORDER_DEFECT_WINDOW_DAYS

if TYPE_CHECKING:
    from transforms.figures import Figures


def figure_tables(figures: "Figures") -> dict[str, pa.Table]:
    """Tables `metric` and `win_rate` by name, each sorted by its key."""
    rates = [_win_rate(rate) for group in figures.win_rates.values() for rate in group]
    return {
        METRIC.name: _as_table(list(_metrics(figures)), METRIC.schema, METRIC.key),
        WIN_RATE.name: _as_table(rates, WIN_RATE.schema, WIN_RATE.key),
    }


def _as_table(rows: list[dict[str, Any]], schema: pa.Schema, key: tuple[str, ...]) -> pa.Table:
    table = pa.Table.from_pylist(rows, schema=schema)
    return table.sort_by([(name, "ascending") for name in key])


def _metrics(figures: "Figures") -> Iterator[dict[str, Any]]:
    for shares in figures.rating_shares:
        yield from _share_rows(shares)
    for defects in figures.order_defects:
        yield from _defect_rows(defects)
    for waiting in figures.in_flight:
        for name, count in (("in_flight", waiting.count), ("in_doubt", waiting.in_doubt_count)):
            yield _row(waiting.account, waiting.marketplace, name, count, "requests")
    missed: Counter[tuple[str, str]] = Counter()
    for month in figures.missed_deadlines:
        missed[month.account, month.marketplace] += month.count
    for (account, marketplace), count in missed.items():
        yield _row(account, marketplace, "missed_deadlines", count, "feedback")


def _share_rows(row: RatingShares) -> Iterator[dict[str, Any]]:
    """Six shares of one period: as they are, and if every pending request were granted."""
    for suffix, neutral, negative in (
        ("", row.neutral_count, row.negative_count),
        (
            "_if_granted",
            row.neutral_count - row.pending_neutral_count,
            row.negative_count - row.pending_negative_count,
        ),
    ):
        positive = row.positive_count
        shares = shares_of(positive, neutral, negative)
        for name, count in (("positive", positive), ("neutral", neutral), ("negative", negative)):
            yield _row(
                row.account,
                row.marketplace,
                f"{name}_share{suffix}",
                getattr(shares, name) if shares is not None else None,
                "percent",
            ) | {
                "period_days": row.days,
                "numerator": count,
                "denominator": None if positive is None else positive + neutral + negative,
                "is_partial": row.is_partial,
            }


def _defect_rows(row: OrderDefects) -> Iterator[dict[str, Any]]:
    """Partial at all times: A-to-z claims and chargebacks count as well and are in no report that is read."""
    for name, value, count in (
        ("order_defect_rate", row.rate_percent, row.defect_count),
        (
            "order_defect_rate_if_granted",
            row.rate_percent_if_granted,
            row.defect_count - row.pending_count,
        ),
    ):
        yield _row(row.account, row.marketplace, name, value, "percent") | {
            "period_days": ORDER_DEFECT_WINDOW_DAYS,
            "numerator": count,
            "denominator": row.order_count,
            "is_partial": True,
        }


def _row(
    account: str, marketplace: str, metric: str, value: float | None, unit: str
) -> dict[str, Any]:
    return {
        "account": account,
        "marketplace": marketplace,
        "metric_name": metric,
        "period_days": 0,
        "value": value,
        "unit": unit,
        "numerator": None,
        "denominator": None,
        "is_partial": False,
    }


def _win_rate(row: WinRate) -> dict[str, Any]:
    rate = row.win_rate
    return {
        "dimension": row.by,
        "dimension_value": row.group,
        "asked_count": row.asked_count,
        "granted_count": row.granted_count,
        "denied_count": row.denied_count,
        "gone_count": row.gone_count,
        "pending_count": row.pending_count,
        "conflict_count": row.conflict_count,
        "unasked_count": row.unasked_count,
        "rate": rate.share if rate else None,
        "rate_low": rate.low if rate else None,
        "rate_high": rate.high if rate else None,
    }
