"""How many requests a run may make while the way they are made is new: one, then three, then the cap."""

from typing import Final

_STAGES: Final = (1, 3)


def canary_limit(proven_runs: int) -> int | None:
    """Requests that this run may make of an account; None when only the caps limit it.

    Args:
        proven_runs: earlier runs of the account in which this version of program and page contract made a request that
            the page confirmed.
    """
    return _STAGES[proven_runs] if proven_runs < len(_STAGES) else None
