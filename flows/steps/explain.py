"""Everything that is known about one order's feedback, and what the rules say of any comment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flows.config import ConfigError
from flows.rules_of_home import rule_book_of
from flows.settings import Settings
from flows.steps.appeals import list_appeals
from flows.steps.outcome_of import outcome_of
from flows.work import Work
from rules.case import CommentCase, SellerIdentity
from rules.judgement import Judgement
from rules.judging import judge
from schemas.marketplaces import UnknownMarketplaceError
from schemas.marketplaces import marketplace as marketplace_of
from schemas.tables import EVENT
from schemas.vocabularies import FulfillmentChannel, MailReason, UnknownTermError
from store.batches import latest_batch
from transforms.outcomes import OutcomeReason
from transforms.outcomes.sentences import MAIL_SENTENCES, REASON_SENTENCES


@dataclass(frozen=True, slots=True)
class ExplainedFeedback:
    """One feedback with everything that explains what is done about it; values as in the tables."""

    feedback: dict[str, Any]
    order: dict[str, Any] | None
    candidate: dict[str, Any] | None
    findings: Sequence[dict[str, Any]]
    requests: Sequence[dict[str, Any]]
    events: Sequence[dict[str, Any]]
    sightings: Sequence[dict[str, Any]]
    mails: Sequence[dict[str, Any]]
    """What saved e-mails say of the order, each with its `explanation`."""
    outcomes: Sequence[dict[str, Any]]
    """What became of it, one row a round, each with its `explanation`."""
    appeal: dict[str, Any] | None
    """The re-opening of its denied request, if it may have one."""


def explain_order(work: Work, order_id: str) -> list[ExplainedFeedback]:
    """Every feedback of an order (one a marketplace and account), with findings, requests and events.

    Raises:
        StorageError: tables or ledger cannot be read.
    """
    batch = latest_batch(work.home.tables)
    if batch is None:
        return []
    found = []
    sightings = work.ledger.sightings()
    for feedback in _where(batch.read("feedback"), "order_id", order_id):
        key = feedback["feedback_id"]
        orders = [
            row
            for row in _where(batch.read("order_fulfillment"), "order_id", order_id)
            if row["account"] == feedback["account"]
        ]
        candidates = _where(batch.read("candidate"), "feedback_id", key)
        asked = work.ledger.requests(feedback_id=key)
        requests = asked.to_pylist()
        events = [work.ledger.events(request["request_id"]) for request in requests]
        seen = sightings.filter(pc.equal(sightings["feedback_id"], pa.scalar(key)))
        became = outcome_of(
            work,
            batch,
            asked,
            pa.concat_tables([EVENT.empty(), *events]),
            seen,
            only=[("feedback_id", "=", key)],
        )
        appeals = list_appeals(work, feedback_id=key).to_pylist()
        found.append(
            ExplainedFeedback(
                feedback=feedback,
                order=orders[0] if orders else None,
                candidate=candidates[0] if candidates else None,
                findings=_where(batch.read("finding"), "feedback_id", key),
                requests=requests,
                events=[event for table in events for event in table.to_pylist()],
                sightings=seen.to_pylist(),
                mails=[
                    row | {"explanation": MAIL_SENTENCES[MailReason(row["reason"])]}
                    for row in _where(batch.read("decision_email"), "order_id", order_id)
                    if row["account"] == feedback["account"]
                ],
                outcomes=[
                    row | {"explanation": REASON_SENTENCES[OutcomeReason(row["reason"])]}
                    for row in became.to_pylist()
                ],
                appeal=appeals[0] if appeals else None,
            )
        )
    return found


def explain_comment(
    settings: Settings,
    *,
    comment: str,
    rating: int,
    channel: str,
    marketplace: str,
    language: str | None,
    is_buy_shipping_on_time: bool | None,
) -> Judgement:
    """What the rules say of any comment, with the names of every configured seller.

    Raises:
        ConfigError: channel or marketplace is none that exists.
    """
    try:
        case = CommentCase(
            comment=comment,
            rating=rating,
            fulfillment_channel=FulfillmentChannel.parse(channel.upper()),
            is_buy_shipping_on_time=is_buy_shipping_on_time,
            marketplace=marketplace_of(marketplace).code,
            language=language,
            feedback_date=settings.as_of,
        )
    except (UnknownTermError, UnknownMarketplaceError) as error:
        raise ConfigError(str(error)) from None
    return judge(
        [case],
        rule_book_of(settings.root),
        seller=all_sellers(settings),
        policy_version=settings.config.policy.version,
    )[0]


def all_sellers(settings: Settings) -> SellerIdentity:
    """The personal data of every configured seller together."""
    sellers = [account.seller for account in (settings.config.accounts or {}).values()]
    return SellerIdentity(
        names=tuple(name for seller in sellers for name in seller.names),
        emails=tuple(email for seller in sellers for email in seller.emails),
        phones=tuple(phone for seller in sellers for phone in seller.phones),
    )


def _where(table: pa.Table, column: str, value: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.filter(pc.equal(table[column], pa.scalar(value))).to_pylist()
    return rows
