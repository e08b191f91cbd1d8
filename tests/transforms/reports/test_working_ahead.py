"""Steps side by side give the same pieces in the same order, and end when the reading ends."""

import io
import threading
from datetime import date

import pyarrow as pa
import pytest

from schemas.marketplaces import marketplace
from transforms.reports.feedback import read_feedback_report
from transforms.reports.reading import Limits, ReadingContext
from transforms.reports.working_ahead import Pieces, made_ahead

HEADER = b"Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"


def counted(most: int) -> Pieces[int]:
    yield from range(most)
    if most == 4:
        raise ValueError("the fifth cannot be made")


def test_pieces_keep_their_order_and_errors_their_place() -> None:
    assert list(made_ahead(made_ahead(counted(3)))) == [0, 1, 2]
    found = []
    with pytest.raises(ValueError, match="fifth"):
        found.extend(made_ahead(counted(4)))
    pieces = made_ahead(counted(4))
    assert [next(pieces) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="fifth"):
        next(pieces)


class FullDisk:
    def accept(self, rows: pa.Table) -> None:
        raise OSError(f"no room for {rows.num_rows} rows")

    set_aside = accept


def test_no_thread_reads_on_when_the_sink_fails() -> None:
    rows = b"".join(
        b"11/20/26\t1\tlate\t\t111-0000001-%07d\tx@marketplace.amazon.com\n" % number
        for number in range(200)
    )
    limits = Limits(block_bytes=700, kept_bytes=0)
    context = ReadingContext("shop", marketplace("US"), date(2026, 11, 25), "0" * 64, limits=limits)
    before = threading.active_count()
    source = io.BytesIO(HEADER + rows)
    with pytest.raises(OSError, match="no room") as failed:
        read_feedback_report(source, context, FullDisk())
    assert threading.active_count() == before, failed  # while the error keeps all frames alive
