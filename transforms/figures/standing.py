"""Which feedback still counts against the seller, and which would not if pending requests were granted."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.vocabularies import Decision

GRANTED: Final = (Decision.REMOVED, Decision.STRUCK)
"""Removed and struck feedback leave both the rating and the order defect rate (Seller Central help 20231)."""

OUT_OF_THE_RATING: Final = (*GRANTED, Decision.STRUCK_UNASKED, Decision.GONE_UNATTRIBUTED)
"""Whoever took it out: it is struck or no longer there."""

if TYPE_CHECKING:
    Mask = npt.NDArray[np.bool_]


def feedback_with(outcome: pa.Table, decisions: tuple[Decision, ...]) -> "pa.Array[Any]":
    """Ids of feedback any round of which came to one of the decisions; an id may occur twice.

    Args:
        outcome: table `outcome`.
        decisions: those asked for.
    """
    words = pa.array([decision.value for decision in decisions], pa.string())
    found = outcome["feedback_id"].filter(pc.is_in(outcome["decision"], value_set=words))
    return found.combine_chunks()


def has_decision(
    feedback_ids: "pa.ChunkedArray[Any]", outcome: pa.Table, decisions: tuple[Decision, ...]
) -> "Mask":
    """Whether any round of the feedback came to one of the decisions.

    Args:
        feedback_ids: of table `feedback`, one a row.
        outcome: table `outcome`.
        decisions: those asked for.
    """
    mask = pc.is_in(feedback_ids, value_set=feedback_with(outcome, decisions))
    return mask.to_numpy(zero_copy_only=False).astype(np.bool_)
