"""Read an order report: by column name, no quoting, every line accounted for, folded to one row an order.

Only the columns that say who shipped an order are ever looked at: names and addresses of buyers stay in the file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.tables import QUARANTINED_ROW
from schemas.vocabularies import FileStatus, FulfillmentChannel, ReportKind
from transforms.orders.fold_items import ItemFold
from transforms.orders.order_values import (
    channels,
    find_order_id,
    order_ids,
    texts,
    timestamps,
    truths,
)
from transforms.reports.cell_values import Column
from transforms.reports.reading import FileReading, ReadingContext, RefusedReportError, RowSink
from transforms.reports.report_text import ReportText, open_report
from transforms.reports.row_reasons import row_reasons
from transforms.reports.tabulating import CellBlock

REQUIRED: Final = {
    ReportKind.ORDERS: ("order_id", "fulfillment_channel"),
    ReportKind.FULFILLED_SHIPMENTS: ("order_id",),
    ReportKind.BUY_SHIPPING: ("order_id", "is_buy_shipping"),
}
"""Columns without which a report of a kind says nothing."""

USED: Final = frozenset(
    {
        "order_id",
        "fulfillment_channel",
        "sales_channel",
        "purchased_at",
        "updated_at",
        "is_buy_shipping",
        "ship_by_at",
        "shipped_at",
    }
)
"""Columns that are read; all others, buyers' addresses among them, are passed over."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file, for a row that is set aside or not whole."""

    row_number: int
    line_number: int
    byte_offset: int
    raw: bytes
    """Its original bytes with the line end."""
    text: str
    defect: str | None = None
    """Reason why the line cannot be used however it is cut."""


@dataclass(slots=True)
class _Reading:
    """What is known while a report is read."""

    kind: ReportKind
    text: ReportText
    context: ReadingContext
    sink: RowSink
    positions: dict[str, int]
    fold: ItemFold
    rows_accepted: int = 0
    rows_quarantined: int = 0
    lines_before: int = 0
    """Lines below the header, blank ones not counted, in the blocks before this one."""
    header_repeats: int = 0
    pieces: list[_Line] = field(default_factory=list)
    """Consecutive short lines that may be one row, broken by line ends in a text."""
    lacks_line_end: bool = False
    """The last line read has no line end."""
    is_cut: bool = False
    """The last row lacks cells and its line end: the download may have been cut off."""


def read_order_report(
    kind: ReportKind, source: BinaryIO, context: ReadingContext, sink: RowSink
) -> FileReading:
    """Read an All Orders, Amazon Fulfilled Shipments or Buy Shipping file.

    Accepted rows reach the sink as table `order_evidence`, one row an order, when the file has been read to its end;
    `rows_accepted` counts the item rows behind them. An item that could not be read makes its order UNKNOWN.

    Args:
        kind: what the file is, as `transforms.reports.kind` told it.
        source: the unpacked file.
        context: account, marketplace and limits.
        sink: where rows go.
    """
    try:
        text = open_report(source, context)
        positions = column_positions(kind, text.header, context)
        reading = _Reading(kind, text, context, sink, positions, ItemFold(kind, context))
        for block in text.blocks():
            _read_block(reading, block)
        _end(reading)
    except RefusedReportError as error:
        return FileReading(kind, FileStatus.REFUSED, error.refusal.reason, error.refusal.message)
    evidence = reading.fold.evidence()
    if evidence.num_rows:
        sink.accept(evidence)
    return _answer(reading)


def column_positions(
    kind: ReportKind, header: Sequence[str], context: ReadingContext
) -> dict[str, int]:
    """Where the columns that are read stand in the header.

    Raises:
        RefusedReportError: `missing_col` or `dup_col`.
    """
    positions: dict[str, int] = {}
    for index, printed in enumerate(header):
        meaning = context.headers.meaning(kind.value, printed)
        if meaning not in USED:
            continue
        if meaning in positions:
            raise RefusedReportError("dup_col", printed.strip())
        positions[meaning] = index
    if missing := [name for name in REQUIRED[kind] if name not in positions]:
        raise RefusedReportError("missing_col", ", ".join(missing))
    return positions


