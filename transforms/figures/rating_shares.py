"""Positive, neutral and negative share of the feedback, as Amazon shows them.

Positive is 4-5 stars, neutral 3, negative 1-2. A share is a part of all feedback of the period, neutral included, and
each is rounded on its own to whole percent, so the three need not add up to 100: 1,001, 15 and 4 give 98, 1 and 0
(Seller Central help 761; it does not tell which way a half goes, up is taken). Feedback counts by the day it was
received. Reports list only negative and neutral feedback, so without a known number of positives the shares stay
unknown and the figure says that it is partial.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from schemas.vocabularies import Decision
from transforms.figures.standing import OUT_OF_THE_RATING, has_decision

PERIODS_DAYS: Final = (30, 90, 365)
NEUTRAL_RATING: Final = 3
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Shares:
    """Whole percent of all feedback, each rounded on its own."""

    positive: int
    neutral: int
    negative: int


@dataclass(frozen=True, slots=True)
class RatingShares:
    """One account's feedback in one marketplace over the last `days` days, the business date included."""

    account: str
    marketplace: str
    days: int
    positive_count: int | None
    """Null when nobody told it: the figure is partial."""
    neutral_count: int
    negative_count: int
    pending_neutral_count: int
    """Of `neutral_count`, those with a request that waits for Amazon."""
    pending_negative_count: int

    @property
    def is_partial(self) -> bool:
        """Whether the positives are unknown."""
        return self.positive_count is None

    @property
    def shares(self) -> Shares | None:
        """As they are now; null when partial, or without any feedback."""
        return shares_of(self.positive_count, self.neutral_count, self.negative_count)

    @property
    def shares_if_granted(self) -> Shares | None:
        """As they would be if Amazon granted every pending request."""
        return shares_of(
            self.positive_count,
            self.neutral_count - self.pending_neutral_count,
            self.negative_count - self.pending_negative_count,
        )


def shares_of(positive: int | None, neutral: int, negative: int) -> Shares | None:
    """Shares in whole percent; null when the positives are unknown or there is no feedback.

    >>> shares_of(1001, 15, 4)
    Shares(positive=98, neutral=1, negative=0)
    """
    if positive is None or not positive + neutral + negative:
        return None
    total = positive + neutral + negative
    return Shares(_percent(positive, total), _percent(neutral, total), _percent(negative, total))


def _percent(count: int, total: int) -> int:
    """Rounded half up, in whole numbers: no float is ever near a half."""
    return (200 * count + total) // (2 * total)


def rating_shares(
    feedback: pa.Table,
    outcome: pa.Table,
    *,
    as_of: date,
    positives: Mapping[tuple[str, str, int], int] | None = None,
) -> list[RatingShares]:
    """Shares of every account and marketplace over 30, 90 and 365 days.

    Args:
        feedback: table `feedback`.
        outcome: table `outcome`; what was removed, struck or is gone no longer counts.
        as_of: business date, the last day of each period.
        positives: number of positive feedback by account, marketplace and days of the period.

    Returns:
        Sorted by account, marketplace and period.
    """
    ids = feedback["feedback_id"]
    counts = ~has_decision(ids, outcome, OUT_OF_THE_RATING)
    is_pending = has_decision(ids, outcome, (Decision.PENDING,))
    rating = feedback["rating"].to_numpy()
    age = (as_of - _EPOCH).days - feedback["feedback_date"].cast(pa.int32()).to_numpy()
    known = positives or {}
    result = []
    for days in PERIODS_DAYS:
        is_counted = counts & (age >= 0) & (age < days)
        masks = {
            "neutral": is_counted & (rating == NEUTRAL_RATING),
            "negative": is_counted & (rating < NEUTRAL_RATING),
        }
        masks |= {f"pending_{name}": mask & is_pending for name, mask in list(masks.items())}
        counted = feedback.select(["account", "marketplace"])
        for name, mask in masks.items():
            counted = counted.append_column(name, pa.array(mask.astype(np.int64)))
        sums = counted.group_by(["account", "marketplace"]).aggregate([(n, "sum") for n in masks])
        result += [
            RatingShares(
                account=row["account"],
                marketplace=row["marketplace"],
                days=days,
                positive_count=known.get((row["account"], row["marketplace"], days)),
                neutral_count=row["neutral_sum"],
                negative_count=row["negative_sum"],
                pending_neutral_count=row["pending_neutral_sum"],
                pending_negative_count=row["pending_negative_sum"],
            )
            for row in sums.to_pylist()
        ]
    return sorted(result, key=lambda row: (row.account, row.marketplace, row.days))
