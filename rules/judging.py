"""Judging comments: request, review or leave, with the ground and the words that decided.

`judge` works on arrays: a chunk of distinct comments is folded, cut into tokens, matched against the lexicons and
settled as a whole; each ground is then a sum over class counts. Only comments that carry a sign of personal data are
looked at one by one.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import pairwise, repeat
from operator import attrgetter, contains, itemgetter
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rules.analysis import Analysis, Text
from rules.case import CommentCase, SellerIdentity
from rules.judgement import GroundFinding, Judgement, Span
from rules.rule_book import RuleBook
from rules.verdicts import Decider, Facts

__all__ = ["CommentCase", "GroundFinding", "Judgement", "SellerIdentity", "Span", "judge"]

_CHUNK: Final = 900_000
"""Characters of comments that are judged together: enough for arrays to pay, few enough for the processor's cache."""

_LONGEST: Final = 20_000
"""Characters of a comment that are read; buyers can write far fewer, and a longer text is sent to a person."""

_FACT_BITS: Final = 31
_ABOUT: Final = attrgetter(
    "rating",
    "fulfillment_channel",
    "is_buy_shipping_on_time",
    "marketplace",
    "feedback_date",
    "is_text_damaged",
)
_PLACE: Final = attrgetter("marketplace")
_LANGUAGE: Final = attrgetter("language")
_REPLACED: Final = "\ufffd"


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
    with _collector_paused():
        return _Run(rule_book, policy_version).judge(cases, sellers)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Pause the cycle collector.

    Judgements are many small tuples without cycles; looking through them again and again takes a fifth of the time.
    What was made meanwhile is passed to the oldest generation unseen, or the collector would look through all of it now.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if not gc.get_freeze_count():  # whoever froze objects wants them to stay so
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def _texts(columns: Iterable[Sequence[Any]]) -> list[Text]:
    """Texts from their fields, without a call of Python for each."""
    return list(map(tuple.__new__, repeat(Text), columns))


def _chunks(texts: Sequence[Text]) -> list[int]:
    """Where each chunk of texts begins, and the number of all texts."""
    sizes = map(len, map(itemgetter(Text._fields.index("comment")), texts))
    ends = np.cumsum(np.fromiter(sizes, np.int64, len(texts)))
    begins = np.flatnonzero(np.diff(ends // _CHUNK, prepend=-1))
    return [*begins.tolist(), len(texts)]


class _Run:
    """One call of `judge`: what was seen before is not analysed again."""

    def __init__(self, book: RuleBook, policy_version: str | None) -> None:
        self._book = book
        self._policy_version = policy_version
        self._decider = Decider(book)
        self._edition_of: dict[tuple[str | None, date | None], int] = {}
        self._facts: dict[Facts, int] = {}
        self._fact_of: dict[tuple[Any, ...], int] = {}

    def judge(
        self, cases: Sequence[CommentCase], sellers: Sequence[SellerIdentity]
    ) -> list[Judgement]:
        comments = [case.comment or "" for case in cases]
        is_cut: Iterable[bool] = repeat(False, len(cases))
        if max(map(len, comments), default=0) > _LONGEST:
            is_cut = [len(comment) > _LONGEST for comment in comments]
            comments = [comment[:_LONGEST] for comment in comments]
        facts = np.array(self._facts_of(cases, comments, is_cut), np.int64)
        columns = comments, map(_PLACE, cases), map(_LANGUAGE, cases)
        if len(set(comments)) == len(comments):
            texts = _texts(zip(*columns, sellers, strict=True))
            return self._answers(texts, np.arange(len(texts)), facts)
        # the same object again and again: its identity is quicker than its hash
        seller_with = {id(seller): seller for seller in sellers}
        seller_of = {seller: n for n, seller in enumerate(dict.fromkeys(seller_with.values()))}
        number_with = {place: seller_of[seller] for place, seller in seller_with.items()}
        numbers = map(number_with.__getitem__, map(id, sellers))
        keys = list(zip(*columns, numbers, strict=True))
        number_of = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        all_sellers = list(seller_of)
        texts = _texts((*about, all_sellers[number]) for *about, number in number_of)
        asked = np.fromiter(map(number_of.__getitem__, keys), np.int64, len(keys))
        distinct, place = np.unique(asked << _FACT_BITS | facts, return_inverse=True)
        answers = self._answers(texts, distinct >> _FACT_BITS, distinct & ((1 << _FACT_BITS) - 1))
        return [answers[number] for number in place.tolist()]

    def _facts_of(
        self, cases: Sequence[CommentCase], comments: Sequence[str], is_cut: Iterable[bool]
    ) -> list[int]:
        """Number of what decides besides the text, for each case."""
        is_replaced = map(contains, comments, repeat(_REPLACED))
        found: list[int] = []
        last: tuple[Any, ...] = ()
        number = 0
        for about in zip(map(_ABOUT, cases), is_replaced, is_cut, strict=True):
            if about != last:  # mostly the same objects as before: quicker than their hashes
                last, number = about, self._fact(*about)
            found.append(number)
        return found

    def _fact(self, about: tuple[Any, ...], is_replaced: bool, is_cut: bool) -> int:
        """Number of what decides besides the text; characters were lost, or the comment is not read to its end."""
        key = (about, is_replaced, is_cut)
        number = self._fact_of.get(key)
        if number is None:
            rating, channel, on_time, marketplace, on, is_damaged = about
            facts = Facts(
                rating <= 3,
                channel,
                on_time is True,
                self._edition(marketplace, on),
                is_damaged or is_replaced,
                is_cut,
            )
            number = self._facts.setdefault(facts, len(self._facts))
            self._fact_of[key] = number
        return number

    def _answers(
        self, texts: list[Text], row: npt.NDArray[np.int64], fact: npt.NDArray[np.int64]
    ) -> list[Judgement]:
        """One judgement for each asked text under its facts; the texts' places rise."""
        facts = list(self._facts)
        found: list[Judgement] = []
        for first, end in pairwise(_chunks(texts)):
            analysis = Analysis(self._book, texts[first:end], self._decider.masks)
            begin, stop = np.searchsorted(row, (first, end)).tolist()
            found += self._decider.decide(
                analysis, row[begin:stop] - first, facts, fact[begin:stop]
            )
        return found

    def _edition(self, marketplace: str | None, on: date | None) -> int:
        """Number of the editions of the clauses that apply to a marketplace and a feedback date."""
        key = (marketplace, on)
        found = self._edition_of.get(key)
        if found is None:
            wordings = tuple(
                self._book.wording(
                    rule.ground, marketplace=marketplace, on=on, policy_version=self._policy_version
                )
                for rule in self._book.grounds
            )
            editions = self._decider.editions
            if wordings not in editions:
                editions.append(wordings)
            found = editions.index(wordings)
            self._edition_of[key] = found
        return found
