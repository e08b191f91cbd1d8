"""Order reports of every known width and spelling, read by column name; a doubt never becomes a channel."""

import io
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.marketplaces import marketplace
from schemas.tables import ORDER_EVIDENCE, QUARANTINED_ROW
from schemas.vocabularies import FileStatus, ReportKind
from transforms.orders.reading import read_order_report
from transforms.reports.headers import packaged_headers
from transforms.reports.kind import recognise
from transforms.reports.reading import FileReading, Limits, ReadingContext

BASE = [
    "amazon-order-id",
    "merchant-order-id",
    "purchase-date",
    "last-updated-date",
    "order-status",
    "fulfillment-channel",
    "sales-channel",
    "order-channel",
    "ship-service-level",
    "product-name",
    "sku",
    "asin",
    "item-status",
    "quantity",
    "currency",
    "item-price",
    "item-tax",
    "shipping-price",
    "shipping-tax",
    "gift-wrap-price",
    "gift-wrap-tax",
    "item-promotion-discount",
    "ship-promotion-discount",
    "ship-city",
    "ship-state",
    "ship-postal-code",
    "ship-country",
    "promotion-ids",
]
BUSINESS = ["is-business-order", "purchase-order-number", "price-designation"]


def after(columns: list[str], name: str, *new: str) -> list[str]:
    place = columns.index(name) + 1
    return [*columns[:place], *new, *columns[place:]]


WITH_URL = after(BASE, "order-channel", "url")
OF_2026 = [*BASE, "cpf", *BUSINESS, "signature-confirmation-recommended"]
GENERATIONS = {
    28: BASE,
    29: WITH_URL,
    32: [*WITH_URL, *BUSINESS],
    33: OF_2026,
    34: after(OF_2026, "order-status", "order-item-id"),
    39: [
        *after(WITH_URL, "promotion-ids", "cpf"),
        *BUSINESS,
        "signature-confirmation-recommended",
        "customized-url",
        "customized-page",
        "buyer-identification-number",
        "buyer-identification-type",
        "order-item-id",
    ],
}


class Rows:
    """A row sink that keeps what it is given."""

    def __init__(self) -> None:
        self.accepted: list[pa.Table] = []
        self.aside: list[pa.Table] = []

    def accept(self, rows: pa.Table) -> None:
        assert rows.schema.equals(ORDER_EVIDENCE.schema)
        self.accepted.append(rows)

    def set_aside(self, rows: pa.Table) -> None:
        assert rows.schema.equals(QUARANTINED_ROW.schema)
        self.aside.append(rows)

    @property
    def evidence(self) -> dict[str, dict[str, Any]]:
        return {row["order_id"]: row for part in self.accepted for row in part.to_pylist()}

    @property
    def reasons(self) -> list[str]:
        return [row["reason"] for part in self.aside for row in part.to_pylist()]

    @property
    def raw(self) -> list[bytes]:
        return [row["raw_bytes"] for part in self.aside for row in part.to_pylist()]


def read(
    text: str | bytes,
    kind: ReportKind = ReportKind.ORDERS,
    code: str = "US",
    limits: Limits | None = None,
) -> tuple[FileReading, Rows]:
    context = ReadingContext(
        "shop", marketplace(code), date(2026, 11, 25), "a" * 64, limits=limits or Limits()
    )
    rows = Rows()
    data = text.encode() if isinstance(text, str) else text
    reading = read_order_report(kind, io.BytesIO(data), context, rows)
    reading.check_accounting()
    assert len(rows.reasons) == reading.rows_quarantined
    return reading, rows


def order_id(number: int) -> str:
    return f"111-0000001-{number:07d}"


