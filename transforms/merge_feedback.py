"""The history of every feedback: overlapping, late and repeated reports become one current row each.

What the merge knows is independent of the order in which reports arrive, except where two reports have the same date:

* `report_date` of a report is the newest feedback date in it; a report without rows has none and says nothing.
* A feedback was first seen on the smallest and last seen on the largest `report_date` of the reports that show it.
* Each content (rating and comment) is represented by its newest showing; contents are numbered in the order of these,
  so the current one has the highest `revision`. On the same date the report that arrived later counts as newer, and
  a content that is already known keeps its place, so merging a report again changes nothing.
* The current row is in table `feedback`, every earlier content in table `feedback_revision`. An older report never
  changes the current row, except `first_seen_date` and the revision's number.
* `not_seen_since_date` is the smallest `report_date` of a complete report of the same account and marketplace that is
  newer than `last_seen_date` and reaches back to the feedback's date. It says "not seen", never "removed". A row that
  was set aside counts as seen here, when its order can be told.

Memory stays bounded because the decision needs keys only (about a hundred bytes a row): `decide_merge` looks at them,
and the answer is then applied to the same parts again as they stream by, so a comment is copied once.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from schemas.tables import FEEDBACK, FEEDBACK_REVISION
from schemas.vocabularies import FileStatus, ReportKind
from transforms.file_profile import FileKey

Column: TypeAlias = Any
"""A `pyarrow.Array` or `pyarrow.ChunkedArray`; the published stubs refuse much that the library takes."""

Days = NDArray[np.int32]
"""Dates as days since 1970."""

BEFORE_KEYS: Final = (
    "feedback_id",
    "account",
    "marketplace",
    "content_sha256",
    "report_date",
    "revision",
    "feedback_date",
    "first_seen_date",
    "last_seen_date",
)
"""Columns of table `feedback` that the decision needs."""

ARRIVED_KEYS: Final = (
    "feedback_id",
    "account",
    "marketplace",
    "content_sha256",
    "report_date",
    "feedback_date",
    "file_sha256",
    "row_number",
)
"""Columns of accepted rows that the decision needs."""

EARLIER_KEYS: Final = ("feedback_id", "content_sha256", "report_date", "revision")
"""Columns of table `feedback_revision` that the decision needs."""

_NEVER: Final = np.iinfo(np.int32).max
_MOST_ROWS: Final = 1 << 40  # of one report

_DROPPED, _CURRENT, _EARLIER = 0, 1, 2


def complete_reports(report_file: pa.Table, legible: Mapping[FileKey, int]) -> pa.Table:
    """The rows of table `report_file` whose silence says something: feedback reports of which every row is known.

    A row that was set aside might have been the very feedback that seems to be missing, unless its order can be told.

    Args:
        report_file: table `report_file`.
        legible: how many rows set aside tell their order, by file (`transforms.set_aside_feedback`).
    """
    table: Any = report_file
    keys = zip(*(table[name].to_pylist() for name in FileKey._fields), strict=True)
    told: Column = pa.array([legible.get(FileKey(*key), 0) for key in keys], pa.int64())
    is_complete: Column = pc.and_kleene(
        pc.and_kleene(
            pc.equal(table["kind"], pa.scalar(ReportKind.FEEDBACK.value)),
            pc.equal(table["status"], pa.scalar(FileStatus.ACCEPTED.value)),
        ),
        pc.and_kleene(
            pc.equal(table["rows_quarantined"], told),
            pc.is_valid(table["report_date"]),
        ),
    )
    return report_file.filter(is_complete)


@dataclass(frozen=True, slots=True)
class FeedbackMerge:
    """Where each row goes; rows are numbered through the parts of `feedback`, of the arrivals, of the revisions."""

    before_count: int
    arrived_count: int
    destination: NDArray[np.int8]
    revision: NDArray[np.int16]
    first_seen: Days
    last_seen: Days
    not_seen_since: Days
    new_count: int
    """Feedback that was not known before."""
    revised_count: int
    """Known feedback whose current content changed."""

    def current(
        self, before: Iterable[pa.Table], arrived: Iterable[pa.Table]
    ) -> Iterator[pa.Table]:
        """Table `feedback` after the merge, part by part.

        Args:
            before: the parts of table `feedback` in the order in which `decide_merge` saw them.
            arrived: the parts of the accepted rows in the same order.
        """
        for start, part in _numbered(before, 0):
            yield from self._current_part(part, start)
        for start, part in _numbered(arrived, self.before_count):
            yield from self._current_part(part, start)

    def earlier(
        self, before: Iterable[pa.Table], arrived: Iterable[pa.Table], revisions: Iterable[pa.Table]
    ) -> Iterator[pa.Table]:
        """Table `feedback_revision` after the merge, part by part.

        Args:
            before: the parts of table `feedback` in the order in which `decide_merge` saw them.
            arrived: the parts of the accepted rows in the same order.
            revisions: the parts of table `feedback_revision` in the same order.
        """
        first = 0
        for parts, count in (
            (before, self.before_count),
            (arrived, self.arrived_count),
            (revisions, len(self.destination) - self.before_count - self.arrived_count),
        ):
            if (self.destination[first : first + count] == _EARLIER).any():
                for start, part in _numbered(parts, first):
                    yield from self._earlier_part(part, start)
            first += count

    def _current_part(self, part: pa.Table, start: int) -> Iterator[pa.Table]:
        rows = slice(start, start + part.num_rows)
        keep = self.destination[rows] == _CURRENT
        if not keep.any():
            return
        kept = part if keep.all() else part.filter(pa.array(keep))
        unseen = self.not_seen_since[rows][keep]
        merged: dict[str, Column] = {
            "revision": pa.array(self.revision[rows][keep]),
            "first_seen_date": _dates(self.first_seen[rows][keep]),
            "last_seen_date": _dates(self.last_seen[rows][keep]),
            "not_seen_since_date": _dates(unseen, missing=unseen == _NEVER),
        }
        yield _assembled(FEEDBACK.schema, kept, merged)

    def _earlier_part(self, part: pa.Table, start: int) -> Iterator[pa.Table]:
        rows = slice(start, start + part.num_rows)
        keep = self.destination[rows] == _EARLIER
        if keep.any():
            merged = {"revision": pa.array(self.revision[rows][keep])}
            yield _assembled(FEEDBACK_REVISION.schema, part.filter(pa.array(keep)), merged)


def _numbered(parts: Iterable[pa.Table], start: int) -> Iterator[tuple[int, pa.Table]]:
    for part in parts:
        yield start, part
        start += part.num_rows


def _assembled(schema: pa.Schema, rows: pa.Table, merged: dict[str, Column]) -> pa.Table:
    columns: list[Column] = [
        merged[name] if name in merged else rows.column(name) for name in schema.names
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _dates(days: Days, missing: NDArray[np.bool_] | None = None) -> Column:
    numbers: Column = pa.array(days, pa.int32(), mask=missing)
    return numbers.cast(pa.date32())


class _Keys(NamedTuple):
    """Keys of all rows: of table `feedback`, of the arrivals, of table `feedback_revision`."""

    feedback: NDArray[np.uint64]
    content: NDArray[np.uint64]
    report_date: Days
    report: NDArray[np.int32]
    """0 for what is known, else the place of the report in the order of arrival, from 1."""
    sequence: NDArray[np.int64]
    """Order within one report: by feedback date, then by row; the revision's number for what is known."""
    feedback_date: Days
    first_seen: Days
    last_seen: Days
    place: NDArray[np.int32]
    """Which account and marketplace."""


