"""What is expected of report files: the figure, its bounds, and what a failure does, read from grades.toml."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from math import isfinite
from typing import Any, Final

from expectations.report import Scope
from schemas.vocabularies import Grade
from transforms.file_profile import PROFILE_SCHEMA, REJECTED_PREFIX
from transforms.reports.row_reasons import row_reasons

_NEEDED: Final = {"grade", "figure", "found", "remedy"}
_KNOWN: Final = _NEEDED | {"minimum", "maximum", "rows"}
_CHANGEABLE: Final = {"grade", "minimum", "maximum"}
_UNEXPLAINED: Final = (
    "A reason that row_reasons.toml does not explain. Look the rows up in the quarantine."
)


class GradesError(ValueError):
    """An expectation is declared or overridden in a way that cannot be right."""


@dataclass(frozen=True, slots=True)
class FigureExpectation:
    """One figure of the profile lies between bounds in every file that has it."""

    name: str
    grade: Grade
    scope: Scope
    figure: str
    minimum: float | None
    maximum: float | None
    rows: str | None
    """Column of the profile that counts the rows concerned."""
    says: str
    """What is wrong when it fails, and what to do; follows "In 2 files of ...: "."""


def file_expectations(
    overrides: Mapping[str, Mapping[str, Any]] | None = None,
) -> tuple[FigureExpectation, ...]:
    """The expectations of grades.toml, changed by a config.

    Args:
        overrides: expectation name to new `grade`, `minimum` or `maximum`.

    Raises:
        GradesError: an unknown name or key, a bound that is no number, or bounds that no figure can meet.
    """
    text = resources.files("expectations").joinpath("grades.toml").read_text("utf-8")
    declared = tomllib.loads(text)
    changes = overrides or {}
    if unknown := sorted(set(changes) - set(declared)):
        raise GradesError(
            f"no expectation is called {', '.join(unknown)}; known: {', '.join(declared)}"
        )
    for name, change in changes.items():
        if unknown := sorted(set(change) - _CHANGEABLE):
            raise GradesError(
                f"[expectations.{name}]: {', '.join(unknown)} cannot be set; "
                f"only {', '.join(sorted(_CHANGEABLE))}"
            )
    return tuple(
        _expectation(name, entry | dict(changes.get(name, {}))) for name, entry in declared.items()
    )


def row_expectations(figures: Iterable[str]) -> tuple[FigureExpectation, ...]:
    """One expectation for each `rejected.<reason>` among the figures: no row carries the reason.

    Such rows are in quarantine already, so failing says how many and which files, and asks for nothing but a look.
    """
    return tuple(
        _row_expectation(figure) for figure in figures if figure.startswith(REJECTED_PREFIX)
    )


def _row_expectation(figure: str) -> FigureExpectation:
    reason = figure.removeprefix(REJECTED_PREFIX)
    return FigureExpectation(
        name=reason,
        grade=Grade.QUARANTINE,
        scope=Scope.ROWS,
        figure=figure,
        minimum=None,
        maximum=0,
        rows=figure,
        says=row_reasons().get(reason, _UNEXPLAINED),
    )


def _expectation(name: str, entry: Mapping[str, Any]) -> FigureExpectation:
    where = f"expectation {name}"
    if missing := sorted(_NEEDED - set(entry)):
        raise GradesError(f"{where}: {', '.join(missing)} missing")
    if unknown := sorted(set(entry) - _KNOWN):
        raise GradesError(f"{where}: unknown keys {', '.join(unknown)}")
    for column in (entry["figure"], entry.get("rows", entry["figure"])):
        if column not in PROFILE_SCHEMA.names:
            raise GradesError(f"{where}: the profile has no figure {column!r}")
    minimum, maximum = (_bound(where, key, entry) for key in ("minimum", "maximum"))
    if minimum is None and maximum is None:
        raise GradesError(f"{where}: neither minimum nor maximum")
    if minimum is not None and maximum is not None and minimum > maximum:
        raise GradesError(f"{where}: minimum {minimum} is above maximum {maximum}")
    if entry["grade"] not in tuple(Grade):
        raise GradesError(f"{where}: grade {entry['grade']!r} is none of {', '.join(Grade)}")
    return FigureExpectation(
        name=name,
        grade=Grade(entry["grade"]),
        scope=Scope.FILE,
        figure=entry["figure"],
        minimum=minimum,
        maximum=maximum,
        rows=entry.get("rows"),
        says=f"{entry['found']}. {entry['remedy']}",
    )


def _bound(where: str, key: str, entry: Mapping[str, Any]) -> float | None:
    """The bound as a number; booleans, texts and NaN are refused rather than compared."""
    bound = entry.get(key)
    if bound is None:
        return None
    if isinstance(bound, bool) or not isinstance(bound, int | float) or not isfinite(bound):
        raise GradesError(f"{where}: {key} is {bound!r}, expected a number")
    return bound
