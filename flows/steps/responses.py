"""The response list of a run, made from the working tables and what became of each feedback."""

import pyarrow as pa

from flows.work import Work
from schemas.tables import RESPONSE
from store.batches import Batch
from transforms.figures.standing import OUT_OF_THE_RATING, feedback_with
from transforms.response_list import CANDIDATE_COLUMNS, response_table


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
        feedback_with(outcome, OUT_OF_THE_RATING),
        as_of=work.settings.as_of,
    )
