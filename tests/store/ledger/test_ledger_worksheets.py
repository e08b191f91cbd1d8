from datetime import date, timedelta
from typing import Any

import pytest

from schemas.identifiers import content_sha256
from schemas.submission import Caps, Refusal, RefusedStepError
from schemas.vocabularies import Certainty, Decision
from store.ledger import Selection

REVISED = content_sha256(2, "other invented words")


def test_from_paper_to_a_decision(play: Any) -> None:
    (key,) = play.approved(1)
    assert play.ledger.hand_out([key], "w1", play.step(), caps=Caps()).handed_out == (key,)
    row = play.row(key)
    assert (row["state"], row["worksheet_id"], row["channel"]) == ("approved", "w1", "worksheet")
    assert row["handed_out_at"] == play.start

    asked = play.start + timedelta(hours=5)
    report = play.step(proof=True, days=1)
    assert play.ledger.report_submitted(key, report, submitted_at=asked)
    assert not play.ledger.report_submitted(key, report)
    assert play.row(key)["submitted_at"] == asked

    late = play.step(proof=True, days=3)
    assert play.ledger.decide(key, Decision.REMOVED, Certainty.REPORTED, late)
    assert not play.ledger.decide(key, Decision.REMOVED, Certainty.REPORTED, late)
    row = play.row(key)
    assert (row["state"], row["decision"], row["certainty"]) == ("decided", "removed", "reported")
    with pytest.raises(RefusedStepError) as caught:
        play.ledger.decide(key, Decision.DENIED, Certainty.CONFIRMED, late)
    assert caught.value.refusal == Refusal.OTHER_DECISION


def test_a_second_worksheet_names_the_first_and_costs_nothing(play: Any) -> None:
    keys = play.approved(1, 2)
    caps = Caps(per_account=2)
    play.ledger.hand_out(keys, "w1", play.step(), caps=caps)

    refused = play.ledger.hand_out(keys, "w2", play.step(), caps=caps)
    again = play.ledger.hand_out(keys, "w2", play.step(), caps=caps, again=True)

    assert refused.refused == dict.fromkeys(keys, Refusal.HANDED_OUT)
    assert again.handed_out == tuple(keys)
    assert again.earlier_worksheets == dict.fromkeys(keys, "w1")
    assert play.row(keys[0])["worksheet_id"] == "w2"


def test_what_a_person_has_is_not_clicked_held_or_expired(play: Any) -> None:
    (key,) = play.approved(1)
    play.ledger.hand_out([key], "w1", play.step(), caps=Caps())
    fence = play.own().fence

    assert play.ledger.ready_requests("north", play.step()) == []
    with pytest.raises(RefusedStepError) as caught:
        play.begin(1, fence)
    assert caught.value.refusal == Refusal.HANDED_OUT
    assert play.ledger.hold(Selection(), play.step()).refused == {key: Refusal.HANDED_OUT}
    assert not play.ledger.expire(play.step(days=20)).approval_lost
    assert play.state(key) == "approved"


def test_a_worksheet_nobody_answers_ends_with_a_person(play: Any) -> None:
    (key,) = play.approved(1, deadline_date=date(2026, 11, 30))
    play.ledger.hand_out([key], "w1", play.step(), caps=Caps())
    assert not play.ledger.expire(play.step(as_of=date(2026, 12, 7))).needs_human
    assert play.ledger.expire(play.step(as_of=date(2026, 12, 8))).needs_human == (key,)
    assert play.ledger.report_submitted(key, play.step(proof=True, days=14))


def test_a_revision_while_on_paper_goes_to_a_person(play: Any) -> None:
    (key,) = play.approved(1)
    play.ledger.hand_out([key], "w1", play.step(), caps=Caps())
    other_ground = play.request(1, ground="obscene_language")
    assert play.ledger.plan([other_ground], play.step()).unchanged == (key,)

    revised = play.request(1, content_sha256=REVISED)
    assert play.ledger.plan([revised], play.step()).needs_human == (key,)

    assert play.ledger.report_not_submitted(key, play.step())
    assert play.row(key)["worksheet_id"] is None
    assert play.ledger.plan([revised], play.step()).replanned == (key,)


def test_taking_a_request_back_from_paper(play: Any) -> None:
    (key,) = play.approved(1)
    assert not play.ledger.report_not_submitted(key, play.step())
    play.ledger.hand_out([key], "w1", play.step(), caps=Caps())
    assert play.ledger.report_not_submitted(key, play.step())
    assert [r.request_id for r in play.ledger.ready_requests("north", play.step())] == [key]


def test_what_may_not_go_on_paper(play: Any) -> None:
    (planned,) = play.planned(1)
    (stale,) = play.approved(2)
    (closed,) = play.approved(3, deadline_date=date(2026, 11, 25))
    given = play.ledger.hand_out(
        [planned, stale, closed, "f" * 32], "w1", play.step(days=8), caps=Caps()
    )
    assert given.refused == {
        planned: Refusal.WRONG_STATE,
        stale: Refusal.APPROVAL_EXPIRED,
        closed: Refusal.WINDOW_CLOSED,
        "f" * 32: Refusal.UNKNOWN_REQUEST,
    }


def test_a_report_about_a_request_nobody_was_to_make_is_refused(play: Any) -> None:
    (key,) = play.planned(1)
    with pytest.raises(RefusedStepError) as caught:
        play.ledger.report_submitted(key, play.step(proof=True))
    assert caught.value.refusal == Refusal.WRONG_STATE
    with pytest.raises(ValueError, match="SHA-256"):
        play.ledger.report_submitted(key, play.step())
