from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from schemas.tables import ORDER_FULFILLMENT
from schemas.vocabularies import ChannelEvidence, FulfillmentChannel
from transforms.order_facts import with_order_facts

AFN = FulfillmentChannel.AFN


def feedback(*keys: tuple[str, str]) -> pa.Table:
    accounts, orders = zip(*keys, strict=True)
    return pa.table({"account": list(accounts), "order_id": list(orders)})


def order(account: str, order_id: str, **facts: Any) -> dict[str, Any]:
    usual: dict[str, Any] = dict.fromkeys(ORDER_FULFILLMENT.schema.names)
    return (
        usual
        | {
            "account": account,
            "marketplace": "US",
            "order_id": order_id,
            "fulfillment_channel": "MFN",
            "channel_evidence": "orders_report",
            "item_count": 1,
            "file_sha256": "0" * 64,
        }
        | facts
    )


def joined(
    keys: list[tuple[str, str]],
    orders: list[dict[str, Any]],
    declared: dict[str, FulfillmentChannel] | None = None,
) -> list[dict[str, Any]]:
    table = pa.Table.from_pylist(orders, schema=ORDER_FULFILLMENT.schema)
    return with_order_facts(feedback(*keys), table, declared or {}).to_pylist()


def test_an_order_is_found_by_account_and_order_id() -> None:
    rows = joined(
        [("a", "2"), ("b", "1"), ("a", "1"), ("a", "3")],
        [
            order("a", "1", fulfillment_channel="AFN"),
            order("b", "1"),
            order("a", "2", fulfillment_channel="MIXED"),
        ],
    )
    assert [(r["account"], r["order_id"], r["fulfillment_channel"]) for r in rows] == [
        ("a", "2", "MIXED"),
        ("b", "1", "MFN"),
        ("a", "1", "AFN"),
        ("a", "3", "UNKNOWN"),
    ]
    assert [r["channel_evidence"] for r in rows] == ["orders_report"] * 3 + ["none"]


def test_a_declared_channel_counts_only_where_no_report_names_the_order() -> None:
    rows = joined(
        [("a", "1"), ("a", "2"), ("a", "3"), ("b", "1")],
        [
            order("a", "1", fulfillment_channel="MFN"),
            order("a", "2", fulfillment_channel="UNKNOWN", channel_evidence="conflict"),
        ],
        {"a": AFN},
    )
    assert [(r["fulfillment_channel"], r["channel_evidence"]) for r in rows] == [
        ("MFN", "orders_report"),
        ("UNKNOWN", ChannelEvidence.CONFLICT),
        ("AFN", ChannelEvidence.DECLARED),
        ("UNKNOWN", ChannelEvidence.NONE),
    ]


@pytest.mark.parametrize(
    ("label", "in_time", "both"),
    [
        (True, True, True),
        (True, False, False),
        (False, True, False),
        (False, None, False),
        (None, False, False),
        (True, None, None),
        (None, True, None),
        (None, None, None),
    ],
)
def test_buy_shipping_counts_only_with_label_and_in_time(
    label: bool | None, in_time: bool | None, both: bool | None
) -> None:
    [row] = joined(
        [("a", "1")], [order("a", "1", is_buy_shipping=label, is_shipped_on_time=in_time)]
    )
    assert row["is_buy_shipping_on_time"] is both


def test_the_orders_date_is_its_date_in_utc() -> None:
    late = datetime(2026, 11, 1, 23, 59, tzinfo=UTC)
    rows = joined([("a", "1"), ("a", "2")], [order("a", "1", purchased_at=late)])
    assert [r["order_date"] for r in rows] == [date(2026, 11, 1), None]


def test_no_orders_at_all() -> None:
    [row] = joined([("a", "1")], [])
    assert row["fulfillment_channel"] == "UNKNOWN"
    assert row["is_buy_shipping_on_time"] is None
    assert row["order_date"] is None


def test_no_feedback_at_all() -> None:
    empty = feedback(("a", "1")).slice(0, 0)
    assert with_order_facts(empty, ORDER_FULFILLMENT.empty(), {"a": AFN}).num_rows == 0


def test_pieces_of_tables_are_joined_like_whole_ones() -> None:
    two = pa.concat_tables([feedback(("a", "1")), feedback(("a", "2"))])
    orders = [
        pa.Table.from_pylist([order("a", number)], schema=ORDER_FULFILLMENT.schema)
        for number in ("2", "1")
    ]
    told = with_order_facts(two, pa.concat_tables(orders), {})
    assert told["fulfillment_channel"].to_pylist() == ["MFN", "MFN"]


def test_the_site_of_the_order_is_told_where_a_report_names_it() -> None:
    rows = joined(
        [("a", "1"), ("a", "2"), ("a", "3"), ("a", "4")],
        [
            order("a", "1", sales_channel="Amazon.fr"),
            order("a", "2", sales_channel="Non-Amazon"),
            order("a", "3"),
        ],
    )
    assert [row["order_marketplace"] for row in rows] == ["FR", None, None, None]
