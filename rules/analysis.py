"""Everything that is found in a chunk of distinct comments: language, classes of words, personal data, sums for each ground."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.case import SellerIdentity
from rules.clause_check import find_unknown_clauses
from rules.context import WIDTH, Reading, settle
from rules.folding import FoldedBatch, fold_batch
from rules.ground_file import DETECTED_CLASSES, GroundRule
from rules.judgement import Span
from rules.language_guess import UNDETERMINED, guess_languages
from rules.matching import Matches, match, type_tokens
from rules.obscenity import find_disguised
from rules.personal_data import find_personal_data
from rules.personal_signs import comments_with_signs
from rules.rule_book import RuleBook
from rules.tokens import TokenBatch, tokenize, tokens_of
from rules.word_classes import CLASSES, NUMBER_OF, WordClass

_MANY_UNKNOWN: Final = 6
"""Words that no lexicon knows, from which on a product's name alone does not make a comment a product review: a story
about something else may name a thing by chance."""
_FEW_UNKNOWN: Final = 2
"""Words that no lexicon knows, up to which a thing's name alone says too little in languages with spaces: with three or
more, the buyer is telling what is wrong with it. Measured on comments written after the lexicons: 66 % right against 91 %."""
_FEW_UNKNOWN_CHARACTERS: Final = 3
"""The same for Chinese and Japanese, where every character is a token."""
_FEW_WORDS: Final = 3
_FEW_CHARACTERS: Final = 6
"""Up to which a thing's name alone says too little: "One sock." may as well be a wrong delivery."""
_UNSPACED: Final = ("ja", "zh")

DETECTED_NUMBER: Final = {name: WIDTH + place for place, name in enumerate(DETECTED_CLASSES)}
NAMES: Final = ["unknown", *map(str, CLASSES), *DETECTED_CLASSES]


class Text(NamedTuple):
    """What is analysed once: a text, its language hints and whose feedback it is."""

    comment: str
    marketplace: str | None
    language: str | None
    seller: SellerIdentity


def class_masks(grounds: Sequence[GroundRule]) -> list[npt.NDArray[np.bool_]]:
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
                mask[number, DETECTED_NUMBER.get(name) or NUMBER_OF[WordClass(name)]] = True
    return masks


class Analysis:
    """Everything that is found in a chunk of distinct texts."""

    def __init__(
        self, book: RuleBook, texts: list[Text], masks: list[npt.NDArray[np.bool_]]
    ) -> None:
        self.texts = texts
        self._lexicon = book.lexicon
        comments = [text.comment for text in texts]
        self.has_text = [bool(comment.strip()) for comment in comments]
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
        counts = np.zeros((len(texts), WIDTH + len(DETECTED_CLASSES)), np.int32)
        counts[:, :WIDTH] = self.reading.counts
        for row, spans in self._personal.items():
            for span in spans:
                counts[row, DETECTED_NUMBER[span.word_class]] += 1
        numbers = np.bincount(self._tokens.comment[self._tokens.is_number], minlength=len(texts))
        counts[:, DETECTED_NUMBER["several_numbers"]] = numbers > 1
        counts[:, DETECTED_NUMBER["many_unknown_words"]] = (
            self.reading.counts[:, 0] >= _MANY_UNKNOWN
        ) & ~self._is_read_by_character()
        clauses = find_unknown_clauses(
            self._tokens, self._matches, self.reading, self._is_read_by_character()
        )
        self._unknown: dict[int, list[tuple[int, int, bool]]] = {}
        for row, *clause in zip(
            clauses.comment.tolist(),
            clauses.first.tolist(),
            clauses.last.tolist(),
            clauses.is_long.tolist(),
            strict=True,
        ):
            self._unknown.setdefault(row, []).append((*clause,))
        counts[clauses.comment, DETECTED_NUMBER["unknown_clause"]] = 1
        counts[clauses.comment[clauses.is_long], DETECTED_NUMBER["long_unknown_clause"]] = 1
        counts[:, DETECTED_NUMBER["few_unknown_words"]] = self.reading.counts[:, 0] <= np.where(
            self._is_read_by_character(), _FEW_UNKNOWN_CHARACTERS, _FEW_UNKNOWN
        )
        words = np.bincount(self._tokens.comment, minlength=len(texts))
        counts[:, DETECTED_NUMBER["few_words"]] = words <= np.where(
            self._is_read_by_character(), _FEW_CHARACTERS, _FEW_WORDS
        )
        # whole numbers: a float product would start threads for matrices this small
        self.sums = [counts @ mask.T.astype(np.int32) for mask in masks]
        self._span_lists(masks)

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
        own_words = frozenset(
            word
            for seller in {text.seller for text in self.texts}
            for name in seller.names
            for word in tokens_of(name)
        )
        signs = comments_with_signs(self._batch, self._tokens, comments, own_words)
        found = {
            row: find_personal_data(
                comments[row], self.texts[row].marketplace, self.texts[row].seller, sign
            )
            for row, sign in signs.items()
        }
        return {row: spans for row, spans in found.items() if spans}

    def _span_lists(self, masks: list[npt.NDArray[np.bool_]]) -> None:
        """Place and class of every token that a ground cares about, and where each comment's begin."""
        any_ground: npt.NDArray[np.bool_] = np.any(
            np.stack([mask[:, :WIDTH] for mask in masks]), axis=(0, 1)
        )
        token = np.flatnonzero(any_ground[self.reading.token_class])
        comment = self._tokens.comment[token]
        origin, offset = self._batch.origin, self._batch.offsets[comment]
        last = self._matches.token_end[token]
        self._starts = (origin[self._tokens.start[token]] - offset).tolist()
        self._ends = (origin[self._tokens.end[last] - 1] - offset + 1).tolist()
        self._classes = self.reading.token_class[token].tolist()
        self._names = [NAMES[number] for number in self._classes]
        self._first = np.searchsorted(comment, np.arange(len(self.texts) + 1)).tolist()

    def spans(self, row: int) -> tuple[list[Span], list[int]]:
        """What the grounds care about in one text: spans on the original characters, and their class numbers."""
        first, last = self._first[row], self._first[row + 1]
        numbers = self._classes[first:last]
        found = list(
            map(
                Span._make,
                zip(
                    self._starts[first:last],
                    self._ends[first:last],
                    self._names[first:last],
                    strict=True,
                ),
            )
        )
        personal = self._personal.get(row)
        if personal:
            found += personal
            numbers = [*numbers, *(DETECTED_NUMBER[span.word_class] for span in personal)]
        for first, last, is_long in self._unknown.get(row, ()):
            offset = self._batch.offsets[row]
            origin = self._batch.origin
            start = int(origin[self._tokens.start[first]] - offset)
            end = int(origin[self._tokens.end[last] - 1] - offset) + 1
            found.append(Span(start, end, "unknown_clause"))
            numbers = [
                *numbers,
                DETECTED_NUMBER["long_unknown_clause" if is_long else "unknown_clause"],
            ]
        return found, numbers

    def language_code(self, number: int) -> str:
        """Code of a language by its number, `und` for -1."""
        return self._lexicon.languages[number] if number >= 0 else UNDETERMINED
