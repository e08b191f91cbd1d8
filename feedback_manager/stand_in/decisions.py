"""What the stand-in will decide about a request: seeded draws from assumptions that are printed, never hidden."""

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from typing import Final

from feedback_manager.stand_in.feedback_rows import FeedbackRow, RowState
from schemas.vocabularies import FulfillmentChannel

_OUTCOMES: Final = ("removed", "struck", "denied", "pending")
_AMAZON_SHIPPED_CODE: Final = "402"
_BUY_SHIPPING_CODE: Final = "401"


@dataclass(frozen=True, slots=True)
class Odds:
    """Assumed shares for one reason code; they sum to 1."""

    ground: str
    removed: float
    struck: float
    denied: float
    pending: float
    days: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A decision that will fall `after` the request; `pending` (state None) never falls."""

    state: RowState | None
    after: timedelta


class Assumptions:
    """The odds by reason code."""

    def __init__(self, overrides: Mapping[str, Mapping[str, float]] | None = None) -> None:
        text = resources.files(__package__).joinpath("decisions.toml").read_text("utf-8")
        self._odds = {code: _odds(code, entry) for code, entry in tomllib.loads(text).items()}
        for code, shares in (overrides or {}).items():
            base = self._odds.get(code, self._odds["other"])
            entry: dict[str, object] = {"ground": base.ground, "days": base.days, **shares}
            self._odds[code] = _odds(code, entry)

    def of(self, reason_code: str) -> Odds:
        """Odds of a reason code; codes without their own share those of `other`."""
        return self._odds.get(reason_code, self._odds["other"])

    def draw(self, row: FeedbackRow, reason_code: str, seed: int) -> Drawn:
        """The decision about this request: the same seed, order and reason always give the same one.

        A delivery request for a parcel that the seller shipped is denied whatever the odds.
        """
        odds = self.of(reason_code)
        chance = random.Random(f"{seed}/{row.order_id}/{reason_code}")  # noqa: S311 - reproducible, not secret
        after = timedelta(hours=chance.uniform(odds.days[0] * 24, odds.days[1] * 24))
        if (
            reason_code == _AMAZON_SHIPPED_CODE
            and row.fulfillment_channel is FulfillmentChannel.MFN
        ):
            return Drawn(RowState.DENIED, after)
        point = chance.random()
        for state, share in (
            (RowState.REMOVED, odds.removed),
            (RowState.STRUCK, odds.struck),
            (RowState.DENIED, odds.denied),
        ):
            if point < share:
                return Drawn(state, after)
            point -= share
        return Drawn(None, after)

    def describe(self) -> str:
        """The assumptions as a small table for people."""
        lines = [
            "The stand-in's decisions are draws from these assumptions, not from Amazon's real rates:"
        ]
        lines += [
            f"  {code:>5}  {odds.ground:<22} removed {odds.removed:.0%}, struck {odds.struck:.0%}, "
            f"denied {odds.denied:.0%}, still pending {odds.pending:.0%}; {odds.days[0]} to {odds.days[1]} days"
            for code, odds in self._odds.items()
        ]
        return "\n".join(lines)


def note_kind(reason_code: str) -> str:
    """Which of Amazon's two notes stands under a comment struck for this reason."""
    return "buy_shipping" if reason_code == _BUY_SHIPPING_CODE else "fba"


def _odds(code: str, entry: Mapping[str, object]) -> Odds:
    shares = {name: float(str(entry.get(name, 0.0))) for name in _OUTCOMES}
    if abs(sum(shares.values()) - 1) > 1e-9:
        raise ValueError(
            f"decisions for reason {code}: {shares} sum to {sum(shares.values())}, not 1"
        )
    days = entry["days"]
    if not (isinstance(days, list | tuple) and len(days) == 2):
        raise ValueError(f"decisions for reason {code}: days must be two numbers")
    return Odds(str(entry["ground"]), **shares, days=(int(days[0]), int(days[1])))
