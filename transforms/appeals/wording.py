"""The sentences of drafts, by language, and which language a marketplace's drafts are in; all of it data."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from schemas.vocabularies import Ground, Term

FALLBACK: Final = "en"


class Difference(Term):
    """In what a re-opening says more or other than the first request did."""

    PASSAGES_QUOTED = "passages_quoted"  # the panel takes a category and a reason, no words
    GROUND_CHANGED = "ground_changed"
    REVISED = "revised"  # the buyer changed rating or comment since


@dataclass(frozen=True, slots=True)
class AppealWording:
    """Everything a draft in one language is made of; `{...}` are places to fill in."""

    language: str
    greeting: str
    opening: str
    feedback: str
    clause_heading: str
    passages_heading: str
    passage: str
    differences_heading: str
    closing: str
    clauses: Mapping[Ground, str]
    differences: Mapping[Difference, str]


@cache
def _document() -> dict[str, Any]:
    text = resources.files("transforms.appeals").joinpath("wording.toml").read_text("utf-8")
    return tomllib.loads(text)


def languages() -> tuple[str, ...]:
    """Languages in which there are drafts."""
    return tuple(sorted(_document()["language"]))


def language_of(marketplace: str, chosen: Mapping[str, str]) -> str:
    """The language of a marketplace's drafts: the seller's choice, the marketplace's own, else English."""
    language = chosen.get(marketplace) or _document()["marketplaces"].get(marketplace, FALLBACK)
    return language if language in _document()["language"] else FALLBACK


@cache
def wording_in(language: str) -> AppealWording:
    """The sentences of a language; English for one that has none."""
    known = _document()["language"]
    entry = dict(known.get(language, known[FALLBACK]))
    return AppealWording(
        language=language if language in known else FALLBACK,
        clauses={Ground(name): text for name, text in entry.pop("clauses").items()},
        differences={Difference(name): text for name, text in entry.pop("differences").items()},
        **entry,
    )
