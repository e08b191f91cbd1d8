"""A published table cannot be broken in passing: that takes a new SCHEMA_VERSION."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from schemas.published_schema import TableShape, breaking_changes, published_schema
from schemas.tables import SCHEMA_VERSION

RECORDED: dict[str, Any] = json.loads(
    Path(__file__).with_name("published_schema.json").read_text("utf-8")
)
RECORD = "run `python tests/schemas/record_published_schema.py` and commit the result"


def test_readers_of_this_schema_version_are_not_broken() -> None:
    if RECORDED["schema_version"] == SCHEMA_VERSION:
        broken = breaking_changes(RECORDED["tables"], published_schema())
        assert not broken, f"{'; '.join(broken)}: raise SCHEMA_VERSION in schemas/tables.py"


def test_the_record_is_complete() -> None:
    assert RECORDED["schema_version"] == SCHEMA_VERSION, RECORD
    assert RECORDED["tables"] == published_schema(), RECORD


@pytest.fixture
def shapes() -> dict[str, TableShape]:
    return copy.deepcopy(published_schema())


def test_a_new_column_and_a_new_table_break_nothing(shapes: dict[str, TableShape]) -> None:
    after = copy.deepcopy(shapes)
    after["feedback"]["mood"] = {"type": "string", "empty": "yes"}
    after["mood"] = {"mood": {"type": "string", "empty": "no"}}

    assert breaking_changes(shapes, after) == []


def test_each_kind_of_break_is_told(shapes: dict[str, TableShape]) -> None:
    after = copy.deepcopy(shapes)
    del after["run"]
    after["feedback"]["stars"] = after["feedback"].pop("rating")
    after["outcome"]["round"]["type"] = "int32"
    after["candidate"]["verdict"]["empty"] = "yes"

    assert sorted(breaking_changes(shapes, after)) == [
        "candidate.verdict was always filled and may be empty",
        "feedback.rating is gone",
        "outcome.round was int16 and is int32",
        "table run is gone",
    ]


def test_what_is_not_published_may_change_freely(shapes: dict[str, TableShape]) -> None:
    assert "quarantined_row" not in shapes
    assert "feedback" in shapes
