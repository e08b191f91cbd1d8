"""The data dictionary says everything the schemas do, and goes stale when they change."""

from pathlib import Path

import pytest

from schemas import vocabularies
from schemas.data_dictionary import DOCUMENT, is_current, render
from schemas.markdown_tables import markdown_table
from schemas.tables import TABLES, Table

DOCS = Path(__file__).parents[2] / "docs"


def section_of(name: str) -> str:
    return render().split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]


def test_the_committed_document_is_current() -> None:
    assert is_current(DOCS), "run `feedback-removal docs` and commit docs/data-dictionary.md"


def test_an_edited_or_missing_document_is_not_current(tmp_path: Path) -> None:
    assert not is_current(tmp_path)
    document = tmp_path / DOCUMENT
    document.write_text(render(), "utf-8")
    assert is_current(tmp_path)
    document.write_text(render() + " ", "utf-8")
    assert not is_current(tmp_path)


def test_rendering_twice_gives_the_same_bytes() -> None:
    assert render() == render()


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_a_table_is_described_with_all_its_columns(table: Table) -> None:
    section = section_of(table.name)

    assert table.row_is in section
    for column in table.columns:
        (line,) = (line for line in section.splitlines() if line.startswith(f"| `{column.name}` "))
        assert f"`{column.type}`" in line
        assert column.meaning in line
        assert column.source in line
        assert all(rule.reason in line for rule in column.all_rules)


def test_limits_and_personal_columns_are_told() -> None:
    feedback = section_of("feedback").splitlines()

    def line(name: str) -> str:
        return next(line for line in feedback if line.startswith(f"| `{name}` "))

    assert "| 1 to 5 |" in line("rating")
    assert "(stars)" in line("rating")
    assert "at most 1 day after the business date" in line("feedback_date")
    assert line("comment").split(" | ")[6] == "yes"
    assert line("rating").split(" | ")[6] == ""
    assert "at least 0" in section_of("report_file")


def test_every_vocabulary_is_listed_with_its_words() -> None:
    section = section_of("Vocabularies")

    assert f"| `{vocabularies.Grade.__name__}` |" in section
    for word in vocabularies.RequestState:
        assert f"`{word.value}`" in section


def test_a_pipe_inside_a_cell_does_not_open_a_column() -> None:
    assert markdown_table(("a",), [("x|y\nz",)]) == "| a |\n| --- |\n| x\\|y z |\n"


def test_a_row_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells, the header 1"):
        markdown_table(("a",), [("x", "y")])
