"""The profile says of each file what its rows say, however they are handed over."""

from datetime import date
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.tables import FEEDBACK, ORDER_FULFILLMENT, QUARANTINED_ROW
from transforms.file_profile import PROFILE_SCHEMA, ROW_REASONS, FileKey, file_profile

AS_OF = date(2026, 11, 20)
US, DE = FileKey("lamps", "US", "a" * 64), FileKey("lamps", "DE", "b" * 64)
NO_ORDERS = ORDER_FULFILLMENT.empty()


def report_file(key: FileKey, **changes: Any) -> dict[str, Any]:
    row = dict(zip(FileKey._fields, key, strict=True)) | {
        "kind": "feedback",
        "rows_in": 0,
        "rows_accepted": 0,
        "rows_quarantined": 0,
        "rows_duplicate": 0,
        "replaced_character_count": 0,
        "encoding_evidence": "bom",
        "is_date_format_assumed": False,
        "report_date": AS_OF,
    }
    return row | changes


def report_files(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(
        list(rows),
        schema=pa.schema(
            [
                pa.field(name, pa.string())
                for name in (*FileKey._fields, "kind", "encoding_evidence")
            ]
            + [pa.field(name, pa.int64()) for name in rows[0] if name.startswith(("rows", "repl"))]
            + [("is_date_format_assumed", pa.bool_()), ("report_date", pa.date32())]
        ),
    )


def feedback_row(key: FileKey, number: int = 1, **changes: Any) -> dict[str, Any]:
    row = dict(zip(FileKey._fields, key, strict=True)) | {
        "order_id": f"111-0000001-{number:07}",
        "rating": 1,
        "feedback_date": AS_OF,
        "comment": "dim",
        "response": None,
        "is_text_damaged": False,
    }
    return row | changes


def feedback(rows: list[dict[str, Any]]) -> pa.Table:
    names = list(feedback_row(US))
    schema = pa.schema([pa.field(name, FEEDBACK.column(name).type) for name in names])
    return pa.Table.from_pylist(rows, schema=schema)


def quarantined(rows: list[tuple[FileKey, str]]) -> pa.Table:
    schema = pa.schema([QUARANTINED_ROW.column(n).arrow for n in (*FileKey._fields, "reason")])
    return pa.Table.from_pylist(
        [dict(zip(FileKey._fields, key, strict=True)) | {"reason": reason} for key, reason in rows],
        schema=schema,
    )


def orders(channels: dict[str, str], account: str = "lamps") -> pa.Table:
    return pa.table(
        {
            "account": [account] * len(channels),
            "order_id": list(channels),
            "fulfillment_channel": list(channels.values()),
        }
    )


def test_every_figure_of_a_small_night() -> None:
    rows = [
        feedback_row(US, 1),
        feedback_row(US, 2, rating=5),
        feedback_row(US, 3, rating=3, order_id="S01-0000001-0000003", is_text_damaged=True),
        feedback_row(US, 4, rating=0, comment="x" * 1989),
    ]
    file = report_file(
        US,
        rows_in=8,
        rows_accepted=4,
        rows_quarantined=2,
        rows_duplicate=1,
        replaced_character_count=10,
        is_date_format_assumed=True,
        report_date=date(2026, 11, 10),
        encoding_evidence="fallback",
    )

    profile = file_profile(
        report_files(file),
        feedback=[feedback(rows)],
        order_fulfillment=orders({"111-0000001-0000001": "AFN", "111-0000001-0000002": "UNKNOWN"}),
        quarantined=[quarantined([(US, "rating_form"), (US, "bad_order_id")])],
        as_of=AS_OF,
    )

    (found,) = profile.to_pylist()
    rejected = dict.fromkeys(ROW_REASONS, 0) | {"rating_form": 1, "bad_order_id": 1}
    assert found == {
        "account": "lamps",
        "marketplace": "US",
        "file_sha256": "a" * 64,
        "kind": "feedback",
        "rows_in": 8,
        "rows_accepted": 4,
        "rows_quarantined": 2,
        "rows_duplicate": 1,
        "rows_unaccounted": 1,
        "rows_accepted_missing": 0,
        "rows_quarantined_missing": 0,
        "rows_accepted_invalid": 1,
        "quarantined_share": 0.25,
        "duplicate_share": 0.125,
        "replaced_character_count": 10,
        "replaced_character_share": 10 / 1998,
        "damaged_text_count": 1,
        "damaged_text_share": 0.25,
        "unknown_channel_count": 2,
        "unknown_channel_share": 2 / 3,
        "positive_rating_count": 1,
        "lettered_order_id_count": 1,
        "report_age_days": 10,
        "date_format_assumed": 1,
        "encoding_guessed": 1,
    } | {f"rejected.{reason}": count for reason, count in rejected.items()}


def test_an_order_report_has_no_figures_of_feedback() -> None:
    file = report_file(
        US, kind="orders", rows_in=2, rows_accepted=2, report_date=None, encoding_evidence=None
    )

    (found,) = file_profile(
        report_files(file), feedback=[], order_fulfillment=NO_ORDERS, quarantined=[], as_of=AS_OF
    ).to_pylist()

    missing = {name for name, figure in found.items() if figure is None}
    assert missing == {
        "rows_accepted_missing",
        "rows_accepted_invalid",
        "replaced_character_share",
        "damaged_text_count",
        "damaged_text_share",
        "unknown_channel_count",
        "unknown_channel_share",
        "positive_rating_count",
        "lettered_order_id_count",
        "report_age_days",
        "date_format_assumed",
        "encoding_guessed",
    }


def test_rows_that_are_claimed_but_not_there_show() -> None:
    file = report_file(US, rows_in=3, rows_accepted=2, rows_quarantined=1)

    (found,) = file_profile(
        report_files(file),
        feedback=[feedback([feedback_row(US)])],
        order_fulfillment=NO_ORDERS,
        quarantined=[],
        as_of=AS_OF,
    ).to_pylist()

    assert found["rows_unaccounted"] == 0
    assert found["rows_accepted_missing"] == 1
    assert found["rows_quarantined_missing"] == 1


def test_one_bad_byte_does_not_condemn_a_short_file() -> None:
    file = report_file(US, rows_in=1, rows_accepted=1, replaced_character_count=1)

    (found,) = file_profile(
        report_files(file),
        feedback=[feedback([feedback_row(US)])],
        order_fulfillment=NO_ORDERS,
        quarantined=[],
        as_of=AS_OF,
    ).to_pylist()

    assert found["replaced_character_share"] == 0.001


def test_the_same_bytes_in_two_marketplaces_are_two_files() -> None:
    twin = FileKey("lamps", "DE", US.file_sha256)
    files = report_files(
        report_file(US, rows_in=1, rows_accepted=1),
        report_file(twin, rows_in=1, rows_quarantined=1),
    )

    profile = file_profile(
        files,
        feedback=[feedback([feedback_row(US)])],
        order_fulfillment=NO_ORDERS,
        quarantined=[quarantined([(twin, "date_bad")])],
        as_of=AS_OF,
    )

    assert profile["rejected.date_bad"].to_pylist() == [0, 1]
    assert profile["rows_accepted_missing"].to_pylist() == [0, 0]
    assert profile["rows_quarantined_missing"].to_pylist() == [0, 0]


def unknown_channels(rows: pa.Table, known: pa.Table, declared: tuple[str, ...] = ()) -> int:
    profile = file_profile(
        report_files(report_file(US)),
        feedback=[rows],
        order_fulfillment=known,
        quarantined=[],
        as_of=AS_OF,
        declared_accounts=declared,
    )
    return int(profile["unknown_channel_count"][0].as_py())


def test_a_declaration_tells_the_channel_only_of_orders_that_no_report_names() -> None:
    rows = feedback([feedback_row(US, 1), feedback_row(US, 2)])
    known = orders({"111-0000001-0000001": "UNKNOWN"})

    assert unknown_channels(rows, known) == 2
    assert unknown_channels(rows, known, declared=("lamps",)) == 1
    assert unknown_channels(rows, known, declared=("shoes",)) == 2


def test_another_accounts_orders_tell_nothing() -> None:
    rows = feedback([feedback_row(US, 1)])

    assert unknown_channels(rows, orders({"111-0000001-0000001": "MFN"}, account="shoes")) == 1
    assert unknown_channels(rows, orders({"111-0000001-0000001": "MFN"})) == 0


KEYS = st.sampled_from([US, DE])
FEEDBACK_ROWS = st.lists(
    st.builds(
        feedback_row,
        KEYS,
        st.integers(1, 50),
        rating=st.integers(0, 6),
        is_text_damaged=st.booleans(),
        comment=st.none() | st.text(max_size=5),
    )
)
REJECTED_ROWS = st.lists(st.tuples(KEYS, st.sampled_from(["date_bad", "bad_order_id", "nul"])))


@settings(deadline=None, max_examples=50)  # the machine is shared
@given(FEEDBACK_ROWS, REJECTED_ROWS, st.integers(0, 30), st.integers(0, 30))
def test_parts_and_order_of_rows_do_not_matter_and_no_row_is_lost(
    rows: list[dict[str, Any]], rejected: list[tuple[FileKey, str]], cut: int, other_cut: int
) -> None:
    def claimed(key: FileKey) -> dict[str, Any]:
        accepted = sum(row["file_sha256"] == key.file_sha256 for row in rows)
        set_aside = sum(of == key for of, _ in rejected)
        counts = {"rows_accepted": accepted, "rows_quarantined": set_aside}
        return report_file(key, rows_in=accepted + set_aside, **counts)

    def profile(
        accepted: pa.Table | list[pa.Table], set_aside: pa.Table | list[pa.Table]
    ) -> pa.Table:
        return file_profile(
            report_files(claimed(DE), claimed(US)),
            feedback=accepted,
            order_fulfillment=NO_ORDERS,
            quarantined=set_aside,
            as_of=AS_OF,
        )

    whole = profile(feedback(rows), quarantined(rejected))
    parts = profile(
        [feedback(rows[cut:]), feedback(rows[:cut])],
        [quarantined(rejected[other_cut:]), quarantined(rejected[:other_cut])],
    )

    assert parts.equals(whole)
    assert whole["marketplace"].to_pylist() == ["DE", "US"]
    for figure in ("rows_unaccounted", "rows_accepted_missing", "rows_quarantined_missing"):
        assert whole[figure].to_pylist() == [0, 0]
    reasons = [name for name in whole.column_names if name.startswith("rejected.")]
    assert sum(sum(whole[name].to_pylist()) for name in reasons) == len(rejected)
    assert whole.schema.names[: len(PROFILE_SCHEMA)] == PROFILE_SCHEMA.names
