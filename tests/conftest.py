"""Options that tests may ask for, and a real PostgreSQL for those that need one."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the project's own options."""
    parser.addoption(
        "--full-sweeps",
        action="store_true",
        help="run crash and power-cut sweeps at full size (minutes) instead of a sample",
    )
    parser.addoption(
        "--full-fuzz",
        action="store_true",
        help="read 100,000 mutated reports (about ten minutes) instead of 2,000",
    )


def _quick_folder() -> Path:
    """Where files cost least: in memory if there is room. A killed process loses nothing there either."""
    memory = Path("/dev/shm")  # noqa: S108 - what is made in it has a name of its own and mode 0700
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30
    return memory if has_room and os.access(memory, os.W_OK) else Path("/tmp")  # noqa: S108 - as above


def _other_user() -> str:
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        return "nobody"


class PostgresqlServer:
    """A PostgreSQL server of our own in a temporary folder, reached by a socket in that folder."""

    def __init__(self, programs: Path) -> None:
        # The server refuses to run as root, and another user cannot enter pytest's own temporary folders.
        self._user = _other_user() if os.geteuid() == 0 else None
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="ledger-pg-", dir=_quick_folder()))
        if self._user:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "-D", "data", "-U", "ledger", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.url = f"postgresql://ledger@/postgres?host={self.folder}"
        self._server: subprocess.Popen[bytes] | None = None

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self._programs / program, *arguments],
            check=True,
            cwd=self.folder,
            user=self._user,
            stdout=subprocess.DEVNULL,
        )

    def start(self) -> None:
        """Start and wait until it answers."""
        log = (self.folder / "log").open("ab")
        with log:
            self._server = subprocess.Popen(
                [
                    self._programs / "postgres",
                    *("-D", "data", "-k", self.folder),
                    *("-c", "listen_addresses=", "-c", "max_connections=60"),
                ],
                cwd=self.folder,
                user=self._user,
                stdout=log,
                stderr=log,
            )
        give_up = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url.replace("?", "?connect_timeout=2&")).close()
            except psycopg.OperationalError:
                if time.monotonic() > give_up or self._server.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as the kernel would: no farewell, no checkpoint, children and all."""
        if self._server is None:
            return
        pid = self._server.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        self._end(signal.SIGKILL)
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(timeout=30)  # reaped: a zombie would make the old pid file look alive
            self._server = None

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _programs() -> Path | None:
    def version(folder: Path) -> int:
        return int("".join(filter(str.isdigit, folder.parent.name)) or 0)

    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=version)
    if packaged:
        return packaged[-1]
    found = shutil.which("postgres")
    return Path(found).resolve().parent if found else None


@pytest.fixture(scope="session")
def new_postgresql_server() -> Iterator[Callable[[], PostgresqlServer]]:
    """Makes servers that a test may kill; all are removed at the end of the session."""
    programs = _programs()
    if programs is None:
        message = "no PostgreSQL is installed; install it (apt install postgresql) or set TEST_POSTGRES_URL"
        if os.environ.get("REQUIRE_POSTGRESQL"):
            pytest.fail(message)
        pytest.skip(message)
    servers: list[PostgresqlServer] = []

    def start() -> PostgresqlServer:
        server = PostgresqlServer(programs)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.kill()
        server.remove()


@pytest.fixture(scope="session")
def postgresql_url(request: pytest.FixtureRequest) -> str:
    """A running PostgreSQL: the one that TEST_POSTGRES_URL names, else one of our own."""
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        return given
    server: PostgresqlServer = request.getfixturevalue("new_postgresql_server")()
    return server.url


@pytest.fixture(scope="session")
def new_postgresql_ledger_url(postgresql_url: str) -> Iterator[Callable[[], str]]:
    """Makes URLs of empty places for a ledger, each a schema of its own in one database."""
    numbers = count(1)
    made: list[str] = []

    def make() -> str:
        name = f"ledger_{os.getpid()}_{next(numbers)}"
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        made.append(name)
        url = sa.make_url(postgresql_url)
        return url.update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(
            hide_password=False
        )

    yield make
    if made and "TEST_POSTGRES_URL" in os.environ:  # our own server is thrown away as a whole
        with psycopg.connect(postgresql_url) as connection:
            connection.execute(f"DROP SCHEMA {', '.join(made)} CASCADE")


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of an empty place for a ledger, on each database."""
    if request.param == "sqlite":
        with tempfile.TemporaryDirectory(prefix="ledger-", dir=_quick_folder()) as folder:
            yield f"sqlite:///{folder}/ledger/ledger.sqlite"
    else:
        make: Callable[[], str] = request.getfixturevalue("new_postgresql_ledger_url")
        yield make()


@pytest.fixture(scope="session")
def browser_file() -> Path:
    """A Chromium or Chrome; without one its tests fail in CI and are skipped elsewhere."""
    from feedback_manager.page import find_browser

    found = find_browser()
    if found is None:
        message = "no Chromium or Chrome is installed (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return found
