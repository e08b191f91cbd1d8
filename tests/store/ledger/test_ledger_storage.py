import resource
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as hooks

from store.errors import StorageError
from store.ledger import open_ledger
from store.process_lock import HeldLockError

WRITER = Path(__file__).with_name("ledger_writer.py")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "ledger" / "ledger.sqlite"


def fail_from_now_on(ledger: Any, pragma: str) -> None:
    """Let SQLite refuse writes by itself, in the connections that are open and in new ones."""
    engine = ledger._database._engine
    engine.dispose()
    hooks.listen(engine, "connect", lambda connection, _: connection.execute(pragma))


def test_only_the_owner_can_read_the_ledger(path: Path, open_play: Any) -> None:
    open_play(f"sqlite:///{path}").approved(1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(("which", "mode"), [("file", 0o640), ("folder", 0o755)])
def test_a_ledger_that_others_can_read_is_refused(path: Path, which: str, mode: int) -> None:
    open_ledger(f"sqlite:///{path}").close()
    place = path if which == "file" else path.parent
    place.chmod(mode)
    with pytest.raises(StorageError, match=f"mode {mode:04o}.*chmod"):
        open_ledger(f"sqlite:///{path}")


def test_settings_that_survive_a_power_cut(path: Path, open_play: Any) -> None:
    play = open_play(f"sqlite:///{path}")
    with play.ledger._database.reading() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        ]
    assert found == ["delete", 3, 1, 1]
    strict = sqlite3.connect(path)
    tables = strict.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
    kinds = {name: kind for name, kind in tables if not name.startswith("sqlite_")}
    strict.close()
    assert len(kinds) == 7
    assert set(kinds.values()) == {1}


def test_a_ledger_left_in_wal_mode_is_brought_back(path: Path, open_play: Any) -> None:
    open_ledger(f"sqlite:///{path}").close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA journal_mode=WAL")
    other.close()
    open_play(f"sqlite:///{path}").planned(1)
    check = sqlite3.connect(path)
    assert check.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    check.close()


@pytest.mark.parametrize(
    ("pragma", "words"),
    [
        ("PRAGMA max_page_count=1", "full.*make room"),
        ("PRAGMA query_only=ON", "readonly.*writable"),
    ],
)
def test_no_step_is_promised_that_is_not_on_disk(
    path: Path, open_play: Any, pragma: str, words: str
) -> None:
    url = f"sqlite:///{path}"
    play = open_play(url)
    play.approved(1)
    fence = play.own().fence
    before = play.ledger.stored_states()
    fail_from_now_on(play.ledger, pragma)

    with pytest.raises(StorageError, match=words):
        # Enough new requests that even the room inside the last pages does not do.
        play.ledger.plan([play.request(n) for n in range(10, 400)], play.step())
    if "query_only" in pragma:
        with pytest.raises(StorageError, match=words):
            play.begin(1, fence)
    assert play.ledger.stored_states() == before

    after = open_play(url)
    assert after.ledger.verify() == 2
    assert after.begin(1, after.own().fence) == 1


def test_a_file_size_limit_loses_nothing_that_was_acknowledged(path: Path, open_play: Any) -> None:
    url = f"sqlite:///{path}"
    open_ledger(url).close()
    limit = path.stat().st_size + 65_536

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    acknowledged = path.with_name("acknowledged")
    done = subprocess.run(
        [sys.executable, WRITER, "once", url, acknowledged],
        preexec_fn=limited,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 6, done.stderr
    assert "StorageError" in done.stderr
    told = acknowledged.read_text().splitlines()
    assert len(told) > 20
    play = open_play(url)
    play.ledger.verify()
    events = play.ledger.events().to_pylist()
    kept = [f"{event['request_id']} {event['to_state']}" for event in events]
    assert set(told) <= set(kept)
    assert len(kept) - len(told) <= 1
    play.approved(900_001)


def test_a_file_that_is_no_ledger_is_left_alone(path: Path) -> None:
    path.parent.mkdir(parents=True, mode=0o700)
    path.write_bytes(b"not a database, but long enough to look like one" * 50)
    path.chmod(0o600)
    with pytest.raises(StorageError, match="restore the last backup or name another"):
        open_ledger(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"not a database")


def test_a_missing_ledger_is_not_made_unasked(path: Path) -> None:
    with pytest.raises(StorageError, match="no ledger"):
        open_ledger(f"sqlite:///{path}", create=False)
    assert not path.parent.exists()


def test_an_empty_database_holds_no_ledger(ledger_url: str) -> None:
    if ledger_url.startswith("sqlite"):
        file = Path(ledger_url.removeprefix("sqlite:///"))
        file.parent.mkdir(mode=0o700)
        file.touch(mode=0o600)
    with pytest.raises(StorageError, match="holds no ledger"):
        open_ledger(ledger_url, create=False)


def test_a_newer_format_is_refused(path: Path) -> None:
    open_ledger(f"sqlite:///{path}").close()
    newer = sqlite3.connect(path)
    newer.execute("UPDATE ledger_format SET version = 99")
    newer.commit()
    newer.close()
    with pytest.raises(StorageError, match=r"format 99.*use the program"):
        open_ledger(f"sqlite:///{path}")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/base"])
def test_a_ledger_is_a_file_or_postgresql(url: str) -> None:
    with pytest.raises(ValueError, match="ledger"):
        open_ledger(url)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot make the ledger"):
        open_ledger(f"sqlite:///{tmp_path / 'file' / 'ledger' / 'ledger.sqlite'}")


def test_a_password_is_never_told(tmp_path: Path) -> None:
    url = f"postgresql://ann:s3cret-canary@/base?host={tmp_path}"
    with pytest.raises(StorageError) as caught:
        open_ledger(url)
    assert "s3cret-canary" not in str(caught.value)
    assert "ann:***@" in str(caught.value)


def test_postgresql_lock_lets_one_process_click(
    new_postgresql_ledger_url: Callable[[], str], open_play: Any
) -> None:
    url = new_postgresql_ledger_url()
    first, second = open_play(url), open_play(url)
    first.own()
    with pytest.raises(HeldLockError, match="owned by pid 1 on here since 2026-11-25"):
        second.own()
    first.ledger.release_ownership()
    assert second.own().fence == 2


def test_two_ledgers_in_one_database_do_not_hinder_each_other(
    new_postgresql_ledger_url: Callable[[], str], open_play: Any
) -> None:
    one, other = open_play(new_postgresql_ledger_url()), open_play(new_postgresql_ledger_url())
    one.own()
    other.own()
    one.approved(1)
    assert other.ledger.requests().num_rows == 0


def test_when_the_server_dies_nothing_may_be_clicked(
    new_postgresql_server: Callable[[], Any], open_play: Any
) -> None:
    server = new_postgresql_server()
    play = open_play(server.url)
    (key,) = play.approved(1)
    fence = play.own().fence
    server.kill()
    with pytest.raises(StorageError, match="connection that owned the ledger"):
        play.begin(1, fence)
    server.start()

    with pytest.raises(Exception, match="does not own") as caught:
        play.begin(1, fence)  # the database works again, but the lock is gone
    assert caught.value.refusal == "not_the_owner"
    assert play.state(key) == "approved"
    assert play.begin(1, play.own().fence) == 1


def test_a_ledger_without_fsync_is_refused(
    new_postgresql_server: Callable[[], Any],
) -> None:
    server = new_postgresql_server()
    server.stop()
    with (server.folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write("fsync = off\n")
    server.start()
    with pytest.raises(StorageError, match="fsync"):
        open_ledger(server.url)
