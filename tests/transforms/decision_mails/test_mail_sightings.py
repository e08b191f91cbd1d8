"""E-mails become sightings of the feedback they are about: each once, whatever the order of tables and however often."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from schemas.identifiers import feedback_id, request_id
from schemas.tables import DECISION_EMAIL, FEEDBACK, REMOVAL_REQUEST, Table
from transforms.decision_mails.sightings import mail_sightings, unplaced_mails
from transforms.sightings import SIGHTING_SCHEMA

DAY = datetime(2026, 11, 20, tzinfo=UTC)
ORDERS = ["111-0000001-0000001", "111-0000002-0000002", "111-0000003-0000003"]


def table(of: Table, rows: list[dict[str, Any]]) -> pa.Table:
    arrays = [pa.array([row.get(field.name) for row in rows], field.type) for field in of.schema]
    return pa.table(arrays, schema=of.schema)


def mail(number: int = 1, **values: Any) -> dict[str, Any]:
    return {
        "account": "north",
        "marketplace": "US",
        "order_id": ORDERS[0],
        "file_sha256": f"{number:064x}",
        "message_sha256": f"{number:064x}",
        "seen": "denied",
        "reason": "wording",
        "sent_at": DAY,
        "wording_version": "1",
    } | values


def feedback(account: str = "north", marketplace: str = "US", order: int = 0) -> dict[str, Any]:
    key = feedback_id(account, marketplace, ORDERS[order])
    return {
        "feedback_id": key,
        "account": account,
        "marketplace": marketplace,
        "order_id": ORDERS[order],
    }


def request(
    round_number: int = 1, submitted_at: datetime | None = DAY, **of: Any
) -> dict[str, Any]:
    about = feedback(**of)
    return about | {
        "request_id": request_id(about["feedback_id"], round_number),
        "round": round_number,
        "submitted_at": submitted_at,
    }


def seen(
    mails: list[dict[str, Any]],
    feedbacks: list[dict[str, Any]],
    requests: list[dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    found = mail_sightings(
        table(DECISION_EMAIL, mails),
        table(FEEDBACK, feedbacks),
        table(REMOVAL_REQUEST, requests or []),
    )
    assert found.schema == SIGHTING_SCHEMA
    return found.to_pylist()


def test_a_mail_belongs_to_the_order_wherever_it_was_dropped() -> None:
    (row,) = seen([mail(marketplace="MX")], [feedback(), feedback(order=1)])
    assert (row["marketplace"], row["feedback_id"]) == ("US", feedback()["feedback_id"])
    assert (row["source"], row["seen"], row["seen_at"]) == ("email", "denied", DAY)
    assert row["request_id"] is None
    assert row["evidence_sha256"] == mail()["file_sha256"]


def test_another_accounts_order_of_the_same_number_is_not_meant() -> None:
    assert seen([mail()], [feedback("south")]) == []
    (left,) = unplaced_mails(
        table(DECISION_EMAIL, [mail(), mail(2, account="south")]),
        table(FEEDBACK, [feedback("south")]),
        table(REMOVAL_REQUEST, []),
    ).to_pylist()
    assert left["account"] == "north"


def test_a_request_whose_feedback_left_the_tables_still_gets_its_answer() -> None:
    (row,) = seen([mail()], [], [request()])
    assert row["request_id"] == request()["request_id"]


def test_the_round_that_had_reached_amazon_is_answered() -> None:
    both = [request(), request(2, DAY + timedelta(days=3))]
    before = mail(1, sent_at=DAY + timedelta(days=2))
    after = mail(2, sent_at=DAY + timedelta(days=3))
    found = {row["evidence_sha256"]: row["request_id"] for row in seen([before, after], [], both)}
    assert found == {
        before["file_sha256"]: request()["request_id"],
        after["file_sha256"]: request(2)["request_id"],
    }
    drafted = [request(), request(2, None)]
    (row,) = seen([after], [], drafted)
    assert row["request_id"] == request()["request_id"]


mails = st.lists(
    st.builds(
        mail,
        st.integers(1, 5),
        account=st.sampled_from(["north", "south"]),
        order_id=st.sampled_from(ORDERS),
        seen=st.sampled_from(["denied", "removed", "unrecognised"]),
    ),
    max_size=6,
)
feedbacks = st.lists(
    st.builds(feedback, st.sampled_from(["north", "south"]), st.just("US"), st.integers(0, 2)),
    max_size=6,
    unique_by=lambda row: row["feedback_id"],
)


@given(mails, feedbacks, st.randoms())
def test_no_mail_is_lost_and_the_order_of_rows_changes_nothing(
    given_mails: list[dict[str, Any]], known: list[dict[str, Any]], random: Any
) -> None:
    found = seen(given_mails, known)
    left = unplaced_mails(
        table(DECISION_EMAIL, given_mails), table(FEEDBACK, known), table(REMOVAL_REQUEST, [])
    )
    assert len(found) + left.num_rows == len(given_mails)

    random.shuffle(given_mails)
    random.shuffle(known)
    again = seen(given_mails, known)
    assert sorted(map(str, again)) == sorted(map(str, found))
