from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from schemas.identifiers import content_sha256
from schemas.submission import Caps, Refusal, Step
from schemas.vocabularies import Certainty, Decision, RequestState
from store.ledger import Selection

REVISED = content_sha256(2, "other invented words")


def test_planning_the_same_again_changes_nothing(play: Any) -> None:
    requests = [play.request(1), play.request(2)]
    first = play.ledger.plan(requests, play.step())
    events = play.ledger.events()

    again = play.ledger.plan([replace(r, rule_version="2") for r in requests], play.step(hours=1))

    assert first.planned == tuple(r.request_id for r in requests)
    assert again.unchanged == first.planned
    assert (again.planned, again.replanned, again.skipped) == ((), (), {})
    assert play.ledger.events().equals(events)


def test_a_revised_comment_takes_the_approval_away(play: Any) -> None:
    (key,) = play.approved(1)

    result = play.ledger.plan([play.request(1, content_sha256=REVISED)], play.step(hours=1))

    assert result.replanned == (key,)
    row = play.row(key)
    assert (row["state"], row["content_sha256"]) == ("planned", REVISED)
    assert row["approved_by"] is None
    assert row["approved_at"] is None
    last = play.ledger.events(key).to_pylist()[-1]
    assert (last["from_state"], last["to_state"], last["reason"]) == (
        "approved",
        "planned",
        "revised",
    )


def test_another_ground_takes_the_approval_away(play: Any) -> None:
    (key,) = play.approved(1)
    changed = play.request(1, ground="obscene_language", reason_code="102")

    assert play.ledger.plan([changed], play.step()).replanned == (key,)
    assert play.row(key)["ground"] == "obscene_language"


def test_what_was_asked_is_never_planned_again(play: Any) -> None:
    keys = play.approved(1, 2, 3)
    play.ledger.report_submitted(keys[0], play.step(proof=True))
    play.ledger.cancel(Selection(request_ids=(keys[1],)), play.step())
    play.ledger.hold(Selection(request_ids=(keys[2],)), play.step())

    result = play.ledger.plan(
        [play.request(n, content_sha256=REVISED) for n in (1, 2, 3)], play.step(hours=1)
    )

    assert result.skipped == {
        keys[0]: Refusal.ALREADY_ASKED,
        keys[1]: Refusal.CLOSED,
        keys[2]: Refusal.ON_HOLD,
    }


def test_a_second_round_needs_a_denied_first(play: Any) -> None:
    (first,) = play.approved(1)
    again = play.request(1, round=2, channel="case")
    play.ledger.report_submitted(first, play.step(proof=True))
    assert play.ledger.plan([again], play.step()).skipped == {
        again.request_id: Refusal.ROUND_NOT_OPEN
    }

    play.ledger.decide(first, Decision.DENIED, Certainty.REPORTED, play.step(proof=True))
    assert play.ledger.plan([again], play.step()).planned == (again.request_id,)


def test_an_approval_is_for_what_the_person_saw(play: Any) -> None:
    keys = play.planned(1, 2)
    seen = {keys[0]: play.request(1).content_sha256, keys[1]: REVISED}

    result = play.ledger.approve(Selection(), play.step(), expecting=seen)

    assert result.taken == (keys[0],)
    assert result.refused == {keys[1]: Refusal.CONTENT_CHANGED}


def test_approving_by_ground_account_and_id(play: Any) -> None:
    play.planned(1, 2)
    play.planned(3, ground="obscene_language")
    play.planned(4, account="south")

    by_ground = play.ledger.approve(Selection(grounds=frozenset({"obscene_language"})), play.step())
    by_account = play.ledger.approve(Selection(accounts=frozenset({"south"})), play.step())
    named = play.request(2).request_id
    by_id = play.ledger.approve(Selection(request_ids=(named, "f" * 32)), play.step())

    assert by_ground.taken == (play.request(3).request_id,)
    assert by_account.taken == (play.request(4, account="south").request_id,)
    assert by_id.taken == (named,)
    assert by_id.refused == {"f" * 32: Refusal.UNKNOWN_REQUEST}
    assert play.state(play.request(1).request_id) == "planned"


