"""The report of a run, from real steps on the sample, opened in a real browser."""

import csv
import doctest
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from flows.morning_report import cells
from flows.morning_report.charts import bars_by_week
from flows.settings import resolve
from flows.steps.ingest import ingest
from flows.steps.plan import plan
from flows.steps.publish import publish
from flows.steps.report import masked
from flows.steps.screen import screen
from flows.steps.track import track
from flows.work import running
from schemas.vocabularies import Topic
from store.batches import latest_batch, read_table
from transforms.replies.drafts import replies

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
AS_OF = date(2026, 11, 20)
HOSTILE = "<script>document.title='owned'</script> The seller never answered my messages"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of one night on the sample, with one hostile comment among the feedback."""
    root = tmp_path_factory.mktemp("report") / "home"
    shutil.copytree(SAMPLE / "inbox", root / "inbox")
    for name in ("feedback-removal.toml", "feedback-summary.csv"):
        shutil.copy(SAMPLE / name, root)
    (root / "inbox" / "lumen-home" / "US" / "hostile.txt").write_text(
        "Date\tRating\tComments\tYour Response\tOrder ID\tRater Email\n"
        f"11/18/26\t1\t{HOSTILE}\t\t111-0000001-0000001\taa@marketplace.amazon.com\n",
        "utf-8",
    )
    old = root / "reports" / "20200101T030000Z-abcdef"
    old.mkdir(parents=True)
    (old / "report.html").write_text("quotes a buyer", "utf-8")
    with running(resolve(home=root, as_of=AS_OF)) as work:
        for step in (ingest, track, screen, plan, publish):
            step(work)
        return Path(work.summary.places["report"])


def test_the_report_begins_with_today(report: Path) -> None:
    text = report.read_text("utf-8")
    assert text.index("Today: ") < text.index("What came in")
    assert "requests to approve" in text
    assert f"<code>feedback-removal approve --list --home {report.parents[2]}</code>" in text


@pytest.mark.parametrize(
    "caption",
    ["Missed deadlines: a ground was found", "Not counted until somebody acts", "96 / 0 / 4 %"],
)
def test_the_report_tells_what_was_missed_what_is_set_aside_and_the_shares(
    report: Path, caption: str
) -> None:
    assert caption in report.read_text("utf-8")


def test_words_of_buyers_are_escaped(report: Path) -> None:
    text = report.read_text("utf-8")
    assert "&lt;script&gt;document.title" in text
    assert "<script" not in text


def test_reports_past_their_retention_are_removed(report: Path) -> None:
    assert [folder.name for folder in report.parents[1].iterdir()] == [report.parent.name]


def test_only_the_owner_may_read_it(report: Path) -> None:
    assert report.stat().st_mode & 0o077 == 0
    assert report.parent.stat().st_mode & 0o077 == 0


def test_the_response_list_is_ordered_and_without_comments(report: Path) -> None:
    with (report.parent / "responses.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert "comment" not in rows[0]
    days = [int(row["retraction_days_left"]) for row in rows]
    inside = [number for number in days if number]
    assert inside == sorted(inside)


def test_every_row_has_its_draft_and_analysts_get_the_same_rows_without_it(report: Path) -> None:
    with (report.parent / "responses.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = replies().texts
    assert all(
        row["draft_reply"] == texts[row["draft_language"]][Topic(row["topic"])] for row in rows
    )
    assert rows[0]["draft_reply"] in report.read_text("utf-8")

    published = read_table(report.parents[2] / "published", "response").sort_by("urgency_rank")
    assert published["order_id"].to_pylist() == [row["order_id"] for row in rows]
    assert published["topic"].to_pylist() == [row["topic"] for row in rows]
    assert not {"comment", "draft_reply"} & set(published.column_names)


def test_links_lead_to_files_that_are_there(report: Path) -> None:
    import re

    text = report.read_text("utf-8")
    links = re.findall(r'href="([^"]+)"', text)
    beside = [link for link in links if not link.startswith("#")]
    assert len(beside) >= 3
    assert all((report.parent / link).exists() for link in beside)
    assert all(f'id="{link[1:]}"' in text for link in links if link.startswith("#"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_browser_shows_it_without_complaint(
    report: Path, complaints: Callable[..., list[str]], width: int, scheme: str
) -> None:
    assert complaints(report, width=width, scheme=scheme, title=f"Report {AS_OF}") == []


def test_the_check_sees_what_is_wrong(tmp_path: Path, complaints: Callable[..., list[str]]) -> None:
    page = tmp_path / "bad.html"
    page.write_text(
        "<title>Bad</title><img src='http://127.0.0.1:9/x.png'><p style='width:2000px'>wide</p>",
        "utf-8",
    )
    told = "\n".join(complaints(page, width=390, scheme="light", title="Report"))
    for word in (
        "request: http://127.0.0.1:9/x.png",
        "console: ",
        "title: Bad",
        "too wide",
        "image-alt",
    ):
        assert word in told


def test_a_home_without_anything_has_a_page_too(
    tmp_path: Path, complaints: Callable[..., list[str]]
) -> None:
    with running(resolve(home=tmp_path, as_of=AS_OF)) as work:
        publish(work)
        page = Path(work.summary.places["report"])
    assert "Today: nothing to do" in page.read_text("utf-8")
    assert complaints(page, width=390, scheme="light", title=f"Report {AS_OF}") == []


def test_what_an_older_program_judged_has_a_report_too(sample_home: Path) -> None:
    with running(resolve(home=sample_home, as_of=AS_OF)) as work:
        for step in (ingest, screen):
            step(work)
        batch = latest_batch(work.home.tables)
        assert batch is not None
        for file in batch.manifest.tables["candidate"].files:
            path = batch.path / file.path
            path.chmod(0o600)
            pq.write_table(pq.ParquetFile(path).read().drop(["topic"]), path)
        publish(work)
    topics = read_table(sample_home / "published", "response")["topic"].to_pylist()
    assert set(topics) == {"vague"}


def test_on_paper_every_list_is_whole_and_light(report: Path, browser_file: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browser_file, args=["--no-sandbox"], chromium_sandbox=False
        )
        page = browser.new_page(viewport={"width": 720, "height": 1000}, color_scheme="dark")
        page.goto(report.as_uri())
        draft = page.locator("td.draft").first
        assert draft.is_visible()
        page.emulate_media(media="print")
        paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
        cut_off = page.evaluate("document.documentElement.scrollWidth") - 720
        assert not draft.is_visible()
        assert page.get_by_text("Drafts: on the screen").is_visible()
        browser.close()
    assert paper == "rgb(255, 255, 255)"
    assert cut_off <= 0


def test_the_same_numbers_give_the_same_plot() -> None:
    weeks = [f"2026-11-{day:02}" for day in range(1, 8)]
    one, two = (bars_by_week("a", weeks, {"asked": [0, 1, 2, 3, 2, 1, 0]}, "Asked") for _ in "ab")
    assert one == two
    assert "#010203" not in one
    assert "asked" in one


def test_figures_are_written_as_their_documentation_says() -> None:
    assert doctest.testmod(cells).failed == 0


def test_overlapping_personal_data_is_masked_once() -> None:
    shown = masked("Mail ann.lee@example.org or call +1 212 555 0142 now", "US")
    assert "example" not in shown
    assert "555" not in shown
    assert shown.endswith(" now")
