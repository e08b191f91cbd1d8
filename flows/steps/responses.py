"""The response list of a run, made from the working tables and what became of each feedback."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flows.work import Work
from schemas.tables import RESPONSE
from store.batches import Batch
from transforms.figures.standing import OUT_OF_THE_RATING
from transforms.response_list import CANDIDATE_COLUMNS, FINDING_COLUMNS, response_table


def responses_of(work: Work, batch: Batch | None, outcome: pa.Table) -> pa.Table:
    """Table `response`.

    Args:
        work: the run.
        batch: working tables; None before the first ones.
        outcome: table `outcome`: what is removed, struck or gone needs no answer.

    Raises:
        StorageError: a table cannot be read.
    """
    if batch is None:
        return RESPONSE.empty()
    candidates = batch.read("candidate", CANDIDATE_COLUMNS, [("verdict", "=", "respond")])
    return response_table(
        candidates,
        batch.scan("finding", FINDING_COLUMNS),
        _gone(outcome),
        as_of=work.settings.as_of,
    )


def _gone(outcome: pa.Table) -> "pa.Array[Any]":
    out = pa.array([decision.value for decision in OUT_OF_THE_RATING], pa.string())
    ids = outcome["feedback_id"].filter(pc.is_in(outcome["decision"], value_set=out))
    return ids.combine_chunks()
