"""A fault at every boundary between two steps of a run: crash, exception, time-out, freeze."""

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

Bench = Any
KINDS = ("crash", "exception", "time-out", "freeze")
LOCKED, STORAGE = 5, 6
QUICK: dict[str, Any] = {"quiet": 0.02, "click_seconds": 0.1}
"""No click is on its way when these faults strike, so there is little to wait for."""
BEFORE_CLICK, AFTER_CLICK = "page: before the last check", "page: after the click"
SITUATIONS = {
    "approved": None,
    "in doubt, not clicked": BEFORE_CLICK,
    "in doubt, clicked": AFTER_CLICK,
}
"""How one request stands when the run begins, by the boundary at which an earlier run died."""


def boundaries(submitters: Any, folder: Path) -> list[str]:
    """The boundaries that an undisturbed run passes with what is there."""
    file = folder / "trace"
    assert submitters.run(trace=str(file), **QUICK) == 0
    return list(json.loads(file.read_text("utf-8")))


def prepare(bench: Bench, submitters: Any, fresh: list[str], died_at: str | None) -> None:
    bench.renew(1, answer_delay_ms=1)
    if died_at is not None:
        submitters.run(fault_at=fresh.index(died_at), kind="crash", **QUICK)
        # The next owner notes the doubt; with an hour's quiet period it does not look yet, however slow it is.
        submitters.run(**(QUICK | {"quiet": 3600}))
        assert bench.count("unknown") == 1
        time.sleep(sum(QUICK.values()))


def run_with_fault(submitters: Any, second: Any, fault_at: int, kind: str) -> None:
    """One run with its fault; a frozen one is stepped over by nobody, and wakes up long after its deadline."""
    if kind != "freeze":
        assert submitters.run(fault_at=fault_at, kind=kind, **QUICK) != LOCKED
        return
    pid = submitters.start(fault_at=fault_at, kind=kind, **QUICK)
    give_up = time.monotonic() + 10
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < give_up, "the process does not stop"
        time.sleep(0.002)
    assert second.run(**QUICK) == LOCKED
    time.sleep(QUICK["click_seconds"] + 0.02)
    os.kill(pid, signal.SIGCONT)
    submitters.wait()


@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_fault_at_every_boundary(
    request: pytest.FixtureRequest, sqlite_bench: Bench, tmp_path: Path, situation: str
) -> None:
    """In CI every boundary with one or two kinds in turn; at full size every boundary with every kind."""
    bench, died_at = sqlite_bench, SITUATIONS[situation]
    submitters, second = bench.submitters(), bench.submitters()
    bench.renew(1, answer_delay_ms=1)
    fresh = boundaries(submitters, tmp_path)
    assert {BEFORE_CLICK, AFTER_CLICK} < set(fresh)
    prepare(bench, submitters, fresh, died_at)
    passed = boundaries(submitters, tmp_path)
    bench.drain(submitters, **QUICK)
    is_full = request.config.getoption("--full-sweeps")
    faults: dict[str, str] = {}
    for number, name in enumerate(passed):
        in_turn = [KINDS[number % 4]] if died_at else ["crash", KINDS[1 + number % 3]]
        for kind in KINDS if is_full else in_turn:
            prepare(bench, submitters, fresh, died_at)
            faults[f"111-{bench.numbers:07d}-7654321"] = f"{kind} at {name}"
            run_with_fault(submitters, second, number, kind)
            bench.drain(submitters, **QUICK)
    verdict = bench.verdict()
    print(f"{situation}: {len(passed)} boundaries, {len(faults)} faults: {verdict}")  # noqa: T201 - docs/reliability.md
    dirty = [*verdict.doubles, *verdict.lost, *verdict.unnoted]
    assert [faults.get(order, order) for order in dirty] == []
    assert len(faults) >= len(passed)
    assert set(verdict.states) <= {"submitted", "needs_human"}


@pytest.mark.parametrize("kind", ["disk full", "read only"])
def test_without_a_durable_intent_nothing_is_clicked(
    sqlite_bench: Bench, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = sqlite_bench
    folder = Path(bench.url.removeprefix("sqlite:///")).parent
    monkeypatch.setenv("LEDGER_FOLDER", str(folder))
    submitters = bench.submitters()
    bench.renew(1, answer_delay_ms=1)
    fresh = boundaries(submitters, tmp_path)
    bench.renew(2, answer_delay_ms=1)
    at_intent = fresh.index("ledger.begin_submission: before")
    assert submitters.run(fault_at=at_intent, kind=kind, **QUICK) == STORAGE
    folder.chmod(0o700)
    assert bench.stand_in.control.received() == []
    assert bench.count("approved") == 2
    bench.drain(submitters, **QUICK)  # there is room again: the same command goes on
    assert bench.verdict().is_clean
    assert len(bench.stand_in.control.received()) == 2


def test_a_ledger_that_fails_after_the_click_leaves_doubt_and_no_second_click(
    sqlite_bench: Bench, tmp_path: Path
) -> None:
    bench = sqlite_bench
    submitters = bench.submitters()
    bench.renew(1, answer_delay_ms=1)
    fresh = boundaries(submitters, tmp_path)
    bench.renew(2, answer_delay_ms=1)
    at_result = fresh.index("ledger.mark_submitted: before")
    assert submitters.run(fault_at=at_result, kind="disk full", **QUICK) == STORAGE
    assert len(bench.stand_in.control.received()) == 1
    assert bench.count("submitting") == 1
    bench.drain(submitters, **QUICK)
    assert bench.verdict().is_clean
    assert len(bench.stand_in.control.received()) == 2


def test_a_killed_site_that_comes_back_has_each_request_once(
    request: pytest.FixtureRequest, site_bench: Bench
) -> None:
    """The stand-in of the command line, with its memory on disk, killed while requests are under way."""
    kills = 20 if request.config.getoption("--full-sweeps") else 2
    moments = random.Random(7)  # noqa: S311 - moments, not secrets
    bench = site_bench
    submitters = bench.submitters()
    bench.renew(10)
    for _ in range(kills):
        owners = bench.owners()
        submitters.start()
        bench.await_owner(owners)
        time.sleep(moments.uniform(0.0, 0.3))
        bench.stand_in.kill()
        submitters.wait()
        bench.stand_in.start()
    bench.drain(submitters)
    verdict = bench.verdict()
    print(f"{kills} kills of the site: {verdict}")  # noqa: T201 - docs/reliability.md
    assert verdict.is_clean, verdict
    assert set(verdict.states) <= {"submitted", "needs_human"}
