"""When the words of a buyer stop being published."""

from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pytest

from schemas.tables import FEEDBACK, OUTCOME
from transforms.comment_retention import TEXT_COLUMNS, closed_feedback, withhold_expired_text

WRITTEN = date(2026, 3, 1)  # the request window closes on 30 May


def feedback(feedback_date: date = WRITTEN) -> pa.Table:
    row = {
        "feedback_id": "a",
        "feedback_date": feedback_date,
        "comment": "Came broken",
        "response": "Sorry",
    }
    columns = [pa.array([row.get(field.name)], field.type) for field in FEEDBACK.schema]
    return pa.table(columns, schema=FEEDBACK.schema)


def outcome(*rounds: tuple[str, datetime | None]) -> pa.Table:
    columns = {field.name: pa.nulls(len(rounds), field.type) for field in OUTCOME.schema}
    columns["feedback_id"] = pa.array(["a"] * len(rounds))
    columns["decision"] = pa.array([decision for decision, _ in rounds], pa.string())
    columns["decided_at"] = pa.array([at for _, at in rounds], pa.timestamp("us", tz="UTC"))
    return pa.table(list(columns.values()), schema=OUTCOME.schema)


DENIED = ("denied", datetime(2026, 3, 10, 23, 59, tzinfo=UTC))
DENIED_AGAIN = ("denied", datetime(2026, 3, 20, 8, 0, tzinfo=UTC))


@pytest.mark.parametrize(
    ("rounds", "last_day"),
    [
        pytest.param((), date(2026, 6, 29), id="nobody asked: 90 days to ask, 30 more"),
        pytest.param((("pending", None),), date(2026, 6, 29), id="pending: as if nobody asked"),
        pytest.param((DENIED,), date(2026, 4, 9), id="30 days after the decision"),
        pytest.param((DENIED, DENIED_AGAIN), date(2026, 4, 19), id="the last decision counts"),
        pytest.param((DENIED, ("pending", None)), date(2026, 6, 29), id="re-opened: not closed"),
        pytest.param((("not_asked", None),), date(2026, 6, 29), id="not asked is no decision"),
    ],
)
def test_words_are_shown_to_the_last_day_of_retention(
    rounds: tuple[tuple[str, datetime | None], ...], last_day: date
) -> None:
    closed = closed_feedback(outcome(*rounds))

    shown = withhold_expired_text(feedback(), closed, as_of=last_day, comment_days=30)
    hidden = withhold_expired_text(
        feedback(), closed, as_of=last_day + timedelta(days=1), comment_days=30
    )

    assert shown.equals(feedback())
    assert hidden["comment"].to_pylist() == [None]
    assert hidden["response"].to_pylist() == [None]
    words = list(TEXT_COLUMNS)
    assert hidden.drop(words).equals(feedback().drop(words))


def test_tables_without_rows_pass() -> None:
    closed = closed_feedback(OUTCOME.empty())

    assert withhold_expired_text(FEEDBACK.empty(), closed, as_of=WRITTEN, comment_days=0).equals(
        FEEDBACK.empty()
    )
