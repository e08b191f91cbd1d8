"""What is asked for, what is left alone, what a person looks at, and which words say so."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.case import CommentCase, SellerIdentity
from rules.folding import fold_batch
from rules.jsonl import CaseLineError, case_of, judge_records, parse_lines
from rules.judgement import Judgement
from rules.judging import judge
from rules.rule_book import RuleBook, load_rule_book
from schemas.vocabularies import FulfillmentChannel, Ground, JudgedVerdict

AFN, MFN = FulfillmentChannel.AFN, FulfillmentChannel.MFN
SELLER = SellerIdentity(
    names=("Harriet Lindqvist",), emails=("help@lumen.example",), phones=("+1 206 555 0147",)
)
TUNE = [
    json.loads(line)
    for line in (Path(__file__).parent / "cases" / "tune.jsonl").read_text("utf-8").split("\n")
    if line
]


def one(comment: str | None, channel: FulfillmentChannel = MFN, **facts: Any) -> Judgement:
    policy_version = facts.pop("policy_version", None)
    case = CommentCase(comment, facts.pop("rating", 1), channel, **facts)
    return judge([case], load_rule_book(), seller=SELLER, policy_version=policy_version)[0]


def words(comment: str, judged: Judgement) -> list[str]:
    return [comment[span.start : span.end] for span in judged.evidence]


@pytest.mark.parametrize(
    ("comment", "channel", "ground"),
    [
        ("The package arrived two weeks late.", AFN, Ground.FBA_FULFILLMENT),
        ("Das Paket kam erst nach zwei Wochen.", AFN, Ground.FBA_FULFILLMENT),
        ("Le colis n'est jamais arrivé.", AFN, Ground.FBA_FULFILLMENT),
        ("El paquete llegó dos semanas tarde.", AFN, Ground.FBA_FULFILLMENT),
        ("荷物が届きません。", AFN, Ground.FBA_FULFILLMENT),
        ("Poor quality, it broke after a week.", MFN, Ground.PRODUCT_REVIEW),
        ("Schlechte Qualität, der Akku hält keine Stunde.", MFN, Ground.PRODUCT_REVIEW),
        ("What a load of shit.", MFN, Ground.OBSCENE_LANGUAGE),
        ("s h i t", MFN, Ground.OBSCENE_LANGUAGE),
        ("total bullsh1t", MFN, Ground.OBSCENE_LANGUAGE),
        ("Write to help@lumen.example and wait.", MFN, Ground.PERSONAL_INFORMATION),
        ("Call the owner Harriet Lindqvist at 206-555-0147.", MFN, Ground.PERSONAL_INFORMATION),
    ],
)
def test_what_is_asked_for(comment: str, channel: FulfillmentChannel, ground: Ground) -> None:
    judged = one(comment, channel)
    assert (judged.verdict, judged.ground) == (JudgedVerdict.REQUEST, ground), judged.reason
    assert judged.evidence


@pytest.mark.parametrize(
    ("comment", "channel"),
    [
        ("The package arrived two weeks late.", MFN),
        ("The package arrived two weeks late.", FulfillmentChannel.UNKNOWN),
        ("The package arrived two weeks late.", FulfillmentChannel.MIXED),
        ("Late, and the seller never answered.", AFN),
        ("Poor quality, and the seller was rude.", MFN),
        ("Sold as new but clearly used.", AFN),
        ("No refund yet.", AFN),
        ("I love living in Scunthorpe.", MFN),
        ("La computadora.", MFN),
        ("给他妈妈买的", MFN),
        ("买了几把椅子", MFN),
        ("祝生日你们快乐", MFN),
        ("わたしね、好きじゃない", MFN),
        ("ファックスの紙が届かない", FulfillmentChannel.UNKNOWN),
        ("Order 111-1234567-1234567, tracking 9400111899223100001234.", MFN),
    ],
)
def test_what_is_never_asked_for(comment: str, channel: FulfillmentChannel) -> None:
    judged = one(comment, channel)
    assert judged.verdict is not JudgedVerdict.REQUEST, judged


@pytest.mark.parametrize(
    "comment",
    [
        "Popped at 1pm and pink at 11pm.",
        "操作が難しい。",
        "操作が難しい、音が悪い。",
        "ファックスの音が悪い。",
        "鎮魂歌(ちんこんか)のCD",
        "我妈的手机壳裂了",
        "買給媽媽的玉鐲",
        "Esa misma tarde lo pinché yo misma",
        "Fotzelschnitten im Kochbuch",
    ],
)
def test_a_harmless_word_that_holds_an_obscene_one_is_no_obscenity(comment: str) -> None:
    assert one(comment).ground in {None, Ground.PRODUCT_REVIEW}


@pytest.mark.parametrize(
    "comment",
    [
        "Lieferung kam viel zu spät, ansonsten Wolpertinger Quastenflosser Zirbelstube Gamsbart",
        "Parcel came two weeks late. Quixotic bluebell flanges wobbling zigzag",
    ],
)
def test_the_rules_leave_an_unknown_clause_to_a_person_and_name_it(
    comment: str, rules_alone: RuleBook
) -> None:
    judged = judge([CommentCase(comment, 1, AFN)], rules_alone)[0]
    assert (judged.verdict, judged.ground) == (JudgedVerdict.REVIEW, Ground.FBA_FULFILLMENT)
    (named,) = [span for span in judged.blocked_by if span.word_class == "unknown_clause"]
    assert comment[named.start : named.end] == comment[named.start :]


def test_a_few_unlisted_words_do_not_put_a_comment_in_doubt() -> None:
    assert one("Parcel came two weeks late. Quixotic.", AFN).verdict is JudgedVerdict.REQUEST


def test_praise_of_the_delivery_is_no_evidence_against_it() -> None:
    judged = one("Delivery was fine.", AFN)
    assert judged.verdict is not JudgedVerdict.REQUEST


def test_a_mixed_comment_names_the_words_that_block_it() -> None:
    comment = "Poor quality, and the seller never answered."
    judged = one(comment)
    assert judged.verdict is JudgedVerdict.LEAVE
    blocked = [comment[span.start : span.end] for span in judged.blocked_by]
    assert any("seller" in text for text in blocked), blocked


def test_a_merchants_late_parcel_needs_a_label_of_amazon_and_punctuality() -> None:
    comment = "The package never arrived."
    assert one(comment, is_buy_shipping_on_time=True).ground is Ground.BUY_SHIPPING_DELIVERY
    for known in (False, None):
        judged = one(comment, is_buy_shipping_on_time=known)
        assert judged.verdict is not JudgedVerdict.REQUEST


@pytest.mark.parametrize("rating", [4, 5])
def test_high_ratings_are_never_asked_about(rating: int) -> None:
    assert one("What a load of shit.", rating=rating).verdict is JudgedVerdict.LEAVE


def test_damaged_text_goes_to_a_person() -> None:
    comment = "The package arrived two weeks late."
    assert one(comment, AFN, is_text_damaged=True).verdict is JudgedVerdict.REVIEW
    assert one("The package arrived two weeks l\ufffdte, late.", AFN).verdict is not (
        JudgedVerdict.REQUEST
    )


def test_the_narrow_edition_sends_damage_to_a_person() -> None:
    comment = "The box was crushed by the courier."
    assert one(comment, AFN).verdict is JudgedVerdict.REQUEST
    narrow = one(comment, AFN, policy_version="delivery-experience")
    assert narrow.verdict is JudgedVerdict.REVIEW
    assert narrow.policy_version == "delivery-experience"


@pytest.mark.parametrize(
    "comment",
    [
        "Tuote hajosi viikon jälkeen, todella huono laatu.",
        "A termék egy hét után elromlott, nagyon rossz minőség.",
    ],
)
def test_a_language_without_a_lexicon_is_reviewed_at_most(comment: str) -> None:
    assert one(comment).verdict is not JudgedVerdict.REQUEST


def test_a_mail_address_needs_no_language() -> None:
    judged = one("Ota yhteyttä: help@lumen.example")
    assert (judged.verdict, judged.ground) == (JudgedVerdict.REQUEST, Ground.PERSONAL_INFORMATION)


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("\u200bWhat a load of shit!", "shit"),
        ("Ｗｈａｔ a load of ｓｈｉｔ", "ｓｈｉｔ"),
        ("😀😀 e\u0301e\u0301 shit", "shit"),
        ("So eine Scheiße", "Scheiße"),
        ("مرحبا shit", "shit"),
    ],
)
def test_evidence_is_shown_on_the_comment_as_reported(comment: str, expected: str) -> None:
    judged = one(comment)
    assert judged.ground is Ground.OBSCENE_LANGUAGE
    assert expected in words(comment, judged)


@pytest.mark.parametrize(
    "comment",
    [
        None,
        "",
        "   ",
        "😀" * 50,
        "\x00\x01\x07" * 20,
        "\u202e evil \u202c",
        "word " * 200_000,
        "a" * 1_000_000,
        "1-" * 300_000,
        "@" * 500_000,
    ],
    ids=lambda comment: repr(comment)[:20],
)
def test_hostile_comments_get_an_answer_soon(comment: str | None) -> None:
    begun = time.process_time()
    judged = one(comment)
    assert judged.verdict is not JudgedVerdict.REQUEST
    assert len(judged.findings) == len(Ground)
    assert time.process_time() - begun < 5


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(TUNE), min_size=1, max_size=30))
def test_company_never_changes_a_judgement(records: list[dict[str, Any]]) -> None:
    book = load_rule_book()
    cases = [case_of(record, 1) for record in records]
    assert judge(cases, book) == [judge([case], book)[0] for case in cases]


def test_findings_file_round_trip(book: RuleBook) -> None:
    lines = ['{"id": "a", "comment": "What a load of shit.", "rating": 1}', ""]
    (found,) = judge_records(parse_lines(lines), book)
    assert (found["id"], found["verdict"], found["ground"]) == ("a", "request", "obscene_language")
    assert {"reason", "evidence", "blocked_by", "language", "rule_version", "policy_version"} <= (
        set(found)
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 1: not JSON"),
        ("[]", "line 1: expected a JSON object"),
        ('{"id": 1, "rating": 1}', "line 1: field 'comment' is missing"),
    ],
)
def test_a_wrong_line_is_named(line: str, words: str) -> None:
    with pytest.raises(CaseLineError, match=words):
        parse_lines([line])


@pytest.mark.parametrize(
    "field",
    [
        {"rating": 9},
        {"comment": 3},
        {"fulfillment_channel": "FBA"},
        {"buy_shipping_on_time": "yes"},
        {"feedback_date": "yesterday"},
    ],
)
def test_a_wrong_field_is_named_without_the_comment(field: dict[str, Any]) -> None:
    record = {"id": 1, "comment": "secret words", "rating": 1} | field
    with pytest.raises(CaseLineError, match=next(iter(field))) as caught:
        case_of(record, 7)
    assert "record 7" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "comment", ["Broken, that is what it's", "Broken. It isn't", "Broken. They'"]
)
def test_a_comment_reads_the_same_wherever_it_stands(comment: str) -> None:
    cases = [CommentCase(comment, 1, MFN), CommentCase("The lid does not close.", 1, MFN)]
    book = load_rule_book()
    assert judge(cases, book)[0] == judge(cases[::-1], book)[1] == judge(cases[:1], book)[0]
    folded = [fold_batch(texts) for texts in ([comment], [comment, "x"])]
    size = len(folded[0].codes)
    assert folded[0].text == folded[1].text[:size]


@pytest.mark.parametrize(
    "comment",
    [
        "Not the seller's fault, but the kettle leaks and the lid does not close.",
        "The pan leaks. Not the seller's fault.",
        "Die Pfanne leckt, dafür kann der Verkäufer nichts.",
        "De pan lekt, verkoper treft geen blaam.",
        "Kastrullen läcker, inget fel på säljaren.",
        "Sprzedawca w porządku, ale garnek przecieka.",
        "La casserole fuit. Ce n'est vraiment pas la faute du vendeur.",
        "La casserole fuit, le vendeur n'y est pour rien.",
        "La olla gotea, pero el vendedor no tiene la culpa.",
        "A panela vaza, mas o vendedor não tem culpa.",
    ],
)
def test_words_that_only_clear_the_seller_do_not_block(comment: str) -> None:
    judged = one(comment)
    assert (judged.verdict, judged.ground) == (JudgedVerdict.REQUEST, Ground.PRODUCT_REVIEW)


@pytest.mark.parametrize(
    "comment",
    [
        "The pan leaks. It is not only the seller's fault.",
        "The pan leaks. The seller is not blameless.",
        "Die Pfanne leckt. Nicht nur die Schuld des Verkäufers.",
        "Die Pfanne leckt. Der Verkäufer macht nichts.",
        "De pan lekt en is krom. De verkoper valt tegen.",
        "Kastrullen läcker. Säljaren erkänner inget fel.",
        "Garnek przecieka. Sprzedawca nie jest w porządku.",
        "Garnek przecieka. Nie mam zaufania do sprzedawcy.",
        "La casserole fuit. Ce n'est pas seulement la faute du vendeur.",
        "La casserole fuit. Le vendeur dit qu'il n'est pas responsable.",
        "La olla gotea y la tienda dice que no tiene la culpa.",
        "La pentola perde. Il venditore ha detto no.",
        "A panela vaza. O vendedor diz que não é responsável.",
    ],
)
def test_words_that_only_seem_to_clear_the_seller_block(comment: str) -> None:
    assert one(comment).verdict is not JudgedVerdict.REQUEST