def _answer(reading: _Reading) -> FileReading:
    rows_in = reading.rows_accepted + reading.rows_quarantined
    remark = None if rows_in else "no_rows"
    return FileReading(
        kind=reading.kind,
        status=FileStatus.ACCEPTED,
        reason="truncated_row" if reading.is_cut else remark,
        message=row_reasons()["truncated_row"] if reading.is_cut else None,
        encoding=reading.text.choice.encoding,
        encoding_evidence=reading.text.choice.evidence,
        column_count=reading.text.column_count,
        rows_in=rows_in,
        rows_accepted=reading.rows_accepted,
        rows_quarantined=reading.rows_quarantined,
        remarks=(f"header_repeat:{reading.header_repeats}",) if reading.header_repeats else (),
    )


def _read_block(reading: _Reading, block: CellBlock) -> None:
    if block.decoded.block.raw:
        reading.lacks_line_end = block.decoded.block.is_cut
    ordinals = reading.lines_before + np.cumsum(block.cell_counts > 0)
    if len(ordinals):
        reading.lines_before = int(ordinals[-1])
    printed = {name: block.texts(index) for name, index in reading.positions.items()}
    _read_rows(reading, printed, _Lines(block, ordinals, block.regular))
    regular = set(block.regular.tolist())
    lines = _Lines(block, ordinals, np.flatnonzero(block.cell_counts))
    for place in range(len(lines)):
        if int(lines.indices[place]) in regular:
            _set_pieces_aside(reading)
        else:
            _read_irregular(reading, lines[place])


@dataclass(frozen=True, slots=True)
class _Lines(Sequence[_Line]):
    """Lines of a block; one is cut out only when it is asked for."""

    block: CellBlock
    ordinals: "np.ndarray[Any, np.dtype[np.int64]]"
    indices: "np.ndarray[Any, np.dtype[np.int64]]"

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, place: int) -> _Line:  # type: ignore[override]  # slices are never asked for
        index = int(self.indices[place])
        decoded = self.block.decoded
        raw, starts = decoded.block.raw, decoded.original_bounds().starts
        start = int(starts[index])
        stop = int(starts[index + 1]) if index + 1 < len(starts) else len(raw)
        has_nul = index in self.block.lines_with_nul
        # A buyer's name in another encoding does not matter: only plain ASCII columns are read.
        text = self.block.line(index).decode("utf-8", "replace")
        return _Line(
            row_number=int(self.ordinals[index]),
            line_number=self.block.first_line + index,
            byte_offset=decoded.block.byte_offset + start,
            raw=raw[start:stop],
            text=text,
            defect="nul" if has_nul else None,
        )


def _read_rows(reading: _Reading, printed: dict[str, Column], lines: Sequence[_Line]) -> None:
    """Take whole rows: each is accepted, set aside, or a header printed again."""
    header = reading.text.header[reading.positions["order_id"]]
    is_header = np.asarray(pc.equal(printed["order_id"], pa.scalar(header)))
    items = _typed(reading.kind, printed)
    reasons = _reasons(reading.kind, printed, items)
    is_bad = np.asarray(pc.is_valid(reasons)) & ~is_header
    reading.header_repeats += int(is_header.sum())
    is_good = pa.array(~is_bad & ~is_header)
    accepted = pa.table({name: column.filter(is_good) for name, column in items.items()})
    reading.rows_accepted += accepted.num_rows
    reading.fold.add(accepted)
    bad = np.flatnonzero(is_bad).tolist()
    _set_aside(reading, [lines[place] for place in bad], [reasons[place].as_py() for place in bad])
    reading.fold.doubt([items["order_id"][place].as_py() for place in bad])


def _typed(kind: ReportKind, printed: dict[str, Column]) -> dict[str, Column]:
    items = {"order_id": order_ids(printed["order_id"])}
    if kind is not ReportKind.BUY_SHIPPING and "fulfillment_channel" in printed:
        items["fulfillment_channel"] = channels(printed["fulfillment_channel"])
    if "is_buy_shipping" in printed:
        items["is_buy_shipping"] = truths(printed["is_buy_shipping"])
    if "sales_channel" in printed:
        items["sales_channel"] = texts(printed["sales_channel"])
    for name in ("purchased_at", "updated_at", "shipped_at", "ship_by_at"):
        if name in printed:
            items[name] = timestamps(printed[name], is_deadline=name == "ship_by_at")
    return items


