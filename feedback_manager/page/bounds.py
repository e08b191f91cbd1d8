"""How long the driver waits for what, in seconds; every wait ends."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Upper bounds of waiting.

    The defaults follow what live tools needed: 45 s for the table, up to 25 s for its rows (public code, August 2026).

    Attributes:
        navigation: one page load.
        landing: until a page shows what it is.
        rows: until the rows of a page are there.
        menus: from then, until every row's menu is readable.
        empty: a list without rows counts as empty only after this long.
        panel: each step of the panel.
        answer: from the click until the page has its answer.
        silence: from the click, when the page sends nothing at all.
    """

    navigation: float = 30
    landing: float = 45
    rows: float = 25
    menus: float = 8
    empty: float = 3
    panel: float = 10
    answer: float = 20
    silence: float = 3
