"""Judge what is known once more, under another edition of the policy or other rules; nothing is changed."""

from datetime import date
from pathlib import Path

import pyarrow as pa

from flows.config import ConfigError
from flows.progress import Progress
from flows.rules_of_home import rule_book_of
from flows.seller_facts import declared_channels, sellers_of
from flows.work import Work
from rules.rule_book import UnknownPolicyVersionError
from store.batches import latest_batch
from transforms.rejudge import rejudge as rejudge_feedback


def rejudge(
    work: Work,
    *,
    since: date,
    until: date,
    policy_version: str | None,
    rules: Path | None,
    progress: Progress,
) -> pa.Table:
    """The recorded answer of each feedback of 1-3 stars beside the new one; see `transforms.rejudge`.

    Args:
        work: a reading of a home.
        since: first feedback date.
        until: last feedback date.
        policy_version: edition to judge under; None takes the configuration's choice.
        rules: folder with `lexicon` and `grounds` to use instead of those in the home.
        progress: told how far it is.

    Raises:
        ConfigError: the edition is unknown, the rules are refused, or no feedback is known yet.
        StorageError: tables or ledger cannot be read.
    """
    batch = latest_batch(work.home.tables)
    if batch is None:
        raise ConfigError(f"{work.home.root}: no feedback is known yet; take in a report first")
    if rules is not None and not rules.is_dir():
        raise ConfigError(f"{rules}: no such folder; give one with lexicon/ and grounds/ in it")
    config = work.settings.config
    feedback = batch.read("feedback")
    done = 0

    def advance(rows: int) -> None:
        nonlocal done
        done += rows
        progress.reach(done)

    progress.begin("judging comments", feedback.num_rows, "comments")
    try:
        return rejudge_feedback(
            feedback,
            batch.read("order_fulfillment"),
            findings=batch.read(
                "finding",
                ["feedback_id", "ground", "is_met", "rule_version", "policy_version"],
            ),
            requests=work.ledger.requests(),
            rule_book=rule_book_of(rules or work.home.root),
            sellers=sellers_of(config),
            declared=declared_channels(config),
            since=since,
            until=until,
            policy_version=policy_version or config.policy.version,
            progress=advance,
        )
    except UnknownPolicyVersionError as error:
        raise ConfigError(str(error)) from None
