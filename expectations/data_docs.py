"""Where the Data Docs are, how many runs of them are kept, and the start page of each run."""

import html
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from expectations.offline_pages import make_offline
from expectations.report import Answer, ExpectationReport, ExpectationResult
from transforms.file_profile import FileKey

SHOWN_FILES: Final = 20
"""Failing files that a page lists; the report itself names all."""

_HALF_BUILT: Final = ".building-"
_CLASSES: Final = {Answer.MET: "ok", Answer.FAILED: "bad", Answer.NOT_RUN: "bad"}
_RUN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")


@dataclass(frozen=True, slots=True)
class DataDocsSite:
    """The Data Docs of one run, below a folder that holds those of earlier runs too."""

    docs_dir: Path
    run_name: str
    kept_runs: int

    def __post_init__(self) -> None:
        if not _RUN_NAME.fullmatch(self.run_name):
            raise ValueError(
                f"run name {self.run_name!r} is no safe folder name: letters, digits, dot, dash, underscore"
            )
        if self.kept_runs < 1:
            raise ValueError("at least the Data Docs of this run have to be kept")

    @property
    def runs_dir(self) -> Path:
        """One folder a run."""
        return self.docs_dir / "runs"

    @property
    def start_page(self) -> Path:
        """The page to open first."""
        return self.runs_dir / self.run_name / "index.html"

    @staticmethod
    def configuration(folder: Path) -> dict[str, Any]:
        """What Great Expectations has to be told to write its pages into `folder`."""
        return {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,
            "store_backend": {
                "class_name": "TupleFilesystemStoreBackend",
                "base_directory": str(folder),
            },
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        }

    @contextmanager
    def building(self) -> Iterator[Path]:
        """A folder to write pages into; on leaving they are made readable offline and take their place.

        After an error nothing of the run is left, and the pages of earlier runs stay as they were.
        """
        self.runs_dir.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=_HALF_BUILT, dir=self.runs_dir))
        try:
            yield folder
            shutil.rmtree(
                folder / "static", ignore_errors=True
            )  # fonts and images for online pages
            for page in folder.rglob("*.html"):
                page.write_text(make_offline(page.read_text("utf-8")), "utf-8")
            target = self.start_page.parent
            shutil.rmtree(target, ignore_errors=True)
            folder.rename(target)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self._list(self._forget_old_runs())

    def write_start_page(self, folder: Path, report: ExpectationReport, as_of: date) -> None:
        """Replace Great Expectations' start page by the answers in words, with links to its pages."""
        links = sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/**/*.html"))
        (folder / "index.html").write_text(_start_page(report, links, as_of), "utf-8")

    def _forget_old_runs(self) -> list[str]:
        """Remove the oldest runs beyond `kept_runs` and what a crashed run left half built; names of the others, newest first."""
        folders = [path for path in self.runs_dir.iterdir() if path.is_dir()]
        half_built = [path for path in folders if path.name.startswith(_HALF_BUILT)]
        runs = sorted(
            (path for path in folders if path not in half_built),
            key=lambda path: (path.stat().st_mtime_ns, path.name),
            reverse=True,
        )
        for path in (*half_built, *runs[self.kept_runs :]):
            shutil.rmtree(path, ignore_errors=True)
        return [path.name for path in runs[: self.kept_runs]]

    def _list(self, runs: Sequence[str]) -> None:
        """Replace the page that leads to the Data Docs of every kept run."""
        page = self.docs_dir / f"{_HALF_BUILT}index.html"
        page.write_text(_runs_page(runs), "utf-8")
        page.replace(self.docs_dir / "index.html")


def _runs_page(runs: Sequence[str]) -> str:
    links = "".join(
        f'<li><a href="runs/{html.escape(run)}/index.html">{html.escape(run)}</a></li>'
        for run in runs
    )
    page = f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Expectations of every run</title></head>
<body><h1>Expectations of every run</h1><p>Newest first; older ones were removed.</p><ol>{links}</ol></body>
</html>
"""
    return make_offline(page)


def _start_page(report: ExpectationReport, pages: Sequence[str], as_of: date) -> str:
    """The answers of a run in words, failures first."""
    missed = [result for result in report.results if not result.is_met]
    met = [result for result in report.results if result.is_met]
    links = "".join(
        f'<li><a href="{html.escape(page)}">{html.escape(_title(page))}</a></li>' for page in pages
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Expectations, run {html.escape(report.run_name)}</title></head>
<body>
<h1>Expectations of run {html.escape(report.run_name)}</h1>
<p>Business date {as_of.isoformat()}. {len(report.results)} expectations: {len(met)} met, {len(missed)} not met.</p>
{_results_table("Not met", missed)}
{_results_table("Met", met)}
<h2>More</h2>
<ul>{links}<li><a href="../../index.html">Other runs</a></li></ul>
<p class="muted">These pages need no internet: scripts and foreign styles were removed. Files are named by account, marketplace
and the beginning of their SHA-256; the run's summary and table report_file tell their names.</p>
</body>
</html>
"""


def _title(page: str) -> str:
    """What a page of Great Expectations shows, by the folder it is in."""
    return {
        "validations": "Great Expectations: the figures of this run, expectation by expectation",
        "expectations": "Great Expectations: what is expected",
    }.get(page.split("/", 1)[0], page)


def _results_table(title: str, results: Sequence[ExpectationResult]) -> str:
    if not results:
        return ""
    rows = "".join(
        f'<tr><td>{html.escape(result.name)}</td><td>{result.grade.value}</td><td class="{_CLASSES[result.answer]}">'
        f"{result.answer.value.replace('_', ' ')}</td><td>{result.files_judged}</td><td>{len(result.files_failed)}</td>"
        f"<td>{result.row_count}</td><td>{html.escape(result.sentence)}{_files(result)}</td></tr>"
        for result in results
    )
    return (
        f"<h2>{title}</h2><table><thead><tr><th>expectation</th><th>grade</th><th>answer</th><th>files judged</th>"
        f"<th>files failed</th><th>rows</th><th>what to do</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _files(result: ExpectationResult) -> str:
    """The first failing files, and how many more there are."""
    if not result.files_failed:
        return ""
    shown = "<br>".join(html.escape(label(key)) for key in result.files_failed[:SHOWN_FILES])
    more = len(result.files_failed) - SHOWN_FILES
    return f'<br><span class="muted">{shown}{f"<br>and {more} more" if more > 0 else ""}</span>'


def label(key: FileKey) -> str:
    """How a page names a file: its own name may hold personal data, its hash does not."""
    return f"{key.account}/{key.marketplace}/{key.file_sha256[:12]}"
