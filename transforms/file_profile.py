"""One row a report file: the figures that the expectations judge instead of the rows themselves.

Great Expectations needs seconds for a hundred thousand rows; over this profile it needs half a second whatever the
number of rows, and its answer names files, which is what an operator can act on.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import FEEDBACK
from schemas.vocabularies import EncodingEvidence, FulfillmentChannel, ReportKind

Column: TypeAlias = Any
"""A `pyarrow.ChunkedArray`; the published stubs of its functions refuse a column beside a plain number or text."""

REJECTED_PREFIX: Final = "rejected."
"""A column `rejected.<reason>` counts the quarantined rows of a file that carry this reason."""

JUDGED_COLUMNS: Final = ("order_id", "feedback_date", "rating")
"""Columns of table `feedback` that a report itself must fill; all others are derived or may be empty."""

ROW_REASONS: Final = tuple(
    rule.reason for name in JUDGED_COLUMNS for rule in FEEDBACK.column(name).all_rules
)
"""Reasons of the row rules, always among the `rejected.` columns so that a zero is judged as well."""


class FileKey(NamedTuple):
    """Which file: the same bytes may be dropped for two marketplaces and read differently."""

    account: str
    marketplace: str
    file_sha256: str


_FEW_CHARACTERS: Final = 1000

_FIXED: Final["list[pa.Field[Any]]"] = [
    pa.field("account", pa.string(), nullable=False),
    pa.field("marketplace", pa.string(), nullable=False),
    pa.field("file_sha256", pa.string(), nullable=False),
    pa.field("kind", pa.string(), nullable=False),
    pa.field("rows_in", pa.int64(), nullable=False),
    pa.field("rows_accepted", pa.int64(), nullable=False),
    pa.field("rows_quarantined", pa.int64(), nullable=False),
    pa.field("rows_duplicate", pa.int64(), nullable=False),
    pa.field("rows_unaccounted", pa.int64(), nullable=False),
    pa.field("rows_accepted_missing", pa.int64()),
    pa.field("rows_quarantined_missing", pa.int64(), nullable=False),
    pa.field("rows_accepted_invalid", pa.int64()),
    pa.field("quarantined_share", pa.float64()),
    pa.field("duplicate_share", pa.float64()),
    pa.field("replaced_character_count", pa.int64(), nullable=False),
    pa.field("replaced_character_share", pa.float64()),
    pa.field("damaged_text_count", pa.int64()),
    pa.field("damaged_text_share", pa.float64()),
    pa.field("unknown_channel_count", pa.int64()),
    pa.field("unknown_channel_share", pa.float64()),
    pa.field("positive_rating_count", pa.int64()),
    pa.field("lettered_order_id_count", pa.int64()),
    pa.field("report_age_days", pa.int64()),
    pa.field("date_format_assumed", pa.int64()),
    pa.field("encoding_guessed", pa.int64()),
]

PROFILE_SCHEMA: Final = pa.schema(_FIXED)
"""The fixed columns; a figure that a kind of report does not have is null and is not judged.

