"""Batches keep every row, give equal bytes for equal rows, and never change what was there."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Never

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.tables import FINDING, QUARANTINED_ROW, TABLES
from store.batches import Batch, latest_batch, open_batch, read_table, write_batch
from store.errors import InUseError, StorageError

AT = datetime(2026, 11, 25, 3, tzinfo=UTC)


def findings(count: int, *, marketplaces: str = "US DE", reason: str = "phrase") -> pa.Table:
    """Invented findings, spread over marketplaces."""
    places = marketplaces.split()
    rows = [
        {
            "feedback_id": f"{number:032x}",
            "account": "acme",
            "marketplace": places[number % len(places)],
            "order_id": f"302-{number:07d}-0000001",
            "ground": "product_review",
            "is_met": number % 3 == 0,
            "reason": reason,
            "evidence": [{"start": number, "end": number + 4, "class": "product"}] * (number % 3),
            "blocked_by": [],
            "language": "de",
            "rule_version": "1",
            "policy_version": "2026-11",
            "content_sha256": f"{number:064x}",
        }
        for number in range(count)
    ]
    return pa.Table.from_pylist(rows, schema=FINDING.schema)


def files_of(folder: Path) -> dict[str, bytes]:
    """Every Parquet file below a folder with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.parquet")
    }


def in_key_order(rows: pa.Table) -> list[dict]:
    return rows.sort_by("feedback_id").to_pylist()


def test_rows_come_back_with_types_and_descriptions(tmp_path: Path) -> None:
    rows = findings(50)

    batch = write_batch(tmp_path, {"finding": rows}, batch_id="2026-11-25", at=AT)

    back = read_table(tmp_path, "finding")
    assert batch.is_new
    assert back.schema.equals(FINDING.schema, check_metadata=True)
    assert in_key_order(back) == in_key_order(rows)
    assert [path.name for path in sorted((tmp_path / "latest" / "finding").iterdir())] == [
        "marketplace=DE",
        "marketplace=US",
    ]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=6),
    places=st.sampled_from(["US", "US DE", "US DE JP IT"]),
)
def test_bytes_do_not_depend_on_how_rows_are_handed_over(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], places: str
) -> None:
    root = tmp_path_factory.mktemp("batches")
    rows = findings(sum(sizes), marketplaces=places)
    offsets = [sum(sizes[:i]) for i in range(len(sizes))]
    pieces = [
        rows.slice(at, n).combine_chunks().to_batches()[0]
        for at, n in zip(offsets, sizes, strict=True)
    ]

    whole = write_batch(root / "whole", {"finding": rows}, batch_id="a", at=AT)
    split = write_batch(
        root / "split", {"finding": iter(pieces)}, batch_id="a", at=AT + timedelta(days=3)
    )

    assert files_of(whole.path) == files_of(split.path)
    assert in_key_order(split.read("finding")) == in_key_order(rows)
    assert in_key_order(pa.Table.from_batches(split.scan("finding"))) == in_key_order(rows)


def test_row_groups_of_large_rows_are_small_and_cut_alike_for_any_chunking(tmp_path: Path) -> None:
    row = {
        "account": "shop",
        "marketplace": "US",
        "file_sha256": "0" * 64,
        "kind": "feedback",
        "line_number": 1,
        "byte_offset": 0,
        "reason": "long_field",
        "message": "too long",
        "raw_bytes": bytes(3 << 20),
    }
    rows = pa.Table.from_pylist(
        [row | {"row_number": number} for number in range(60)], schema=QUARANTINED_ROW.schema
    )
    hashes = set()
    for size in (1, 7, 60):
        root = tmp_path / str(size)
        batch = write_batch(
            root, {QUARANTINED_ROW.name: rows.to_batches(size)}, batch_id="a", at=AT
        )
        files = batch.manifest.tables[QUARANTINED_ROW.name].files
        hashes.add(tuple(file.sha256 for file in files))
        counts = [
            pq.ParquetFile(batch.path / file.path).metadata.row_group(0).num_rows for file in files
        ]
    assert len(hashes) == 1
    assert counts == [22, 22]  # the 22nd row is the one that reaches 64 MiB


def test_row_groups_are_cut_alike_for_any_chunking(tmp_path: Path) -> None:
    rows = pa.concat_tables([findings(1000, marketplaces="US")] * 70)  # over two row groups

    whole = write_batch(tmp_path / "a", {"finding": rows.combine_chunks()}, batch_id="x", at=AT)
    split = write_batch(
        tmp_path / "b", {"finding": rows.to_batches(max_chunksize=777)}, batch_id="x", at=AT
    )

    assert files_of(whole.path) == files_of(split.path)
    groups = [
        [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)]
        for part in whole.manifest.tables["finding"].files
        for metadata in [pq.read_metadata(whole.path / part.path)]
    ]
    assert groups == [[32_768, 70_000 - 65_536], [32_768]], "row groups go to two files in turn"


