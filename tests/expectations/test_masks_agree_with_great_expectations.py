"""The masks decide rows and Great Expectations judges counts: on the same rows both have to give the same answer."""

from datetime import date, datetime, time
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from expectations.engine import import_great_expectations
from expectations.suites import table_suite
from schemas.field import Between, Field, Matches, NotAfter, OneOf, Present
from schemas.identifiers import ORDER_ID_PATTERN
from schemas.tables import TABLES
from transforms.file_profile import JUDGED_COLUMNS
from transforms.row_masks import RowRules

AS_OF = date(2026, 11, 20)

ORDER_ID = Field(
    "order_id", pa.string(), "", "", rules=(Matches(ORDER_ID_PATTERN, "bad_order_id"),)
)
RATING = Field("rating", pa.int8(), "", "", rules=(Between(1, 5, "rating_range"),))
CHANNEL = Field("channel", pa.string(), "", "", rules=(OneOf(("AFN", "MFN"), "unknown_channel"),))
FEEDBACK_DATE = Field(
    "feedback_date",
    pa.date32(),
    "",
    "",
    rules=(
        Between(date(1995, 1, 1), date(9998, 12, 31), "date_century"),
        NotAfter(1, "date_future"),
    ),
)
COUNT = Field("rows_in", pa.int64(), "", "", rules=(Between(0, 2**62, "negative_count"),))
NOTE = Field("note", pa.string(), "", "", required=False, rules=(Matches("^[a-z]+$", "bad_note"),))

GOOD_AND_BAD: list[tuple[Field, list[Any], dict[str, list[int]]]] = [
    (
        ORDER_ID,
        [
            "111-0000001-0000001",
            "S01-0000001-0000001",
            None,
            "111-0000001-000001",
            "111-0000001-0000001\n",
            "x111-0000001-0000001",
            "111-0000001-0000001x",
            "１１１-0000001-0000001",
            "",
        ],
        {"missing_order_id": [2], "bad_order_id": [3, 4, 5, 6, 7, 8]},
    ),
    (RATING, [1, 5, 0, 6, -1, None, 127], {"missing_rating": [5], "rating_range": [2, 3, 4, 6]}),
    (
        CHANNEL,
        ["AFN", "MFN", "afn", "AFN ", None, "", "AFN\n"],
        {"missing_channel": [4], "unknown_channel": [2, 3, 5, 6]},
    ),
    (
        FEEDBACK_DATE,
        [
            date(1995, 1, 1),
            date(1994, 12, 31),
            AS_OF,
            date(2026, 11, 21),
            date(2026, 11, 22),
            None,
            date(9998, 12, 31),
            date(9999, 1, 1),
        ],
        {"missing_feedback_date": [5], "date_century": [1, 7], "date_future": [4, 6, 7]},
    ),
    (COUNT, [0, 2**62, -1, None], {"missing_rows_in": [3], "negative_count": [2]}),
    (NOTE, ["abc", None, "ABC", "abc\n", "é"], {"bad_note": [2, 3, 4]}),
]
"""A column, its values, and for each rule the rows that break it."""


def by_masks(field: Field, rows: pa.Table) -> dict[str, list[int]]:
    verdicts = RowRules.of([field], as_of=AS_OF).judge(rows)
    return {
        rule.reason: [] if mask is None else [int(row) for row in mask.nonzero()[0]]
        for rule, mask in zip(verdicts.rules, verdicts.broken, strict=True)
    }


def by_great_expectations(field: Field, rows: pa.Table) -> dict[str, list[int]]:
    gx = import_great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    frame = as_timestamps(rows)
    frame["row"] = range(len(frame))
    batch = (
        context.data_sources.add_pandas("rows")
        .add_dataframe_asset("rows")
        .add_batch_definition_whole_dataframe("all")
        .get_batch({"dataframe": frame})
    )
    validated = batch.validate(
        table_suite("rows", [field], as_of=AS_OF),
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["row"]},
    )
    broken: dict[str, list[int]] = {}
    for result in validated.results:
        assert not result.exception_info["raised_exception"], result.exception_info
        found = result.result.get("unexpected_index_list") or []
        broken[result.expectation_config.meta["name"]] = sorted(entry["row"] for entry in found)
    return broken


def as_timestamps(rows: pa.Table) -> pd.DataFrame:
    """The rows in pandas; dates as timestamps, which is what Great Expectations compares."""
    frame = rows.to_pandas(types_mapper=pd.ArrowDtype)
    for field in rows.schema:
        if pa.types.is_date(field.type):
            frame[field.name] = pd.array(
                [
                    None if day is None else datetime.combine(day, time.min)
                    for day in rows[field.name].to_pylist()
                ],
                dtype="datetime64[s]",
            )
    return frame


@pytest.mark.parametrize(
    ("field", "values", "broken"), GOOD_AND_BAD, ids=[field.name for field, *_ in GOOD_AND_BAD]
)
def test_masks_and_great_expectations_name_the_same_rows(
    field: Field, values: list[Any], broken: dict[str, list[int]]
) -> None:
    rows = pa.table({field.name: pa.array(values, field.type)})

    assert by_masks(field, rows) == broken
    assert by_great_expectations(field, rows) == broken


def test_every_kind_of_rule_is_among_the_examples() -> None:
    kinds = {type(rule) for field, *_ in GOOD_AND_BAD for rule in field.all_rules}

    assert kinds == {Present, Matches, Between, OneOf, NotAfter}


def test_the_rules_of_the_published_columns_are_the_ones_compared() -> None:
    feedback = TABLES["feedback"]

    for example in (ORDER_ID, RATING, FEEDBACK_DATE):
        assert example.all_rules == feedback.column(example.name).all_rules
    assert {ORDER_ID.name, RATING.name, FEEDBACK_DATE.name} == set(JUDGED_COLUMNS)
