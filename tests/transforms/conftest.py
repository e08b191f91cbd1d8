"""The rules as they are delivered, and rows of invented feedback."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from rules.rule_book import RuleBook, load_rule_book
from schemas.identifiers import content_sha256, feedback_id
from schemas.tables import FEEDBACK

AS_OF = date(2026, 11, 25)
PRODUCT = "Poor quality, the zip broke after two days."


@pytest.fixture(scope="session")
def rule_book() -> RuleBook:
    return load_rule_book()


@pytest.fixture(scope="session")
def feedback_row() -> Callable[..., dict[str, Any]]:
    """Make a row of table `feedback` from a number, a comment, its age in days on 25 November 2026, and other columns."""

    def make(number: int, comment: str | None = PRODUCT, **facts: Any) -> dict[str, Any]:
        account, marketplace = facts.get("account", "alpine"), facts.get("marketplace", "US")
        age, rating = facts.pop("age", 10), facts.get("rating", 1)
        order = f"111-1111111-{number:07}"
        usual: dict[str, Any] = dict.fromkeys(FEEDBACK.schema.names)
        return (
            usual
            | {
                "feedback_id": feedback_id(account, marketplace, order),
                "account": account,
                "marketplace": marketplace,
                "order_id": order,
                "feedback_date": AS_OF - timedelta(days=age),
                "rating": rating,
                "comment": comment,
                "first_seen_date": AS_OF,
                "last_seen_date": AS_OF,
                "revision": 1,
                "content_sha256": content_sha256(rating, comment),
                "is_text_damaged": False,
                "text_flags": [],
                "is_date_assumed": False,
                "report_date": AS_OF,
                "file_sha256": "0" * 64,
                "row_number": number,
            }
            | facts
        )

    return make
