"""Reads a feedback report: every row ends as accepted, set aside with a reason, or as a duplicate, and is counted.

The file is read twice. The survey finds out what only the whole file can tell (encoding, delimiter, columns, date
format, order ids that occur twice, whether the file is a table at all); nothing is sent to the sink before it is done.
Then rows are typed block by block.

Two rows of one file are duplicates when everything kept of them is equal. Rows with the same order id and another
rating, comment, response or date are revisions: both are accepted, and `transforms.merge_feedback` keeps the newest as
the current one. Repeated header lines and blank lines are no rows.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from schemas.tables import FEEDBACK, QUARANTINED_ROW
from schemas.vocabularies import FileStatus, ReportKind
from transforms.reports.broken_lines import AsideLine, BrokenLines, Line, irregular_line
from transforms.reports.cell_values import Column, packed_order_ids
from transforms.reports.content_keys import content_hashes, feedback_ids
from transforms.reports.feedback_judging import JUDGED, JudgedRows, judged_rows
from transforms.reports.feedback_rows import ANSWERS, FeedbackRows, feedback_rows
from transforms.reports.feedback_survey import FeedbackSurvey, survey_feedback
from transforms.reports.lines import CR
from transforms.reports.reading import FileReading, ReadingContext, RefusedReportError, RowSink
from transforms.reports.report_text import DELIMITERS, ReportText, open_report
from transforms.reports.row_reasons import row_reasons
from transforms.reports.text_signs import text_signs
from transforms.reports.working_ahead import Pieces, made_ahead

MERGED_COLUMNS: Final = ("first_seen_date", "last_seen_date", "not_seen_since_date", "revision")
"""Columns of table `feedback` that one file cannot know; `transforms.merge_feedback` adds them."""

ARRIVED_SCHEMA: Final = pa.schema(
    [
        FEEDBACK.schema.field(column.name)
        for column in FEEDBACK.columns
        if column.name not in MERGED_COLUMNS
    ]
)
"""What the reader sends to its sink: table `feedback` as one file knows it."""


def read_feedback_report(source: BinaryIO, context: ReadingContext, sink: RowSink) -> FileReading:
    """Read one feedback report.

    Args:
        source: seekable binary stream of the unpacked file.
        context: what is known about the file from outside.
        sink: takes accepted rows (`ARRIVED_SCHEMA`) and rows set aside (table `quarantined_row`). When the answer is
            "refused" its content must be discarded.

    Returns:
        What `report_file` needs to know; a file that cannot be read as a whole is refused, never raised.
    """
    try:
        text = open_report(source, context)
        survey = survey_feedback(text)
        reading = _Typing(text, survey, sink).run()
    except RefusedReportError as refused:
        return FileReading(
            ReportKind.FEEDBACK,
            FileStatus.REFUSED,
            reason=refused.refusal.reason,
            message=refused.refusal.message,
        )
    reading.check_accounting()
    return reading


@dataclass(slots=True)
class _Typing:
    """The second reading: rows typed, judged and sent to the sink."""

    text: ReportText
    survey: FeedbackSurvey
    sink: RowSink
    rows_in: int = 0
    accepted: int = 0
    quarantined: int = 0
    duplicate: int = 0
    replaced: int = 0
    header_repeats: int = 0
    is_truncated: bool = False
    is_every_order_known: bool = True
    seen: set[bytes] = field(default_factory=set)
    """Digests of the accepted rows whose order id occurs more than once."""

    def run(self) -> FileReading:
        """Read all blocks.

        Raises:
            RefusedReportError: a line is too long.
        """
        parts = self._parts()
        # Closed here: when the sink fails, nothing must go on reading from the source.
        with closing(parts if self.text.is_small else made_ahead(parts)) as parts:
            for take, rows in parts:
                take(rows)
        return self._reading()

    def _parts(self) -> Pieces[tuple[Callable[[pa.Table], None], pa.Table]]:
        """Rows, each part with the sink's method that takes it."""
        judged = self._judged()
        for block in judged if self.text.is_small else made_ahead(judged):
            self.replaced += block.rows.cells.decoded.replaced
            self.header_repeats += block.rows.header_repeats
            yield from self._typed(block)

    def _judged(self) -> Pieces[JudgedRows]:
        date_format, context = self.survey.dates.date_format, self.text.context
        for rows in self.survey.rows or self._cut_again():
            yield judged_rows(rows, date_format, context)

    def _cut_again(self) -> Iterator[FeedbackRows]:
        columns, text = self.survey.columns, self.text
        broken = BrokenLines(columns, text.column_count, text.delimiter, text.context.limits)
        for cells in text.blocks():
            yield feedback_rows(text, columns, cells, broken.take(cells))

    def _typed(self, block: JudgedRows) -> Iterator[tuple[Callable[[pa.Table], None], pa.Table]]:
        rows = block.rows
        row_numbers, aside_numbers = self._numbered(rows)
        self.rows_in += rows.count + len(rows.broken.aside)
        if len(block.failed):
            rejected = [
                AsideLine(_line_of(rows, place), reason)
                for place, reason in zip(block.failed.tolist(), block.reasons, strict=True)
            ]
            yield self.sink.set_aside, self._aside(rejected, row_numbers[block.failed])
        kept = _Kept(block.typed, rows.texts, row_numbers)
        if len(block.failed):
            kept = kept.at(block.accepted)
        fresh = self._without_repeats(kept)
        if len(fresh.row_numbers):
            yield self.sink.accept, self._accepted(fresh, is_plain=rows.cells.is_plain)
        if rows.broken.aside:
            yield self.sink.set_aside, self._aside(rows.broken.aside, aside_numbers)

    def _numbered(self, rows: FeedbackRows) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row numbers of the rows and of the lines set aside: the order of lines in the file."""
        lines = rows.line_numbers
        if not rows.broken.joined and not rows.broken.aside:
            return np.arange(self.rows_in + 1, self.rows_in + 1 + len(lines)), lines[:0]
        aside = np.array([entry.line.number for entry in rows.broken.aside], np.int64)
        everything = np.concatenate([lines, aside])
        ranks = np.empty(len(everything), np.int64)
        ranks[np.argsort(everything, kind="stable")] = np.arange(len(everything))
        numbers = ranks + self.rows_in + 1
        return numbers[: len(lines)], numbers[len(lines) :]

    def _without_repeats(self, kept: "_Kept") -> "_Kept":
        if not len(self.survey.contested):
            return kept
        order_ids = kept.typed.column("order_id").combine_chunks()
        fresh = self._fresh(kept, packed_order_ids(order_ids))
        repeats = len(kept.row_numbers) - len(fresh)
        self.duplicate += repeats
        return kept.at(fresh) if repeats else kept

    def _accepted(self, kept: "_Kept", *, is_plain: bool) -> pa.Table:
        context = self.text.context
        order_ids = kept.typed.column("order_id").combine_chunks()
        count = len(kept.row_numbers)
        signs = text_signs(kept.texts["comment"], is_ascii=is_plain)
        ratings = kept.typed.column("rating").combine_chunks()
        missing: Column = pa.nulls(count, pa.string())
        columns: dict[str, Any] = {
            "feedback_id": feedback_ids(context.account, context.marketplace.code, order_ids),
            "account": pa.repeat(context.account, count),
            "marketplace": pa.repeat(context.marketplace.code, count),
            "order_id": order_ids,
            "feedback_date": kept.typed.column("feedback_date"),
            "rating": ratings,
            "comment": signs.texts,
            "comment_as_reported": signs.as_reported,
            "response": kept.texts.get("response", missing),
            **{answer: kept.texts.get(answer, missing) for answer in ANSWERS},
            "content_sha256": content_hashes(ratings, signs.texts),
            "is_text_damaged": signs.is_damaged,
            "text_flags": signs.flags,
            "is_date_assumed": pa.repeat(self.survey.dates.is_assumed, count),
            "report_date": pa.repeat(pa.scalar(self.survey.report_date, pa.date32()), count),
            "file_sha256": pa.repeat(context.file_sha256, count),
            "row_number": pa.array(kept.row_numbers),
        }
        self.accepted += count
        return pa.table([columns[name] for name in ARRIVED_SCHEMA.names], schema=ARRIVED_SCHEMA)

    def _fresh(self, kept: "_Kept", keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Places of the rows that do not say again what an earlier row of the file says."""
        places = np.searchsorted(self.survey.contested, keys)
        places[places == len(self.survey.contested)] = 0
        is_contested = self.survey.contested[places] == keys
        is_fresh = np.ones(len(keys), bool)
        candidates = np.flatnonzero(is_contested)
        some = kept.at(candidates)
        columns = [
            *some.typed.columns,
            *(some.texts[name] for name in sorted(some.texts) if name not in JUDGED),
        ]
        rows = zip(*(column.to_pylist() for column in columns), strict=True)
        for place, row in zip(candidates.tolist(), rows, strict=True):
            digest = sha256(repr(row).encode("utf-8", "surrogatepass")).digest()
            is_fresh[place] = digest not in self.seen
            self.seen.add(digest)
        return np.flatnonzero(is_fresh)

    def _aside(self, lines: Sequence[AsideLine], row_numbers: NDArray[np.int64]) -> pa.Table:
        context = self.text.context
        self.quarantined += len(lines)
        for entry in lines:
            self.is_truncated |= entry.reason == "truncated_row"
        sentences = row_reasons()
        reasons = [entry.reason for entry in lines]
        columns: dict[str, Any] = {
            "account": [context.account] * len(lines),
            "marketplace": [context.marketplace.code] * len(lines),
            "file_sha256": [context.file_sha256] * len(lines),
            "kind": [ReportKind.FEEDBACK.value] * len(lines),
            "row_number": row_numbers,
            "line_number": [entry.line.number for entry in lines],
            "byte_offset": [entry.line.byte_offset for entry in lines],
            "reason": reasons,
            "message": [sentences[reason] for reason in reasons],
            "raw_bytes": [entry.line.raw for entry in lines],
        }
        schema = QUARANTINED_ROW.schema
        arrays = [pa.array(columns[name], schema.field(name).type) for name in schema.names]
        return pa.Table.from_arrays(arrays, schema=schema)

    def _reading(self) -> FileReading:
        choice = self.text.choice
        reason = None if self.rows_in else "no_rows"
        return FileReading(
            ReportKind.FEEDBACK,
            FileStatus.ACCEPTED,
            reason="truncated_row" if self.is_truncated else reason,
            encoding=choice.encoding,
            encoding_evidence=choice.evidence,
            date_format=self.survey.dates.date_format,
            is_date_format_assumed=self.survey.dates.is_assumed,
            column_count=self.text.column_count,
            rows_in=self.rows_in,
            rows_accepted=self.accepted,
            rows_quarantined=self.quarantined,
            rows_duplicate=self.duplicate,
            replaced_character_count=self.replaced,
            report_date=self.survey.report_date,
            covers_from_date=self.survey.covers_from_date,
            proves_absence=self.rows_in > 0 and not self.quarantined,
            remarks=self._remarks(),
        )

    def _remarks(self) -> tuple[str, ...]:
        choice = self.text.choice
        remarks = {
            "enc_utf16": choice.encoding.startswith("utf-16"),
            "enc_fallback": choice.encoding.startswith("cp"),
            "bom": choice.body_start > 0,
            "old_mac_line_ends": choice.line_end.character == CR,
            "delim": self.text.delimiter != DELIMITERS[0],
            "header_lang": self.survey.columns.is_by_position,
            "extra_col": bool(self.survey.columns.unknown),
            "header_repeat": self.header_repeats > 0,
        }
        return tuple(remark for remark, applies in remarks.items() if applies)


@dataclass(frozen=True, slots=True)
class _Kept:
    """Rows that passed the rules."""

    typed: pa.Table
    texts: dict[str, Column]
    row_numbers: NDArray[np.int64]

    def at(self, places: NDArray[np.int64]) -> "_Kept":
        """Only the rows at the given places."""
        indices: Column = pa.array(places)
        return _Kept(
            self.typed.take(indices),
            {name: column.take(indices) for name, column in self.texts.items()},
            self.row_numbers[places],
        )


def _line_of(rows: FeedbackRows, place: int) -> Line:
    """A row as one line with its original bytes, also when it was rejoined from several."""
    if place < len(rows.regular):
        return irregular_line(rows.cells, int(rows.regular[place]), rows.original_bounds)
    lines = rows.broken.joined[place - len(rows.regular)].lines
    return replace(lines[0], raw=b"".join(line.raw for line in lines))
