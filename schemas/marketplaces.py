"""Amazon's marketplaces as data: ids, regions, hosts, date formats, encodings, each with a confidence."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from schemas.vocabularies import Term


class DateFormat(Term):
    """Order and separator of a report's date column; years have two or four digits."""

    MDY = "MDY"
    DMY = "DMY"
    D_M_Y_DOTS = "D.M.Y"
    ISO = "Y-M-D"
    YEAR_FIRST = "Y/M/D"


class Confidence(Term):
    """How a marketplace's date format is known; see the head of marketplaces.toml."""

    SEEN = "seen"
    REPORTED = "reported"
    INFERRED = "inferred"
    UNKNOWN = "unknown"


class UnknownMarketplaceError(ValueError):
    """A marketplace code that Amazon does not have, or that is not supported."""


@dataclass(frozen=True, slots=True)
class Marketplace:
    """One Amazon marketplace."""

    code: str
    id: str
    region: str
    sales_channel: str
    confidence: Confidence
    zone: str | None = None
    host: str | None = None
    date_format: DateFormat | None = None
    encodings: tuple[str, ...] = ("cp1252",)


_REQUIRED: Final = {"id", "region", "sales_channel", "confidence"}
_KNOWN: Final = _REQUIRED | {"zone", "host", "date_format", "encodings"}


def _marketplace(code: str, entry: dict[str, Any]) -> Marketplace:
    if unknown := set(entry) - _KNOWN:
        raise ValueError(f"marketplaces.toml [{code}]: unknown keys {sorted(unknown)}")
    if missing := _REQUIRED - set(entry):
        raise ValueError(f"marketplaces.toml [{code}]: missing keys {sorted(missing)}")
    return Marketplace(
        code=code,
        id=entry["id"],
        region=entry["region"],
        sales_channel=entry["sales_channel"],
        confidence=Confidence.parse(entry["confidence"]),
        zone=entry.get("zone"),
        host=entry.get("host"),
        date_format=DateFormat.parse(entry["date_format"]) if "date_format" in entry else None,
        encodings=tuple(entry.get("encodings", ("cp1252",))),
    )


@cache
def marketplaces() -> dict[str, Marketplace]:
    """All marketplaces by code (US, DE, ...)."""
    text = resources.files("schemas").joinpath("marketplaces.toml").read_text("utf-8")
    return {code: _marketplace(code, entry) for code, entry in tomllib.loads(text).items()}


def marketplace(code: str) -> Marketplace:
    """The marketplace of a code; GB is accepted for UK.

    Raises:
        UnknownMarketplaceError: naming the code and all known ones.
    """
    known = marketplaces()
    wanted = {"GB": "UK"}.get(code.upper(), code.upper())
    if wanted not in known:
        raise UnknownMarketplaceError(f"{code!r} is no marketplace; known: {', '.join(known)}")
    return known[wanted]
