"""The ledger's tables, for SQLite and PostgreSQL alike.

`event` is the truth and only ever grows; `request_state` is what the events add up to and can be rebuilt from them.
Who a request is about (`request`) stands apart, so that it can be erased without touching the chain of events.
Moments are text in one fixed form, so that the same ledger has the same bytes on every database.
"""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from schemas.request_states import MAX_ATTEMPTS
from schemas.vocabularies import Decision, RequestState, RunStatus

FORMAT_VERSION: Final = 1
"""Raised when a table changes in a way that an older program cannot read."""

REQUEST_DECISIONS: Final = (
    Decision.REMOVED,
    Decision.STRUCK,
    Decision.DENIED,
    Decision.GONE_UNATTRIBUTED,
)
"""What may become of a request; the other decisions are about feedback nobody asked about."""

METADATA: Final = sa.MetaData()

# Compared byte by byte on every database, so that moments sort as they count.
_TEXT: Final = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_BIG: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # STRICT knows only INTEGER


def _one_of(column: str, words: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(str(word)) for word in words)})"


LEDGER_FORMAT: Final = sa.Table(
    "ledger_format",
    METADATA,
    sa.Column("version", sa.Integer, primary_key=True),
    sqlite_strict=True,
)
REQUEST: Final = sa.Table(
    "request",
    METADATA,
    sa.Column("request_id", _TEXT, primary_key=True),
    sa.Column("feedback_id", _TEXT, nullable=False, index=True),
    sa.Column("account", _TEXT, nullable=False),
    sa.Column("marketplace", _TEXT, nullable=False),
    sa.Column("order_id", _TEXT, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.CheckConstraint("round >= 1", name="round_from_1"),
    sa.UniqueConstraint("account", "marketplace", "order_id", "round"),
    sqlite_strict=True,
)
REQUEST_STATE: Final = sa.Table(
    "request_state",
    METADATA,
    sa.Column("request_id", _TEXT, sa.ForeignKey("request.request_id"), primary_key=True),
    sa.Column("account", _TEXT, nullable=False),
    sa.Column("state", _TEXT, nullable=False),
    sa.Column("ground", _TEXT, nullable=False),
    sa.Column("category", _TEXT),
    sa.Column("reason_code", _TEXT),
    sa.Column("content_sha256", _TEXT, nullable=False),
    sa.Column("deadline_date", _TEXT, nullable=False),
    sa.Column("channel", _TEXT, nullable=False),
    sa.Column("rule_version", _TEXT, nullable=False),
    sa.Column("policy_version", _TEXT, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("planned_at", _TEXT, nullable=False),
    sa.Column("approved_by", _TEXT),
    sa.Column("approved_at", _TEXT),
    sa.Column("approval_expires_at", _TEXT),
    sa.Column("worksheet_id", _TEXT),
    sa.Column("handed_out_at", _TEXT),
    sa.Column("fence", _BIG),
    sa.Column("intent_boot_id", _TEXT),
    sa.Column("intent_deadline_us", _BIG),
    sa.Column("unknown_boot_id", _TEXT),
    sa.Column("unknown_boot_us", _BIG),
    sa.Column("unknown_at", _TEXT),
    sa.Column("submitted_at", _TEXT),
    sa.Column("decision", _TEXT),
    sa.Column("certainty", _TEXT),
    sa.Column("decided_at", _TEXT),
    sa.Column("last_sequence", _BIG, nullable=False),
    sa.CheckConstraint(_one_of("state", tuple(RequestState)), name="known_state"),
    sa.CheckConstraint(_one_of("decision", REQUEST_DECISIONS), name="known_decision"),
    sa.CheckConstraint("(state = 'decided') = (decision IS NOT NULL)", name="decided_how"),
    sa.CheckConstraint(f"attempt BETWEEN 0 AND {MAX_ATTEMPTS}", name="attempts_bounded"),
    sqlite_strict=True,
)
sa.Index(
    "one_in_flight_per_account",
    REQUEST_STATE.c.account,
    unique=True,
    sqlite_where=REQUEST_STATE.c.state == "submitting",
    postgresql_where=REQUEST_STATE.c.state == "submitting",
)
sa.Index("request_state_by_state", REQUEST_STATE.c.state)
EVENT: Final = sa.Table(
    "event",
    METADATA,
    sa.Column("sequence", _BIG, primary_key=True, autoincrement=False),
    sa.Column("request_id", _TEXT, sa.ForeignKey("request.request_id"), nullable=False),
    sa.Column("from_state", _TEXT),
    sa.Column("to_state", _TEXT, nullable=False),
    sa.Column("at", _TEXT, nullable=False),
    sa.Column("actor", _TEXT, nullable=False),
    sa.Column("run_id", _TEXT, nullable=False),
    sa.Column("reason", _TEXT),
    sa.Column("evidence_sha256", _TEXT),
    sa.Column("content_sha256", _TEXT),
    sa.Column("changes", _TEXT, nullable=False),
    sa.Column("previous_hash", _TEXT, nullable=False, unique=True),
    sa.Column("hash", _TEXT, nullable=False, unique=True),
    sa.CheckConstraint(_one_of("to_state", tuple(RequestState)), name="known_to_state"),
    sqlite_strict=True,
)
sa.Index("event_by_request", EVENT.c.request_id, EVENT.c.sequence)
sa.Index("event_by_step_and_day", EVENT.c.to_state, EVENT.c.at)
SIGHTING: Final = sa.Table(
    "sighting",
    METADATA,
    sa.Column("sighting_id", _TEXT, primary_key=True),
    sa.Column("feedback_id", _TEXT, nullable=False, index=True),
    sa.Column("request_id", _TEXT, sa.ForeignKey("request.request_id")),
    sa.Column("account", _TEXT, nullable=False),
    sa.Column("marketplace", _TEXT, nullable=False),
    sa.Column("order_id", _TEXT, nullable=False),
    sa.Column("source", _TEXT, nullable=False),
    sa.Column("seen", _TEXT, nullable=False),
    sa.Column("seen_at", _TEXT, nullable=False),
    sa.Column("evidence_sha256", _TEXT, nullable=False),
    sa.Column("run_id", _TEXT, nullable=False),
    sqlite_strict=True,
)
RUN: Final = sa.Table(
    "run",
    METADATA,
    sa.Column("run_id", _TEXT, primary_key=True),
    sa.Column("as_of_date", _TEXT, nullable=False),
    sa.Column("started_at", _TEXT, nullable=False),
    sa.Column("ended_at", _TEXT),
    sa.Column("run_status", _TEXT, nullable=False),
    sa.Column("exit_code", sa.Integer),
    sa.Column("counts", _TEXT, nullable=False),
    sa.Column("versions", _TEXT, nullable=False),
    sa.Column("input_sha256", _TEXT, nullable=False),
    sa.CheckConstraint(_one_of("run_status", tuple(RunStatus)), name="known_run_status"),
    sqlite_strict=True,
)
OWNER: Final = sa.Table(
    "owner",
    METADATA,
    sa.Column("fence", _BIG, primary_key=True, autoincrement=False),
    sa.Column("run_id", _TEXT, nullable=False),
    sa.Column("holder", _TEXT, nullable=False),
    sa.Column("taken_at", _TEXT, nullable=False),
    sa.Column("boot_id", _TEXT, nullable=False),
    sa.Column("boot_us", _BIG, nullable=False),
    sqlite_strict=True,
)

# The event log only grows, whoever connects. The check before an insert also stops SQLite's INSERT OR REPLACE, which
# removes a row without asking a delete trigger.
_SQLITE_TRIGGERS: Final = (
    "CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END",
    "CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END",
    """CREATE TRIGGER event_only_next BEFORE INSERT ON event
    WHEN NEW.sequence <> (SELECT COALESCE(MAX(sequence), 0) + 1 FROM event)
    BEGIN SELECT RAISE(ABORT, 'event is append-only: not the next sequence'); END""",
)
_POSTGRESQL_TRIGGERS: Final = (
    """CREATE FUNCTION event_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'event is append-only'; END $$""",
    """CREATE FUNCTION event_only_next() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.sequence <> (SELECT COALESCE(MAX(sequence), 0) + 1 FROM event) THEN
        RAISE EXCEPTION 'event is append-only: not the next sequence';
    END IF;
    RETURN NEW; END $$""",
    """CREATE TRIGGER event_no_change BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION event_append_only()""",
    """CREATE TRIGGER event_no_truncate BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION event_append_only()""",
    """CREATE TRIGGER event_only_next BEFORE INSERT ON event
    FOR EACH ROW EXECUTE FUNCTION event_only_next()""",
)


def create_tables(connection: sa.Connection) -> None:
    """Make the tables and triggers in an empty database, inside the caller's transaction."""
    METADATA.create_all(connection, checkfirst=False)
    is_sqlite = connection.dialect.name == "sqlite"
    for statement in _SQLITE_TRIGGERS if is_sqlite else _POSTGRESQL_TRIGGERS:
        connection.exec_driver_sql(statement)
    connection.execute(LEDGER_FORMAT.insert().values(version=FORMAT_VERSION))
