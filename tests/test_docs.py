"""Documents name what exists: a renamed command, table, ground, key, exit code or file breaks a test here."""

import itertools
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
import typer
from pydantic import BaseModel

from flows.command_line.app import app
from flows.config import Config
from flows.exit_codes import ExitCode
from schemas.tables import TABLES
from schemas.vocabularies import Ground

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = {document: document.read_text("utf-8") for document in DOCUMENTS}
EVERYTHING = "\n".join(TEXTS.values())
RUNBOOK = TEXTS[ROOT / "docs" / "runbook.md"]
IDS = [str(document.relative_to(ROOT)) for document in DOCUMENTS]

PACKAGES: list[str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"][
    "build"
]["targets"]["wheel"]["packages"]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def in_code(text: str) -> Iterator[str]:
    """What stands between backticks on one line, outside fenced blocks."""
    unfenced = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from re.findall(r"`([^`\n]+)`", unfenced)


def anchor(heading: str) -> str:
    """The anchor that a heading gets when the page is shown."""
    plain = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return plain.replace(" ", "-")


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_links_lead_to_files_and_headings(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[document]):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, heading = target.partition("#")
        linked = document.parent / path if path else document
        assert linked.exists(), f"{document.name} links to {target}"
        if heading:
            headings = re.findall(r"^#+ (.*)$", linked.read_text("utf-8"), re.MULTILINE)
            assert heading in map(anchor, headings), f"{document.name} links to {target}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_paths_of_the_repository_exist(document: Path) -> None:
    """Paths below HOME are the operator's; of `docs/` and `data/` only committed parts are ours."""
    folders = {*PACKAGES, "tests", "benchmarks"}
    for path in in_code(TEXTS[document]):
        if not re.fullmatch(r"[\w.*-]+(/[\w.*-]+)*/?", path) or "/" not in path:
            continue
        is_ours = (
            path.split("/")[0] in folders
            or (path.startswith("docs/") and path.endswith(".md"))
            or path.startswith("data/sample")
        )
        if is_ours:
            assert any(ROOT.glob(path.rstrip("/"))), f"{document.name} names {path}"


def test_a_map_of_the_packages_is_whole() -> None:
    readme = TEXTS[ROOT / "README.md"]
    named = {package for package in PACKAGES if re.search(rf"\b{package}/", readme)}

    assert named in (set(), set(PACKAGES))


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_named(table: str) -> None:
    assert f"`{table}`" in EVERYTHING


@pytest.mark.parametrize("ground", Ground)
def test_every_ground_is_named(ground: Ground) -> None:
    assert f"`{ground}`" in EVERYTHING


def test_a_page_about_the_policy_covers_every_ground() -> None:
    for document, text in TEXTS.items():
        if document.name == "policy.md":
            assert [ground for ground in Ground if f"`{ground}`" not in text] == []


@pytest.mark.parametrize(
    "command", [name for name, command in COMMANDS.items() if not command.hidden]
)
def test_every_command_is_named(command: str) -> None:
    assert f"feedback-removal {command}" in EVERYTHING


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_command_named_exists(document: Path) -> None:
    named = set(re.findall(r"feedback-removal ([a-z][a-z-]+)", TEXTS[document]))
    written_as_code = " ".join(re.findall(r"`[^`]*`", TEXTS[document]))

    for name in named:
        if f"feedback-removal {name}" in written_as_code:
            assert name in COMMANDS, f"{document.name} names the command {name}"


def test_the_runbook_explains_exactly_the_exit_codes() -> None:
    table = RUNBOOK.split("## Exit codes", 1)[1].split("\n## ", 1)[0]

    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == list(
        ExitCode
    )


def keys_of(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Dotted names of all settings; a table with free names is one setting."""
    for name, field in section.model_fields.items():
        kinds = [field.annotation, *get_args(field.annotation)]
        nested = next(
            (kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None
        )
        if nested is None:
            yield prefix + name
        else:
            yield from keys_of(nested, f"{prefix}{name}.")


def test_every_setting_is_in_the_runbook() -> None:
    settings = RUNBOOK.split("## Configuration", 1)[1].split("\n## ", 1)[0]

    undocumented = [
        key
        for key in keys_of(Config)
        if not any(code == key or code.startswith(f"{key}.") for code in in_code(settings))
    ]
    assert undocumented == []


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = itertools.chain.from_iterable(
        re.findall(r"make ([a-z-]+)", code) for text in TEXTS.values() for code in in_code(text)
    )

    assert set(named) <= targets


def test_the_readme_stays_short() -> None:
    assert len(TEXTS[ROOT / "README.md"].splitlines()) < 150
