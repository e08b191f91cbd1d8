"""What each ground says of each comment, with the words that are shown for it."""

from collections.abc import Sequence
from itertools import repeat
from typing import Final

import numpy as np
import numpy.typing as npt

from rules.analysis import NAMES, Found
from rules.ground_file import GroundRule
from rules.judgement import GroundFinding, Span
from rules.outcomes import (
    CONTESTED,
    DISMISSED,
    DOUBTED,
    HINTED,
    IS_HELD,
    LOWERED,
    MET,
    NAMING,
    NEEDS,
    NOT_MET,
    OUTCOMES,
    PLAIN,
    RAISED,
    REASON,
    verdict_of,
)
from schemas.vocabularies import JudgedVerdict

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Outcomes = npt.NDArray[np.int8]

_MOST_SPANS: Final = 8
_TELLS: Final = ~np.isin(np.arange(OUTCOMES), PLAIN)
_NAMES_A_WORD: Final = np.isin(np.arange(OUTCOMES), NAMING)
_SURE: Final = 102
"""Answers of the second opinion: not asked, and 0 to 100 percent."""


class FindingMaker:
    """Makes the findings of all grounds; those of an outcome that shows no words are the same objects."""

    def __init__(self, grounds: Sequence[GroundRule], masks: Sequence[Flags]) -> None:
        self._rules = grounds
        speaks, against, doubts, hints, _, weak = masks
        shape = len(grounds), OUTCOMES, speaks.shape[1]
        shown_for = np.broadcast_to(speaks[:, np.newaxis], shape).copy()
        shown_for[:, HINTED] |= hints
        shown_against = np.broadcast_to(against[:, np.newaxis], shape).copy()
        for outcome in (DOUBTED, DISMISSED, CONTESTED, LOWERED):
            shown_against[:, outcome] |= doubts | weak
        # by the number of a ground and outcome, and by class
        self._shown_for = shown_for.reshape(-1, speaks.shape[1])
        self._shown_against = shown_against.reshape(-1, speaks.shape[1])
        self._ground = [rule.ground for rule in grounds for _ in range(OUTCOMES)]
        self._is_held: list[bool] = IS_HELD.tolist() * len(grounds)
        self._verdict = [verdict_of(n, rule) for rule in grounds for n in range(OUTCOMES)]
        self._plain = {outcome: [_plain(rule, outcome) for rule in grounds] for outcome in PLAIN}
        self._reason: dict[int, str] = {}

    def make(
        self, found: Found, row: Index, outcomes: Outcomes, percent: Outcomes
    ) -> list[tuple[GroundFinding, ...]]:
        """For each row what each ground says.

        Args:
            found: stretches of the texts that some ground cares about.
            row: text of each row.
            outcomes: row by ground.
            percent: what the second opinion said, -1 if it was not asked: row by ground.
        """
        grounds = len(self._rules)
        cells = self._plain[NOT_MET] * len(row)
        flat = outcomes.ravel()
        for needing in np.flatnonzero(flat == NEEDS).tolist():
            cells[needing] = self._plain[NEEDS][needing % grounds]
        telling = np.flatnonzero(_TELLS.take(flat))
        place, ground = np.divmod(telling, grounds)
        kind: Index = ground * OUTCOMES + flat.take(telling).astype(np.int64)
        made = self._with_words(found, row.take(place), kind, percent.ravel().take(telling))
        for cell, finding in zip(telling.tolist(), made, strict=True):
            cells[cell] = finding
        return list(zip(*[iter(cells)] * grounds, strict=True))

    def _with_words(
        self, found: Found, row: Index, kind: Index, sure: Outcomes
    ) -> list[GroundFinding]:
        """Findings with their words.

        Args:
            found: stretches of the texts.
            row: text of each finding.
            kind: number of its ground and outcome.
            sure: what the second opinion said in percent, -1 if it was not asked.
        """
        which, entry, ends = found.of_rows(row)
        classes = found.classes.take(entry)
        kind_of = kind.take(which)
        evidence, evidence_ends = _first_of_each(self._shown_for[kind_of, classes], which, ends)
        against, against_ends = _first_of_each(self._shown_against[kind_of, classes], which, ends)
        evidence, against = entry.take(evidence), entry.take(against)
        is_shown = np.zeros(len(found.classes), np.bool_)
        is_shown[evidence] = True
        is_shown[against] = True
        spans = found.spans(np.flatnonzero(is_shown))
        place = np.cumsum(is_shown) - 1
        first_name = np.full(len(kind), -1)
        named = np.flatnonzero((np.diff(against_ends) > 0) & _NAMES_A_WORD.take(kind % OUTCOMES))
        first_name[named] = found.names.take(against.take(against_ends.take(named)))
        shown = [
            _cut(tuple(map(spans.__getitem__, place.take(words).tolist())), ends)
            for words, ends in ((evidence, evidence_ends), (against, against_ends))
        ]
        kinds = kind.tolist()
        columns = (
            map(self._ground.__getitem__, kinds),
            map(self._is_held.__getitem__, kinds),
            map(self._verdict.__getitem__, kinds),
            self._reasons(kind, first_name, sure),
            *shown,
        )
        return list(map(tuple.__new__, repeat(GroundFinding), zip(*columns, strict=True)))

    def _reasons(self, kind: Index, name: Index, sure: Outcomes) -> list[str]:
        """Reason of each finding; `name` is the number of the class that it names, -1 for none."""
        keys = ((kind * (len(NAMES) + 1) + name + 1) * _SURE + sure + 1).tolist()
        for key in set(keys).difference(self._reason):
            rest, its_sure = divmod(key, _SURE)
            its_kind, its_name = divmod(rest, len(NAMES) + 1)
            self._reason[key] = self._reason_of(its_kind, its_name - 1, its_sure - 1)
        return list(map(self._reason.__getitem__, keys))

    def _reason_of(self, kind: int, name: int, sure: int) -> str:
        ground, outcome = divmod(kind, OUTCOMES)
        reason = REASON[outcome]
        if outcome in {MET, RAISED}:
            reason = f"{reason}: {self._rules[ground].title.lower()}"
        if name >= 0:
            reason = f"{reason} ({NAMES[name].replace('_', ' ')})"
        return f"{reason}; second opinion {sure} of 100" if sure >= 0 else reason


def _plain(rule: GroundRule, outcome: int) -> GroundFinding:
    return GroundFinding(rule.ground, False, JudgedVerdict.LEAVE, REASON[outcome])


def _cut(spans: tuple[Span, ...], ends: Index) -> list[tuple[Span, ...]]:
    """The spans of each finding; `ends` tells where they end, after a 0."""
    found: list[tuple[Span, ...]] = [()] * (len(ends) - 1)
    some = np.flatnonzero(np.diff(ends))
    begin, end = ends.take(some).tolist(), ends.take(some + 1).tolist()
    for finding, first, last in zip(some.tolist(), begin, end, strict=True):
        found[finding] = spans[first:last]
    return found


def _first_of_each(is_shown: Flags, row: Index, ends: Index) -> tuple[Index, Index]:
    """Places of the first words of each row that are shown, and where each row's end among them."""
    before: Index = np.concatenate((np.zeros(1, np.int64), np.cumsum(is_shown)))
    before_row = before.take(ends)
    kept = np.flatnonzero(is_shown)
    kept = kept[before.take(kept) - before_row.take(row.take(kept)) < _MOST_SPANS]
    sizes = np.minimum(np.diff(before_row), _MOST_SPANS)
    return kept, np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))