def test_caps_of_approval_by_account_and_ground(play: Any) -> None:
    keys = play.planned(*range(1, 7))
    other = play.planned(7, 8, ground="obscene_language")
    caps = Caps(per_account=4, per_ground={"obscene_language": 1})

    result = play.ledger.approve(
        Selection(request_ids=(*other, *keys)), play.step(actor="auto"), caps=caps
    )

    assert result.taken == (other[0], *keys[:3])
    assert result.refused[other[1]] == Refusal.GROUND_CAP
    assert result.refused[keys[3]] == Refusal.ACCOUNT_CAP
    again = play.ledger.approve(Selection(), play.step(hours=20), caps=caps)
    assert not again.taken
    tomorrow = play.ledger.approve(Selection(), play.step(hours=21), caps=caps)
    assert len(tomorrow.taken) == 4


def test_an_approval_expires_after_seven_days(play: Any) -> None:
    (key,) = play.approved(1)
    assert not play.ledger.expire(play.step(days=6, hours=23)).approval_lost
    assert play.ledger.expire(play.step(days=7)).approval_lost == (key,)
    assert play.state(key) == "planned"
    assert play.ledger.events(key).to_pylist()[-1]["reason"] == "approval_expired"


def test_a_closed_window_ends_a_request_and_cannot_be_approved(play: Any) -> None:
    keys = play.planned(1, 2, deadline_date=date(2026, 11, 26))
    assert not play.ledger.expire(play.step(as_of=date(2026, 11, 26))).cancelled

    after = date(2026, 11, 27)
    refused = play.ledger.approve(Selection(), play.step(as_of=after)).refused
    assert refused == dict.fromkeys(keys, Refusal.WINDOW_CLOSED)
    assert sorted(play.ledger.expire(play.step(as_of=after)).cancelled) == sorted(keys)


def test_held_requests_need_a_new_approval(play: Any) -> None:
    keys = play.approved(1, 2)
    assert play.ledger.hold(Selection(), play.step()).taken == tuple(sorted(keys))
    assert play.ledger.release(Selection(), play.step()).taken == tuple(sorted(keys))
    assert {play.state(key) for key in keys} == {"planned"}
    assert play.row(keys[0])["approved_at"] is None


def test_cancelling_all_never_sweeps_up_what_waits_for_a_person(play: Any) -> None:
    waiting, plain = play.approved(1, 2)
    play.ledger.hand_out([waiting], "w1", play.step(), caps=Caps())
    play.ledger.needs_human(waiting, play.step())

    assert play.ledger.cancel(Selection(), play.step()).taken == (plain,)
    assert play.ledger.cancel(Selection(request_ids=(waiting,)), play.step()).taken == (waiting,)


def test_asked_feedback_is_known(play: Any) -> None:
    keys = play.approved(1, 2, 3)
    play.ledger.hand_out([keys[0]], "w1", play.step(), caps=Caps())
    play.ledger.report_submitted(keys[1], play.step(proof=True))
    assert play.ledger.asked_feedback_ids() == {
        play.request(1).feedback_id,
        play.request(2).feedback_id,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "the buyer Jane rang"},
        {"actor": ""},
        {"actor": "two\nlines"},
        {"evidence_sha256": "abc"},
    ],
)
def test_a_step_takes_codes_and_hashes_only(play: Any, wrong: dict[str, str]) -> None:
    good: dict[str, Any] = {"actor": "ann", "run_id": "r", "at": play.start}
    with pytest.raises(ValueError, match=r"reason|actor|SHA-256"):
        Step(**{**good, **wrong})


def test_a_step_needs_a_time_zone(play: Any) -> None:
    with pytest.raises(ValueError, match="time zone"):
        Step("ann", "r", play.start.replace(tzinfo=None))


def test_requests_can_be_asked_for_by_state_and_account(play: Any) -> None:
    play.approved(1)
    play.planned(2)
    play.planned(3, account="south")
    approved = play.ledger.requests(states=[RequestState.APPROVED])
    assert approved["request_id"].to_pylist() == [play.request(1).request_id]
    assert play.ledger.requests(account="south").num_rows == 1
    assert play.ledger.requests(feedback_id=play.request(2).feedback_id).num_rows == 1
    assert approved["approved_at"].to_pylist() == [play.start]
    assert approved["deadline_date"].to_pylist() == [play.start.date() + timedelta(days=25)]
