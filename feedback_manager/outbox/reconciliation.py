"""Looking into doubt: after the quiet period the page is read, and never clicked.

One reading that shows the request settles it. That there is none takes two readings, far enough apart, each from a fresh
load; the request is then approved again, for a later run. Anything else goes to a person.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from feedback_manager.boot_clock import BootClock
from feedback_manager.channel import BatchEnd, EndKind
from feedback_manager.errors import (
    AmbiguousRowError,
    ListUnreadableError,
    NeedsPersonError,
    NotInListError,
    StoreNotOpenError,
    TransientError,
    UnknownPageError,
)
from feedback_manager.ledger_protocol import SubmissionLedger
from feedback_manager.outbox.pace import Pace
from feedback_manager.outbox.store_page import StorePage, is_request_shown
from feedback_manager.outbox.switch import SwitchedOffError
from feedback_manager.page.reading import ActionState, RowReading
from schemas.submission import InDoubtRequest, PageReading, RequestFinding, Step
from schemas.vocabularies import RequestState

_GRACE_SECONDS: Final = 0.05
"""Clocks are rounded: a reading is taken a little after its time has come."""


@dataclass(slots=True)
class Looked:
    """What looking into doubt led to.

    Attributes:
        concluded: new state by request id.
        waiting: requests that stay in doubt, with the reason as a short code.
        end: why looking ended early, None if it did not.
    """

    concluded: dict[str, RequestState] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    end: BatchEnd | None = None


class Reconciliation:
    """Resolves the doubts of one account; only the ledger's owner may have one.

    `look` comes first in a run, `conclude` last: what is sent in between makes the time between two readings pass.

    Args:
        ledger: the authority on what was clicked.
        fence: the number of this process's ownership.
        reading_gap_seconds: between two readings that find no request.
        new_step: a ledger step taken at this moment.
        pace: waits, and hears the switch meanwhile.
        clock: the boot clock.
    """

    def __init__(
        self,
        ledger: SubmissionLedger,
        fence: int,
        *,
        reading_gap_seconds: float,
        new_step: Callable[[], Step],
        pace: Pace,
        clock: BootClock | None = None,
    ) -> None:
        self.looked = Looked()
        self._ledger = ledger
        self._fence = fence
        self._gap = reading_gap_seconds
        self._new_step = new_step
        self._pace = pace
        self._clock = clock or BootClock()
        self._absent: list[tuple[InDoubtRequest, StorePage, PageReading]] = []

    def look(self, account: str, pages: Mapping[str, StorePage]) -> None:
        """Read the page for every doubt of the account whose quiet period is over.

        Raises:
            Exception: whatever the ledger or a defect raised; the requests stay in doubt.
        """
        for doubt in self._ledger.in_doubt(self._new_step(), boot=self._clock.now()):
            if doubt.account != account:
                continue
            page = pages.get(doubt.marketplace)
            if self.looked.end is not None:
                self.looked.waiting[doubt.request_id] = self.looked.end.code
            elif doubt.quiet_seconds_left > 0:
                self.looked.waiting[doubt.request_id] = "quiet_period"
            elif page is None:
                self.looked.waiting[doubt.request_id] = StoreNotOpenError.code
            else:
                self._first_look(doubt, page)

    def conclude(self) -> Looked:
        """Read the page a second time for what a first look did not find, and conclude.

        Raises:
            Exception: whatever the ledger or a defect raised; the requests stay in doubt.
        """
        for doubt, page, first in self._absent:
            if self.looked.end is not None:
                self.looked.waiting[doubt.request_id] = self.looked.end.code
                continue
            due = first.boot.seconds + self._gap + _GRACE_SECONDS
            try:
                self._pace.rest(due - self._clock.now().seconds)
            except SwitchedOffError as stopped:
                self.looked.end = BatchEnd(EndKind.SWITCH, stopped.reason, str(stopped))
                self.looked.waiting[doubt.request_id] = stopped.reason
                continue
            started = self._clock.now()
            second = self._read(doubt, page)
            if (
                second is not None
            ):  # it counts from its start: the time between the two is never overestimated
                self._note(doubt.request_id, (first, replace(second, boot=started)))
        self._absent.clear()
        return self.looked

    def _first_look(self, doubt: InDoubtRequest, page: StorePage) -> None:
        self._ledger.begin_reconciling(
            doubt.request_id, self._new_step(), fence=self._fence, boot=self._clock.now()
        )
        reading = self._read(doubt, page)
        if reading is None:
            return
        if reading.finding is RequestFinding.NOT_SEEN:
            self._absent.append((doubt, page, reading))
        else:
            self._note(doubt.request_id, (reading,))

    def _note(self, request_id: str, readings: tuple[PageReading, ...]) -> None:
        self.looked.concluded[request_id] = self._ledger.reconciled(
            request_id, readings, self._new_step(), fence=self._fence
        )

    def _read(self, doubt: InDoubtRequest, page: StorePage) -> PageReading | None:
        """One look, which counts from its end; None when the page could not be read, which says nothing."""
        try:
            row = self._row(doubt, page)
            finding = _finding(row, doubt, self._new_step())
            evidence = page.keep(row or _no_row(doubt))
        except TransientError as error:
            self.looked.waiting[doubt.request_id] = error.code
            return None
        except NeedsPersonError as error:
            self.looked.waiting[doubt.request_id] = error.code
            if not isinstance(error, StoreNotOpenError):
                self.looked.end = BatchEnd(EndKind.SITE, error.code, str(error))
            return None
        return PageReading(finding, self._new_step().at, self._clock.now(), evidence)

    def _row(self, doubt: InDoubtRequest, page: StorePage) -> RowReading | None:
        """The row; None when it is not there, or not there alone."""
        try:
            row = page.find(doubt.order_id)
        except (NotInListError, AmbiguousRowError):
            return None
        if row.action is ActionState.UNREADABLE:
            raise ListUnreadableError(f"order {row.order_id}: the row's menu did not appear")
        if row.action is ActionState.UNRECOGNISED:
            raise UnknownPageError(
                f"order {row.order_id}: the row's menu has an option that the contract does not know: "
                "run `feedback-removal probe`"
            )
        return row


def _finding(row: RowReading | None, doubt: InDoubtRequest, step: Step) -> RequestFinding:
    if row is None or row.has_note or row.is_struck:
        return (
            RequestFinding.AMBIGUOUS
        )  # decided by now, or taken back: whether we had asked, a person finds out
    match row.action:
        case ActionState.OFFERED:
            return RequestFinding.NOT_SEEN
        case ActionState.ABSENT if (
            is_request_shown(row, doubt.content_sha256) and step.at.date() <= doubt.deadline_date
        ):
            return RequestFinding.SEEN
        case _:
            return RequestFinding.AMBIGUOUS


def _no_row(doubt: InDoubtRequest) -> RowReading:
    """What is written down when there is no row to write down."""
    return RowReading(
        order_id=doubt.order_id,
        date_text="",
        rating=None,
        comment=None,
        content_sha256=None,
        has_note=False,
        is_struck=False,
        action=ActionState.UNREADABLE,
        page_number=0,
    )
