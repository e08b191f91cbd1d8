"""The stand-in's words by language."""

import tomllib
from datetime import date
from functools import cache
from importlib import resources
from typing import Any


@cache
def labels(locale: str) -> dict[str, Any]:
    """Words of one language (en, de, ja, zh), without the panel's reasons."""
    return dict(_toml("labels.toml")[locale])


@cache
def reasons() -> dict[str, str]:
    """Text of each reason code; English in every language, as only the codes matter."""
    return dict(_toml("reasons.toml"))


def date_text(day: date, locale: str) -> str:
    """A date as the list shows it in this language."""
    return str(labels(locale)["date"]).format(year=day.year, month=day.month, day=day.day)


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text("utf-8"))
