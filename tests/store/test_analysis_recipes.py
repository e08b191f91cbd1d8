"""Every recipe of docs/analysis.md runs, and pandas and DuckDB give the same answer."""

import re
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from schemas.tables import TABLES, Table
from schemas.vocabularies import Decision
from store.publishing import publish, published_tables
from store.query import query
from transforms.figures import Figures, OrderDefects, RatingShares, WinRate, figure_tables
from transforms.outcomes import OutcomeReason

PAGE = (Path(__file__).parents[2] / "docs" / "analysis.md").read_text("utf-8")
SETUP, *RECIPES = re.split(r"^## (?=\d+\. |Ready made: )", PAGE, flags=re.MULTILINE)
QUESTIONS = [recipe for recipe in RECIPES if recipe[0].isdigit()]
AT = datetime(2026, 11, 25, 3, tzinfo=UTC)
AS_OF = AT.date()


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def rows(table: Table, given: list[dict[str, Any]]) -> pa.Table:
    """Rows that fit the table: what is not given is null, or a constant where it may not be."""
    constants: dict[pa.DataType, Any] = {
        pa.string(): "x",
        pa.bool_(): False,
        pa.date32(): date(2026, 11, 1),
        pa.timestamp("us", tz="UTC"): AT,
    }
    columns = []
    for field in table.schema:
        filler = None if field.nullable else constants.get(field.type, 0)
        if pa.types.is_list(field.type):
            filler = []
        columns.append(pa.array([row.get(field.name, filler) for row in given], field.type))
    return pa.table(columns, schema=table.schema)


def day(number: int) -> datetime:
    return datetime(2026, 11, number, 12, tzinfo=UTC)


