"""Data Docs ask nothing of the internet, say what was found in words, and do not pile up."""

import os
import re
import subprocess
import sys
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pytest

from expectations.data_docs import DataDocsSite
from expectations.judging import judge_reports
from expectations.offline_pages import make_offline


class Links(HTMLParser):
    """What a page would load or lead to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attrs if name in {"href", "src"}]


@pytest.fixture(scope="module")
def docs_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("docs")


@pytest.fixture
def start_page(profile: pa.Table, docs_dir: Path, as_of: date) -> Path:
    """Data Docs of one night, made once for all tests that read them."""
    page = docs_dir / "runs" / "night-1" / "index.html"
    if not page.exists():
        judge_reports(profile, docs_dir=docs_dir, run_name="night-1", as_of=as_of)
    return page


def test_no_page_loads_or_leads_outside(start_page: Path) -> None:
    pages = [start_page.parents[2] / "index.html", *start_page.parent.rglob("*.html")]

    assert len(pages) == 4
    for page in pages:
        text = page.read_text("utf-8")
        links = Links()
        links.feed(text)
        assert not {"script", "link", "img", "iframe"} & set(links.tags), page
        assert not re.search(r"@import|url\(", text), page
        assert "default-src 'none'" in text
        for target in links.targets:
            path = target.partition("#")[0]
            assert not path or (page.parent / path).resolve().is_file(), (page, target)


def test_nothing_but_pages_is_left_of_a_run(start_page: Path) -> None:
    files = [path for path in start_page.parent.rglob("*") if path.is_file()]

    assert {path.suffix for path in files} == {".html"}
    assert sum(path.stat().st_size for path in files) < 1_000_000


def test_the_start_page_says_what_failed_where_and_what_to_do(start_page: Path) -> None:
    text = start_page.read_text("utf-8")

    assert "bad_order_id" in text
    assert "The order id" in text
    assert f"lamps/US/{'a' * 12}" in text
    assert "24 expectations: 23 met, 1 not met" in text


def test_a_page_of_the_engine_shows_the_answer_in_words(start_page: Path) -> None:
    (page,) = start_page.parent.glob("validations/**/*.html")
    text = page.read_text("utf-8")

    assert text.count('<b class="bad">failed</b>') >= 1
    assert text.count('<b class="ok">met</b>') >= 20
    assert "<i class=" not in text
    assert (
        "mostly_unreadable (quarantine): quarantined_share is at most 0.5. When it fails:" in text
    )


def test_what_a_page_says_is_escaped(profile: pa.Table, docs_dir: Path, as_of: date) -> None:
    position = profile.column_names.index("account")
    named = profile.set_column(position, "account", pa.array(["<script>x</script>"] * 2))

    report = judge_reports(named, docs_dir=docs_dir, run_name="night-2", as_of=as_of)

    for page in report.docs_path.parent.rglob("*.html"):
        assert "<script" not in page.read_text("utf-8")


def build(docs_dir: Path, run_name: str, kept_runs: int = 3) -> DataDocsSite:
    site = DataDocsSite(docs_dir, run_name, kept_runs)
    with site.building() as folder:
        (folder / "index.html").write_text(f"<head></head>{run_name}")
    return site


def test_only_the_newest_runs_are_kept(tmp_path: Path) -> None:
    for number in range(5):
        site = build(tmp_path, f"night-{number}")
        os.utime(site.start_page.parent, (number, number))

    build(tmp_path, "night-5")

    kept = {path.name for path in (tmp_path / "runs").iterdir()}
    assert kept == {"night-3", "night-4", "night-5"}
    links = Links()
    links.feed((tmp_path / "index.html").read_text("utf-8"))
    assert links.targets == [f"runs/night-{number}/index.html" for number in (5, 4, 3)]


def test_a_repeated_run_replaces_its_own_pages(tmp_path: Path) -> None:
    (build(tmp_path, "night-1").start_page.parent / "old.html").write_text("<head></head>")

    site = build(tmp_path, "night-1")

    assert [path.name for path in site.start_page.parent.iterdir()] == ["index.html"]


def test_an_error_while_building_leaves_earlier_pages_alone(tmp_path: Path) -> None:
    earlier = build(tmp_path, "night-1").start_page.read_text()

    def fail_half_way() -> None:
        with DataDocsSite(tmp_path, "night-1", 3).building() as folder:
            (folder / "index.html").write_text("half")
            raise RuntimeError("disk")

    with pytest.raises(RuntimeError, match="disk"):
        fail_half_way()

    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["night-1"]
    assert (tmp_path / "runs" / "night-1" / "index.html").read_text() == earlier


@pytest.mark.parametrize("run_name", ["", "../elsewhere", "a/b", ".hidden", "a b", "x" * 200])
def test_a_run_name_that_is_no_folder_name_is_refused(run_name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no safe folder name"):
        DataDocsSite(tmp_path, run_name, 3)


def test_a_page_that_cannot_be_guarded_is_an_error() -> None:
    with pytest.raises(ValueError, match="no <head>"):
        make_offline("<p>just text</p>")


def test_importing_the_package_does_not_import_the_engine() -> None:
    modules = "expectations.judging, expectations.suites, expectations.grades, expectations.report"
    code = f"import sys, {modules}; sys.exit('great_expectations' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
