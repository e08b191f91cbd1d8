"""Everything that is found in a chunk of distinct comments: language, classes of words, personal data, sums for each ground."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from rules.case import SellerIdentity
from rules.clause_check import UnknownClauses, find_unknown_clauses
from rules.clauses import read_clauses
from rules.context import WIDTH, Reading, settle
from rules.folding import FoldedBatch, fold_batch
from rules.ground_file import DETECTED_CLASSES, GroundRule
from rules.judgement import Span
from rules.language_guess import UNDETERMINED, guess_languages
from rules.matching import Hide, Matches, match
from rules.obscenity import find_disguised
from rules.opinion_signs import Chunk, Signs, describe
from rules.personal_data import find_personal_data
from rules.personal_signs import comments_with_signs
from rules.rule_book import RuleBook
from rules.tokens import TokenBatch, tokenize, tokens_of
from rules.typed_words import type_words
from rules.word_classes import CLASSES, NUMBER_OF, WordClass

Index = npt.NDArray[np.int64]

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


_COMMENT: Final = itemgetter(Text._fields.index("comment"))
_SELLER: Final = itemgetter(Text._fields.index("seller"))
_HINTS: Final = itemgetter(Text._fields.index("marketplace"), Text._fields.index("language"))


def class_number(name: str) -> int:
    """Number of a lexicon class or of evidence that is found by its form."""
    return DETECTED_NUMBER.get(name) or NUMBER_OF[WordClass(name)]


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
                mask[number, class_number(name)] = True
    return masks


def _any_of(
    is_there: npt.NDArray[np.bool_], masks: Sequence[npt.NDArray[np.bool_]]
) -> list[npt.NDArray[np.bool_]]:
    """For each mask, text by ground: any of the ground's classes is there."""
    grounds = len(masks[0])
    places = np.arange(len(masks) * grounds, dtype=np.uint64)
    bits = (np.concatenate(masks).T.astype(np.uint64) << places).sum(axis=1, dtype=np.uint64)
    sizes = np.count_nonzero(is_there, axis=1)
    texts = np.flatnonzero(sizes)
    in_text = np.zeros(len(is_there), "<u8")
    if len(texts):
        row_begins = np.repeat(np.arange(len(is_there)) * is_there.shape[1], sizes)
        number = np.flatnonzero(is_there) - row_begins
        begins = (np.cumsum(sizes) - sizes).take(texts)
        in_text[texts] = np.bitwise_or.reduceat(bits.take(number), begins)
    in_bytes = in_text.view(np.uint8).reshape(-1, in_text.itemsize)
    flags = np.unpackbits(in_bytes, axis=1, bitorder="little").view(np.bool_)
    return [flags[:, n * grounds : (n + 1) * grounds] for n in range(len(masks))]


@dataclass(frozen=True, slots=True)
class Found:
    """Stretches of a chunk of texts that some ground cares about, text by text.

    Attributes:
        first: for each text the place of its first stretch, and the number of all stretches.
        classes: number of each stretch's class.
        names: number of the class that it is shown as.
        start: its first character within the text as reported.
        end: the character after the last.
    """

    first: Index
    classes: Index
    names: Index
    start: Index
    end: Index

    def of_rows(self, row: Index) -> tuple[Index, Index, Index]:
        """Every stretch of these texts: place of the text in `row`, place of the stretch; where each text's end, after a 0."""
        first = self.first.take(row)
        counts = self.first.take(row + 1) - first
        ends = np.zeros(len(row) + 1, np.int64)
        np.cumsum(counts, out=ends[1:])
        which = np.repeat(np.arange(len(row)), counts)
        return which, np.arange(len(which)) + (first - ends[:-1]).take(which), ends

    def spans(self, places: Index) -> list[Span]:
        """These stretches as spans."""
        names = map(NAMES.__getitem__, self.names[places].tolist())
        columns = self.start[places].tolist(), self.end[places].tolist(), names
        # what `Span._make` does, without a call of Python for each of very many
        return list(map(tuple.__new__, repeat(Span), zip(*columns, strict=True)))


