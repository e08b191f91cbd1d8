"""The breaker that stops submitting when too few requests are granted: Amazon punishes wrong ones in numbers.

Source: Seller Central help 201101660 forbids high volumes of incorrect or speculative requests.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from schemas.vocabularies import Decision

SILENCE: Final = timedelta(days=21)
"""A request without any visible change for this long counts as not granted: the page shows a denial no differently."""

_GRANTED: Final = frozenset({Decision.REMOVED, Decision.STRUCK, Decision.GONE_UNATTRIBUTED})
_UNANSWERED: Final = frozenset({Decision.PENDING})


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one request.

    Attributes:
        decision: as in table `outcome`; feedback that vanished counts as granted here, though not for analysts.
        asked_at: when it was asked.
        decided_at: when that was seen; None while it is open.
    """

    decision: Decision
    asked_at: datetime
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GrantRate:
    """How many of the newest answers were in the seller's favour."""

    granted: int
    judged: int
    is_too_low: bool


def grant_rate(
    answers: Iterable[Answer],
    *,
    floor: float,
    window: int,
    at: datetime,
    since: datetime | None = None,
) -> GrantRate:
    """Judge the newest answers; fewer than half a window prove nothing.

    Args:
        answers: of one account, in any order.
        floor: share of granted answers under which submission stops.
        window: how many of the newest answers count.
        at: now.
        since: answers up to this moment were looked at by a person who said go.
    """
    judged: list[tuple[datetime, bool]] = []
    for answer in answers:
        silent_at = answer.asked_at + SILENCE
        if answer.decision in _GRANTED and answer.decided_at:
            judged.append((answer.decided_at, True))
        elif answer.decision is Decision.DENIED and answer.decided_at:
            judged.append((answer.decided_at, False))
        elif answer.decision in _UNANSWERED and silent_at <= at:
            judged.append((silent_at, False))
    newest = sorted(entry for entry in judged if since is None or entry[0] > since)[-window:]
    granted = sum(is_granted for _, is_granted in newest)
    is_enough = len(newest) * 2 >= window
    return GrantRate(granted, len(newest), is_enough and granted < floor * len(newest))
