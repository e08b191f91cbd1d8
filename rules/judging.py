"""Judging comments: request, review or leave, with the ground and the words that decided.

`judge` works on arrays: a chunk of distinct comments is folded, cut into tokens, matched against the lexicons and
settled as a whole; each ground is then a sum over class counts. Only comments that carry a sign of personal data are
looked at one by one.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.case import CommentCase, SellerIdentity
from rules.context import WIDTH, Reading, settle
from rules.folding import FoldedBatch, fold_batch
from rules.ground_file import DETECTED_CLASSES, GroundRule, Quantifier
from rules.judgement import GroundFinding, Judgement, Span
from rules.language_guess import UNDETERMINED, guess_languages
from rules.matching import Matches, match, type_tokens
from rules.obscenity import find_disguised
from rules.personal_data import find_personal_data
from rules.personal_signs import comments_with_signs
from rules.rule_book import RuleBook, Wording
from rules.tokens import TokenBatch, tokenize
from rules.word_classes import CLASSES, NUMBER_OF, WordClass
from schemas.vocabularies import Ground, JudgedVerdict

__all__ = ["CommentCase", "GroundFinding", "Judgement", "SellerIdentity", "Span", "judge"]

_CHUNK: Final = 2000
"""Comments judged together: large enough for arrays to pay, small enough for the processor's cache."""

_MOST_SPANS: Final = 8
_LONGEST: Final = 20_000
"""Characters of a comment that are read; buyers can write far fewer, and a longer text is sent to a person."""

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
_MANY_UNKNOWN: Final = 6
"""Words that no lexicon knows, from which on a product's name alone does not make a comment a product review: a story
about something else may name a thing by chance."""
_UNSPACED: Final = ("ja", "zh")
_LANGUAGE_FREE: Final = (Ground.PERSONAL_INFORMATION, Ground.PROMOTIONAL_CONTENT)


class _Case(NamedTuple):
    """What decides besides the text, so that equal comments under equal facts share one judgement."""

    text: int
    rating_allows: bool
    channel: str
    is_buy_shipping_on_time: bool
    wordings: tuple[Wording, ...]
    is_damaged: bool
    is_cut: bool


def judge(
    cases: Sequence[CommentCase],
    rule_book: RuleBook,
    *,
    seller: SellerIdentity | Sequence[SellerIdentity] = SellerIdentity(),  # noqa: B008 - immutable
    policy_version: str | None = None,
) -> list[Judgement]:
    """Judge comments; equal comments under equal facts are analysed once.

    Args:
        cases: the comments with the facts about their orders.
        rule_book: grounds and lexicons.
        seller: whose feedback it is: one for all, or one for each case.
        policy_version: edition of the FBA clause that overrides the choice by marketplace and date.

    Returns:
        One judgement for each case, in order.

    Raises:
        UnknownPolicyVersionError: there is no such edition.
        ValueError: `seller` has another length than `cases`.
    """
    sellers = [seller] * len(cases) if isinstance(seller, SellerIdentity) else list(seller)
    if len(sellers) != len(cases):
        raise ValueError(f"{len(cases)} cases, but {len(sellers)} seller identities")
    return _Judge(rule_book, policy_version).judge(cases, sellers)


class _Text(NamedTuple):
    """What is analysed once: a text, its language hints and whose feedback it is."""

    comment: str
    marketplace: str | None
    language: str | None
    seller: SellerIdentity


