"""Submit approved requests in a browser, and look into the doubts of earlier runs.

Account by account: the first look for what is in doubt, then the batch, then the second look, which is due some
minutes after the first. What stops one account's page stops the run: a page that is not as expected is met once.
"""

import os
import socket
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from feedback_manager.acceptance import AcceptanceMissingError, require_acceptance
from feedback_manager.boot_clock import BootClock
from feedback_manager.channel import BatchEnd, EndKind, Submission
from feedback_manager.channels import AssistedChannel, BrowserChannel, DrivenPage
from feedback_manager.channels.assisted import PERSON_SECONDS
from feedback_manager.errors import FeedbackManagerError, StruckByAmazonError
from feedback_manager.outbox import (
    Answer,
    Outbox,
    Pace,
    Reconciliation,
    Switch,
    Terms,
    canary_limit,
    grant_rate,
)
from feedback_manager.outbox.reconciliation import Looked
from feedback_manager.page import shipped_contracts
from flows.browser_pages import address_of, open_pages
from flows.config import ConfigError
from flows.exit_codes import ExitCode
from flows.go_ahead import said_go_at
from flows.steps.approve import caps
from flows.work import Work
from schemas.submission import ReadyRequest, Step
from schemas.vocabularies import Decision, RequestState, SubmissionChannel
from store.batches import latest_batch
from store.ledger import Ownership, Selection
from transforms.outcomes import outcomes

_CLICK_SECONDS: Final = 60.0
_IN_DOUBT: Final = (RequestState.SUBMITTING, RequestState.UNKNOWN, RequestState.RECONCILING)
_CODES: Final[Mapping[EndKind, ExitCode]] = {
    EndKind.SWITCH: ExitCode.STOPPED,
    EndKind.CAP: ExitCode.STOPPED,
    EndKind.SITE: ExitCode.SITE,
    EndKind.DOUBT: ExitCode.IN_DOUBT,
    EndKind.OWNER: ExitCode.LOCKED,
}
_ENDS_THE_RUN: Final = frozenset({EndKind.SWITCH, EndKind.SITE, EndKind.OWNER})


def submit_in_browser(work: Work) -> None:
    """Send what is approved through channel `assisted` or `browser`, within caps, canary and grant rate.

    Raises:
        ConfigError: the channel may not be used as it is configured.
        HeldLockError: another process owns the ledger.
        StorageError: ledger or disk failed; a click that may have happened is looked for by a later run.
    """
    work.summary.requests |= {"submitted": 0, "in doubt": 0}
    places = _places(work)
    if not places:
        return
    _require_acceptance(work, places)
    clock = BootClock()
    holder = f"pid {os.getpid()} on {socket.gethostname()}"
    ownership = work.ledger.take_ownership(work.step(actor()), holder=holder, boot=clock.now())
    if ownership.interrupted:
        work.summary.say(
            f"{len(ownership.interrupted)} requests were in flight when an earlier run died: they are looked for, and "
            "not asked again meanwhile",
            ExitCode.IN_DOUBT,
        )
    try:
        for account, marketplaces in sorted(places.items()):
            end = _Sending(work, account, ownership, clock).send(marketplaces)
            if end is not None and end.kind in _ENDS_THE_RUN:
                break
    finally:
        work.ledger.release_ownership()


def actor() -> str:
    """Who clicks, as the ledger names it: version of the program and of the page contract."""
    return f"feedback-removal {version('feedback-removal')}, page {shipped_contracts()[0].version}"


def _places(work: Work) -> dict[str, set[str]]:
    """Marketplaces by account in which something is approved or in doubt."""
    rows = work.ledger.requests(states=[RequestState.APPROVED, *_IN_DOUBT]).to_pylist()
    places: dict[str, set[str]] = {}
    for row in rows:
        if row["worksheet_id"] is None:
            places.setdefault(row["account"], set()).add(row["marketplace"])
    return places


def _require_acceptance(work: Work, places: Mapping[str, Iterable[str]]) -> None:
    submission = work.settings.config.submission
    if submission.channel is not SubmissionChannel.BROWSER:
        return
    try:
        require_acceptance(
            (
                address_of(work, account, code).base_url
                for account, codes in places.items()
                for code in codes
            ),
            submission.i_accept_amazons_agent_policy,
        )
    except (AcceptanceMissingError, FeedbackManagerError) as error:
        raise ConfigError(str(error)) from None


