"""Feedback and orders in, findings and candidates out: what Amazon's policy makes removable, and why the rest is not."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rules.case import SellerIdentity
from rules.judgement import Judgement
from rules.judging import judge
from rules.rule_book import RuleBook
from schemas.tables import CANDIDATE, FINDING
from schemas.vocabularies import (
    FulfillmentChannel,
    JudgedVerdict,
    Term,
    Verdict,
)
from transforms.comment_cases import comment_cases
from transforms.eligibility import HIGHEST_REQUESTABLE_RATING, Window, judge_eligibility
from transforms.finding_rows import finding_rows, span_column
from transforms.order_facts import with_order_facts
from transforms.priority import is_order_defect, priority

ANSWER_DAYS: Final = 365
"""Shoppers see the feedback of twelve months (Seller Central help 761): older feedback is not worth an answer."""

_BATCH_ROWS: Final = 10_000
"""Judged together: equal comments of a batch are analysed once."""


class LeftOut(Term):
    """Why a feedback is no candidate; together with the candidates these are all feedback rows."""

    POSITIVE = "positive"  # 4-5 stars
    ASKED_BEFORE = "asked_before"  # one request per feedback: the ledger follows it
    ANSWERED = "answered"  # nothing to request, and the seller replied already
    OLD = "old"  # nothing to request, and out of the twelve months that shoppers see
    NOT_SEEN = "not_seen"  # nothing to request, and newer reports do not show it


@dataclass(frozen=True, slots=True)
class Screened:
    """What screening says of a set of feedback."""

    findings: pa.Table
    """Table `finding`: one row a feedback and ground, the ineligible feedback included."""
    candidates: pa.Table
    """Table `candidate`: at most one row a feedback, in order of priority."""
    left_out: Mapping[LeftOut, int]
    """Feedback that is no candidate, by reason: rows in = candidates + these."""


class _Sorted(NamedTuple):
    """Where one feedback of 1-3 stars goes: a verdict with its reason, or a reason to leave it out."""

    verdict: Verdict | None
    reason: str
    left_out: LeftOut | None = None


def screen_feedback(
    feedback: pa.Table,
    orders: pa.Table,
    *,
    rule_book: RuleBook,
    sellers: Mapping[str, SellerIdentity],
    declared: Mapping[str, FulfillmentChannel],
    as_of: date,
    asked: frozenset[str] = frozenset(),
    policy_version: str | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Screened:
    """Judge every feedback, and sort out what to ask for, what to look at and whom to answer.

    Args:
        feedback: table `feedback`.
        orders: table `order_fulfillment`; an order that it does not name has channel UNKNOWN.
        rule_book: the grounds and lexicons.
        sellers: the seller's own personal data by account; an account that is missing has none.
        declared: accounts whose orders all go one way; counts only for orders that no report names.
        as_of: the run's business date.
        asked: feedback ids for which a request went to Amazon, or may have gone.
        policy_version: edition of Amazon's wording to judge under; None chooses by marketplace and date.
        progress: called with the number of rows done since the last call.

    Returns:
        Findings in the order of `feedback`, candidates by priority.

    Raises:
        ValueError: feedback ids occur twice in `feedback`.
    """
    _require_unique(feedback["feedback_id"])
    joined = with_order_facts(feedback, orders, declared)
    eligibility = judge_eligibility(joined, as_of=as_of, asked=asked)
    joined = (
        joined.append_column("deadline_date", eligibility.deadline_date)
        .append_column("days_left", eligibility.days_left)
        .append_column("is_eligible", eligibility.is_eligible)
        .append_column("window", eligibility.window)
        .append_column(
            "is_order_defect",
            is_order_defect(
                joined["rating"].combine_chunks(),
                joined["feedback_date"].combine_chunks(),
                joined["order_date"].combine_chunks(),
                as_of=as_of,
            ),
        )
    )
    findings: list[pa.Table] = []
    candidates: list[pa.Table] = []
    left_out: Counter[LeftOut] = Counter()
    nobody = SellerIdentity()
    for start in range(0, joined.num_rows, _BATCH_ROWS):
        rows = joined.slice(start, _BATCH_ROWS).combine_chunks()
        judgements = judge(
            comment_cases(rows),
            rule_book,
            seller=[sellers.get(str(name), nobody) for name in rows["account"].to_pylist()],
            policy_version=policy_version,
        )
        findings.append(finding_rows(rows, judgements))
        chosen, left = _candidate_rows(rows, judgements, as_of=as_of, asked=asked)
        candidates.append(chosen)
        left_out.update(left)
        progress(rows.num_rows)
    return Screened(
        findings=pa.concat_tables([FINDING.empty(), *findings]),
        candidates=_ranked(candidates, as_of),
        left_out=dict(left_out),
    )


def _require_unique(feedback_ids: "pa.ChunkedArray[Any]") -> None:
    doubled = len(feedback_ids) - pc.count_distinct(feedback_ids).as_py()
    if doubled:
        raise ValueError(
            f"feedback: {doubled} rows repeat a feedback_id; merge the reports before screening"
        )


def _candidate_rows(
    rows: pa.Table,
    judgements: Sequence[Judgement],
    *,
    as_of: date,
    asked: frozenset[str],
) -> tuple[pa.Table, Counter[LeftOut]]:
    facts = rows.select(
        [
            "feedback_id",
            "rating",
            "feedback_date",
            "response",
            "not_seen_since_date",
            "is_text_damaged",
            "window",
            "marketplace",
            "order_marketplace",
        ]
    ).to_pylist()
    left_out: Counter[LeftOut] = Counter()
    at: list[int] = []
    chosen: list[tuple[Verdict, str, Judgement]] = []
    for row, (fact, judgement) in enumerate(zip(facts, judgements, strict=True)):
        if fact["rating"] > HIGHEST_REQUESTABLE_RATING:
            left_out[LeftOut.POSITIVE] += 1
        elif fact["feedback_id"] in asked:
            left_out[LeftOut.ASKED_BEFORE] += 1
        else:
            sorted_into = _sort_out(fact, judgement, as_of)
            if sorted_into.left_out:
                left_out[sorted_into.left_out] += 1
            elif sorted_into.verdict:
                at.append(row)
                chosen.append((sorted_into.verdict, sorted_into.reason, judgement))
    kept = rows.take(np.array(at, np.int64))
    columns: dict[str, pa.Array[Any]] = {
        name: kept[name].combine_chunks()
        for name in (
            "feedback_id",
            "account",
            "marketplace",
            "order_id",
            "days_left",
            "is_eligible",
            "is_order_defect",
            "feedback_date",
            "rating",
            "fulfillment_channel",
            "channel_evidence",
            "deadline_date",
            "content_sha256",
        )
    }
    columns |= {
        "verdict": pa.array([verdict for verdict, _, _ in chosen], pa.string()),
        "reason": pa.array([reason for _, reason, _ in chosen], pa.string()),
        "ground": pa.array([j.ground for _, _, j in chosen], pa.string()),
        "evidence": span_column([j.evidence for _, _, j in chosen]),
        "blocked_by": span_column([j.blocked_by for _, _, j in chosen]),
        "language": pa.array([j.language for _, _, j in chosen], pa.string()),
        "topic": pa.array([j.topic for _, _, j in chosen], pa.string()),
        "rule_version": pa.array([j.rule_version for _, _, j in chosen], pa.string()),
        "policy_version": pa.array([j.policy_version for _, _, j in chosen], pa.string()),
        "priority": pa.nulls(len(chosen), pa.int32()),
    }
    return pa.table([columns[name] for name in _UNRANKED.names], schema=_UNRANKED), left_out


def _sort_out(fact: Mapping[str, object], judgement: Judgement, as_of: date) -> _Sorted:
    """Verdict of one feedback of 1-3 stars that was not asked before."""
    if judgement.verdict is JudgedVerdict.LEAVE:
        return _worth_an_answer(fact, judgement.reason, as_of)
    if fact["window"] == Window.CLOSED:
        clause = judgement.ground or "no ground"
        return _worth_an_answer(
            fact, f"window_closed: too late for a {judgement.verdict} ({clause})", as_of
        )
    if judgement.verdict is JudgedVerdict.REVIEW:
        return _Sorted(Verdict.REVIEW, judgement.reason)
    if doubt := _doubt(fact):
        return _Sorted(Verdict.REVIEW, doubt)
    return _Sorted(Verdict.REQUEST, judgement.reason)


def _doubt(fact: Mapping[str, object]) -> str | None:
    """Why a person should look before something is asked that the rules stand for."""
    if fact["is_text_damaged"]:
        return "text_damaged: characters were lost before the report came"
    if fact["not_seen_since_date"]:
        return "not_seen: newer reports do not show it; see whether it still exists"
    if fact["order_marketplace"] not in (None, fact["marketplace"]):
        # a report of a unified account names no marketplace: the folder may be another one than the order's
        site = fact["order_marketplace"]
        return f"order_elsewhere: placed on {site}; ask there, unless that marketplace's reports show it"
    if fact["window"] == Window.EDGE:
        return "window_edge: day 90, it may be closed already; look today"
    return None


def _worth_an_answer(fact: Mapping[str, object], reason: str, as_of: date) -> _Sorted:
    feedback_date = fact["feedback_date"]
    if fact["response"]:
        return _Sorted(None, reason, LeftOut.ANSWERED)
    if fact["not_seen_since_date"]:
        return _Sorted(None, reason, LeftOut.NOT_SEEN)
    if isinstance(feedback_date, date) and feedback_date < as_of - timedelta(days=ANSWER_DAYS):
        return _Sorted(None, reason, LeftOut.OLD)
    return _Sorted(Verdict.RESPOND, reason)


_PRIORITY_AT: Final = CANDIDATE.schema.get_field_index("priority")
_UNRANKED: Final = CANDIDATE.schema.set(
    _PRIORITY_AT, CANDIDATE.schema.field(_PRIORITY_AT).with_nullable(nullable=True)
)


def _ranked(batches: Sequence[pa.Table], as_of: date) -> pa.Table:
    """All candidates with their priority, first one first."""
    candidates = pa.concat_tables([_UNRANKED.empty_table(), *batches]).combine_chunks()
    rank = priority(candidates, as_of=as_of)
    field = CANDIDATE.schema.field(_PRIORITY_AT)
    ranked = candidates.set_column(_PRIORITY_AT, field, rank).cast(CANDIDATE.schema)
    return ranked.sort_by("priority")
