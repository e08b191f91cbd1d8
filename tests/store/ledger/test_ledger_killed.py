"""Writers that are killed, servers that are killed, writers side by side: what was acknowledged stays."""

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from store.ledger import open_ledger

WRITER = Path(__file__).with_name("ledger_writer.py")


@contextmanager
def forker(url: str, told: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, WRITER, "fork", url, told],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def seeded_moments() -> random.Random:
    """Random moments for kills; pytest shows the seed of a test that fails."""
    seed = time.time_ns() % 10**9
    print(f"seed {seed}")  # noqa: T201 - that is how it is shown
    return random.Random(seed)  # noqa: S311 - moments, not secrets


def new_writer(process: "subprocess.Popen[str]") -> int:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("go\n")
    return int(process.stdout.readline())


def wait_until_gone(process: "subprocess.Popen[str]") -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "gone\n"


def wait_for_ledger(told: Path, size: int) -> None:
    """Wait until a fresh writer is under way; a kill before its first step would prove nothing."""
    give_up = time.monotonic() + 20
    while told.stat().st_size <= size:
        assert time.monotonic() < give_up, "the writer does not write"
        time.sleep(0.002)


def check(url: str, told: Path) -> int:
    """Everything that was acknowledged is in the log, and the log is whole; the number of acknowledged steps."""
    with open_ledger(url) as ledger:
        ledger.verify()
        assert ledger.rebuild_states() == ledger.stored_states()
        events = ledger.events().select(["request_id", "to_state"]).to_pylist()
    lines = told.read_text().splitlines()
    kept = {f"{event['request_id']} {event['to_state']}" for event in events}
    assert set(lines) <= kept, "a step that was acknowledged is lost"
    return len(lines)


def kill(pid: int) -> None:
    subprocess.run(["kill", "-9", str(pid)], check=True)


def test_a_killed_writer_loses_no_step(
    request: pytest.FixtureRequest, ledger_url: str, tmp_path: Path
) -> None:
    is_sqlite = ledger_url.startswith("sqlite")
    kills = 500 if request.config.getoption("--full-sweeps") else 15 if is_sqlite else 8
    moments = seeded_moments()
    told = tmp_path / "told"
    told.touch()
    open_ledger(ledger_url).close()

    with forker(ledger_url, told) as process:
        for _ in range(kills):
            size = told.stat().st_size
            pid = new_writer(process)
            wait_for_ledger(told, size)
            time.sleep(moments.uniform(0.0, 0.06))
            kill(pid)
            wait_until_gone(process)

    assert check(ledger_url, told) > kills
    if is_sqlite:
        connection = sqlite3.connect(ledger_url.removeprefix("sqlite:///"))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()


def test_a_killed_server_loses_no_step(
    request: pytest.FixtureRequest, new_postgresql_server: Callable[[], Any], tmp_path: Path
) -> None:
    kills = 100 if request.config.getoption("--full-sweeps") else 3
    moments = seeded_moments()
    server = new_postgresql_server()
    told = tmp_path / "told"
    told.touch()
    open_ledger(server.url).close()

    with forker(server.url, told) as process:
        for _ in range(kills):
            size = told.stat().st_size
            new_writer(process)
            wait_for_ledger(told, size)
            time.sleep(moments.uniform(0.0, 0.1))
            server.kill()
            wait_until_gone(
                process
            )  # the writer ends by itself: without its database it may do nothing
            server.start()

    assert check(server.url, told) > kills


def side_by_side(what: str, url: str, told: Path, processes: int, number: int) -> None:
    subprocess.run(
        [sys.executable, WRITER, what, url, told, str(processes), str(number)],
        check=True,
        timeout=300,
    )


def test_four_writers_side_by_side_lose_no_update(
    request: pytest.FixtureRequest, ledger_url: str, tmp_path: Path
) -> None:
    each = 250 if request.config.getoption("--full-sweeps") else 25
    told = tmp_path / "told"
    open_ledger(ledger_url).close()

    side_by_side("plan", ledger_url, told, 4, each)

    assert check(ledger_url, told) == 4 * each
    with open_ledger(ledger_url) as ledger:
        assert ledger.verify_chain() == 4 * each
        assert ledger.requests().num_rows == 4 * each


def test_four_approvers_side_by_side_never_exceed_the_cap(ledger_url: str, tmp_path: Path) -> None:
    told = tmp_path / "told"
    open_ledger(ledger_url).close()
    side_by_side("plan", ledger_url, told, 1, 20)
    told.unlink()

    side_by_side("approve", ledger_url, told, 4, 7)

    assert len(told.read_text().splitlines()) == 7
    with open_ledger(ledger_url) as ledger:
        states = ledger.requests()["state"].to_pylist()
        assert states.count("approved") == 7
        assert ledger.verify() == 27


def test_two_programs_that_open_an_empty_place_at_once_make_one_ledger(
    ledger_url: str, tmp_path: Path
) -> None:
    side_by_side("plan", ledger_url, tmp_path / "told", 4, 1)
    with open_ledger(ledger_url) as ledger:
        assert ledger.verify() == 4


def test_without_the_write_lock_the_same_writers_collide(tmp_path: Path) -> None:
    """The control: it shows that the test above would notice."""
    url = f"sqlite:///{tmp_path / 'ledger' / 'ledger.sqlite'}"
    open_ledger(url).close()
    careless = tmp_path / "careless_writer.py"
    plain_begin = (
        "import store.ledger.database as database\n"
        'database._begin_sqlite = lambda connection: connection.exec_driver_sql("BEGIN")\n'
    )
    source = WRITER.read_text(encoding="utf-8")
    careless.write_text(source.replace("AT = ", f"{plain_begin}\nAT = ", 1), encoding="utf-8")

    done = subprocess.run(
        [sys.executable, careless, "plan", url, tmp_path / "told", "4", "50"],
        check=False,
        capture_output=True,
    )

    assert done.returncode > 0
    assert b"locked" in done.stderr
