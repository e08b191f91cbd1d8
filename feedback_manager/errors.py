"""What can go wrong at Feedback Manager, by what to do about it.

FeedbackManagerError
├── TransientError          nothing was asked; reading or trying again later in this run is safe
│   ├── ThrottledError          Amazon asks to slow down: wait, and end the account's run at the second time
│   ├── OutageError             no page or an error page came
│   ├── ListUnreadableError     rows or menus did not come within their bound: unreadable, never "empty"
│   └── ProfileInUseError       another run has this account's browser profile
├── RefusedError            this request must not be sent as it stands; others may go on
│   ├── AlreadyRequestedError   the page no longer offers the removal: asked before, or too old
│   ├── StruckByAmazonError     Amazon has struck it without being asked
│   ├── ContentChangedError     rating or comment are not those that were approved: judge again
│   ├── NotInListError          no page that was read has the order (not for ever: the list may be cut short)
│   ├── AmbiguousRowError       two rows carry the order id: a person looks
│   ├── LastCheckFailedError    after the intent, and certainly before the click, something was no longer as verified
│   └── ReasonNotOfferedError   the panel lacks the category or the reason: stop all requests with that reason
├── UnknownOutcomeError     the click happened or may have: read later, never click
└── NeedsPersonError        nothing more may be done for this account until a person has looked
    ├── SignInNeededError       session over, one-time password or choice of its delivery: the human signs in
    ├── HumanChallengeError     captcha or identity check
    ├── WrongStoreError         the page shows another account or marketplace
    ├── StoreNotOpenError       Amazon leads to the account switcher: the store is not open on this marketplace
    ├── UnknownPageError        a page, panel or wording that the contract does not know: nothing was clicked on it
    │   └── PanelStuckError         the panel does not do what the contract says, also after a fresh start
    ├── EvidenceError           evidence could not be written: without evidence no click
    ├── ForbiddenAddressError   an address outside the contract's hosts
    └── BrowserMissingError     no Chromium or Chrome was found

`clicked` says for every error whether the submit button was, or may have been, pressed: it is False for all but
UnknownOutcomeError. No message carries a comment, a name or an e-mail address.
"""

from typing import ClassVar


class FeedbackManagerError(Exception):
    """Base of everything that stops a step at Feedback Manager; `code` is for logs and tables."""

    code: ClassVar[str] = "feedback_manager"
    clicked: ClassVar[bool] = False


class TransientError(FeedbackManagerError):
    """Nothing was asked; the same step may be tried again."""

    code = "transient"


class ThrottledError(TransientError):
    """Amazon asks to slow down (HTTP 429 or 503, or its robot page)."""

    code = "throttled"


class OutageError(TransientError):
    """No answer, an empty page, or a server's error page."""

    code = "outage"


class ListUnreadableError(TransientError):
    """The list's rows or a row's menu did not appear within their bound."""

    code = "list_unreadable"


class ProfileInUseError(TransientError):
    """Another process has the account's browser profile open."""

    code = "profile_in_use"


class RefusedError(FeedbackManagerError):
    """This request must not be sent as it stands."""

    code = "refused"


class AlreadyRequestedError(RefusedError):
    """The row is there, its menu is readable, and it does not offer the removal."""

    code = "already_requested"


class StruckByAmazonError(RefusedError):
    """The row carries Amazon's note or is struck through."""

    code = "struck_by_amazon"


class ContentChangedError(RefusedError):
    """Rating or comment on the page are not those that were approved."""

    code = "content_changed"


class NotInListError(RefusedError):
    """The order was on no page that was read."""

    code = "not_in_list"


class AmbiguousRowError(RefusedError):
    """Two rows of the list carry the same order id."""

    code = "ambiguous_row"


class ReasonNotOfferedError(RefusedError):
    """The panel does not offer the category or the reason code."""

    code = "reason_not_offered"


class LastCheckFailedError(RefusedError):
    """Between the intent and the click something was no longer as verified; certainly nothing was clicked.

    Attributes:
        reason: what it was: `deadline_passed`, `content_changed`, `covered`, ... (page/scripts/check_and_click.js).
    """

    code = "last_check_failed"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the last check before the click failed ({reason}); nothing was clicked")
        self.reason = reason


class UnknownOutcomeError(FeedbackManagerError):
    """The click happened or may have happened, and the page does not prove that Amazon has the request.

    Attributes:
        observation: what was seen, as a machine code: `still_offered`, `no_request_seen`, `row_gone`, `signed_out`,
            `page_lost`, `rejected`, ...
        statuses: HTTP statuses of the requests that the page sent after the click; 0 for one that failed.
    """

    code = "unknown_outcome"
    clicked = True

    def __init__(self, message: str, *, observation: str, statuses: tuple[int, ...] = ()) -> None:
        super().__init__(message)
        self.observation = observation
        self.statuses = statuses


class NeedsPersonError(FeedbackManagerError):
    """The account's run ends here; a person has to look."""

    code = "needs_person"


class SignInNeededError(NeedsPersonError):
    """The session is over, or Amazon wants a one-time password; the tool types neither."""

    code = "sign_in_needed"


class HumanChallengeError(NeedsPersonError):
    """A captcha, an identity check or a passkey prompt."""

    code = "human_challenge"


class WrongStoreError(NeedsPersonError):
    """The page's header names another account or marketplace."""

    code = "wrong_store"


class StoreNotOpenError(NeedsPersonError):
    """Feedback Manager leads to the account switcher."""

    code = "store_not_open"


class UnknownPageError(NeedsPersonError):
    """The page is not what the contract describes."""

    code = "unknown_page"


class PanelStuckError(UnknownPageError):
    """The removal panel does not do what the contract says."""

    code = "panel_stuck"


class EvidenceError(NeedsPersonError):
    """Evidence could not be written."""

    code = "evidence_not_written"


class ForbiddenAddressError(NeedsPersonError):
    """An address that the contract does not name."""

    code = "forbidden_address"


class BrowserMissingError(NeedsPersonError):
    """No usable browser on this machine."""

    code = "browser_missing"