def item(columns: list[str], number: int, channel: str, **cells: str) -> str:
    filled = {
        "amazon-order-id": order_id(number),
        "purchase-date": "2026-11-02T10:00:00+00:00",
        "last-updated-date": "2026-11-03T10:00:00+00:00",
        "order-status": "Shipped",
        "fulfillment-channel": channel,
        "sales-channel": "Amazon.com",
        "product-name": 'Desk lamp 5" "blue',
        "ship-city": "SEATTLE",
        **cells,
    }
    return "\t".join(filled.get(column, "") for column in columns) + "\n"


def report(columns: list[str], *items: str) -> str:
    return "\t".join(columns) + "\n" + "".join(items)


@pytest.mark.parametrize("width", GENERATIONS)
def test_every_width_is_read_by_name(width: int) -> None:
    columns = GENERATIONS[width]
    assert len(columns) == width
    text = report(
        columns,
        item(columns, 1, "Amazon"),
        item(columns, 2, "Merchant"),
        item(columns, 3, "AFN"),
        item(columns, 3, "mfn"),
    )
    assert recognise(text.encode(), packaged_headers()) is ReportKind.ORDERS
    reading, rows = read(text)
    assert (reading.rows_in, reading.rows_accepted, reading.column_count) == (4, 4, width)
    channels = {o[-1]: e["fulfillment_channel"] for o, e in rows.evidence.items()}
    assert channels == {"1": "AFN", "2": "MFN", "3": "MIXED"}
    first = rows.evidence[order_id(1)]
    assert first["purchased_at"] == datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert first["updated_at"] == datetime(2026, 11, 3, 10, tzinfo=UTC)
    assert first["sales_channel"] == "Amazon.com"
    assert rows.evidence[order_id(3)]["item_count"] == 2


@given(order=st.permutations(BASE))
@settings(max_examples=20, deadline=None)
def test_columns_may_stand_in_any_order(order: list[str]) -> None:
    _, rows = read(report(order, item(order, 1, "Merchant")))
    assert rows.evidence[order_id(1)]["fulfillment_channel"] == "MFN"


@pytest.mark.parametrize(
    ("printed", "spelling"),
    [
        ("fulfillment-channel", "fulfilment-channel"),
        ("fulfillment-channel", "Fulfillment-Channel "),
        ("amazon-order-id", "amazon order-id"),
        ("last-updated-date", "last updated date"),
    ],
)
def test_spelling_variants_are_known(printed: str, spelling: str) -> None:
    text = report(BASE, item(BASE, 1, "AFN")).replace(printed, spelling, 1)
    assert recognise(text.encode(), packaged_headers()) is ReportKind.ORDERS
    assert read(text)[1].evidence[order_id(1)]["fulfillment_channel"] == "AFN"


@pytest.mark.parametrize(
    "encode",
    [
        pytest.param(lambda text: text.encode(), id="utf-8"),
        pytest.param(lambda text: b"\xef\xbb\xbf" + text.encode(), id="bom"),
        pytest.param(lambda text: text.encode("cp1252"), id="cp1252"),
        pytest.param(lambda text: text.encode("utf-16"), id="utf-16"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="crlf"),
        pytest.param(lambda text: text.encode() + b"\n\n", id="blank lines"),
    ],
)
def test_encodings_and_line_ends(encode: Any) -> None:
    text = report(
        BASE,
        item(BASE, 1, "Amazon", **{"product-name": "Lampe für Schreibtisch – groß"}),
        item(BASE, 2, "Merchant"),
    )
    reading, rows = read(encode(text), code="DE")
    assert (reading.rows_in, reading.rows_accepted) == (2, 2)
    assert {e["fulfillment_channel"] for e in rows.evidence.values()} == {"AFN", "MFN"}


def test_japanese_product_names_in_cp932() -> None:
    text = report(BASE, item(BASE, 1, "Amazon", **{"product-name": "十表ソ デスクライト"}))
    reading, rows = read(text.encode("cp932"), code="JP")
    assert (reading.encoding, reading.rows_accepted) == ("cp932", 1)
    assert rows.evidence[order_id(1)]["fulfillment_channel"] == "AFN"


