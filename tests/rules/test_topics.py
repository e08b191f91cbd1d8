"""What a comment is about, told by the lexicons of several languages."""

import pytest

from rules.case import CommentCase
from rules.judging import judge
from rules.rule_book import RuleBook
from rules.topics import CLASSES_OF
from rules.word_classes import WordClass
from schemas.vocabularies import FulfillmentChannel, Topic


@pytest.mark.parametrize(
    ("comment", "topic"),
    [
        ("Never received my package.", Topic.DELIVERY),
        ("Zu spät geliefert.", Topic.DELIVERY),
        ("Overpriced, found it for half at the store.", Topic.PRICE),
        ("Order was cancelled, out of stock.", Topic.STOCK),
        ("Wrong color sent and no refund yet.", Topic.REFUND),
        ("Falscher Artikel geliefert.", Topic.WRONG_ITEM),
        ("新品と書いてあったのに書き込みがありました。", Topic.DESCRIPTION),
        ("出品者の対応が最悪です。問い合わせに返事がありません。", Topic.CONDUCT),
        ("Still waiting for my refund.", Topic.REFUND),
        ("Nobody answers, three mails and nothing.", Topic.CONDUCT),
        ("El vendedor no contesta y el producto llegó tarde.", Topic.CONDUCT),
        ("Poor quality, and the seller never answered my messages.", Topic.CONDUCT),
        ("Poor quality, the zip broke after two days.", Topic.PRODUCT),
        ("Okay.", Topic.VAGUE),
        ("普通です。", Topic.VAGUE),
        ("", Topic.VAGUE),
    ],
)
def test_the_most_telling_word_names_the_topic(book: RuleBook, comment: str, topic: Topic) -> None:
    # The order's channel takes delivery grounds away; what the comment is about stays.
    (judged,) = judge([CommentCase(comment, 1, FulfillmentChannel.MFN)], book)
    assert judged.topic is topic


def test_every_topic_but_the_vague_one_has_classes_and_no_class_tells_two() -> None:
    assert [*CLASSES_OF, Topic.VAGUE] == list(Topic)
    told = [word_class for classes in CLASSES_OF.values() for word_class in classes]
    assert len(told) == len(set(told))
    assert set(told) <= set(WordClass)
