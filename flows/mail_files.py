"""Saved e-mails among the files of a run: the same e-mail counts once, however often and from wherever it was saved."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa

from flows.known_files import duplicate
from flows.read_file import FileOutcome
from schemas.tables import DECISION_EMAIL
from schemas.vocabularies import FileStatus, ReportKind

WORDING_FILE: Final = "decision-mails.toml"
"""The seller's own wordings in the home folder, laid out as transforms/decision_mails/wording.toml; need not exist."""


def is_new_mail(outcome: FileOutcome) -> bool:
    """Whether the outcome is an e-mail whose rows are to be kept."""
    return (
        outcome.reading.kind is ReportKind.DECISION_EMAIL and outcome.status is FileStatus.ACCEPTED
    )


def mail_rows(outcomes: Sequence[FileOutcome]) -> pa.Table:
    """Rows of table `decision_email` of the e-mails among the outcomes."""
    parts = [
        part
        for outcome in outcomes
        if is_new_mail(outcome) and outcome.accepted is not None
        for part in outcome.accepted.parts()
    ]
    return pa.concat_tables([DECISION_EMAIL.empty(), *parts])


def settle_same_mails(outcomes: Sequence[FileOutcome], known: pa.Table) -> list[FileOutcome]:
    """Outcomes in which an e-mail that was taken in before, in other bytes or earlier in this run, is a duplicate.

    Args:
        outcomes: of this run, in the order of the files.
        known: table `decision_email` before this run.
    """
    pairs = zip(*(known[name].to_pylist() for name in ("account", "message_sha256")), strict=True)
    file_of = dict(zip(pairs, known["file_sha256"].to_pylist(), strict=True))
    settled = []
    for outcome in outcomes:
        if not is_new_mail(outcome):
            settled.append(outcome)
            continue
        message = mail_rows([outcome])["message_sha256"][0].as_py()
        first = file_of.setdefault((outcome.file.account, message), outcome.file_sha256)
        # An e-mail that is read again after a fix is no duplicate of itself.
        settled.append(outcome if first == outcome.file_sha256 else _without_rows(outcome))
    return settled


def merged_mails(before: pa.Table, outcomes: Sequence[FileOutcome]) -> pa.Table | None:
    """Table `decision_email` with this run's rows in place of those of the same files; None when there are none.

    An e-mail that was read again keeps the marketplace of the folder in which it was first dropped.
    """
    new = mail_rows(outcomes)
    if not new.num_rows:
        return None
    again = set(new["file_sha256"].to_pylist())
    rows = [row for row in before.to_pylist() if row["file_sha256"] not in again]
    rows.extend(new.to_pylist())
    rows.sort(key=lambda row: [row[name] for name in DECISION_EMAIL.key])
    return pa.Table.from_pylist(rows, schema=DECISION_EMAIL.schema)


def _without_rows(outcome: FileOutcome) -> FileOutcome:
    again = duplicate(outcome.file, outcome.file_sha256 or "", outcome.reading.kind)
    return replace(again, accepted=None, aside=None)
