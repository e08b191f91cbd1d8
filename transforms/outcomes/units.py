"""The rows of `outcome` before anything is decided: one a request, and one a low-rated feedback without a request."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import RequestState
from transforms.eligibility import HIGHEST_REQUESTABLE_RATING
from transforms.outcomes.moments import ALWAYS, NEVER, Groups, Mask, Moments, moments

SUBMITTED_STATES: Final = (RequestState.SUBMITTED, RequestState.DECIDED)
IN_DOUBT_STATES: Final = (
    RequestState.SUBMITTING,
    RequestState.UNKNOWN,
    RequestState.RECONCILING,
    RequestState.NEEDS_HUMAN,
)

_IDENTITY: Final = ("feedback_id", "account", "marketplace", "order_id")


@dataclass(frozen=True, slots=True)
class Units:
    """Requests first, then feedback without a request; arrays have one value a unit."""

    identity: pa.Table
    """feedback_id, account, marketplace, order_id, round."""
    requests: pa.Table
    """Table `removal_request` in the order of the units."""
    state: "pa.ChunkedArray[Any]"
    """State of the request; null without one."""
    is_submitted: Mask
    is_in_doubt: Mask
    is_handed_out: Mask
    """Approved, and on a worksheet that a person has not returned."""
    is_newest: Mask
    """The feedback's newest round: what is seen now is about it."""
    begins: Moments
    """When the round began: submitted, else planned; `ALWAYS` without a request."""
    asked_from: Moments
    """When the request reached Amazon; `ALWAYS` when it did not, or nobody knows when."""
    planned: Moments
    submitted: Moments
    """`NEVER` when unknown."""
    feedback_row: Groups
    """Row of the feedback table; -1 when it is not there."""

    @property
    def count(self) -> int:
        """Number of units."""
        return self.identity.num_rows

    @property
    def has_request(self) -> Mask:
        """False for feedback without a request."""
        result: Mask = np.arange(self.count) < self.requests.num_rows
        return result

    def is_in(self, *states: RequestState) -> Mask:
        """Whether the request is in one of the states."""
        return _is_one_of(self.state, states)


def make_units(feedback: pa.Table, requests: pa.Table) -> Units:
    """Units of all requests and of all low-rated feedback without a request, sorted by feedback and round.

    Args:
        feedback: table `feedback`.
        requests: table `removal_request`.
    """
    requests = requests.sort_by([("feedback_id", "ascending"), ("round", "ascending")])
    is_low = pc.less_equal(feedback["rating"], pa.scalar(HIGHEST_REQUESTABLE_RATING, pa.int8()))
    is_requested = pc.is_in(feedback["feedback_id"], value_set=requests["feedback_id"])
    rest = feedback.select(list(_IDENTITY)).filter(pc.and_(is_low, pc.invert(is_requested)))
    first_round = pa.array(np.ones(rest.num_rows, np.int16))
    identity = pa.concat_tables(
        [
            requests.select([*_IDENTITY, "round"]),
            rest.append_column(requests.schema.field("round"), first_round),
        ]
    )
    state = pa.concat_tables(
        [requests.select(["state"]), pa.table({"state": pa.nulls(rest.num_rows, pa.string())})],
        promote_options="permissive",
    )["state"]
    submitted = moments(requests["submitted_at"], NEVER)
    planned = moments(requests["planned_at"], NEVER)
    begins = np.where(submitted == NEVER, planned, submitted)
    asked_from = np.where(submitted == NEVER, ALWAYS, submitted)
    feedback_row = pc.index_in(identity["feedback_id"], value_set=feedback["feedback_id"])
    return Units(
        identity=identity,
        requests=requests,
        state=state,
        is_submitted=_is_one_of(state, SUBMITTED_STATES),
        is_in_doubt=_is_one_of(state, IN_DOUBT_STATES),
        is_handed_out=_is_handed_out(requests, rest.num_rows),
        is_newest=_is_newest(requests, rest.num_rows),
        begins=_padded(begins, rest.num_rows, ALWAYS),
        asked_from=_padded(asked_from, rest.num_rows, ALWAYS),
        planned=_padded(planned, rest.num_rows, NEVER),
        submitted=_padded(submitted, rest.num_rows, NEVER),
        feedback_row=feedback_row.fill_null(-1).to_numpy().astype(np.int64),
    )


def _is_one_of(state: "pa.ChunkedArray[Any]", states: Sequence[RequestState]) -> Mask:
    wanted = pa.array([s.value for s in states], pa.string())
    return pc.is_in(state, value_set=wanted).to_numpy(zero_copy_only=False).astype(np.bool_)


def _is_handed_out(requests: pa.Table, rest: int) -> Mask:
    is_approved = _is_one_of(requests["state"], (RequestState.APPROVED,))
    is_on_paper = pc.is_valid(requests["worksheet_id"]).to_numpy(zero_copy_only=False)
    return np.concatenate([is_approved & is_on_paper, np.zeros(rest, np.bool_)])


def _is_newest(requests: pa.Table, rest: int) -> Mask:
    """Requests are sorted by feedback and round, so the newest is the last of its feedback."""
    newest = np.ones(requests.num_rows + rest, np.bool_)
    if requests.num_rows > 1:
        ids = requests["feedback_id"].combine_chunks()
        same_as_next = pc.equal(ids[:-1], ids[1:])
        newest[: requests.num_rows - 1] = ~same_as_next.to_numpy(zero_copy_only=False)
    return newest


def _padded(values: Moments, count: int, filler: int) -> Moments:
    return np.concatenate([values, np.full(count, filler, np.int64)])
