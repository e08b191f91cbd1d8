"""The whole night's work as a real Prefect flow on the sample reports."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

AS_OF = date(2026, 11, 20)
_OF_EACH_RUN = ("logs", "ledger", "in-use.lock", "reports")
"""What every run writes: its summary, its row in the ledger and its report."""


def fingerprints(home: Path) -> dict[str, str]:
    """Hash of every file that a run without news must leave as it is."""
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file() and path.relative_to(home).parts[0] not in _OF_EACH_RUN
    }


def run(home: Path, *, submit: bool) -> Any:
    from flows.nightly import run_nightly
    from flows.progress import Silent

    return run_nightly(home=home, config=None, as_of=AS_OF, submit=submit, progress=Silent())


def newest_artifact(key: str) -> str:
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
    from prefect.client.schemas.sorting import ArtifactSort

    with get_client(sync_client=True) as client:
        found, *_ = client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])),
            sort=ArtifactSort.CREATED_DESC,
        )
    return str(found.data)


@pytest.fixture
def after_one_night(sample_home: Path) -> tuple[Path, Any]:
    return sample_home, run(sample_home, submit=True)


@pytest.mark.usefixtures("prefect_server")
def test_a_night_ends_with_worksheet_candidates_and_parquet(
    after_one_night: tuple[Path, Any],
) -> None:
    home, summary = after_one_night
    assert summary.exit_code == 3, summary.messages
    assert summary.rows("rows_in") == (
        summary.rows("rows_accepted")
        + summary.rows("rows_quarantined")
        + summary.rows("rows_duplicate")
    )
    assert summary.requests["planned"] == summary.requests["approved"] > 10
    assert summary.requests["on a worksheet"] == summary.requests["approved"]
    for name, place in summary.places.items():
        assert Path(place).exists(), name
    published = home / "published" / "latest"
    for table in [
        "report_file",
        "feedback",
        "feedback_revision",
        "order_fulfillment",
        "finding",
        "candidate",
        "removal_request",
        "event",
        "outcome",
        "run",
    ]:
        assert len(pd.read_parquet(published / table)) > 0, table
    requests = pd.read_parquet(published / "removal_request")
    assert set(requests["state"]) == {"approved"}
    assert requests["worksheet_id"].notna().all()


@pytest.mark.usefixtures("prefect_server")
def test_prefect_shows_the_numbers_of_the_page_and_of_the_tables(
    after_one_night: tuple[Path, Any],
) -> None:
    home, summary = after_one_night
    figures = newest_artifact("figures")
    cells = {
        tuple(cell.strip() for cell in line.strip("| ").split("|")) for line in figures.splitlines()
    }
    published = home / "published" / "latest"
    metric = pd.read_parquet(published / "metric").set_index(
        ["account", "marketplace", "metric_name", "period_days"]
    )
    account = ("lumen-home", "US")
    (shares,) = (row for row in cells if row[:2] == ("lumen-home / US", "30"))
    wanted = [
        metric.loc[(*account, f"{name}_share", 30)] for name in ("positive", "neutral", "negative")
    ]
    assert shares[4] == " / ".join(f"{row['value']:.0f}" for row in wanted) + " %"
    assert int(shares[2]) == wanted[2]["numerator"]
    page = Path(summary.places["report"]).read_text("utf-8")
    assert f">{shares[4]}<" in page
    (missed,) = (
        row for row in cells if row[:3] == ("2026-08", "lumen-home / US", "fba_fulfillment")
    )
    assert int(missed[3]) <= metric.loc[(*account, "missed_deadlines", 0)]["value"]
    assert "buyer" not in figures
    assert all(task in newest_artifact("run-summary") for task in summary.to_do)


@pytest.mark.usefixtures("prefect_server")
def test_no_mail_address_of_a_buyer_is_published_or_logged(
    after_one_night: tuple[Path, Any],
) -> None:
    home, _ = after_one_night
    looked_at = 0
    for part in ("published", "logs", "docs", "ledger", "worksheets", "tables"):
        for path in (home / part).rglob("*"):
            if not path.is_file() or "quarantined_row" in path.parts:
                continue  # a row that was set aside keeps its original bytes, and is private
            if path.suffix == ".parquet":  # compressed: look at what a reader gets
                content = pq.read_table(path, partitioning=None).to_pandas().to_csv().encode()
            else:
                content = path.read_bytes()
            assert b"@marketplace.amazon" not in content, path
            looked_at += 1
    assert looked_at > 20


@pytest.mark.usefixtures("prefect_server")
def test_the_same_night_again_changes_nothing(after_one_night: tuple[Path, Any]) -> None:
    home, first = after_one_night
    before = fingerprints(home)
    second = run(home, submit=True)
    assert second.exit_code == 0, second.messages
    assert fingerprints(home) == before
    assert second.requests["planned"] == 0
    assert second.requests["on a worksheet"] == 0
    assert second.published_batch == first.published_batch
    assert len(list((home / "reports").iterdir())) == 2


@pytest.mark.usefixtures("prefect_server")
def test_without_submit_nothing_leaves_planned(sample_home: Path) -> None:
    summary = run(sample_home, submit=False)
    assert summary.requests["planned"] > 10
    requests = pd.read_parquet(sample_home / "published" / "latest" / "removal_request")
    assert set(requests["state"]) == {"planned"}
    assert not list((sample_home / "worksheets").iterdir())


@pytest.mark.usefixtures("prefect_server")
def test_the_stop_file_stops_what_would_be_sent(sample_home: Path) -> None:
    (sample_home / "STOP").touch()
    summary = run(sample_home, submit=True)
    assert summary.exit_code == 8
    assert not list((sample_home / "worksheets").iterdir())
    requests = pd.read_parquet(sample_home / "published" / "latest" / "removal_request")
    assert requests["worksheet_id"].isna().all()


def test_a_run_without_any_server_brings_its_own(sample_home: Path, tmp_path: Path) -> None:
    """From a fresh Prefect home, as on a new machine: importing Prefect does not show whether it can run a flow."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")
    }
    done = subprocess.run(
        [
            Path(sys.executable).with_name("feedback-removal"),
            *("run", "--home", sample_home, "--as-of", AS_OF.isoformat()),
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
        env=environment | {"PREFECT_HOME": str(tmp_path / "prefect")},
    )
    assert done.returncode == 3, done.stdout + done.stderr
    assert "Where to look" in done.stdout
    assert list((tmp_path / "prefect").iterdir())
