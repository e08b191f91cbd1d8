"""A fault before every single statement of every step: the step happens as a whole or not at all."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import event as hooks

from schemas.submission import Caps, RefusedStepError, RequestFinding
from schemas.vocabularies import Certainty, Decision
from store.errors import StorageError
from store.ledger import Selection


class SuddenEndError(BaseException):
    """As sudden as an interrupt: no handler for ordinary errors catches it."""


class FaultBefore:
    """Ends the process's work before the n-th statement, counted from when it is armed."""

    def __init__(self, engine: Any) -> None:
        self.left: int | None = None
        hooks.listen(engine, "before_cursor_execute", self._count)
        hooks.listen(engine, "commit", self._count)

    def _count(self, *_: object) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left <= 0:
            self.left = None
            raise SuddenEndError


def one_life(play: Any) -> list[tuple[str, Callable[[], object]]]:
    """Every writing step once, in an order that the state machine allows."""
    ledger = play.ledger
    click, paper, gone = (play.request(n).request_id for n in (1, 2, 3))
    fence = 1
    proof = play.step(proof=True)
    readings = [play.reading(RequestFinding.NOT_SEEN, s) for s in (3700, 4400)]
    return [
        ("plan", lambda: ledger.plan([play.request(n) for n in (1, 2, 3)], play.step())),
        ("approve", lambda: ledger.approve(Selection(), play.step(), caps=Caps())),
        ("hold", lambda: ledger.hold(Selection(request_ids=(gone,)), play.step())),
        ("release", lambda: ledger.release(Selection(), play.step())),
        ("expire", lambda: ledger.expire(play.step())),
        ("cancel", lambda: ledger.cancel(Selection(request_ids=(gone,)), play.step())),
        ("own", play.own),
        ("begin", lambda: play.begin(1, fence)),
        (
            "unknown",
            lambda: ledger.mark_unknown(click, play.step(), fence=fence, boot=play.boot(70)),
        ),
        (
            "look",
            lambda: ledger.begin_reconciling(click, play.step(), fence=fence, boot=play.boot(3700)),
        ),
        ("conclude", lambda: ledger.reconciled(click, readings, play.step(), fence=fence)),
        ("begin again", lambda: play.begin(1, fence, seconds=4400)),
        ("submitted", lambda: ledger.mark_submitted(click, proof, fence=fence)),
        (
            "decide",
            lambda: ledger.decide(click, Decision.REMOVED, Certainty.CONFIRMED, proof),
        ),
        ("hand out", lambda: ledger.hand_out([paper], "w1", play.step(), caps=Caps())),
        ("to a person", lambda: ledger.needs_human(paper, play.step())),
        ("not submitted", lambda: ledger.report_not_submitted(paper, play.step())),
        ("report", partial(ledger.report_submitted, paper, proof)),
    ]


def test_a_step_happens_as_a_whole_or_not_at_all(play: Any) -> None:
    ledger = play.ledger
    fault = FaultBefore(ledger._database._engine)
    faults = 0
    for name, act in one_life(play):
        before = (ledger.stored_states(), ledger.events(), ledger.sightings())
        # On PostgreSQL these first ask whether the lock is still held; an end there is the test below.
        asks_first = name in {"begin", "look", "begin again"} and "postgresql" in play.url
        statement = 1 if asks_first else 0
        while True:
            statement += 1
            fault.left = statement
            try:
                act()
            except SuddenEndError:
                faults += 1
            else:
                break
            assert (ledger.stored_states(), ledger.events(), ledger.sightings()) == before, (
                f"{name}: something remains of a step that ended before statement {statement}"
            )
            assert statement < 60, f"{name} never gets through"
        fault.left = None
        if name not in {"own", "expire"}:
            assert ledger.stored_states() != before[0], name
        ledger.verify()
    assert faults > 80


def test_an_end_while_asking_for_the_lock_gives_the_right_to_click_up(
    new_postgresql_ledger_url: Callable[[], str], open_play: Any
) -> None:
    play = open_play(new_postgresql_ledger_url())
    play.approved(1)
    fence = play.own().fence
    fault = FaultBefore(play.ledger._database._engine)
    fault.left = 1
    with pytest.raises(SuddenEndError):
        play.begin(1, fence)
    with pytest.raises(StorageError, match="connection that owned the ledger"):
        play.begin(1, fence)
    with pytest.raises(RefusedStepError, match="does not own"):
        play.begin(1, fence)
    assert play.begin(1, play.own().fence) == 1
