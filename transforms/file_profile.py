"""One row a report file: the figures that the expectations judge instead of the rows themselves.

Great Expectations needs seconds for a hundred thousand rows; over this profile it needs half a second whatever the
number of rows, and its answer names files, which is what an operator can act on.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import FEEDBACK
from schemas.vocabularies import EncodingEvidence, FulfillmentChannel, ReportKind
from transforms.row_masks import RowRules

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
against the rows really handed over; `rows_accepted_invalid` counts accepted rows that break a row rule. Shares are fractions
of 1: `replaced_character_share` is over the characters of comments and replies, taken as at least a thousand so that one bad
byte does not condemn a short file; `unknown_channel_share` is over the accepted rows of 1 to 3 stars, since only these can
become candidates.
"""


def file_profile(
    report_files: pa.Table,
    *,
    feedback: pa.Table | Iterable[pa.Table],
    order_fulfillment: pa.Table,
    quarantined: pa.Table | Iterable[pa.Table],
    as_of: date,
    declared_accounts: Collection[str] = (),
) -> pa.Table:
    """Profile files that are about to be accepted; rows may come in parts, so they need not be in memory together.

    Args:
        report_files: table `report_file`, one row for each file to judge.
        feedback: table, or parts of table, `feedback` before merging, with the accepted rows of these files; of its columns only the
            file key, order_id, rating, feedback_date, comment, response and is_text_damaged are read.
        order_fulfillment: table `order_fulfillment`, everything known after this run's order reports; account, order_id and
            fulfillment_channel are read.
        quarantined: table, or parts of table, `quarantined_row`; the file key and reason are read.
        as_of: business date of the run.
        declared_accounts: accounts whose fulfilment the config declares; that tells the channel of orders that no report
            names.

    Returns:
        `PROFILE_SCHEMA` plus one `rejected.<reason>` column (rows, never null) for each of `ROW_REASONS` and each other reason
        in `quarantined`; rows in the order of `report_files`.
    """
    rules = RowRules.of(map(FEEDBACK.column, JUDGED_COLUMNS), as_of=as_of)
    accepted = [
        _accepted_figures(
            part, rules, _is_channel_unknown(part, order_fulfillment, declared_accounts)
        )
        for part in _parts(feedback)
    ]
    rejected = [_rejected_figures(part) for part in _parts(quarantined)]
    rows = report_files.append_column("order", pa.array(range(report_files.num_rows), pa.int64()))
    for figures in (accepted, rejected):
        if figures:
            rows = rows.join(_sums(_joined(figures)), list(FileKey._fields))
    rows = rows.sort_by("order")
    rejections = _rejections(rows)
    fixed = _fixed_figures(rows, as_of)
    return pa.table(
        [fixed[field.name].cast(field.type) for field in PROFILE_SCHEMA]
        + list(rejections.values()),
        schema=pa.schema(
            [*PROFILE_SCHEMA, *(pa.field(name, pa.int64(), nullable=False) for name in rejections)]
        ),
    )


def _parts(rows: pa.Table | Iterable[pa.Table]) -> Iterable[pa.Table]:
    return [rows] if isinstance(rows, pa.Table) else rows


def _joined(parts: Sequence[pa.Table]) -> pa.Table:
    """The figures of all parts in one table; a reason that a part never saw counts zero there."""
    joined = pa.concat_tables(parts, promote_options="default")
    for position, name in enumerate(joined.column_names):
        if name.startswith(REJECTED_PREFIX):
            field = pa.field(name, pa.int64(), nullable=False)
            joined = joined.set_column(position, field, _count_or_zero(joined, name))
    return joined


def _accepted_figures(feedback: pa.Table, rules: RowRules, is_channel_unknown: Column) -> pa.Table:
    """Sums over accepted rows, one row a file."""
    characters = pc.add(
        pc.utf8_length(feedback["comment"]).fill_null(0),
        pc.utf8_length(feedback["response"]).fill_null(0),
    )
    is_low: Column = pc.less_equal(feedback["rating"], pa.scalar(3)).fill_null(False)
    is_lettered: Column = pc.match_substring_regex(feedback["order_id"], "^[A-Z]")
    flags: dict[str, Column] = {
        "rows_found": pa.repeat(1, feedback.num_rows),
        "low_rating_count": is_low,
        "unknown_channel_count": pc.and_(is_low, is_channel_unknown),
        "positive_rating_count": pc.greater(feedback["rating"], pa.scalar(3)).fill_null(False),
        "lettered_order_id_count": is_lettered.fill_null(False),
        "damaged_text_count": feedback["is_text_damaged"],
        "character_count": characters,
        "rows_accepted_invalid": pa.array(~rules.judge(feedback).is_accepted),
    }
    figures = {name: pc.cast(values, pa.int64()) for name, values in flags.items()}
    return _sums(pa.table(_keys(feedback) | figures))


def _rejected_figures(quarantined: pa.Table) -> pa.Table:
    """Quarantined rows, all and by reason, one row a file."""
    reasons = quarantined["reason"]
    counts: dict[str, Column] = {
        "rows_rejected": pa.repeat(pa.scalar(1, pa.int64()), quarantined.num_rows)
    }
    for reason in map(str, pc.unique(reasons).to_pylist()):
        carries_it = pc.equal(reasons, pa.scalar(reason))
        counts[REJECTED_PREFIX + reason] = pc.cast(carries_it, pa.int64())
    return _sums(pa.table(_keys(quarantined) | counts))


