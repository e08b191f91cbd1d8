"""Rule files are refused when they are wrong, with file and line; what they say is what the policy page says."""

import re
from datetime import date
from pathlib import Path

import pytest

from rules.case import CommentCase
from rules.ground_file import GroundFileError
from rules.judging import judge
from rules.lexicon_file import LexiconError
from rules.rule_book import RuleBook, UnknownPolicyVersionError, load_rule_book
from schemas.vocabularies import FulfillmentChannel, Ground, JudgedVerdict

GROUNDS = Path(__file__).parents[2] / "rules" / "grounds"


def complaint_about_lexicon(folder: Path, text: str) -> str:
    (folder / "own.toml").write_text(text, "utf-8")
    with pytest.raises(LexiconError) as caught:
        load_rule_book(lexicon_folders=(folder,))
    return str(caught.value)


def complaint_about_ground(folder: Path, change: tuple[str, str]) -> str:
    text = (GROUNDS / "product_review.toml").read_text("utf-8")
    assert change[0] in text
    (folder / "product_review.toml").write_text(text.replace(*change, 1), "utf-8")
    with pytest.raises(GroundFileError) as caught:
        load_rule_book(ground_folders=(folder,))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            'language = "en"\n[words]\nproduct = "zzqa"\nx = "zzqb"\n',
            "own.toml:4: unknown class 'x'",
        ),
        ('language = "en"\ncolour = "red"\n', "own.toml:2"),
        ('language = "en"\n[words\n', "own.toml"),
        ('language = "en"\n[phrases]\nproduct = "(zzqa|zzqb"\n', "own.toml:3"),
        ('language = "en"\n[phrases]\nproduct = "zzqa {nothing}"\n', "own.toml:3"),
    ],
)
def test_a_wrong_lexicon_is_refused_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    assert words in complaint_about_lexicon(tmp_path, text)


def test_digits_that_an_entry_spells_out_are_numbers_in_other_entries(tmp_path: Path) -> None:
    text = 'language = "en"\n[phrases]\nseller = "7711 zzqa"\nproduct = "zzqb {n} zzqc"\n'
    (tmp_path / "own.toml").write_text(text, "utf-8")
    book = load_rule_book(lexicon_folders=(tmp_path,))
    case = CommentCase("The zzqb 7711 zzqc and the handle.", 1, FulfillmentChannel.MFN)
    (judged,) = judge([case], book)
    assert ("zzqb 7711 zzqc", "product") in {
        ("The zzqb 7711 zzqc and the handle."[span.start : span.end], span.word_class)
        for span in judged.evidence
    }


def test_a_word_in_two_classes_is_refused(tmp_path: Path) -> None:
    text = 'language = "en"\n[words]\nproduct = "zzqa"\nseller = "zzqa"\n'
    assert "zzqa" in complaint_about_lexicon(tmp_path, text)


def test_an_entry_that_can_never_match_is_refused(tmp_path: Path) -> None:
    text = 'language = "en"\n[phrases]\nproduct = "~ zzqa"\n'
    assert "own.toml:3" in complaint_about_lexicon(tmp_path, text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('id = "product_review"', 'id = "product_review"\ncolour = "red"'), "colour"),
        (('quantifier = "entire"', 'quantifier = "most"'), "most"),
        (('evidence = ["product"', 'evidence = ["produckt"'), "unknown class 'produckt'"),
        (('default_verdict = "request"', 'default_verdict = "demand"'), "demand"),
        (("version = 1", ""), "version"),
    ],
)
def test_a_wrong_ground_is_refused(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    found = complaint_about_ground(tmp_path, change)
    assert "product_review.toml" in found
    assert words in found


def test_every_ground_has_exactly_one_file() -> None:
    names = [
        re.search(r'^id = "(\w+)"', path.read_text("utf-8"), re.MULTILINE)[1]  # type: ignore[index]
        for path in GROUNDS.glob("*.toml")
    ]
    assert sorted(names) == sorted(Ground)


@pytest.mark.parametrize(
    ("ground", "category", "code"),
    [
        (Ground.OBSCENE_LANGUAGE, "inappropriate-feedback", "102"),
        (Ground.PERSONAL_INFORMATION, "inappropriate-feedback", "103"),
        (Ground.PRODUCT_REVIEW, "product-feedback", "203"),
        (Ground.FBA_FULFILLMENT, "delivery-related-feedback", "402"),
        (Ground.BUY_SHIPPING_DELIVERY, "delivery-related-feedback", "401"),
    ],
)
def test_what_is_asked_for_has_its_place_in_the_panel(
    book: RuleBook, ground: Ground, category: str, code: str
) -> None:
    rule = book.ground(ground)
    assert rule.default_verdict is JudgedVerdict.REQUEST
    assert rule.panel is not None
    assert (rule.panel.category, rule.panel.reason_code) == (category, code)


@pytest.mark.parametrize(
    "ground",
    [
        Ground.EASY_SHIP_DELIVERY,
        Ground.HATE_SPEECH,
        Ground.PROMOTIONAL_CONTENT,
        Ground.OTHER_ORDER,
    ],
)
def test_what_no_page_promises_goes_to_a_person(book: RuleBook, ground: Ground) -> None:
    assert book.ground(ground).default_verdict is JudgedVerdict.REVIEW


def test_the_edition_is_chosen_by_data_and_can_be_overridden(book: RuleBook) -> None:
    def edition(**chosen: object) -> str:
        return book.wording(Ground.FBA_FULFILLMENT, **chosen).id  # type: ignore[arg-type]

    assert edition(marketplace="US", on=date(2026, 11, 1)) == "fulfillment-or-service"
    assert edition(marketplace=None, on=None) == "fulfillment-or-service"
    narrow = {"policy_version": "delivery-experience"}
    assert edition(marketplace="US", on=None, **narrow) == "delivery-experience"
    with pytest.raises(UnknownPolicyVersionError, match="known: fulfillment-or-service"):
        edition(marketplace="US", on=None, policy_version="newest")


def test_the_policy_page_names_every_source_and_the_day_it_was_read(book: RuleBook) -> None:
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text("utf-8")
    for rule in book.grounds:
        assert f"rules/grounds/{rule.ground}.toml" in page
        for wording in rule.wordings:
            assert wording.source in page
            assert f"read {wording.read}" in page
