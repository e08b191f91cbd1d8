"""The rules of `schemas.Field` as Arrow masks: which rows break which rule, at about a million rows a second.

The meaning of each rule is plain, so that any other engine gives the same answer: a missing value breaks only
`Present`; `Matches` compares the whole text; bounds are included.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.field import Between, Field, Matches, NotAfter, OneOf, Present, Rule

Column: TypeAlias = Any
"""A `pyarrow.Array` or `pyarrow.ChunkedArray`; the published stubs refuse a column beside a plain value."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RowRule:
    """One rule of one column."""

    column: str
    rule: Rule

    @property
    def reason(self) -> str:
        """The reason code of a row that breaks the rule."""
        return self.rule.reason


@dataclass(frozen=True, slots=True)
class RowVerdicts:
    """What the rules say of every row of a table."""

    rules: tuple[RowRule, ...]
    broken: tuple[Mask | None, ...]
    """For each rule, in order, the rows that break it; None when no row does."""
    row_count: int

    @property
    def counts(self) -> dict[RowRule, int]:
        """Number of rows that break each rule; a row that breaks two is counted for both."""
        return {
            rule: 0 if mask is None else int(np.count_nonzero(mask))
            for rule, mask in zip(self.rules, self.broken, strict=True)
        }

    @property
    def is_accepted(self) -> Mask:
        """Rows that break no rule."""
        return self.first_broken < 0

    @property
    def first_broken(self) -> NDArray[np.int16]:
        """For each row the index of the first rule it breaks, -1 for none."""
        first = np.full(self.row_count, -1, np.int16)
        for index in range(len(self.rules) - 1, -1, -1):
            mask = self.broken[index]
            if mask is not None:
                first[mask] = index
        return first

    @property
    def reasons(self) -> Column:
        """For each row the reason code of the first rule it breaks, null for none."""
        codes: Column = pa.array([rule.reason for rule in self.rules], pa.string())
        first = self.first_broken
        return codes.take(pa.array(first.astype(np.int32), mask=first < 0))


@dataclass(frozen=True, slots=True)
class RowRules:
    """The rules of some columns, ready to be put to tables that have these columns."""

    rules: tuple[RowRule, ...]
    as_of: date

    @classmethod
    def of(cls, fields: Iterable[Field], *, as_of: date) -> "RowRules":
        """All rules of the given columns in their order; within a column presence comes first.

        Args:
            fields: columns of any table.
            as_of: the run's business date, for `NotAfter`.
        """
        return cls(
            tuple(RowRule(field.name, rule) for field in fields for rule in field.all_rules), as_of
        )

    def judge(self, table: pa.Table | pa.RecordBatch) -> RowVerdicts:
        """Put every rule to every row.

        Raises:
            KeyError: the table lacks a column that a rule is about.
        """
        broken = tuple(
            _where_true(broken_rows(table.column(rule.column), rule.rule, as_of=self.as_of))
            for rule in self.rules
        )
        return RowVerdicts(self.rules, broken, table.num_rows)


def broken_rows(values: Column, rule: Rule, *, as_of: date) -> Column:
    """Mask of the values that break a rule; a missing value gives null, except for `Present`.

    Args:
        values: a column of the type that the rule's field has.
        rule: the rule.
        as_of: the run's business date.
    """
    compute: Any = pc
    match rule:
        case Present():
            return compute.is_null(values)
        case Matches(pattern=pattern):
            return compute.invert(compute.match_substring_regex(values, rf"\A(?:{pattern})\z"))
        case Between(minimum=minimum, maximum=maximum):
            too_low = compute.less(values, _bound(minimum, values.type))
            too_high = compute.greater(values, _bound(maximum, values.type))
            return compute.or_(too_low, too_high)
        case OneOf(values=allowed):
            is_allowed = compute.is_in(values, value_set=pa.array(allowed, pa.string()))
            return compute.and_(compute.invert(is_allowed), compute.is_valid(values))
        case NotAfter(days=days):
            return compute.greater(values, pa.scalar(as_of + timedelta(days=days), pa.date32()))


def _bound(bound: int | date, of: Column) -> Column:
    """A bound as a scalar that compares with a column, also when it lies beyond the column's type."""
    if isinstance(bound, date):
        return pa.scalar(bound, pa.date32())
    if pa.types.is_signed_integer(of):
        most = 2 ** (of.bit_width - 1) - 1
        return pa.scalar(min(max(bound, -most - 1), most), of)
    return pa.scalar(bound)


def _where_true(mask: Column) -> Mask | None:
    if not pc.any(mask).as_py():
        return None
    filled: Column = pc.fill_null(mask, False)
    return np.asarray(filled.to_numpy(zero_copy_only=False)).astype(bool, copy=False)
