"""The command as an operator starts it: a process of its own, judged by what it prints and how it ends."""

import json
import resource
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from store.process_lock import process_lock

COMMAND = Path(sys.executable).with_name("feedback-removal")
AS_OF = "2026-11-20"


def start(
    *arguments: str | Path, limits: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        preexec_fn=limits,
    )


def test_help_teaches_and_is_quick() -> None:
    start("--help")  # bytecode is written once
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        done = start("--help")
        times.append(time.perf_counter() - begun)
    assert done.returncode == 0
    assert "sends nothing" in done.stdout
    assert min(times) < 1.0


@pytest.mark.parametrize(
    "command",
    [
        "run",
        "ingest",
        "screen",
        "plan",
        "approve",
        "submit",
        "import-results",
        "publish",
        "explain",
        "quarantine",
        "doctor",
        "rehearse",
    ],
)
def test_every_command_has_help_with_a_sentence(command: str) -> None:
    done = start(command, "--help")
    assert done.returncode == 0
    assert done.stdout.splitlines()[2].strip().endswith((".", "...", ",")) or "." in done.stdout


def test_a_missing_home_is_named_with_the_remedy(tmp_path: Path) -> None:
    done = start("ingest", "--home", tmp_path / "none")
    assert done.returncode == 2
    assert "no such home folder; make it with mkdir -p" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_configuration_is_named_with_file_and_line(sample_home: Path) -> None:
    (sample_home / "feedback-removal.toml").write_text("[limts]\n", "utf-8")
    done = start("ingest", "--home", sample_home)
    assert done.returncode == 2
    assert "feedback-removal.toml:1: unknown key 'limts'" in done.stderr
    assert not (sample_home / "raw").exists()


def test_an_empty_inbox_is_no_failure_and_says_what_to_do(tmp_path: Path) -> None:
    done = start("ingest", "--home", tmp_path)
    assert done.returncode == 0
    assert "drop reports into <account>/<marketplace>/" in done.stdout


def test_an_account_that_the_configuration_does_not_name_is_refused(sample_home: Path) -> None:
    stranger = sample_home / "inbox" / "stranger" / "US"
    stranger.mkdir(parents=True)
    shutil.copy(sample_home / "inbox/lumen-home/UK/feedback.tsv", stranger)
    done = start("ingest", "--home", sample_home, "--as-of", AS_OF, "--json")
    assert done.returncode == 3
    refused = [f for f in json.loads(done.stdout)["files"] if f["account"] == "stranger"]
    assert [f["status"] for f in refused] == ["refused"]


def test_files_that_cannot_be_taken_in_end_with_code_4(tmp_path: Path) -> None:
    folder = tmp_path / "inbox" / "acme" / "US"
    folder.mkdir(parents=True)
    (folder / "report.txt").write_text("<html><body>Sign in</body></html>", "utf-8")
    done = start("ingest", "--home", tmp_path)
    assert done.returncode == 4
    assert "web page" in done.stdout
    assert list((tmp_path / "quarantine" / "files").rglob("*report.txt"))


def test_a_full_disk_ends_with_code_6_and_leaves_the_inbox(sample_home: Path) -> None:
    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (6_000, 6_000))

    before = sorted(path for path in (sample_home / "inbox").rglob("*") if path.is_file())
    done = start("ingest", "--home", sample_home, "--as-of", AS_OF, limits=little_room)
    assert done.returncode == 6, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    after = sorted(path for path in (sample_home / "inbox").rglob("*") if path.is_file())
    assert after == before
    done = start("ingest", "--home", sample_home, "--as-of", AS_OF)
    assert done.returncode == 3, done.stdout + done.stderr


def test_a_home_that_others_may_read_is_refused(sample_home: Path) -> None:
    assert start("ingest", "--home", sample_home, "--as-of", AS_OF).returncode == 3
    (sample_home / "ledger").chmod(0o755)
    done = start("plan", "--home", sample_home)
    assert done.returncode == 6
    assert "chmod 700" in done.stderr


def test_everything_in_a_home_is_private(sample_home: Path) -> None:
    start("ingest", "--home", sample_home, "--as-of", AS_OF)
    for name in ("ledger", "tables", "raw", "quarantine", "worksheets"):
        assert stat.S_IMODE((sample_home / name).stat().st_mode) == 0o700


def test_a_second_command_is_told_who_is_at_work(sample_home: Path) -> None:
    with process_lock(sample_home):
        begun = time.perf_counter()
        done = start("plan", "--home", sample_home)
    assert done.returncode == 5
    assert "in use by process" in done.stderr
    assert time.perf_counter() - begun < 10


def test_json_is_json_and_carries_the_accounts(sample_home: Path) -> None:
    done = start("ingest", "--home", sample_home, "--as-of", AS_OF, "--json")
    summary = json.loads(done.stdout)
    totals = summary["totals"]
    assert totals["rows_in"] == (
        totals["rows_accepted"] + totals["rows_quarantined"] + totals["rows_duplicate"]
    )
    assert totals["rows_in"] > 150
    assert summary["exit_code"] == 3


def test_a_run_that_died_is_named_by_the_next_one(sample_home: Path) -> None:
    script = (
        "import os; from pathlib import Path; from flows.settings import resolve; from flows.work import running\n"
        f"with running(resolve(home=Path({str(sample_home)!r}))): os.kill(os.getpid(), 9)"
    )
    died = subprocess.run([sys.executable, "-c", script], check=False)
    assert died.returncode == -9
    doctor = start("doctor", "--home", sample_home)
    assert doctor.returncode == 9
    assert "began and never ended" in doctor.stdout
    done = start("ingest", "--home", sample_home, "--as-of", AS_OF)
    assert "ended without a word" in done.stdout
    assert done.returncode == 3