def _reasons(kind: ReportKind, printed: dict[str, Column], items: dict[str, Column]) -> Column:
    """The first rule that each row breaks; null when none."""
    cases: list[tuple[str, Column]] = [
        ("missing_order_id", _is_blank(printed["order_id"])),
        ("bad_order_id", pc.is_null(items["order_id"])),
    ]
    if "fulfillment_channel" in items:
        unknown = pa.scalar(FulfillmentChannel.UNKNOWN.value)
        is_unknown = pc.equal(items["fulfillment_channel"], unknown)
        cases.append(("unknown_channel", pc.fill_null(is_unknown, pa.scalar(value=False))))
    if kind is ReportKind.BUY_SHIPPING:
        cases.append(("missing_is_buy_shipping", _is_blank(printed["is_buy_shipping"])))
        cases.append(("truth_form", pc.is_null(items["is_buy_shipping"])))
        for name in ("ship_by_at", "shipped_at"):
            if name in items:
                is_bad = pc.and_not(pc.is_null(items[name]), _is_blank(printed[name]))
                cases.append(("date_bad", is_bad))
    conditions = pc.make_struct(
        *(condition for _, condition in cases), field_names=[str(n) for n in range(len(cases))]
    )
    return pc.case_when(conditions, *(reason for reason, _ in cases), pa.scalar(None, pa.string()))


def _is_blank(printed: Column) -> Column:
    return pc.equal(pc.utf8_trim_whitespace(printed), pa.scalar(""))


def _read_irregular(reading: _Reading, line: _Line) -> None:
    """A line with too many or too few cells: put together with its neighbours where that is provable."""
    cells = _cells(reading, line.text)
    width = reading.text.column_count
    if line.defect:
        _set_pieces_aside(reading)
        _reject(reading, line, line.defect)
    elif len(cells) > width:
        _set_pieces_aside(reading)
        _reject(reading, line, "too_many_fields")
    elif len(cells) == width:
        _set_pieces_aside(reading)
        _read_one(reading, cells, line)
    else:
        _read_piece(reading, line, cells)


def _read_piece(reading: _Reading, line: _Line, cells: list[str]) -> None:
    width = reading.text.column_count
    position = reading.positions["order_id"]
    begins_row = position < len(cells) and find_order_id([cells[position]]) is not None
    if begins_row or len(reading.pieces) >= reading.context.limits.joined_lines:
        _set_pieces_aside(reading)
    reading.pieces.append(line)
    joined = _cells(reading, " ".join(piece.text for piece in reading.pieces))
    if len(joined) < width:
        return
    if len(joined) > width or find_order_id([joined[position]]) is None:
        _set_pieces_aside(reading)
        return
    pieces, reading.pieces = reading.pieces, []
    whole = b"".join(piece.raw for piece in pieces)
    _read_one(reading, joined, replace(pieces[0], raw=whole))


def _read_one(reading: _Reading, cells: list[str], line: _Line) -> None:
    printed = {name: pa.array([cells[index]]) for name, index in reading.positions.items()}
    _read_rows(reading, printed, [line])


def _cells(reading: _Reading, text: str) -> list[str]:
    return text.split(reading.text.delimiter.decode())


def _set_pieces_aside(reading: _Reading) -> None:
    pieces, reading.pieces = reading.pieces, []
    for piece in pieces:
        _reject(reading, piece, "too_few_fields" if len(pieces) == 1 else "newline_in_field")


def _end(reading: _Reading) -> None:
    """What is left when no line follows; a short line without its end was cut off."""
    if reading.pieces and reading.lacks_line_end:
        reading.is_cut = True
        _reject(reading, reading.pieces.pop(), "truncated_row")
    _set_pieces_aside(reading)


def _reject(reading: _Reading, line: _Line, reason: str) -> None:
    _set_aside(reading, [line], [reason])
    reading.fold.doubt([find_order_id(_cells(reading, line.text))])


def _set_aside(reading: _Reading, lines: Sequence[_Line], reasons: Sequence[str]) -> None:
    if not lines:
        return
    reading.rows_quarantined += len(lines)
    context = reading.context
    rows = [
        {
            "account": context.account,
            "marketplace": context.marketplace.code,
            "file_sha256": context.file_sha256,
            "kind": reading.kind.value,
            "row_number": line.row_number,
            "line_number": line.line_number,
            "byte_offset": line.byte_offset,
            "reason": reason,
            "message": row_reasons()[reason],
            "raw_bytes": line.raw,
        }
        for line, reason in zip(lines, reasons, strict=True)
    ]
    reading.sink.set_aside(pa.Table.from_pylist(rows, schema=QUARANTINED_ROW.schema))
