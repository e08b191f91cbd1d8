"""What `pip install .` gives: every package, its data files, and the command."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ["schemas", "rules", "transforms", "expectations", "store", "feedback_manager", "flows"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", target],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    (built,) = target.glob("*.whl")
    return built


def test_every_module_and_data_file_is_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    committed = {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert committed <= packed
    assert not [name for name in packed if name.startswith(("tests/", "data/", "benchmarks/"))]


def test_every_package_imports_from_anywhere_and_finds_its_data(
    wheel: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    script = (
        "import importlib, pathlib\n"
        f"for name in {PACKAGES!r}:\n"
        f"    assert importlib.import_module(name).__file__.startswith({str(tmp_path)!r}), name\n"
        "from schemas.marketplaces import marketplaces\n"
        "from rules.rule_book import load_rule_book\n"
        "from transforms.reports.headers import packaged_headers\n"
        "assert len(marketplaces()) == 23\n"
        "load_rule_book(); packaged_headers()\n"
        "print('all there')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "site")},
    )
    assert done.stdout == "all there\n", done.stderr


def test_the_command_is_declared(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [n for n in archive.namelist() if n.endswith("entry_points.txt")]
        assert "feedback-removal = flows.command_line:main" in archive.read(name).decode()
