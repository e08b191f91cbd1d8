import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from schemas.submission import Caps
from schemas.vocabularies import Certainty, Decision
from store.ledger import LedgerDamagedError
from store.ledger.event_chain import Event, replay, state_bytes

COLUMNS = (
    "actor",
    "reason",
    "at",
    "run_id",
    "from_state",
    "to_state",
    "evidence_sha256",
    "content_sha256",
    "changes",
    "hash",
    "previous_hash",
)


def lived(play: Any) -> str:
    """A request that went all the way, so that the log has something in every column."""
    (key,) = play.approved(1)
    play.ledger.hand_out([key], "w1", play.step(), caps=Caps())
    play.ledger.report_submitted(key, play.step(proof=True))
    play.ledger.decide(key, Decision.STRUCK, Certainty.CONFIRMED, play.step(proof=True))
    return str(key)


def tamper(url: str, statement: str) -> None:
    """Change the database behind the ledger's back, triggers removed, as somebody with the file could."""
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    if url.startswith("sqlite"):
        engine = sa.create_engine(url)
    with engine.begin() as connection:
        if url.startswith("sqlite"):
            for trigger in ("event_no_update", "event_no_delete", "event_only_next"):
                connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        else:
            connection.exec_driver_sql("ALTER TABLE event DISABLE TRIGGER USER")
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_the_log_of_a_whole_life_adds_up(play: Any) -> None:
    key = lived(play)
    assert play.ledger.verify_chain() == 5
    (line,) = play.ledger.rebuild_states().splitlines()
    assert line == play.ledger.stored_states().rstrip(b"\n")
    row = json.loads(line)
    assert (row["request_id"], row["state"], row["decision"]) == (key, "decided", "struck")


@pytest.mark.parametrize("column", COLUMNS)
def test_a_changed_event_is_named(ledger_url: str, open_play: Any, column: str) -> None:
    play = open_play(ledger_url)
    lived(play)
    value = "'{}'" if column == "changes" else f"'{'d' * 64}'"
    if column in {"from_state", "to_state"}:
        value = "'held'"
    change = f"UPDATE event SET {column} = {value} WHERE sequence = 3"  # noqa: S608 - both are of this test
    tamper(ledger_url, change)
    with pytest.raises(LedgerDamagedError, match="event 3 "):
        play.ledger.verify_chain()


@pytest.mark.parametrize(
    ("removal", "named"),
    [
        ("DELETE FROM event WHERE sequence = 1", "event 1 "),
        ("DELETE FROM event WHERE sequence = 4", "event 4 "),
    ],
)
def test_a_removed_event_is_named(
    ledger_url: str, open_play: Any, removal: str, named: str
) -> None:
    play = open_play(ledger_url)
    lived(play)
    tamper(ledger_url, removal)
    with pytest.raises(LedgerDamagedError, match=named):
        play.ledger.verify_chain()


def test_a_cut_off_tail_shows_against_the_states(ledger_url: str, open_play: Any) -> None:
    play = open_play(ledger_url)
    key = lived(play)
    tamper(ledger_url, "DELETE FROM event WHERE sequence = 5")
    assert play.ledger.verify_chain() == 4
    with pytest.raises(LedgerDamagedError, match=key):
        play.ledger.verify()


def test_a_changed_state_shows(ledger_url: str, open_play: Any) -> None:
    play = open_play(ledger_url)
    key = lived(play)
    tamper(ledger_url, "UPDATE request_state SET attempt = 1")
    with pytest.raises(LedgerDamagedError, match=key):
        play.ledger.verify()
    assert play.ledger.rebuild_states() != play.ledger.stored_states()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor = 'eve'",
        "DELETE FROM event",
        "INSERT INTO event SELECT * FROM event WHERE sequence = 1",
    ],
)
def test_the_log_only_grows_whoever_connects(
    ledger_url: str, open_play: Any, statement: str
) -> None:
    lived(open_play(ledger_url))
    url = sa.make_url(ledger_url)
    engine = sa.create_engine(
        url if url.drivername == "sqlite" else url.set(drivername="postgresql+psycopg")
    )
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_sqlite_does_not_replace_an_event(tmp_path: Any, open_play: Any) -> None:
    path = tmp_path / "ledger" / "ledger.sqlite"
    lived(open_play(f"sqlite:///{path}"))
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("REPLACE INTO event SELECT * FROM event WHERE sequence = 2")
    connection.close()


def test_events_hold_no_order_and_no_words(play: Any) -> None:
    lived(play)
    request = play.request(1)
    written = json.dumps(play.ledger.events().to_pylist(), default=str)
    assert request.order_id not in written
    assert "invented words" not in written


def test_the_same_steps_have_the_same_bytes_on_both_databases(
    tmp_path: Any, new_postgresql_ledger_url: Any, open_play: Any
) -> None:
    logs = []
    for url in (f"sqlite:///{tmp_path / 'ledger' / 'ledger.sqlite'}", new_postgresql_ledger_url()):
        play = open_play(url)
        lived(play)
        play.approved(2)
        fence = play.own().fence
        play.begin(2, fence)
        play.own(seconds=100)
        logs.append((play.ledger.events().to_pylist(), play.ledger.rebuild_states()))
    assert logs[0] == logs[1]
    assert len(logs[0][0]) == 9


GOLDEN = Path(__file__).parents[2] / "golden" / "ledger"


@pytest.mark.parametrize("case", sorted(GOLDEN.iterdir()), ids=lambda case: case.name)
def test_a_log_of_yesterday_gives_the_states_of_yesterday(case: Path) -> None:
    """A program that reads an old ledger differently must say so by a new format version."""
    lines = (case / "events.jsonl").read_text(encoding="utf-8").splitlines()
    states = replay(Event(**json.loads(line)) for line in lines)
    assert state_bytes(states.values()) == (case / "expect.states.jsonl").read_bytes()
