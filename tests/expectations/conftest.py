"""A small night of reports, and what follows from changing one figure of it."""

from datetime import date

import pyarrow as pa
import pytest

from transforms.file_profile import file_profile

AS_OF = date(2026, 11, 20)


@pytest.fixture
def as_of() -> date:
    return AS_OF


@pytest.fixture
def report_files() -> pa.Table:
    """A feedback report of thirty rows, one of them set aside; and one of one row from another marketplace."""
    return pa.table(
        {
            "account": ["lamps", "lamps"],
            "marketplace": ["US", "DE"],
            "file_sha256": ["a" * 64, "b" * 64],
            "kind": ["feedback", "feedback"],
            "rows_in": [30, 1],
            "rows_accepted": [29, 1],
            "rows_quarantined": [1, 0],
            "rows_duplicate": [0, 0],
            "replaced_character_count": [0, 0],
            "encoding_evidence": ["strict_utf8", "bom"],
            "is_date_format_assumed": [False, False],
            "report_date": pa.array([AS_OF, AS_OF], pa.date32()),
        }
    )


def _feedback(sha256: str, marketplace: str, count: int) -> pa.Table:
    return pa.table(
        {
            "account": ["lamps"] * count,
            "marketplace": [marketplace] * count,
            "file_sha256": [sha256] * count,
            "order_id": [f"111-0000001-{number:07}" for number in range(count)],
            "rating": pa.array([1 + number % 3 for number in range(count)], pa.int8()),
            "feedback_date": pa.array([AS_OF] * count, pa.date32()),
            "comment": ["The lamp hummed all night."] * count,
            "response": pa.array([None] * count, pa.string()),
            "is_text_damaged": [False] * count,
        }
    )


@pytest.fixture
def feedback() -> pa.Table:
    """The accepted rows of both files."""
    return pa.concat_tables([_feedback("a" * 64, "US", 29), _feedback("b" * 64, "DE", 1)])


@pytest.fixture
def order_fulfillment(feedback: pa.Table) -> pa.Table:
    """Every order is known to be shipped by Amazon."""
    orders = feedback["order_id"].unique()
    return pa.table(
        {
            "account": ["lamps"] * len(orders),
            "order_id": orders,
            "fulfillment_channel": ["AFN"] * len(orders),
        }
    )


@pytest.fixture
def quarantined() -> pa.Table:
    """The one row that was set aside."""
    return pa.table(
        {
            "account": ["lamps"],
            "marketplace": ["US"],
            "file_sha256": ["a" * 64],
            "reason": ["bad_order_id"],
        }
    )


@pytest.fixture
def profile(
    report_files: pa.Table, feedback: pa.Table, order_fulfillment: pa.Table, quarantined: pa.Table
) -> pa.Table:
    """The night's profile; nothing is wrong but one row."""
    return file_profile(
        report_files,
        feedback=[feedback],
        order_fulfillment=order_fulfillment,
        quarantined=[quarantined],
        as_of=AS_OF,
    )
