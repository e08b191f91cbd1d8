"""Overlapping, late and repeated reports become one current row each, in whatever order they arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.identifiers import content_sha256, feedback_id
from schemas.tables import FEEDBACK, FEEDBACK_REVISION, REPORT_FILE
from transforms.file_profile import FileKey
from transforms.merge_feedback import FeedbackMerge, complete_reports, decide_merge
from transforms.reports.feedback import ARRIVED_SCHEMA
from transforms.set_aside_feedback import SHOWING_SCHEMA

EPOCH = date(2026, 1, 1)
ACCOUNT = "lamps"


@dataclass(frozen=True)
class Showing:
    """One row of a report."""

    order: int
    day: int
    comment: str
    rating: int = 1


@dataclass(frozen=True)
class Report:
    """One complete report."""

    number: int
    rows: tuple[Showing, ...]
    marketplace: str = "US"
    set_aside: tuple[int, ...] = ()
    """Orders of rows that were set aside."""

    @property
    def day(self) -> int:
        return max(row.day for row in self.rows)

    @property
    def covers_from(self) -> int:
        return min(row.day for row in self.rows)


def day(number: int) -> date:
    return EPOCH + timedelta(days=number)


def order_id(number: int) -> str:
    return f"111-0000001-{number:07d}"


def arrived(report: Report) -> pa.Table:
    rows = [
        {
            "feedback_id": feedback_id(ACCOUNT, report.marketplace, order_id(row.order)),
            "account": ACCOUNT,
            "marketplace": report.marketplace,
            "order_id": order_id(row.order),
            "feedback_date": day(row.day),
            "rating": row.rating,
            "comment": row.comment,
            "response": f"answer in report {report.number}",
            "content_sha256": content_sha256(row.rating, row.comment),
            "is_text_damaged": False,
            "text_flags": [],
            "is_date_assumed": False,
            "report_date": day(report.day),
            "file_sha256": f"{report.number:064x}",
            "row_number": number,
        }
        for number, row in enumerate(report.rows, 1)
    ]
    return pa.Table.from_pylist(rows, schema=ARRIVED_SCHEMA)


def report_rows(reports: Sequence[Report]) -> pa.Table:
    schema = pa.schema(
        [
            REPORT_FILE.schema.field(name)
            for name in ("account", "marketplace", "report_date", "covers_from_date")
        ]
    )
    rows = [
        {
            "account": ACCOUNT,
            "marketplace": report.marketplace,
            "report_date": day(report.day),
            "covers_from_date": day(report.covers_from),
        }
        for report in reports
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def set_aside_rows(reports: Sequence[Report]) -> pa.Table:
    rows = [
        {
            "feedback_id": feedback_id(ACCOUNT, report.marketplace, order_id(order)),
            "report_date": day(report.day),
        }
        for report in reports
        for order in report.set_aside
    ]
    return pa.Table.from_pylist(rows, schema=SHOWING_SCHEMA)


@dataclass
class History:
    """Both tables as the store would keep them."""

    current: pa.Table
    earlier: pa.Table
    reports: tuple[Report, ...] = ()

    @classmethod
    def empty(cls) -> "History":
        return cls(FEEDBACK.empty(), FEEDBACK_REVISION.empty())

    def after(self, *reports: Report) -> "History":
        return self.decided(*reports)[0]

    def decided(self, *reports: Report) -> tuple["History", FeedbackMerge]:
        seen = (*self.reports, *reports)
        parts = [arrived(report) for report in reports]
        merge = decide_merge(
            [self.current], parts, [self.earlier], report_rows(seen), set_aside_rows(seen)
        )
        current = [FEEDBACK.empty(), *merge.current([self.current], parts)]
        earlier = [FEEDBACK_REVISION.empty(), *merge.earlier([self.current], parts, [self.earlier])]
        return History(pa.concat_tables(current), pa.concat_tables(earlier), seen), merge

    def facts(self) -> list[tuple[object, ...]]:
        """Everything but the order of rows."""
        both = [
            (
                table,
                tuple(
                    row[name] if not isinstance(row[name], list) else tuple(row[name])
                    for name in names
                ),
            )
            for table, rows, names in (
                ("current", self.current.to_pylist(), self.current.column_names),
                ("earlier", self.earlier.to_pylist(), self.earlier.column_names),
            )
            for row in rows
        ]
        return sorted(both, key=repr)

    def row(self, order: int, marketplace: str = "US") -> dict[str, object]:
        (row,) = [
            row
            for row in self.current.to_pylist()
            if row["order_id"] == order_id(order) and row["marketplace"] == marketplace
        ]
        return row


def test_a_feedback_seen_in_two_reports_is_one_row_with_both_dates() -> None:
    history = History.empty().after(
        Report(1, (Showing(1, 3, "late"),)),
        Report(2, (Showing(1, 3, "late"), Showing(2, 9, "broken"))),
    )
    row = history.row(1)
    assert (row["first_seen_date"], row["last_seen_date"]) == (day(3), day(9))
    assert row["revision"] == 1
    assert history.earlier.num_rows == 0


def test_an_older_report_after_a_newer_one_only_moves_the_first_sight() -> None:
    newer = Report(1, (Showing(1, 2, "revised"), Showing(2, 9, "x")))
    older = Report(2, (Showing(1, 2, "first words"), Showing(3, 4, "y")))
    history = History.empty().after(newer).after(older)
    row = history.row(1)
    assert row["comment"] == "revised"
    assert row["first_seen_date"] == day(4)
    assert row["revision"] == 2
    assert [(r["revision"], r["comment"]) for r in history.earlier.to_pylist()] == [
        (1, "first words")
    ]


def test_a_revised_rating_is_a_revision() -> None:
    history, merge = (
        History.empty()
        .after(Report(1, (Showing(1, 2, "meh", rating=1),)))
        .decided(Report(2, (Showing(1, 2, "meh", rating=3), Showing(2, 5, "z"))))
    )
    assert history.row(1)["rating"] == 3
    assert history.row(1)["revision"] == 2
    assert (merge.new_count, merge.revised_count) == (1, 1)


def test_of_two_reports_with_the_same_date_the_later_arrival_counts() -> None:
    first, second = Report(1, (Showing(1, 2, "before"),)), Report(2, (Showing(1, 2, "after"),))
    assert History.empty().after(first, second).row(1)["comment"] == "after"
    assert History.empty().after(first).after(second).row(1)["comment"] == "after"


def test_two_contents_in_one_report_keep_the_newest_date_and_the_other_as_a_revision() -> None:
    history = History.empty().after(Report(1, (Showing(1, 8, "newest"), Showing(1, 2, "oldest"))))
    assert history.row(1)["comment"] == "newest"
    assert [r["comment"] for r in history.earlier.to_pylist()] == ["oldest"]


def test_not_seen_since_names_the_oldest_report_that_lacks_it() -> None:
    history = History.empty().after(
        Report(1, (Showing(1, 2, "gone"), Showing(2, 3, "stays"))),
        Report(2, (Showing(2, 3, "stays"), Showing(3, 6, "n"))),  # does not reach back to day 2
        Report(3, (Showing(4, 1, "o"), Showing(3, 7, "n"))),
        Report(4, (Showing(4, 1, "o"), Showing(3, 8, "n"))),
    )
    assert history.row(1)["not_seen_since_date"] == day(7)
    assert history.row(2)["not_seen_since_date"] == day(7)
    assert history.row(3)["not_seen_since_date"] is None


def test_a_feedback_that_comes_back_is_seen_again() -> None:
    gone = History.empty().after(
        Report(1, (Showing(1, 2, "here"), Showing(2, 3, "x"))),
        Report(2, (Showing(2, 2, "x"), Showing(3, 6, "y"))),
    )
    assert gone.row(1)["not_seen_since_date"] == day(6)
    back = gone.after(Report(3, (Showing(1, 2, "here"), Showing(4, 9, "z"))))
    assert back.row(1)["not_seen_since_date"] is None
    assert back.row(1)["last_seen_date"] == day(9)


def test_reports_of_another_marketplace_say_nothing() -> None:
    history = History.empty().after(
        Report(1, (Showing(1, 2, "one"),)),
        Report(2, (Showing(1, 1, "two"), Showing(2, 9, "x")), marketplace="DE"),
    )
    assert history.current.num_rows == 3
    assert history.row(1, "US")["not_seen_since_date"] is None
    assert history.row(1, "DE")["comment"] == "two"


def test_a_row_that_was_set_aside_is_seen_and_does_not_silence_the_report() -> None:
    before = History.empty().after(Report(1, (Showing(1, 2, "a"), Showing(2, 3, "b"))))
    history = before.after(Report(2, (Showing(4, 1, "o"), Showing(3, 6, "n")), set_aside=(1,)))
    assert history.row(1)["not_seen_since_date"] is None
    assert history.row(1)["last_seen_date"] == day(3), "what was set aside is no fact"
    assert history.row(2)["not_seen_since_date"] == day(6)
    later = history.after(Report(3, (Showing(4, 1, "o"), Showing(3, 8, "n"))))
    assert later.row(1)["not_seen_since_date"] == day(8)
    assert later.row(2)["not_seen_since_date"] == day(6)


def test_only_reports_of_which_every_row_is_known_prove_absence() -> None:
    base = {
        "account": ACCOUNT,
        "marketplace": "US",
        "file_sha256": "0" * 64,
        "kind": "feedback",
        "status": "accepted",
        "report_date": EPOCH,
        "rows_quarantined": 0,
    }
    legible, half_legible = "1" * 64, "2" * 64
    rows = [
        base,
        base | {"rows_quarantined": 1},
        base | {"status": "refused"},
        base | {"kind": "orders"},
        base | {"report_date": None},
        base | {"rows_quarantined": 2, "file_sha256": legible},
        base | {"rows_quarantined": 2, "file_sha256": half_legible},
        base | {"rows_quarantined": 2, "file_sha256": legible, "marketplace": "DE"},
    ]
    told = {FileKey(ACCOUNT, "US", legible): 2, FileKey(ACCOUNT, "US", half_legible): 1}
    table = pa.Table.from_pylist(
        rows,
        schema=pa.schema([REPORT_FILE.schema.field(name).with_nullable(True) for name in base]),
    )
    complete = complete_reports(table, told)
    assert complete["file_sha256"].to_pylist() == ["0" * 64, legible]


def test_an_empty_history_and_no_arrivals_stay_empty() -> None:
    history, merge = History.empty().decided()
    assert history.current.num_rows == 0
    assert (merge.new_count, merge.revised_count) == (0, 0)


showings = st.builds(
    Showing, st.integers(1, 4), st.integers(0, 6), st.sampled_from("abc"), st.integers(1, 2)
)
row_sets = st.lists(showings, min_size=1, max_size=5, unique=True).map(tuple)


@st.composite
def report_lists(draw: st.DrawFn, *, distinct_dates: bool) -> list[Report]:
    sets = draw(st.lists(row_sets, min_size=1, max_size=6))
    reports = []
    for number, rows in enumerate(sets, 1):
        newest = Showing(9, 10 + number, "newest") if distinct_dates else None
        reports.append(
            Report(number, (*rows, newest) if newest else rows, draw(st.sampled_from(["US", "DE"])))
        )
    return reports


def expected(reports: Sequence[Report]) -> dict[tuple[str, int], tuple[object, ...]]:
    """The rules once more, row by row: first and last sight, current content, number of contents, not seen since."""
    answer = {}
    keys = {(report.marketplace, row.order) for report in reports for row in report.rows}
    for market, order in keys:
        own = [report for report in reports if report.marketplace == market]
        seen = [report.day for report in own if any(row.order == order for row in report.rows)]
        newest: dict[tuple[int, str], tuple[int, ...]] = {}
        dates: dict[tuple[int, str], int] = {}
        for arrival, report in enumerate(own):
            for number, row in enumerate(report.rows):
                if row.order == order:
                    content, age = (row.rating, row.comment), (report.day, arrival, row.day, number)
                    known = newest.get(content)
                    if known is None or known[0] < age[0] or known[1] == age[1]:
                        newest[content] = max(age, known or age)
                        dates[content] = row.day if newest[content] == age else dates[content]
        ranked = sorted(newest, key=lambda content: newest[content])
        current = ranked[-1]
        unseen = [r.day for r in own if r.day > max(seen) and r.covers_from <= dates[current]]
        answer[market, order] = (
            day(min(seen)),
            day(max(seen)),
            current,
            len(ranked),
            day(min(unseen)) if unseen else None,
        )
    return answer


@given(report_lists(distinct_dates=False))
@settings(max_examples=60, deadline=None)
def test_the_merge_says_what_the_rules_say(reports: list[Report]) -> None:
    history = History.empty().after(*reports)
    actual = {
        (row["marketplace"], int(row["order_id"][-7:])): (
            row["first_seen_date"],
            row["last_seen_date"],
            (row["rating"], row["comment"]),
            row["revision"],
            row["not_seen_since_date"],
        )
        for row in history.current.to_pylist()
    }
    assert actual == expected(reports)
    contents = {
        (r.marketplace, row.order, row.rating, row.comment) for r in reports for row in r.rows
    }
    assert history.current.num_rows + history.earlier.num_rows == len(contents), (
        "a content was lost"
    )


@given(report_lists(distinct_dates=False), st.data())
@settings(max_examples=40, deadline=None)
def test_reports_may_be_merged_one_by_one_or_together_and_again(
    reports: list[Report], data: st.DataObject
) -> None:
    together = History.empty().after(*reports)
    cut = data.draw(st.integers(0, len(reports)))
    one_by_one = History.empty().after(*reports[:cut])
    for report in reports[cut:]:
        one_by_one = one_by_one.after(report)
    assert one_by_one.facts() == together.facts()
    again = together.after(*reports)
    assert again.facts() == together.facts()


@given(report_lists(distinct_dates=True), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_arrival_does_not_matter_when_dates_differ(
    reports: list[Report], random: Random
) -> None:
    shuffled = list(reports)
    random.shuffle(shuffled)
    half = len(shuffled) // 2
    assert (
        History.empty().after(*shuffled[:half]).after(*shuffled[half:]).facts()
        == History.empty().after(*reports).facts()
    )
