"""How far a rate from few cases may be off: the Wilson score interval."""

from math import sqrt
from typing import Final, NamedTuple

Z_95: Final = 1.959963984540054
"""Standard normal quantile for 95 % confidence."""


class Rate(NamedTuple):
    """A share of cases with its 95 % interval; all between 0 and 1."""

    share: float
    low: float
    high: float


def wilson(hits: int, cases: int) -> Rate | None:
    """The share of hits with its interval (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927); null without cases.

    >>> wilson(0, 0)
    >>> [round(bound, 4) for bound in wilson(8, 10)]
    [0.8, 0.4902, 0.9433]

    Raises:
        ValueError: more hits than cases, or a negative number.
    """
    if not 0 <= hits <= cases:
        raise ValueError(f"{hits} hits of {cases} cases is no share")
    if not cases:
        return None
    share = hits / cases
    shrink = 1 + Z_95**2 / cases
    middle = (share + Z_95**2 / (2 * cases)) / shrink
    reach = Z_95 * sqrt(share * (1 - share) / cases + Z_95**2 / (4 * cases**2)) / shrink
    # At the ends the exact bound is 0 or 1; rounding errors must not push it past the share.
    low = 0.0 if hits == 0 else middle - reach
    high = 1.0 if hits == cases else middle + reach
    return Rate(share, low, high)
