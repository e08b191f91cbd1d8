"""Judgements as rows of the table `finding`, and spans as a column."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa

from rules.judgement import Judgement, Span
from schemas.columns.rules import SPAN
from schemas.tables import FINDING

_SPANS: Final = pa.list_(pa.field("item", SPAN, nullable=False))


def finding_rows(rows: pa.Table, judgements: Sequence[Judgement]) -> pa.Table:
    """One row for each ground that was asked about each feedback.

    Args:
        rows: at least the keys and content_sha256 of the feedback that was judged.
        judgements: one for each of `rows`, in their order.
    """
    at = np.repeat(
        np.arange(len(judgements)), [len(judgement.findings) for judgement in judgements]
    )
    flat = [finding for judgement in judgements for finding in judgement.findings]

    def of_feedback(values: Iterable[str]) -> "pa.Array[Any]":
        return pa.array(list(values), pa.string()).take(at)

    columns: dict[str, pa.Array[Any]] = {
        name: rows[name].combine_chunks().take(at)
        for name in ("feedback_id", "account", "marketplace", "order_id", "content_sha256")
    }
    columns |= {
        "ground": pa.array([finding.ground for finding in flat], pa.string()),
        "is_met": pa.array([finding.is_met for finding in flat], pa.bool_()),
        "reason": pa.array([finding.reason for finding in flat], pa.string()),
        "evidence": span_column([finding.evidence for finding in flat]),
        "blocked_by": span_column([finding.blocked_by for finding in flat]),
        "language": of_feedback(judgement.language for judgement in judgements),
        "rule_version": of_feedback(judgement.rule_version for judgement in judgements),
        "policy_version": of_feedback(judgement.policy_version for judgement in judgements),
    }
    return pa.table([columns[name] for name in FINDING.schema.names], schema=FINDING.schema)


def span_column(spans: Sequence[Sequence[Span]]) -> "pa.Array[Any]":
    """Spans of each row as a column of lists."""
    flat = [span for of_row in spans for span in of_row]
    values = pa.StructArray.from_arrays(
        [
            pa.array([span.start for span in flat], pa.int32()),
            pa.array([span.end for span in flat], pa.int32()),
            pa.array([span.word_class for span in flat], pa.string()),
        ],
        fields=list(SPAN),
    )
    offsets = pa.array(np.cumsum([0, *map(len, spans)]), pa.int32())
    lists: pa.Array[Any] = pa.ListArray.from_arrays(offsets, values, type=_SPANS)
    return lists
