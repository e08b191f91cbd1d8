"""Great Expectations suites made of what the schemas and grades.toml declare; no rule is written twice."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from expectations.engine import import_great_expectations
from expectations.grades import FigureExpectation
from schemas.field import Between, Field, Matches, NotAfter, OneOf, Present, Rule
from schemas.vocabularies import Grade

if TYPE_CHECKING:
    from great_expectations import ExpectationSuite
    from great_expectations.expectations.expectation import Expectation

_SEVERITIES: Final = {Grade.STOP: "critical", Grade.QUARANTINE: "warning", Grade.WARN: "info"}


def profile_suite(name: str, expectations: Sequence[FigureExpectation]) -> "ExpectationSuite":
    """The suite that judges the one-row-a-file profile: one expectation a figure and bound."""
    gx = import_great_expectations()
    suite: ExpectationSuite = gx.ExpectationSuite(
        name=name,
        expectations=[
            gx.expectations.ExpectColumnValuesToBeBetween(
                column=expected.figure,
                min_value=expected.minimum,
                max_value=expected.maximum,
                severity=_SEVERITIES[expected.grade],
                description=_description(expected),
                meta={"name": expected.name},
            )
            for expected in expectations
        ],
    )
    return suite


def table_suite(name: str, fields: Iterable[Field], *, as_of: date) -> "ExpectationSuite":
    """The native suite of a table: every rule of every column as the expectation Great Expectations has for it.

    It judges rows one by one, so it is for small tables: the pipeline decides rows by Arrow masks of the same rules, and
    tests hold both to the same answer. Dates are to be handed over as timestamps.

    Args:
        name: of the suite.
        fields: columns whose rules are meant.
        as_of: business date that `NotAfter` counts from.
    """
    gx = import_great_expectations()
    suite: ExpectationSuite = gx.ExpectationSuite(
        name=name,
        expectations=[
            _native(field.name, rule, as_of) for field in fields for rule in field.all_rules
        ],
    )
    return suite


def _description(expected: FigureExpectation) -> str:
    """The expectation in words, as its pages show it."""
    bounds = [
        f"{word} {bound:g}"
        for word, bound in (("at least", expected.minimum), ("at most", expected.maximum))
        if bound is not None
    ]
    return (
        f"{expected.name} ({expected.grade}): {expected.figure} is {' and '.join(bounds)}. "
        f"When it fails: {expected.says}"
    )


def _native(column: str, rule: Rule, as_of: date) -> "Expectation":
    """The expectation that says the same as a rule; nulls are the business of `Present` alone."""
    gxe = import_great_expectations().expectations
    meta = {"name": rule.reason}
    expectation: Expectation
    match rule:
        case Present():
            expectation = gxe.ExpectColumnValuesToNotBeNull(column=column, meta=meta)
        case Matches(pattern=pattern):
            # `$` alone would let a line feed pass at the end, which Arrow's engine does not
            expectation = gxe.ExpectColumnValuesToMatchRegex(
                column=column, regex=rf"\A(?:{pattern})\Z", meta=meta
            )
        case Between(minimum=minimum, maximum=maximum):
            expectation = gxe.ExpectColumnValuesToBeBetween(
                column=column, min_value=_bound(minimum), max_value=_bound(maximum), meta=meta
            )
        case OneOf(values=values):
            expectation = gxe.ExpectColumnValuesToBeInSet(
                column=column, value_set=[str(value) for value in values], meta=meta
            )
        case NotAfter(days=days):
            expectation = gxe.ExpectColumnValuesToBeBetween(
                column=column, max_value=_bound(as_of + timedelta(days=days)), meta=meta
            )
    return expectation


def _bound(value: int | date) -> int | datetime:
    """A bound as Great Expectations compares it: numbers as they are, dates as midnight."""
    return datetime.combine(value, time.min) if isinstance(value, date) else value
