"""Put approved requests through the configured channel: a worksheet, unless a browser channel is configured."""

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from feedback_manager.worksheet.channel import WorksheetChannel
from feedback_manager.worksheet.row import Worksheet, WorksheetRow
from flows.exit_codes import ExitCode
from flows.rules_of_home import rule_book_of
from flows.steps.approve import caps
from flows.work import Work
from rules.judgement import Span
from rules.rule_book import RuleBook
from schemas.submission import Refusal
from schemas.vocabularies import Ground, RequestState, SubmissionChannel
from store.batches import Batch, latest_batch
from store.durable_files import write_durably
from store.errors import as_storage_error

_CAPS = (Refusal.ACCOUNT_CAP, Refusal.GROUND_CAP)


def submit(work: Work, *, again: bool = False) -> None:
    """Put approved requests through the configured channel.

    Args:
        work: the run.
        again: on a worksheet, also list requests that an earlier one lists without a result so far.

    Raises:
        ConfigError: the channel may not be used as it is configured.
        StorageError: ledger or disk failed.
    """
    if work.is_stopped():
        return
    if work.settings.config.submission.channel is SubmissionChannel.WORKSHEET:
        hand_out(work, again=again)
    else:
        from flows.steps.submit_in_browser import submit_in_browser

        submit_in_browser(work)


def hand_out(work: Work, *, again: bool = False) -> None:
    """Hand approved requests to a person, one worksheet an account.

    The ledger notes the hand-out before the worksheet is written: a crash between the two costs a person a look, and
    `submit --again` writes the worksheet; the other order could put one request on two worksheets unnoticed.

    Args:
        work: the run.
        again: also list requests that an earlier worksheet lists without a result so far.

    Raises:
        StorageError: ledger or disk failed.
    """
    batch = latest_batch(work.home.tables)
    approved = work.ledger.requests(states=[RequestState.APPROVED])
    if batch is None or approved.num_rows == 0:
        work.summary.requests["on a worksheet"] = 0
        return
    step = work.step("submit")
    count = 0
    by_account: dict[str, list[dict[str, Any]]] = {}
    for row in approved.to_pylist():
        by_account.setdefault(row["account"], []).append(row)
    for account, requests in sorted(by_account.items()):
        worksheet_id = f"{account}-{work.settings.as_of}-{work.settings.run_id[-6:]}"
        ordered = _in_order_of_priority(
            (row for row in requests if again or row["worksheet_id"] is None), batch
        )
        given = work.ledger.hand_out(
            [row["request_id"] for row in ordered],
            worksheet_id,
            step,
            caps=caps(work),
            again=again,
        )
        capped = sum(reason in _CAPS for reason in given.refused.values())
        if capped:
            work.summary.say(
                f"{account}: {capped} approved requests wait, the day's cap is used up",
                ExitCode.STOPPED,
            )
        if given.earlier_worksheets:
            listed = ", ".join(sorted(set(given.earlier_worksheets.values())))
            work.summary.say(f"{account}: some requests were on {listed}; throw the old page away")
        listed_ids = set(given.handed_out)
        if listed_ids:
            rows = [row for row in ordered if row["request_id"] in listed_ids]
            _write_worksheet(work, worksheet_id, account, rows, batch)
        count += len(listed_ids)
    work.summary.requests["on a worksheet"] = count
    if count:
        work.summary.has_changes = True


def _in_order_of_priority(requests: Iterable[dict[str, Any]], batch: Batch) -> list[dict[str, Any]]:
    candidates = batch.read("candidate", columns=["feedback_id", "priority"])
    priority = dict(zip(*(column.to_pylist() for column in candidates.columns), strict=True))
    last = len(priority) + 1
    return sorted(
        requests,
        key=lambda row: (
            priority.get(row["feedback_id"], last),
            row["deadline_date"],
            row["order_id"],
        ),
    )


def _write_worksheet(
    work: Work, worksheet_id: str, account: str, requests: list[dict[str, Any]], batch: Batch
) -> None:
    rule_book = rule_book_of(work.settings.root)
    wanted = pa.array([row["feedback_id"] for row in requests])
    feedback = _by_feedback(batch, "feedback", wanted)
    findings = {
        (row["feedback_id"], row["ground"]): row
        for row in _rows(batch, "finding", wanted)
        if row["is_met"]
    }
    channel = WorksheetChannel(
        worksheet_id=worksheet_id,
        account=account,
        created_at=work.settings.started_at,
        as_of=work.settings.as_of,
        save=lambda worksheet: _save(work, worksheet),
        delimiter=work.settings.config.submission.csv_delimiter,
    )
    channel.submit(
        [
            _worksheet_row(
                row,
                feedback[row["feedback_id"]],
                findings.get((row["feedback_id"], row["ground"])),
                rule_book,
            )
            for row in requests
        ],
    )
    work.summary.places[f"worksheet {account}"] = str(work.home.worksheets / f"{worksheet_id}.html")


def _save(work: Work, worksheet: Worksheet) -> None:
    for name, content in (
        (worksheet.csv_name, worksheet.csv),
        (worksheet.html_name, worksheet.html.encode()),
    ):
        with as_storage_error("cannot write", work.home.worksheets / name):
            write_durably(work.home.worksheets / name, content)


def _rows(batch: Batch, name: str, feedback_ids: "pa.Array[Any]") -> list[dict[str, Any]]:
    table = batch.read(name)
    rows: list[dict[str, Any]] = table.filter(
        pc.is_in(table["feedback_id"], value_set=feedback_ids)
    ).to_pylist()
    return rows


def _by_feedback(
    batch: Batch, name: str, feedback_ids: "pa.Array[Any]"
) -> dict[str, dict[str, Any]]:
    return {row["feedback_id"]: row for row in _rows(batch, name, feedback_ids)}


def _worksheet_row(
    request: dict[str, Any],
    feedback: dict[str, Any],
    finding: dict[str, Any] | None,
    rule_book: RuleBook,
) -> WorksheetRow:
    ground = rule_book.ground(Ground(request["ground"]))
    wording = rule_book.wording(
        ground.ground,
        marketplace=request["marketplace"],
        on=feedback["feedback_date"],
        policy_version=request["policy_version"],
    )
    is_same = feedback["content_sha256"] == request["content_sha256"]
    spans = finding["evidence"] if finding and is_same else []
    return WorksheetRow(
        request_id=request["request_id"],
        account=request["account"],
        marketplace=request["marketplace"],
        order_id=request["order_id"],
        feedback_date=feedback["feedback_date"],
        rating=feedback["rating"],
        comment=feedback["comment"],
        evidence=tuple(Span(span["start"], span["end"], span["class"]) for span in spans),
        reason=finding["reason"] if finding else "",
        ground=ground.ground,
        ground_title=ground.title,
        policy_clause=wording.summary,
        category=request["category"],
        reason_code=request["reason_code"],
        deadline_date=request["deadline_date"],
        content_sha256=request["content_sha256"],
    )
