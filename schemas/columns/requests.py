"""Columns of removal requests, their events and what was observed afterwards."""

from typing import Final

import pyarrow as pa

from schemas.columns.keys import SHA256, TIMESTAMP
from schemas.field import Between, Field, OneOf
from schemas.vocabularies import (
    AppealState,
    RequestState,
    SightingKind,
    SightingSource,
    SubmissionChannel,
)

COLUMNS: Final = (
    Field(
        "request_id",
        pa.string(),
        "Key of the request: hash of feedback and round",
        "schemas.identifiers.request_id",
    ),
    Field(
        "round",
        pa.int16(),
        "1 for the first request, 2 for the re-opened case",
        "store.ledger",
        rules=(Between(1, 2, "bad_round"),),
    ),
    Field(
        "category",
        pa.string(),
        "Category slug to choose in the removal panel; null when none is known",
        "rules/grounds",
    ),
    Field(
        "reason_code",
        pa.string(),
        "Reason code to choose in the removal panel; null when none is known",
        "rules/grounds",
    ),
    Field(
        "state",
        pa.string(),
        "State of the request",
        "store.ledger",
        rules=(OneOf(tuple(RequestState), "unknown_state"),),
    ),
    Field("planned_at", TIMESTAMP, "When the request was planned", "store.ledger"),
    Field("approved_by", pa.string(), "Who approved it; `auto` when the config did", "approve"),
    Field("approved_at", TIMESTAMP, "When it was approved", "approve"),
    Field("submitted_at", TIMESTAMP, "When it reached Amazon, as far as known", "store.ledger"),
    Field(
        "deadline_date",
        pa.date32(),
        "Last day on which the removal may be requested",
        "transforms.eligibility",
    ),
    Field(
        "channel",
        pa.string(),
        "How the request reaches Amazon",
        "config",
        rules=(OneOf(tuple(SubmissionChannel), "unknown_submission_channel"),),
    ),
    Field(
        "attempt",
        pa.int16(),
        "Clicks made so far",
        "store.ledger",
        rules=(Between(0, 2, "bad_attempt"),),
    ),
    Field(
        "worksheet_id",
        pa.string(),
        "Worksheet on which a person has the request; null when none has",
        "store.ledger",
    ),
    Field("handed_out_at", TIMESTAMP, "When that worksheet was made", "store.ledger"),
    Field(
        "changes",
        pa.string(),
        "Columns of the request that the step changed, as canonical JSON; with the states they rebuild every request",
        "store.ledger",
    ),
    Field("sequence", pa.int64(), "Position in the append-only event log, from 1", "store.ledger"),
    Field("from_state", pa.string(), "State before; null for a new request", "store.ledger"),
    Field("to_state", pa.string(), "State after", "store.ledger"),
    Field("at", TIMESTAMP, "When it happened", "store.ledger"),
    Field(
        "actor",
        pa.string(),
        "Who or what took the step: a person, `auto`, or the run",
        "store.ledger",
    ),
    Field(
        "evidence_sha256",
        pa.string(),
        "Hash of the evidence behind the step",
        "store.ledger",
        rules=(SHA256,),
    ),
    Field("previous_hash", pa.string(), "Hash of the event before", "store.ledger"),
    Field(
        "hash",
        pa.string(),
        "Hash of this event and the one before: a changed log shows",
        "store.ledger",
    ),
    Field("sighting_id", pa.string(), "Key of the observation", "store.ledger"),
    Field(
        "source",
        pa.string(),
        "Where it was observed",
        "track",
        rules=(OneOf(tuple(SightingSource), "unknown_source"),),
    ),
    Field(
        "seen",
        pa.string(),
        "What was observed",
        "track",
        rules=(OneOf(tuple(SightingKind), "unknown_sighting"),),
    ),
    Field(
        "message_sha256",
        pa.string(),
        "Key of an e-mail: hash of its Message-ID, or of the file when it has none",
        "transforms.decision_mails",
        rules=(SHA256,),
    ),
    Field(
        "wording_version",
        pa.string(),
        "Version of the wordings by which an e-mail was read",
        "transforms.decision_mails",
    ),
    Field(
        "sent_at",
        TIMESTAMP,
        "When it was sent: an e-mail by its own date (else the business date it was taken in), an appeal by the person's word",
        "transforms.decision_mails, appeals",
    ),
    Field(
        "appeal_state",
        pa.string(),
        "Where the re-opening of a denied request is",
        "transforms.appeals",
        rules=(OneOf(tuple(AppealState), "unknown_appeal_state"),),
    ),
    Field("denied_at", TIMESTAMP, "When the denial of the first request was seen", "store.ledger"),
    Field("drafted_at", TIMESTAMP, "When the re-opening was drafted", "store.ledger"),
    Field(
        "draft_file",
        pa.string(),
        "Path of the draft below the home folder; it quotes the buyer, so it stays there",
        "appeals",
    ),
    Field("sent_by", pa.string(), "Who says that they sent the re-opening", "appeals"),
)
