"""The main job on the sample reports, in a home of its own: what `make run` shows a newcomer."""

import csv
import io
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flows.config import CONFIG_NAME, ConfigError
from flows.feedback_summary import FILE_NAME
from flows.nightly import run_nightly
from flows.progress import Progress
from flows.run_summary import RunSummary
from flows.settings import resolve
from flows.steps.appeals import draft_appeal
from flows.steps.import_results import FILLED, import_file
from flows.steps.ingest import ingest
from flows.steps.plan import plan
from flows.steps.publish import publish
from flows.steps.screen import screen
from flows.steps.track import track
from flows.work import running
from schemas.vocabularies import Decision
from store.batches import read_table
from store.durable_files import write_durably
from store.errors import as_storage_error
from store.home import Home

if TYPE_CHECKING:
    from flows.rehearsal_in_browser import BrowserRehearsal

AS_OF: Final = date(2026, 11, 20)
"""Business date of the sample reports."""

LATER: Final = date(2026, 11, 25)
"""Business date on which the later reports and e-mails come in."""

TO_REOPEN: Final = "111-4031676-1418916"
"""A request of the sample that was denied and is worth a re-opening."""

_MARK: Final = ".rehearsal"
_ANSWERS: Final = "answers.csv"
_LATER: Final = "later"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What the rehearsal did.

    Attributes:
        night: the nightly run.
        results: taking the filled worksheets in.
        later: a night five days later, with a newer report and decision e-mails.
        examples: an order for every decision that there is at the end.
        in_browser: the requests that went to the stand-in; None when no browser is found.
    """

    night: RunSummary
    results: RunSummary
    later: RunSummary
    examples: dict[Decision, str]
    in_browser: "BrowserRehearsal | None"


def rehearse(sample: Path, home: Path, progress: Progress) -> Rehearsal:
    """Run the night on the sample, fill in the worksheets as a person would, take the results in, and run a later night.

    The later night has a newer report and decision e-mails; one of the denied requests gets its draft of a re-opening.
    With a Chromium or Chrome on the machine the approved requests that nobody answered then go through it to the local
    stand-in, whose clock is moved until it has decided, and the decisions are read back.

    Args:
        sample: folder with `inbox`, `later`, the configuration, `answers.csv` and `feedback-summary.csv`.
        home: home of the rehearsal; one made by an earlier rehearsal is replaced, any other folder is refused.
        progress: told what is being done.

    Raises:
        ConfigError: the sample is not there, or `home` is in use for something else.
        StorageError: the disk failed.
    """
    _prepare(sample, home)
    night = run_nightly(home=home, config=None, as_of=AS_OF, submit=True, progress=progress)
    filled = _fill_in(home / "worksheets", sample / _ANSWERS)
    with running(resolve(home=home, as_of=AS_OF), progress) as work:
        for path in filled:
            import_file(work, path, by="rehearsal")
        publish(work)
    later = _later_night(sample / _LATER, home, progress)
    from flows.rehearsal_in_browser import rehearse_in_browser

    in_browser = rehearse_in_browser(home, LATER, progress)
    return Rehearsal(night, work.summary, later, examples_of(home), in_browser)


def examples_of(home: Path) -> dict[Decision, str]:
    """An order for every decision in the published outcomes, of feedback that was asked about where there is any."""
    rows = read_table(Home(home).published, "outcome").to_pylist()
    rows.sort(key=lambda row: (not row["is_asked"], row["order_id"]))
    found: dict[Decision, str] = {}
    for row in rows:
        found.setdefault(Decision(row["decision"]), row["order_id"])
    return dict(sorted(found.items()))


def _later_night(arrived: Path, home: Path, progress: Progress) -> RunSummary:
    with as_storage_error("cannot prepare", home):
        shutil.copytree(arrived, home / "inbox", dirs_exist_ok=True)
    with running(resolve(home=home, as_of=LATER), progress) as work:
        ingest(work)
        track(work)
        screen(work)
        plan(work)
        draft_appeal(work, TO_REOPEN, by="rehearsal")
        publish(work)
    return work.summary


def _prepare(sample: Path, home: Path) -> None:
    if not (sample / "inbox").is_dir() or not (sample / _LATER).is_dir():
        raise ConfigError(
            f"{sample}: no sample reports here; start this from the repository, or give --sample"
        )
    if home.exists() and not (home / _MARK).exists():
        raise ConfigError(f"{home} is not a rehearsal's folder; give another --home")
    with as_storage_error("cannot prepare", home):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True, mode=0o700)
        (home / _MARK).touch()
        shutil.copytree(sample / "inbox", home / "inbox")
        for name in (CONFIG_NAME, FILE_NAME):
            shutil.copy(sample / name, home / name)


def _fill_in(worksheets: Path, answers: Path) -> list[Path]:
    """Fill in each worksheet's table from the sample's answers, by order id, as a person would in a spreadsheet."""
    with answers.open(encoding="utf-8", newline="") as file:
        by_order = {row["order_id"]: row for row in csv.DictReader(file)}
    filled = []
    for path in sorted(worksheets.glob("*.csv")):
        rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
        if not rows:
            continue
        for row in rows:
            answer = by_order.get(row["order_id"])
            if answer is not None:
                row.update({name: answer[name] for name in ("result", "result_date", "note")})
        written = io.StringIO(newline="")
        writer = csv.DictWriter(written, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        target = worksheets / FILLED / path.name
        target.parent.mkdir(exist_ok=True, mode=0o700)
        write_durably(target, written.getvalue().encode("utf-8-sig"))
        filled.append(target)
    return filled