def test_a_name_in_broken_encoding_costs_no_row() -> None:
    text = report(
        BASE, item(BASE, 1, "Amazon", **{"product-name": "Grüße éà"}), item(BASE, 2, "MFN")
    )
    data = text.encode().replace("é".encode(), b"\xe9")
    reading, rows = read(data)
    assert (reading.rows_in, reading.rows_accepted) == (2, 2)
    assert set(rows.evidence) == {order_id(1), order_id(2)}


def test_no_address_or_name_is_ever_kept() -> None:
    columns = [*BASE, "buyer-email", "buyer-name", "ship-phone-number"]
    secret = {"buyer-email": "s3cret@x", "buyer-name": "S3cret", "ship-city": "S3CRET"}
    _, rows = read(report(columns, item(columns, 1, "Amazon", **secret)))
    assert "s3cret" not in str(rows.evidence).casefold()


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        (["Amazon", "Amazon"], "AFN"),
        (["Amazon", "Merchant"], "MIXED"),
        (["", ""], None),
        (["Amazon", ""], "UNKNOWN"),
        (["Amazon", "Drone"], "UNKNOWN"),
        (["Amazon", "Merchant", "Drone"], "UNKNOWN"),
    ],
)
def test_an_item_that_cannot_be_told_makes_its_order_unknown(
    channels: list[str], expected: str | None
) -> None:
    reading, rows = read(report(BASE, *(item(BASE, 1, channel) for channel in channels)))
    assert rows.evidence[order_id(1)]["fulfillment_channel"] == expected
    assert reading.rows_quarantined == channels.count("Drone")
    assert set(rows.reasons) <= {"unknown_channel"}


def test_broken_rows_are_set_aside_with_their_bytes_and_leave_a_doubt() -> None:
    good = item(BASE, 1, "Amazon")
    tab = item(BASE, 2, "Amazon", **{"product-name": "lamp\twith tab"})
    short = item(BASE, 3, "Amazon").rsplit("\t", 5)[0] + "\n"
    no_id = item(BASE, 4, "Amazon", **{"amazon-order-id": "1.11E+17"})
    nul = item(BASE, 5, "Amazon", **{"product-name": "lamp\0"})
    blank_id = item(BASE, 6, "Amazon", **{"amazon-order-id": " "})
    reading, rows = read(report(BASE, good, tab, good, short, good, no_id, nul, blank_id))
    assert (reading.rows_in, reading.rows_accepted, reading.rows_quarantined) == (8, 3, 5)
    assert sorted(zip(rows.reasons, rows.raw, strict=True)) == sorted(
        [
            ("too_many_fields", tab.encode()),
            ("too_few_fields", short.encode()),
            ("bad_order_id", no_id.encode()),
            ("nul", nul.encode()),
            ("missing_order_id", blank_id.encode()),
        ]
    )
    channels = {o[-1]: e["fulfillment_channel"] for o, e in rows.evidence.items()}
    assert channels == {"1": "AFN", "2": "UNKNOWN", "3": "UNKNOWN", "5": "UNKNOWN"}


def test_a_row_broken_inside_a_name_is_rejoined_when_that_is_certain() -> None:
    broken = item(BASE, 1, "Amazon", **{"product-name": "lamp\nfor a\ndesk"})
    reading, rows = read(report(BASE, broken, item(BASE, 2, "Merchant")))
    assert (reading.rows_in, reading.rows_accepted) == (2, 2)
    assert rows.evidence[order_id(1)]["fulfillment_channel"] == "AFN"


def test_pieces_that_do_not_fit_are_set_aside_one_by_one() -> None:
    broken = item(BASE, 1, "Amazon", **{"product-name": "lamp\nwith\ttab"})
    reading, rows = read(report(BASE, broken, item(BASE, 2, "Merchant")))
    assert (reading.rows_in, reading.rows_accepted, reading.rows_quarantined) == (3, 1, 2)
    assert set(rows.reasons) == {"newline_in_field"}
    assert b"".join(rows.raw) == broken.encode()
    assert rows.evidence[order_id(1)]["fulfillment_channel"] == "UNKNOWN"


