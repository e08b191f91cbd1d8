"""The ways in which an approved request reaches Amazon, and what each can do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from schemas.vocabularies import SubmissionChannel, Term

RequestT_contra = TypeVar("RequestT_contra", contravariant=True)


@dataclass(frozen=True, slots=True)
class Capability:
    """What a channel does itself, and what it leaves to a person."""

    channel: SubmissionChannel
    opens_browser: bool
    """It works in a browser session that the person opened."""
    fills_panel: bool
    """It chooses category and reason itself."""
    presses_submit: bool
    """It presses Submit itself: Amazon's policy for automated software applies in full."""
    needs_acceptance: bool
    """The operator has to accept that policy in the config, by date and name."""
    tells_at_once: bool
    """The result is read from the page; otherwise a person reports it later."""


CAPABILITIES: Final[Mapping[SubmissionChannel, Capability]] = {
    SubmissionChannel.WORKSHEET: Capability(
        SubmissionChannel.WORKSHEET,
        opens_browser=False,
        fills_panel=False,
        presses_submit=False,
        needs_acceptance=False,
        tells_at_once=False,
    ),
    SubmissionChannel.ASSISTED: Capability(
        SubmissionChannel.ASSISTED,
        opens_browser=True,
        fills_panel=True,
        presses_submit=False,
        needs_acceptance=False,
        tells_at_once=True,
    ),
    SubmissionChannel.BROWSER: Capability(
        SubmissionChannel.BROWSER,
        opens_browser=True,
        fills_panel=True,
        presses_submit=True,
        needs_acceptance=True,
        tells_at_once=True,
    ),
    SubmissionChannel.CASE: Capability(
        SubmissionChannel.CASE,
        opens_browser=False,
        fills_panel=False,
        presses_submit=False,
        needs_acceptance=False,
        tells_at_once=False,
    ),
}


class EndKind(Term):
    """Why a batch ended before its end."""

    SWITCH = "switch"  # the stop file, or the run was paused
    CAP = "cap"  # the day's requests are used up
    SITE = "site"  # the page or the session is not as it must be
    DOUBT = "doubt"  # a click is not proven
    OWNER = "owner"  # the ledger says that another process may click, not this one


@dataclass(frozen=True, slots=True)
class BatchEnd:
    """Why a batch ended before its end; what was left was not looked at."""

    kind: EndKind
    code: str
    message: str
    """What happened and what to do, without a word of a buyer."""


@dataclass(frozen=True, slots=True)
class Submission:
    """What became of a batch, by request id; each request is in exactly one place."""

    submitted: tuple[str, ...] = ()
    """Amazon has them: seen on the page."""
    handed_out: tuple[str, ...] = ()
    """A person has them; they stay approved until the person reports."""
    in_doubt: tuple[str, ...] = ()
    """They may have reached Amazon: nobody asks again before the page was looked at."""
    not_sent: Mapping[str, str] = field(default_factory=dict)
    """Amazon surely does not have them, with the reason as a short code."""
    end: BatchEnd | None = None
    """None when the whole batch was gone through."""


class Channel(Protocol[RequestT_contra]):
    """A way for one account's approved requests to reach Amazon; a flow makes one for a run."""

    @property
    def capability(self) -> Capability:
        """What the channel can do."""

    def submit(self, requests: Sequence[RequestT_contra]) -> Submission:
        """Bring a batch to Amazon, first things first, and say what became of each request."""
