"""What is known about each unit: who claims which decision, and when the feedback was there or not.

Everything is folded by minimum, maximum and "any", so neither the order of the sightings nor a repeated one matters.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import Certainty, Decision, SightingKind, SightingSource
from transforms.outcomes.moments import (
    ALWAYS,
    NEVER,
    Groups,
    Mask,
    Moments,
    any_of,
    earliest,
    latest,
    moments,
)
from transforms.outcomes.units import Units

CLAIMS: Final = (SightingKind.REMOVED, SightingKind.STRUCK, SightingKind.DENIED)
"""What somebody may claim that Amazon decided; words of `Decision` too."""

_LOOKS_THERE: Final = (SightingKind.PRESENT, SightingKind.CHANGED)
_AT_AMAZON: Final = (
    SightingKind.SUBMITTED,
    SightingKind.MORE_INFORMATION,
    SightingKind.REOPENED,
)
"""Seen only when the request is at Amazon."""
_LEDGER: Final = "ledger"
_LEDGER_CONFIRMED: Final = "ledger, confirmed"
SOURCES: Final = (
    SightingSource.PAGE.value,
    SightingSource.EMAIL.value,
    SightingSource.WORKSHEET.value,
    SightingSource.REPORT.value,
    _LEDGER,
    _LEDGER_CONFIRMED,
)
_CONFIRMING: Final = (SightingSource.PAGE.value, SightingSource.EMAIL.value, _LEDGER_CONFIRMED)

Claimed = dict[SightingKind, Mask]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One value a unit in every array."""

    claimed: Claimed
    """By decision: some source's newest word is this."""
    claimed_by: dict[str, Claimed]
    """The same by source."""
    first_claimed: dict[SightingKind, Moments]
    last_claimed: dict[SightingKind, Moments]
    first_mark: Moments
    """First time the page showed Amazon's mark on it; `NEVER` when nobody saw it."""
    last_there: Moments
    """`ALWAYS` when it was never seen since it was asked about."""
    gone_since: Moments
    """First time it was missing after it was last there; `NEVER` when it was not missing."""
    first_submitted: Moments
    """First time the request itself was seen at Amazon."""
    is_changed: Mask
    is_unrecognised: Mask
    """An answer came that nobody could read."""
    wants_information: Mask
    """Amazon wants to know more before it decides."""
    is_reopened: Mask
    """Amazon looks at the case again."""
    ledger_gone_at: Moments
    """When the ledger concluded that it vanished; `NEVER` when it did not."""

    def is_confirmed(self, claim: SightingKind) -> Mask:
        """Whether Amazon's own words or mark say so."""
        result: Mask = np.logical_or.reduce([self.claimed_by[s][claim] for s in _CONFIRMING])
        return result

    def is_said_by(self, source: SightingSource, claim: SightingKind) -> Mask:
        """Whether that source's newest word is this."""
        return self.claimed_by[source.value][claim]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Sightings that belong to a unit."""

    unit: Groups
    at: Moments
    kind: "pa.ChunkedArray[Any]"
    source: npt.NDArray[np.int64]
    """Position in `SOURCES`."""

    def is_kind(self, *kinds: SightingKind) -> Mask:
        wanted = pa.array([kind.value for kind in kinds], pa.string())
        return pc.is_in(self.kind, value_set=wanted).to_numpy().astype(np.bool_)


@dataclass(frozen=True, slots=True)
class _Look:
    """Moments at which feedback was there, or was missing."""

    unit: Groups
    at: Moments


def gather(units: Units, feedback: pa.Table, sightings: pa.Table) -> Evidence:
    """Fold all that was seen, unit by unit; a decision in the request itself is a claim of the ledger.

    Args:
        units: from `make_units` of the same feedback.
        feedback: table `feedback`; its dates are looks of the reports.
        sightings: table `sighting`; those about unknown feedback are left aside.
    """
    seen = _with_units(units, sightings)
    ledger, ledger_gone_at = _ledger_claims(units)
    claims = _joined(seen, ledger)
    claimed_by, first, last = _claims(claims, units.count)
    there, missing = _looks(units, seen, feedback)
    last_there = latest(there.at, there.unit, units.count)
    is_after = missing.at > last_there[missing.unit]
    gone_since = earliest(missing.at[is_after], missing.unit[is_after], units.count)
    is_submitted = seen.is_kind(*_AT_AMAZON)
    is_mark = seen.is_kind(SightingKind.STRUCK) & (
        seen.source == SOURCES.index(SightingSource.PAGE.value)
    )
    return Evidence(
        claimed={
            claim: np.logical_or.reduce([claimed_by[source][claim] for source in SOURCES])
            for claim in CLAIMS
        },
        claimed_by=claimed_by,
        first_claimed=first,
        last_claimed=last,
        first_mark=earliest(seen.at[is_mark], seen.unit[is_mark], units.count),
        last_there=last_there,
        gone_since=gone_since,
        first_submitted=earliest(seen.at[is_submitted], seen.unit[is_submitted], units.count),
        is_changed=any_of(seen.is_kind(SightingKind.CHANGED), seen.unit, units.count),
        is_unrecognised=any_of(seen.is_kind(SightingKind.UNRECOGNISED), seen.unit, units.count),
        wants_information=any_of(
            seen.is_kind(SightingKind.MORE_INFORMATION), seen.unit, units.count
        ),
        is_reopened=any_of(seen.is_kind(SightingKind.REOPENED), seen.unit, units.count),
        ledger_gone_at=ledger_gone_at,
    )


def _with_units(units: Units, sightings: pa.Table) -> _Seen:
    """Give each sighting its unit: the request it names, else the feedback's round that was running."""
    ids = pc.unique(units.identity["feedback_id"])
    id_of_unit = pc.index_in(units.identity["feedback_id"], value_set=ids).to_numpy()
    first = np.full(len(ids), -1, np.int64)
    second = np.full(len(ids), -1, np.int64)
    number = np.arange(units.count)
    is_later_round = units.identity["round"].to_numpy() > 1
    second[id_of_unit[is_later_round]] = number[is_later_round]
    first[id_of_unit[~is_later_round]] = number[~is_later_round]
    first = np.where(first < 0, second, first)  # the first round may not be in the table

    known = sightings.filter(pc.is_in(sightings["feedback_id"], value_set=ids))
    at = moments(known["seen_at"], ALWAYS)
    where = pc.index_in(known["feedback_id"], value_set=ids).to_numpy()
    in_second = (second[where] >= 0) & (at >= units.begins[second[where]])
    unit = np.where(in_second, second[where], first[where])
    named = (
        pc.index_in(known["request_id"], value_set=units.requests["request_id"], skip_nulls=True)
        .fill_null(-1)
        .to_numpy()
    )
    unit = np.where(named >= 0, named, unit).astype(np.int64)
    source = pc.index_in(known["source"], value_set=pa.array(SOURCES, pa.string()))
    return _Seen(unit, at, known["seen"], source.to_numpy().astype(np.int64))