def _is_channel_unknown(
    feedback: pa.Table, order_fulfillment: pa.Table, declared_accounts: Collection[str]
) -> Column:
    """True where no report says who shipped the order; a declaration counts for orders that no report names."""
    channel = order_fulfillment["fulfillment_channel"]
    is_told: Column = pc.not_equal(channel, pa.scalar(FulfillmentChannel.UNKNOWN.value))
    is_unknown: Column = pa.repeat(True, feedback.num_rows)
    for account in map(str, pc.unique(feedback["account"]).to_pylist()):
        is_theirs: Column = pc.equal(order_fulfillment["account"], pa.scalar(account))
        is_theirs_told: Column = pc.and_(is_theirs, is_told)
        told = order_fulfillment.filter(is_theirs_told)["order_id"]
        is_known: Column = pc.is_in(feedback["order_id"], value_set=told.combine_chunks())
        if account in declared_accounts:
            named = order_fulfillment.filter(is_theirs)["order_id"]
            is_named: Column = pc.is_in(feedback["order_id"], value_set=named.combine_chunks())
            is_known = pc.or_(is_known, pc.invert(is_named))
        is_this_account: Column = pc.equal(feedback["account"], pa.scalar(account))
        is_unknown = pc.and_(is_unknown, pc.invert(pc.and_(is_this_account, is_known)))
    return is_unknown


def _fixed_figures(rows: pa.Table, as_of: date) -> dict[str, Column]:
    """The columns of `PROFILE_SCHEMA`, from the file's own counts and the sums over its rows."""
    is_feedback = pc.equal(rows["kind"], pa.scalar(ReportKind.FEEDBACK.value))

    def of_feedback(values: Column) -> Column:
        return pc.if_else(is_feedback, values, pa.scalar(None, values.type))

    def total(name: str) -> Column:
        return of_feedback(_count_or_zero(rows, name))

    given = ("kind", "rows_in", "rows_accepted", "rows_quarantined", "rows_duplicate")
    placed = pc.add(pc.add(rows["rows_accepted"], rows["rows_quarantined"]), rows["rows_duplicate"])
    replaced = _count_or_zero(rows, "replaced_character_count")
    characters = pc.max_element_wise(total("character_count"), pa.scalar(_FEW_CHARACTERS))
    is_guess = pc.equal(rows["encoding_evidence"], pa.scalar(EncodingEvidence.FALLBACK.value))
    age = pc.days_between(rows["report_date"], pa.scalar(as_of, pa.date32()))
    figures: dict[str, Column] = {
        "rows_unaccounted": pc.subtract(rows["rows_in"], placed),
        "rows_accepted_missing": pc.subtract(
            of_feedback(rows["rows_accepted"]), total("rows_found")
        ),
        "rows_quarantined_missing": pc.subtract(
            rows["rows_quarantined"], _count_or_zero(rows, "rows_rejected")
        ),
        "rows_accepted_invalid": total("rows_accepted_invalid"),
        "quarantined_share": _share(rows["rows_quarantined"], rows["rows_in"]),
        "duplicate_share": _share(rows["rows_duplicate"], rows["rows_in"]),
        "replaced_character_count": replaced,
        "replaced_character_share": _share(of_feedback(replaced), characters),
        "damaged_text_count": total("damaged_text_count"),
        "damaged_text_share": _share(total("damaged_text_count"), total("rows_found")),
        "unknown_channel_count": total("unknown_channel_count"),
        "unknown_channel_share": _share(total("unknown_channel_count"), total("low_rating_count")),
        "positive_rating_count": total("positive_rating_count"),
        "lettered_order_id_count": total("lettered_order_id_count"),
        "report_age_days": of_feedback(age),
        "date_format_assumed": of_feedback(pc.cast(rows["is_date_format_assumed"], pa.int64())),
        "encoding_guessed": pc.cast(is_guess, pa.int64()),
    }
    return _keys(rows) | {name: rows[name] for name in given} | figures


def _rejections(rows: pa.Table) -> dict[str, Column]:
    """The `rejected.` columns by name: those of the row rules and all others that any file has."""
    seen = {name for name in rows.column_names if name.startswith(REJECTED_PREFIX)}
    judged = {REJECTED_PREFIX + reason for reason in ROW_REASONS}
    return {name: _count_or_zero(rows, name) for name in sorted(seen | judged)}


def _share(part: Column, whole: Column) -> Column:
    """Part of whole, at most 1; 0 of nothing is 0, something of nothing is 1; null when the part is."""
    at_least_one = pc.cast(pc.max_element_wise(whole, pa.scalar(1)), pa.float64())
    ratio = pc.divide(pc.cast(part, pa.float64()), at_least_one)
    return pc.min_element_wise(ratio, pa.scalar(1.0), skip_nulls=False)


def _count_or_zero(rows: pa.Table, name: str) -> Column:
    """The figure, 0 for a file without such rows."""
    if name not in rows.column_names:
        return pa.chunked_array([pa.repeat(pa.scalar(0, pa.int64()), rows.num_rows)])
    counts: Column = rows[name]
    return counts.fill_null(0)


def _keys(rows: pa.Table) -> dict[str, Column]:
    """The columns that say which file a row is from."""
    return {name: rows[name] for name in FileKey._fields}


def _sums(rows: pa.Table) -> pa.Table:
    """Sum every figure of each file."""
    figures = [name for name in rows.column_names if name not in FileKey._fields]
    summed = rows.group_by(list(FileKey._fields)).aggregate([(name, "sum") for name in figures])
    return summed.rename_columns([name.removesuffix("_sum") for name in summed.column_names])
