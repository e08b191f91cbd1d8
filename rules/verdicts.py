"""From what was found in comments to judgements: each ground's outcome, the verdict, and the words that decided."""

from collections.abc import Sequence
from itertools import repeat
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.analysis import Analysis, class_masks, class_number
from rules.context import WIDTH
from rules.finding_maker import FindingMaker
from rules.ground_file import OpinionUse, Quantifier
from rules.judgement import GroundFinding, Judgement
from rules.outcomes import (
    AGAINST,
    BLOCKED,
    CONTESTED,
    DAMAGED,
    DISMISSED,
    DOUBTED,
    FOREIGN,
    HINTED,
    IS_HELD,
    LOWERED,
    MET,
    NARROW,
    NEEDS,
    NOT_MET,
    OUTCOMES,
    RAISED,
    TOO_LONG,
    verdict_of,
)
from rules.rule_book import RuleBook, Wording
from rules.second_opinion import TOLD_GROUNDS, TOPICS
from rules.topics import topics_of
from rules.word_classes import NUMBER_OF, WordClass
from schemas.vocabularies import Ground, JudgedVerdict

Index = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_LANGUAGE_FREE: Final = (Ground.PERSONAL_INFORMATION, Ground.PROMOTIONAL_CONTENT)
_OF_GROUND, _RATING, _NO_COMMENT, _NO_GROUND = range(4)
_REASONS: Final = (
    None,
    "rating: 4 and 5 stars are never candidates",
    "no_comment: a rating without a comment meets no ground",
    "no_ground: no policy clause fits this comment",
)
"""Reasons that a judgement gives instead of its ground's."""
_IS_AGAINST: Final = np.isin(np.arange(OUTCOMES), AGAINST)
_SILENT: Final = GroundFinding(Ground.OTHER_ORDER, False, JudgedVerdict.LEAVE, "")
"""Stands where no ground's words are shown."""


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
        self._findings = FindingMaker(book.grounds, self.masks)
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
        # by the number of a ground and outcome
        verdicts = [verdict_of(n, rule) for rule in book.grounds for n in range(OUTCOMES)]
        is_review = np.array([verdict is JudgedVerdict.REVIEW for verdict in verdicts])
        is_request = np.array([verdict is JudgedVerdict.REQUEST for verdict in verdicts])
        self._reviews = is_review
        # what holds, but is for a person to decide: later grounds are not asked
        self._decides = is_request | (is_review & np.tile(IS_HELD, len(book.grounds)))
        self._verdict = [*verdicts, JudgedVerdict.LEAVE]
        self._ground = [*(rule.ground for rule in book.grounds for _ in range(OUTCOMES)), None]

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
        if not len(row):
            return []
        outcomes, percent = self._outcomes(analysis, row, facts, fact)
        findings = self._findings.make(analysis.found, row, outcomes, percent)
        kinds = outcomes + np.arange(len(self._grounds)) * OUTCOMES
        chosen = self._chosen(kinds)
        shown = np.where(chosen >= 0, chosen, _first(_IS_AGAINST.take(outcomes)))
        allowed = np.array([f.rating_allows for f in facts])[fact]
        no_ground = np.where(analysis.has_text[row], _NO_GROUND, _NO_COMMENT)
        reason = np.where(shown < 0, no_ground, _OF_GROUND)
        reason[(chosen >= 0) & ~allowed] = _RATING
        meant = np.where((chosen >= 0) & allowed, kinds[np.arange(len(row)), chosen], -1).tolist()
        editions = [edition[self._fba].id for edition in self.editions]
        edition = np.array([f.wordings for f in facts])[fact]
        telling = [
            finding[number] if number >= 0 else _SILENT
            for finding, number in zip(findings, shown.tolist(), strict=True)
        ]
        _, _, _, its_reason, evidence, blocked = zip(*telling, strict=True)
        own_reason = map(_REASONS.__getitem__, reason.tolist())
        # column by column: a call of Python for each judgement would cost more than all its words
        columns = (
            map(self._verdict.__getitem__, meant),
            map(self._ground.__getitem__, meant),
            [own or its for own, its in zip(own_reason, its_reason, strict=True)],
            evidence,
            blocked,
            map(analysis.language_codes.__getitem__, analysis.language[row].tolist()),
            repeat(self._book.version, len(row)),
            map(editions.__getitem__, edition.tolist()),
            findings,
            topics_of(analysis.reading.counts[row]),
        )
        return list(map(tuple.__new__, repeat(Judgement), zip(*columns, strict=True)))

    def _chosen(self, kinds: Index) -> Index:
        """For each row the ground that the verdict rests on, -1 for none; `kinds` numbers grounds and outcomes."""
        decided = _first(self._decides.take(kinds))
        return np.where(decided >= 0, decided, _first(self._reviews.take(kinds)))

    def _outcomes(
        self, analysis: Analysis, row: Index, facts: Sequence[Facts], fact: Index
    ) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
        """Outcome of each ground, and what the second opinion said in percent: row by ground."""
        fits = self._fits(facts, fact)
        outcomes = np.where(fits, self._found(analysis, row), NOT_MET).astype(np.int8)
        percent = self._ask_again(analysis, row, outcomes, fits)
        cut = np.array([f.is_cut for f in facts])[fact]
        damaged = np.array([f.is_damaged for f in facts])[fact]
        edition = np.array([f.wordings for f in facts])[fact]
        foreign = analysis.language[row] < 0
        is_there = analysis.sums[0][row] | analysis.sums[3][row]
        for number, rule in enumerate(self._grounds):
            outcome = outcomes[:, number]
            if rule.quantifier is Quantifier.ENTIRE:
                narrow = self._narrow(analysis, row, edition, number)
                outcome[IS_HELD[outcome] & narrow] = NARROW
            if rule.ground not in _LANGUAGE_FREE:
                outcome[IS_HELD[outcome] & foreign] = FOREIGN
            outcome[IS_HELD[outcome] & damaged] = DAMAGED
            outcome[IS_HELD[outcome] & cut] = TOO_LONG
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
        self, analysis: Analysis, row: Index, outcomes: npt.NDArray[np.int8], fits: Flags
    ) -> npt.NDArray[np.int8]:
        """Let the second opinion change what it may; gives back what it said in percent: row by ground, -1 if it had no say."""
        percent = np.full(outcomes.shape, -1, np.int8)
        opinion = self._book.opinion
        if opinion is None or not self._uses:
            return percent
        hits = analysis.reading.counts[row]
        there = analysis.is_there[row]
        has_words = hits.any(axis=1)
        is_open = {
            number: fits[:, number] & has_words & ~there[:, self._final[number]].any(axis=1)
            for number in self._uses
        }
        is_text_asked = np.zeros(len(analysis.texts), np.bool_)
        is_text_asked[row[np.any(list(is_open.values()), axis=0)]] = True
        texts = np.flatnonzero(is_text_asked)
        if not len(texts):
            return percent
        answers = np.zeros((len(analysis.texts), len(TOPICS)))
        answers[texts] = opinion.ask(analysis.signs(self._told, opinion.languages, texts))
        said = answers[row]
        for number, use in self._uses.items():
            is_few = hits @ self._blocking[number] <= use.contested_by_at_most
            may_rise = there[:, self._never_raised[number]].sum(axis=1) == 0
            sure = said[:, TOPICS.index(use.topic)]
            before = outcomes[:, number].copy()
            after = _heard(use, before, sure, is_few, may_rise)
            outcomes[:, number] = np.where(is_open[number], after, before)
            is_told = np.isin(before, (MET, DOUBTED)) | ((before == BLOCKED) & is_few)
            is_told = is_open[number] & (is_told | (after != before))
            percent[is_told, number] = np.floor(sure[is_told] * 100)
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
                # what the second opinion found without any evidence may be about these, too
                is_there |= ~analysis.sums[0][row, number]
                narrow |= (edition == place) & is_there
        return narrow


