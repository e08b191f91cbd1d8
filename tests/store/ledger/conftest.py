"""Invented requests and moments, and a ledger to play them on."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from schemas.identifiers import content_sha256, feedback_id
from schemas.planned_request import PlannedRequest
from schemas.submission import (
    BootTime,
    Caps,
    Intent,
    PageReading,
    RequestFinding,
    Step,
)
from schemas.vocabularies import SubmissionChannel
from store.ledger import Ledger, LedgerSettings, Ownership, Selection, open_ledger

START = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
EVIDENCE = "e" * 64


@dataclass
class Play:
    """One ledger and short ways to say what a test does to it."""

    ledger: Ledger
    url: str
    evidence: str = EVIDENCE
    start: datetime = START

    def request(self, number: int = 1, **changes: Any) -> PlannedRequest:
        order = f"111-{number:07d}-7654321"
        account = changes.get("account", "north")
        made = PlannedRequest(
            feedback_id=feedback_id(account, "US", order),
            account=account,
            marketplace="US",
            order_id=order,
            ground="product_review",
            category="product-feedback",
            reason_code="203",
            deadline_date=date(2026, 12, 20),
            content_sha256=content_sha256(1, f"invented words {number}"),
            rule_version="1",
            policy_version="2026-11",
        )
        return replace(made, **changes)

    def step(
        self, *, actor: str = "ann", proof: bool = False, as_of: date | None = None, **later: float
    ) -> Step:
        return Step(
            actor,
            "run-1",
            START + timedelta(**later),
            evidence_sha256=EVIDENCE if proof else None,
            as_of=as_of,
        )

    def boot(self, seconds: float = 0, boot_id: str = "boot-1") -> BootTime:
        return BootTime(boot_id, 1000 + seconds)

    def planned(self, *numbers: int, **changes: Any) -> list[str]:
        requests = [self.request(number, **changes) for number in numbers]
        self.ledger.plan(requests, self.step())
        return [request.request_id for request in requests]

    def approved(self, *numbers: int, **changes: Any) -> list[str]:
        keys = self.planned(*numbers, **changes)
        result = self.ledger.approve(Selection(request_ids=tuple(keys)), self.step())
        assert result.taken == tuple(keys)
        return keys

    def own(self, seconds: float = 0, boot_id: str = "boot-1", **later: float) -> Ownership:
        return self.ledger.take_ownership(
            self.step(**later), holder="pid 1 on here", boot=self.boot(seconds, boot_id)
        )

    def intent(self, number: int, fence: int, seconds: float = 0, **changes: Any) -> Intent:
        made = Intent(
            fence=fence,
            now=self.boot(seconds),
            deadline=self.boot(seconds + 60),
            content_sha256=self.request(number).content_sha256,
            channel=SubmissionChannel.BROWSER,
        )
        return replace(made, **changes)

    def begin(
        self,
        number: int,
        fence: int,
        *,
        caps: Caps | None = None,
        seconds: float = 0,
        **later: float,
    ) -> int:
        return self.ledger.begin_submission(
            self.request(number).request_id,
            self.intent(number, fence, seconds),
            self.step(**later),
            caps=caps or Caps(),
        )

    def reading(self, finding: RequestFinding, seconds: float) -> PageReading:
        return PageReading(
            finding, START + timedelta(seconds=seconds), self.boot(seconds), EVIDENCE
        )

    def state(self, key: str) -> str:
        return str(self.row(key)["state"])

    def row(self, key: str) -> dict[str, Any]:
        rows = self.ledger.requests().to_pylist()
        (row,) = [row for row in rows if row["request_id"] == key]
        return row


@pytest.fixture
def open_play() -> Iterator[Callable[..., Play]]:
    """Opens ledgers at a URL, with the real periods unless told otherwise, and closes them afterwards."""
    ledgers: list[Ledger] = []

    def make(url: str, settings: LedgerSettings | None = None) -> Play:
        ledgers.append(open_ledger(url, settings=settings))
        return Play(ledgers[-1], url)

    yield make
    for ledger in ledgers:
        ledger.close()


@pytest.fixture
def play(ledger_url: str, open_play: Callable[..., Play]) -> Iterator[Play]:
    """A ledger on each database; whatever a test does, log and states must agree byte for byte at its end."""
    opened = open_play(ledger_url)
    yield opened
    opened.ledger.verify()
    assert opened.ledger.rebuild_states() == opened.ledger.stored_states()
