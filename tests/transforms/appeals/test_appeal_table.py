"""Which denied requests may be re-opened, until when, and in which state each re-opening is."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from schemas.identifiers import request_id
from schemas.tables import APPEAL, EVENT, FINDING, OUTCOME, REMOVAL_REQUEST, Table
from schemas.vocabularies import AppealState
from transforms.appeals.appeal_table import AppealRules, appeals

KEY = "f" * 32
LAST_DAY = date(2026, 11, 29)
DENIED_AT = datetime(2026, 11, 10, 9, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def table(of: Table, rows: list[dict[str, Any]]) -> pa.Table:
    arrays = [pa.array([row.get(field.name) for row in rows], field.type) for field in of.schema]
    return pa.table(arrays, schema=of.schema)


def request(round_number: int = 1, **values: Any) -> dict[str, Any]:
    return {
        "request_id": request_id(KEY, round_number),
        "feedback_id": KEY,
        "account": "acme",
        "marketplace": "DE",
        "order_id": "302-1234567-1234567",
        "round": round_number,
        "ground": "product_review",
        "state": "decided",
        "decision": "denied",
        "decided_at": DENIED_AT,
        "deadline_date": LAST_DAY,
    } | values


def again(state: str, **values: Any) -> dict[str, Any]:
    planned = {"planned_at": DENIED_AT + timedelta(days=1), "decided_at": None, "decision": None}
    return request(2, state=state, **(planned | values))


def look(
    *requests: dict[str, Any],
    outcome: str = "denied",
    grounds: tuple[str, ...] = ("product_review",),
    events: tuple[dict[str, Any], ...] = (),
    as_of: date = TODAY,
    rules: AppealRules | None = None,
) -> list[dict[str, Any]]:
    found = appeals(
        table(REMOVAL_REQUEST, [request(), *requests]),
        table(OUTCOME, [{"feedback_id": KEY, "round": 1, "decision": outcome}]),
        table(FINDING, [{"feedback_id": KEY, "ground": g, "is_met": True} for g in grounds]),
        table(EVENT, list(events)),
        as_of=as_of,
        rules=rules,
    )
    assert found.schema == APPEAL.schema
    return found.to_pylist()


def test_a_denied_request_may_be_reopened_while_its_window_is_open() -> None:
    (row,) = look()
    assert row["appeal_state"] == AppealState.OPEN
    assert row["request_id"] == request_id(KEY, 2)
    assert (row["deadline_date"], row["days_left"]) == (LAST_DAY, 9)
    assert (row["denied_at"], row["language"]) == (DENIED_AT, "de")
    assert row["draft_file"] is None
    (row,) = look(as_of=LAST_DAY)
    assert row["appeal_state"] == AppealState.OPEN
    (row,) = look(as_of=LAST_DAY + timedelta(days=1))
    assert (row["appeal_state"], row["days_left"]) == (AppealState.EXPIRED, -1)


def test_a_seller_may_count_from_the_denial_and_choose_the_language() -> None:
    rules = AppealRules(days_after_denial=14, languages={"DE": "zh"})
    (row,) = look(rules=rules)
    assert (row["deadline_date"], row["language"]) == (date(2026, 11, 24), "zh")


def test_without_a_ground_that_holds_there_is_nothing_to_say() -> None:
    (row,) = look(grounds=())
    assert row["appeal_state"] == AppealState.UNFOUNDED
    (row,) = look(grounds=("promotional_content",))
    assert (row["appeal_state"], row["ground"]) == (AppealState.UNFOUNDED, "product_review")


def test_another_ground_that_holds_takes_the_first_ones_place() -> None:
    (row,) = look(grounds=("fba_fulfillment", "obscene_language"))
    assert (row["appeal_state"], row["ground"]) == (AppealState.OPEN, "obscene_language")
    (row,) = look(grounds=("obscene_language", "product_review"))
    assert row["ground"] == "product_review"


def test_what_contradicts_itself_is_cleared_up_by_a_person_first() -> None:
    assert look(outcome="conflict") == []
    (row,) = look(again("submitted", submitted_at=DENIED_AT), outcome="conflict")
    assert row["appeal_state"] == AppealState.SENT_BY_PERSON


@pytest.mark.parametrize(
    ("drafted", "state"),
    [
        (again("planned"), AppealState.DRAFTED),
        (again("held"), AppealState.ON_HOLD),
        (again("submitted"), AppealState.SENT_BY_PERSON),
        (again("decided", decision="struck"), AppealState.GRANTED),
        (again("decided", decision="removed"), AppealState.GRANTED),
        (again("decided", decision="denied"), AppealState.DENIED),
        (again("decided", decision="gone_unattributed"), AppealState.GONE_UNATTRIBUTED),
    ],
)
def test_a_drafted_reopening_is_where_its_request_is(
    drafted: dict[str, Any], state: AppealState
) -> None:
    (row,) = look(drafted, grounds=(), as_of=LAST_DAY + timedelta(days=30))
    assert row["appeal_state"] == state
    assert row["draft_file"] == "appeals/acme/302-1234567-1234567.txt"


@pytest.mark.parametrize(
    ("reason", "state"),
    [("window_closed", AppealState.EXPIRED), ("cancelled", AppealState.WITHDRAWN)],
)
def test_a_cancelled_one_says_why(reason: str, state: AppealState) -> None:
    end = {"request_id": request_id(KEY, 2), "to_state": "cancelled", "reason": reason}
    (row,) = look(again("cancelled"), events=(end,))
    assert row["appeal_state"] == state


def test_only_a_sent_one_has_a_sender() -> None:
    (row,) = look(again("planned", approved_by="ann"))
    assert row["sent_by"] is None
    (row,) = look(again("submitted", approved_by="ann", submitted_at=DENIED_AT))
    assert (row["sent_by"], row["sent_at"]) == ("ann", DENIED_AT)


def test_what_was_not_denied_is_not_listed() -> None:
    granted = request(feedback_id="a" * 32, decision="struck")
    assert len(look(granted)) == 1
    waiting = request(feedback_id="b" * 32, state="submitted", decision=None)
    assert len(look(waiting)) == 1