@dataclass(slots=True)
class _Sending:
    """One account's part of a run."""

    work: Work
    account: str
    ownership: Ownership
    clock: BootClock

    def send(self, marketplaces: Iterable[str]) -> BatchEnd | None:
        """Look, send, look again; why it ended early, if it did."""
        submission = self.work.settings.config.submission
        try:
            with open_pages(
                self.work,
                self.account,
                marketplaces,
                is_person_pressing=submission.channel is SubmissionChannel.ASSISTED,
            ) as pages:
                return self._with_pages(pages)
        except FeedbackManagerError as error:  # the browser could not be opened
            end = BatchEnd(EndKind.SITE, error.code, str(error))
            self._tell_end(end)
            return end

    def _with_pages(self, pages: Mapping[str, DrivenPage]) -> BatchEnd | None:
        submission = self.work.settings.config.submission
        switch = Switch(self.work.off_because)
        is_assisted = submission.channel is SubmissionChannel.ASSISTED
        pace = Pace(0 if is_assisted else submission.seconds_between_requests, switch)
        reconciliation = Reconciliation(
            self.work.ledger,
            self.ownership.fence,
            reading_gap_seconds=submission.minutes_between_readings * 60,
            new_step=self._step,
            pace=pace,
            clock=self.clock,
        )
        reconciliation.look(self.account, pages)
        end = reconciliation.looked.end
        ready, limit = self._ready() if end is None else ([], None)
        if ready:
            terms = Terms(
                submission.channel,
                caps(self.work),
                click_seconds=PERSON_SECONDS if is_assisted else _CLICK_SECONDS,
                limit=limit,
            )
            outbox = Outbox(
                self.work.ledger,
                self.ownership.fence,
                terms,
                new_step=self._step,
                switch=switch,
                pace=pace,
                clock=self.clock,
            )
            channel = (
                AssistedChannel(outbox, pages)
                if is_assisted
                else BrowserChannel(outbox, pages, submission.i_accept_amazons_agent_policy)
            )
            sent = channel.submit(ready)
            self._tell_sent(sent)
            end = sent.end
        if end is None or end.kind not in _ENDS_THE_RUN:
            looked = reconciliation.conclude()
            self._tell_looked(looked)
            end = looked.end or end
        else:
            self._tell_looked(reconciliation.looked)
        return end

    def _step(self) -> Step:
        return self.work.step(actor())

    # ---- what may be sent -------------------------------------------------------------------------------------

    def _ready(self) -> tuple[Sequence[ReadyRequest], int | None]:
        """The requests to send, and how many of them at most."""
        ready = self.work.ledger.ready_requests(self.account, self._step())
        if not ready or not self._is_granted_enough():
            return [], None
        if not self.work.settings.config.submission.canary:
            return ready, None
        return ready, canary_limit(self._proven_runs())

    def _proven_runs(self) -> int:
        """Runs in which this version made a request of the account that the page confirmed."""
        events = self.work.ledger.events()
        mine = pc.and_(
            pc.equal(events["actor"], pa.scalar(actor())),
            pc.equal(events["reason"], pa.scalar("confirmed")),
        )
        proven = events.filter(mine).select(["request_id", "run_id"]).to_pylist()
        requests = self.work.ledger.requests(account=self.account)
        of_account = set(requests["request_id"].to_pylist())
        return len({row["run_id"] for row in proven if row["request_id"] in of_account})

    def _is_granted_enough(self) -> bool:
        submission = self.work.settings.config.submission
        rate = grant_rate(
            self._answers(),
            floor=submission.grant_rate_floor,
            window=submission.grant_rate_window,
            at=datetime.now(UTC),
            since=said_go_at(self.work),
        )
        if rate.is_too_low:
            self.work.summary.say(
                f"{self.account}: only {rate.granted} of the last {rate.judged} answers were granted, so nothing more is "
                "submitted; look at `explain` of the denied ones, then `feedback-removal submit --go` goes on",
                ExitCode.STOPPED,
            )
        return not rate.is_too_low

    def _answers(self) -> list[Answer]:
        batch = latest_batch(self.work.home.tables)
        requests = self.work.ledger.requests(account=self.account)
        if batch is None or requests.num_rows == 0:
            return []
        feedback = batch.read("feedback")
        asked = feedback.filter(
            pc.is_in(feedback["feedback_id"], value_set=requests["feedback_id"])
        )
        became = outcomes(
            asked,
            requests,
            self.work.ledger.sightings(),
            candidates=batch.read("candidate"),
            findings=batch.read("finding").slice(0, 0),
            events=self.work.ledger.events(),
            as_of=self.work.settings.as_of,
        )
        return [
            Answer(Decision(row["decision"]), row["requested_at"], row["decided_at"])
            for row in became.to_pylist()
            if row["is_asked"] and row["requested_at"] is not None
        ]

    # ---- what is told -----------------------------------------------------------------------------------------

    def _tell_sent(self, sent: Submission) -> None:
        summary = self.work.summary
        summary.requests["submitted"] += len(sent.submitted)
        summary.requests["in doubt"] += len(sent.in_doubt)
        if sent.submitted or sent.in_doubt:
            summary.has_changes = True
        struck = tuple(k for k, why in sent.not_sent.items() if why == StruckByAmazonError.code)
        if struck:
            step = self._step().because(StruckByAmazonError.code)
            self.work.ledger.cancel(Selection(request_ids=struck), step)
        for reason, count in sorted(Counter(sent.not_sent.values()).items()):
            summary.say(f"{self.account}: {count} approved requests were not sent: {reason}")
        if sent.end is not None:
            self._tell_end(sent.end)
        elif sent.in_doubt:
            summary.ask(ExitCode.IN_DOUBT)

    def _tell_looked(self, looked: Looked) -> None:
        summary = self.work.summary
        for state, count in sorted(Counter(looked.concluded.values()).items()):
            summary.say(
                f"{self.account}: {count} requests in doubt were looked for: {_CONCLUDED[state]}",
                ExitCode.IN_DOUBT if state is RequestState.NEEDS_HUMAN else ExitCode.GOOD,
            )
            summary.has_changes = True
        for reason, count in sorted(Counter(looked.waiting.values()).items()):
            summary.say(
                f"{self.account}: {count} requests stay in doubt until a later run: {reason}",
                ExitCode.IN_DOUBT,
            )
        if looked.end is not None:
            self._tell_end(looked.end)

    def _tell_end(self, end: BatchEnd) -> None:
        self.work.summary.say(f"{self.account}: {end.message}", _CODES[end.kind])


_CONCLUDED: Final[Mapping[RequestState, str]] = {
    RequestState.SUBMITTED: "Amazon has them",
    RequestState.APPROVED: "Amazon does not have them; a later run asks once more",
    RequestState.NEEDS_HUMAN: "the page does not tell; a person has to decide",
}
