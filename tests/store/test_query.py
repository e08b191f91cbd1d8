"""SQL over the newest batch: right answers, and no way out of the folder."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from schemas.tables import OUTCOME
from store.batches import latest_batch, write_batch
from store.errors import StorageError
from store.publishing import published_tables
from store.query import QueryError, connect, query

AT = datetime(2026, 11, 25, 3, tzinfo=UTC)


def outcomes(*decisions: str) -> pa.Table:
    rows = [
        {
            "feedback_id": f"{number:032x}",
            "account": "acme",
            "marketplace": ("DE", "US")[number % 2],
            "order_id": "302-1234567-1234567",
            "round": 1,
            "ground": None,
            "is_asked": True,
            "reason": "awaiting_decision",
            "decision": decision,
            "certainty": "open",
            "requested_at": AT,
            "decided_at": None,
            "days_to_decision": None,
            "rule_version": None,
            "policy_version": None,
        }
        for number, decision in enumerate(decisions)
    ]
    return pa.Table.from_pylist(rows, schema=OUTCOME.schema)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three outcomes in two marketplaces, and all other tables without rows."""
    root = tmp_path_factory.mktemp("home") / "it's published"
    tables = {table.name: table.empty() for table in published_tables()}
    write_batch(
        root, {**tables, "outcome": outcomes("denied", "removed", "denied")}, batch_id="1", at=AT
    )
    return root


def test_tables_are_views(published: Path) -> None:
    answer = query(
        published,
        "select marketplace, decision, count(*) as n from outcome group by all order by all",
    )

    assert answer.to_pylist() == [
        {"marketplace": "DE", "decision": "denied", "n": 2},
        {"marketplace": "US", "decision": "removed", "n": 1},
    ]


def test_views_have_the_columns_of_the_data_dictionary(published: Path) -> None:
    plain = {pa.string(), pa.int8(), pa.int16(), pa.int64(), pa.date32(), pa.bool_()}
    batch = latest_batch(published)
    assert batch is not None

    with connect(batch) as connection:
        for table in published_tables():
            found = connection.sql(f"from {table.name}").to_arrow_table().schema

            assert found.names == table.schema.names
            for field in table.schema:
                if field.type in plain:
                    assert found.field(field.name).type == field.type, (table.name, field.name)


def test_marketplaces_stay_text(published: Path) -> None:
    assert query(published, "select typeof(marketplace) from outcome limit 1").to_pylist() == [
        {"typeof(marketplace)": "VARCHAR"}
    ]


def test_a_connection_keeps_the_batch_it_was_made_for(tmp_path: Path) -> None:
    first = write_batch(tmp_path, {"outcome": outcomes("denied", "denied")}, batch_id="1", at=AT)
    with connect(first) as connection:
        write_batch(tmp_path, {"outcome": outcomes("denied")}, batch_id="2", at=AT)

        assert connection.execute("select count(*) from outcome").fetchall() == [(2,)]
    assert query(tmp_path, "select count(*) as n from outcome").to_pylist() == [{"n": 1}]


@pytest.mark.parametrize(
    "sql",
    [
        pytest.param("select * from nowhere", id="no such table"),
        pytest.param("selekt 1", id="no SQL"),
        pytest.param("copy (select 1) to '{outside}/x.csv'", id="writes a file"),
        pytest.param("copy (select 1) to '{inside}/x.parquet'", id="writes into the batch"),
        pytest.param("select * from read_csv('{outside}/secret.csv')", id="reads another file"),
        pytest.param("attach '{outside}/x.duckdb'", id="makes a database"),
        pytest.param("set enable_external_access = true", id="unlocks itself"),
        pytest.param("install httpfs", id="fetches an extension"),
        pytest.param("create table mine as select 1", id="makes a table"),
        pytest.param("explain analyze copy (select 1) to '{outside}/x.csv'", id="hides a writing"),
        pytest.param("select 1; select 2", id="two questions"),
        pytest.param("", id="no question"),
    ],
)
def test_what_is_refused(published: Path, tmp_path: Path, sql: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("a\n1\n")
    batch = latest_batch(published)
    assert batch is not None
    before = sorted([*tmp_path.rglob("*"), *published.rglob("*")])

    with pytest.raises((QueryError, StorageError)):
        query(published, sql.format(outside=outside, inside=str(batch.path).replace("'", "''")))

    assert sorted([*tmp_path.rglob("*"), *published.rglob("*")]) == before


def test_a_batch_of_an_older_program_has_the_columns_it_has(tmp_path: Path) -> None:
    batch = write_batch(tmp_path, {"outcome": outcomes("denied")}, batch_id="1", at=AT)
    path = batch.path / batch.manifest.tables["outcome"].files[0].path
    path.chmod(0o644)
    pq.write_table(pq.ParquetFile(path).read().drop(["is_asked"]), path)

    answer = query(tmp_path, "from outcome")

    assert answer.column_names == [n for n in OUTCOME.schema.names if n != "is_asked"]
    assert answer.num_rows == 1


def test_nothing_published_is_said(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="nothing is published yet"):
        query(tmp_path, "select 1")


def test_sql_cannot_reach_other_files_even_without_our_check(
    published: Path, tmp_path: Path
) -> None:
    batch = latest_batch(published)
    assert batch is not None
    (tmp_path / "secret.csv").write_text("a")

    with connect(batch) as connection, pytest.raises(duckdb.PermissionException):
        connection.execute(f"from read_csv('{tmp_path}/secret.csv')")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    batch = write_batch(tmp_path, {"outcome": outcomes("denied")}, batch_id="1", at=AT)
    (batch.path / batch.manifest.tables["outcome"].files[0].path).unlink()

    with pytest.raises(StorageError, match="cannot be read"):
        query(tmp_path, "select count(*) from outcome")
