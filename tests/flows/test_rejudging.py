"""The command `rejudge` on the sample reports: it tells a difference and changes nothing."""

import hashlib
import json
from datetime import date
from importlib import resources
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.command_line.app import app
from flows.settings import resolve
from flows.steps.ingest import ingest
from flows.steps.plan import plan
from flows.steps.screen import screen
from flows.work import running

AS_OF = "2026-11-20"


@pytest.fixture
def planned_home(sample_home: Path) -> Path:
    with running(resolve(home=sample_home, as_of=date.fromisoformat(AS_OF))) as work:
        ingest(work)
        screen(work)
        plan(work)
    return sample_home


def tree(home: Path) -> dict[str, str]:
    return {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in home.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def rejudge(home: Path, *options: str) -> tuple[int, str]:
    done = CliRunner().invoke(
        app, ["rejudge", "--home", str(home), "--as-of", AS_OF, "--since", "2026-01-01", *options]
    )
    return done.exit_code, done.output


def test_rejudge_tells_what_the_narrow_wording_would_change(planned_home: Path) -> None:
    before = tree(planned_home)
    code, output = rejudge(planned_home, "--json", "--policy-version", "delivery-experience")
    assert code == 0, output
    told = json.loads(output[output.index("{") :])
    assert told["counts"]["no_longer_asked"] > 0
    assert set(told["counts"]) <= {"no_longer_asked", "same_ground", "never_asked"}
    for row in told["different"]:
        assert row["ground_before"] == "fba_fulfillment"
        assert row["reason_now"].startswith("narrow_wording")
    assert tree(planned_home) == before


def test_rejudge_under_the_same_rules_finds_no_difference(planned_home: Path) -> None:
    code, output = rejudge(planned_home)
    assert code == 0, output
    assert "never asked" in output
    assert "no longer asked" not in output
    assert "newly asked" not in output


def test_rules_of_a_folder_are_used_instead(planned_home: Path, tmp_path: Path) -> None:
    packaged = (
        resources.files("rules").joinpath("grounds", "product_review.toml").read_text("utf-8")
    )
    stricter = packaged.replace('default_verdict = "request"', 'default_verdict = "review"')
    assert stricter != packaged
    rules = tmp_path / "stricter"
    (rules / "grounds").mkdir(parents=True)
    (rules / "grounds" / "product_review.toml").write_text(stricter, "utf-8")
    code, output = rejudge(planned_home, "--json", "--rules", str(rules))
    assert code == 0, output
    different = json.loads(output[output.index("{") :])["different"]
    assert different
    assert {(row["ground_before"], row["verdict_now"]) for row in different} == {
        ("product_review", "review")
    }


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--policy-version", "none-such"], "policy version 'none-such' is unknown"),
        (["--rules", "/none/such"], "no such folder"),
    ],
)
def test_wrong_options_are_named(planned_home: Path, options: list[str], complaint: str) -> None:
    code, output = rejudge(planned_home, *options)
    assert code == 2
    assert complaint in output