class _Numbers:
    """Numbers for texts or tuples of texts, in the order in which they are first met."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], int] = {}

    def of(self, rows: pa.Table, *names: str) -> NDArray[np.int32]:
        """The number of each row's values in some columns."""
        if not rows.num_rows:
            return np.empty(0, np.int32)
        codes, values = zip(*(_coded(rows, name) for name in names), strict=True)
        if all(len(value) == 1 for value in values):  # as in the rows of one file
            key = tuple(value[0] for value in values)
            return np.full(rows.num_rows, self._known.setdefault(key, len(self._known)), np.int32)
        combined = np.ravel_multi_index(codes, [len(value) for value in values])
        met, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
        numbers = np.empty(len(met), np.int32)
        for place in np.argsort(first).tolist():
            row = first[place]
            key = tuple(value[code[row]] for code, value in zip(codes, values, strict=True))
            numbers[place] = self._known.setdefault(key, len(self._known))
        return numbers[inverse]


def _coded(rows: pa.Table, name: str) -> tuple[NDArray[np.int32], list[str]]:
    encoded: Column = rows.column(name).combine_chunks().dictionary_encode()
    return encoded.indices.to_numpy(), encoded.dictionary.to_pylist()


def _days(column: Column) -> Days:
    # Copied: a view would keep the part that it came from in memory, comments and all.
    return np.array(column.cast(pa.int32()).to_numpy(), np.int32)


