"""What a comment is mainly about: the most telling topic among the classes of its words."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

from rules.word_classes import NUMBER_OF, WordClass
from schemas.vocabularies import Topic

CLASSES_OF: Final[Mapping[Topic, tuple[WordClass, ...]]] = {
    Topic.CONDUCT: (WordClass.CONDUCT,),
    Topic.WRONG_ITEM: (WordClass.WRONG_ITEM, WordClass.COUNTERFEIT),
    Topic.REFUND: (WordClass.REFUND_RETURN,),
    Topic.STOCK: (WordClass.STOCK_CANCEL,),
    Topic.DAMAGE: (WordClass.DAMAGE, WordClass.PACKING, WordClass.BREAKAGE),
    Topic.DESCRIPTION: (WordClass.CONDITION, WordClass.MISMATCH),
    Topic.PRICE: (WordClass.PRICE,),
    Topic.DELIVERY: (
        WordClass.DELIVERY_TIME,
        WordClass.LOST,
        WordClass.CARRIER,
        WordClass.DELIVERY,
        WordClass.ARRIVAL,
        WordClass.DISPATCH,
    ),
    Topic.PRODUCT: (WordClass.PRODUCT, WordClass.PRODUCT_NOUN),
}
"""Classes whose words tell a topic, the most telling topic first."""


def topics_of(counts: npt.NDArray[np.int32]) -> list[Topic]:
    """The topic of each comment, `vague` when none of its words tells one.

    Args:
        counts: comment by class: how often each class occurs, in column `rules.word_classes.NUMBER_OF`.
    """
    topics = [*CLASSES_OF, Topic.VAGUE]
    place = np.full(len(counts), len(CLASSES_OF), np.int64)
    for number, classes in reversed(list(enumerate(CLASSES_OF.values()))):
        columns = [NUMBER_OF[word_class] for word_class in classes]
        place[counts[:, columns].any(axis=1)] = number
    return [topics[number] for number in place.tolist()]