class Analysis:
    """Everything that is found in a chunk of distinct texts.

    Attributes:
        texts: the texts.
        languages: codes of the languages that can be judged.
        language: number of each text's language among them, -1 for none.
        language_codes: their codes, and last what stands for none.
        has_text: the text is more than blanks.
        reading: the classes of its words.
        is_there: a class occurs: text by class.
        sums: for each mask of classes whether any of a ground's is there: text by ground.
        found: stretches of the texts that some ground cares about.
    """

    def __init__(
        self,
        book: RuleBook,
        texts: list[Text],
        masks: list[npt.NDArray[np.bool_]],
        hide: Hide | None = None,
    ) -> None:
        self.texts = texts
        self._evidence = masks[0][:, :WIDTH].astype(np.int32)
        self._lexicon = book.lexicon
        self.languages = book.lexicon.languages
        self.language_codes = [*self.languages, UNDETERMINED]
        comments = list(map(_COMMENT, texts))
        self._batch: FoldedBatch = fold_batch(comments)
        self._tokens: TokenBatch = tokenize(self._batch)
        words = np.diff(self._tokens.comment_first)
        self.has_text = words > 0
        for row in np.flatnonzero(words == 0).tolist():
            self.has_text[row] = bool(comments[row].strip())
        typed = type_words(self._tokens, self._batch, book.lexicon)
        self.language = guess_languages(
            self._tokens,
            typed,
            book.lexicon,
            comments=comments,
            hints=list(map(_HINTS, texts)),
        )
        self._matches: Matches = match(self._tokens, typed, self.language, book.lexicon, hide)
        self._hide_disguised()
        self.reading: Reading = settle(self._tokens, self._matches, len(texts))
        self._personal = self._personal_data(comments)
        # Chinese and Japanese: every character is a token, so unknown ones say little
        is_unspaced = np.array([*(name in _UNSPACED for name in self.languages), False])
        self._by_character = is_unspaced[self.language]
        counts = np.zeros((len(texts), WIDTH + len(DETECTED_CLASSES)), np.int32)
        counts[:, :WIDTH] = self.reading.counts
        for row, spans in self._personal.items():
            for span in spans:
                counts[row, DETECTED_NUMBER[span.word_class]] += 1
        numbers = np.bincount(
            self._tokens.comment.compress(self._tokens.is_number), minlength=len(texts)
        )
        counts[:, DETECTED_NUMBER["several_numbers"]] = numbers > 1
        counts[:, DETECTED_NUMBER["many_unknown_words"]] = (
            self.reading.counts[:, 0] >= _MANY_UNKNOWN
        ) & ~self._by_character
        self._clauses = read_clauses(self._tokens, self._matches, self.reading)
        clauses = find_unknown_clauses(self._clauses, self._by_character)
        counts[clauses.comment, DETECTED_NUMBER["unknown_clause"]] = 1
        counts[clauses.comment[clauses.is_long], DETECTED_NUMBER["long_unknown_clause"]] = 1
        counts[:, DETECTED_NUMBER["few_unknown_words"]] = self.reading.counts[:, 0] <= np.where(
            self._by_character, _FEW_UNKNOWN_CHARACTERS, _FEW_UNKNOWN
        )
        counts[:, DETECTED_NUMBER["few_words"]] = words <= np.where(
            self._by_character, _FEW_CHARACTERS, _FEW_WORDS
        )
        self.is_there = counts > 0
        self.sums = _any_of(self.is_there, masks)
        self.found = self._found(masks, clauses)

    def signs(self, grounds: tuple[int, ...], languages: Sequence[str], texts: Index) -> Signs:
        """What a second opinion weighs.

        Args:
            grounds: numbers of the grounds whose outcome is told.
            languages: the languages it knows; a seller's own further ones count as none.
            texts: places of the texts that are asked about, rising.
        """
        place = {language: number for number, language in enumerate(languages)}
        known = np.array([*(place.get(language, -1) for language in self.languages), -1])
        chunk = Chunk(
            self._tokens,
            self._clauses,
            self._batch,
            self._matches,
            self.reading,
            self.sums,
            known[self.language],
            len(languages),
            self._by_character,
            grounds,
            self.reading.counts @ self._evidence[list(grounds)].T,
        )
        return describe(chunk, texts)

    def _hide_disguised(self) -> None:
        """Mark disguised obscene words as such."""
        for first, last in find_disguised(self._batch, self._tokens, self._lexicon):
            self._matches.token_class[first : last + 1] = 0
            self._matches.is_inside[first : last + 1] = True
            self._matches.is_inside[first] = False
            self._matches.token_class[first] = NUMBER_OF[WordClass.OBSCENE]
            self._matches.token_end[first] = last

    def _personal_data(self, comments: list[str]) -> dict[int, list[Span]]:
        sellers = list(map(_SELLER, self.texts))
        own_words = frozenset(
            word
            # the same object again and again: its identity is quicker than its hash
            for seller in dict(zip(map(id, sellers), sellers, strict=True)).values()
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

    def _found(self, masks: list[npt.NDArray[np.bool_]], clauses: UnknownClauses) -> Found:
        """Everything that a ground cares about: words, then personal data, then clauses that nobody understands."""
        any_ground: npt.NDArray[np.bool_] = np.any(
            np.stack([mask[:, :WIDTH] for mask in masks]), axis=(0, 1)
        )
        tokens, batch = self._tokens, self._batch
        token = np.flatnonzero(any_ground.take(self.reading.token_class))
        first = np.concatenate((token, clauses.first))
        last = np.concatenate((self._matches.token_end.take(token), clauses.last))
        comment = tokens.comment.take(first)
        offset = batch.offsets.take(comment)
        start = batch.origin.take(tokens.start.take(first)) - offset
        end = batch.origin.take(tokens.end.take(last) - 1) - offset + 1
        number = np.where(
            clauses.is_long,
            DETECTED_NUMBER["long_unknown_clause"],
            DETECTED_NUMBER["unknown_clause"],
        )
        its_class = self.reading.token_class.take(token).astype(np.int64)
        classes = np.concatenate((its_class, number))
        names = classes.copy()
        names[len(token) :] = DETECTED_NUMBER["unknown_clause"]
        rank = np.repeat(np.array((0, 2)), (len(token), len(number)))
        personal = [
            (row, span.start, span.end, DETECTED_NUMBER[span.word_class])
            for row, spans in self._personal.items()
            for span in spans
        ]
        if personal:
            more = np.array(personal, np.int64)
            comment, start, end, classes, names = (
                np.concatenate(both)
                for both in (
                    (comment, more[:, 0]),
                    (start, more[:, 1]),
                    (end, more[:, 2]),
                    (classes, more[:, 3]),
                    (names, more[:, 3]),
                )
            )
            rank = np.concatenate((rank, np.ones(len(personal), np.int64)))
        order = np.argsort(comment * 3 + rank, kind="stable")
        places = np.searchsorted(comment[order], np.arange(len(self.texts) + 1))
        return Found(
            places, classes.take(order), names.take(order), start.take(order), end.take(order)
        )