def _ledger_claims(units: Units) -> tuple[_Seen, Moments]:
    """Decisions that the ledger holds, as claims; and when it concluded that a feedback vanished."""
    requests = units.requests
    at = moments(requests["decided_at"], ALWAYS)
    is_gone = pc.equal(requests["decision"], pa.scalar(Decision.GONE_UNATTRIBUTED.value))
    gone_at = np.full(units.count, NEVER, np.int64)
    gone_rows = np.flatnonzero(is_gone.fill_null(False).to_numpy())  # Arrow takes it by position
    gone_at[gone_rows] = at[gone_rows]
    is_confirmed = pc.equal(requests["certainty"], pa.scalar(Certainty.CONFIRMED.value))
    source = np.where(
        is_confirmed.fill_null(False).to_numpy(),  # Arrow takes it by position
        SOURCES.index(_LEDGER_CONFIRMED),
        SOURCES.index(_LEDGER),
    )
    unit = np.arange(requests.num_rows, dtype=np.int64)
    return _Seen(unit, at, requests["decision"], source.astype(np.int64)), gone_at


def _joined(one: _Seen, other: _Seen) -> _Seen:
    return _Seen(
        np.concatenate([one.unit, other.unit]),
        np.concatenate([one.at, other.at]),
        pa.chunked_array([*one.kind.chunks, *other.kind.chunks], pa.string()),
        np.concatenate([one.source, other.source]),
    )


def _claims(
    seen: _Seen, unit_count: int
) -> tuple[dict[str, Claimed], dict[SightingKind, Moments], dict[SightingKind, Moments]]:
    """The newest claim of each source, and when each decision was claimed first and last."""
    is_claim = seen.is_kind(*CLAIMS)
    group = seen.unit * len(SOURCES) + seen.source
    group_count = unit_count * len(SOURCES)
    newest = latest(seen.at[is_claim], group[is_claim], group_count)
    is_newest = is_claim & (seen.at == newest[group])
    by_source: dict[str, Claimed] = {source: {} for source in SOURCES}
    first: dict[SightingKind, Moments] = {}
    last: dict[SightingKind, Moments] = {}
    for claim in CLAIMS:
        chosen = is_newest & seen.is_kind(claim)
        found = any_of(chosen, group, group_count).reshape(unit_count, len(SOURCES))
        for place, source in enumerate(SOURCES):
            by_source[source][claim] = found[:, place]
        first[claim] = earliest(seen.at[chosen], seen.unit[chosen], unit_count)
        last[claim] = latest(seen.at[chosen], seen.unit[chosen], unit_count)
    return by_source, first, last


def _looks(units: Units, seen: _Seen, feedback: pa.Table) -> tuple[_Look, _Look]:
    """When feedback was there and when it was missing, by sightings and by the dates in its own row."""
    is_current = seen.at >= units.asked_from[seen.unit]
    there = is_current & seen.is_kind(*_LOOKS_THERE)
    missing = is_current & seen.is_kind(SightingKind.ABSENT)

    unit = np.flatnonzero(units.is_newest & (units.feedback_row >= 0))
    row = units.feedback_row[unit]
    shown = moments(feedback["last_seen_date"], ALWAYS)[row]
    # The date of the oldest report without it stays, however many follow: it holds for rounds that began later too.
    not_shown = moments(feedback["not_seen_since_date"], NEVER)[row]
    is_shown = shown >= units.asked_from[unit]
    is_missing = not_shown != NEVER
    return (
        _look(seen, there, unit[is_shown], shown[is_shown]),
        _look(seen, missing, unit[is_missing], not_shown[is_missing]),
    )


def _look(seen: _Seen, chosen: Mask, unit: Groups, at: Moments) -> _Look:
    return _Look(np.concatenate([seen.unit[chosen], unit]), np.concatenate([seen.at[chosen], at]))