def test_two_files_of_equal_bytes_are_two_files(tmp_path: Path) -> None:
    rows = pa.concat_tables([findings(32_768, marketplaces="US")] * 2)

    batch = write_batch(tmp_path, {"finding": rows}, batch_id="x", at=AT)

    first, second = batch.manifest.tables["finding"].files
    assert first.sha256 == second.sha256
    assert len(pd.read_parquet(batch.path / "finding")) == 65_536


def test_same_rows_again_make_no_batch(tmp_path: Path) -> None:
    first = write_batch(tmp_path, {"finding": findings(9)}, batch_id="2026-11-25", at=AT)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*") if p.name != ".lock"}

    again = write_batch(
        tmp_path, {"finding": findings(9)}, batch_id="2026-11-25", at=AT + timedelta(hours=5)
    )

    assert not again.is_new
    assert again.path == first.path
    del before[tmp_path / "latest"]
    assert {p: p.stat().st_mtime_ns for p in before} == before


def test_unchanged_partitions_are_the_same_file(tmp_path: Path) -> None:
    old = findings(20, marketplaces="US DE")
    changed = pa.Table.from_pylist(
        [
            row | {"reason": "veto"} if row["marketplace"] == "US" else row
            for row in old.to_pylist()
        ],
        schema=FINDING.schema,
    )

    first = write_batch(tmp_path, {"finding": old}, batch_id="1", at=AT)
    second = write_batch(tmp_path, {"finding": changed}, batch_id="2", at=AT)

    def inode(batch: Batch, place: str) -> int:
        (file,) = (batch.path / "finding" / f"marketplace={place}").iterdir()
        return file.stat().st_ino

    assert inode(first, "DE") == inode(second, "DE")
    assert inode(first, "US") != inode(second, "US")
    assert second.manifest.parent_id == first.batch_id
    assert in_key_order(first.read("finding")) == in_key_order(old)


def test_tables_not_written_stay(tmp_path: Path) -> None:
    write_batch(tmp_path, {"finding": findings(5)}, batch_id="1", at=AT)

    write_batch(tmp_path, {"run": TABLES["run"].empty()}, batch_id="2", at=AT)

    assert read_table(tmp_path, "finding").num_rows == 5
    assert read_table(tmp_path, "run").schema.equals(TABLES["run"].schema)


def test_a_taken_batch_id_gets_a_number(tmp_path: Path) -> None:
    names = [
        write_batch(tmp_path, {"finding": findings(n)}, batch_id="2026-11-25", at=AT).batch_id
        for n in (1, 2, 3)
    ]

    assert names == ["2026-11-25", "2026-11-25-2", "2026-11-25-3"]
    assert latest_batch(tmp_path).batch_id == "2026-11-25-3"


def test_old_batches_go_but_never_the_latest_and_its_parent(tmp_path: Path) -> None:
    for day in range(5):
        write_batch(
            tmp_path,
            {"finding": findings(day + 1)},
            batch_id=f"day-{day}",
            at=AT + timedelta(days=day),
            keep_days=2,
        )
    kept = sorted(path.name for path in tmp_path.glob("day-*"))
    write_batch(
        tmp_path,
        {"finding": findings(9)},
        batch_id="day-99",
        at=AT + timedelta(days=99),
        keep_days=2,
    )

    assert kept == ["day-2", "day-3", "day-4"]
    assert sorted(path.name for path in tmp_path.glob("day-*")) == ["day-4", "day-99"]
    assert in_key_order(read_table(tmp_path, "finding")) == in_key_order(findings(9))


def test_folders_that_are_no_batches_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "manifest.json").write_text("not ours")

    for n in (1, 2):
        write_batch(tmp_path, {"finding": findings(n)}, batch_id=str(n), at=AT, keep_days=0)

    assert (tmp_path / "notes" / "manifest.json").read_text() == "not ours"


def test_leftovers_of_a_crash_are_swept(tmp_path: Path) -> None:
    (tmp_path / ".tmp-2026-11-24" / "finding").mkdir(parents=True)
    (tmp_path / ".tmp-2026-11-24" / "finding" / "part.tmp").write_bytes(b"half")
    (tmp_path / ".latest-4711").symlink_to("nowhere")

    write_batch(tmp_path, {"finding": findings(1)}, batch_id="2026-11-25", at=AT)

    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "2026-11-25", "latest"]


