"""Approve planned requests: by a person, or by the configuration within its caps."""

from collections.abc import Collection, Iterable
from typing import Final

from flows.config import ApprovalMode, ConfigError
from flows.exit_codes import ExitCode
from flows.work import Work
from schemas.submission import AUTO, Caps
from schemas.vocabularies import Ground, UnknownTermError
from store.ledger import Selection, StepResult

_SHORTEST: Final = 6
"""Digits of a request id that are enough to mean it."""


def caps(work: Work) -> Caps:
    """The configured caps, as the ledger counts them."""
    limits = work.settings.config.limits
    return Caps(
        limits.requests_per_account_and_day,
        {str(ground): cap for ground, cap in limits.requests_per_ground_and_day.items()},
    )


def approve_automatically(work: Work) -> None:
    """Approve everything planned when the configuration says so; without that nothing happens.

    Raises:
        StorageError: the ledger failed; nothing was approved.
    """
    if work.settings.config.approval.mode is not ApprovalMode.AUTO:
        return
    _note(work, work.ledger.approve(Selection(), work.step(AUTO), caps=caps(work)))


def approve(
    work: Work,
    *,
    by: str,
    grounds: Collection[Ground] = (),
    accounts: Collection[str] = (),
    request_ids: Collection[str] = (),
) -> StepResult:
    """Approve planned requests on a person's word, for the content they have now; nothing given means all.

    Raises:
        StorageError: the ledger failed; nothing was approved.
    """
    selection = Selection(
        request_ids=tuple(request_ids) or None,
        grounds=frozenset(grounds) or None,
        accounts=frozenset(accounts) or None,
    )
    result = work.ledger.approve(selection, work.step(by))
    _note(work, result)
    return result


def requests_named(work: Work, names: Iterable[str]) -> tuple[str, ...]:
    """Request ids that are meant by order ids, request ids, or their first digits as listings show them.

    Raises:
        ConfigError: a name fits no request, or several that are not of one order.
    """
    waiting = work.waiting_requests()
    found: list[str] = []
    for name in names:
        meant = [
            row
            for row in waiting
            if row["order_id"] == name
            or (len(name) >= _SHORTEST and row["request_id"].startswith(name))
        ]
        if not meant:
            raise ConfigError(
                f"{name}: no request that waits; `feedback-removal approve --list` shows them"
            )
        if len({row["order_id"] for row in meant}) > 1:
            raise ConfigError(f"{name}: fits several requests; write more of its digits")
        found.extend(row["request_id"] for row in meant)
    return tuple(found)


def read_grounds(names: Iterable[str]) -> tuple[Ground, ...]:
    """Grounds by their names.

    Raises:
        ConfigError: a name is no ground.
    """
    try:
        return tuple(Ground.parse(name) for name in names)
    except UnknownTermError as error:
        raise ConfigError(str(error)) from None


def release_requests(work: Work, *, by: str) -> None:
    """Let every held request be planned again; each needs a new approval.

    Raises:
        StorageError: the ledger failed; nothing was released.
    """
    released = work.ledger.release(Selection(), work.step(by)).taken
    work.summary.requests["released"] = len(released)


def cancel_requests(work: Work, *, by: str, request_ids: tuple[str, ...]) -> None:
    """Give named requests up for good.

    Raises:
        ConfigError: no request is named.
        StorageError: the ledger failed; nothing was cancelled.
    """
    if not request_ids:
        raise ConfigError(
            "name the requests to cancel; `feedback-removal approve --list` shows them"
        )
    result = work.ledger.cancel(Selection(request_ids=request_ids), work.step(by))
    work.summary.requests["cancelled"] = len(result.taken)
    for key, reason in result.refused.items():
        work.summary.say(f"{key} was not cancelled: {reason}", ExitCode.QUARANTINED)


def _note(work: Work, result: StepResult) -> None:
    work.summary.requests["approved"] = len(result.taken)
    if result.taken:
        work.summary.has_changes = True
    if result.refused:
        reasons = sorted({reason.value for reason in result.refused.values()})
        work.summary.say(
            f"{len(result.refused)} planned requests were not approved: {', '.join(reasons)}"
        )