@pytest.mark.parametrize("block_bytes", [200, 1 << 20])
def test_a_last_row_that_is_cut_off_is_named(block_bytes: int) -> None:
    rows = item(BASE, 1, "Amazon"), item(BASE, 2, "Merchant")
    whole = report(BASE, *rows)
    limits = Limits(block_bytes=block_bytes, kept_bytes=0)
    reading, sink = read(whole.rstrip("\t\n")[:-9], limits=limits)
    assert (reading.rows_in, reading.rows_accepted, reading.reason) == (2, 1, "truncated_row")
    assert sink.reasons == ["truncated_row"]
    assert sink.evidence[order_id(2)]["fulfillment_channel"] == "UNKNOWN"
    assert read(whole.rstrip("\n"), limits=limits)[0].reason is None, "only the line end is missing"
    short_but_whole = whole.rstrip("\t\n")[:-9] + "\n"
    assert read(short_but_whole, limits=limits)[1].reasons == ["too_few_fields"]


def test_a_header_printed_again_is_no_row() -> None:
    text = report(BASE, item(BASE, 1, "Amazon"))
    reading, rows = read(text + text.replace(order_id(1), order_id(2)))
    assert (reading.rows_in, reading.rows_accepted) == (2, 2)
    assert reading.remarks == ("header_repeat:1",)
    assert set(rows.evidence) == {order_id(1), order_id(2)}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (report(BASE, "").replace("fulfillment-channel", "channel"), "missing_col"),
        (report([*BASE, "fulfilment-channel"], ""), "dup_col"),
        ("", "empty"),
        ("x" * 5_000_000, "line_too_long"),
    ],
)
def test_a_report_without_its_columns_is_refused(text: str, reason: str) -> None:
    reading, rows = read(text)
    assert (reading.status, reading.reason) == (FileStatus.REFUSED, reason)
    assert reading.message
    assert not rows.accepted


def test_a_header_alone_is_an_empty_period() -> None:
    reading, rows = read(report(BASE))
    assert (reading.status, reading.reason, reading.rows_in) == ("accepted", "no_rows", 0)
    assert not rows.accepted


def test_the_marketplace_follows_the_sales_channel() -> None:
    _, rows = read(
        report(
            BASE,
            item(BASE, 1, "Amazon", **{"sales-channel": "Amazon.ca"}),
            item(BASE, 2, "Amazon", **{"sales-channel": "Non-Amazon"}),
            item(BASE, 3, "Amazon", **{"sales-channel": ""}),
        )
    )
    found = {o[-1]: (e["marketplace"], e["sales_channel"]) for o, e in rows.evidence.items()}
    assert found == {"1": ("CA", "Amazon.ca"), "2": ("US", "Non-Amazon"), "3": ("US", None)}


def test_dates_in_other_forms_cost_no_row() -> None:
    forms = {
        "2026-11-03T10:00:00Z": datetime(2026, 11, 3, 10, tzinfo=UTC),
        "2026-11-03T02:00:00-08:00": datetime(2026, 11, 3, 10, tzinfo=UTC),
        "2026-11-03 10:00:00": datetime(2026, 11, 3, 10, tzinfo=UTC),
        "soon": None,
        "": None,
    }
    for printed, expected in forms.items():
        reading, rows = read(report(BASE, item(BASE, 1, "AFN", **{"last-updated-date": printed})))
        assert reading.rows_accepted == 1
        assert rows.evidence[order_id(1)]["updated_at"] == expected


