"""Records in, records out: the form in which `screen` reads and writes comments, one JSON object a line."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from rules.case import CommentCase, SellerIdentity
from rules.judgement import Judgement
from rules.judging import judge
from rules.rule_book import RuleBook
from schemas.vocabularies import FulfillmentChannel

_NEEDED: Final = ("id", "comment", "rating")


class CaseLineError(ValueError):
    """A line that is no case; the message names the line and the field, never the comment."""


def parse_lines(lines: Iterable[str]) -> list[dict[str, Any]]:
    """Read JSON lines; empty lines are skipped.

    Raises:
        CaseLineError: a line is not a JSON object, or lacks `id`, `comment` or `rating`.
    """
    records: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise CaseLineError(
                f"line {number}: not JSON: {error.msg} at column {error.colno}"
            ) from error
        if not isinstance(record, dict):
            raise CaseLineError(
                f"line {number}: expected a JSON object, found {type(record).__name__}"
            )
        if missing := [name for name in _NEEDED if name not in record]:
            raise CaseLineError(
                f"line {number}: field {missing[0]!r} is missing; needed: {', '.join(_NEEDED)}"
            )
        records.append(record)
    return records


def case_of(record: Mapping[str, Any], number: int) -> CommentCase:
    """The case that a record describes.

    Args:
        record: fields id, comment, rating, and optionally language, marketplace, fulfillment_channel (AFN, MFN, MIXED,
            UNKNOWN or null), buy_shipping_on_time (true, false or null), feedback_date (YYYY-MM-DD or null).
        number: the record's place, for complaints.

    Raises:
        CaseLineError: a field has a value of the wrong kind.
    """
    comment, rating = record["comment"], record["rating"]
    if comment is not None and not isinstance(comment, str):
        raise CaseLineError(
            f"record {number}: comment must be text or null, found {type(comment).__name__}"
        )
    if isinstance(rating, bool) or not isinstance(rating, int) or not 1 <= rating <= 5:
        raise CaseLineError(
            f"record {number}: rating must be a whole number from 1 to 5, found {rating!r}"
        )
    channel = record.get("fulfillment_channel")
    if channel is not None and channel not in set(FulfillmentChannel):
        raise CaseLineError(
            f"record {number}: fulfillment_channel {channel!r} is none of {', '.join(FulfillmentChannel)} or null"
        )
    on_time = record.get("buy_shipping_on_time")
    if on_time is not None and not isinstance(on_time, bool):
        raise CaseLineError(
            f"record {number}: buy_shipping_on_time must be true, false or null, found {on_time!r}"
        )
    day = record.get("feedback_date")
    try:
        feedback_date = None if day is None else date.fromisoformat(day)
    except (TypeError, ValueError) as error:
        raise CaseLineError(
            f"record {number}: feedback_date must be YYYY-MM-DD or null, found {day!r}"
        ) from error
    return CommentCase(
        comment=comment,
        rating=rating,
        fulfillment_channel=FulfillmentChannel(channel) if channel else FulfillmentChannel.UNKNOWN,
        is_buy_shipping_on_time=on_time,
        marketplace=record.get("marketplace"),
        language=record.get("language"),
        feedback_date=feedback_date,
    )


def record_of(identifier: object, judgement: Judgement) -> dict[str, Any]:
    """The record that is written for a judgement."""
    return {
        "id": identifier,
        "verdict": str(judgement.verdict),
        "ground": None if judgement.ground is None else str(judgement.ground),
        "reason": judgement.reason,
        "evidence": [span.as_record() for span in judgement.evidence],
        "blocked_by": [span.as_record() for span in judgement.blocked_by],
        "language": judgement.language,
        "rule_version": judgement.rule_version,
        "policy_version": judgement.policy_version,
    }


def judge_records(
    records: Sequence[Mapping[str, Any]],
    rule_book: RuleBook,
    *,
    seller: SellerIdentity = SellerIdentity(),  # noqa: B008 - immutable
    policy_version: str | None = None,
) -> list[dict[str, Any]]:
    """Judge records and give one record back for each.

    Raises:
        CaseLineError: a record is malformed.
        UnknownPolicyVersionError: there is no such edition of the policy.
    """
    cases = [case_of(record, number) for number, record in enumerate(records, start=1)]
    judgements = judge(cases, rule_book, seller=seller, policy_version=policy_version)
    return [
        record_of(record["id"], judgement)
        for record, judgement in zip(records, judgements, strict=True)
    ]
