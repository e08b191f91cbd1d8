"""docs/data-dictionary.md, made of the schemas alone: what is not declared here cannot be documented wrongly."""

import inspect
from datetime import date
from pathlib import Path
from typing import Final

from schemas import vocabularies
from schemas.field import Between, Field, Matches, NotAfter, OneOf, Present, Rule
from schemas.markdown_tables import markdown_table
from schemas.marketplaces import DateFormat, marketplaces
from schemas.request_states import ARROWS
from schemas.tables import SCHEMA_VERSION, TABLES, Table
from schemas.vocabularies import Term

DOCUMENT: Final = "data-dictionary.md"
"""Name of the document in the docs folder."""

_HEAD: Final = f"""# Data dictionary

Every table and column, generated from `schemas/` (schema version {SCHEMA_VERSION}). Do not edit: change the schema and run
`feedback-removal docs`.

Types are Arrow types; descriptions, units and sources also travel in the metadata of the published Parquet files.
*Personal* columns may identify a buyer or carry a buyer's words: they are kept out of logs, and out of published
tables unless the configuration switches them on. *Reason* is the word under which a row that breaks the rule is set aside.
"""


def render() -> str:
    """The whole document; the same schemas give the same bytes."""
    parts = [_HEAD, "## Tables\n", _overview(), *map(_section, TABLES.values())]
    parts += ["## Vocabularies\n", _vocabularies(), "## States of a removal request\n", _arrows()]
    parts += ["## Marketplaces\n", _marketplaces()]
    return "\n".join(parts)


def is_current(docs_dir: Path) -> bool:
    """The document in the docs folder is what the schemas say today."""
    document = docs_dir / DOCUMENT
    return document.is_file() and document.read_text("utf-8") == render()


def _overview() -> str:
    return markdown_table(
        ("table", "one row is", "key", "partitioned by", "published"),
        [
            (
                f"[`{table.name}`](#{table.name})",
                table.row_is,
                _names(table.key),
                _names(table.partition_by),
                _yes(table.is_published),
            )
            for table in TABLES.values()
        ],
    )


def _section(table: Table) -> str:
    columns = markdown_table(
        ("column", "type", "meaning", "required", "allowed values", "reason", "personal", "source"),
        [_row(column) for column in table.columns],
    )
    return f"## {table.name}\n\nOne row is {table.row_is}. Key: {_names(table.key)}.\n\n{columns}"


def _row(column: Field) -> tuple[str, ...]:
    unit = f" ({column.unit})" if column.unit else ""
    return (
        f"`{column.name}`",
        f"`{column.type}`",
        column.meaning + unit,
        _yes(column.required),
        "; ".join(_allowed(rule) for rule in column.rules),
        _names(tuple(rule.reason for rule in column.all_rules)),
        _yes(column.personal),
        column.source,
    )


def _allowed(rule: Rule) -> str:
    """A rule as the values it allows."""
    match rule:
        case Present():
            return "any value"
        case Matches(pattern=pattern):
            return f"`{pattern}`"
        case Between(minimum=minimum, maximum=maximum) if _is_unbounded(maximum):
            return f"at least {minimum}"
        case Between(minimum=minimum, maximum=maximum):
            return f"{minimum} to {maximum}"
        case OneOf(values=values):
            return ", ".join(f"`{value}`" for value in values)
        case NotAfter(days=days):
            return f"at most {days} day{'' if days == 1 else 's'} after the business date"


def _is_unbounded(maximum: int | date) -> bool:
    return isinstance(maximum, int) and maximum >= 2**62


def _vocabularies() -> str:
    terms: list[type[Term]] = [
        term
        for _, term in inspect.getmembers(vocabularies, inspect.isclass)
        if issubclass(term, Term) and term is not Term
    ]
    terms.append(DateFormat)
    return markdown_table(
        ("vocabulary", "meaning", "words"),
        [
            (f"`{term.__name__}`", _summary(term), _names(tuple(word.value for word in term)))
            for term in terms
        ],
    )


def _summary(term: type[Term]) -> str:
    return (inspect.getdoc(term) or "").split("\n", 1)[0]


def _arrows() -> str:
    return markdown_table(
        ("from", "to", "when"),
        [
            (
                f"`{arrow.from_state.value}`" if arrow.from_state else "",
                f"`{arrow.to_state.value}`",
                arrow.trigger,
            )
            for arrow in ARROWS
        ],
    )


def _marketplaces() -> str:
    return markdown_table(
        (
            "code",
            "marketplace id",
            "region",
            "Seller Central host",
            "date format",
            "how the format is known",
            "encodings",
        ),
        [
            (
                f"`{place.code}`",
                f"`{place.id}`",
                place.region,
                place.host or "",
                f"`{place.date_format.value}`" if place.date_format else "",
                place.confidence.value,
                ", ".join(place.encodings),
            )
            for place in marketplaces().values()
        ],
    )


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _yes(answer: bool) -> str:
    return "yes" if answer else ""