def _digits(column: Column, width: int) -> NDArray[np.uint64]:
    """The first 32 of `width` hexadecimal digits of each text as two whole numbers."""
    texts: Column = column.combine_chunks()
    if not len(texts):
        return np.empty((0, 2), np.uint64)
    start = int(np.frombuffer(texts.buffers()[1], np.int32)[texts.offset])
    digits = np.frombuffer(texts.buffers()[2], np.uint8)[start : start + width * len(texts)]
    halves = digits.reshape(-1, width)[:, :32].tobytes().decode("ascii")
    return np.frombuffer(bytes.fromhex(halves), ">u8").astype(np.uint64).reshape(-1, 2)


def _known_keys(part: pa.Table, places: _Numbers) -> _Keys:
    return _Keys(
        feedback=_digits(part["feedback_id"], 32),
        content=_digits(part["content_sha256"], 64),
        report_date=_days(part["report_date"]),
        report=np.zeros(part.num_rows, np.int32),
        sequence=part["revision"].to_numpy().astype(np.int64),
        feedback_date=_days(part["feedback_date"]),
        first_seen=_days(part["first_seen_date"]),
        last_seen=_days(part["last_seen_date"]),
        place=places.of(part, "account", "marketplace"),
    )


def _arrived_keys(part: pa.Table, places: _Numbers, reports: _Numbers) -> _Keys:
    report_date, feedback_date = _days(part["report_date"]), _days(part["feedback_date"])
    return _Keys(
        feedback=_digits(part["feedback_id"], 32),
        content=_digits(part["content_sha256"], 64),
        report_date=report_date,
        report=reports.of(part, "account", "marketplace", "file_sha256") + 1,
        sequence=feedback_date.astype(np.int64) * _MOST_ROWS + part["row_number"].to_numpy(),
        feedback_date=feedback_date,
        first_seen=report_date,
        last_seen=report_date,
        place=places.of(part, "account", "marketplace"),
    )


def _earlier_keys(part: pa.Table) -> _Keys:
    nothing = np.zeros(part.num_rows, np.int32)
    return _Keys(
        feedback=_digits(part["feedback_id"], 32),
        content=_digits(part["content_sha256"], 64),
        report_date=_days(part["report_date"]),
        report=nothing,
        sequence=part["revision"].to_numpy().astype(np.int64),
        feedback_date=nothing,
        first_seen=nothing + _NEVER,
        last_seen=nothing - _NEVER,
        place=nothing,
    )


