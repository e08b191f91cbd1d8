"""Telling people and the dead-man's switch about runs: a real web server on this machine hears what is sent."""

import json
import socket
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from flows.config import ConfigError, load_config
from flows.doctor import examine
from flows.exit_codes import ExitCode
from flows.notifying.addresses import MissingVariableError, with_secrets
from flows.notifying.people import send
from flows.notifying.run_told import run_told
from flows.notifying.summary_message import Waiting, failure_message, summary_message
from flows.notifying.watchdog import Ping, ping
from flows.run_summary import FileLine, RunSummary
from flows.settings import resolve
from flows.work import running
from store.process_lock import process_lock

AS_OF = date(2026, 11, 20)


class Ear:
    """A web server that remembers what it was asked."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []
        self.answer = 200
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def _hear(self) -> None:
                size = int(self.headers.get("Content-Length") or 0)
                ear.heard.append((self.path, self.rfile.read(size).decode()))
                self.send_response(ear.answer)
                self.end_headers()

            do_GET = do_POST = _hear  # noqa: N815 - the names that the server looks for

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.heard]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.close()


def listen(home: Path, ear: Ear, more: str = "") -> None:
    """Configure a home so that everything is told to the ear."""
    home.mkdir(exist_ok=True)
    (home / "feedback-removal.toml").write_text(
        f'[notify]\nurls = ["json://{ear.address}/people"]\n{more}\n'
        f'[notify.watchdog]\nstart = "http://{ear.address}/start"\n'
        f'success = "http://{ear.address}/success"\nfail = "http://{ear.address}/fail"\n',
        "utf-8",
    )


def a_run(home: Path, *codes: ExitCode, is_watched: bool = True) -> RunSummary:
    settings = resolve(home=home, as_of=AS_OF)
    with run_told(settings, is_watched=is_watched) as telling, running(settings) as work:
        telling.about(work)
        for code in codes:
            work.summary.say("something was found", code)
        telling.ending()
    return work.summary


def test_a_run_pings_and_tells(tmp_path: Path, ear: Ear) -> None:
    listen(tmp_path, ear)
    summary = a_run(tmp_path)
    assert ear.paths == ["/start", "/success", "/people"]
    assert all(not body for path, body in ear.heard if path != "/people")
    told = json.loads(ear.heard[-1][1])
    assert told["title"] == "feedback-removal 2026-11-20: done, nothing waits"
    assert summary.run_id in told["message"]
    assert not summary.messages


def test_a_run_with_an_end_that_needs_somebody_pings_failure(tmp_path: Path, ear: Ear) -> None:
    listen(tmp_path, ear)
    a_run(tmp_path, ExitCode.SITE)
    assert ear.paths == ["/start", "/fail", "/people"]
    assert ExitCode.SITE.meaning in json.loads(ear.heard[-1][1])["title"]


def test_a_defect_is_told_and_still_raised(tmp_path: Path, ear: Ear) -> None:
    listen(tmp_path, ear)
    settings = resolve(home=tmp_path, as_of=AS_OF)

    def broken_run() -> None:
        with run_told(settings, is_watched=True) as telling, running(settings) as work:
            telling.about(work)
            raise ZeroDivisionError("buyer@example.com")

    with pytest.raises(ZeroDivisionError):
        broken_run()
    assert ear.paths == ["/start", "/fail", "/people"]
    assert "a defect of this program" in ear.heard[-1][1]
    assert "buyer@example.com" not in ear.heard[-1][1]


def test_a_run_that_could_not_begin_is_told(tmp_path: Path, ear: Ear) -> None:
    listen(tmp_path, ear)
    with process_lock(tmp_path), pytest.raises(Exception, match="is in use by process"):
        a_run(tmp_path)
    assert ear.paths == ["/start", "/fail", "/people"]
    assert ExitCode.LOCKED.meaning in ear.heard[-1][1]


def test_a_run_by_hand_does_not_calm_the_switch(tmp_path: Path, ear: Ear) -> None:
    listen(tmp_path, ear)
    a_run(tmp_path, is_watched=False)
    assert ear.paths == ["/people"]


@pytest.mark.parametrize(("codes", "told"), [((), 0), ((ExitCode.QUARANTINED,), 1)])
def test_people_can_ask_to_be_told_only_when_needed(
    tmp_path: Path, ear: Ear, codes: tuple[ExitCode, ...], told: int
) -> None:
    listen(tmp_path, ear, "only_when_needed = true")
    a_run(tmp_path, *codes)
    assert ear.paths.count("/people") == told


def test_a_notifier_that_fails_never_fails_the_run(tmp_path: Path, ear: Ear) -> None:
    listen(tmp_path, ear)
    ear.answer = 500
    summary = a_run(tmp_path)
    assert summary.exit_code == 0
    assert summary.messages == [
        "not told: watchdog, start: answered 500",
        "not told: watchdog, success: answered 500",
        "not told: notify.urls, entry 1 (json): was not accepted; try the address with the command line of Apprise",
    ]
    on_disk = json.loads(Path(summary.places["summary"]).read_text("utf-8"))
    assert on_disk["messages"] == summary.messages


def test_nobody_there_is_a_sentence() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{reserved.getsockname()[1]}/"
        assert ping(Ping.START, address) == "watchdog, start: not reached (ConnectError)"


def test_secrets_come_from_the_environment_and_are_never_shown(
    monkeypatch: pytest.MonkeyPatch, ear: Ear
) -> None:
    monkeypatch.setenv("NOTIFY_TOKEN", "s3cret")
    assert with_secrets("json://${NOTIFY_TOKEN}@host") == "json://s3cret@host"
    with pytest.raises(MissingVariableError, match="NOTIFY_OTHER is not set"):
        with_secrets("json://${NOTIFY_OTHER}")
    ear.answer = 403
    message = failure_message(AS_OF, ExitCode.BUG)
    complaints = send(
        message,
        [f"json://user:${{NOTIFY_TOKEN}}@{ear.address}", "json://${NOTIFY_OTHER}", "s3cret"],
    )
    assert len(complaints) == 3
    assert not [complaint for complaint in complaints[:2] if "s3cret" in complaint]


def test_the_message_counts_and_names_nobody() -> None:
    summary = RunSummary.begin(resolve(as_of=AS_OF))
    summary.files = [
        FileLine(
            "Jane Doe Ltd", "US", "jane.doe@example.com.txt", "feedback", "accepted", 12, 9, 2, 1
        ),
        FileLine("Jane Doe Ltd", "US", "b.txt", "unknown", "refused", message="line 3: Jane Doe"),
    ]
    summary.candidates = {"request/fba_fulfillment": 4, "review": 2}
    summary.requests = {"planned": 4, "approved": 0}
    summary.say("b.txt: line 3: Jane Doe", ExitCode.QUARANTINED)
    summary.finish()
    told = summary_message(summary, Waiting(4, date(2026, 11, 23)))
    assert told.needs_attention
    assert told.title == f"feedback-removal 2026-11-20: {ExitCode.QUARANTINED.meaning}"
    assert told.body.splitlines()[:5] == [
        "files: 1 accepted, 1 refused",
        "rows: 12 in = 9 accepted + 2 quarantined + 1 duplicate",
        "candidates: 4 request/fba_fulfillment, 2 review",
        "requests in this run: 4 planned",
        "4 requests wait for a person, the first until 2026-11-23",
    ]
    assert "ane" not in told.title + told.body


def test_a_watchdog_address_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "feedback-removal.toml"
    path.write_text('[notify.watchdog]\nstart = "ftp://example.com"\n', "utf-8")
    with pytest.raises(
        ConfigError, match=r"feedback-removal\.toml:2: notify\.watchdog\.start: an address"
    ):
        load_config(path)


@pytest.mark.usefixtures("prefect_server")
def test_the_nightly_flow_tells(sample_home: Path, ear: Ear) -> None:
    from flows.nightly import run_nightly
    from flows.progress import Silent

    with (sample_home / "feedback-removal.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[notify]\nurls = ["json://{ear.address}/people"]\n')
        file.write(f'[notify.watchdog]\nstart = "http://{ear.address}/start"\n')
    run_nightly(home=sample_home, config=None, as_of=AS_OF, submit=False, progress=Silent())
    assert ear.paths == ["/start", "/people"]
    body: Any = json.loads(ear.heard[-1][1])
    assert "requests wait for a person, the first until" in body["message"]


def test_doctor_sees_an_address_that_cannot_work(
    tmp_path: Path, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(tmp_path, ear)
    assert check_of_notify(tmp_path) == (True, "1 address, 3 of the watchdog; nothing was sent")
    text = (tmp_path / "feedback-removal.toml").read_text("utf-8")
    (tmp_path / "feedback-removal.toml").write_text(
        text.replace("json://", "jsn://${TOKEN}@"), "utf-8"
    )
    assert check_of_notify(tmp_path)[1].endswith("TOKEN is not set where the run was started")
    monkeypatch.setenv("TOKEN", "s3cret")
    is_good, found = check_of_notify(tmp_path)
    assert not is_good
    assert "entry 1 (jsn): no address that Apprise understands" in found
    assert "s3cret" not in found
    assert not ear.heard


def check_of_notify(home: Path) -> tuple[bool, str]:
    found = {check.name: check for check in examine(home=home, config=None)}["notify"]
    return found.is_good, found.found
