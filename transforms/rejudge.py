"""What would have been asked under another edition of the policy or other rules, as a difference to what was."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rules.case import SellerIdentity
from rules.judging import judge
from rules.rule_book import RuleBook
from schemas.vocabularies import FulfillmentChannel, JudgedVerdict, RequestState, Term
from transforms.comment_cases import comment_cases
from transforms.eligibility import HIGHEST_REQUESTABLE_RATING
from transforms.order_facts import with_order_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.judgement import Judgement

_BATCH_ROWS: Final = 10_000


class Change(Term):
    """How the answer differs from the one that is recorded."""

    NEWLY_ASKED = "newly_asked"  # nothing was to be asked, now a removal would be
    NO_LONGER_ASKED = "no_longer_asked"  # a removal was to be asked, now it would not be
    OTHER_GROUND = "other_ground"  # asked both times, on different grounds
    SAME_GROUND = "same_ground"  # asked both times, on the same ground
    NEVER_ASKED = "never_asked"  # asked neither time


DIFFERENT: Final = (Change.NEWLY_ASKED, Change.NO_LONGER_ASKED, Change.OTHER_GROUND)


def rejudge(
    feedback: pa.Table,
    orders: pa.Table,
    *,
    findings: pa.Table,
    requests: pa.Table,
    rule_book: RuleBook,
    sellers: Mapping[str, SellerIdentity],
    declared: Mapping[str, FulfillmentChannel],
    since: date,
    until: date,
    policy_version: str | None = None,
    progress: Callable[[int], None] = lambda _rows: None,
) -> pa.Table:
    """Judge feedback of 1-3 stars again and put the answer beside the recorded one.

    The recorded answer is the ground of the request that was made, else the first ground that holds in `findings`
    and is asked for without a person. Whether the window was still open plays no part: the words are judged.

    Args:
        feedback: table `feedback`.
        orders: table `order_fulfillment`.
        findings: table `finding`, as the last screening left it.
        requests: table `removal_request`.
        rule_book: the rules to judge by now.
        sellers: the seller's own personal data by account.
        declared: accounts whose orders all go one way.
        since: first feedback date that is looked at.
        until: last feedback date that is looked at.
        policy_version: edition of the FBA clause to judge under; None chooses by marketplace and date.
        progress: called with the number of rows done since the last call.

    Returns:
        One row a feedback, newest first: keys, feedback_date, rating, change, ground_before, ground_now, verdict_now,
        reason_now, state and decision of the request if there is one, and the versions before and now.

    Raises:
        UnknownPolicyVersionError: there is no such edition.
    """
    looked_at = (
        (pc.field("rating") <= HIGHEST_REQUESTABLE_RATING)
        & (pc.field("feedback_date") >= since)
        & (pc.field("feedback_date") <= until)
    )
    rows = with_order_facts(feedback.filter(looked_at), orders, declared).sort_by(
        [("feedback_date", "descending"), ("feedback_id", "ascending")]
    )
    nobody = SellerIdentity()
    judgements: list[Judgement] = []
    for start in range(0, rows.num_rows, _BATCH_ROWS):
        batch = rows.slice(start, _BATCH_ROWS)
        judgements += judge(
            comment_cases(batch),
            rule_book,
            seller=[sellers.get(str(name), nobody) for name in batch["account"].to_pylist()],
            policy_version=policy_version,
        )
        progress(batch.num_rows)
    before = _before(rows["feedback_id"], findings, requests, rule_book)
    ground_now = pa.array(
        [j.ground if j.verdict is JudgedVerdict.REQUEST else None for j in judgements], pa.string()
    )
    keys = ("feedback_id", "account", "marketplace", "order_id", "feedback_date", "rating")
    columns: dict[str, pa.Array[Any]] = {name: rows[name].combine_chunks() for name in keys}
    return pa.table(
        columns
        | {
            "change": _changes(before["ground"], ground_now),
            "ground_before": before["ground"],
            "ground_now": ground_now,
            "verdict_now": pa.array([j.verdict for j in judgements], pa.string()),
            "reason_now": pa.array([j.reason for j in judgements], pa.string()),
            "state": before["state"],
            "decision": before["decision"],
            "rule_version_before": before["rule_version"],
            "policy_version_before": before["policy_version"],
            "rule_version_now": pa.array([j.rule_version for j in judgements], pa.string()),
            "policy_version_now": pa.array([j.policy_version for j in judgements], pa.string()),
        }
    )


def _before(
    ids: "pa.ChunkedArray[Any]", findings: pa.Table, requests: pa.Table, rule_book: RuleBook
) -> "dict[str, pa.Array[Any]]":
    """What is recorded of each feedback: of its last request that was not given up, else of its findings."""
    made = requests.filter(pc.field("state") != RequestState.CANCELLED.value).sort_by(
        [("round", "descending")]
    )
    order = [
        rule.ground.value
        for rule in rule_book.grounds
        if rule.default_verdict is JudgedVerdict.REQUEST
    ]
    place = pc.index_in(findings["ground"], value_set=pa.array(order, pa.string()))
    met = (
        findings.append_column("place", place)
        .filter(pc.field("is_met") & pc.field("place").is_valid())
        .sort_by([("place", "ascending")])
    )
    sources = [
        (source, pc.index_in(ids, value_set=source["feedback_id"]))
        for source in (made, met, findings)
    ]

    def recorded(name: str, among: "Sequence[tuple[pa.Table, Any]]") -> "pa.Array[Any]":
        found: pa.ChunkedArray[Any] = pc.coalesce(
            *(source[name].take(place) for source, place in among)
        )
        return found.combine_chunks()

    return {
        "ground": recorded("ground", sources[:2]),
        "rule_version": recorded("rule_version", sources),
        "policy_version": recorded("policy_version", sources),
        "state": recorded("state", sources[:1]),
        "decision": recorded("decision", sources[:1]),
    }


def _changes(before: "pa.Array[Any]", now: "pa.Array[Any]") -> "pa.Array[Any]":
    was, will = (np.array(grounds.to_pylist(), object) for grounds in (before, now))
    is_asked, is_asked_now = was != None, will != None  # noqa: E711 - elementwise
    chosen = np.select(
        [~is_asked & ~is_asked_now, ~is_asked, ~is_asked_now, was == will],
        [
            Change.NEVER_ASKED.value,
            Change.NEWLY_ASKED.value,
            Change.NO_LONGER_ASKED.value,
            Change.SAME_GROUND.value,
        ],
        Change.OTHER_GROUND.value,
    )
    return pa.array(chosen.tolist(), pa.string())
