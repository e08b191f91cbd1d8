"""Take in the inbox: read every report, judge the files with the expectations, merge what is new."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flows.config import ConfigError, Fulfillment
from flows.exit_codes import ExitCode
from flows.ingest_reports import ingest_reports
from flows.ingest_result import (
    IngestedFile,
    IngestOptions,
    IngestProgress,
    IngestResult,
    ReadTables,
)
from flows.reprocess import reprocess as reprocess_reports
from flows.run_summary import FileLine
from flows.work import StoppedRunError, Work
from schemas.vocabularies import FileStatus
from transforms.decision_mails.wording import WordingFileError
from transforms.reports.headers import HeaderFileError

if TYPE_CHECKING:
    from expectations.report import ExpectationReport


def ingest(work: Work) -> IngestResult:
    """Take in what lies in the inbox and write it into the run's summary.

    Raises:
        StoppedRunError: an expectation of grade stop failed; nothing was written and every file is where it was.
        StorageError: the disk failed; nothing was written.
    """
    result = _taken_in(work, ingest_reports)
    if not result.files:
        work.summary.say(
            f"nothing lies in {work.home.inbox}; drop reports into <account>/<marketplace>/ there"
        )
    return result


def reprocess(work: Work) -> IngestResult:
    """Read what is in quarantine once more, after a fix.

    Raises:
        StoppedRunError: an expectation of grade stop failed; nothing was written and every file is where it was.
        StorageError: the disk failed; nothing was written.
    """
    result = _taken_in(work, reprocess_reports)
    if not result.files:
        work.summary.say("nothing is in quarantine")
    return result


def _taken_in(work: Work, take_in: Callable[..., IngestResult]) -> IngestResult:
    config = work.settings.config
    accounts = (
        None
        if config.accounts is None
        else {name: frozenset(account.marketplaces) for name, account in config.accounts.items()}
    )
    try:
        result = take_in(
            work.home,
            IngestOptions(accounts=accounts, worker_count=config.reading.processes),
            as_of=work.settings.as_of,
            run_id=work.settings.run_id,
            seen_at=work.settings.started_at,
            judge=lambda tables: _judge(work, tables),
            progress=lambda state: _show(work, state),
        )
    except (HeaderFileError, WordingFileError) as error:
        raise ConfigError(str(error)) from None
    _summarise(work, result)
    if result.has_stopped:
        raise StoppedRunError(
            "an expectation of grade stop failed: nothing was taken in and every file is where it was",
            ExitCode.BUG,
        )
    return result


def _judge(work: Work, tables: ReadTables) -> "ExpectationReport":
    from expectations.judging import judge_reports
    from transforms.file_profile import file_profile

    profile = file_profile(
        tables.report_file,
        feedback=tables.feedback,
        order_fulfillment=tables.order_fulfillment,
        quarantined=tables.quarantined_row,
        as_of=work.settings.as_of,
        declared_accounts=[
            name
            for name, account in (work.settings.config.accounts or {}).items()
            if account.fulfillment is not Fulfillment.BY_ORDER
        ],
    )
    report = judge_reports(
        profile,
        docs_dir=work.home.docs,
        run_name=work.settings.run_id,
        as_of=work.settings.as_of,
        overrides=work.settings.config.expectations,
    )
    work.summary.places["data_docs"] = str(report.docs_path)
    return report


def _show(work: Work, state: IngestProgress) -> None:
    if state.files_done == 0:
        work.progress.begin("reading reports", state.bytes_total, "bytes")
    work.progress.reach(state.bytes_done)


def _summarise(work: Work, result: IngestResult) -> None:
    summary = work.summary
    summary.files = [_line(file) for file in result.files]
    summary.has_changes = summary.has_changes or result.has_changed
    if result.judgement is not None:
        summary.messages.extend(result.judgement.sentences)
    if result.has_quarantined:
        summary.ask(ExitCode.QUARANTINED)
    if result.is_nothing_ingestible:
        summary.ask(ExitCode.NOTHING_INGESTIBLE)
    if any(file.is_bug for file in result.files):
        summary.say("a file made the reader fail; it waits in the inbox", ExitCode.BUG)
    for file in result.files:
        if file.status in (FileStatus.REFUSED, FileStatus.DEFERRED) and file.message:
            summary.say(f"{file.account}/{file.marketplace}/{file.file_name}: {file.message}")


def _line(file: IngestedFile) -> FileLine:
    return FileLine(
        account=file.account,
        marketplace=file.marketplace,
        file_name=file.file_name,
        kind=file.kind,
        status=file.status,
        rows_in=file.rows_in,
        rows_accepted=file.rows_accepted,
        rows_quarantined=file.rows_quarantined,
        rows_duplicate=file.rows_duplicate,
        reason=file.reason,
        message=file.message,
    )
