from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from schemas.submission import Caps, Refusal, RefusedStepError, RequestFinding
from store.ledger import Selection

SEEN, NOT_SEEN, AMBIGUOUS = RequestFinding.SEEN, RequestFinding.NOT_SEEN, RequestFinding.AMBIGUOUS


def refusal(act: Callable[[], object]) -> Refusal:
    with pytest.raises(RefusedStepError) as caught:
        act()
    return caught.value.refusal


def in_doubt(play: Any, number: int = 1) -> tuple[str, int]:
    (key,) = play.approved(number)
    owner = play.own()
    play.begin(number, owner.fence)
    play.ledger.mark_unknown(key, play.step(), fence=owner.fence, boot=play.boot(70))
    return key, owner.fence


def test_the_good_way(play: Any) -> None:
    (key,) = play.approved(1)
    owner = play.own()
    (ready,) = play.ledger.ready_requests("north", play.step())
    assert ready.request_id == key

    assert play.begin(1, owner.fence) == 1
    assert play.state(key) == "submitting"
    play.ledger.mark_submitted(key, play.step(proof=True, minutes=1), fence=owner.fence)

    row = play.row(key)
    assert (row["state"], row["attempt"], row["channel"]) == ("submitted", 1, "browser")
    assert play.ledger.ready_requests("north", play.step()) == []


def test_submitted_takes_evidence(play: Any) -> None:
    (key,) = play.approved(1)
    owner = play.own()
    with pytest.raises(ValueError, match="evidence"):
        play.ledger.mark_found(key, play.step(), fence=owner.fence)
    play.ledger.mark_found(key, play.step(proof=True), fence=owner.fence)
    assert (play.state(key), play.row(key)["attempt"]) == ("submitted", 0)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"content_sha256": "0" * 64}, Refusal.CONTENT_CHANGED),
        ({"fence": 0}, Refusal.NOT_THE_OWNER),
        ({"fence": 2}, Refusal.NOT_THE_OWNER),
    ],
)
def test_an_intent_that_does_not_fit_is_refused(
    play: Any, change: dict[str, Any], expected: Refusal
) -> None:
    (key,) = play.approved(1)
    intent = replace(play.intent(1, play.own().fence), **change)
    assert (
        refusal(lambda: play.ledger.begin_submission(key, intent, play.step(), caps=Caps()))
        == expected
    )
    assert play.state(key) == "approved"


def test_an_intent_whose_deadline_is_over_is_refused(play: Any) -> None:
    (key,) = play.approved(1)
    intent = play.intent(1, play.own().fence, seconds=100)
    for deadline in (play.boot(100), play.boot(160, "boot-2")):
        late = replace(intent, deadline=deadline)
        act = partial(play.ledger.begin_submission, key, late, play.step(), caps=Caps())
        assert refusal(act) == Refusal.DEADLINE_PASSED


def test_approval_and_window_are_checked_at_the_intent(play: Any) -> None:
    play.approved(1)
    play.approved(2, deadline_date=date(2026, 11, 26))
    fence = play.own().fence
    assert refusal(lambda: play.begin(1, fence, days=7)) == Refusal.APPROVAL_EXPIRED
    assert refusal(lambda: play.begin(2, fence, days=2)) == Refusal.WINDOW_CLOSED
    assert [r.order_id for r in play.ledger.ready_requests("north", play.step(days=2))] == [
        play.request(1).order_id
    ]


def test_only_approved_requests_begin(play: Any) -> None:
    play.planned(1)
    fence = play.own().fence
    assert refusal(lambda: play.begin(1, fence)) == Refusal.WRONG_STATE
    assert refusal(lambda: play.begin(9, fence)) == Refusal.UNKNOWN_REQUEST


def test_one_request_of_an_account_is_in_flight_at_a_time(play: Any) -> None:
    keys = play.approved(1, 2)
    (south,) = play.approved(3, account="south")
    fence = play.own().fence
    play.begin(1, fence)

    assert refusal(lambda: play.begin(2, fence)) == Refusal.ACCOUNT_BUSY
    other = replace(play.intent(3, fence), content_sha256=play.request(3).content_sha256)
    assert play.ledger.begin_submission(south, other, play.step(), caps=Caps()) == 1
    play.ledger.mark_submitted(keys[0], play.step(proof=True), fence=fence)
    assert play.begin(2, fence) == 1


