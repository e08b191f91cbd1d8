"""What one rehearsal looks like: which store, which page generation, how slow, how forgetful."""

from dataclasses import dataclass, field
from typing import Final

from schemas.vocabularies import Term

LOCALES: Final = ("en", "de", "ja", "zh")
"""Languages the stand-in's pages are written in."""

ROWS_PER_PAGE: Final = 20
REQUEST_WINDOW_DAYS: Final = 90  # the action disappears afterwards (Seller Central help G20231)


class Generation(Term):
    """Which build of the page is served."""

    B = "B"  # seen 2026: open shadow roots, two-step panel with category and reason
    A = "A"  # 2017 to about 2025: tabs, light DOM, yes/no question
    X = "X"  # a redesign nobody has seen


class SignIn(Term):
    """Whether the stand-in asks who is there."""

    OPEN = "open"  # every visitor is signed in
    REQUIRED = "required"  # password page, then a one-time password


class SecondSubmit(Term):
    """What the site answers to a second request for the same feedback."""

    ERROR = "error"
    SILENT = "silent"  # looks accepted, does nothing


@dataclass(slots=True)
class StoreSettings:
    """One store (an account on one marketplace) of the stand-in.

    Attributes:
        account: name of the selling account, shown in the page's header.
        marketplace: code such as US; its name is shown in the header.
        locale: language of the pages, one of `LOCALES`.
        generation: which build of the page is served.
        sign_in: whether visitors have to sign in.
        session_minutes: how long a session lives, on the stand-in's clock.
        idle_minutes: a session unused for this long ends, on the stand-in's clock.
        is_open: false sends visitors to the account switcher, as for a store not open on a marketplace.
        rows_delay_ms: the table shell appears at once, its rows this much later.
        menu_delay_ms: rows appear first, their menus this much later.
        answer_delay_ms: how long the site takes to answer a removal request.
        second_submit: the answer to a second request for the same feedback.
    """

    account: str
    marketplace: str
    locale: str = "en"
    generation: Generation = Generation.B
    sign_in: SignIn = SignIn.OPEN
    session_minutes: int = 12 * 60
    idle_minutes: int = 12 * 60
    is_open: bool = True
    rows_delay_ms: int = 30
    menu_delay_ms: int = 20
    answer_delay_ms: int = 30
    second_submit: SecondSubmit = SecondSubmit.ERROR

    def __post_init__(self) -> None:
        if self.locale not in LOCALES:
            raise ValueError(f"{self.locale!r} is no language of the stand-in: {LOCALES}")
        self.generation = Generation.parse(self.generation)
        self.sign_in = SignIn.parse(self.sign_in)
        self.second_submit = SecondSubmit.parse(self.second_submit)

    @property
    def key(self) -> str:
        """`account/marketplace`, the name of the store on the control port."""
        return store_key(self.account, self.marketplace)


@dataclass(slots=True)
class SiteSettings:
    """The whole stand-in.

    Attributes:
        stores: its stores; empty means one store for every account and marketplace among the rows.
        seed: every draw (decisions, unasked strikes, deletions) follows from it and the order id.
        unasked_strike_share: share of low-star feedback on orders shipped by Amazon that Amazon strikes by itself.
        buyer_deletes_share: share of feedback its buyer takes back within 60 days.
        decisions: overrides of the assumptions in decisions.toml, by reason code.
    """

    stores: list[StoreSettings] = field(default_factory=list)
    seed: int = 7
    unasked_strike_share: float = 0.0
    buyer_deletes_share: float = 0.0
    decisions: dict[str, dict[str, float]] = field(default_factory=dict)


def store_key(account: str, marketplace: str) -> str:
    """Name of a store on the control port and on disk."""
    return f"{account}/{marketplace}"
