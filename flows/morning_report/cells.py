"""How figures are written, on the page and in Prefect alike."""

from transforms.figures import Rate, Shares

NOTHING = "–"


def rate(value: Rate | None) -> str:
    """A share of cases in whole percent with its interval.

    >>> rate(Rate(0.5, 0.25, 0.75))
    '50 % (25–75)'
    """
    if value is None:
        return NOTHING
    share, low, high = (round(100 * number) for number in value)
    return f"{share} % ({low}–{high})"


def shares(value: Shares | None) -> str:
    """Positive, neutral and negative share.

    >>> shares(Shares(98, 1, 0))
    '98 / 1 / 0 %'
    """
    return (
        "unknown" if value is None else f"{value.positive} / {value.neutral} / {value.negative} %"
    )


def percent(value: float | None) -> str:
    """A rate with two decimals.

    >>> percent(0.75)
    '0.75 %'
    """
    return NOTHING if value is None else f"{value:.2f} %"


def words(term: str) -> str:
    """A term of a vocabulary as words."""
    return term.replace("_", " ")