def test_caps_count_clicks_and_worksheets_together(play: Any) -> None:
    keys = play.approved(1, 2, 3, 4)
    fence = play.own().fence
    caps = Caps(per_account=2)
    play.begin(1, fence, caps=caps)
    play.ledger.mark_submitted(keys[0], play.step(proof=True), fence=fence)
    assert play.ledger.hand_out([keys[1]], "w1", play.step(), caps=caps).handed_out == (keys[1],)

    assert refusal(lambda: play.begin(3, fence, caps=caps)) == Refusal.ACCOUNT_CAP
    assert play.ledger.hand_out([keys[2]], "w1", play.step(), caps=caps).refused == {
        keys[2]: Refusal.ACCOUNT_CAP
    }
    used = play.ledger.submissions_used(play.start.date())
    assert used.by_account == {"north": 2}
    assert play.begin(3, fence, caps=caps, days=1) == 1


def test_cap_of_a_ground(play: Any) -> None:
    play.approved(1, 2)
    fence = play.own().fence
    caps = Caps(per_ground={"product_review": 0})
    assert refusal(lambda: play.begin(1, fence, caps=caps)) == Refusal.GROUND_CAP


def test_a_new_owner_puts_what_was_in_flight_in_doubt(play: Any) -> None:
    (key,) = play.approved(1)
    first = play.own()
    play.begin(1, first.fence)
    play.ledger.release_ownership()

    second = play.own(seconds=200)

    assert second.fence == first.fence + 1
    assert second.interrupted == (key,)
    assert play.state(key) == "unknown"
    late = play.step(proof=True)
    assert (
        refusal(lambda: play.ledger.mark_submitted(key, late, fence=first.fence))
        == Refusal.WRONG_STATE
    )


def test_a_process_that_lost_ownership_writes_nothing_more(play: Any) -> None:
    (key,) = play.approved(1)
    first = play.own()
    play.own(seconds=1)
    assert (
        refusal(lambda: play.ledger.mark_found(key, play.step(proof=True), fence=first.fence))
        == Refusal.NOT_THE_OWNER
    )


def test_doubt_waits_for_the_quiet_period(play: Any) -> None:
    key, fence = in_doubt(play)  # noted at 70 s, deadline was 60 s

    def begin(seconds: float) -> None:
        play.ledger.begin_reconciling(key, play.step(), fence=fence, boot=play.boot(seconds))

    (doubt,) = play.ledger.in_doubt(play.step(), boot=play.boot(100))
    assert doubt.quiet_seconds_left == pytest.approx(3570)
    assert refusal(lambda: begin(3669)) == Refusal.TOO_EARLY
    begin(3670)
    begin(3670)  # again after a crash
    assert play.state(key) == "reconciling"
    assert len(play.ledger.events(key)) == 5


def test_the_wall_clock_does_not_shorten_the_quiet_period(play: Any) -> None:
    key, fence = in_doubt(play)
    jumped = play.step(days=30)
    assert (
        refusal(
            lambda: play.ledger.begin_reconciling(key, jumped, fence=fence, boot=play.boot(100))
        )
        == Refusal.TOO_EARLY
    )


def test_a_request_seen_once_is_submitted(play: Any) -> None:
    key, fence = in_doubt(play)
    play.ledger.begin_reconciling(key, play.step(), fence=fence, boot=play.boot(3700))
    readings = [play.reading(NOT_SEEN, 3700), play.reading(SEEN, 3710)]
    assert play.ledger.reconciled(key, readings, play.step(), fence=fence) == "submitted"
    assert play.ledger.sightings()["seen"].to_pylist() == ["present", "submitted"]


def test_a_request_absent_twice_may_be_clicked_once_more_and_then_a_person_decides(
    play: Any,
) -> None:
    key, fence = in_doubt(play)
    play.ledger.begin_reconciling(key, play.step(), fence=fence, boot=play.boot(3700))
    close = [play.reading(NOT_SEEN, 3700), play.reading(NOT_SEEN, 4299)]
    assert (
        refusal(lambda: play.ledger.reconciled(key, close, play.step(), fence=fence))
        == Refusal.TOO_EARLY
    )
    assert play.ledger.sightings().num_rows == 0
    apart = [play.reading(NOT_SEEN, 4300), play.reading(NOT_SEEN, 3700)]
    assert play.ledger.reconciled(key, apart, play.step(), fence=fence) == "approved"

    assert play.begin(1, fence, seconds=4400) == 2
    play.ledger.mark_unknown(key, play.step(), fence=fence, boot=play.boot(4500))
    play.ledger.begin_reconciling(key, play.step(), fence=fence, boot=play.boot(9000))
    last = [play.reading(NOT_SEEN, 9000), play.reading(NOT_SEEN, 9700)]
    assert play.ledger.reconciled(key, last, play.step(), fence=fence) == "needs_human"
    assert play.ledger.events(key).to_pylist()[-1]["reason"] == "attempts_used"

    assert play.ledger.report_not_submitted(key, play.step())
    assert play.ledger.ready_requests("north", play.step()) == []
    assert refusal(lambda: play.begin(1, fence, seconds=9800)) == Refusal.ATTEMPTS_USED


