"""A submitting process to be killed, stopped and doubled, and the thin page object through which it speaks to the stand-in.

The outbox, the ledger, the process lock and the stand-in's web server are the real ones. Only the browser is left out: `HttpPage`
implements the outbox's seam (`StorePage`) on the stand-in's own HTTP endpoints, because a browser takes seconds to start.

Started as `outbox_process.py LEDGER_URL FOLDER BASE_URL`; for each line of JSON on standard input it forks a worker, prints its
process id, and prints `gone STATUS` after it.
"""

import hashlib
import json
import os
import re
import resource
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from feedback_manager.boot_clock import BootClock
from feedback_manager.errors import (
    LastCheckFailedError,
    NotInListError,
    OutageError,
    SignInNeededError,
    UnknownOutcomeError,
)
from feedback_manager.outbox import Outbox, Pace, Reconciliation, Switch, Terms
from feedback_manager.page.reading import (
    ActionState,
    ReadyToClick,
    RowReading,
    SubmittedEvidence,
    Target,
)
from feedback_manager.page.submission import BeforeClick, require_proof, require_sendable
from schemas.identifiers import content_sha256
from schemas.submission import Caps, Step
from schemas.vocabularies import SubmissionChannel
from store.errors import StorageError
from store.ledger import LedgerSettings, open_ledger
from store.process_lock import HeldLockError, process_lock

ACCOUNT = "Harbour Lane Goods"
LOCKED, STORAGE = 5, 6
_NOBODY = 65534
CLICK_SECONDS = 0.15
QUIET_SECONDS = 0.3
"""The stand-in of these tests counts a request 30 ms after it arrived: the quiet period is an hour's model of that."""
GAP_SECONDS = 0.03
NO_LIMIT = Caps(per_account=1_000_000)


class FaultError(RuntimeError):
    """A defect, as far as the program can tell."""


@dataclass
class Points:
    """Boundaries between steps: each is passed by name, and at one of them something may happen."""

    fault_at: int | None = None
    kind: str = ""
    passed: list[str] = field(default_factory=list)

    def at(self, name: str) -> None:
        self.passed.append(name)
        if len(self.passed) - 1 == self.fault_at:
            self._strike(name)

    def _strike(self, name: str) -> None:
        match self.kind:
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)
            case "freeze":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "disk full":
                resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))
            case "read only":
                self._lose_the_right_to_write()
            case "exception":
                raise FaultError(name)
            case "time-out" if name.startswith("page"):
                raise OutageError(f"no answer at {name}")
            case "time-out":
                raise StorageError(f"no answer at {name}")
            case _:
                raise AssertionError(self.kind)

    @staticmethod
    def _lose_the_right_to_write() -> None:
        """From now on no file can be made in the ledger's folder."""
        if os.geteuid() == 0:
            os.setegid(_NOBODY)
            os.seteuid(_NOBODY)
        else:
            Path(os.environ["LEDGER_FOLDER"]).chmod(0o500)


class WithPoints:
    """The ledger, with a boundary before and after each of its steps."""

    def __init__(self, ledger: Any, points: Points) -> None:
        self._ledger = ledger
        self._points = points

    def __getattr__(self, name: str) -> Callable[..., Any]:
        step = getattr(self._ledger, name)

        def bounded(*args: Any, **kwargs: Any) -> Any:
            self._points.at(f"ledger.{name}: before")
            answer = step(*args, **kwargs)
            self._points.at(f"ledger.{name}: after")
            return answer

        return bounded


