"""Each line of the decision table in `transforms.outcomes`, and what must hold for any evidence."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import transforms.outcomes
from schemas.identifiers import request_id
from schemas.tables import (
    CANDIDATE,
    EVENT,
    FEEDBACK,
    FINDING,
    OUTCOME,
    REMOVAL_REQUEST,
    SIGHTING,
    Table,
)
from schemas.vocabularies import Decision, SightingKind
from transforms.outcomes import COLUMNS_READ, OutcomeReason, outcomes

WRITTEN = date(2026, 9, 1)
FEEDBACK_ID = "f" * 32


def day(number: float) -> datetime:
    """Noon, so many days after the feedback."""
    return datetime(2026, 9, 1, 12, tzinfo=UTC) + timedelta(days=number)


def on(number: int) -> date:
    return WRITTEN + timedelta(days=number)


def rows(table: Table, given_rows: list[dict[str, Any]]) -> pa.Table:
    """Rows with the given values; all else is null, which the transforms must not mind."""
    return pa.table(
        [
            pa.array([row.get(field.name) for row in given_rows], field.type)
            for field in table.schema
        ],
        schema=table.schema,
    )


def feedback(feedback_id: str = FEEDBACK_ID, **values: Any) -> dict[str, Any]:
    return {
        "feedback_id": feedback_id,
        "account": "acme",
        "marketplace": "DE",
        "order_id": "302-1234567-1234567",
        "feedback_date": WRITTEN,
        "rating": 1,
        "first_seen_date": on(1),
        "last_seen_date": on(1),
    } | values


def request(
    state: str = "submitted", round_number: int = 1, feedback_id: str = FEEDBACK_ID, **values: Any
) -> dict[str, Any]:
    """Planned on day 2; submitted on day 3 if it ever was."""
    return {
        "request_id": request_id(feedback_id, round_number),
        "feedback_id": feedback_id,
        "account": "acme",
        "marketplace": "DE",
        "order_id": "302-1234567-1234567",
        "round": round_number,
        "ground": "product_review",
        "state": state,
        "planned_at": day(2),
        "submitted_at": day(3) if state in {"submitted", "decided"} else None,
        "deadline_date": on(89),
        "rule_version": "rules-1",
        "policy_version": "policy-1",
    } | values


def sighting(
    source: str, seen: str, at: float, feedback_id: str = FEEDBACK_ID, **values: Any
) -> dict[str, Any]:
    return {
        "sighting_id": f"{source}-{seen}-{at}-{feedback_id[:4]}",
        "feedback_id": feedback_id,
        "source": source,
        "seen": seen,
        "seen_at": day(at),
    } | values


def decide(
    *sightings: dict[str, Any],
    requests: list[dict[str, Any]] | None = None,
    feedbacks: list[dict[str, Any]] | None = None,
    as_of: date | None = None,
    **judged: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """Outcomes on day 30 unless said otherwise."""
    table = outcomes(
        rows(FEEDBACK, [feedback()] if feedbacks is None else feedbacks),
        rows(REMOVAL_REQUEST, requests or []),
        rows(SIGHTING, list(sightings)),
        candidates=rows(CANDIDATE, judged.get("candidates", [])),
        findings=rows(FINDING, judged.get("findings", [])),
        events=rows(EVENT, judged.get("events", [])),
        as_of=as_of or on(30),
    )
    assert table.schema.equals(OUTCOME.schema, check_metadata=True)
    return table.to_pylist()


GROUND = {"candidates": [{"feedback_id": FEEDBACK_ID, "ground": "product_review"}]}
SUBMITTED = [request()]
PLANNED = [request("planned")]


@pytest.mark.parametrize(
    ("requests", "sightings", "expected"),
    [
        pytest.param(
            SUBMITTED,
            [sighting("page", "struck", 1)],
            ("struck_unasked", "confirmed", "struck_before_request", day(1)),
            id="1 the mark is older than the plan",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("worksheet", "struck", 1)],
            ("struck", "reported", "worksheet_says_it", day(1)),
            id="7 the day that a person wrote does not say 'before'",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("page", "struck", 2)],
            ("struck", "confirmed", "page_shows_it", day(2)),
            id="7 the mark is as old as the plan, not older",
        ),
        pytest.param(
            SUBMITTED,
            [
                sighting("page", "struck", 5),
                sighting("page", "present", 9),
                sighting("page", "absent", 12),
            ],
            ("struck", "confirmed", "page_shows_it", day(5)),
            id="7 struck, plain for a while, then gone",
        ),
        pytest.param(
            [request("decided", decision="gone_unattributed", decided_at=day(6))],
            [sighting("page", "present", 9), sighting("page", "absent", 12)],
            ("gone_unattributed", "inferred", "vanished", day(6)),
            id="9 gone, there for a while, gone again",
        ),
        pytest.param(
            [request("cancelled")],
            [sighting("worksheet", "absent", 1.5)],
            ("gone_unattributed", "inferred", "vanished_unasked", day(1.5)),
            id="14 a person found it gone, on a day before the plan was written",
        ),
        pytest.param(
            PLANNED,
            [sighting("page", "absent", 8)],
            ("gone_unattributed", "inferred", "vanished_unasked", day(8)),
            id="14 vanished while the plan waited",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("email", "denied", 5), sighting("worksheet", "removed", 6)],
            ("conflict", "open", "claims_differ", None),
            id="2 denied by e-mail, removed on the worksheet",
        ),
        pytest.param(
            [request("decided", decision="denied", decided_at=day(5))],
            [sighting("email", "struck", 6)],
            ("conflict", "open", "claims_differ", None),
            id="2 the ledger says denied, an e-mail struck",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("email", "removed", 5), sighting("page", "struck", 6)],
            ("struck", "confirmed", "page_shows_it", day(5)),
            id="3 'removed' in words, but the mark is on the page",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("email", "removed", 5), sighting("worksheet", "struck", 6)],
            ("conflict", "open", "claims_differ", None),
            id="4 removed or struck, nobody saw the page",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("email", "removed", 5), sighting("page", "present", 9)],
            ("conflict", "open", "removed_but_seen", None),
            id="5 removed, yet there again",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("page", "struck", 5), sighting("page", "present", 9)],
            ("conflict", "open", "struck_but_plain", None),
            id="6 struck, yet plain again",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("email", "removed", 5)],
            ("removed", "confirmed", "email_says_it", day(5)),
            id="7 removed by e-mail",
        ),
        pytest.param(
            SUBMITTED,
            [
                sighting("email", "removed", 5),
                sighting("page", "present", 6),
                sighting("page", "absent", 8),
            ],
            ("removed", "confirmed", "email_says_it", day(5)),
            id="7 removed, the page took some days",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("page", "struck", 5), sighting("report", "absent", 9)],
            ("struck", "confirmed", "page_shows_it", day(5)),
            id="7 struck rows leave the report",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("worksheet", "denied", 5)],
            ("denied", "reported", "worksheet_says_it", day(5)),
            id="7 denied, as a person wrote",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("email", "denied", 5), sighting("page", "absent", 20)],
            ("denied", "confirmed", "email_says_it", day(5)),
            id="7 denied, and gone weeks later",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("worksheet", "denied", 5), sighting("email", "denied", 6)],
            ("denied", "confirmed", "email_says_it", day(5)),
            id="7 two sources agree: the surer one, the earlier day",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("worksheet", "denied", 5), sighting("worksheet", "removed", 6)],
            ("removed", "reported", "worksheet_says_it", day(6)),
            id="7 a corrected worksheet replaces what it said",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("worksheet", "denied", 5), sighting("worksheet", "removed", 5)],
            ("conflict", "open", "claims_differ", None),
            id="2 one worksheet says both",
        ),
        pytest.param(
            [request("decided", decision="removed", decided_at=day(7), certainty="confirmed")],
            [],
            ("removed", "confirmed", "ledger_says_it", day(7)),
            id="7 the ledger knows, no sighting is left",
        ),
        pytest.param(
            [request("needs_human")],
            [sighting("page", "struck", 9)],
            ("struck", "confirmed", "page_shows_it", day(9)),
            id="7 in doubt, then the mark shows",
        ),
        pytest.param(
            [request("approved", worksheet_id="w1", handed_out_at=day(3))],
            [sighting("page", "struck", 9)],
            ("struck", "confirmed", "page_shows_it", day(9)),
            id="7 struck while on a worksheet: asked by hand",
        ),
        pytest.param(
            [],
            [sighting("email", "denied", 9)],
            ("denied", "confirmed", "email_says_it", day(9)),
            id="7 denied without a request of ours: asked by hand",
        ),
        pytest.param(
            [request("decided", decision="gone_unattributed", decided_at=day(6))],
            [sighting("page", "present", 9)],
            ("conflict", "open", "gone_but_seen", None),
            id="8 the ledger has it gone, and it is there",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("page", "present", 4), sighting("page", "absent", 6)],
            ("gone_unattributed", "inferred", "vanished", day(6)),
            id="9 vanished: granted, or taken back by the buyer",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("report", "absent", 5), sighting("report", "absent", 9)],
            ("gone_unattributed", "inferred", "vanished", day(5)),
            id="9 vanished since the first look without it",
        ),
        pytest.param(
            [request("decided", decision="gone_unattributed", decided_at=day(6))],
            [],
            ("gone_unattributed", "inferred", "vanished", day(6)),
            id="10 the ledger concluded it",
        ),
        pytest.param(
            SUBMITTED,
            [],
            ("pending", "open", "awaiting_decision", None),
            id="11 nothing seen yet",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("report", "absent", 5), sighting("page", "present", 6)],
            ("pending", "open", "awaiting_decision", None),
            id="11 a report missed it, the page shows it",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("report", "absent", 5), sighting("page", "present", 5)],
            ("pending", "open", "awaiting_decision", None),
            id="11 at equal times 'there' wins",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("report", "absent", 2.5)],
            ("pending", "open", "awaiting_decision", None),
            id="11 a look before the request says nothing about it",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("email", "unrecognised", 6)],
            ("pending", "open", "unrecognised_answer", None),
            id="11 an answer that a person must read",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("email", "unrecognised", 6), sighting("email", "more_information", 6)],
            ("pending", "open", "more_information_wanted", None),
            id="11 Amazon asks back, which says more than an unread answer",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("email", "reopened", 6)],
            ("pending", "open", "reopened", None),
            id="11 Amazon looks at it again",
        ),
        pytest.param(
            [request("unknown")],
            [sighting("email", "more_information", 6)],
            ("pending", "open", "more_information_wanted", None),
            id="11 whoever is asked back has asked: no doubt is left",
        ),
        pytest.param(
            [],
            [sighting("email", "reopened", 6)],
            ("pending", "open", "reopened", None),
            id="11 asked by hand, as the e-mail shows",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("email", "more_information", 6), sighting("email", "denied", 8)],
            ("denied", "confirmed", "email_says_it", day(8)),
            id="7 the answer after Amazon asked back",
        ),
        pytest.param(
            SUBMITTED,
            [sighting("report", "changed", 6)],
            ("pending", "open", "revised", None),
            id="11 the buyer revised it",
        ),
        pytest.param(
            [request("unknown")], [], ("pending", "open", "in_doubt", None), id="11 in doubt"
        ),
        pytest.param(
            [request("unknown")],
            [sighting("page", "submitted", 4)],
            ("pending", "open", "awaiting_decision", None),
            id="11 in doubt, then the request was seen",
        ),
        pytest.param(
            [],
            [sighting("page", "struck", 5), sighting("page", "present", 9)],
            ("conflict", "open", "struck_but_plain", None),
            id="12 nobody asked: struck, yet plain again",
        ),
        pytest.param(
            PLANNED,
            [sighting("page", "struck", 5)],
            ("struck_unasked", "confirmed", "page_shows_it", day(5)),
            id="13 planned only: Amazon struck it unasked",
        ),
        pytest.param(
            [],
            [sighting("worksheet", "struck", 5)],
            ("struck_unasked", "reported", "worksheet_says_it", day(5)),
            id="13 struck unasked, as a person wrote",
        ),
        pytest.param(
            [],
            [sighting("page", "absent", 8)],
            ("gone_unattributed", "inferred", "vanished_unasked", day(8)),
            id="14 vanished, nobody asked",
        ),
        pytest.param(
            PLANNED, [], ("not_asked", "open", "planned", None), id="16 waits for approval"
        ),
        pytest.param(
            [request("approved")], [], ("not_asked", "open", "approved", None), id="16 approved"
        ),
        pytest.param(
            [request("approved", worksheet_id="w1", handed_out_at=day(3))],
            [],
            ("not_asked", "open", "on_worksheet", None),
            id="16 on a worksheet",
        ),
        pytest.param([request("held")], [], ("not_asked", "open", "held", None), id="16 held"),
        pytest.param(
            [request("cancelled")], [], ("not_asked", "open", "cancelled", None), id="16 given up"
        ),
        pytest.param([], [], ("not_asked", "open", "no_ground", None), id="16 not removable"),
    ],
)
def test_line_of_the_table(
    requests: list[dict[str, Any]], sightings: list[dict[str, Any]], expected: tuple[Any, ...]
) -> None:
    (row,) = decide(*sightings, requests=requests)

    assert (row["decision"], row["certainty"], row["reason"], row["decided_at"]) == expected


@pytest.mark.parametrize(
    ("requests", "events", "as_of", "decision", "reason"),
    [
        pytest.param([], [], on(90), "not_asked", "not_planned", id="16 day 90: not surely closed"),
        pytest.param([], [], on(91), "expired", "window_closed", id="15 day 91: nobody asked"),
        pytest.param(PLANNED, [], on(91), "expired", "window_closed", id="15 never approved"),
        pytest.param(
            [request("cancelled")],
            [{"request_id": request_id(FEEDBACK_ID, 1), "to_state": "cancelled", "at": day(90)}],
            *(on(91), "expired", "window_closed"),
            id="15 cancelled because the deadline was over",
        ),
        pytest.param(
            [request("cancelled")],
            [{"request_id": request_id(FEEDBACK_ID, 1), "to_state": "cancelled", "at": day(89)}],
            *(on(91), "not_asked", "cancelled"),
            id="16 a person gave it up on the last day",
        ),
        pytest.param(SUBMITTED, [], on(300), "pending", "awaiting_decision", id="11 never expires"),
    ],
)
def test_past_the_window(
    requests: list[dict[str, Any]],
    events: list[dict[str, Any]],
    as_of: date,
    decision: str,
    reason: str,
) -> None:
    (row,) = decide(requests=requests, as_of=as_of, events=events, **GROUND)

    assert (row["decision"], row["reason"]) == (decision, reason)


def test_without_a_ground_nothing_expires() -> None:
    (row,) = decide(as_of=on(200), candidates=[{"feedback_id": FEEDBACK_ID, "ground": None}])

    assert (row["decision"], row["reason"]) == ("not_asked", "no_ground")


def test_a_finding_that_holds_is_a_ground_without_a_candidate() -> None:
    findings = [
        {"feedback_id": FEEDBACK_ID, "ground": g, "is_met": m, "rule_version": v}
        for g, m, v in [
            ("obscene_language", False, "r0"),
            ("fba_fulfillment", True, "r2"),
            ("product_review", True, "r1"),
        ]
    ]

    (row,) = decide(as_of=on(91), findings=findings)

    assert (row["decision"], row["ground"], row["rule_version"]) == (
        "expired",
        "product_review",
        "r1",
    )


def test_the_dates_of_the_feedback_are_looks_of_reports() -> None:
    gone = feedback(last_seen_date=on(5), not_seen_since_date=on(9))
    back = feedback(last_seen_date=on(12), not_seen_since_date=None)

    (row,) = decide(requests=SUBMITTED, feedbacks=[gone])
    (again,) = decide(sighting("report", "absent", 9), requests=SUBMITTED, feedbacks=[back])

    assert (row["decision"], row["reason"]) == ("gone_unattributed", "vanished")
    assert row["decided_at"] == datetime(2026, 9, 10, tzinfo=UTC)
    assert again["decision"] == "pending"


def test_a_look_before_the_request_contradicts_no_claim() -> None:
    late = [request(submitted_at=day(9))]  # noted when the worksheet came back, after the answer

    (row,) = decide(
        sighting("email", "removed", 5), requests=late, feedbacks=[feedback(last_seen_date=on(7))]
    )

    assert row["decision"] == "removed"


def test_what_is_missing_now_is_about_the_newest_round() -> None:
    requests = [request(), request("submitted", 2, submitted_at=day(10))]
    gone = feedback(last_seen_date=on(5), not_seen_since_date=on(12))

    first, second = decide(requests=requests, feedbacks=[gone])

    assert (first["decision"], second["decision"]) == ("pending", "gone_unattributed")


def test_missing_since_before_the_request_is_gone_without_a_number_of_days() -> None:
    (row,) = decide(
        requests=SUBMITTED, feedbacks=[feedback(last_seen_date=on(1), not_seen_since_date=on(2))]
    )

    assert row["decision"] == "gone_unattributed"
    assert row["days_to_decision"] is None


def test_days_are_whole_days_between_request_and_decision() -> None:
    (row,) = decide(sighting("email", "denied", 10.9), requests=SUBMITTED)
    (early,) = decide(sighting("email", "denied", 2.5), requests=SUBMITTED)

    assert (row["requested_at"], row["decided_at"]) == (day(3), day(10.9))
    assert row["days_to_decision"] == 7
    assert (early["decision"], early["days_to_decision"]) == ("denied", None)


def test_a_second_round_is_decided_on_its_own() -> None:
    requests = [
        request("decided", decision="denied", decided_at=day(8)),
        request("submitted", 2, submitted_at=day(10)),
    ]

    first, second = decide(
        sighting("email", "denied", 8),
        sighting("page", "present", 9),
        sighting("email", "removed", 12),
        requests=requests,
    )

    assert (first["round"], first["decision"], first["days_to_decision"]) == (1, "denied", 5)
    assert (second["round"], second["decision"], second["days_to_decision"]) == (2, "removed", 2)


def test_a_sighting_that_names_its_request_belongs_to_it() -> None:
    requests = [request(), request("submitted", 2, submitted_at=day(10))]
    late = sighting("email", "denied", 12, request_id=request_id(FEEDBACK_ID, 1))

    first, second = decide(late, requests=requests)

    assert (first["decision"], second["decision"]) == ("denied", "pending")


def test_asked_by_hand_is_asked() -> None:
    (row,) = decide(sighting("page", "submitted", 4), requests=PLANNED)

    assert row["is_asked"]
    assert (row["decision"], row["requested_at"]) == ("pending", day(4))


def test_who_has_an_outcome() -> None:
    table = decide(
        sighting("email", "removed", 4, feedback_id="0" * 32),
        feedbacks=[
            feedback("a" * 32, rating=3),
            feedback("b" * 32, rating=4),
            feedback("c" * 32, rating=5),
            feedback("d" * 32, rating=2),
        ],
        requests=[request(feedback_id="c" * 32), request(feedback_id="e" * 32)],
    )

    assert [(row["feedback_id"][0], row["is_asked"]) for row in table] == [
        ("a", False),
        ("c", True),  # revised to five stars since: it was asked about all the same
        ("d", False),
        ("e", True),  # its report is lost: the request is not
    ]


def test_the_columns_named_are_all_that_is_read() -> None:
    feedback_rows = rows(FEEDBACK, [feedback()])
    candidates = rows(CANDIDATE, GROUND["candidates"])
    findings = rows(
        FINDING, [{"feedback_id": FEEDBACK_ID, "ground": "product_review", "is_met": True}]
    )

    found = outcomes(
        feedback_rows.select(COLUMNS_READ["feedback"]),
        REMOVAL_REQUEST.empty(),
        SIGHTING.empty(),
        candidates=candidates.select(COLUMNS_READ["candidate"]),
        findings=findings.select(COLUMNS_READ["finding"]),
        events=EVENT.empty(),
        as_of=on(91),
    )

    assert found["decision"].to_pylist() == ["expired"]


def test_no_rows_give_no_outcomes() -> None:
    assert decide(feedbacks=[]) == []


def test_a_feedback_that_occurs_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="feedback_id occurs twice"):
        decide(feedbacks=[feedback(), feedback()])


SOURCES = ["page", "report", "worksheet", "email"]
KINDS = [kind.value for kind in SightingKind]
IDS = ["a" * 32, "b" * 32, "c" * 32]
STATES = [
    "planned",
    "approved",
    "submitting",
    "submitted",
    "unknown",
    "needs_human",
    "decided",
    "cancelled",
    "held",
]


@st.composite
def cases(draw: st.DrawFn, kinds: list[str] = KINDS) -> dict[str, Any]:
    """Three feedbacks with any requests and any sightings."""
    requests = []
    for feedback_id in IDS:
        for round_number in range(1, draw(st.integers(0, 2)) + 1):
            start = 3.0 if round_number == 1 else 10.0
            state = draw(st.sampled_from(STATES))
            submitted = day(start) if state in {"submitted", "decided"} else None
            values = {"planned_at": day(start - 1), "submitted_at": submitted}
            if state == "decided":
                values["decision"] = draw(
                    st.sampled_from(
                        [k for k in ("removed", "struck", "denied") if k in kinds]
                        + ["gone_unattributed"]
                    )
                )
                values["decided_at"] = day(start + 2)
            requests.append(request(state, round_number, feedback_id, **values))
    sightings = draw(
        st.lists(
            st.builds(
                sighting,
                st.sampled_from(SOURCES),
                st.sampled_from(kinds),
                st.integers(0, 20).map(float),
                st.sampled_from(IDS),
            ),
            max_size=12,
        )
    )
    feedbacks = [
        feedback(
            feedback_id,
            rating=draw(st.integers(1, 5)),
            last_seen_date=on(draw(st.integers(0, 12))),
            not_seen_since_date=draw(st.none() | st.integers(0, 15).map(on)),
        )
        for feedback_id in IDS
    ]
    as_of = on(draw(st.sampled_from([20, 120])))
    ground = [
        {"feedback_id": i, "ground": draw(st.sampled_from([None, "product_review"]))} for i in IDS
    ]
    return {
        "sightings": sightings,
        "requests": requests,
        "feedbacks": feedbacks,
        "as_of": as_of,
        "candidates": ground,
    }


def decide_case(case: dict[str, Any]) -> list[dict[str, Any]]:
    return decide(*case["sightings"], **{k: v for k, v in case.items() if k != "sightings"})


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_and_repetition_of_evidence_do_not_matter(case: dict[str, Any], chance: Any) -> None:
    shuffled = case | {
        name: chance.sample(case[name], len(case[name])) for name in ("requests", "feedbacks")
    }
    twice = case["sightings"] * 2
    shuffled["sightings"] = chance.sample(twice, len(twice))

    assert decide_case(shuffled) == decide_case(case)


@given(cases())
@settings(max_examples=60, deadline=None)
def test_every_request_and_low_feedback_has_one_outcome(case: dict[str, Any]) -> None:
    asked = {(r["feedback_id"], r["round"]) for r in case["requests"]}
    with_request = {feedback_id for feedback_id, _ in asked}
    lone = {
        (f["feedback_id"], 1)
        for f in case["feedbacks"]
        if f["rating"] <= 3 and f["feedback_id"] not in with_request
    }

    table = decide_case(case)

    assert [(row["feedback_id"], row["round"]) for row in table] == sorted(asked | lone)


@given(cases(kinds=["present", "changed", "absent", "submitted", "unrecognised"]))
@settings(max_examples=60, deadline=None)
def test_absence_alone_is_never_a_decision_of_amazon(case: dict[str, Any]) -> None:
    allowed = {"pending", "gone_unattributed", "expired", "not_asked", "conflict"}

    assert {row["decision"] for row in decide_case(case)} <= allowed


@given(cases())
@settings(max_examples=60, deadline=None)
def test_what_a_row_says_fits_together(case: dict[str, Any]) -> None:
    for row in decide_case(case):
        has_decision = row["decision"] in {
            *("removed", "struck", "denied", "gone_unattributed", "struck_unasked"),
        }
        assert (row["decided_at"] is not None) == has_decision
        assert (row["certainty"] == "open") == (
            row["decision"] in {"pending", "not_asked", "conflict"}
        )
        if row["decision"] in {"removed", "denied", "pending"}:
            assert row["is_asked"]
        if row["decision"] in {"expired", "not_asked"}:
            assert not row["is_asked"]


def test_every_decision_and_reason_is_in_the_table_of_the_docstring() -> None:
    text = transforms.outcomes.__doc__ or ""
    told = {reason for reason in OutcomeReason if f"{reason}" in text}
    by_source = {reason for reason in OutcomeReason if reason.endswith(("_says_it", "_shows_it"))}

    assert set(OutcomeReason) - by_source <= told
    assert all(decision in text for decision in Decision)