`rows_unaccounted` is rows in minus accepted, quarantined and duplicate ones; the two `_missing` figures hold these counts
against the rows really handed over; `rows_accepted_invalid` counts accepted rows that break a row rule. Shares are fractions of 1. `replaced_character_share` is over the characters of comments and replies, taken as at least a thousand so that one bad byte
does not condemn a short file;
`unknown_channel_share` over the accepted rows of 1 to 3 stars (only these can become candidates).
"""


def file_profile(
    report_files: pa.Table,
    *,
    feedback: Iterable[pa.Table],
    order_fulfillment: pa.Table,
    quarantined: Iterable[pa.Table],
    as_of: date,
    is_invalid: Callable[[pa.Table], Column] | None = None,
) -> pa.Table:
    """Profile files that are about to be accepted; rows are taken in parts, so they need not be in memory together.

    Args:
        report_files: table `report_file`, one row for each file to judge.
        feedback: parts of table `feedback` before merging, with the accepted rows of these files; of its columns only the
            file key, order_id, rating, comment, response and is_text_damaged are read.
        order_fulfillment: table `order_fulfillment`, everything known after this run's order reports; account, order_id and
            fulfillment_channel are read.
        quarantined: parts of table `quarantined_row`; the file key and reason are read.
        as_of: business date of the run.
        is_invalid: from a part of `feedback` to one boolean for each row, true where it breaks a row rule; without it
            `rows_accepted_invalid` is null.

    Returns:
        `PROFILE_SCHEMA` plus one `rejected.<reason>` column (rows, never null) for each of `ROW_REASONS` and each other reason
        in `quarantined`; rows in the order of `report_files`.
    """
    accepted = (_figures_of_rows(part, order_fulfillment, is_invalid) for part in feedback)
    rejected = (_rejected(part) for part in quarantined)
    order = pa.array(range(report_files.num_rows), pa.int64())
    rows = report_files.append_column("order", order)
    for figures in (list(accepted), list(rejected)):
        if figures:
            rows = rows.join(_sums(join_profiles(figures)), list(FileKey._fields))
    return _profile(rows.sort_by("order"), as_of)


def _profile(rows: pa.Table, as_of: date) -> pa.Table:
    """The profile from the joined figures."""
    figures = _figures(rows, as_of)
    rejected = sorted({*_reasons_in(rows), *ROW_REASONS})
    fields = [
        *PROFILE_SCHEMA,
        *(pa.field(REJECTED_PREFIX + reason, pa.int64(), nullable=False) for reason in rejected),
    ]
    return pa.table(
        [figures[field.name].cast(field.type) for field in PROFILE_SCHEMA]
        + [_count_or_zero(rows, REJECTED_PREFIX + reason) for reason in rejected],
        schema=pa.schema(fields),
    )


def join_profiles(profiles: Sequence[pa.Table]) -> pa.Table:
    """One profile of several, for files that were read in parts; a reason that a part never saw counts zero there."""
    joined = pa.concat_tables(profiles, promote_options="default")
    for position, name in enumerate(joined.column_names):
        if name.startswith(REJECTED_PREFIX):
            joined = joined.set_column(
                position,
                pa.field(name, pa.int64(), nullable=False),
                _count_or_zero(joined, name),
            )
    return joined


def _figures(rows: pa.Table, as_of: date) -> dict[str, Column]:
    """Every fixed column of the profile."""
    is_feedback = pc.equal(rows["kind"], pa.scalar(ReportKind.FEEDBACK.value))

    def of_feedback(values: Column) -> Column:
        return pc.if_else(is_feedback, values, pa.scalar(None, values.type))

    def total(name: str) -> Column:
        return of_feedback(_count_or_zero(rows, name))

    given = ("kind", "rows_in", "rows_accepted", "rows_quarantined", "rows_duplicate")
    placed = pc.add(pc.add(rows["rows_accepted"], rows["rows_quarantined"]), rows["rows_duplicate"])
    replaced = _count_or_zero(rows, "replaced_character_count")
    accepted = total("rows_found")
    has_masks = "rows_accepted_invalid" in rows.column_names
    age = pc.days_between(rows["report_date"], pa.scalar(as_of, pa.date32()))
    guesses = pa.array([EncodingEvidence.FALLBACK.value])
    return (
        _keys(rows)
        | {name: rows[name] for name in given}
        | {
            "rows_unaccounted": pc.subtract(rows["rows_in"], placed),
            "rows_accepted_missing": pc.subtract(of_feedback(rows["rows_accepted"]), accepted),
            "rows_quarantined_missing": pc.subtract(
                rows["rows_quarantined"], _count_or_zero(rows, "rows_rejected")
            ),
            "rows_accepted_invalid": total("rows_accepted_invalid")
            if has_masks
            else _no_figure(rows),
            "quarantined_share": _share(rows["rows_quarantined"], rows["rows_in"]),
            "duplicate_share": _share(rows["rows_duplicate"], rows["rows_in"]),
            "replaced_character_count": replaced,
            "replaced_character_share": _share(
                of_feedback(replaced),
                pc.max_element_wise(total("character_count"), pa.scalar(_FEW_CHARACTERS)),
            ),
            "damaged_text_count": total("damaged_text_count"),
            "damaged_text_share": _share(total("damaged_text_count"), accepted),
            "unknown_channel_count": total("unknown_channel_count"),
            "unknown_channel_share": _share(
                total("unknown_channel_count"), total("low_rating_count")
            ),
            "positive_rating_count": total("positive_rating_count"),
            "lettered_order_id_count": total("lettered_order_id_count"),
            "report_age_days": of_feedback(age),
            "date_format_assumed": of_feedback(pc.cast(rows["is_date_format_assumed"], pa.int64())),
            "encoding_guessed": pc.cast(
                pc.is_in(rows["encoding_evidence"], value_set=guesses), pa.int64()
            ),
        }
    )


def _keys(rows: pa.Table) -> dict[str, Column]:
    """The columns that say which file a row is from."""
    return {name: rows[name] for name in FileKey._fields}


def _no_figure(rows: pa.Table) -> Column:
    return pa.chunked_array([pa.nulls(rows.num_rows, pa.int64())])


def _share(part: Column, whole: Column) -> Column:
    """Part of whole, at most 1; 0 of nothing is 0, something of nothing is 1."""
    ratio = pc.divide(
        pc.cast(part, pa.float64()), pc.cast(pc.max_element_wise(whole, pa.scalar(1)), pa.float64())
    )
    return pc.if_else(
        pc.is_null(part), pa.scalar(None, pa.float64()), pc.min_element_wise(ratio, pa.scalar(1.0))
    )


def _count_or_zero(rows: pa.Table, name: str) -> Column:
    """The figure, 0 for a file without such rows."""
    if name not in rows.column_names:
        return pa.chunked_array([pa.repeat(pa.scalar(0, pa.int64()), rows.num_rows)])
    counts: Column = rows[name]
    return counts.fill_null(0)


def _reasons_in(rows: pa.Table) -> list[str]:
    return [
        name.removeprefix(REJECTED_PREFIX)
        for name in rows.column_names
        if name.startswith(REJECTED_PREFIX)
    ]


def _rejected(quarantined: pa.Table) -> pa.Table:
    """Quarantined rows of each file: all, and one column for each reason."""
    reasons = quarantined["reason"]
    flags: dict[str, Column] = {
        "rows_rejected": pa.repeat(pa.scalar(1, pa.int64()), quarantined.num_rows)
    } | {
        REJECTED_PREFIX + reason: pc.cast(pc.equal(reasons, pa.scalar(reason)), pa.int64())
        for reason in map(str, pc.unique(reasons).to_pylist())
    }
    return _sums(pa.table(_keys(quarantined) | flags))


def _figures_of_rows(
    feedback: pa.Table,
    order_fulfillment: pa.Table,
    is_invalid: Callable[[pa.Table], Column] | None,
) -> pa.Table:
    """Sums over the accepted rows of each file."""
    characters = pc.add(
        pc.utf8_length(feedback["comment"]).fill_null(0),
        pc.utf8_length(feedback["response"]).fill_null(0),
    )
    is_low: Column = pc.less_equal(feedback["rating"], pa.scalar(3)).fill_null(False)
    flags: dict[str, Column] = {
        "rows_found": pa.repeat(1, feedback.num_rows),
        "low_rating_count": is_low,
        "unknown_channel_count": pc.and_(is_low, _is_channel_unknown(feedback, order_fulfillment)),
        "positive_rating_count": pc.greater(feedback["rating"], pa.scalar(3)).fill_null(False),
        "lettered_order_id_count": pc.match_substring_regex(
            feedback["order_id"], "^[A-Z]"
        ).fill_null(False),
        "damaged_text_count": feedback["is_text_damaged"],
        "character_count": characters,
        "rows_accepted_invalid": is_invalid(feedback) if is_invalid else None,
    }
    columns = _keys(feedback) | {
        name: pc.cast(values, pa.int64()) for name, values in flags.items() if values is not None
    }
    return _sums(pa.table(columns))


def _is_channel_unknown(feedback: pa.Table, order_fulfillment: pa.Table) -> Column:
    """True where no report and no declaration says who shipped the order."""
    known = order_fulfillment.filter(
        pc.not_equal(
            order_fulfillment["fulfillment_channel"], pa.scalar(FulfillmentChannel.UNKNOWN.value)
        )
    )
    is_known: Column = pa.repeat(False, feedback.num_rows)
    for account in map(str, pc.unique(known["account"]).to_pylist()):
        orders = known.filter(pc.equal(known["account"], pa.scalar(account)))["order_id"]
        is_known = pc.or_(
            is_known,
            pc.and_(
                pc.equal(feedback["account"], pa.scalar(account)),
                pc.is_in(feedback["order_id"], value_set=orders.combine_chunks()),
            ),
        )
    return pc.invert(is_known)


def _sums(rows: pa.Table) -> pa.Table:
    """Sum every figure of each file."""
    figures = [name for name in rows.column_names if name not in FileKey._fields]
    summed = rows.group_by(list(FileKey._fields)).aggregate([(name, "sum") for name in figures])
    return summed.rename_columns([name.removesuffix("_sum") for name in summed.column_names])