def _united(parts: list[_Keys]) -> _Keys:
    return _Keys(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def decide_merge(
    before: Iterable[pa.Table],
    arrived: Iterable[pa.Table],
    revisions: Iterable[pa.Table],
    reports: pa.Table,
    set_aside: pa.Table,
) -> FeedbackMerge:
    """Decide what becomes of every row.

    Args:
        before: table `feedback` as it is, in parts; only the columns `BEFORE_KEYS` are looked at.
        arrived: accepted rows of the new reports (`transforms.reports.feedback.ARRIVED_SCHEMA`) in parts, in the
            order in which the reports arrived; only `ARRIVED_KEYS` are looked at.
        revisions: table `feedback_revision` as it is, in parts; only `EARLIER_KEYS` are looked at.
        reports: complete reports, old and new (see `complete_reports`): columns account, marketplace, report_date,
            covers_from_date.
        set_aside: feedback that reports show in rows that were set aside: columns feedback_id, report_date.
    """
    places, files = _Numbers(), _Numbers()
    known = [_known_keys(part, places) for part in before]
    new = [_arrived_keys(part, places, files) for part in arrived]
    old = [_earlier_keys(part) for part in revisions]
    counts = [sum(len(part.report) for part in parts) for parts in (known, new, old)]
    if not sum(counts):
        return _unrepeated(_earlier_keys(FEEDBACK_REVISION.empty()), 0, 0)
    keys = _united([*known, *new, *old])
    del known, new, old
    merge = _unrepeated(keys, counts[0], counts[1])
    revised = _merge_repeated(keys, merge)
    is_current = merge.destination == _CURRENT
    spans = _spans(places.of(reports, "account", "marketplace"), reports)
    merge.not_seen_since[is_current] = _not_seen_since(
        keys, _last_shown(keys, merge, is_current, set_aside), is_current, spans
    )
    new_count = int(np.count_nonzero(is_current)) - counts[0]
    return replace(merge, new_count=new_count, revised_count=revised)


def _spans(numbers: NDArray[np.int32], reports: pa.Table) -> dict[int, tuple[Days, Days]]:
    """For each account and marketplace the dates of its reports, ascending, and the oldest date in each."""
    spans = {}
    dates, oldest = _days(reports["report_date"]), _days(reports["covers_from_date"])
    for number in np.unique(numbers).tolist():
        chosen = numbers == number
        order = np.argsort(dates[chosen], kind="stable")
        spans[number] = dates[chosen][order], oldest[chosen][order]
    return spans


def _unrepeated(keys: _Keys, before_count: int, arrived_count: int) -> FeedbackMerge:
    """The answer as if no feedback occurred twice."""
    count = len(keys.report_date)
    destination = np.full(count, _CURRENT, np.int8)
    destination[before_count + arrived_count :] = _EARLIER
    revision = np.ones(count, np.int16)
    is_known = keys.report == 0
    revision[is_known] = keys.sequence[is_known]
    return FeedbackMerge(
        before_count=before_count,
        arrived_count=arrived_count,
        destination=destination,
        revision=revision,
        first_seen=keys.first_seen.copy(),
        last_seen=keys.last_seen.copy(),
        not_seen_since=np.full(count, _NEVER, np.int32),
        new_count=0,
        revised_count=0,
    )


def _merge_repeated(keys: _Keys, merge: FeedbackMerge) -> int:
    """Bring the rows of each feedback that occurs more than once into order.

    Returns:
        How many known feedbacks have another current content now.
    """
    rows = _repeated(keys.feedback)
    if not len(rows):
        return 0
    # All showings of one content of one feedback side by side, the newest last. Of equally new ones the known one
    # counts, else that of the report that arrived first, so that merging a report again changes nothing.
    feedback, content = keys.feedback[rows], keys.content[rows]
    by_showing = np.lexsort(
        (
            keys.sequence[rows],
            -keys.report[rows],
            keys.report_date[rows],
            *content.T[::-1],
            *feedback.T[::-1],
        )
    )
    rows, feedback, content = rows[by_showing], feedback[by_showing], content[by_showing]
    begins_feedback = _differs_from_previous(feedback)
    begins_content = begins_feedback | _differs_from_previous(content)
    is_newest_showing = np.append(begins_content[1:], np.True_)
    starts = np.flatnonzero(begins_feedback)
    group = np.cumsum(begins_feedback) - 1
    first_seen = np.minimum.reduceat(keys.first_seen[rows], starts)
    last_seen = np.maximum.reduceat(keys.last_seen[rows], starts)
    # The contents of one feedback side by side, the newest last; of equally new ones what arrived later is newer.
    showings, owner = rows[is_newest_showing], group[is_newest_showing]
    by_age = np.lexsort(
        (keys.sequence[showings], keys.report[showings], keys.report_date[showings], owner)
    )
    showings, owner = showings[by_age], owner[by_age]
    begins = np.flatnonzero(np.diff(owner, prepend=-1))
    current = showings[np.append(begins[1:], len(owner)) - 1]
    merge.destination[rows] = _DROPPED
    merge.destination[showings] = _EARLIER
    merge.destination[current] = _CURRENT
    merge.revision[showings] = np.arange(len(owner)) - begins[owner] + 1
    merge.first_seen[current] = first_seen
    merge.last_seen[current] = last_seen
    is_known = rows < merge.before_count
    now = keys.content[current[group[is_known]]]
    return int(np.count_nonzero((content[is_known] != now).any(axis=1)))


def _repeated(feedback: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Rows whose feedback has another row."""
    first = np.ascontiguousarray(feedback[:, 0])
    order = np.argsort(first)
    halves = first[order]
    is_same = halves[1:] == halves[:-1]
    with_twin = np.zeros(len(order), bool)
    with_twin[1:] |= is_same
    with_twin[:-1] |= is_same
    return np.sort(order[with_twin])


def _differs_from_previous(pairs: NDArray[np.uint64]) -> NDArray[np.bool_]:
    differs = np.ones(len(pairs), bool)
    differs[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return differs


def _last_shown(
    keys: _Keys, merge: FeedbackMerge, chosen: NDArray[np.bool_], set_aside: pa.Table
) -> Days:
    """When each chosen row's feedback was last in a report, in a row that was set aside or not."""
    last_seen = merge.last_seen[chosen]
    if not set_aside.num_rows:
        return last_seen
    # Half of a key is enough: should two halves ever be equal, one feedback more is taken for seen.
    halves, owner = np.unique(_digits(set_aside["feedback_id"], 32)[:, 0], return_inverse=True)
    latest = np.full(len(halves), -_NEVER, np.int32)
    np.maximum.at(latest, owner, _days(set_aside["report_date"]))
    asked = keys.feedback[chosen, 0]
    places = np.minimum(np.searchsorted(halves, asked), len(halves) - 1)
    return np.where(halves[places] == asked, np.maximum(last_seen, latest[places]), last_seen)


def _not_seen_since(
    keys: _Keys,
    last_seen: Days,
    chosen: NDArray[np.bool_],
    spans: dict[int, tuple[Days, Days]],
) -> Days:
    rows = np.flatnonzero(chosen)
    unseen = np.full(len(rows), _NEVER, np.int32)
    place = keys.place[rows]
    for number, (dates, oldest) in spans.items():
        here = np.flatnonzero((place == number) & (last_seen < dates[-1]))
        for last in np.unique(last_seen[here]).tolist():
            later = np.searchsorted(dates, last, "right")
            reach = np.minimum.accumulate(oldest[later:])  # falls as more reports are looked at
            asked = here[last_seen[here] == last]
            days = keys.feedback_date[rows[asked]]
            # the first of the later reports that reaches back to the feedback's date
            first = len(reach) - np.searchsorted(reach[::-1], days, "right")
            found = first < len(reach)
            unseen[asked[found]] = dates[later:][first[found]]
    return unseen
