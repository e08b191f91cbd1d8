"""From what was found in comments to judgements: each ground's outcome, the verdict, and the words that decided."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.analysis import NAMES, Analysis, Found, class_masks, class_number
from rules.context import WIDTH
from rules.ground_file import GroundRule, Quantifier
from rules.judgement import GroundFinding, Judgement, Span
from rules.rule_book import RuleBook, Wording
from rules.second_opinion import TOLD_GROUNDS, TOPICS
from rules.topics import topics_of
from rules.word_classes import NUMBER_OF, WordClass
from schemas.vocabularies import Ground, JudgedVerdict

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_MOST_SPANS: Final = 8
NOT_MET, MET, DOUBTED, BLOCKED, NEEDS, DAMAGED, FOREIGN, NARROW, HINTED, TOO_LONG = range(10)
RAISED, LOWERED, DISMISSED, CONTESTED = range(10, 14)
_REASON: Final = {
    NOT_MET: "no_evidence: nothing in the comment speaks for it",
    MET: "met",
    DOUBTED: "doubted: a part of the comment may be about something else",
    BLOCKED: "mixed: a part of the comment is about something else",
    NEEDS: "order: the order's facts do not support it",
    DAMAGED: "damaged_text: characters were lost, so a person has to read it",
    FOREIGN: "language: the language is not covered, so a person has to read it",
    NARROW: "narrow_wording: under this edition of the policy a person decides",
    HINTED: "hinted: close to the ground, but not plainly so",
    TOO_LONG: "too_long: the comment was not read to its end",
    RAISED: "raised",
    LOWERED: "lowered: the words fit, the whole comment may not",
    DISMISSED: "dismissed: the whole comment is hardly about it",
    CONTESTED: "contested: a part of the comment may be about something else",
}
_OUTCOMES: Final = len(_REASON)
_PLAIN: Final = (NOT_MET, NEEDS)
"""Outcomes that no words of the comment have to be shown for."""
_NAMING: Final = frozenset((BLOCKED, DOUBTED, DISMISSED, CONTESTED))
"""Outcomes whose reason names the first word that speaks against."""
_AGAINST: Final = (BLOCKED, DISMISSED)
"""Outcomes that explain why a comment is left alone."""
_HOLDS: Final = (MET, RAISED)
_IS_HELD: Final = np.isin(np.arange(_OUTCOMES), _HOLDS)
_SURE: Final = [f"; second opinion {percent} of 100" for percent in range(101)]
_TELLS: Final = ~np.isin(np.arange(_OUTCOMES), _PLAIN)
_SPOKEN: Final = {name: name.replace("_", " ") for name in NAMES}
_LANGUAGE_FREE: Final = (Ground.PERSONAL_INFORMATION, Ground.PROMOTIONAL_CONTENT)
_RATING: Final = "rating: 4 and 5 stars are never candidates"
_NO_COMMENT: Final = "no_comment: a rating without a comment meets no ground"
_NO_GROUND: Final = "no_ground: no policy clause fits this comment"


class Facts(NamedTuple):
    """What decides besides the text.

    Attributes:
        rating_allows: one to three stars.
        channel: fulfilment channel.
        is_buy_shipping_on_time: label bought through Amazon, and shipped on time.
        wordings: number of the editions that apply.
        is_damaged: characters were lost.
        is_cut: the comment was not read to its end.
    """

    rating_allows: bool
    channel: str
    is_buy_shipping_on_time: bool
    wordings: int
    is_damaged: bool
    is_cut: bool


class _Template(NamedTuple):
    """What all comments with the same outcomes share; `shown` is the ground whose words are shown, -1 for none."""

    verdict: JudgedVerdict
    ground: Ground | None
    reason: str | None
    shown: int
    language: str
    edition: str


def told_grounds(book: RuleBook) -> tuple[int, ...]:
    """Numbers of the grounds whose outcome the second opinion is told."""
    numbers = {rule.ground: number for number, rule in enumerate(book.grounds)}
    return tuple(numbers[ground] for ground in TOLD_GROUNDS)


class Decider:
    """Applies the grounds of a rule book.

    Attributes:
        masks: ground by class: evidence, blocking, doubting, hinting, strong evidence, doubting weak evidence.
        editions: wordings of all grounds, by the number that `Facts` names.
    """

    def __init__(self, book: RuleBook) -> None:
        self._book = book
        self._grounds = book.grounds
        self.masks = class_masks(book.grounds)
        self._wordsets = [
            _GroundWords(book, number, self.masks) for number in range(len(book.grounds))
        ]
        self.editions: list[tuple[Wording, ...]] = []
        self._uses = (
            {number: rule.opinion for number, rule in enumerate(book.grounds) if rule.opinion}
            if book.opinion
            else {}
        )
        self._told = told_grounds(book)
        self._fba = next(
            n for n, rule in enumerate(book.grounds) if rule.ground is Ground.FBA_FULFILLMENT
        )
        self._blocking = {
            number: self.masks[1][number, :WIDTH].astype(np.int32) for number in self._uses
        }
        self._final = {
            number: [class_number(name) for name in use.final] for number, use in self._uses.items()
        }
        self._never_raised = {
            number: [class_number(name) for name in use.never_raised_with]
            for number, use in self._uses.items()
        }
        self._templates: dict[int, _Template] = {}

    def decide(
        self, analysis: Analysis, row: Index, facts: Sequence[Facts], fact: Index
    ) -> list[Judgement]:
        """One judgement for each asked row of the analysis.

        Args:
            analysis: what was found in a chunk of texts.
            row: the texts that are asked about; a text may be asked about under several facts.
            facts: distinct facts.
            fact: place in `facts` of the facts of each row.
        """
        outcomes, percent = self._outcomes(analysis, row, facts, fact)
        findings = list(zip(*self._findings(analysis, row, outcomes, percent), strict=True))
        keys = self._keys(analysis, row, outcomes, facts, fact)
        version = self._book.version
        topics = topics_of(analysis.reading.counts[row])
        found: list[Judgement] = []
        for place, (key, finding, topic) in enumerate(zip(keys, findings, topics, strict=True)):
            template = self._templates.get(key)
            if template is None:
                template = self._template(
                    outcomes[place].tolist(), analysis, int(row[place]), facts[fact[place]]
                )
                self._templates[key] = template
            verdict, ground, reason, shown, language, edition = template
            evidence: tuple[Span, ...] = ()
            blocked: tuple[Span, ...] = ()
            if shown >= 0:
                _, _, _, its_reason, evidence, blocked = finding[shown]
                reason = reason or its_reason
            found.append(
                tuple.__new__(
                    Judgement,
                    (
                        verdict,
                        ground,
                        reason or _NO_GROUND,
                        evidence,
                        blocked,
                        language,
                        version,
                        edition,
                        finding,
                        topic,
                    ),
                )
            )
        return found

    @staticmethod
    def _keys(
        analysis: Analysis,
        row: Index,
        outcomes: npt.NDArray[np.int8],
        facts: Sequence[Facts],
        fact: Index,
    ) -> list[int]:
        """What comments must have in common to share a template, as one number."""
        key = np.zeros(len(row), np.int64)
        for number in range(outcomes.shape[1]):
            key = key * _OUTCOMES + outcomes[:, number]
        allowed = np.array([f.rating_allows for f in facts], np.int64)[fact]
        wordings = np.array([f.wordings for f in facts], np.int64)[fact]
        key = (key * 2 + allowed) * 2 + np.array(analysis.has_text, np.int64)[row]
        key = (key * (len(analysis.languages) + 1) + analysis.language[row] + 1) + wordings * (
            _OUTCOMES ** outcomes.shape[1] * 4 * (len(analysis.languages) + 1)
        )
        listed: list[int] = key.tolist()
        return listed

    def _outcomes(
        self, analysis: Analysis, row: Index, facts: Sequence[Facts], fact: Index
    ) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
        """Outcome of each ground, and what the second opinion said in percent: row by ground."""
        fits = self._fits(facts, fact)
        outcomes = np.where(fits, self._found(analysis, row), NOT_MET).astype(np.int8)
        percent = self._ask_again(analysis, row, outcomes)
        cut = np.array([f.is_cut for f in facts])[fact]
        damaged = np.array([f.is_damaged for f in facts])[fact]
        edition = np.array([f.wordings for f in facts])[fact]
        foreign = analysis.language[row] < 0
        is_there = analysis.sums[0][row] | analysis.sums[3][row]
        for number, rule in enumerate(self._grounds):
            outcome = outcomes[:, number]
            if rule.quantifier is Quantifier.ENTIRE:
                narrow = self._narrow(analysis, row, edition, number)
                outcome[_IS_HELD[outcome] & narrow] = NARROW
            if rule.ground not in _LANGUAGE_FREE:
                outcome[_IS_HELD[outcome] & foreign] = FOREIGN
            outcome[_IS_HELD[outcome] & damaged] = DAMAGED
            outcome[_IS_HELD[outcome] & cut] = TOO_LONG
            outcome[~fits[:, number] & is_there[:, number]] = NEEDS
        return outcomes, percent

    def _fits(self, facts: Sequence[Facts], fact: Index) -> Flags:
        """Whether the order's facts support each ground: row by ground."""
        fits = np.ones((len(facts), len(self._grounds)), np.bool_)
        for place, known in enumerate(facts):
            for number, rule in enumerate(self._grounds):
                if rule.channels and known.channel not in rule.channels:
                    fits[place, number] = False
                if rule.needs_buy_shipping and not known.is_buy_shipping_on_time:
                    fits[place, number] = False
        return fits[fact]

    def _found(self, analysis: Analysis, row: Index) -> npt.NDArray[np.int8]:
        """What the words alone say of each ground: row by ground."""
        evidence, blocked, doubted, hinted, strong, weak = (sums[row] for sums in analysis.sums)
        outcomes = np.full(evidence.shape, NOT_MET, np.int8)
        outcomes[hinted] = HINTED
        outcomes[evidence] = MET
        outcomes[evidence & (doubted | (~strong & weak))] = DOUBTED
        outcomes[evidence & blocked] = BLOCKED
        return outcomes

    def _ask_again(
        self, analysis: Analysis, row: Index, outcomes: npt.NDArray[np.int8]
    ) -> npt.NDArray[np.int8]:
        """Let the second opinion change what it may; gives back what it said in percent: row by ground, -1 if not asked."""
        percent = np.full(outcomes.shape, -1, np.int8)
        opinion = self._book.opinion
        if opinion is None or not self._uses:
            return percent
        hits = analysis.reading.counts[row]
        is_few = {
            number: (outcomes[:, number] == BLOCKED)
            & (hits @ self._blocking[number] <= use.contested_by_at_most)
            for number, use in self._uses.items()
        }
        there = analysis.is_there[row]
        is_asked = {
            number: (is_few[number] | np.isin(outcomes[:, number], (MET, DOUBTED)))
            & ~there[:, self._final[number]].any(axis=1)
            for number in self._uses
        }
        texts = np.zeros(len(analysis.texts), np.bool_)
        texts[row[np.any(list(is_asked.values()), axis=0)]] = True
        if not texts.any():
            return percent
        said = opinion.ask(analysis.signs(self._told, opinion.languages, texts))[row]
        for number, use in self._uses.items():
            sure = said[:, TOPICS.index(use.topic)]
            outcome = outcomes[:, number]
            asked = is_asked[number]
            percent[asked, number] = np.floor(sure[asked] * 100)
            contested = asked & is_few[number] & (sure >= use.contested_from)
            lowered = asked & (outcome == MET) & (sure < use.lowers_below)
            open_case = contested | (asked & (outcome == DOUBTED))
            outcome[contested] = CONTESTED
            outcome[lowered] = LOWERED
            raised = open_case & (sure >= use.raises_from)
            outcome[raised & ~there[:, self._never_raised[number]].any(axis=1)] = RAISED
            outcome[open_case & (sure < use.dismisses_below)] = DISMISSED
        return percent

    def _narrow(
        self,
        analysis: Analysis,
        row: Index,
        edition: Index,
        number: int,
    ) -> npt.NDArray[np.bool_]:
        """Where the edition that applies leaves a ground's evidence to a person."""
        narrow = np.zeros(len(row), np.bool_)
        for place, wordings in enumerate(self.editions):
            review = wordings[number].review_evidence
            if review:
                columns = [NUMBER_OF[WordClass(name)] for name in review]
                is_there = analysis.reading.counts[row][:, columns].sum(axis=1) > 0
                narrow |= (edition == place) & is_there
        return narrow

    def _template(self, outcome: list[int], analysis: Analysis, row: int, fact: Facts) -> _Template:
        chosen, verdict = self._chosen(outcome)
        against = (number for number, found in enumerate(outcome) if found in _AGAINST)
        shown = chosen if chosen >= 0 else next(against, -1)
        ground = self._grounds[chosen].ground if chosen >= 0 else None
        reason: str | None = None
        if not fact.rating_allows and verdict is not JudgedVerdict.LEAVE:
            verdict, ground, reason = JudgedVerdict.LEAVE, None, _RATING
        elif shown < 0:
            reason = _NO_GROUND if analysis.has_text[row] else _NO_COMMENT
        language = analysis.language_code(int(analysis.language[row]))
        edition = self.editions[fact.wordings][self._fba].id
        return _Template(verdict, ground, reason, shown, language, edition)

    def _chosen(self, outcome: Sequence[int]) -> tuple[int, JudgedVerdict]:
        """The ground that the verdict rests on, -1 for none."""
        chosen, verdict = -1, JudgedVerdict.LEAVE
        for number, found in enumerate(outcome):
            rule_verdict = _verdict(found, self._grounds[number])
            if rule_verdict is JudgedVerdict.REQUEST:
                return number, rule_verdict
            if rule_verdict is JudgedVerdict.REVIEW:
                if found in _HOLDS:  # but for a person to decide: later grounds are not asked
                    return number, rule_verdict
                if chosen < 0:
                    chosen, verdict = number, rule_verdict
        return chosen, verdict

    def _findings(
        self,
        analysis: Analysis,
        row: Index,
        outcomes: npt.NDArray[np.int8],
        percent: npt.NDArray[np.int8],
    ) -> list[list[GroundFinding]]:
        """For each ground what it says of each asked row."""
        found = analysis.found
        chosen: list[_Shown] = []
        is_shown = np.zeros(len(found.classes), np.bool_)
        for number, words in enumerate(self._wordsets):
            telling = np.flatnonzero(_TELLS[outcomes[:, number]])
            shown = words.choose(found, row[telling], outcomes[telling, number], telling)
            is_shown[shown.evidence] = True
            is_shown[shown.blocked] = True
            chosen.append(shown)
        spans = found.spans(np.flatnonzero(is_shown))
        place = np.cumsum(is_shown) - 1
        return [
            words.findings(shown, outcomes[:, number], percent[:, number], spans, place)
            for number, (words, shown) in enumerate(zip(self._wordsets, chosen, strict=True))
        ]


