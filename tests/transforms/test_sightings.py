"""When a report's silence about a feedback means something."""

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from schemas.tables import FEEDBACK, REMOVAL_REQUEST, REPORT_FILE, SIGHTING, Table
from transforms.sightings import SIGHTING_COLUMNS, report_sightings

ID = "f" * 32


def rows(table: Table, given: list[dict[str, Any]]) -> pa.Table:
    columns = [pa.array([row.get(f.name) for row in given], f.type) for f in table.schema]
    return pa.table(columns, schema=table.schema)


def feedback(**values: Any) -> dict[str, Any]:
    return {
        "feedback_id": ID,
        "account": "acme",
        "marketplace": "DE",
        "order_id": "302-1234567-1234567",
        "feedback_date": date(2026, 9, 10),
        "last_seen_date": date(2026, 9, 15),
        "content_sha256": "c1",
        "file_sha256": "older file",
    } | values


def report(**values: Any) -> dict[str, Any]:
    """A complete report of 1 to 20 September that does not show the feedback."""
    return {
        "account": "acme",
        "marketplace": "DE",
        "kind": "feedback",
        "status": "accepted",
        "rows_accepted": 12,
        "rows_quarantined": 0,
        "covers_from_date": date(2026, 9, 1),
        "report_date": date(2026, 9, 20),
        "file_sha256": "newer file",
    } | values


REQUEST = {
    "feedback_id": ID,
    "request_id": "r1",
    "round": 1,
    "content_sha256": "c1",
    "state": "submitted",
}


def seen_in(
    *reports: dict[str, Any],
    feedbacks: list[dict[str, Any]] | None = None,
    requests: list[dict[str, Any]] | None = None,
) -> list[tuple[Any, ...]]:
    found = report_sightings(
        rows(FEEDBACK, [feedback()] if feedbacks is None else feedbacks),
        rows(REPORT_FILE, list(reports)),
        rows(REMOVAL_REQUEST, [REQUEST] if requests is None else requests),
    )
    assert found.column_names == list(SIGHTING_COLUMNS)
    assert all(
        found.schema.field(n).type == SIGHTING.schema.field(n).type for n in SIGHTING_COLUMNS
    )
    return [(r["seen"], r["seen_at"].date(), r["evidence_sha256"]) for r in found.to_pylist()]


SHOWN = ("present", date(2026, 9, 15), "older file")


def test_a_complete_newer_report_that_covers_the_day_says_absent() -> None:
    assert seen_in(report()) == [SHOWN, ("absent", date(2026, 9, 20), "newer file")]


@pytest.mark.parametrize(
    "silent",
    [
        pytest.param({"status": "refused"}, id="refused"),
        pytest.param({"status": "duplicate"}, id="duplicate"),
        pytest.param({"kind": "orders"}, id="an order report"),
        pytest.param(
            {"rows_accepted": 0, "covers_from_date": None, "report_date": None}, id="empty"
        ),
        pytest.param({"rows_accepted": 0}, id="no row was accepted"),
        pytest.param({"rows_quarantined": 1}, id="a row was set aside"),
        pytest.param({"covers_from_date": date(2026, 9, 10)}, id="begins on that very day"),
        pytest.param({"covers_from_date": date(2026, 9, 11)}, id="begins later"),
        pytest.param({"report_date": date(2026, 9, 15)}, id="no newer than what shows it"),
        pytest.param({"report_date": date(2026, 9, 9)}, id="ends before"),
        pytest.param({"account": "other"}, id="another account"),
        pytest.param({"marketplace": "US"}, id="another marketplace"),
    ],
)
def test_other_reports_say_nothing(silent: dict[str, Any]) -> None:
    assert seen_in(report(**silent)) == [SHOWN]


def test_a_revised_feedback_is_changed() -> None:
    revised = [feedback(content_sha256="c2")]

    assert seen_in(feedbacks=revised) == [("changed", date(2026, 9, 15), "older file")]


def test_the_newest_request_is_meant() -> None:
    requests = [
        REQUEST | {"request_id": "r2", "round": 2, "content_sha256": "c2"},
        REQUEST,
    ]
    found = report_sightings(
        rows(FEEDBACK, [feedback(content_sha256="c2")]),
        REPORT_FILE.empty(),
        rows(REMOVAL_REQUEST, requests),
    )

    assert found["request_id"].to_pylist() == ["r2"]
    assert found["seen"].to_pylist() == ["present"]


def test_places_are_not_mixed_up() -> None:
    reports = [
        report(account=account, marketplace=place)
        for account, place in [("one", "DE"), ("one", "US"), ("two", "DE")]
    ]

    assert seen_in(*reports, feedbacks=[feedback(account="two", marketplace="JP")]) == [SHOWN]


def test_the_oldest_report_without_it_is_named() -> None:
    newest = report(report_date=date(2026, 9, 25), file_sha256="newest file")

    assert seen_in(newest, report()) == [SHOWN, ("absent", date(2026, 9, 20), "newer file")]


def test_once_decided_only_its_vanishing_is_news() -> None:
    decided = [REQUEST | {"state": "decided"}]

    assert seen_in(requests=decided) == []
    assert seen_in(report(), requests=decided) == [("absent", date(2026, 9, 20), "newer file")]


@pytest.mark.parametrize("state", ["planned", "approved", "held", "cancelled"])
def test_a_request_that_never_left_is_not_followed(state: str) -> None:
    assert seen_in(report(), requests=[REQUEST | {"state": state}]) == []


def test_feedback_without_a_request_has_no_sighting() -> None:
    assert seen_in(report(), requests=[]) == []


def test_the_moment_is_the_reports_own_so_reading_it_again_adds_nothing() -> None:
    first = report_sightings(
        rows(FEEDBACK, [feedback()]),
        rows(REPORT_FILE, [report()]),
        rows(REMOVAL_REQUEST, [REQUEST]),
    )
    again = report_sightings(
        rows(FEEDBACK, [feedback()]),
        rows(REPORT_FILE, [report()]),
        rows(REMOVAL_REQUEST, [REQUEST]),
    )

    assert first.equals(again)
    assert first["seen_at"].to_pylist() == [
        datetime(2026, 9, 15, tzinfo=UTC),
        datetime(2026, 9, 20, tzinfo=UTC),
    ]
