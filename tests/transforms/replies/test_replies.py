"""Every draft public reply is there, asks for nothing, offers nothing and names nobody."""

import pytest

from schemas.marketplaces import marketplaces
from schemas.vocabularies import Topic
from transforms.replies.drafts import draft_reply, read_replies, replies
from transforms.replies.reply_check import (
    ReplyObjectionKind,
    refused_words,
    reply_objections,
)

LANGUAGES = {"en", "de", "fr", "es", "it", "ja", "zh", "pt", "nl", "sv", "pl"}
EVERY_REPLY = [
    pytest.param(language, topic, id=f"{language}-{topic}")
    for language in sorted(LANGUAGES)
    for topic in Topic
]

ASKS = {
    "en": "We are sorry. Please remove your feedback.",
    "de": "Es tut uns leid. Bitte ändern Sie Ihre Bewertung.",
    "fr": "Nous sommes désolés. Merci de supprimer votre évaluation.",
    "es": "Lo sentimos. Le rogamos que elimine su valoración.",
    "it": "Ci dispiace. La preghiamo di rimuovere il feedback.",
    "ja": "申し訳ございません。評価を削除していただけますか。",
    "zh": "很抱歉。请您修改评价。",
    "pt": "Lamentamos. Pedimos que altere a sua avaliação.",
    "nl": "Het spijt ons. Wilt u uw beoordeling verwijderen?",
    "sv": "Vi beklagar. Kan du ta bort ditt omdöme?",
    "pl": "Przykro nam. Prosimy usunąć opinię.",
}
OFFERS = {
    "en": "We are sorry. We would like to send a replacement.",
    "de": "Es tut uns leid. Gern geben wir Ihnen einen Gutschein.",
    "fr": "Nous sommes désolés. Nous vous remboursons volontiers.",
    "es": "Lo sentimos. Le hacemos un descuento.",
    "it": "Ci dispiace. La aspetta un buono.",
    "ja": "申し訳ございません。全額返金いたします。",
    "zh": "很抱歉。我们会给您退款。",
    "pt": "Lamentamos. Enviamos um brinde.",
    "nl": "Het spijt ons. U krijgt korting.",
    "sv": "Vi beklagar. Du får pengarna tillbaka.",
    "pl": "Przykro nam. Otrzymają Państwo rabat.",
}


def test_every_language_has_texts_and_lists_of_refused_words() -> None:
    assert set(replies().texts) == LANGUAGES
    assert set(refused_words()) == {"about_the_feedback", "offers"}
    for by_language in refused_words().values():
        assert set(by_language) == LANGUAGES
        assert all(by_language.values())


@pytest.mark.parametrize(("language", "topic"), EVERY_REPLY)
def test_nothing_stands_against_a_packaged_reply(language: str, topic: Topic) -> None:
    assert reply_objections(replies().texts[language][topic], language=language) == ()


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_no_two_topics_share_a_text(language: str) -> None:
    assert len(set(replies().texts[language].values())) == len(Topic)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_planted_request_and_a_planted_offer_are_refused(language: str) -> None:
    asked = {found.kind for found in reply_objections(ASKS[language], language=language)}
    offered = {found.kind for found in reply_objections(OFFERS[language], language=language)}

    assert asked == {ReplyObjectionKind.ABOUT_THE_FEEDBACK}
    assert offered == {ReplyObjectionKind.OFFERS}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Please see www.shop.example for more.", ReplyObjectionKind.LINK_OR_ADDRESS),
        ("Write to help@shop.example, please.", ReplyObjectionKind.LINK_OR_ADDRESS),
        ("We looked at order 111-2222222-3333333.", ReplyObjectionKind.DIGITS),
        ("Our number is ５５５ ０１０３.", ReplyObjectionKind.DIGITS),
        ("One. Two. Three. Four.", ReplyObjectionKind.LENGTH),
        ("", ReplyObjectionKind.LENGTH),
    ],
)
def test_links_numbers_and_length_are_refused(text: str, kind: ReplyObjectionKind) -> None:
    assert [found.kind for found in reply_objections(text, language="en")] == [kind]


def test_english_words_are_refused_in_a_text_of_another_language() -> None:
    (found,) = reply_objections("Es tut uns leid, ein refund folgt.", language="de")
    assert (found.kind, found.found) == (ReplyObjectionKind.OFFERS, "refund")


def test_a_language_without_lists_is_not_passed_unchecked() -> None:
    with pytest.raises(ValueError, match="'tr'"):
        reply_objections("Teşekkürler.", language="tr")


@pytest.mark.parametrize(
    ("language", "marketplace", "drafted"),
    [
        ("fr", "DE", "fr"),  # the buyer's language first
        ("und", "DE", "de"),
        ("tr", "JP", "ja"),  # none in Turkish: the marketplace's
        ("tr", "TR", "en"),
        ("und", "US", "en"),
    ],
)
def test_the_language_falls_back(language: str, marketplace: str, drafted: str) -> None:
    draft = draft_reply(Topic.DELIVERY, language=language, marketplace=marketplace)
    assert (draft.language, draft.text) == (drafted, replies().texts[drafted][Topic.DELIVERY])


def test_the_marketplaces_are_amazons() -> None:
    assert set(replies().marketplaces) <= set(marketplaces())


def test_a_file_that_lacks_something_is_refused() -> None:
    complete = "\n".join(f'{topic} = "Thank you."' for topic in Topic)
    head = 'version = "1"\n[marketplaces]\n'
    with pytest.raises(ValueError, match="in en: vague missing"):
        read_replies(f"{head}[replies.en]\n" + complete.rsplit("\n", 1)[0])
    with pytest.raises(ValueError, match="no texts in de"):
        read_replies(f'{head}DE = "de"\n[replies.en]\n{complete}')
    with pytest.raises(ValueError, match="version missing"):
        read_replies(f"[marketplaces]\n[replies.en]\n{complete}")
    assert read_replies(f"{head}[replies.en]\n{complete}").version == "1"