def _heard(
    use: OpinionUse,
    before: npt.NDArray[np.int8],
    sure: npt.NDArray[np.float64],
    is_few: Flags,
    may_rise: Flags,
) -> npt.NDArray[np.int8]:
    """Outcomes of one ground after the second opinion was heard.

    Args:
        use: what it may change.
        before: outcomes by the rules alone.
        sure: how likely the whole comment is about the ground's topic.
        is_few: few words rule the ground out.
        may_rise: nothing in the comment forbids a request.
    """
    is_blocked = before == BLOCKED
    contested = is_blocked & is_few & (sure >= use.contested_from)
    is_doubted = contested | (before == DOUBTED)
    raised = is_doubted & (sure >= use.raises_from)
    raised |= is_blocked & (sure >= use.overrules_from)
    raised |= np.isin(before, (NOT_MET, HINTED)) & (sure >= use.finds_from)
    after = before.copy()
    after[contested] = CONTESTED
    after[(before == MET) & (sure < use.lowers_below)] = LOWERED
    after[raised & may_rise] = RAISED
    after[is_doubted & (sure < use.dismisses_below)] = DISMISSED
    return after


def _first(flags: Flags) -> Index:
    """Place of the first flag in each row, -1 for none."""
    return np.where(flags.any(axis=1), flags.argmax(axis=1), -1)
