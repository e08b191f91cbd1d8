"""Approved requests, a stand-in that has their feedback, and processes that submit them."""

import importlib.util
import json
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from feedback_manager.stand_in import ControlClient, FeedbackRow, StandIn, StoreSettings, serve
from schemas.identifiers import content_sha256, feedback_id
from schemas.planned_request import PlannedRequest
from schemas.submission import Step
from schemas.vocabularies import RequestState
from store.ledger import Selection, open_ledger

PROCESS = Path(__file__).with_name("outbox_process.py")
ACCOUNT = "Harbour Lane Goods"
COMMENT = "It broke after two days, poor quality."
ANSWER_DELAY_MS = 30


@pytest.fixture(scope="session")
def outbox_process() -> ModuleType:
    """The module of the submitting process, for tests that use its page in this process."""
    spec = importlib.util.spec_from_file_location("outbox_process", PROCESS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look it up
    spec.loader.exec_module(module)
    return module


class Submitters:
    """Starts submitting processes, one at a time, each forked so that it starts at once."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def start(self, **orders: Any) -> int:
        """Start one; its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(orders) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def wait(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        assert self._process.stdout is not None
        word, code = self._process.stdout.readline().split()
        assert word == "gone"
        return int(code)

    def run(self, **orders: Any) -> int:
        """Start one and wait for its end."""
        self.start(**orders)
        return self.wait()


@dataclass
class Bench:
    """One ledger in front of one stand-in."""

    url: str
    folder: Path
    stand_in: "StandIn | SiteProcess"
    module: ModuleType
    numbers: int = 0
    answer_delay_ms: int = ANSWER_DELAY_MS
    seen: Counter[str] = field(default_factory=Counter)
    """Requests by order that reached the stand-in's books before it was last reset."""
    _stack: ExitStack = field(default_factory=ExitStack)

    def submitters(self, url: str | None = None) -> Submitters:
        """A place to start submitting processes from."""
        process = subprocess.Popen(
            [sys.executable, PROCESS, url or self.url, self.folder, self.stand_in.base_url()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._stack.callback(_end, process)
        return Submitters(process)

    def renew(self, count: int, *, answer_delay_ms: int = ANSWER_DELAY_MS) -> list[str]:
        """Forget the stand-in's rows and begin with so many new ones, all approved; their orders."""
        self.settle()
        self.answer_delay_ms = answer_delay_ms
        self.seen.update(self.stand_in.control.counts())
        today = datetime.now(UTC).date()
        orders = []
        for _ in range(count):
            self.numbers += 1
            orders.append(f"111-{self.numbers:07d}-7654321")
        rows = [
            FeedbackRow(ACCOUNT, "US", order, today - timedelta(days=3), 1, COMMENT)
            for order in orders
        ]
        store = StoreSettings(ACCOUNT, "US", answer_delay_ms=answer_delay_ms)
        self.stand_in.control.reset(rows, [store])
        planned = [
            PlannedRequest(
                feedback_id=feedback_id(ACCOUNT, "US", order),
                account=ACCOUNT,
                marketplace="US",
                order_id=order,
                ground="product_review",
                category="product-feedback",
                reason_code="203",
                deadline_date=today + timedelta(days=60),
                content_sha256=content_sha256(1, COMMENT),
                rule_version="1",
                policy_version="2026-11",
            )
            for order in orders
        ]
        step = Step("ann", "run-0", datetime.now(UTC))
        with open_ledger(self.url) as ledger:
            ledger.plan(planned, step)
            ledger.approve(Selection(), step)
        self.folder.mkdir(exist_ok=True)
        (self.folder / "orders").write_text("\n".join(orders), "utf-8")
        return orders

    def await_owner(self, before: int) -> None:
        """Wait until one more process owns the ledger, or for a second."""
        give_up = time.monotonic() + 1
        while self.owners() <= before and time.monotonic() < give_up:
            time.sleep(0.002)

    def owners(self) -> int:
        """How many processes have owned the ledger so far."""
        told = self.folder / "told"
        return told.stat().st_size if told.exists() else 0

    def settle(self) -> None:
        """Let the stand-in count what is on its way."""
        time.sleep(3 * self.answer_delay_ms / 1000)

    def counts(self) -> Counter[str]:
        """Requests by order that reached the stand-in's books, from the beginning."""
        return self.seen + Counter(self.stand_in.control.counts())

    def count(self, *states: str) -> int:
        """Requests in these states."""
        with open_ledger(self.url) as ledger:
            return int(ledger.requests(states=[RequestState(s) for s in states]).num_rows)

    def has_double(self) -> bool:
        """Whether some order has two requests by now."""
        self.settle()
        return max(self.counts().values(), default=0) > 1

    def states(self) -> dict[str, str]:
        """State by order, after checking that log and states agree."""
        with open_ledger(self.url) as ledger:
            ledger.verify()
            assert ledger.rebuild_states() == ledger.stored_states()
            return {row["order_id"]: row["state"] for row in ledger.requests().to_pylist()}

    def drain(self, submitters: Submitters, *, tries: int = 40, **orders: Any) -> None:
        """Run undisturbed until nothing is approved or in doubt."""
        for _ in range(tries):
            if not self.count("approved", "submitting", "unknown", "reconciling"):
                return
            submitters.run(**orders)
            time.sleep(0.05)
        pytest.fail(f"doubt is not resolved: {Counter(self.states().values())}")

    def verdict(self) -> "Verdict":
        """What became of everything."""
        self.settle()
        counts, states = self.counts(), self.states()
        return Verdict(
            doubles=sorted(order for order, count in counts.items() if count > 1),
            lost=sorted(o for o, state in states.items() if state == "submitted" and not counts[o]),
            unnoted=sorted(o for o, state in states.items() if state == "approved" and counts[o]),
            states=Counter(states.values()),
            doubts=self.doubts(),
        )

    def doubts(self) -> int:
        """How often a process left a request between intent and result."""
        with open_ledger(self.url) as ledger:
            return ledger.events()["reason"].to_pylist().count("owner_gone")


@dataclass(frozen=True)
class Verdict:
    """Doubles, lost requests, requests that Amazon has and the ledger would ask again, states, interrupted clicks."""

    doubles: list[str]
    lost: list[str]
    unnoted: list[str]
    states: Counter[str]
    doubts: int

    @property
    def is_clean(self) -> bool:
        return not (self.doubles or self.lost or self.unnoted)

    def __str__(self) -> str:
        return (
            f"{sum(self.states.values())} requests {dict(self.states)}, {self.doubts} interrupted clicks; "
            f"{len(self.doubles)} double, {len(self.lost)} lost, {len(self.unnoted)} unnoted"
        )


def _end(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(timeout=30)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


@contextmanager
def a_bench(url: str, folder: Path, module: ModuleType) -> Iterator[Bench]:
    open_ledger(url).close()
    with serve([]) as stand_in, ExitStack() as stack:
        yield Bench(url, folder, stand_in, module, _stack=stack)


@pytest.fixture
def bench(ledger_url: str, tmp_path: Path, outbox_process: ModuleType) -> Iterator[Bench]:
    """On each database."""
    with a_bench(ledger_url, tmp_path / "home", outbox_process) as made:
        yield made


@pytest.fixture
def new_bench(tmp_path: Path, outbox_process: ModuleType) -> Iterator[Callable[[str], Bench]]:
    """At a URL."""
    with ExitStack() as stack:
        yield lambda url: stack.enter_context(a_bench(url, tmp_path / "home", outbox_process))


class SiteProcess:
    """The stand-in as `feedback-removal stand-in` serves it, in a process of its own that can be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ports = [_free_port(), _free_port()]
        self.control = ControlClient(f"http://127.0.0.1:{self._ports[1]}")
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "inbox").mkdir()

    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    def start(self) -> None:
        ports = ["--port", str(self._ports[0]), "--control-port", str(self._ports[1])]
        today = datetime.now(UTC).date().isoformat()
        command = [Path(sys.executable).with_name("feedback-removal"), "stand-in", "--as-of", today]
        places = ["--inbox", self._folder / "inbox", "--state", self._folder / "site.sqlite"]
        self._process = subprocess.Popen(
            [*command, *ports, *places], stdout=subprocess.DEVNULL, cwd=self._folder
        )
        give_up = time.monotonic() + 30
        while True:
            try:
                self.control.now()
            except OSError:
                assert self._process.poll() is None, "the stand-in ended by itself"
                assert time.monotonic() < give_up, "the stand-in does not answer"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def site_bench(tmp_path: Path, outbox_process: ModuleType) -> Iterator[Bench]:
    """A bench whose stand-in can be killed."""
    url = f"sqlite:///{tmp_path}/ledger/ledger.sqlite"
    open_ledger(url).close()
    site = SiteProcess(tmp_path)
    site.start()
    try:
        with ExitStack() as stack:
            yield Bench(url, tmp_path / "home", site, outbox_process, _stack=stack)
    finally:
        site.kill()


@pytest.fixture
def sqlite_bench(tmp_path: Path, new_bench: Callable[[str], Bench]) -> Bench:
    return new_bench(f"sqlite:///{tmp_path}/ledger/ledger.sqlite")
