"""Every table: which columns, which key, how it is partitioned, and whether analysts get it."""

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from schemas.columns import COLUMNS
from schemas.field import Field

SCHEMA_VERSION: Final = 1
"""Raised when a published column is removed, renamed, changes its type or may newly be empty."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table made of columns from `schemas.columns`."""

    name: str
    row_is: str
    """What one row is."""
    columns: tuple[Field, ...]
    key: tuple[str, ...]
    is_published: bool = True
    partition_by: tuple[str, ...] = ("marketplace",)

    @property
    def schema(self) -> pa.Schema:
        """Arrow schema with descriptions of table and columns in the metadata."""
        described: dict[bytes | str, bytes | str] = {
            "table": self.name,
            "row_is": self.row_is,
            "key": ",".join(self.key),
            "schema_version": str(SCHEMA_VERSION),
        }
        return pa.schema([column.arrow for column in self.columns], metadata=described)

    def column(self, name: str) -> Field:
        """The table's column of that name.

        Raises:
            KeyError: the table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"table {self.name} has no column {name!r}")

    def empty(self) -> pa.Table:
        """The table without rows."""
        return self.schema.empty_table()


def _table(
    name: str,
    row_is: str,
    columns: str,
    key: tuple[str, ...],
    *,
    is_published: bool = True,
    partition_by: tuple[str, ...] = ("marketplace",),
) -> Table:
    """Build a table from column names; a trailing `?` makes a column optional here."""
    fields = tuple(
        COLUMNS[word.removesuffix("?")].optional() if word.endswith("?") else COLUMNS[word]
        for word in columns.split()
    )
    return Table(name, row_is, fields, key, is_published, partition_by)


REPORT_FILE: Final = _table(
    "report_file",
    "one file seen in the inbox",
    "account marketplace file_name file_sha256 kind status reason? message? encoding? encoding_evidence? date_format? "
    "is_date_format_assumed? column_count? size_bytes rows_in rows_accepted rows_quarantined rows_duplicate "
    "replaced_character_count report_date? covers_from_date? seen_at run_id",
    ("account", "marketplace", "file_sha256"),
)
FEEDBACK: Final = _table(
    "feedback",
    "one seller feedback as last seen",
    "feedback_id account marketplace order_id feedback_date rating comment comment_as_reported response arrived_on_time item_as_described "
    "customer_service first_seen_date last_seen_date not_seen_since_date revision content_sha256 is_text_damaged text_flags "
    "is_date_assumed report_date file_sha256 row_number",
    ("feedback_id",),
)
FEEDBACK_REVISION: Final = _table(
    "feedback_revision",
    "one earlier content of a feedback; the current one is in table feedback",
    "feedback_id account marketplace order_id revision feedback_date rating comment response content_sha256 report_date "
    "file_sha256 row_number",
    ("feedback_id", "revision"),
)
ORDER_FULFILLMENT: Final = _table(
    "order_fulfillment",
    "one order: who shipped it and how that is known",
    "account marketplace order_id fulfillment_channel channel_evidence sales_channel purchased_at updated_at item_count "
    "is_buy_shipping ship_by_at shipped_at is_shipped_on_time file_sha256",
    ("account", "order_id"),
)
ORDER_EVIDENCE: Final = _table(
    "order_evidence",
    "what one kind of report says about one order; of several reports of a kind only the newest",
    "account marketplace order_id kind fulfillment_channel? sales_channel purchased_at updated_at item_count "
    "is_buy_shipping ship_by_at shipped_at is_shipped_on_time file_sha256",
    ("account", "order_id", "kind", "file_sha256"),
    is_published=False,
)
DECISION_EMAIL: Final = _table(
    "decision_email",
    "what one saved e-mail says of one order",
    "account marketplace order_id file_sha256 message_sha256 seen reason language? sent_at wording_version",
    ("account", "message_sha256", "order_id"),
    is_published=False,
)
QUARANTINED_ROW: Final = _table(
    "quarantined_row",
    "one row set aside, with its original bytes",
    "account marketplace file_sha256 kind row_number line_number byte_offset reason message raw_bytes",
    ("account", "marketplace", "file_sha256", "row_number"),
    is_published=False,
)
FINDING: Final = _table(
    "finding",
    "what one ground said about one feedback",
    "feedback_id account marketplace order_id ground is_met reason evidence blocked_by language rule_version "
    "policy_version content_sha256",
    ("feedback_id", "ground"),
)
CANDIDATE: Final = _table(
    "candidate",
    "one feedback worth acting on",
    "feedback_id account marketplace order_id verdict ground? reason evidence blocked_by language days_left is_eligible "
    "is_order_defect priority feedback_date rating fulfillment_channel channel_evidence deadline_date rule_version "
    "policy_version content_sha256 topic?",
    ("feedback_id",),
)
REMOVAL_REQUEST: Final = _table(
    "removal_request",
    "one request to Amazon",
    "request_id feedback_id account marketplace order_id round ground category? reason_code? state decision? approved_by? "
    "approved_at? planned_at submitted_at? decided_at? certainty? channel attempt worksheet_id? handed_out_at? "
    "deadline_date content_sha256 rule_version policy_version",
    ("request_id",),
)
EVENT: Final = _table(
    "event",
    "one arrow of the state machine, append-only and hash-chained",
    "sequence request_id from_state? to_state at actor run_id reason? evidence_sha256? content_sha256? changes "
    "previous_hash hash",
    ("sequence",),
    partition_by=(),
)
SIGHTING: Final = _table(
    "sighting",
    "one observation of a feedback after the request",
    "sighting_id feedback_id request_id? account marketplace order_id source seen seen_at evidence_sha256 run_id",
    ("sighting_id",),
)
APPEAL: Final = _table(
    "appeal",
    "one denied request that may be re-opened once, and how far that is",
    "request_id feedback_id account marketplace order_id ground appeal_state denied_at? deadline_date days_left language "
    "drafted_at? draft_file? sent_at? sent_by? decided_at?",
    ("request_id",),
)
OUTCOME: Final = _table(
    "outcome",
    "one feedback and round as analysts need it",
    "feedback_id account marketplace order_id round ground? is_asked reason decision certainty requested_at? decided_at? "
    "days_to_decision? rule_version? policy_version?",
    ("feedback_id", "round"),
)
RESPONSE: Final = _table(
    "response",
    "one feedback that stays and may be answered in public",
    "feedback_id account marketplace order_id feedback_date rating language topic retraction_days_left is_order_defect "
    "urgency_rank",
    ("feedback_id",),
)
METRIC: Final = _table(
    "metric",
    "one figure of one account in one marketplace on the business date of the batch",
    "account marketplace metric_name period_days value? unit numerator? denominator? is_partial",
    ("account", "marketplace", "metric_name", "period_days"),
    partition_by=(),
)
WIN_RATE: Final = _table(
    "win_rate",
    "requests of one group, counted by one dimension, and what became of them",
    "dimension dimension_value asked_count granted_count denied_count gone_count pending_count conflict_count "
    "unasked_count rate? rate_low? rate_high?",
    ("dimension", "dimension_value"),
    partition_by=(),
)
RUN: Final = _table(
    "run",
    "one run",
    "run_id as_of_date started_at ended_at? run_status exit_code? files_accepted_count files_refused_count "
    "files_deferred_count files_duplicate_count rows_in rows_accepted rows_quarantined rows_duplicate "
    "requests_planned_count requests_approved_count requests_submitted_count decisions_count versions input_sha256",
    ("run_id",),
    partition_by=(),
)

TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        REPORT_FILE,
        FEEDBACK,
        FEEDBACK_REVISION,
        ORDER_FULFILLMENT,
        ORDER_EVIDENCE,
        DECISION_EMAIL,
        QUARANTINED_ROW,
        FINDING,
        CANDIDATE,
        REMOVAL_REQUEST,
        EVENT,
        SIGHTING,
        APPEAL,
        OUTCOME,
        RESPONSE,
        METRIC,
        WIN_RATE,
        RUN,
    )
}
