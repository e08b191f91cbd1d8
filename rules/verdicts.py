"""From what was found in comments to judgements: each ground's outcome, the verdict, and the words that decided."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.analysis import Analysis, class_masks
from rules.ground_file import GroundRule, Quantifier
from rules.judgement import GroundFinding, Judgement, Span
from rules.rule_book import RuleBook, Wording
from rules.word_classes import NUMBER_OF, WordClass
from schemas.vocabularies import Ground, JudgedVerdict

_MOST_SPANS: Final = 8
NOT_MET, MET, DOUBTED, BLOCKED, NEEDS, DAMAGED, FOREIGN, NARROW, HINTED, TOO_LONG = range(10)
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
}
_PLAIN: Final = (NOT_MET, NEEDS)
"""Outcomes that no words of the comment have to be shown for."""
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


class _Key(NamedTuple):
    """What comments must have in common to share a template."""

    outcome: bytes
    rating_allows: bool
    has_text: bool
    language: int
    wordings: int


class _Template(NamedTuple):
    """What all comments with the same outcomes share."""

    verdict: JudgedVerdict
    ground: Ground | None
    reason: str | None
    shown: int
    findings: tuple[GroundFinding | None, ...]
    with_spans: tuple[tuple[int, int], ...]
    language: str
    edition: str
    whole: Judgement | None


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
        self._met = [f"met: {rule.title.lower()}" for rule in book.grounds]
        speaks, against, doubts, hints, _, weak = self.masks
        self._lists = [
            (
                mine.tolist(),
                other.tolist(),
                (mine | hint).tolist(),
                (other | doubt | weakly).tolist(),
            )
            for mine, other, doubt, hint, weakly in zip(
                speaks, against, doubts, hints, weak, strict=True
            )
        ]
        self.editions: list[tuple[Wording, ...]] = []
        self._fba = next(
            n for n, rule in enumerate(book.grounds) if rule.ground is Ground.FBA_FULFILLMENT
        )
        self._templates: dict[_Key, _Template] = {}

    def decide(
        self, analysis: Analysis, rows: Sequence[int], facts: Sequence[Facts]
    ) -> list[Judgement]:
        """One judgement for each row of the analysis under its facts."""
        row = np.array(rows, np.int64)
        outcomes = self._outcomes(analysis, row, facts)
        languages = analysis.language[row].tolist()
        width = len(self._grounds)
        raw = outcomes.tobytes()
        found: list[Judgement] = []
        for place, (text, fact, language) in enumerate(zip(rows, facts, languages, strict=True)):
            outcome = raw[place * width : (place + 1) * width]
            key = _Key(
                outcome, fact.rating_allows, analysis.has_text[text], language, fact.wordings
            )
            template = self._templates.get(key)
            if template is None:
                template = self._template(key, analysis)
                self._templates[key] = template
            found.append(template.whole or self._filled(template, analysis, text))
        return found

    def _outcomes(
        self, analysis: Analysis, row: npt.NDArray[np.int64], facts: Sequence[Facts]
    ) -> npt.NDArray[np.int8]:
        channel = np.array([fact.channel for fact in facts])
        on_time = np.array([fact.is_buy_shipping_on_time for fact in facts])
        damaged = np.array([fact.is_damaged for fact in facts])
        cut = np.array([fact.is_cut for fact in facts])
        edition = np.array([fact.wordings for fact in facts])
        foreign = analysis.language[row] < 0
        outcomes = np.zeros((len(row), len(self._grounds)), np.int8)
        for number, rule in enumerate(self._grounds):
            evidence, blocked, doubted, hinted, strong, weak_doubt = (
                sums[row, number] > 0 for sums in analysis.sums
            )
            outcome = np.full(len(row), NOT_MET, np.int8)
            outcome[hinted] = HINTED
            outcome[evidence] = MET
            outcome[evidence & (doubted | (~strong & weak_doubt))] = DOUBTED
            if rule.quantifier is Quantifier.ENTIRE:
                outcome[(outcome == MET) & self._narrow(analysis, row, edition, number)] = NARROW
            if rule.ground not in _LANGUAGE_FREE:
                outcome[(outcome == MET) & foreign] = FOREIGN
            outcome[(outcome == MET) & damaged] = DAMAGED
            outcome[(outcome == MET) & cut] = TOO_LONG
            outcome[evidence & blocked] = BLOCKED
            if rule.channels:
                fits = np.isin(channel, [str(c) for c in rule.channels])
                outcome[(outcome > NOT_MET) & ~fits] = NEEDS
            if rule.needs_buy_shipping:
                outcome[(outcome > NOT_MET) & ~on_time] = NEEDS
            outcomes[:, number] = outcome
        return outcomes

    def _narrow(
        self,
        analysis: Analysis,
        row: npt.NDArray[np.int64],
        edition: npt.NDArray[np.int64],
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

    def _template(self, key: "_Key", analysis: Analysis) -> _Template:
        outcome = key.outcome
        language = analysis.language_code(key.language)
        edition = self.editions[key.wordings][self._fba].id
        chosen, verdict = self._chosen(outcome)
        findings = tuple(
            GroundFinding(rule.ground, False, JudgedVerdict.LEAVE, _REASON[found])
            if found in _PLAIN
            else None
            for rule, found in zip(self._grounds, outcome, strict=True)
        )
        with_spans = tuple((n, found) for n, found in enumerate(outcome) if found not in _PLAIN)
        shown = (
            chosen if chosen >= 0 else next((n for n, found in with_spans if found == BLOCKED), -1)
        )
        ground = self._grounds[chosen].ground if chosen >= 0 else None
        reason: str | None = None
        if not key.rating_allows and verdict is not JudgedVerdict.LEAVE:
            verdict, ground, reason = JudgedVerdict.LEAVE, None, _RATING
        elif shown < 0:
            reason = _NO_GROUND if key.has_text else _NO_COMMENT
        whole = None
        if not with_spans:
            complete = tuple(finding for finding in findings if finding is not None)
            whole = Judgement(
                verdict,
                ground,
                reason or _NO_GROUND,
                (),
                (),
                language,
                self._book.version,
                edition,
                complete,
            )
        return _Template(
            verdict, ground, reason, shown, findings, with_spans, language, edition, whole
        )

    def _chosen(self, outcome: bytes) -> tuple[int, JudgedVerdict]:
        """The ground that the verdict rests on, -1 for none."""
        chosen, verdict = -1, JudgedVerdict.LEAVE
        for number, found in enumerate(outcome):
            rule_verdict = _verdict(found, self._grounds[number])
            if rule_verdict is JudgedVerdict.REQUEST:
                return number, rule_verdict
            if rule_verdict is JudgedVerdict.REVIEW:
                if found == MET:  # met, but for a person to decide: later grounds are not asked for
                    return number, rule_verdict
                if chosen < 0:
                    chosen, verdict = number, rule_verdict
        return chosen, verdict

    def _filled(self, template: _Template, analysis: Analysis, text: int) -> Judgement:
        spans, numbers = analysis.spans(text)
        findings = list(template.findings)
        for number, outcome in template.with_spans:
            findings[number] = self._finding(number, outcome, spans, numbers)
        shown = findings[template.shown] if template.shown >= 0 else None
        return Judgement(
            template.verdict,
            template.ground,
            template.reason or (shown.reason if shown else _NO_GROUND),
            shown.evidence if shown else (),
            shown.blocked_by if shown else (),
            template.language,
            self._book.version,
            template.edition,
            tuple(findings),  # type: ignore[arg-type]  # the loop filled every gap
        )

    def _finding(
        self, number: int, outcome: int, spans: list[Span], numbers: list[int]
    ) -> GroundFinding:
        rule = self._grounds[number]
        speaks, against, with_hints, with_doubts = self._lists[number]
        if outcome == HINTED:
            speaks = with_hints
        elif outcome == DOUBTED:
            against = with_doubts
        evidence = [span for span, found in zip(spans, numbers, strict=True) if speaks[found]]
        blocked = [span for span, found in zip(spans, numbers, strict=True) if against[found]]
        reason = self._met[number] if outcome == MET else _REASON[outcome]
        if blocked and outcome in {BLOCKED, DOUBTED}:
            reason = f"{reason} ({blocked[0].word_class.replace('_', ' ')})"
        return GroundFinding(
            rule.ground,
            outcome == MET,
            _verdict(outcome, rule),
            reason,
            tuple(evidence[:_MOST_SPANS]),
            tuple(blocked[:_MOST_SPANS]),
        )


def _verdict(outcome: int, rule: GroundRule) -> JudgedVerdict:
    if outcome == MET:
        return rule.default_verdict
    if outcome in {NOT_MET, NEEDS, BLOCKED}:
        return JudgedVerdict.LEAVE
    return JudgedVerdict.REVIEW
