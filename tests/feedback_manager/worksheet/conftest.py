"""Invented requests in several languages, with long, right-to-left and hostile comments."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from feedback_manager.worksheet.render import render_worksheet
from feedback_manager.worksheet.row import Worksheet, WorksheetRow
from rules.judgement import Span
from schemas.identifiers import content_sha256, feedback_id, request_id
from schemas.vocabularies import Ground

AS_OF = date(2026, 11, 25)
CREATED_AT = datetime(2026, 11, 25, 2, 30, tzinfo=UTC)

PRODUCT = (
    Ground.PRODUCT_REVIEW,
    "product-feedback",
    "203",
    "The whole comment is about the product",
)
DELIVERY = (
    Ground.FBA_FULFILLMENT,
    "delivery-related-feedback",
    "402",
    "Amazon shipped the order, and the whole comment is about the delivery",
)
OBSCENE = (
    Ground.OBSCENE_LANGUAGE,
    "inappropriate-feedback",
    "102",
    "The comment contains obscene words",
)


def worksheet_row(
    marketplace: str = "US",
    order_id: str = "111-1111111-0000001",
    comment: str | None = "The zip broke after two days.",
    marks: tuple[tuple[str, str], ...] = (),
    clause: tuple[Ground, str, str, str] = PRODUCT,
    **changes: Any,
) -> WorksheetRow:
    """A request whose evidence is found by its words."""
    ground, category, reason_code, title = clause
    text = comment or ""
    spans = []
    for words, word_class in marks:
        start = text.index(words)
        spans.append(Span(start, start + len(words), word_class))
    account = changes.pop("account", "alpine-outdoor")
    rating = changes.pop("rating", 1)
    return WorksheetRow(
        request_id=request_id(feedback_id(account, marketplace, order_id), 1),
        account=account,
        marketplace=marketplace,
        order_id=order_id,
        feedback_date=changes.pop("feedback_date", date(2026, 11, 20)),
        rating=rating,
        comment=comment,
        evidence=changes.pop("evidence", tuple(spans)),
        reason=changes.pop(
            "reason", "entire_comment: every clause speaks of it and of nothing else"
        ),
        ground=ground,
        ground_title=title,
        policy_clause="Amazon removes feedback when the entire comment is of this kind.",
        category=category,
        reason_code=reason_code,
        deadline_date=changes.pop("deadline_date", date(2027, 2, 17)),
        content_sha256=content_sha256(rating, comment),
    )


@pytest.fixture
def realistic_rows() -> list[WorksheetRow]:
    """What a person might find on a worksheet."""
    long_text = (
        "I bought this tent for a weekend in the mountains and was really looking forward to it. The poles are thinner than "
        "in the picture, the fabric let the rain through on the first night and by the morning both sleeping bags "
        "were soaked. The zip of the inner tent got stuck and then tore. For that price I expected better material. "
    ) * 3
    return [
        worksheet_row(
            order_id="111-2345678-1234567",
            comment="Poor quality, the zip broke after two days.",
            marks=(("Poor quality", "product"), ("zip broke", "product_defect")),
            deadline_date=date(2026, 11, 25),
            feedback_date=date(2026, 8, 28),
        ),
        worksheet_row(
            order_id="112-7654321-7654321",
            comment="Never arrived. Tracking stopped in Ohio \U0001f621\U0001f1fa\U0001f1f8 and nobody knows where it is.",
            marks=(("Never arrived", "delivery_missing"), ("Tracking", "delivery")),
            clause=DELIVERY,
            rating=2,
            deadline_date=date(2026, 11, 28),
        ),
        worksheet_row(
            order_id="113-0000001-0000009",
            comment=long_text,
            marks=(
                ("poles are thinner", "product"),
                ("fabric let the rain through", "product_defect"),
            ),
            rating=3,
        ),
        worksheet_row(
            "DE",
            "304-1234567-7654321",
            "Lieferung kam zwei Wochen zu spät, Paket stand im Regen. Größe passt überhaupt nicht – Donaudampfschifffahrtsgesellschaftskapitänsmützenschachtel.",
            marks=(("Lieferung kam zwei Wochen zu spät", "delivery_time"),),
            clause=DELIVERY,
        ),
        worksheet_row(
            "JP",
            "250-1234567-0000001",
            "二日で壊れました。品質が悪いです。もう買いません。",
            marks=(("壊れました", "product_defect"), ("品質が悪い", "product")),
        ),
        worksheet_row(
            "IT",
            "403-1234567-0000002",
            "Che schifo, una porcheria.",
            marks=(("porcheria", "obscene"),),
            clause=OBSCENE,
            deadline_date=date(2026, 11, 20),
        ),
        worksheet_row(
            "AE",
            "406-1234567-0000003",
            "المنتج سيئ جدا \u202eو\u202c انكسر بعد يومين (iPhone 15) فقط.",
            marks=(("المنتج سيئ", "product"), ("انكسر", "product_defect")),
        ),
        worksheet_row(
            "US",
            "114-0000001-0000010",
            "<script>alert(1)</script> </blockquote></article><h1>owned</h1>",
            marks=(("script", "product"),),
        ),
        worksheet_row("US", "115-0000001-0000011", None),
    ]


@pytest.fixture(scope="session")
def row() -> Callable[..., WorksheetRow]:
    """Build one request."""
    return worksheet_row


@pytest.fixture(scope="session")
def render() -> Callable[..., Worksheet]:
    """Render rows with everything else as usual."""

    def rendered(*rows: WorksheetRow, **changes: Any) -> Worksheet:
        usual: dict[str, Any] = {
            "worksheet_id": "2026-11-25-alpine-outdoor-1",
            "account": "alpine-outdoor",
            "created_at": CREATED_AT,
            "as_of": AS_OF,
        }
        return render_worksheet(rows, **(usual | changes))

    return rendered