class HttpPage:
    """The only store of a stand-in, without a browser; the order of the driver's steps is kept."""

    def __init__(self, base_url: str, points: Points, clock: BootClock) -> None:
        self._base_url = base_url
        self._points = points
        self._clock = clock
        self._cookie = self._token = ""
        self.freezes_before_click = False

    def ask(self, target: Target, before_click: BeforeClick) -> SubmittedEvidence:
        row = self.find(target.order_id)
        require_sendable(row, target)
        deadline = before_click(ReadyToClick(target, row, _hash(row)))
        self._points.at("page: before the last check")
        if self._clock.now().seconds > deadline.seconds:
            raise LastCheckFailedError("deadline_passed")
        if self.freezes_before_click:
            os.kill(os.getpid(), signal.SIGSTOP)
        status = self.click(target.order_id, target.category, target.reason_code)
        clicked_at = datetime.now(UTC)
        try:
            self._points.at("page: after the click")
            after = self.find(target.order_id)
        except (OutageError, NotInListError, SignInNeededError) as error:
            raise UnknownOutcomeError("not proven", observation=error.code) from error
        require_proof(after, (status,))
        return SubmittedEvidence(row, after, clicked_at, datetime.now(UTC), (status,), _hash(after))

    def find(self, order_id: str) -> RowReading:
        self._points.at("page.find: before")
        self._open()
        number = pages = 1
        while number <= pages:
            listed = json.loads(self._call(f"/stand-in/rows?page={number}")[1])
            pages = listed["pages"]
            for shown in listed["rows"]:
                if shown["orderId"] == order_id:
                    self._points.at("page.find: after")
                    return _row(shown, number)
            number += 1
        raise NotInListError(f"order {order_id} is on none of {pages} pages")

    def keep(self, row: RowReading) -> str:
        self._points.at("page.keep: before")
        return _hash(row)

    def click(self, order_id: str, category: str, reason: str) -> int:
        body = json.dumps({"orderId": order_id, "category": category, "reason": reason})
        try:
            return self._call("/stand-in/removal", body)[0]
        except OutageError:
            return 0

    def _open(self) -> None:
        status, text = self._call("/feedback-manager/index.html")
        if status != 200 or "feedback-list" not in text:
            raise OutageError(f"HTTP {status}")
        found = re.search(r'"token": "([^"]+)"', text)
        if found is None:
            raise OutageError("no token")
        self._token = found[1]

    def _call(self, path: str, body: str | None = None) -> tuple[int, str]:
        headers = {"cookie": self._cookie, "x-stand-in-token": self._token}
        request = urllib.request.Request(  # noqa: S310 - our own stand-in
            self._base_url + path, body.encode() if body else None, headers
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
                cookie = answer.headers.get("set-cookie")
                self._cookie = cookie.split(";")[0] if cookie else self._cookie
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            raise OutageError("no answer") from error


def _row(shown: Mapping[str, Any], number: int) -> RowReading:
    return RowReading(
        order_id=shown["orderId"],
        date_text=shown["date"],
        rating=shown["rating"],
        comment=shown["comment"],
        content_sha256=content_sha256(shown["rating"], shown["comment"]),
        has_note=shown["note"] is not None,
        is_struck=shown["struck"],
        action=ActionState.OFFERED if shown["offered"] else ActionState.ABSENT,
        page_number=number,
    )


def _hash(row: RowReading) -> str:
    return hashlib.sha256(repr(row.for_evidence()).encode()).hexdigest()


def new_step() -> Step:
    return Step("outbox", f"run-{os.getpid()}", datetime.now(UTC), evidence_sha256="e" * 64)


def settings(quiet_seconds: float = QUIET_SECONDS) -> LedgerSettings:
    return LedgerSettings(
        quiet_period=timedelta(seconds=quiet_seconds), reading_gap=timedelta(seconds=GAP_SECONDS)
    )


def submit(url: str, folder: Path, base_url: str, orders: Mapping[str, Any]) -> int:
    """One run: look into doubt, send what is approved, look again; its exit code."""
    if orders.get("strategy") == "click, then record":
        return click_then_record(folder, base_url)
    try:
        if orders.get("strategy") == "no lock":
            return _submit_as_owner(url, base_url, orders)
        with process_lock(folder):
            return _submit_as_owner(url, base_url, orders)
    except HeldLockError:
        return LOCKED
    except StorageError:
        return STORAGE
    except FaultError:
        return 1


def _submit_as_owner(url: str, base_url: str, orders: Mapping[str, Any]) -> int:
    clock = BootClock()
    points = Points(orders.get("fault_at"), orders.get("kind", ""))
    page = HttpPage(base_url, points, clock)
    page.freezes_before_click = orders.get("freezes", False)
    pages = {"US": page}
    with open_ledger(url, settings=settings(orders.get("quiet", QUIET_SECONDS))) as plain:
        ledger = WithPoints(plain, points)
        try:
            fence = ledger.take_ownership(
                new_step(), holder=f"pid {os.getpid()}", boot=clock.now()
            ).fence
            with Path(orders["told"]).open("ab", buffering=0) as told:
                told.write(b".")
            pace = Pace(0, Switch())
            reconciliation = Reconciliation(
                ledger,
                fence,
                reading_gap_seconds=GAP_SECONDS if orders.get("quiet") != 0 else 0,
                new_step=new_step,
                pace=pace,
                clock=clock,
            )
            reconciliation.look(ACCOUNT, pages)
            outbox = Outbox(
                ledger,
                fence,
                Terms(
                    SubmissionChannel.BROWSER,
                    NO_LIMIT,
                    click_seconds=orders.get("click_seconds", CLICK_SECONDS),
                    rest_seconds=0.01,
                ),
                new_step=new_step,
                switch=Switch(),
                pace=pace,
                clock=clock,
            )
            outbox.send(ledger.ready_requests(ACCOUNT, new_step()), pages)
            reconciliation.conclude()
        finally:
            if name := orders.get("trace"):
                Path(name).write_text(json.dumps(points.passed), "utf-8")
    return 0


def click_then_record(folder: Path, base_url: str) -> int:
    """The control: what a program does that writes down what it did, after it did it."""
    page = HttpPage(base_url, Points(), BootClock())
    orders = (folder / "orders").read_text("utf-8").split()
    journal = folder / "journal"
    recorded = set(journal.read_text("utf-8").split()) if journal.exists() else set()
    page._open()
    for order in orders:
        if order not in recorded:
            page.click(order, "product-feedback", "203")
            with journal.open("a", encoding="utf-8") as file:
                file.write(order + "\n")
                file.flush()
                os.fsync(file.fileno())
    return 0


def main() -> None:
    url, folder, base_url = sys.argv[1:]
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            orders = {"told": f"{folder}/told"} | json.loads(line)
            os._exit(submit(url, Path(folder), base_url, orders))
        print(pid, flush=True)  # noqa: T201 - this is how the test learns it
        _, status = os.waitpid(pid, 0)
        print(f"gone {os.waitstatus_to_exitcode(status)}", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