def test_an_error_of_the_caller_passes_and_leaves_nothing(tmp_path: Path) -> Never:
    write_batch(tmp_path, {"finding": findings(1)}, batch_id="1", at=AT)

    def pieces() -> Iterator[pa.RecordBatch]:
        yield from findings(70_000).to_batches()
        raise FileNotFoundError("inbox gone")

    with pytest.raises(FileNotFoundError, match="inbox"):
        write_batch(tmp_path, {"finding": pieces()}, batch_id="2", at=AT)

    assert latest_batch(tmp_path).batch_id == "1"
    assert not list(tmp_path.glob(".tmp-*"))


def test_everything_is_on_the_disk_before_the_link_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_batch(tmp_path, {"finding": findings(5, reason="old")}, batch_id="1", at=AT)
    synced: set[int] = set()
    synced_at_swap: set[int] = set()
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(descriptor: int) -> None:
        fsync(descriptor)
        synced.add(os.fstat(descriptor).st_ino)  # a file keeps its inode when it is renamed

    def watched_replace(self: Path, target: Path) -> Path:
        if target.name == "latest":
            synced_at_swap.update(synced)
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    batch = write_batch(tmp_path, {"finding": findings(5)}, batch_id="2", at=AT)

    everything = [batch.path, *batch.path.rglob("*"), tmp_path]
    assert {path.stat().st_ino for path in everything} <= synced_at_swap


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    with (
        open_batch(tmp_path, batch_id="1", at=AT),
        pytest.raises(InUseError, match="another process"),
        open_batch(tmp_path, batch_id="2", at=AT),
    ):
        pass


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rows: rows.drop(["ground"]), r"missing columns \['ground'\]"),
        (lambda rows: rows.append_column("mood", rows["reason"]), r"unknown columns \['mood'\]"),
        (
            lambda rows: rows.set_column(0, "feedback_id", pa.nulls(len(rows), pa.string())),
            "feedback_id has missing values",
        ),
        (
            lambda rows: rows.set_column(2, "marketplace", pa.array(["../up"] * len(rows))),
            "cannot name a folder",
        ),
    ],
)
def test_rows_that_do_not_fit_are_refused(
    tmp_path: Path, spoil: Callable[[pa.Table], pa.Table], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        write_batch(tmp_path, {"finding": spoil(findings(3))}, batch_id="1", at=AT)

    assert latest_batch(tmp_path) is None


@pytest.mark.parametrize("batch_id", ["", "latest", "../x", ".tmp-x", "a/b"])
def test_batch_ids_stay_inside_the_root(tmp_path: Path, batch_id: str) -> None:
    with pytest.raises(ValueError, match="batch id"):
        write_batch(tmp_path, {}, batch_id=batch_id, at=AT)


def test_unknown_names_are_said(tmp_path: Path) -> None:
    write_batch(tmp_path, {"finding": findings(1)}, batch_id="1", at=AT)

    with pytest.raises(KeyError, match="mood"):
        write_batch(tmp_path, {"mood": findings(1)}, batch_id="1", at=AT)
    with pytest.raises(KeyError, match="mood"):
        read_table(tmp_path, "finding", columns=["mood"])


def test_columns_and_filters_narrow(tmp_path: Path) -> None:
    write_batch(tmp_path, {"finding": findings(10)}, batch_id="1", at=AT)

    rows = read_table(
        tmp_path,
        "finding",
        columns=["order_id", "marketplace"],
        filters=[("marketplace", "=", "DE")],
    )

    assert rows.column_names == ["order_id", "marketplace"]
    assert rows.num_rows == 5


def test_one_of_nothing_is_no_row(tmp_path: Path) -> None:
    write_batch(tmp_path, {"finding": findings(10)}, batch_id="1", at=AT)
    assert read_table(tmp_path, "finding", filters=[("order_id", "in", [])]).num_rows == 0
    both = [("marketplace", "=", "DE"), ("order_id", "in", [])]
    assert read_table(tmp_path, "finding", filters=both).num_rows == 0


def test_a_batch_from_before_a_column_existed_reads_null(tmp_path: Path) -> None:
    batch = write_batch(tmp_path, {"finding": findings(3)}, batch_id="1", at=AT)
    (part,) = batch.manifest.tables["finding"].files[:1]
    path = batch.path / part.path
    path.chmod(0o644)
    older = pq.ParquetFile(path).read().drop(["language"])
    pq.write_table(older, path)

    assert read_table(tmp_path, "finding")["language"].null_count == part.row_count


def test_damage_is_named(tmp_path: Path) -> None:
    batch = write_batch(tmp_path, {"finding": findings(3)}, batch_id="1", at=AT)
    path = batch.path / batch.manifest.tables["finding"].files[0].path
    path.chmod(0o644)
    path.write_bytes(b"PAR1 nothing PAR1")

    with pytest.raises(StorageError, match="finding"):
        read_table(tmp_path, "finding")

    path.unlink()
    with pytest.raises(StorageError, match="finding"):
        read_table(tmp_path, "finding")


def test_a_damaged_manifest_is_named_with_the_way_out(tmp_path: Path) -> None:
    batch = write_batch(tmp_path, {"finding": findings(3)}, batch_id="1", at=AT)
    (batch.path / "manifest.json").write_text("{")

    with pytest.raises(StorageError, match=r"manifest\.json.*latest"):
        read_table(tmp_path, "finding")


def test_without_hard_links_files_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(_self: Path, _target: Path) -> None:
        raise OSError(errno.EPERM, "no hard links on this disk")

    first = write_batch(tmp_path, {"finding": findings(5)}, batch_id="1", at=AT)
    monkeypatch.setattr(Path, "hardlink_to", no_links)

    second = write_batch(tmp_path, {"run": TABLES["run"].empty()}, batch_id="2", at=AT)

    assert files_of(second.path / "finding") == files_of(first.path / "finding")
    assert in_key_order(second.read("finding")) == in_key_order(findings(5))


def test_a_damaged_file_is_not_carried_on_when_its_rows_are_at_hand(tmp_path: Path) -> None:
    first = write_batch(tmp_path, {"finding": findings(5)}, batch_id="1", at=AT)
    damaged = first.path / first.manifest.tables["finding"].files[0].path
    damaged.chmod(0o644)
    damaged.write_bytes(b"torn")

    second = write_batch(
        tmp_path, {"finding": findings(5), "run": TABLES["run"].empty()}, batch_id="2", at=AT
    )

    assert in_key_order(second.read("finding")) == in_key_order(findings(5))


def test_published_files_are_read_only(tmp_path: Path) -> None:
    batch = write_batch(tmp_path, {"finding": findings(5)}, batch_id="1", at=AT)

    assert {path.stat().st_mode & 0o777 for path in batch.path.rglob("*.parquet")} == {0o444}


def test_other_bytes_than_written_are_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def lying_disk(descriptor: int) -> None:
        fsync(descriptor)
        path = Path(f"/proc/self/fd/{descriptor}").resolve()
        if path.suffix == ".tmp" and path.name.startswith("part-"):
            path.write_bytes(path.read_bytes()[:-9] + b"different")

    write_batch(tmp_path, {"finding": findings(2)}, batch_id="1", at=AT)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lying_disk)
        with pytest.raises(StorageError, match="other bytes than were written"):
            write_batch(tmp_path, {"finding": findings(5)}, batch_id="2", at=AT)

    assert in_key_order(read_table(tmp_path, "finding")) == in_key_order(findings(2))


