"""Which feedback the rows are about that were set aside: they were seen, so a report may still speak for all others."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import pyarrow as pa

from schemas.identifiers import feedback_id
from schemas.tables import FEEDBACK
from schemas.vocabularies import ReportKind
from transforms.file_profile import FileKey
from transforms.reports.cell_values import clean_order_id, is_order_id

NEEDED: Final = (*FileKey._fields, "kind", "reason", "raw_bytes")
"""Columns of table `quarantined_row` that are looked at."""

SHOWING_SCHEMA: Final = pa.schema(
    [FEEDBACK.schema.field(name) for name in ("feedback_id", "report_date")]
)

_INTACT: Final = frozenset(
    {
        "missing_feedback_date",
        "date_bad",
        "date_lang",
        "date_century",
        "date_future",
        "missing_rating",
        "rating_form",
        "rating_range",
    }
)
"""Reasons of rows that have all their cells and a sound order id, as the rules of that column come first."""

_DELIMITERS: Final = str.maketrans(";,", "\t\t")


@dataclass(frozen=True, slots=True)
class SetAsideFeedback:
    """The rows set aside whose order can be told."""

    legible: Counter[FileKey] = field(default_factory=Counter)
    """How many of them each file has."""
    feedback_ids: dict[FileKey, set[str]] = field(default_factory=dict)
    """What they are about."""

    def showings(self, report_file: pa.Table) -> pa.Table:
        """One row (`SHOWING_SCHEMA`) a feedback and report.

        Args:
            report_file: table `report_file`.
        """
        dates = _report_dates(report_file)
        pairs = [
            (feedback, dates[key])
            for key, found in self.feedback_ids.items()
            if key in dates
            for feedback in sorted(found)
        ]
        columns: Any = zip(*pairs, strict=True) if pairs else ((), ())
        arrays = [
            pa.array(column, of) for column, of in zip(columns, SHOWING_SCHEMA.types, strict=True)
        ]
        return pa.Table.from_arrays(arrays, schema=SHOWING_SCHEMA)


def set_aside_feedback(quarantined: Iterable[pa.Table]) -> SetAsideFeedback:
    """Look at rows set aside.

    Args:
        quarantined: parts of table `quarantined_row`; only the columns `NEEDED` are looked at.
    """
    answer = SetAsideFeedback()
    for part in quarantined:
        columns = (part.column(name).to_pylist() for name in NEEDED)
        for account, marketplace, file_sha256, kind, reason, raw in zip(*columns, strict=True):
            if kind != ReportKind.FEEDBACK or reason not in _INTACT:
                continue
            orders = order_ids_in(raw)
            if not orders:
                continue
            key = FileKey(account, marketplace, file_sha256)
            answer.legible[key] += 1
            answer.feedback_ids.setdefault(key, set()).update(
                feedback_id(account, marketplace, order) for order in orders
            )
    return answer


def order_ids_in(raw: bytes) -> set[str]:
    """Order ids that fill a cell of a row.

    The row's encoding does not matter: an order id is ASCII, which UTF-16 writes with a NUL beside each character.
    """
    text = raw.replace(b"\0", b"").decode("utf-8", "replace")
    return {
        clean_order_id(cell)
        for cell in text.translate(_DELIMITERS).split("\t")
        if is_order_id(cell)
    }


def _report_dates(report_file: pa.Table) -> dict[FileKey, date]:
    names = (*FileKey._fields, "report_date")
    rows = zip(*(report_file.column(name).to_pylist() for name in names), strict=True)
    return {FileKey(*key): day for *key, day in rows if day is not None}
