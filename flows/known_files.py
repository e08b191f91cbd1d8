"""Which files were taken in before, and what it means when the same bytes come again."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa

from flows.read_file import FileOutcome, refused
from schemas.vocabularies import FileStatus, ReportKind
from store.inbox import InboxFile
from transforms.reports.reading import FileReading
from transforms.reports.refusals import refusal

ACCOUNT_KINDS: Final = frozenset(
    {
        ReportKind.ORDERS,
        ReportKind.FULFILLED_SHIPMENTS,
        ReportKind.BUY_SHIPPING,
        ReportKind.DECISION_EMAIL,
    }
)
"""Files that are about an account, whichever of its marketplaces they lie in."""


@dataclass(frozen=True, slots=True)
class _Known:
    account: str
    marketplace: str
    kind: ReportKind
    status: FileStatus
    has_rows: bool


class KnownFiles:
    """Files of table `report_file` whose rows were taken in."""

    def __init__(self, report_file: pa.Table) -> None:
        self._by_hash: dict[str, list[_Known]] = defaultdict(list)
        columns = ("account", "marketplace", "kind", "status", "rows_in", "file_sha256")
        for row in report_file.select(list(columns)).to_pylist():
            status = FileStatus(row["status"])
            if status in (FileStatus.ACCEPTED, FileStatus.DUPLICATE):
                known = _Known(
                    row["account"],
                    row["marketplace"],
                    ReportKind(row["kind"]),
                    status,
                    row["rows_in"] > 0,
                )
                self._by_hash[row["file_sha256"]].append(known)

    def outcome(self, file: InboxFile, sha256: str) -> FileOutcome | None:
        """What is to be done with a file whose bytes were taken in before; None when they were not."""
        for known in self._by_hash.get(sha256, ()):
            if (known.account, known.marketplace) == (file.account, file.marketplace):
                return duplicate(file, sha256, known.kind)
            if not known.has_rows:
                continue
            if known.kind in ACCOUNT_KINDS and known.account == file.account:
                # An orders report covers all marketplaces of a region, so it may well be dropped twice.
                return duplicate(file, sha256, known.kind)
            return refused(
                file, sha256, refusal("wrong_account", f"{known.account}/{known.marketplace}")
            )
        return None


def duplicate(file: InboxFile, sha256: str, kind: ReportKind) -> FileOutcome:
    """The outcome of a file of which nothing is new."""
    why = refusal("same_file")
    return FileOutcome(
        file, sha256, FileReading(kind, FileStatus.DUPLICATE, why.reason, why.message)
    )


def settle_same_bytes(outcomes: Sequence[FileOutcome]) -> list[FileOutcome]:
    """Settle files of one run that hold the same bytes in different folders.

    Order reports and e-mails of one account are taken in once. Feedback in two folders, or orders in two accounts, are refused in
    all of them: one folder is wrong, and nobody can tell which.
    """
    settled = list(outcomes)
    for places in _repeated(settled):
        group = [settled[place] for place in places]
        accounts = {outcome.file.account for outcome in group}
        if len(accounts) == 1 and group[0].reading.kind in ACCOUNT_KINDS:
            for place, outcome in list(zip(places, group, strict=True))[1:]:
                settled[place] = _without_rows(outcome)
        else:
            for place, outcome in zip(places, group, strict=True):
                others = sorted({_folder(other) for other in group} - {_folder(outcome)})
                why = refusal("wrong_account", " and ".join(others))
                settled[place] = refused(outcome.file, outcome.file_sha256, why)
    return settled


def _repeated(outcomes: Sequence[FileOutcome]) -> Iterable[list[int]]:
    places = defaultdict(list)
    for place, outcome in enumerate(outcomes):
        if outcome.status is FileStatus.ACCEPTED and outcome.reading.rows_in:
            places[outcome.file_sha256].append(place)
    return [found for found in places.values() if len(found) > 1]


def _without_rows(outcome: FileOutcome) -> FileOutcome:
    again = duplicate(outcome.file, outcome.file_sha256 or "", outcome.reading.kind)
    return replace(again, reading=replace(again.reading, encoding=outcome.reading.encoding))


def _folder(outcome: FileOutcome) -> str:
    return f"{outcome.file.account}/{outcome.file.marketplace}"
