import sys
import time
from pathlib import Path

import pytest

from feedback_manager.boot_clock import BootClock


def test_it_counts_up_and_names_the_start_of_the_machine() -> None:
    clock = BootClock()
    before = clock.now()
    time.sleep(0.002)
    after = BootClock().now()
    assert after.seconds > before.seconds
    if sys.platform == "linux":
        assert before.boot_id == after.boot_id
        assert before.boot_id == Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def test_without_a_named_boot_every_clock_is_a_start_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    first, second = BootClock(), BootClock()
    assert first.now().boot_id != second.now().boot_id
    assert first.now().boot_id == first.now().boot_id


def test_nobody_can_set_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = BootClock()
    before = clock.now()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert clock.now().seconds >= before.seconds