class _Judge:
    def __init__(self, rule_book: RuleBook, policy_version: str | None) -> None:
        self._book = rule_book
        self._policy_version = policy_version
        self._wordings: dict[tuple[str | None, object], tuple[Wording, ...]] = {}
        self._masks = _class_masks(rule_book.grounds)
        self._fba = next(
            n for n, rule in enumerate(rule_book.grounds) if rule.ground is Ground.FBA_FULFILLMENT
        )
        self._plain: dict[tuple[Ground, int], GroundFinding] = {}

    def judge(
        self, cases: Sequence[CommentCase], sellers: Sequence[SellerIdentity]
    ) -> list[Judgement]:
        results: list[Judgement | None] = [None] * len(cases)
        texts: dict[_Text, int] = {}
        distinct: dict[_Case, list[int]] = defaultdict(list)
        for place, (case, seller) in enumerate(zip(cases, sellers, strict=True)):
            comment = case.comment or ""
            is_cut = len(comment) > _LONGEST
            text = _Text(
                comment[:_LONGEST] if is_cut else comment, case.marketplace, case.language, seller
            )
            key = _Case(
                texts.setdefault(text, len(texts)),
                case.rating <= 3,
                str(case.fulfillment_channel),
                case.is_buy_shipping_on_time is True,
                self._wordings_of(case),
                case.is_text_damaged or "\ufffd" in comment,
                is_cut,
            )
            distinct[key].append(place)
        by_chunk: dict[int, list[tuple[_Case, list[int]]]] = defaultdict(list)
        for case_key, places in distinct.items():
            by_chunk[case_key.text // _CHUNK].append((case_key, places))
        all_texts = list(texts)
        for chunk, found in by_chunk.items():
            first = chunk * _CHUNK
            analysis = _Analysis(self._book, all_texts[first : first + _CHUNK], self._masks)
            keys = [key._replace(text=key.text - first) for key, _ in found]
            for judgement, (_, places) in zip(self._decide(analysis, keys), found, strict=True):
                for place in places:
                    results[place] = judgement
        return [result for result in results if result is not None]

    def _wordings_of(self, case: CommentCase) -> tuple[Wording, ...]:
        key = (case.marketplace, case.feedback_date)
        found = self._wordings.get(key)
        if found is None:
            found = tuple(
                self._book.wording(
                    rule.ground,
                    marketplace=case.marketplace,
                    on=case.feedback_date,
                    policy_version=self._policy_version,
                )
                for rule in self._book.grounds
            )
            self._wordings[key] = found
        return found

    def _decide(self, analysis: "_Analysis", keys: list[_Case]) -> list[Judgement]:
        row = np.array([key.text for key in keys], np.int64)
        channel = np.array([key.channel for key in keys])
        on_time = np.array([key.is_buy_shipping_on_time for key in keys])
        damaged = np.array([key.is_damaged for key in keys])
        cut = np.array([key.is_cut for key in keys])
        foreign = analysis.language[row] < 0
        outcomes = np.zeros((len(keys), len(self._book.grounds)), np.int8)
        for number, rule in enumerate(self._book.grounds):
            evidence, blocked, doubted, hinted, strong, weak_doubt = (
                sums[row, number] > 0 for sums in analysis.sums
            )
            outcome = np.full(len(keys), NOT_MET, np.int8)
            outcome[hinted] = HINTED
            outcome[evidence] = MET
            outcome[evidence & (doubted | (~strong & weak_doubt))] = DOUBTED
            if rule.quantifier is Quantifier.ENTIRE:
                narrow = self._narrow(analysis, keys, number, row)
                outcome[(outcome == MET) & narrow] = NARROW
            if rule.ground not in _LANGUAGE_FREE:
                outcome[(outcome == MET) & foreign] = FOREIGN
            outcome[(outcome == MET) & damaged] = DAMAGED
            outcome[(outcome == MET) & cut] = TOO_LONG
            outcome[evidence & blocked] = BLOCKED
            if rule.channels:
                outcome[
                    (outcome > NOT_MET) & ~np.isin(channel, [str(c) for c in rule.channels])
                ] = NEEDS
            if rule.needs_buy_shipping:
                outcome[(outcome > NOT_MET) & ~on_time] = NEEDS
            outcomes[:, number] = outcome
        return [
            self._judgement(analysis, key, outcome)
            for key, outcome in zip(keys, outcomes.tolist(), strict=True)
        ]

    def _narrow(
        self, analysis: "_Analysis", keys: list[_Case], number: int, row: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        narrow = np.zeros(len(keys), np.bool_)
        for wording in {key.wordings[number] for key in keys}:
            if wording.review_evidence:
                columns = [NUMBER_OF[WordClass(c)] for c in wording.review_evidence]
                applies = np.array([key.wordings[number] is wording for key in keys])
                narrow |= applies & (analysis.reading.counts[row][:, columns].sum(axis=1) > 0)
        return narrow

    def _judgement(self, analysis: "_Analysis", key: _Case, outcome: list[int]) -> Judgement:
        grounds = self._book.grounds
        chosen, verdict = -1, JudgedVerdict.LEAVE
        for number, found in enumerate(outcome):
            rule_verdict = _verdict(found, grounds[number])
            if rule_verdict is JudgedVerdict.REQUEST:
                chosen, verdict = number, rule_verdict
                break
            if rule_verdict is JudgedVerdict.REVIEW and (
                verdict is JudgedVerdict.LEAVE or found == MET
            ):
                chosen, verdict = number, rule_verdict
                if (
                    found == MET
                ):  # a ground that is met but for a person to decide comes before later ones
                    break
        spans = analysis.spans(key.text)
        findings = tuple(
            self._finding(number, found, spans) for number, found in enumerate(outcome)
        )
        shown = (
            chosen
            if chosen >= 0
            else next((n for n, found in enumerate(outcome) if found == BLOCKED), -1)
        )
        finding = findings[shown] if shown >= 0 else None
        if not key.rating_allows and verdict is not JudgedVerdict.LEAVE:
            verdict, reason, ground = (
                JudgedVerdict.LEAVE,
                "rating: 4 and 5 stars are never candidates",
                None,
            )
        else:
            ground = grounds[chosen].ground if chosen >= 0 else None
            reason = self._reason(analysis, key, finding)
        return Judgement(
            verdict,
            ground,
            reason,
            finding.evidence if finding else (),
            finding.blocked_by if finding else (),
            analysis.language_code(key.text),
            self._book.version,
            key.wordings[self._fba].id,
            findings,
        )

    def _reason(self, analysis: "_Analysis", key: _Case, finding: GroundFinding | None) -> str:
        if finding is not None:
            return finding.reason
        if not analysis.texts[key.text].comment.strip():
            return "no_comment: a rating without a comment meets no ground"
        return "no_ground: no policy clause fits this comment"

    def _finding(
        self, number: int, outcome: int, spans: list[tuple[int, int, int]]
    ) -> GroundFinding:
        rule = self._book.grounds[number]
        if outcome in {NOT_MET, NEEDS}:
            plain = self._plain.get((rule.ground, outcome))
            if plain is None:
                plain = GroundFinding(rule.ground, False, JudgedVerdict.LEAVE, _REASON[outcome])
                self._plain[rule.ground, outcome] = plain
            return plain
        speaks, against, doubts, hints, _, weak = (mask[number] for mask in self._masks)
        evidence = [
            Span(s, e, _NAMES[c])
            for s, e, c in spans
            if speaks[c] or (outcome == HINTED and hints[c])
        ]
        blocked = [
            Span(s, e, _NAMES[c])
            for s, e, c in spans
            if against[c] or (outcome == DOUBTED and (doubts[c] or weak[c]))
        ]
        reason = _REASON[outcome]
        if outcome == MET:
            reason = f"met: {rule.title.lower()}"
        elif outcome in {BLOCKED, DOUBTED} and blocked:
            reason = f"{reason} ({blocked[0].word_class.replace('_', ' ')})"
        return GroundFinding(
            rule.ground,
            outcome == MET,
            _verdict(outcome, rule),
            reason,
            tuple(evidence[:_MOST_SPANS]),
            tuple(blocked[:_MOST_SPANS]),
        )


_DETECTED_NUMBER: Final = {name: WIDTH + place for place, name in enumerate(DETECTED_CLASSES)}
_NAMES: Final = ["unknown", *map(str, CLASSES), *DETECTED_CLASSES]


def _verdict(outcome: int, rule: GroundRule) -> JudgedVerdict:
    if outcome == MET:
        return rule.default_verdict
    if outcome in {NOT_MET, NEEDS, BLOCKED}:
        return JudgedVerdict.LEAVE
    return JudgedVerdict.REVIEW


def _class_masks(grounds: Sequence[GroundRule]) -> list[npt.NDArray[np.bool_]]:
    """Ground by class: evidence, blocking, doubting, hinting, strong evidence, doubting weak evidence."""
    size = WIDTH + len(DETECTED_CLASSES)
    masks = [np.zeros((len(grounds), size), np.bool_) for _ in range(6)]
    for number, rule in enumerate(grounds):
        strong = tuple(name for name in rule.evidence if name not in rule.weak_evidence)
        parts = (
            rule.evidence,
            rule.blocked_by,
            rule.doubted_by,
            rule.hinted_by,
            strong,
            rule.weak_doubted_by,
        )
        for mask, classes in zip(masks, parts, strict=True):
            for name in classes:
                mask[number, _DETECTED_NUMBER.get(name) or NUMBER_OF[WordClass(name)]] = True
    return masks


class _Analysis:
    """Everything that is found in a chunk of distinct texts."""

    def __init__(
        self, book: RuleBook, texts: list[_Text], masks: list[npt.NDArray[np.bool_]]
    ) -> None:
        self.texts = texts
        self._lexicon = book.lexicon
        comments = [text.comment for text in texts]
        self._batch: FoldedBatch = fold_batch(comments)
        self._tokens: TokenBatch = tokenize(self._batch)
        typed = type_tokens(self._tokens, self._batch, book.lexicon)
        self.language = guess_languages(
            self._batch,
            self._tokens,
            typed,
            book.lexicon,
            comments=comments,
            hints=[(text.marketplace, text.language) for text in texts],
        )
        self._matches: Matches = match(self._tokens, typed, self.language, book.lexicon)
        self._hide_disguised()
        self.reading: Reading = settle(self._tokens, self._matches, len(texts))
        self._personal = self._personal_data(comments)
        counts = np.zeros((len(texts), WIDTH + len(DETECTED_CLASSES)), np.float32)
        counts[:, :WIDTH] = self.reading.counts
        for row, spans in self._personal.items():
            for span in spans:
                counts[row, _DETECTED_NUMBER[span.word_class]] += 1
        numbers = np.bincount(self._tokens.comment[self._tokens.is_number], minlength=len(texts))
        counts[:, _DETECTED_NUMBER["several_numbers"]] = numbers > 1
        counts[:, _DETECTED_NUMBER["many_unknown_words"]] = (
            self.reading.counts[:, 0] >= _MANY_UNKNOWN
        ) & ~self._is_read_by_character()
        self.sums = [counts @ mask.T.astype(np.float32) for mask in masks]
        self._first = np.searchsorted(self._tokens.comment, np.arange(len(texts) + 1))
        self._interesting = self._interesting_tokens(masks)

    def _is_read_by_character(self) -> npt.NDArray[np.bool_]:
        """Chinese and Japanese: every character is a token, so unknown ones say little."""
        unspaced = [
            number
            for number, language in enumerate(self._lexicon.languages)
            if language in _UNSPACED
        ]
        return np.isin(self.language, unspaced)

    def _hide_disguised(self) -> None:
        """Mark disguised obscene words as such."""
        for first, last in find_disguised(self._batch, self._tokens, self._lexicon):
            self._matches.token_class[first : last + 1] = 0
            self._matches.is_inside[first : last + 1] = True
            self._matches.is_inside[first] = False
            self._matches.token_class[first] = NUMBER_OF[WordClass.OBSCENE]
            self._matches.token_end[first] = last

    def _personal_data(self, comments: list[str]) -> dict[int, list[Span]]:
        rows = comments_with_signs(self._batch, self._tokens, comments)
        for row, text in enumerate(self.texts):
            if text.seller.names or text.seller.emails or text.seller.phones:
                rows.add(row)
        found = {
            row: find_personal_data(
                comments[row], self.texts[row].marketplace, self.texts[row].seller
            )
            for row in sorted(rows)
        }
        return {row: spans for row, spans in found.items() if spans}

    def _interesting_tokens(self, masks: list[npt.NDArray[np.bool_]]) -> npt.NDArray[np.int64]:
        any_ground: npt.NDArray[np.bool_] = np.any(
            np.stack([mask[:, :WIDTH] for mask in masks]), axis=(0, 1)
        )
        return np.flatnonzero(any_ground[self.reading.token_class])

    def spans(self, row: int) -> list[tuple[int, int, int]]:
        """Start, end and class of what the grounds care about in one text, on the original characters."""
        first, last = np.searchsorted(self._interesting, self._first[row : row + 2])
        offset = int(self._batch.offsets[row])
        found = []
        for token in self._interesting[first:last].tolist():
            start = int(self._batch.origin[self._tokens.start[token]]) - offset
            end = (
                int(self._batch.origin[self._tokens.end[self._matches.token_end[token]] - 1])
                - offset
                + 1
            )
            found.append((start, end, int(self.reading.token_class[token])))
        found.extend(
            (s.start, s.end, _DETECTED_NUMBER[s.word_class]) for s in self._personal.get(row, ())
        )
        return found

    def language_code(self, row: int) -> str:
        """Code of the language that a text was judged in."""
        number = int(self.language[row])
        return self._lexicon.languages[number] if number >= 0 else UNDETERMINED
