"""A second opinion on what a whole comment is about: two probabilities from signs weighed by a logistic regression.

It never sees the order's facts and never decides alone. Each ground file says from which probability on it raises what the
rules would show to a person, and below which it holds back what they would request. `training/train_second_opinion.py`
makes the weights from the labelled comments of this project alone.
"""

import io
import json
from dataclasses import dataclass
from functools import cached_property
from importlib.resources.abc import Traversable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from rules.opinion_signs import HASHED_BITS, Signs
from schemas.vocabularies import Ground, Term

TOLD_GROUNDS: Final = (
    Ground.PRODUCT_REVIEW,
    Ground.FBA_FULFILLMENT,
    Ground.BUY_SHIPPING_DELIVERY,
)
"""Grounds whose outcome by the rules is a sign, whatever the order's facts."""

FILE_NAME: Final = "second_opinion.npz"


class OpinionTopic(Term):
    """What a whole comment can be about."""

    PRODUCT = "product"
    DELIVERY = "delivery"


TOPICS: Final = tuple(OpinionTopic)


@dataclass(frozen=True)
class SecondOpinion:
    """Weights of the signs for each topic.

    Attributes:
        listed: weight of each listed sign: sign by topic.
        hashed: weight of each hashed sign: sign by topic.
        bias: what a comment without signs gets, by topic.
        about: digest of the comments it was trained on, their number, and the languages in the order of their signs.
    """

    listed: npt.NDArray[np.float64]
    hashed: npt.NDArray[np.float32]
    bias: npt.NDArray[np.float64]
    about: dict[str, Any]

    @cached_property
    def listed_size(self) -> int:
        """Listed signs that it knows."""
        return len(self.listed)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages it knows."""
        return tuple(self.about["languages"])

    def ask(self, signs: Signs) -> npt.NDArray[np.float64]:
        """Probability that a comment is about nothing but the topic: comment by topic.

        Raises:
            ValueError: the signs are not those it was trained on.
        """
        if signs.listed_size != self.listed_size:
            raise ValueError(
                f"{FILE_NAME} knows {self.listed_size} signs, the rules tell {signs.listed_size}: "
                "train it anew with `make train`"
            )
        texts = len(signs.scale)
        found = np.empty((texts, len(TOPICS)))
        for topic in range(len(TOPICS)):
            listed = np.bincount(
                signs.listed_row, self.listed[:, topic].take(signs.listed), minlength=texts
            )
            hashed = np.bincount(
                signs.hashed_row, self.hashed[:, topic].take(signs.hashed), minlength=texts
            )
            found[:, topic] = self.bias[topic] + listed + hashed * signs.scale
        return 1 / (1 + np.exp(-found))

    def to_bytes(self) -> bytes:
        """Content of its file."""
        target = io.BytesIO()
        np.savez_compressed(
            target,
            about=np.frombuffer(json.dumps(self.about, sort_keys=True).encode(), np.uint8),
            listed=self.listed,
            hashed=self.hashed.astype(np.float16),
            bias=self.bias,
        )
        return target.getvalue()


def read_second_opinion(source: Traversable) -> SecondOpinion:
    """Read the weights."""
    with np.load(io.BytesIO(source.read_bytes()), allow_pickle=False) as stored:
        hashed = stored["hashed"].astype(np.float32)
        opinion = SecondOpinion(
            stored["listed"], hashed, stored["bias"], json.loads(bytes(stored["about"]).decode())
        )
    if len(hashed) != 1 << HASHED_BITS:
        raise ValueError(f"{FILE_NAME}: {len(hashed)} hashed signs, {1 << HASHED_BITS} are needed")
    return opinion
