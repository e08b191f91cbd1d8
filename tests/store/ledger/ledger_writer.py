"""Processes that write to a ledger as fast as they can, to be killed, limited or set against each other.

Started with one of:
    once URL FILE              write until something stops it
    fork URL FILE              for each line on standard input fork a writer and print its process id; print `gone` after it
    plan URL FOLDER N COUNT    N processes side by side, each planning COUNT requests, one step each
    approve URL FOLDER N CAP   N processes side by side, each approving what it can, one step each, within the cap
After each step that the ledger acknowledged a line `<request id> <state>` is appended to FILE.
"""

import os
import sys
from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

from schemas.identifiers import content_sha256, feedback_id
from schemas.planned_request import PlannedRequest
from schemas.submission import BootTime, Caps, Intent, Step
from schemas.vocabularies import Certainty, Decision, RequestState, SubmissionChannel
from store.errors import StorageError
from store.ledger import Ledger, Selection, open_ledger

AT = datetime(2026, 11, 25, 3, tzinfo=UTC)
PROOF = "e" * 64
NO_LIMIT = Caps(per_account=1_000_000)


def request(number: int) -> PlannedRequest:
    order = f"222-{number:07d}-1234567"
    return PlannedRequest(
        feedback_id=feedback_id("north", "US", order),
        account="north",
        marketplace="US",
        order_id=order,
        ground="product_review",
        category="product-feedback",
        reason_code="203",
        deadline_date=date(2027, 1, 1),
        content_sha256=content_sha256(1, "invented"),
        rule_version="1",
        policy_version="2026-11",
    )


def step() -> Step:
    return Step("writer", "run-1", AT, evidence_sha256=PROOF)


def write(url: str, told: int) -> None:
    """Take requests all the way, and say after each step that it is done."""
    with open_ledger(url) as ledger:
        boot = BootTime("boot-1", 100.0)
        fence = ledger.take_ownership(step(), holder="writer", boot=boot).fence
        for doubt in ledger.in_doubt(step(), boot=boot):
            ledger.report_not_submitted(doubt.request_id, step())
            tell(told, doubt.request_id, RequestState.APPROVED)
        first = ledger.requests().num_rows
        for number in count(first):
            take_all_the_way(ledger, number, fence, told)


def take_all_the_way(ledger: Ledger, number: int, fence: int, told: int) -> None:
    new = request(number)
    key = new.request_id
    ledger.plan([new], step())
    tell(told, key, RequestState.PLANNED)
    ledger.approve(Selection(request_ids=(key,)), step())
    tell(told, key, RequestState.APPROVED)
    now = BootTime("boot-1", 100.0)
    intent = Intent(fence, now, now.later(60), new.content_sha256, SubmissionChannel.BROWSER)
    ledger.begin_submission(key, intent, step(), caps=NO_LIMIT)
    tell(told, key, RequestState.SUBMITTING)
    ledger.mark_submitted(key, step(), fence=fence)
    tell(told, key, RequestState.SUBMITTED)
    ledger.decide(key, Decision.REMOVED, Certainty.CONFIRMED, step())
    tell(told, key, RequestState.DECIDED)


def tell(told: int, key: str, state: RequestState) -> None:
    os.write(told, f"{key} {state}\n".encode())


def fork_writers(url: str, told: int) -> None:
    """Fork a writer for each line, so that a killed one costs no new start of Python."""
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            with suppress(StorageError):
                write(url, told)
            os._exit(0)
        print(pid, flush=True)  # noqa: T201 - this is how the test learns it
        os.waitpid(pid, 0)
        print("gone", flush=True)  # noqa: T201


def plan_some(url: str, told: int, who: int, how_many: int) -> None:
    with open_ledger(url) as ledger:
        for number in range(how_many):
            new = request(who * 100_000 + number)
            ledger.plan([new], step())
            tell(told, new.request_id, RequestState.PLANNED)


def approve_some(url: str, told: int, cap: int) -> None:
    with open_ledger(url) as ledger:
        keys = ledger.requests(states=[RequestState.PLANNED])["request_id"].to_pylist()
        for key in keys:
            done = ledger.approve(Selection(request_ids=(key,)), step(), caps=Caps(per_account=cap))
            for taken in done.taken:
                tell(told, taken, RequestState.APPROVED)


def side_by_side(what: str, url: str, told: int, processes: int, number: int) -> int:
    children = []
    for who in range(processes):
        pid = os.fork()
        if pid == 0:
            try:
                if what == "plan":
                    plan_some(url, told, who, number)
                else:
                    approve_some(url, told, number)
            except StorageError as error:
                print(f"StorageError: {error}", file=sys.stderr, flush=True)  # noqa: T201
                os._exit(6)
            os._exit(0)
        children.append(pid)
    return sum(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0 for pid in children)


def main() -> int:
    what, url, file, *numbers = sys.argv[1:]
    told = os.open(Path(file), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    match what:
        case "once":
            try:
                write(url, told)
            except StorageError as error:
                print(f"StorageError: {error}", file=sys.stderr)  # noqa: T201
                return 6
        case "fork":
            fork_writers(url, told)
        case _:
            return side_by_side(what, url, told, int(numbers[0]), int(numbers[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
