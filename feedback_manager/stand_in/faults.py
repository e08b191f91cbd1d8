"""Faults that tests order on the control port: by order id, by count, or by seeded probability."""

import random
from dataclasses import asdict, dataclass
from typing import Any, Final

from schemas.vocabularies import Term


class Moment(Term):
    """When a fault can strike."""

    VISIT = "visit"  # the browser asks for the Feedback Manager page
    LIST = "list"  # the page asks for rows
    ROW = "row"  # one row and its panel are drawn
    SUBMIT = "submit"  # a removal request arrives


class FaultKind(Term):
    """What goes wrong; `amount` means what the comment says."""

    # instead of the page
    SIGN_IN = "sign_in"  # the session is gone: redirect to the sign-in page
    OTP = "otp"
    OTP_CHOICE = "otp_choice"
    IDENTITY_CHECK = "identity_check"
    CAPTCHA = "captcha"
    PASSKEY = "passkey"
    SWITCHER = "switcher"
    THROTTLED = "throttled"  # HTTP 429
    ROBOT_PAGE = "robot_page"  # HTTP 503 with a robot check
    OUTAGE = "outage"  # HTTP 500
    BLANK = "blank"  # HTTP 200 and nothing
    HANG = "hang"  # amount: milliseconds before an answer
    DROP_VISIT = "drop_visit"  # the connection is reset
    SHELL = "shell"  # the app's shell and no list
    REDESIGN = "redesign"  # generation X
    # the page, but different
    WRONG_ACCOUNT = "wrong_account"
    WRONG_MARKETPLACE = "wrong_marketplace"
    RENAMED_ROWS = "renamed_rows"  # the rows' id changed
    RENAMED_ACTION = "renamed_action"  # the action's slug changed
    NEW_WORDING = "new_wording"  # every label is worded anew, slugs stay
    NEW_WORDING_IN_PANEL = "new_wording_in_panel"
    TOUR = "tour"  # a pop-up covers the page
    COOKIE_BAR = "cookie_bar"
    SURVEY = "survey"  # a pop-up some seconds after the rows
    LEAVE_DIALOG = "leave_dialog"  # "unsaved changes" when leaving
    STALE_PANEL = "stale_panel"  # a panel is open on arrival
    NEW_TAB = "new_tab"  # the page opens itself once more in a new tab
    # the rows
    LIST_REFUSED = "list_refused"  # HTTP 401 behind an intact shell
    LIST_OUTAGE = "list_outage"  # HTTP 500 behind an intact shell
    ROWS_LATE = "rows_late"  # amount: milliseconds
    ROWS_NEVER = "rows_never"
    LIST_SHIFTS = "list_shifts"  # a new feedback arrives on top before this answer
    MENU_LATE = "menu_late"  # amount: milliseconds
    MENU_NEVER = "menu_never"
    DUPLICATE_ROW = "duplicate_row"
    # the panel
    WRONG_PANEL = "wrong_panel"  # the panel opens under another row
    TWO_PANELS = "two_panels"
    PANEL_NEVER = "panel_never"
    REASON_MISSING = "reason_missing"  # amount: the code that is not offered
    CODES_RENUMBERED = "codes_renumbered"
    CATEGORY_ADDED = "category_added"
    SUBMIT_DISABLED = "submit_disabled"  # though both are chosen
    CLICK_SWALLOWED = "click_swallowed"
    CLICK_COVERED = "click_covered"  # something transparent lies over the button
    FIRES_TWICE = "fires_twice"  # one click, two requests
    FORGETS_REASON = "forgets_reason"  # the reason falls back when the category is read
    # the request
    SUBMIT_SIGNED_OUT = "submit_signed_out"  # HTTP 401, not counted
    COUNTED_THEN_SIGNED_OUT = "counted_then_signed_out"
    SUBMIT_THROTTLED = "submit_throttled"  # HTTP 429, not counted
    SUBMIT_OUTAGE = "submit_outage"  # HTTP 503, not counted
    COUNTED_THEN_OUTAGE = "counted_then_outage"
    DROP_BEFORE = "drop_before"  # reset, not counted
    DROP_AFTER = "drop_after"  # reset, counted
    REJECTED = "rejected"  # HTTP 409 and an error in the panel, not counted
    COUNTED_THEN_ERROR = "counted_then_error"  # an error in the panel, counted
    REFUSED_AT_ONCE = "refused_at_once"  # counted and denied on the spot, said in the panel
    SLOW = "slow"  # amount: milliseconds before the answer
    SHOWN_LATE = "shown_late"  # amount: minutes until the list stops offering the action


_VISIT: Final = frozenset(
    list(FaultKind)[
        list(FaultKind).index(FaultKind.SIGN_IN) : list(FaultKind).index(FaultKind.NEW_TAB) + 1
    ]
)
_LIST: Final = frozenset(
    {
        FaultKind.LIST_REFUSED,
        FaultKind.LIST_OUTAGE,
        FaultKind.ROWS_LATE,
        FaultKind.ROWS_NEVER,
        FaultKind.LIST_SHIFTS,
    }
)
_SUBMIT: Final = frozenset(list(FaultKind)[list(FaultKind).index(FaultKind.SUBMIT_SIGNED_OUT) :])


def moment_of(kind: FaultKind) -> Moment:
    """When a fault of this kind can strike."""
    if kind in _VISIT:
        return Moment.VISIT
    if kind in _LIST:
        return Moment.LIST
    return Moment.SUBMIT if kind in _SUBMIT else Moment.ROW


@dataclass(slots=True)
class Fault:
    """One fault and when it strikes.

    Attributes:
        kind: what goes wrong.
        order_id: only for this order; None for any.
        after: skip so many occasions first.
        times: strike so often, then heal; None for ever.
        probability: chance at each occasion, drawn from `seed`.
        seed: of the draws.
        amount: see the kind.
    """

    kind: FaultKind
    order_id: str | None = None
    after: int = 0
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0
    amount: int | str | None = None
    occasions: int = 0
    strikes: int = 0

    def __post_init__(self) -> None:
        self.kind = FaultKind.parse(self.kind)

    @property
    def moment(self) -> Moment:
        """When it can strike."""
        return moment_of(self.kind)

    def to_record(self) -> dict[str, Any]:
        """What `Fault(**record)` reads back."""
        return asdict(self)

    def occasion(self, order_id: str | None) -> bool:
        """Count one occasion and say whether the fault strikes on it."""
        if self.order_id is not None and self.order_id != order_id:
            return False
        self.occasions += 1
        if self.occasions <= self.after or (self.times is not None and self.strikes >= self.times):
            return False
        draw = random.Random(f"{self.seed}/{self.kind}/{self.occasions}")  # noqa: S311 - reproducible, not secret
        if draw.random() >= self.probability:
            return False
        self.strikes += 1
        return True