EVIDENCE = "order_id{0}purchased_via_amazon{0}ship_by{0}shipped_at\n"


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_buy_shipping_evidence(delimiter: str) -> None:
    cells = [
        [order_id(1), "yes", "2026-11-03T23:59:00-08:00", "2026-11-03T15:00:00-08:00"],
        [order_id(2), "TRUE", "2026-11-03", "2026-11-04"],
        [order_id(3), "no", "2026-11-03", "2026-11-03"],
        [order_id(4), "1", "2026-11-03", ""],
    ]
    text = EVIDENCE.format(delimiter) + "".join(delimiter.join(line) + "\n" for line in cells)
    assert recognise(text.encode(), packaged_headers()) is ReportKind.BUY_SHIPPING
    reading, rows = read(text, ReportKind.BUY_SHIPPING)
    assert (reading.rows_in, reading.rows_accepted) == (4, 4)
    found = {
        o[-1]: (e["is_buy_shipping"], e["is_shipped_on_time"]) for o, e in rows.evidence.items()
    }
    assert found == {"1": (True, True), "2": (True, False), "3": (False, True), "4": (True, None)}


def test_every_parcel_of_an_order_must_be_on_time_and_bought_from_amazon() -> None:
    text = EVIDENCE.format(",") + "".join(
        f"{order_id(n)},{bought},2026-11-03,{shipped}\n"
        for n, bought, shipped in [
            (1, "yes", "2026-11-02"),
            (1, "yes", "2026-11-05"),
            (2, "yes", "2026-11-02"),
            (2, "no", "2026-11-02"),
            (3, "yes", "2026-11-02"),
            (3, "yes", ""),
        ]
    )
    _, rows = read(text, ReportKind.BUY_SHIPPING)
    found = {
        o[-1]: (e["is_buy_shipping"], e["is_shipped_on_time"]) for o, e in rows.evidence.items()
    }
    assert found == {"1": (True, False), "2": (False, True), "3": (True, None)}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ("111-0000001-0000001,maybe,2026-11-03,2026-11-02", "truth_form"),
        ("111-0000001-0000001,,2026-11-03,2026-11-02", "missing_is_buy_shipping"),
        ("111-0000001-0000001,yes,tomorrow,2026-11-02", "date_bad"),
        ("111-0000001-0000001,yes,2026-11-03,2026-13-02", "date_bad"),
        ("1.11E+17,yes,2026-11-03,2026-11-02", "bad_order_id"),
    ],
)
def test_evidence_that_is_not_certain_is_set_aside(cells: str, reason: str) -> None:
    reading, rows = read(EVIDENCE.format(",") + cells + "\n", ReportKind.BUY_SHIPPING)
    assert (reading.rows_in, reading.rows_quarantined) == (1, 1)
    assert rows.reasons == [reason]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_line_is_lost_whatever_is_in_it(data: st.DataObject) -> None:
    columns = BASE[:8]
    rows = [item(columns, n, ("Amazon", "MFN", "")[n % 3]) for n in range(8)]
    text = bytearray(report(columns, *rows).encode())
    header_end = text.index(b"\n") + 1
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(header_end, len(text) - 1))
        text[place] = data.draw(st.sampled_from(b'\t\n\r\0"\xff\xc3x,1 '))
    small = Limits(block_bytes=data.draw(st.sampled_from([64, 200, 1 << 20])))
    reading, sink = read(bytes(text), limits=small)
    if reading.status is FileStatus.REFUSED:
        return
    body = bytes(text[header_end:])
    filled = [line for line in body.split(b"\n") if line.strip(b"\r ")]
    # Every filled line is a row or a piece of one; what was set aside is there byte by byte.
    assert reading.rows_in <= len(filled)
    assert reading.rows_accepted == sum(e["item_count"] for e in sink.evidence.values())
    for raw in sink.raw:
        assert raw in body
    # Only a line feed ends a line: a carriage return in its place joins two rows into one.
    intact = {line + b"\n" for line in body.split(b"\n")} & {row.encode() for row in rows}
    for number, row in enumerate(rows):
        assert row.encode() not in intact or order_id(number) in sink.evidence
