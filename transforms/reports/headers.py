"""Which printed header means which column: a table of spellings as data, extended by a seller's own file."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

FEEDBACK_COLUMNS: Final = (
    "feedback_date",
    "rating",
    "comment",
    "response",
    "arrived_on_time",
    "item_as_described",
    "customer_service",
    "order_id",
    "rater_email",
    "rater_role",
)
"""Columns of the widest generation in its order; narrower ones leave some out."""

CONFIDENCES: Final = ("seen", "reported", "inferred", "seller")


class HeaderFileError(ValueError):
    """A file of header spellings is wrong; the message names the file, the entry and the remedy."""


def folded(printed: str) -> str:
    """A header cell as it is compared: NFKC, case folded, inner white space single, outer white space gone."""
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", printed)).strip().strip('"').casefold()


@dataclass(frozen=True, slots=True)
class HeaderAliases:
    """Spellings by report, each meaning one canonical column."""

    columns: Mapping[str, Mapping[str, str]]
    """Report (`feedback`, `orders`, ...) to folded spelling to canonical column."""

    def meaning(self, report: str, printed: str) -> str | None:
        """The canonical column of a printed header cell, or None when the spelling is not known."""
        return self.columns.get(report, {}).get(folded(printed))

    def extended(self, text: str, file_name: str) -> "HeaderAliases":
        """These aliases and those of a seller's own file (the same layout as headers.toml).

        Raises:
            HeaderFileError: the text is no TOML, an entry is malformed, or a spelling is given two meanings.
        """
        return HeaderAliases(_merged(self.columns, _parsed(text, file_name), file_name))


_ENTRY_KEYS: Final = {"spelling", "locale", "confidence", "source"}


def _spellings(entries: object, where: str) -> Iterable[str]:
    if not isinstance(entries, list):
        raise HeaderFileError(
            f"{where}: expected a list of spellings, each with {sorted(_ENTRY_KEYS)}"
        )
    for position, entry in enumerate(entries, 1):
        place = f"{where}, entry {position}"
        if not isinstance(entry, dict):
            raise HeaderFileError(f"{place}: expected a table with the keys {sorted(_ENTRY_KEYS)}")
        if unknown := set(entry) - _ENTRY_KEYS:
            raise HeaderFileError(
                f"{place}: unknown keys {sorted(unknown)}; known: {sorted(_ENTRY_KEYS)}"
            )
        if not isinstance(entry.get("spelling"), str) or not folded(entry["spelling"]):
            raise HeaderFileError(f"{place}: `spelling` must be the header as the report prints it")
        if entry.get("confidence", "seller") not in CONFIDENCES:
            raise HeaderFileError(f"{place}: `confidence` must be one of {', '.join(CONFIDENCES)}")
        yield entry["spelling"]


def _parsed(text: str, file_name: str) -> dict[str, dict[str, str]]:
    """Report to folded spelling to column, of one TOML text with tables `[report]` of lists by column."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise HeaderFileError(
            f"{file_name} is no TOML: {error}; correct the line or remove the file"
        ) from None
    found: dict[str, dict[str, str]] = {}
    for report, columns in document.items():
        if not isinstance(columns, dict):
            raise HeaderFileError(f"{file_name}: {report!r} must be a table such as [feedback]")
        for column, entries in columns.items():
            for spelling in _spellings(entries, f"{file_name} [{report}] {column}"):
                _claim(found.setdefault(report, {}), spelling, column, f"{file_name} [{report}]")
    return found


def _claim(spellings: dict[str, str], spelling: str, column: str, where: str) -> None:
    taken = spellings.setdefault(folded(spelling), column)
    if taken != column:
        raise HeaderFileError(
            f"{where}: {spelling!r} cannot mean both {taken} and {column}; keep one"
        )


def _merged(
    base: Mapping[str, Mapping[str, str]], more: Mapping[str, Mapping[str, str]], file_name: str
) -> dict[str, dict[str, str]]:
    merged = {report: dict(spellings) for report, spellings in base.items()}
    for report, spellings in more.items():
        if report not in merged:
            raise HeaderFileError(
                f"{file_name}: [{report}] is no report; known: {', '.join(merged)}"
            )
        known = set(merged[report].values())
        for spelling, column in spellings.items():
            if column not in known:
                raise HeaderFileError(
                    f"{file_name} [{report}]: {column!r} is no column; known: {', '.join(sorted(known))}"
                )
            _claim(merged[report], spelling, column, f"{file_name} [{report}]")
    return merged


@cache
def packaged_headers() -> HeaderAliases:
    """The spellings that come with the product (headers.toml beside this module)."""
    text = resources.files("transforms.reports").joinpath("headers.toml").read_text("utf-8")
    return HeaderAliases(_parsed(text, "headers.toml"))
