"""Sending approved requests, one after the other, with the ledger written before and after each click.

| what happened                                    | the ledger notes            | the batch                               |
|--------------------------------------------------|-----------------------------|-----------------------------------------|
| the page proves the request                      | submitted                   | goes on                                 |
| the page shows a request before any click        | submitted (found)           | goes on                                 |
| refused before the click (changed, struck, ...)  | nothing                     | goes on                                 |
| the panel lacks the reason                       | nothing                     | goes on without that reason             |
| throttled, outage, unreadable list               | nothing                     | rests, tries once more; twice: ends     |
| sign-in, challenge, unknown page, other store    | nothing                     | ends at once                            |
| the store is not open on the marketplace         | nothing                     | goes on without that marketplace        |
| anything after the intent but proof              | unknown                     | ends: one doubt at a time               |
| the person let the panel be (assisted)           | unknown                     | goes on                                 |
| the ledger refuses the intent                    | nothing                     | by the refusal                          |
| any other error                                  | unknown if after the intent | the error passes through, the run ends  |
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from feedback_manager.boot_clock import BootClock
from feedback_manager.channel import BatchEnd, EndKind, Submission
from feedback_manager.errors import (
    AlreadyRequestedError,
    FeedbackManagerError,
    LastCheckFailedError,
    NeedsPersonError,
    ReasonNotOfferedError,
    RefusedError,
    StoreNotOpenError,
    TransientError,
    UnknownOutcomeError,
)
from feedback_manager.ledger_protocol import SubmissionLedger
from feedback_manager.outbox.pace import Pace
from feedback_manager.outbox.store_page import StorePage, is_request_shown
from feedback_manager.outbox.switch import Switch, SwitchedOffError
from feedback_manager.page.reading import ReadyToClick, SubmittedEvidence, Target
from schemas.submission import (
    BootTime,
    Caps,
    Intent,
    ReadyRequest,
    Refusal,
    RefusedStepError,
    Step,
)
from schemas.vocabularies import SubmissionChannel

NOT_REACHED: Final = "not_reached"
"""Reason for a request that the batch did not come to."""
_NOT_PRESSED: Final = "not_pressed"
_OWNER_REFUSALS: Final = frozenset({Refusal.NOT_THE_OWNER, Refusal.ACCOUNT_BUSY})


@dataclass(frozen=True, slots=True)
class Terms:
    """How requests are sent.

    Attributes:
        channel: written into the intent.
        caps: requests a day.
        click_seconds: from the intent until its deadline, on the boot clock.
        rest_seconds: pause before the second try when the page was throttled or did not come.
        limit: requests of this batch at most; None for no limit but the caps.
    """

    channel: SubmissionChannel
    caps: Caps
    click_seconds: float = 60
    rest_seconds: float = 60
    limit: int | None = None


@dataclass(slots=True)
class _Books:
    """What became of the batch so far."""

    submitted: list[str] = field(default_factory=list)
    in_doubt: list[str] = field(default_factory=list)
    not_sent: dict[str, str] = field(default_factory=dict)
    end: BatchEnd | None = None
    asked: int = 0
    transients: int = 0
    without_reasons: set[tuple[str, str]] = field(default_factory=set)
    without_grounds: set[str] = field(default_factory=set)
    closed_stores: set[str] = field(default_factory=set)

    def result(self) -> Submission:
        return Submission(
            submitted=tuple(self.submitted),
            in_doubt=tuple(self.in_doubt),
            not_sent=self.not_sent,
            end=self.end,
        )


class Outbox:
    """Sends the requests of one account; only the ledger's owner may have one.

    Args:
        ledger: the authority on what was clicked.
        fence: the number of this process's ownership.
        terms: how requests are sent.
        new_step: a ledger step taken at this moment.
        switch: asked before each click.
        pace: of the clicks.
        clock: the boot clock that deadlines are told in.
    """

    def __init__(
        self,
        ledger: SubmissionLedger,
        fence: int,
        terms: Terms,
        *,
        new_step: Callable[[], Step],
        switch: Switch,
        pace: Pace,
        clock: BootClock | None = None,
    ) -> None:
        self.terms = terms
        self._ledger = ledger
        self._fence = fence
        self._new_step = new_step
        self._switch = switch
        self._pace = pace
        self._clock = clock or BootClock()

    def send(self, requests: Sequence[ReadyRequest], pages: Mapping[str, StorePage]) -> Submission:
        """Send a batch, in its order; each request ends in exactly one place.

        Args:
            requests: from the ledger's `ready_requests`, of one account.
            pages: the account's stores by marketplace.

        Raises:
            Exception: whatever the ledger or a defect raised. A click that may have happened is `unknown` in the ledger,
                or becomes so when the next owner takes over.
        """
        books = _Books()
        for request in requests:
            if books.end is None:
                self._go_through(request, pages.get(request.marketplace), books)
            else:
                books.not_sent[request.request_id] = NOT_REACHED
        return books.result()

    def _go_through(self, request: ReadyRequest, page: StorePage | None, books: _Books) -> None:
        key = request.request_id
        category, reason = request.category, request.reason_code
        if category is None or reason is None:
            books.not_sent[key] = "no_panel_codes"
        elif page is None or request.marketplace in books.closed_stores:
            books.not_sent[key] = StoreNotOpenError.code
        elif (category, reason) in books.without_reasons:
            books.not_sent[key] = ReasonNotOfferedError.code
        elif request.ground in books.without_grounds:
            books.not_sent[key] = Refusal.GROUND_CAP.value
        elif self.terms.limit is not None and books.asked >= self.terms.limit:
            books.not_sent[key] = "batch_limit"
            books.end = BatchEnd(
                EndKind.CAP,
                "batch_limit",
                f"this run may make {self.terms.limit} requests, because this version is new to the account; the next makes more",
            )
        else:
            target = Target(request.order_id, request.content_sha256, category, reason)
            self._send(request, target, page, books)

    def _send(self, request: ReadyRequest, target: Target, page: StorePage, books: _Books) -> None:
        key = request.request_id
        while True:
            try:
                self._switch.require_on()
                self._pace.await_preparation()
                self._ask(request, target, page, books)
            except SwitchedOffError as stopped:
                books.not_sent[key] = stopped.reason
                books.end = BatchEnd(EndKind.SWITCH, stopped.reason, str(stopped))
            except RefusedStepError as refused:
                self._refused_by_ledger(request, refused, books)
            except TransientError as error:
                books.transients += 1
                if books.transients == 1 and self._rested():
                    continue
                books.not_sent[key] = error.code
                books.end = BatchEnd(EndKind.SITE, error.code, str(error))
            except FeedbackManagerError as error:
                self._refused_by_page(request, target, page, error, books)
            return

    def _rested(self) -> bool:
        """Wait before the second try; False when the operator stopped the run meanwhile."""
        try:
            self._pace.rest(self.terms.rest_seconds)
        except SwitchedOffError:
            return False
        return True

    # ---- the click --------------------------------------------------------------------------------------------

    def _ask(self, request: ReadyRequest, target: Target, page: StorePage, books: _Books) -> None:
        """Intent, click, result.

        Nothing but `ask` ever clicks, and it is called once an intent at most: whatever goes wrong after the intent is
        doubt, which this run does not resolve.
        """
        key = request.request_id
        has_intent = False

        def before_click(ready: ReadyToClick) -> BootTime:
            nonlocal has_intent
            self._pace.await_click()
            self._switch.require_on()
            has_intent = True  # also when the next line fails half way: then it may be on disk
            try:
                deadline = self._intend(request, ready)
            except RefusedStepError:
                has_intent = False
                raise
            self._pace.clicking()
            return deadline

        try:
            evidence = page.ask(target, before_click)
        except BaseException as error:
            if not has_intent:
                raise
            self._note_doubt(key, error)
            books.asked += 1
            books.in_doubt.append(key)
            if not isinstance(error, FeedbackManagerError):
                raise
            if getattr(error, "observation", "") != _NOT_PRESSED:
                books.end = BatchEnd(EndKind.DOUBT, _doubt(error), str(error))
        else:
            books.asked += 1
            self._note_proof(key, evidence, books)

    def _intend(self, request: ReadyRequest, ready: ReadyToClick) -> BootTime:
        now = self._clock.now()
        deadline = now.later(self.terms.click_seconds)
        intent = Intent(
            fence=self._fence,
            now=now,
            deadline=deadline,
            content_sha256=ready.row.content_sha256 or "",
            channel=self.terms.channel,
        )
        step = self._new_step().because("intent", evidence_sha256=ready.evidence_sha256)
        self._ledger.begin_submission(request.request_id, intent, step, caps=self.terms.caps)
        return deadline

    def _note_proof(self, key: str, evidence: SubmittedEvidence, books: _Books) -> None:
        step = self._new_step().because("confirmed", evidence_sha256=evidence.evidence_sha256)
        try:
            self._ledger.mark_submitted(key, step, fence=self._fence)
        except RefusedStepError as refused:  # another owner has made it a doubt of its own by now
            books.in_doubt.append(key)
            books.end = BatchEnd(EndKind.OWNER, refused.refusal.value, str(refused))
        else:
            books.submitted.append(key)

    def _note_doubt(self, key: str, error: BaseException) -> None:
        step = self._new_step().because(_doubt(error))
        try:
            self._ledger.mark_unknown(key, step, fence=self._fence, boot=self._clock.now())
        except RefusedStepError as refused:
            # The intent was not kept, or another owner has noted the doubt already.
            if refused.refusal not in {Refusal.WRONG_STATE, Refusal.NOT_THE_OWNER}:
                raise

    # ---- no click ---------------------------------------------------------------------------------------------

    def _refused_by_ledger(
        self, request: ReadyRequest, refused: RefusedStepError, books: _Books
    ) -> None:
        books.not_sent[request.request_id] = refused.refusal.value
        if refused.refusal is Refusal.GROUND_CAP:
            books.without_grounds.add(request.ground)
        elif refused.refusal is Refusal.ACCOUNT_CAP:
            books.end = BatchEnd(EndKind.CAP, refused.refusal.value, str(refused))
        elif refused.refusal in _OWNER_REFUSALS:
            books.end = BatchEnd(EndKind.OWNER, refused.refusal.value, str(refused))

    def _refused_by_page(
        self,
        request: ReadyRequest,
        target: Target,
        page: StorePage,
        error: FeedbackManagerError,
        books: _Books,
    ) -> None:
        key = request.request_id
        books.not_sent[key] = error.code
        match error:
            case AlreadyRequestedError():
                self._note_found(request, page, books)
            case ReasonNotOfferedError():
                books.without_reasons.add((target.category, target.reason_code))
            case RefusedError():
                return
            case StoreNotOpenError():
                books.closed_stores.add(request.marketplace)
            case NeedsPersonError():
                books.end = BatchEnd(EndKind.SITE, error.code, str(error))
            case _:
                raise error

    def _note_found(self, request: ReadyRequest, page: StorePage, books: _Books) -> None:
        """Believe in a request of somebody else only when a second look, within the window, shows it too."""
        try:
            row = page.find(request.order_id)
            step = self._new_step()
            is_in_time = step.at.date() <= request.deadline_date
            if not is_in_time or not is_request_shown(row, request.content_sha256):
                return
            step = step.because("found", evidence_sha256=page.keep(row))
        except (TransientError, RefusedError):
            return
        except NeedsPersonError as error:
            books.end = BatchEnd(EndKind.SITE, error.code, str(error))
            return
        self._ledger.mark_found(request.request_id, step, fence=self._fence)
        del books.not_sent[request.request_id]
        books.submitted.append(request.request_id)


def _doubt(error: BaseException) -> str:
    """The kind of doubt as a short code."""
    match error:
        case UnknownOutcomeError():
            return error.observation
        case LastCheckFailedError():
            return f"last_check_{error.reason}"
        case _:
            return "interrupted"
