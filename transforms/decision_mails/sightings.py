"""Decision e-mails as sightings of the feedback they are about."""

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import SightingSource
from transforms.sightings import SIGHTING_SCHEMA

_FEEDBACK: Final = ("feedback_id", "account", "marketplace", "order_id")


def mail_sightings(mails: pa.Table, feedback: pa.Table, requests: pa.Table) -> pa.Table:
    """What saved e-mails say of feedback that is known.

    An e-mail belongs to the feedback of its account and order, in whichever marketplace's folder it was dropped: order ids
    are the same nowhere else. Its request is the round that had reached Amazon when it was sent; where nothing had, the
    feedback's first request.

    Args:
        mails: table `decision_email`.
        feedback: table `feedback`, or its key columns.
        requests: table `removal_request`.

    Returns:
        Columns `transforms.sightings.SIGHTING_COLUMNS`, sorted; an e-mail about an order without known feedback has no
        row (`unplaced_mails`).
    """
    requests = _about(mails, requests)
    places = _places(_about(mails, feedback), requests)
    rounds: dict[str, list[dict[str, object]]] = {}
    for request in requests.sort_by("round").to_pylist():
        rounds.setdefault(request["feedback_id"], []).append(request)
    rows = []
    for mail in mails.to_pylist():
        for feedback_id, marketplace in places.get((mail["account"], mail["order_id"]), ()):
            rows.append(
                {
                    "feedback_id": feedback_id,
                    "account": mail["account"],
                    "marketplace": marketplace,
                    "order_id": mail["order_id"],
                    "request_id": _answered(rounds.get(feedback_id, []), mail["sent_at"]),
                    "source": SightingSource.EMAIL.value,
                    "seen": mail["seen"],
                    "seen_at": mail["sent_at"],
                    "evidence_sha256": mail["file_sha256"],
                }
            )
    table = pa.Table.from_pylist(rows, schema=SIGHTING_SCHEMA)
    return table.sort_by([(name, "ascending") for name in ("feedback_id", "seen_at", "seen")])


def unplaced_mails(mails: pa.Table, feedback: pa.Table, requests: pa.Table) -> pa.Table:
    """E-mails about orders of which no feedback is known: rows of table `decision_email`."""
    places = _places(_about(mails, feedback), _about(mails, requests))
    is_unplaced = [
        key not in places
        for key in zip(mails["account"].to_pylist(), mails["order_id"].to_pylist(), strict=True)
    ]
    return mails.filter(pa.array(is_unplaced, pa.bool_()))


def _about(mails: pa.Table, table: pa.Table) -> pa.Table:
    """Rows of the orders that e-mails name."""
    return table.filter(pc.is_in(table["order_id"], value_set=pc.unique(mails["order_id"])))


def _places(feedback: pa.Table, requests: pa.Table) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """Feedback id and marketplace of every account and order."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for table in (feedback, requests):
        columns = (table[name].to_pylist() for name in _FEEDBACK)
        for feedback_id, account, marketplace, order_id in zip(*columns, strict=True):
            here = found.setdefault((account, order_id), [])
            if (feedback_id, marketplace) not in here:
                here.append((feedback_id, marketplace))
    return found


def _answered(rounds: list[dict[str, object]], sent_at: object) -> str | None:
    """The request that an e-mail of that time answers."""
    if not rounds:
        return None
    answered = rounds[0]
    for request in rounds[1:]:
        submitted_at = request["submitted_at"]
        if submitted_at is not None and submitted_at <= sent_at:  # type: ignore[operator]  # both are datetimes
            answered = request
    return str(answered["request_id"])
