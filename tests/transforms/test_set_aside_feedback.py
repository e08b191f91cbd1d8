"""Rows that were set aside: whose they are is told only when their cells are in place."""

from datetime import date

import pyarrow as pa
import pytest

from schemas.identifiers import feedback_id
from schemas.tables import QUARANTINED_ROW, REPORT_FILE
from transforms.file_profile import FileKey
from transforms.set_aside_feedback import NEEDED, order_ids_in, set_aside_feedback

ORDER = "111-0000001-0000001"
KEY = FileKey("shop", "US", "f" * 64)


def quarantined(*rows: tuple[str, str, str]) -> pa.Table:
    schema = pa.schema([QUARANTINED_ROW.schema.field(name) for name in NEEDED])
    return pa.Table.from_pylist(
        [
            KEY._asdict() | {"kind": kind, "reason": reason, "raw_bytes": raw.encode()}
            for kind, reason, raw in rows
        ],
        schema=schema,
    )


def test_only_rows_with_all_cells_tell_their_order() -> None:
    line = f"1/5/26\t9\tlate\t\t{ORDER}\ta@b\n"
    answer = set_aside_feedback(
        [
            quarantined(("feedback", "rating_range", line)),
            quarantined(
                ("feedback", "too_many_fields", line),
                ("feedback", "truncated_row", line),
                ("orders", "date_bad", line),
                ("feedback", "rating_range", "1/5/26\t9\tlate\t\t111-1\ta@b\n"),
            ),
        ]
    )
    assert answer.legible == {KEY: 1}
    assert answer.feedback_ids == {KEY: {feedback_id("shop", "US", ORDER)}}


def test_showings_have_the_date_of_their_report() -> None:
    answer = set_aside_feedback([quarantined(("feedback", "date_bad", f"x\t1\t\t\t{ORDER}\t\n"))])
    names = (*FileKey._fields, "report_date")
    schema = pa.schema([REPORT_FILE.schema.field(name) for name in names])

    def reports(day: date | None) -> pa.Table:
        return pa.Table.from_pylist([KEY._asdict() | {"report_date": day}], schema=schema)

    assert answer.showings(reports(date(2026, 1, 5))).to_pylist() == [
        {"feedback_id": feedback_id("shop", "US", ORDER), "report_date": date(2026, 1, 5)}
    ]
    assert answer.showings(reports(None)).num_rows == 0
    assert set_aside_feedback([]).showings(reports(date(2026, 1, 5))).num_rows == 0


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
def test_order_ids_are_found_in_every_encoding(encoding: str, delimiter: str) -> None:
    row = delimiter.join(["1/5/26", "9", "caf\u00e9, or 222-0000001-0000001", ORDER]) + "\r\n"
    assert order_ids_in(row.encode(encoding)) == {ORDER}


def test_an_order_id_within_a_text_is_not_the_rows() -> None:
    assert order_ids_in(f"1/5/26\t9\twhat about {ORDER}?\t\t111-1\n".encode()) == set()
