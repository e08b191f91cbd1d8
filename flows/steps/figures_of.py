"""The figures of the run's business date, from the working tables and what Amazon was said to count."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from flows.exit_codes import ExitCode
from flows.feedback_summary import FILE_NAME, read_feedback_summary
from flows.work import Work
from schemas.tables import TABLES
from store.batches import Batch
from transforms.figures import COLUMNS_READ, Figures, figures


def figures_of(work: Work, batch: Batch | None, outcome: pa.Table) -> Figures:
    """Compute the figures; lines of HOME/feedback-summary.csv that are no use become messages of the run.

    Args:
        work: the run.
        batch: working tables; None before the first ones.
        outcome: table `outcome`.

    Raises:
        StorageError: a table cannot be read.
    """
    as_of = work.settings.as_of
    told = read_feedback_summary(work.home.root / FILE_NAME)
    for problem in told.problems:
        work.summary.say(problem, ExitCode.QUARANTINED)
    for sentence in told.outdated_on(as_of):
        work.summary.say(sentence)
    return figures(
        _read(batch, "feedback"),
        outcome,
        _read(batch, "order_fulfillment"),
        _read(batch, "finding", [("is_met", "=", True)]),
        as_of=as_of,
        positives=told.positives_on(as_of),
    )


def _read(
    batch: Batch | None, name: str, filters: Sequence[tuple[str, str, Any]] | None = None
) -> pa.Table:
    columns = COLUMNS_READ[name]
    if batch is None:
        return TABLES[name].empty().select(list(columns))
    return batch.read(name, columns, list(filters) if filters else None)
