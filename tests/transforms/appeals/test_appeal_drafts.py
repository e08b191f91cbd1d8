"""Drafts in every language and for every ground: whole, checked, and refused as soon as they propose another way."""

import re
from dataclasses import replace
from datetime import date

import pytest

from rules.judgement import Span
from schemas.vocabularies import Ground
from transforms.appeals.appeal_table import UNAPPEALABLE
from transforms.appeals.channel_check import ObjectionKind, channel_words, objections
from transforms.appeals.drafting import (
    AppealCase,
    differences,
    draft_document,
    draft_text,
    passages,
    quotes,
    text_of_document,
)
from transforms.appeals.wording import Difference, language_of, languages, wording_in

ORDER = "111-4007919-1104729"
COMMENT = "The kettle  leaks and\nthe lid does not close. Contact us they said."
CASE = AppealCase(
    account="lumen-home",
    marketplace="US",
    order_id=ORDER,
    ground=Ground.PRODUCT_REVIEW,
    first_ground=Ground.PRODUCT_REVIEW,
    feedback_date=date(2026, 11, 2),
    rating=2,
    comment=COMMENT,
    evidence=(Span(4, 17, "product"), Span(26, 44, "product")),
    is_revised=False,
    source="https://sellercentral.amazon.com/gp/help/external/help.html?itemID=20231&language=en_US",
    deadline_date=date(2027, 1, 30),
    language="en",
)
GROUNDS = [ground for ground in Ground if ground not in UNAPPEALABLE]


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("ground", GROUNDS)
def test_every_draft_is_whole_and_proposes_no_other_way(language: str, ground: Ground) -> None:
    case = replace(
        CASE, language=language, ground=ground, first_ground=Ground.OTHER_ORDER, is_revised=True
    )
    text = draft_text(case)
    assert not re.search(r"[{}]", text)
    for part in (ORDER, "2026-11-02", "kettle leaks", wording_in(language).clauses[ground]):
        assert part in text
    assert objections(text, order_id=ORDER, quoted=quotes(case)) == ()


def test_the_large_languages_are_there_and_each_has_every_sentence() -> None:
    assert {"en", "de", "fr", "es", "it", "ja", "zh"} <= set(languages())
    for language in languages():
        words = wording_in(language)
        assert set(words.clauses) == set(GROUNDS)
        assert set(words.differences) == set(Difference)
    assert wording_in("tlh").language == "en"


def test_the_language_is_the_sellers_choice_then_the_marketplaces() -> None:
    assert language_of("DE", {}) == "de"
    assert language_of("DE", {"DE": "zh"}) == "zh"
    assert language_of("SE", {}) == "en"
    assert language_of("US", {"US": "klingon"}) == "en"


def test_positions_count_from_one_and_name_just_these_words() -> None:
    text = draft_text(CASE)
    found = re.findall(r'characters (\d+) to (\d+): "(.*)"', text)
    assert found == [("5", "17", "kettle leaks"), ("27", "44", "lid does not close")]
    for first, last, words in found:
        assert " ".join(COMMENT[int(first) - 1 : int(last)].split()) == words


def test_passages_that_overlap_are_quoted_once() -> None:
    case = replace(CASE, evidence=(Span(26, 44, "a"), Span(4, 10, "b"), Span(8, 17, "c")))
    assert [(span.start, span.end) for span in passages(case)] == [(4, 17), (26, 44)]
    beside = replace(CASE, evidence=(Span(4, 10, "a"), Span(12, 17, "b"), Span(22, 25, "c")))
    assert [(span.start, span.end) for span in passages(beside)] == [(4, 17), (22, 25)]


def test_what_differs_from_the_first_request_is_said_and_nothing_else() -> None:
    assert differences(CASE) == (Difference.PASSAGES_QUOTED,)
    assert differences(replace(CASE, evidence=())) == ()
    changed = replace(CASE, first_ground=Ground.FBA_FULFILLMENT, is_revised=True)
    assert set(differences(changed)) == set(Difference)
    assert "named another reason" in draft_text(changed)
    assert "named another reason" not in draft_text(CASE)


@pytest.mark.parametrize("words", channel_words())
def test_each_word_of_another_channel_is_refused(words: str) -> None:
    text = draft_text(CASE) + f"\n… {words.upper()} …\n"
    found = objections(text, order_id=ORDER, quoted=quotes(CASE))
    assert ObjectionKind.OTHER_CHANNEL in {objection.kind for objection in found}


@pytest.mark.parametrize(
    ("added", "kind"),
    [
        ("Write to boss@amazon.com", ObjectionKind.ADDRESS),
        ("See https://example.org/form", ObjectionKind.LINK),
        ("See www.example.org", ObjectionKind.LINK),
        ("See https://sellercentral.amazon.com/cu/contact-us", ObjectionKind.LINK),
        ("Our number: +1 206 555 0147", ObjectionKind.PHONE),
        ("Also order 111-4015838-1209458", ObjectionKind.OTHER_ORDER),
    ],
)
def test_ways_out_of_the_case_are_refused(added: str, kind: ObjectionKind) -> None:
    found = objections(draft_text(CASE) + added, order_id=ORDER, quoted=quotes(CASE))
    assert [objection.kind for objection in found] == [kind]


def test_a_text_without_its_order_or_without_words_is_refused() -> None:
    (found,) = objections("Please look again.", order_id=ORDER)
    assert found.kind is ObjectionKind.ORDER_MISSING
    (found,) = objections(" \n", order_id=ORDER)
    assert found.kind is ObjectionKind.EMPTY


def test_the_buyers_words_are_not_the_sellers() -> None:
    start = COMMENT.index("Contact")
    case = replace(CASE, evidence=(Span(start, len(COMMENT), "x"),))
    text = draft_text(case)
    assert "Contact us they said." in text
    assert objections(text, order_id=ORDER, quoted=quotes(case)) == ()
    assert objections(text, order_id=ORDER) != ()


def test_a_drafts_file_gives_its_text_back_and_nothing_above_the_mark() -> None:
    text = draft_text(CASE)
    document = draft_document(CASE, text)
    assert text_of_document(document) == text
    assert "--sent" in document
    assert text_of_document(document.replace("----- text -----", "")) is None
