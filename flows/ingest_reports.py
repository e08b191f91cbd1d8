"""Take in the inbox: read every file, make sure that every row is accounted for, merge, write one batch, move the files.

The order of writes makes every crash harmless. Rows of a file reach the working tables in one batch, after all counts
were checked; only then is the file moved. A run that dies in between leaves the file in the inbox, and the next run
sees by its hash that it was taken in and only moves it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from flows.file_pool import hash_files, read_files
from flows.ingest_result import (
    IngestedFile,
    IngestOptions,
    IngestProgress,
    IngestResult,
    Judge,
    Judgement,
)
from flows.kept_memory import keep_freed_memory
from flows.known_files import KnownFiles, duplicate, settle_same_bytes
from flows.mail_files import WORDING_FILE, settle_same_mails
from flows.read_file import FileOutcome, FileTask, refused
from flows.working_tables import WorkingTables
from schemas.tables import DECISION_EMAIL
from schemas.vocabularies import FileStatus, ReportKind
from store.errors import as_storage_error
from store.filing import Filing, sweep_leftovers
from store.home import Home
from store.inbox import InboxFile, scan_inbox
from store.quarantine import agree_quarantined_rows
from store.staging import staging_folder
from transforms.decision_mails.wording import MailWording, WordingFileError, packaged_wording
from transforms.file_profile import FileKey
from transforms.reports.headers import HeaderAliases, HeaderFileError, packaged_headers
from transforms.reports.refusals import Refusal, refusal

ProgressCall = Callable[[IngestProgress], None]


@dataclass(frozen=True, slots=True)
class IngestRun:
    """What every step of one run needs to know."""

    home: Home
    options: IngestOptions
    as_of: date
    run_id: str
    seen_at: datetime
    judge: Judge | None = None
    progress: ProgressCall | None = None


def ingest_reports(
    home: Home,
    options: IngestOptions,
    *,
    as_of: date,
    run_id: str,
    seen_at: datetime,
    judge: Judge | None = None,
    progress: ProgressCall | None = None,
) -> IngestResult:
    """Take in what lies in the inbox.

    Args:
        home: the home folder, created.
        options: accounts, processes, limits.
        as_of: the run's business date; feedback may be dated at most one day later.
        run_id: names the run in `report_file`.
        seen_at: when the run saw the files, UTC.
        judge: the expectations; None accepts whatever adds up.
        progress: told how far reading is, in the caller's thread.

    Raises:
        StorageError: the disk failed; the working tables are those of the run before, or already those of this run, and
            files that were not moved yet are moved by the next run.
        HeaderFileError: HOME/headers.toml is wrong.
        WordingFileError: HOME/decision-mails.toml is wrong.
    """
    run = IngestRun(home, options, as_of, run_id, seen_at, judge, progress)
    files = scan_inbox(home.inbox, options.accounts, options.limits)
    return take_in(run, files)


def take_in(
    run: IngestRun, files: Sequence[InboxFile], again: Sequence[InboxFile] = ()
) -> IngestResult:
    """Read files, merge their rows into the working tables and move the files.

    Args:
        run: the run.
        files: files to take in unless their bytes were taken in before.
        again: files of HOME/raw to read again; one that cannot be read any more keeps the rows that it gave.

    Raises:
        StorageError: see `ingest_reports`.
    """
    keep_freed_memory()
    sweep_leftovers(run.home)
    tables = WorkingTables.latest(run.home)
    with staging_folder(run.home.staging, run.run_id) as staging:
        outcomes = settle_same_bytes(_read_all(run, [*files, *again], len(files), tables, staging))
        outcomes = settle_same_mails(outcomes, tables.read(DECISION_EMAIL.name))
        judgement = _judged(run, tables, outcomes)
        if judgement is not None and judgement.must_stop:
            return IngestResult(
                _listed(outcomes),
                tables.batch_id,
                has_changed=False,
                judgement=judgement,
                has_stopped=True,
            )
        outcomes = _without_condemned(outcomes, judgement)
        to_write = [*outcomes[: len(files)], *filter(_is_accepted, outcomes[len(files) :])]
        batch_id = tables.write(
            run.home,
            to_write,
            as_of=run.as_of,
            seen_at=run.seen_at,
            run_id=run.run_id,
            is_again=bool(again),
        )
    _move(run, outcomes[: len(files)])
    agree_quarantined_rows(run.home, {_key(outcome) for outcome in to_write})
    return IngestResult(
        _listed(outcomes), batch_id, has_changed=batch_id != tables.batch_id, judgement=judgement
    )


def _is_accepted(outcome: FileOutcome) -> bool:
    return outcome.status is FileStatus.ACCEPTED


def _key(outcome: FileOutcome) -> FileKey:
    file = outcome.file
    return FileKey(file.account, file.marketplace, outcome.file_sha256 or "")


def seller_headers(home: Home) -> HeaderAliases:
    """Header spellings of the product and of the seller's own HOME/headers.toml.

    Raises:
        HeaderFileError: the seller's file is wrong.
        StorageError: it cannot be read.
    """
    if not home.headers.exists():
        return packaged_headers()
    return packaged_headers().extended(_own(home.headers, HeaderFileError), str(home.headers))


def seller_wording(home: Home) -> MailWording:
    """Wordings of decision e-mails, of the product and of the seller's own HOME/decision-mails.toml.

    Raises:
        WordingFileError: the seller's file is wrong.
        StorageError: it cannot be read.
    """
    path = home.root / WORDING_FILE
    if not path.exists():
        return packaged_wording()
    return packaged_wording().extended(_own(path, WordingFileError), str(path))


def _own(path: Path, kind: type[ValueError]) -> str:
    """Text of a file that the seller wrote."""
    with as_storage_error("cannot read", path):
        written = path.read_bytes()
    try:
        return written.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise kind(f"{path} is not UTF-8; save it as UTF-8") from None


def _read_all(
    run: IngestRun,
    files: Sequence[InboxFile],
    new_count: int,
    tables: WorkingTables,
    staging: Path,
) -> list[FileOutcome]:
    """The outcome of every file, in the order of the files; those from `new_count` on are read whatever is known."""
    known = KnownFiles(tables.report_file)
    outcomes: dict[int, FileOutcome] = {}
    hashes = _hashes(run, files, outcomes)
    headers, wording = seller_headers(run.home), seller_wording(run.home)
    first_of: dict[FileKey, int] = {}
    tasks: dict[int, FileTask] = {}
    for place, sha256 in hashes.items():
        file = files[place]
        if file.objection:
            outcomes[place] = refused(file, sha256, refusal(file.objection))
        elif place < new_count and (seen := known.outcome(file, sha256)):
            outcomes[place] = seen
        else:
            leader = first_of.setdefault(FileKey(file.account, file.marketplace, sha256), place)
            if leader == place:
                stem = staging / f"{place:06d}"
                tasks[place] = FileTask(
                    file, sha256, run.as_of, headers, wording, run.options.limits, stem
                )
    outcomes |= _read_tasks(run, tasks)
    for place, sha256 in hashes.items():
        if place not in outcomes:
            first = outcomes[
                first_of[FileKey(files[place].account, files[place].marketplace, sha256)]
            ]
            outcomes[place] = _same_as(first, files[place])
    return [outcomes[place] for place in range(len(files))]


def _hashes(
    run: IngestRun, files: Sequence[InboxFile], outcomes: dict[int, FileOutcome]
) -> dict[int, str]:
    """Hash of every file that can be opened; the others get their outcome."""
    openable = []
    for place, file in enumerate(files):
        if file.is_deferred or file.objection == "not_regular":
            outcomes[place] = refused(file, None, refusal(file.objection or "unstable"))
        else:
            openable.append(place)
    hashed = hash_files([files[place] for place in openable], run.options.worker_count)
    found: dict[int, str] = {}
    for place, answer in zip(openable, hashed, strict=True):
        if isinstance(answer, Refusal):
            outcomes[place] = refused(files[place], None, answer)
        else:
            found[place] = answer
    return found


def _read_tasks(run: IngestRun, tasks: dict[int, FileTask]) -> dict[int, FileOutcome]:
    places = list(tasks)
    sizes = [tasks[place].file.identity.size for place in places]
    total = sum(sizes)
    done_bytes = 0
    outcomes: dict[int, FileOutcome] = {}

    def tell(file_name: str) -> None:
        if run.progress is not None:
            run.progress(IngestProgress(len(outcomes), len(places), done_bytes, total, file_name))

    tell("")
    for position, outcome in read_files(list(tasks.values()), run.options.worker_count):
        outcomes[places[position]] = outcome
        done_bytes += sizes[position]
        tell(outcome.file.file_name)
    return outcomes


def _same_as(first: FileOutcome, file: InboxFile) -> FileOutcome:
    """The outcome of a file that lies twice in one folder."""
    if first.status is FileStatus.ACCEPTED:
        return duplicate(file, first.file_sha256 or "", first.reading.kind)
    return replace(first, file=file, accepted=None, aside=None)


def _judged(
    run: IngestRun, tables: WorkingTables, outcomes: Sequence[FileOutcome]
) -> Judgement | None:
    # An e-mail has no columns and no figures that an expectation could be about.
    accepted = [
        outcome
        for outcome in outcomes
        if _is_accepted(outcome) and outcome.reading.kind is not ReportKind.DECISION_EMAIL
    ]
    if run.judge is None or not accepted:
        return None
    return run.judge(tables.to_judge(accepted, seen_at=run.seen_at, run_id=run.run_id))


def _without_condemned(
    outcomes: Sequence[FileOutcome], judgement: Judgement | None
) -> list[FileOutcome]:
    """The outcomes; a file that an expectation sets aside is refused, and nothing of it is kept."""
    condemned = judgement.files_to_quarantine if judgement else {}
    judged = []
    for outcome in outcomes:
        file = outcome.file
        name = condemned.get(_key(outcome))
        if name is None or outcome.status not in (FileStatus.ACCEPTED, FileStatus.DUPLICATE):
            judged.append(outcome)
            continue
        why = replace(refusal("expectation", name), reason=name)
        kind = outcome.reading.kind
        aside = refused(file, outcome.file_sha256, why)
        judged.append(replace(aside, reading=replace(aside.reading, kind=kind)))
    return judged


def _move(run: IngestRun, outcomes: Sequence[FileOutcome]) -> None:
    """Move every file that is settled; the rows of accepted ones are on the disk by now."""
    filing = Filing(run.home)
    for outcome in outcomes:
        file, sha256 = outcome.file, outcome.file_sha256
        if outcome.status is FileStatus.REFUSED:
            reason, message = outcome.reading.reason or "", outcome.reading.message or ""
            filing.refuse(file, sha256, reason, message, at=run.seen_at)
        elif outcome.status is not FileStatus.DEFERRED and sha256:
            filing.accept(file, sha256)
    filing.finish()


def _listed(outcomes: Sequence[FileOutcome]) -> tuple[IngestedFile, ...]:
    return tuple(
        IngestedFile(
            account=outcome.file.account,
            marketplace=outcome.file.marketplace,
            file_name=outcome.file.file_name,
            status=outcome.status,
            kind=outcome.reading.kind,
            file_sha256=outcome.file_sha256,
            reason=outcome.reading.reason,
            message=outcome.reading.message,
            size_bytes=outcome.file.identity.size,
            rows_in=outcome.reading.rows_in,
            rows_accepted=outcome.reading.rows_accepted,
            rows_quarantined=outcome.reading.rows_quarantined,
            rows_duplicate=outcome.reading.rows_duplicate,
            quarantined_by_reason=outcome.quarantined_by_reason,
            is_bug=outcome.is_bug,
        )
        for outcome in outcomes
    )