def test_readings_count_by_the_clock_nobody_can_set(play: Any) -> None:
    key, fence = in_doubt(play)
    play.ledger.begin_reconciling(key, play.step(), fence=fence, boot=play.boot(3700))
    first, second = play.reading(NOT_SEEN, 3700), play.reading(NOT_SEEN, 4300)
    jumped = replace(second, at=second.at - timedelta(hours=2))
    assert play.ledger.reconciled(key, [first, jumped], play.step(), fence=fence) == "approved"


def test_readings_before_the_quiet_period_prove_nothing(play: Any) -> None:
    key, fence = in_doubt(play)
    play.ledger.begin_reconciling(key, play.step(), fence=fence, boot=play.boot(3700))
    early = [play.reading(NOT_SEEN, 100), play.reading(NOT_SEEN, 3800)]
    assert (
        refusal(lambda: play.ledger.reconciled(key, early, play.step(), fence=fence))
        == Refusal.TOO_EARLY
    )
    with pytest.raises(ValueError, match="at least one reading"):
        play.ledger.reconciled(key, [], play.step(), fence=fence)


def test_an_ambiguous_reading_goes_to_a_person(play: Any) -> None:
    key, fence = in_doubt(play)
    play.ledger.begin_reconciling(key, play.step(), fence=fence, boot=play.boot(3700))
    readings = [play.reading(NOT_SEEN, 3700), play.reading(AMBIGUOUS, 4400)]
    assert play.ledger.reconciled(key, readings, play.step(), fence=fence) == "needs_human"
    assert play.ledger.report_submitted(key, play.step(proof=True, days=1))
    assert play.state(key) == "submitted"


def test_a_persons_word_settles_doubt_at_once(play: Any) -> None:
    key, _ = in_doubt(play)
    assert play.ledger.report_submitted(key, play.step(proof=True))
    assert not play.ledger.report_submitted(key, play.step(proof=True))
    assert [row["to_state"] for row in play.ledger.events(key).to_pylist()][-2:] == [
        "needs_human",
        "submitted",
    ]


def test_after_a_restart_of_the_machine_the_owner_waits_a_quiet_period_of_its_own(
    play: Any,
) -> None:
    key, _ = in_doubt(play)
    owner = play.own(seconds=0, boot_id="boot-2", hours=1)

    def left(seconds: float, **later: float) -> float:
        now = play.boot(seconds, "boot-2")
        (doubt,) = play.ledger.in_doubt(play.step(**later), boot=now)
        return float(doubt.quiet_seconds_left)

    assert left(10, hours=1) == pytest.approx(3590)
    assert left(3600, hours=2) == 0
    # An owner that never lives for an hour: a day and an hour later by the wall clock are enough.
    assert left(10, hours=25) == 0
    play.ledger.begin_reconciling(
        key, play.step(hours=2), fence=owner.fence, boot=play.boot(3600, "boot-2")
    )


def test_a_clock_that_was_behind_does_not_make_doubt_look_old(play: Any) -> None:
    (key,) = play.approved(1)
    play.begin(1, play.own().fence)
    play.own(seconds=5, boot_id="boot-2", days=-20_000)
    left = play.ledger.in_doubt(play.step(), boot=play.boot(5, "boot-3"))[0].quiet_seconds_left
    assert left == pytest.approx(25 * 3600)
    assert play.state(key) == "unknown"


def test_doubt_can_be_left_to_a_person_at_any_time(play: Any) -> None:
    key, _ = in_doubt(play)
    play.ledger.needs_human(key, play.step())
    assert play.state(key) == "needs_human"
    assert play.ledger.cancel(Selection(request_ids=(key,)), play.step()).taken == (key,)


def test_nothing_is_in_doubt_about_a_plain_approved_request(play: Any) -> None:
    (key,) = play.approved(1)
    assert refusal(lambda: play.ledger.needs_human(key, play.step())) == Refusal.WRONG_STATE
