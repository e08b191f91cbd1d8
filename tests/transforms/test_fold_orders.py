"""Who shipped an order: the same answer whatever the order and number of times in which reports arrive."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.tables import ORDER_EVIDENCE, ORDER_FULFILLMENT
from transforms.fold_orders import fold_orders, marketplace_of, merge_order_evidence

ORDERS, SHIPMENTS, EVIDENCE = "orders", "fulfilled_shipments", "buy_shipping"


def day(number: int) -> datetime:
    return datetime(2026, 1, number, tzinfo=UTC)


def said(
    kind: str = ORDERS,
    channel: str | None = "AFN",
    updated: int | None = 1,
    sha: str = "a",
    **more: Any,
) -> dict[str, Any]:
    filled = dict.fromkeys(ORDER_EVIDENCE.schema.names) | {
        "account": "shop",
        "marketplace": "US",
        "order_id": "111-0000001-0000001",
        "kind": kind,
        "fulfillment_channel": channel,
        "updated_at": day(updated) if updated else None,
        "item_count": 1,
        "file_sha256": sha * 64,
    }
    return filled | more


def evidence(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=ORDER_EVIDENCE.schema)


def folded(*rows: dict[str, Any]) -> dict[str, Any]:
    (order,) = fold_orders(merge_order_evidence(evidence(*rows))).to_pylist()
    return dict(order)


@pytest.mark.parametrize(
    ("rows", "channel", "how"),
    [
        ([said(channel="AFN")], "AFN", "orders_report"),
        ([said(channel="MFN")], "MFN", "orders_report"),
        ([said(channel="MIXED")], "MIXED", "orders_report"),
        ([said(channel="UNKNOWN")], "UNKNOWN", "none"),
        ([said(channel=None)], "UNKNOWN", "none"),
        ([said(SHIPMENTS)], "AFN", "fulfilled_shipments"),
        ([said(SHIPMENTS, None)], "AFN", "fulfilled_shipments"),
        ([said(SHIPMENTS, "MFN")], "UNKNOWN", "conflict"),
        ([said(SHIPMENTS), said(channel="AFN")], "AFN", "fulfilled_shipments"),
        ([said(SHIPMENTS), said(channel=None)], "AFN", "fulfilled_shipments"),
        ([said(SHIPMENTS), said(channel="MFN")], "UNKNOWN", "conflict"),
        ([said(SHIPMENTS), said(channel="MIXED")], "MIXED", "orders_report"),
        ([said(SHIPMENTS), said(channel="UNKNOWN")], "UNKNOWN", "none"),
        ([said(channel="AFN"), said(channel="MFN", sha="b")], "UNKNOWN", "conflict"),
        ([said(channel="AFN"), said(channel="AFN", sha="b")], "AFN", "orders_report"),
        ([said(channel="AFN", updated=1), said(channel="MFN", updated=2)], "MFN", "orders_report"),
        ([said(channel="AFN", updated=None), said(channel="MFN")], "MFN", "orders_report"),
        ([said(EVIDENCE, None, is_buy_shipping=True)], "UNKNOWN", "none"),
        ([said(EVIDENCE, None, is_buy_shipping=True), said(channel="MFN")], "MFN", "orders_report"),
    ],
)
def test_channel_and_evidence(rows: list[dict[str, Any]], channel: str, how: str) -> None:
    order = folded(*rows)
    assert (order["fulfillment_channel"], order["channel_evidence"]) == (channel, how)


def test_a_doubt_or_a_conflict_is_never_a_channel() -> None:
    """Whatever is said, AFN or MFN is concluded only when nothing newest says otherwise."""
    for one in ("AFN", "MFN", "MIXED", "UNKNOWN", None):
        for other in ("AFN", "MFN", "MIXED", "UNKNOWN", None):
            found = folded(said(channel=one), said(channel=other, sha="b"))["fulfillment_channel"]
            if found in ("AFN", "MFN"):
                assert {one, other} <= {found, None}


@pytest.mark.parametrize(
    ("parcels", "bought", "on_time"),
    [
        ([(True, True)], True, True),
        ([(True, True), (True, True)], True, True),
        ([(True, True), (True, False)], True, False),
        ([(True, True), (True, None)], True, None),
        ([(True, False), (True, None)], True, False),
        ([(True, True), (False, True)], False, True),
        ([(True, True), (None, True)], None, True),
    ],
)
def test_all_parcels_must_be_bought_from_amazon_and_on_time(
    parcels: list[tuple[bool | None, bool | None]], bought: bool | None, on_time: bool | None
) -> None:
    rows = [
        said(EVIDENCE, None, sha="abc"[n], is_buy_shipping=b, is_shipped_on_time=t)
        for n, (b, t) in enumerate(parcels)
    ]
    order = folded(said(channel="MFN"), *rows)
    assert (order["is_buy_shipping"], order["is_shipped_on_time"]) == (bought, on_time)


def test_without_evidence_nothing_is_known_of_buy_shipping() -> None:
    order = folded(said(channel="MFN"), said(SHIPMENTS))
    assert (order["is_buy_shipping"], order["is_shipped_on_time"]) == (None, None)


def test_the_orders_report_is_preferred_for_everything_else() -> None:
    order = folded(
        said(SHIPMENTS, sha="b", marketplace="US", sales_channel="amazon.com", item_count=1),
        said(sha="c", marketplace="CA", sales_channel="Amazon.ca", item_count=3, updated=2),
    )
    assert (order["marketplace"], order["sales_channel"], order["item_count"]) == (
        "CA",
        "Amazon.ca",
        3,
    )
    assert order["file_sha256"] == "c" * 64
    assert order["updated_at"] == day(2)


ROWS = st.lists(
    st.builds(
        said,
        kind=st.sampled_from([ORDERS, SHIPMENTS, EVIDENCE]),
        channel=st.sampled_from(["AFN", "MFN", "MIXED", "UNKNOWN", None]),
        updated=st.sampled_from([1, 2, None]),
        sha=st.sampled_from("abcd"),
        order_id=st.sampled_from(["111-0000001-0000001", "111-0000001-0000002"]),
        item_count=st.integers(1, 3),
        is_buy_shipping=st.sampled_from([True, False, None]),
        is_shipped_on_time=st.sampled_from([True, False, None]),
        sales_channel=st.sampled_from(["Amazon.com", None]),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, data=st.data())
def test_order_and_repetition_of_reports_do_not_matter(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    at_once = merge_order_evidence(evidence(*rows))
    shuffled = (
        data.draw(st.permutations(rows)) + data.draw(st.lists(st.sampled_from(rows), max_size=3))
        if rows
        else []
    )
    one_by_one = ORDER_EVIDENCE.empty()
    for row in shuffled:
        one_by_one = merge_order_evidence(one_by_one, evidence(row))
    assert one_by_one.equals(at_once)
    assert merge_order_evidence(at_once, at_once).equals(at_once)
    orders = fold_orders(at_once)
    assert orders.schema.equals(ORDER_FULFILLMENT.schema)
    assert set(orders["order_id"].to_pylist()) == {row["order_id"] for row in rows}
    backwards = at_once.take(pa.array(range(at_once.num_rows - 1, -1, -1), pa.int64()))
    assert fold_orders(backwards).equals(orders)


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("Amazon.com", "US"),
        ("amazon.DE ", "DE"),
        ("Amazon.co.uk", "UK"),
        ("Non-Amazon", None),
        (None, None),
    ],
)
def test_a_sales_channel_names_its_marketplace(printed: str | None, code: str | None) -> None:
    assert marketplace_of(printed) == code