def test_a_root_that_is_a_file_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "published").write_text("in the way")

    with pytest.raises(StorageError, match="published"):
        write_batch(tmp_path / "published", {"finding": findings(1)}, batch_id="1", at=AT)


def test_a_private_root_is_closed_to_others(tmp_path: Path) -> None:
    write_batch(tmp_path / "tables", {"finding": findings(1)}, batch_id="1", at=AT, is_private=True)

    assert (tmp_path / "tables").stat().st_mode & 0o077 == 0


def test_omitted_columns_are_nowhere(tmp_path: Path) -> None:
    rows = findings(4).drop(["reason"])

    batch = write_batch(
        tmp_path, {"finding": rows}, batch_id="1", at=AT, omit={"finding": ["reason"]}
    )

    assert "reason" not in batch.read("finding").column_names
    assert json.loads((batch.path / "manifest.json").read_text())["tables"]["finding"][
        "omitted_columns"
    ] == ["reason"]


def test_other_tools_read_it_without_our_code(tmp_path: Path) -> None:
    write_batch(
        tmp_path, {"finding": findings(10), "run": TABLES["run"].empty()}, batch_id="1", at=AT
    )
    folder = tmp_path / "latest" / "finding"

    frame = pd.read_parquet(folder)
    engine = duckdb.connect()
    ((count,),) = engine.execute(
        "select count(*) from read_parquet(?) where marketplace = 'DE'", [f"{folder}/**/*.parquet"]
    ).fetchall()
    none = engine.execute(
        "from read_parquet(?)", [f"{tmp_path}/latest/run/**/*.parquet"]
    ).fetchall()

    assert sorted(frame["marketplace"].unique()) == ["DE", "US"]
    assert count == 5
    assert none == []
    described = pq.read_schema(next(folder.rglob("*.parquet")))
    assert described.field("ground").metadata[b"description"]
    assert described.metadata[b"schema_version"] == b"1"
