"""One column: its type, its meaning, where its value comes from, and what a valid value is."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Self

import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Matches:
    """A valid text matches `pattern` as a whole (ASCII classes only, so every engine agrees)."""

    pattern: str
    reason: str


@dataclass(frozen=True, slots=True)
class Between:
    """A valid value lies between both bounds, bounds included."""

    minimum: int | date
    maximum: int | date
    reason: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """A valid value is one of a closed list."""

    values: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class NotAfter:
    """A valid date is at most `days` after the run's business date (zones may be a day ahead)."""

    days: int
    reason: str


@dataclass(frozen=True, slots=True)
class Present:
    """A value is required; derived from `Field.required`."""

    reason: str


Rule = Matches | Between | OneOf | NotAfter | Present


@dataclass(frozen=True, slots=True)
class Field:
    """One column of any table."""

    name: str
    type: pa.DataType
    meaning: str
    source: str
    """Header in Amazon's report, or the step that derives it."""
    unit: str | None = None
    required: bool = True
    rules: tuple[Rule, ...] = ()
    personal: bool = False
    """May identify a buyer or carry a buyer's words: kept out of logs, and out of published tables unless switched on."""

    def optional(self) -> Self:
        """The same column where a value may be missing."""
        return replace(self, required=False)

    @property
    def all_rules(self) -> tuple[Rule, ...]:
        """The column's rules, presence first when a value is required."""
        return (Present(f"missing_{self.name}"), *self.rules) if self.required else self.rules

    @property
    def arrow(self) -> "pa.Field[Any]":
        """The Arrow field with its description in the metadata."""
        described = {"description": self.meaning, "source": self.source}
        if self.unit:
            described["unit"] = self.unit
        if self.personal:
            described["personal"] = "true"
        return pa.field(self.name, self.type, nullable=not self.required, metadata=described)
