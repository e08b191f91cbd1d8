"""The figures of the run's business date, from the working tables and what Amazon was said to count."""

import pyarrow as pa

from flows.exit_codes import ExitCode
from flows.feedback_summary import FILE_NAME, read_feedback_summary
from flows.work import Work
from store.batches import Batch, table_of
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
        table_of(batch, "feedback", COLUMNS_READ["feedback"]),
        outcome,
        table_of(batch, "order_fulfillment", COLUMNS_READ["order_fulfillment"]),
        table_of(batch, "finding", COLUMNS_READ["finding"], [("is_met", "=", True)]),
        as_of=as_of,
        positives=told.positives_on(as_of),
    )
