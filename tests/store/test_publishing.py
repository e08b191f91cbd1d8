"""What analysts get, and what they never get."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.tables import TABLES, Table
from store.batches import read_table, write_batch
from store.publishing import Disclosure, publish, published_tables

AT = datetime(2026, 11, 25, 3, tzinfo=UTC)
TODAY = date(2026, 11, 25)
FRESH, OLD = date(2026, 11, 1), date(2026, 1, 1)


def invented(table: Table, count: int, **given: list[object]) -> pa.Table:
    """Rows that fit the table; columns not given are null where they may be."""
    by_type: dict[pa.DataType, list[object]] = {
        pa.string(): [f"{number:032x}" for number in range(count)],
        pa.date32(): [FRESH] * count,
        pa.bool_(): [False] * count,
        pa.timestamp("us", tz="UTC"): [AT] * count,
    }
    given.setdefault("marketplace", ["US"] * count)
    columns = []
    for field in table.schema:
        if field.name in given:
            values = given[field.name]
        elif field.nullable:
            values = [None] * count
        elif pa.types.is_list(field.type):
            values = [[]] * count
        else:
            values = by_type.get(field.type, list(range(1, count + 1)))
        columns.append(pa.array(values, field.type))
    return pa.table(columns, schema=table.schema)


def everything() -> dict[str, pa.Table]:
    """Every published table; `feedback` has one fresh and one old comment."""
    tables = {table.name: invented(table, 2) for table in published_tables()}
    for name in ("feedback", "feedback_revision"):
        tables[name] = invented(
            TABLES[name],
            2,
            feedback_date=[FRESH, OLD],
            comment=["fresh words", "old words"],
            response=["fresh answer", "old answer"],
        )
    tables["report_file"] = invented(TABLES["report_file"], 2, file_name=["Ms Rosa.txt", "b.txt"])
    return tables


def all_bytes(folder: Path) -> bytes:
    """All values of all published files, uncompressed."""
    values = [
        str(pq.ParquetFile(path).read().to_pydict()) for path in sorted(folder.rglob("*.parquet"))
    ]
    return "".join(values).encode()


def test_comments_are_published_within_their_retention(tmp_path: Path) -> None:
    batch = publish(tmp_path, everything(), batch_id="2026-11-25", as_of=TODAY, at=AT)

    for name in ("feedback", "feedback_revision"):
        assert sorted(batch.read(name)["comment"].to_pylist(), key=str) == [None, "fresh words"]
    found = all_bytes(batch.path)
    assert b"fresh answer" in found
    assert b"old words" not in found
    assert b"old answer" not in found
    assert b"Ms Rosa" not in found


def test_comments_can_be_switched_off(tmp_path: Path) -> None:
    batch = publish(
        tmp_path,
        everything(),
        batch_id="x",
        as_of=TODAY,
        at=AT,
        disclosure=Disclosure(comments=False),
    )

    assert "comment" not in batch.read("feedback").column_names
    assert b"words" not in all_bytes(batch.path)


def test_everything_is_published_when_switched_on(tmp_path: Path) -> None:
    batch = publish(
        tmp_path,
        everything(),
        batch_id="x",
        as_of=TODAY,
        at=AT,
        disclosure=Disclosure(personal=True),
    )

    assert b"old words" in all_bytes(batch.path)
    assert batch.read("report_file").schema.equals(TABLES["report_file"].schema)


def test_no_personal_column_is_published_unless_switched_on(tmp_path: Path) -> None:
    batch = publish(
        tmp_path,
        everything(),
        batch_id="x",
        as_of=TODAY,
        at=AT,
        disclosure=Disclosure(comments=False),
    )

    personal = {c.name for table in published_tables() for c in table.columns if c.personal}
    stored = {name for path in batch.path.rglob("*.parquet") for name in pq.read_schema(path).names}
    assert personal
    assert not personal & stored


def test_no_column_could_hold_a_buyers_address() -> None:
    columns = {column.name for table in TABLES.values() for column in table.columns}

    assert not [name for name in columns if "mail" in name or "buyer" in name or "rater" in name]


def test_all_published_tables_exist_from_the_first_day(tmp_path: Path) -> None:
    batch = publish(tmp_path, {}, batch_id="x", as_of=TODAY, at=AT)

    assert {path.name for path in batch.path.iterdir() if path.is_dir()} == {
        table.name for table in published_tables()
    }
    assert "quarantined_row" not in batch.manifest.tables
    for table in published_tables():
        assert read_table(tmp_path, table.name).num_rows == 0


def test_publishing_the_same_day_again_changes_nothing(tmp_path: Path) -> None:
    first = publish(tmp_path, everything(), batch_id="2026-11-25", as_of=TODAY, at=AT)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    shuffled = {
        name: rows.take(list(reversed(range(rows.num_rows)))) for name, rows in everything().items()
    }

    again = publish(
        tmp_path, shuffled, batch_id="2026-11-25", as_of=TODAY, at=AT + timedelta(hours=4)
    )

    assert (again.is_new, again.path) == (False, first.path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == files


def test_tables_not_given_stay(tmp_path: Path) -> None:
    publish(tmp_path, everything(), batch_id="1", as_of=TODAY, at=AT)

    batch = publish(tmp_path, {"run": TABLES["run"].empty()}, batch_id="2", as_of=TODAY, at=AT)

    assert batch.read("feedback").num_rows == 2
    assert batch.read("run").num_rows == 0


def test_streams_are_published_too(tmp_path: Path) -> None:
    tables = everything()

    batch = publish(
        tmp_path,
        {**tables, "feedback": iter(tables["feedback"].to_batches(max_chunksize=1))},
        batch_id="1",
        as_of=TODAY,
        at=AT,
    )

    assert sorted(batch.read("feedback")["comment"].to_pylist(), key=str) == [None, "fresh words"]


def test_tables_of_a_batch_share_their_files_unless_something_is_withheld(tmp_path: Path) -> None:
    tables = everything()
    shared, withheld = ("finding", "order_fulfillment"), ("feedback", "report_file")
    working = write_batch(
        tmp_path / "tables",
        {name: tables[name] for name in (*shared, *withheld)},
        batch_id="1",
        at=AT,
    )

    batch = publish(
        tmp_path / "published",
        {**dict.fromkeys((*shared, *withheld), working), "outcome": tables["outcome"]},
        batch_id="1",
        as_of=TODAY,
        at=AT,
    )
    again = publish(
        tmp_path / "published",
        {**dict.fromkeys((*shared, *withheld), working), "outcome": tables["outcome"]},
        batch_id="1",
        as_of=TODAY,
        at=AT,
    )

    def inodes(folder: Path) -> set[int]:
        return {path.stat().st_ino for path in folder.rglob("*.parquet")}

    for name in shared:
        assert inodes(batch.path / name) == inodes(working.path / name)
    for name in withheld:
        assert not inodes(batch.path / name) & inodes(working.path / name)
        assert batch.read(name).num_rows == 2
    assert b"old words" not in all_bytes(batch.path)
    assert b"Ms Rosa" not in all_bytes(batch.path)
    assert not again.is_new
    assert batch.read("finding").equals(working.read("finding"))


def test_files_of_an_older_program_are_written_anew(tmp_path: Path) -> None:
    working = write_batch(
        tmp_path / "tables", {"candidate": everything()["candidate"]}, batch_id="1", at=AT
    )
    path = working.path / working.manifest.tables["candidate"].files[0].path
    path.chmod(0o644)
    pq.write_table(pq.ParquetFile(path).read().drop(["ground"]), path)

    batch = publish(
        tmp_path / "published",
        {"candidate": working, "outcome": TABLES["outcome"].empty()},
        batch_id="1",
        as_of=TODAY,
        at=AT,
    )

    assert "ground" not in working.stored_columns("candidate")
    assert batch.stored_columns("candidate") == TABLES["candidate"].schema.names
    assert batch.read("candidate").num_rows == 2


def test_unpublished_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not published: quarantined_row"):
        publish(
            tmp_path,
            {"quarantined_row": TABLES["quarantined_row"].empty()},
            batch_id="1",
            as_of=TODAY,
            at=AT,
        )


def test_comments_need_their_outcome(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="with its outcome"):
        publish(
            tmp_path,
            {"feedback": everything()["feedback"]},
            batch_id="1",
            as_of=TODAY,
            at=AT,
        )
