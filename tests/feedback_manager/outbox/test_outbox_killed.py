"""Submitting processes that are killed, stopped, doubled: nothing is asked twice and nothing is lost."""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

Bench = Any
LOCKED = 5


def seeded() -> random.Random:
    """Random moments; pytest shows the seed of a test that fails."""
    seed = int(os.environ.get("KILL_SEED") or time.time_ns() % 10**9)
    print(f"seed {seed} (repeat with KILL_SEED={seed})")  # noqa: T201 - that is how it is shown
    return random.Random(seed)  # noqa: S311 - moments, not secrets


def sizes(request: pytest.FixtureRequest, small: int, full: int) -> int:
    return full if request.config.getoption("--full-sweeps") else small


def tell(what: str, verdict: object) -> None:
    print(f"{what}: {verdict}")  # noqa: T201 - the figures of docs/reliability.md


def send(pid: int, how: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it has come to its end by itself
        os.kill(pid, how)


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def await_stop(pid: int) -> None:
    give_up = time.monotonic() + 20
    while not is_stopped(pid):
        assert time.monotonic() < give_up, "the process does not stop"
        time.sleep(0.005)


def kill_often(bench: Bench, kills: int) -> None:
    """Kill so many submitting processes, each at a random moment of its work; every fifth also while it begins."""
    moments = seeded()
    submitters = bench.submitters()
    killed = 0
    while killed < kills:
        if bench.count("approved") == 0:
            bench.drain(submitters)
            bench.renew(20)
        owners = bench.owners()
        pid = submitters.start()
        if killed % 5:
            bench.await_owner(owners)
        time.sleep(moments.uniform(0.0, 0.2))
        send(pid, signal.SIGKILL)
        killed += submitters.wait() == -signal.SIGKILL
    bench.drain(submitters)


def test_killed_at_any_moment_nothing_is_asked_twice_and_nothing_is_lost(
    request: pytest.FixtureRequest, bench: Bench
) -> None:
    database = bench.url.split(":")[0]
    kills = sizes(request, 60, 500)
    kill_often(bench, kills)
    verdict = bench.verdict()
    tell(f"{kills} kills, {database}", verdict)
    assert verdict.is_clean, verdict
    assert verdict.doubts > kills / 20, "the kills met no click"
    assert set(verdict.states) <= {"submitted", "needs_human"}


def test_control_click_then_record_asks_twice(
    request: pytest.FixtureRequest, sqlite_bench: Bench
) -> None:
    """What the test above would show if the intent were not written first."""
    kills = sizes(request, 20, 200)
    moments = seeded()
    submitters = sqlite_bench.submitters()
    for _ in range(kills // 10):
        sqlite_bench.renew(12)
        (sqlite_bench.folder / "journal").unlink(missing_ok=True)
        for _ in range(10):
            pid = submitters.start(strategy="click, then record")
            time.sleep(moments.uniform(0.01, 0.12))
            send(pid, signal.SIGKILL)
            submitters.wait()
    sqlite_bench.settle()
    doubles = sum(count - 1 for count in sqlite_bench.counts().values() if count > 1)
    tell(f"control, click then record, {kills} kills", f"{doubles} double")
    assert doubles > 0


def test_control_looking_at_once_asks_twice(
    request: pytest.FixtureRequest, sqlite_bench: Bench
) -> None:
    """What the quiet period is for: a page looked at before the site has counted the click says nothing."""
    is_full = sizes(request, 0, 1)
    moments = seeded()
    submitters = sqlite_bench.submitters()
    at_once = {"quiet": 0, "click_seconds": 0.1}
    kills = 0
    while kills < 50 if is_full else kills < 10 and not sqlite_bench.has_double():
        kills += 1
        sqlite_bench.renew(1, answer_delay_ms=400)
        owners = sqlite_bench.owners()
        pid = submitters.start(**at_once)
        sqlite_bench.await_owner(owners)
        time.sleep(moments.uniform(0.05, 0.2))
        send(pid, signal.SIGKILL)
        submitters.wait()
        sqlite_bench.drain(submitters, **at_once)
    verdict = sqlite_bench.verdict()
    tell(f"control, no quiet period, {kills} kills", verdict)
    assert verdict.doubles


def test_a_process_frozen_between_last_check_and_click_asks_once(
    request: pytest.FixtureRequest, bench: Bench
) -> None:
    """No second run steps over a frozen one; when it wakes up, its late click is the only one."""
    trials = sizes(request, 1, 30)
    first, second = bench.submitters(), bench.submitters()
    for _ in range(trials):
        bench.renew(2)
        pid = first.start(freezes=True)
        await_stop(pid)
        started = time.monotonic()
        assert second.run() == LOCKED
        assert time.monotonic() - started < 1
        time.sleep(bench.module.CLICK_SECONDS + bench.module.QUIET_SECONDS)
        assert second.run() == LOCKED
        while bench.count("approved", "submitting"):
            send(pid, signal.SIGCONT)
            time.sleep(0.01)
        first.wait()
        bench.drain(second)
    verdict = bench.verdict()
    tell(f"{trials} freezes between last check and click", verdict)
    assert verdict.is_clean, verdict
    assert verdict.states == {"submitted": 2 * trials}


def test_control_without_the_lock_a_frozen_process_asks_twice(sqlite_bench: Bench) -> None:
    bench = sqlite_bench
    first, second = bench.submitters(), bench.submitters()
    bench.renew(1)
    pid = first.start(freezes=True, strategy="no lock")
    await_stop(pid)
    bench.drain(second, strategy="no lock")
    send(pid, signal.SIGCONT)
    first.wait()
    assert len(bench.verdict().doubles) == 1


def test_two_runs_at_once_with_pauses_and_kills(
    request: pytest.FixtureRequest, bench: Bench
) -> None:
    trials = sizes(request, 6, 300)
    moments = seeded()
    both = [bench.submitters(), bench.submitters()]
    for trial in range(trials):
        if trial % 10 == 0:
            bench.drain(both[0])
            bench.renew(8)
        owners = bench.owners()
        pids = [one.start() for one in both]
        bench.await_owner(owners)
        for _ in range(2):
            time.sleep(moments.uniform(0.005, 0.1))
            paused = moments.choice(pids)
            send(paused, signal.SIGSTOP)
            time.sleep(moments.uniform(0.0, 0.25))
            send(paused, signal.SIGCONT)
        for pid in pids:
            send(pid, signal.SIGKILL)
        for one in both:
            one.wait()
    bench.drain(both[0])
    verdict = bench.verdict()
    tell(f"{trials} pairs of runs, each paused twice and killed", verdict)
    assert verdict.is_clean, verdict


def test_a_killed_database_server_leaves_no_click_unexplained(
    request: pytest.FixtureRequest,
    new_postgresql_server: Callable[[], Any],
    new_bench: Callable[[str], Bench],
) -> None:
    """The worker lives on without its database: it clicks nothing more, and the next one looks before it clicks."""
    kills = sizes(request, 3, 100)
    moments = seeded()
    server = new_postgresql_server()
    bench = new_bench(server.url)
    submitters = bench.submitters()
    for number in range(kills):
        if number % 10 == 0:
            if number:
                bench.drain(submitters)
            bench.renew(20)
        owners = bench.owners()
        pid = submitters.start()
        bench.await_owner(owners)
        time.sleep(moments.uniform(0.0, 0.2))
        server.kill()
        if moments.random() < 0.5:
            send(pid, signal.SIGKILL)
        submitters.wait()
        server.start()
    bench.drain(submitters)
    verdict = bench.verdict()
    tell(f"{kills} kills of the PostgreSQL server, half of them with the worker", verdict)
    assert verdict.is_clean, verdict
