"""The seller's own wordings add to the packaged ones and never turn their meaning."""

import pytest

from schemas.vocabularies import SightingKind
from transforms.decision_mails.wording import WordingFileError, folded, packaged_wording


def test_a_seller_adds_words_senders_and_topics() -> None:
    wording = packaged_wording().extended(
        'senders = ["marketplace.example"]\ntopics = ["tilbakemelding"]\n'
        '[[pattern]]\nsays = "denied"\nlanguage = "no"\nfragments = ["Vi kan ikke fjerne"]\n',
        "own.toml",
    )
    (found,) = wording.found_in(folded("VI KAN  ikke fjerne dette"))
    assert (found.says, found.language, found.source) == (SightingKind.DENIED, "no", "seller")
    assert wording.knows_sender("x@mail.marketplace.example")
    assert wording.knows_sender("x@amazon.de")
    assert wording.is_about_feedback("en tilbakemelding")
    assert wording.version == packaged_wording().version + "+seller"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("pattern = 3", r"\[\[pattern\]\]"),
        ("[[pattern]]\nsays = 'denied'", "needed"),
        ("[[pattern]]\nsays='won'\nlanguage='en'\nfragments=['abcd']", "allowed: removed"),
        ("[[pattern]]\nsays='denied'\nlanguage='en'\nfragments=['no']", "too short"),
        ("[[pattern]]\nsays='denied'\nlanguage='en'\nfragments=[' ']", "none of them empty"),
        ("[[pattern]]\nsays='denied'\nlanguage='en'\nfragments=['feedback was removed']", "one meaning"),
        ("[[pattern]]\nsays='denied'\nlanguage=3\nfragments=['abcd']", "must be a code"),
        ("colour = 'red'", "unknown keys"),
        ("senders = 'amazon.com'", "list of texts"),
        ("= 3", "is no TOML"),
    ],
)  # fmt: skip
def test_a_file_that_is_wrong_is_refused_with_the_remedy(text: str, complaint: str) -> None:
    with pytest.raises(WordingFileError, match=complaint):
        packaged_wording().extended(text, "own.toml")


def kinds(text: str) -> set[SightingKind]:
    return {fragment.says for fragment in packaged_wording().found_in(folded(text))}


def test_a_longer_wording_silences_the_shorter_one_inside_it() -> None:
    assert kinds("Feedback was removed.") == {SightingKind.REMOVED}
    assert kinds("No feedback was removed.") == {SightingKind.DENIED}
    both = "No feedback was removed before; this feedback was removed today."
    assert kinds(both) == {SightingKind.DENIED, SightingKind.REMOVED}


@pytest.mark.parametrize(
    "text",
    [
        "If the feedback has been removed, the rating changes within a day.",
        "Once the feedback has been removed",
        "We cannot tell whether the feedback has been removed",
        "Si nous avons retiré l'évaluation",
        "Falls wir die Bewertung entfernt haben, erfahren Sie es, wenn die Bewertung wurde entfernt",
    ],
)
def test_a_condition_is_no_answer(text: str) -> None:
    assert kinds(text) == set()


def test_what_follows_that_is_an_answer() -> None:
    told = "We inform you that the feedback has been removed. If you have questions, reply."
    assert kinds(told) == {SightingKind.REMOVED}


def test_domains_are_compared_as_wholes() -> None:
    wording = packaged_wording()
    assert wording.knows_sender("no-reply@sellernotifications.amazon.co.jp")
    assert not wording.knows_sender("no-reply@amazon.com.evil.example")
    assert not wording.knows_sender("no-reply@xamazon.com")
    assert not wording.knows_sender("")
