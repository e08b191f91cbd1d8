"""What the ledger and whoever submits tell each other: times, limits, intents, readings and refusals.

The ledger (store) and the outbox (feedback_manager) do not know each other; these are the words both use.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final

from schemas.vocabularies import SubmissionChannel, Term

AUTO: Final = "auto"
"""Actor of an approval that the config gave."""

_REASON: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{1,100}")


class RequestFinding(Term):
    """What somebody who looked for a request found."""

    SEEN = "seen"  # Amazon has the request
    NOT_SEEN = "not_seen"  # the feedback is there and no request shows
    AMBIGUOUS = "ambiguous"  # anything else


class Refusal(Term):
    """Why the ledger did not take a step; nothing was changed."""

    UNKNOWN_REQUEST = "unknown_request"  # no such request
    WRONG_STATE = "wrong_state"  # the step does not start from the request's state
    ALREADY_ASKED = "already_asked"  # clicked, submitted or decided: only a new round may follow
    CLOSED = "closed"  # cancelled in this round
    ON_HOLD = "on_hold"  # the stop switch holds it
    ROUND_NOT_OPEN = "round_not_open"  # a later round needs a denied one before it
    CONTENT_CHANGED = "content_changed"  # not what was approved, or not what the person saw
    APPROVAL_EXPIRED = "approval_expired"
    WINDOW_CLOSED = "window_closed"  # the last day to ask is over
    CASE_ONLY = (
        "case_only"  # a re-opening: only a person sends it, in the case of the first request
    )
    HANDED_OUT = "handed_out"  # a person has it on a worksheet and may be asking right now
    ACCOUNT_CAP = "account_cap"  # the account's requests of the day are used up
    GROUND_CAP = "ground_cap"  # the ground's requests of the day are used up
    ATTEMPTS_USED = "attempts_used"  # a person has to decide
    ACCOUNT_BUSY = "account_busy"  # another request of the account is between intent and result
    NOT_THE_OWNER = "not_the_owner"  # another process has taken over since
    DEADLINE_PASSED = "deadline_passed"  # the intent's own deadline is over before it was written
    TOO_EARLY = "too_early"  # the quiet period is not over, or the readings are too close together
    OTHER_DECISION = "other_decision"  # decided already, and differently


class RefusedStepError(Exception):
    """The ledger did not take a step, for a reason of `Refusal`; nothing was changed."""

    def __init__(self, refusal: Refusal, explanation: str) -> None:
        super().__init__(f"{explanation} ({refusal})")
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Step:
    """Who takes a step of a request, in which run, when and why.

    Raises:
        ValueError: a part is malformed, or `at` has no time zone.
    """

    actor: str
    """A person, `auto`, or the part of the program; never anything about a buyer."""
    run_id: str
    at: datetime
    reason: str | None = None
    """A short code. Free text is refused: an event cannot be erased, so nobody may write about a buyer into it."""
    evidence_sha256: str | None = None
    as_of: date | None = None
    """Business date, which decides whether a window is still open; the UTC day of `at` when it is not given."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.actor) or not _NAME.fullmatch(self.run_id):
            raise ValueError("actor and run_id are 1 to 100 printable characters")
        if self.reason is not None and not _REASON.fullmatch(self.reason):
            raise ValueError(
                "a reason is a code such as `approval_expired` (small letters, digits, _): events cannot be erased"
            )
        if self.evidence_sha256 is not None and not _SHA256.fullmatch(self.evidence_sha256):
            raise ValueError("evidence is named by its SHA-256 in 64 hexadecimal digits")
        if self.at.tzinfo is None:
            raise ValueError(f"{self.at.isoformat()} has no time zone; the ledger takes UTC only")

    @property
    def business_date(self) -> date:
        """The date that decides whether a window is still open."""
        return self.as_of or self.at.astimezone(UTC).date()

    def because(self, reason: str, *, evidence_sha256: str | None = None) -> "Step":
        """The same step with this reason, unless it already has one, and with this evidence if given."""
        return replace(
            self,
            reason=self.reason or reason,
            evidence_sha256=evidence_sha256 or self.evidence_sha256,
        )


@dataclass(frozen=True, slots=True)
class BootTime:
    """A moment on the clock that counts from the machine's start, suspends included, and that nobody can set."""

    boot_id: str
    """Which start of the machine is meant: moments of different starts cannot be compared."""
    seconds: float

    def later(self, seconds: float) -> "BootTime":
        """The moment that many seconds later."""
        return BootTime(self.boot_id, self.seconds + seconds)


@dataclass(frozen=True, slots=True)
class Caps:
    """How many requests a day may be approved, or handed out and clicked; days are UTC."""

    per_account: int = 25
    per_ground: Mapping[str, int] = field(default_factory=dict)
    """By ground, within one account; a ground that is not named has only the account's cap."""

    def __post_init__(self) -> None:
        if self.per_account < 0 or any(cap < 0 for cap in self.per_ground.values()):
            raise ValueError("a cap is a number of requests, 0 or more")


@dataclass(frozen=True, slots=True)
class Intent:
    """What is about to be clicked, and until when; the click must not happen after `deadline`."""

    fence: int
    """The number of the ownership under which the click will happen."""
    now: BootTime
    deadline: BootTime
    content_sha256: str
    """Hash of rating and comment as read on the page just now."""
    channel: SubmissionChannel


@dataclass(frozen=True, slots=True)
class PageReading:
    """One look at the page for a request that is in doubt; each reading loads the page anew."""

    finding: RequestFinding
    at: datetime
    boot: BootTime
    evidence_sha256: str


@dataclass(frozen=True, slots=True)
class ReadyRequest:
    """An approved request that may be clicked now."""

    request_id: str
    feedback_id: str
    account: str
    marketplace: str
    order_id: str
    round: int
    ground: str
    category: str | None
    reason_code: str | None
    content_sha256: str
    attempt: int
    """Clicks made so far."""
    deadline_date: date


@dataclass(frozen=True, slots=True)
class InDoubtRequest:
    """A request that may or may not have reached Amazon."""

    request_id: str
    account: str
    marketplace: str
    order_id: str
    ground: str
    content_sha256: str
    attempt: int
    deadline_date: date
    """After it the page offers the removal no longer, so that its absence proves nothing."""
    state: str
    """`unknown` or `reconciling`."""
    quiet_seconds_left: float
    """Seconds until the page may be looked at; 0 when it may be looked at now."""