class _Shown(NamedTuple):
    """Which of the words found are shown for one ground.

    Attributes:
        place: rows of which any are shown.
        evidence: places of the words that speak for the ground, row by row.
        evidence_ends: for each row where its words end in `evidence`, after a leading 0.
        blocked: the same for the words that speak against it.
        blocked_ends: the same for `blocked`.
    """

    place: Index
    evidence: Index
    evidence_ends: Index
    blocked: Index
    blocked_ends: Index


class _GroundWords:
    """The words that are shown for one ground, by its outcome."""

    def __init__(self, book: RuleBook, number: int, masks: Sequence[npt.NDArray[np.bool_]]) -> None:
        rule = book.grounds[number]
        speaks, against, doubts, hints, _, weak = (mask[number] for mask in masks)
        self._speaks = np.tile(speaks, (_OUTCOMES, 1))
        self._speaks[HINTED] |= hints
        self._against = np.tile(against, (_OUTCOMES, 1))
        for outcome in (DOUBTED, DISMISSED, CONTESTED, LOWERED):
            self._against[outcome] |= doubts | weak
        self._ground = rule.ground
        self._verdicts = [_verdict(outcome, rule) for outcome in range(_OUTCOMES)]
        self._reasons = [_REASON[outcome] for outcome in range(_OUTCOMES)]
        self._reasons[MET] = f"met: {rule.title.lower()}"
        self._reasons[RAISED] = f"{_REASON[RAISED]}: {rule.title.lower()}"
        self._plain = [
            GroundFinding(rule.ground, False, JudgedVerdict.LEAVE, _REASON[outcome])
            for outcome in _PLAIN
        ]

    def choose(
        self, found: Found, row: Index, outcome: npt.NDArray[np.int8], place: Index
    ) -> _Shown:
        """Words to show for rows with this outcome; `place` is given back."""
        which, entry = found.of_rows(row)
        shows = outcome[which], found.classes[entry]
        ends = found.first[row + 1] - found.first[row]
        ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(ends)))
        evidence, evidence_ends = _first_of_each(self._speaks[shows], which, ends)
        blocked, blocked_ends = _first_of_each(self._against[shows], which, ends)
        return _Shown(place, entry[evidence], evidence_ends, entry[blocked], blocked_ends)

    def findings(
        self,
        shown: _Shown,
        outcome: npt.NDArray[np.int8],
        percent: npt.NDArray[np.int8],
        spans: Sequence[Span],
        place: Index,
    ) -> list[GroundFinding]:
        """What the ground says of each row.

        Args:
            shown: words to show.
            outcome: of each row.
            percent: what the second opinion said of each row, -1 if it was not asked.
            spans: every word that is shown for any ground.
            place: for each word found its place in `spans`.
        """
        findings = [self._plain[0]] * len(outcome)
        for needing in np.flatnonzero(outcome == NEEDS).tolist():
            findings[needing] = self._plain[1]
        span_of = spans.__getitem__
        evidence = tuple(map(span_of, place[shown.evidence].tolist()))
        blocked = tuple(map(span_of, place[shown.blocked].tolist()))
        evidence_ends, blocked_ends = shown.evidence_ends.tolist(), shown.blocked_ends.tolist()
        for row, found, sure, first, last, first_blocked, last_blocked in zip(
            shown.place.tolist(),
            outcome[shown.place].tolist(),
            percent[shown.place].tolist(),
            evidence_ends,
            evidence_ends[1:],
            blocked_ends,
            blocked_ends[1:],
            strict=False,
        ):
            reason = self._reasons[found]
            against = blocked[first_blocked:last_blocked]
            if against and found in _NAMING:
                reason = f"{reason} ({_SPOKEN[against[0].word_class]})"
            if sure >= 0:
                reason = reason + _SURE[sure]
            findings[row] = tuple.__new__(
                GroundFinding,
                (
                    self._ground,
                    found in _HOLDS,
                    self._verdicts[found],
                    reason,
                    evidence[first:last],
                    against,
                ),
            )
        return findings


def _first_of_each(is_shown: npt.NDArray[np.bool_], row: Index, ends: Index) -> tuple[Index, Index]:
    """Places of the first words of each row that are shown, and where each row's end among them."""
    before: Index = np.concatenate((np.zeros(1, np.int64), np.cumsum(is_shown)))
    kept = np.flatnonzero(is_shown)
    kept = kept[before[kept] - before[ends[:-1]][row[kept]] < _MOST_SPANS]
    sizes = np.minimum(np.diff(before[ends]), _MOST_SPANS)
    return kept, np.concatenate((np.zeros(1, np.int64), np.cumsum(sizes)))


def _verdict(outcome: int, rule: GroundRule) -> JudgedVerdict:
    if outcome in _HOLDS:
        return rule.default_verdict
    if outcome in {NOT_MET, NEEDS, BLOCKED, DISMISSED}:
        return JudgedVerdict.LEAVE
    return JudgedVerdict.REVIEW
