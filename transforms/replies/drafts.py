"""The draft public reply of a feedback: by topic, in the buyer's language as far as there are texts in it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from schemas.vocabularies import Topic

FALLBACK: Final = "en"


@dataclass(frozen=True, slots=True)
class DraftReply:
    """What a person may post below a feedback, after reading it."""

    language: str
    """ISO 639-1."""
    text: str


@dataclass(frozen=True, slots=True)
class Replies:
    """All texts of one version."""

    version: str
    marketplaces: Mapping[str, str]
    """Language by marketplace; a marketplace that is not here gets English."""
    texts: Mapping[str, Mapping[Topic, str]]
    """Text by language and topic."""


def read_replies(document: str) -> Replies:
    """Read a file of replies.

    Raises:
        ValueError: not TOML, no version, a topic is unknown, a language lacks one, or a marketplace's language has no texts.
    """
    data = tomllib.loads(document)
    if missing := sorted({"version", "marketplaces", "replies"} - set(data)):
        raise ValueError(f"replies: {', '.join(missing)} missing")
    texts = {language: _by_topic(language, entry) for language, entry in data["replies"].items()}
    if lost := sorted({FALLBACK, *data["marketplaces"].values()} - set(texts)):
        raise ValueError(f"replies: no texts in {', '.join(lost)}")
    return Replies(data["version"], data["marketplaces"], texts)


def _by_topic(language: str, entry: Mapping[str, Any]) -> Mapping[Topic, str]:
    texts = {Topic.parse(name): str(text) for name, text in entry.items()}
    if missing := [topic.value for topic in Topic if topic not in texts]:
        raise ValueError(f"replies in {language}: {', '.join(missing)} missing")
    return texts


@cache
def replies() -> Replies:
    """The packaged texts."""
    packaged = resources.files("transforms.replies").joinpath("replies.toml")
    return read_replies(packaged.read_text("utf-8"))


def draft_reply(topic: Topic, *, language: str, marketplace: str) -> DraftReply:
    """The text for a topic, in the comment's language, else the marketplace's, else English.

    >>> draft_reply(Topic.PRICE, language="und", marketplace="DE").language
    'de'
    """
    known = replies()
    wanted = language if language in known.texts else known.marketplaces.get(marketplace, FALLBACK)
    return DraftReply(wanted, known.texts[wanted][topic])