def invented() -> dict[str, pa.Table]:
    """A small seller: every decision, both verdicts, one order with a history."""
    decisions = [
        # decision, certainty, ground, marketplace, days, rule version
        ("removed", "confirmed", "product_review", "US", 2, "r1"),
        ("struck", "confirmed", "fba_fulfillment", "US", 3, "r1"),
        ("denied", "reported", "product_review", "DE", 5, "r1"),
        ("denied", "reported", "product_review", "DE", None, "r2"),
        ("gone_unattributed", "inferred", "product_review", "DE", 9, "r2"),
        ("pending", "open", "fba_fulfillment", "US", None, "r2"),
        ("pending", "open", "hate_speech", "DE", None, "r2"),
        ("conflict", "open", "fba_fulfillment", "US", None, "r2"),
        ("struck_unasked", "confirmed", None, "US", None, None),
        ("expired", "inferred", "product_review", "US", None, "r1"),
        ("expired", "inferred", "obscene_language", "DE", None, "r1"),
        ("not_asked", "open", None, "JP", None, None),
    ]
    unasked = {"struck_unasked", "expired", "not_asked"}
    feedback, outcome = [], []
    for number, (decision, certainty, ground, place, days, version) in enumerate(decisions):
        common = {
            "feedback_id": f"{number:032x}",
            "account": "acme",
            "marketplace": place,
            "order_id": f"302-1234567-{number:07d}",
        }
        feedback.append(
            common | {"rating": 1 + number % 3, "feedback_date": date(2026, 7, 10 + number)}
        )
        outcome.append(
            common
            | {
                "round": 1,
                "ground": ground,
                "is_asked": decision not in unasked,
                "reason": "told elsewhere",
                "decision": decision,
                "certainty": certainty,
                "requested_at": None if decision in unasked or number == 6 else day(1 + number),
                "days_to_decision": days,
                "rule_version": version,
            }
        )
    candidate = [
        {
            "feedback_id": f"{100 + number:032x}",
            "account": "acme",
            "marketplace": place,
            "order_id": f"302-1234567-{100 + number:07d}",
            "verdict": verdict,
            "is_eligible": True,
            "is_order_defect": number % 2 == 0,
            "language": language,
            "priority": 9 - number,
            "days_left": number,
        }
        for number, (verdict, place, language) in enumerate(
            [
                *[("request", "US", "en"), ("request", "DE", "de"), ("respond", "DE", "de")],
                *[("respond", "DE", "tr"), ("respond", "DE", "de"), ("review", "US", "en")],
            ]
        )
    ]
    files = [
        {"marketplace": "US", "rows_in": 10, "rows_accepted": 7, "rows_quarantined": 2}
        | {"rows_duplicate": 1, "status": "accepted", "kind": "feedback", "account": "acme"},
        {"marketplace": "US", "rows_in": 5, "rows_accepted": 5, "rows_quarantined": 0}
        | {"rows_duplicate": 0, "status": "accepted", "kind": "orders", "account": "acme"},
        {"marketplace": "DE", "rows_in": 3, "rows_accepted": 0, "rows_quarantined": 0}
        | {"rows_duplicate": 0, "status": "refused", "kind": "unknown", "account": "acme"},
    ]
    request = {
        "request_id": "r",
        "feedback_id": f"{2:032x}",
        "marketplace": "DE",
        "order_id": "302-1234567-0000002",
        "round": 1,
    }
    steps = [(None, "planned"), ("planned", "approved"), ("approved", "submitted")]
    events = [
        {"sequence": number, "request_id": "r", "from_state": a, "to_state": b, "at": day(number)}
        for number, (a, b) in enumerate(steps, 1)
    ]
    place = {"account": "acme", "marketplace": "DE"}
    responses = [
        place
        | {"feedback_id": f"{number:032x}", "order_id": f"302-1234567-{number:07d}"}
        | {"urgency_rank": rank, "retraction_days_left": left, "rating": 1, "topic": topic}
        for number, rank, left, topic in [
            (104, 3, 0, "price"),
            (103, 2, 30, "vague"),
            (102, 1, 9, "conduct"),
        ]
    ]
    appeals = [
        place
        | {"feedback_id": f"{number:032x}", "order_id": f"302-1234567-{number:07d}"}
        | {"appeal_state": state, "days_left": left, "ground": "product_review"}
        | {"deadline_date": AS_OF + timedelta(days=left)}
        for number, state, left in [(2, "open", 55), (3, "drafted", 40), (9, "expired", -1)]
    ]
    made = figure_tables(
        Figures(
            as_of=AS_OF,
            rating_shares=[RatingShares("acme", "DE", 30, 97, 1, 2, 0, 1)],
            order_defects=[OrderDefects("acme", "DE", 400, 3, 1)],
            win_rates={
                "ground": [
                    WinRate("ground", "product_review", 5, 1, 2, 1, 1, 0, 0),
                    WinRate("ground", "fba_fulfillment", 3, 1, 0, 0, 1, 1, 0),
                    WinRate("ground", "hate_speech", 1, 0, 0, 0, 1, 0, 0),
                ],
                "marketplace": [WinRate("marketplace", "DE", 5, 1, 2, 1, 1, 0, 0)],
            },
            decision_times={},
            in_flight=[],
            missed_deadlines=[],
            weeks=[],
        )
    )
    given = {
        "response": responses,
        "appeal": appeals,
        "feedback": feedback,
        "outcome": outcome,
        "candidate": candidate,
        "report_file": files,
        "removal_request": [request],
        "event": [*events, {"sequence": 4, "request_id": "other", "to_state": "planned"}],
    }
    return {
        table.name: made.get(table.name, rows(TABLES[table.name], given.get(table.name, [])))
        for table in published_tables()
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data/published` in it, as the recipes expect."""
    root = tmp_path_factory.mktemp("home")
    publish(
        root / "data" / "published",
        invented(),
        batch_id="2026-11-25",
        as_of=AS_OF,
        at=AT,
    )
    return root


def plain(answer: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Rows as plain values, the column names first."""
    found = [tuple(_plain(value) for value in row) for row in answer.itertuples(index=False)]
    return [tuple(answer.columns), *found]


def _plain(value: Any) -> Any:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, datetime | date):
        return pd.Timestamp(value).tz_localize(None).isoformat()
    if isinstance(value, np.generic):
        value = value.item()
    return round(value, 6) if isinstance(value, float) else value


def by_pandas(code: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.chdir(home)
    names: dict[str, Any] = {}
    exec(blocks(SETUP, "python")[0], names)  # noqa: S102  # the page is ours
    exec(code, names)  # noqa: S102  # the page is ours
    answer = names["answer"]
    assert isinstance(answer, pd.DataFrame)
    return answer


@pytest.mark.parametrize("word", [*Decision, *OutcomeReason])
def test_every_decision_and_reason_is_explained(word: str) -> None:
    assert re.search(rf"^\| .*`{word}`.* \| ", SETUP, flags=re.MULTILINE)


def test_there_are_ten_questions_and_recipes_for_the_tables_that_are_ready_made() -> None:
    assert [int(question.partition(".")[0]) for question in QUESTIONS] == list(range(1, 11))
    ready_made = [re.findall("`(.+?)`", recipe)[0] for recipe in RECIPES[len(QUESTIONS) :]]
    assert sorted(ready_made) == ["appeal", "metric", "response", "win_rate"]
    assert all(len(blocks(q, "python")) == len(blocks(q, "sql")) == 1 for q in RECIPES)


@pytest.mark.parametrize("question", RECIPES, ids=[q.splitlines()[0] for q in RECIPES])
def test_pandas_and_duckdb_give_the_same_answer(
    question: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,), (sql,) = blocks(question, "python"), blocks(question, "sql")

    pandas_answer = by_pandas(code, home, monkeypatch)
    duckdb_answer = query(home / "data" / "published", sql).to_pandas()

    assert len(pandas_answer) > 0
    assert plain(duckdb_answer) == plain(pandas_answer)


def test_views_made_by_hand_are_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home)
    names: dict[str, Any] = {}
    for code in blocks(SETUP, "python"):
        exec(code, names)  # noqa: S102  # the page is ours
    (sql,) = blocks(QUESTIONS[1], "sql")

    with names["connection"] as connection:
        by_hand = connection.sql(sql).to_arrow_table()

    assert by_hand.equals(query(home / "data" / "published", sql))


def test_some_answers_by_hand(home: Path) -> None:
    published = home / "data" / "published"
    (wins,) = blocks(QUESTIONS[1], "sql")
    (missed,) = blocks(QUESTIONS[5], "sql")

    assert query(published, wins).to_pylist() == [
        {"ground": "fba_fulfillment", "granted": 1, "denied": 0, "vanished": 0, "win_rate": 1.0},
        {"ground": "hate_speech", "granted": 0, "denied": 0, "vanished": 0, "win_rate": None},
        {"ground": "product_review", "granted": 1, "denied": 2, "vanished": 1, "win_rate": 0.333},
    ]
    # Written on 19 and 20 July: the windows closed on 17 and 18 October.
    assert query(published, missed).to_pylist() == [
        {"month": "2026-10", "ground": "obscene_language", "feedback": 1},
        {"month": "2026-10", "ground": "product_review", "feedback": 1},
    ]


def test_ready_made_tables_by_hand(home: Path) -> None:
    answers = {
        re.findall("`(.+?)`", recipe)[0]: query(
            home / "data" / "published", *blocks(recipe, "sql")
        ).to_pylist()
        for recipe in RECIPES[len(QUESTIONS) :]
    }
    assert [(row["order_id"], row["topic"]) for row in answers["response"]] == [
        ("302-1234567-0000102", "conduct"),
        ("302-1234567-0000103", "vague"),
    ]
    assert [(row["order_id"], row["days_left"]) for row in answers["appeal"]] == [
        ("302-1234567-0000003", 40),
        ("302-1234567-0000002", 55),
    ]
    # Two of three denied; Wilson: 1/3 of 3 lies between 0.0615 and 0.7923, one of one above 0.2065.
    assert [
        (row["ground"], row["decided"], round(row["rate_low"], 4), round(row["rate_high"], 4))
        for row in answers["win_rate"]
    ] == [("fba_fulfillment", 1, 0.2065, 1.0), ("product_review", 3, 0.0615, 0.7923)]
    # 3 of 400 orders, 1 of them waits.
    assert answers["metric"] == [
        {"account": "acme", "marketplace": "DE", "defects": 3, "orders": 400}
        | {"percent": 0.75, "percent_if_granted": 0.5}
    ]


def test_the_script_answers_every_question(home: Path) -> None:
    script = Path(__file__).parents[2] / "docs" / "ten_questions.py"
    done = subprocess.run(
        [sys.executable, script], cwd=home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    titles = [recipe.splitlines()[0] for recipe in RECIPES]
    assert len(titles) == 14
    for title in titles:
        assert title in done.stdout
    assert "gone_unattributed" in done.stdout
    assert "no rows yet" not in done.stdout


def test_the_script_says_where_nothing_is_published(tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "docs" / "ten_questions.py"
    done = subprocess.run(
        [sys.executable, script, tmp_path / "none"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "nothing is published here" in done.stderr
