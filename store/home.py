"""The home folder: where every file of the product lives, and who may read it.

```
HOME/inbox/<account>/<marketplace>/...   what the operator drops
HOME/raw/<account>/<marketplace>/        files that were read, under <first digits of sha256>-<name>
HOME/quarantine/files/...                files that were refused, each with a .json that says why
HOME/quarantine/rows/...                 rows that were set aside, one Parquet file a report
HOME/tables/                             working tables, one immutable batch a change
HOME/reports/<run>/                    the page of each run and its response list; quotes buyers, so private
HOME/appeals/<account>/                  drafts of re-openings, made when the first one is written, private
HOME/published/  worksheets/  docs/  ledger/  logs/
HOME/browser/<account>/  evidence/<account>/        made by the browser channels, private
```
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from store.errors import StorageError, as_storage_error

FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600


@dataclass(frozen=True, slots=True)
class Home:
    """One home folder; building it touches nothing on disk."""

    root: Path

    @property
    def inbox(self) -> Path:
        """Where reports are dropped: `<account>/<marketplace>/` and any depth below."""
        return self.root / "inbox"

    @property
    def raw(self) -> Path:
        """Files that were read, exactly as they were dropped."""
        return self.root / "raw"

    @property
    def quarantined_files(self) -> Path:
        """Files that were refused, each beside a JSON file that says why."""
        return self.root / "quarantine" / "files"

    @property
    def quarantined_rows(self) -> Path:
        """Rows that were set aside, one Parquet file a report."""
        return self.root / "quarantine" / "rows"

    @property
    def ledger(self) -> Path:
        """Requests and their events; only the owner may look."""
        return self.root / "ledger"

    @property
    def tables(self) -> Path:
        """Working tables in immutable batches."""
        return self.root / "tables"

    @property
    def staging(self) -> Path:
        """Parts of a run that is not finished; swept by the next run."""
        return self.root / "staging"

    @property
    def published(self) -> Path:
        """Parquet for analysts."""
        return self.root / "published"

    @property
    def worksheets(self) -> Path:
        """Worksheets of approved requests."""
        return self.root / "worksheets"

    @property
    def browser_profiles(self) -> Path:
        """One browser profile an account; it holds the session, so it is worth as much as a password."""
        return self.root / "browser"

    @property
    def evidence(self) -> Path:
        """Masked pictures and facts of what was seen and clicked, one folder an account."""
        return self.root / "evidence"

    @property
    def docs(self) -> Path:
        """Data Docs."""
        return self.root / "docs"

    @property
    def reports(self) -> Path:
        """One folder a run: the page for the morning, and the response list."""
        return self.root / "reports"

    @property
    def logs(self) -> Path:
        """Logs and run summaries."""
        return self.root / "logs"

    @property
    def headers(self) -> Path:
        """The seller's own header spellings, laid out as transforms/reports/headers.toml; need not exist."""
        return self.root / "headers.toml"

    @property
    def folders(self) -> tuple[Path, ...]:
        """Every folder that `create` makes."""
        return (
            self.inbox,
            self.raw,
            self.root / "quarantine",
            self.quarantined_files,
            self.quarantined_rows,
            self.ledger,
            self.tables,
            self.staging,
            self.published,
            self.worksheets,
            self.docs,
            self.logs,
        )

    def create(self) -> None:
        """Make every folder that is missing, readable by the owner alone; existing folders keep their mode.

        Raises:
            StorageError: a folder cannot be made, or something else bears its name.
        """
        for folder in (self.root, *self.folders):
            if folder.exists() and not folder.is_dir():
                raise StorageError(f"{folder} is a file where a folder must be; move it away")
            with as_storage_error("cannot make", folder):
                make_private_folder(folder)

    def check_private(self) -> None:
        """Refuse a ledger that other users of the machine could read or change.

        Raises:
            StorageError: naming the path, its mode and the command that mends it.
        """
        if not self.ledger.exists():
            return
        for path, widest in _with_widest_mode(self.ledger):
            with as_storage_error("cannot look at", path):
                mode = stat.S_IMODE(path.lstat().st_mode)
            if mode & ~widest:
                raise StorageError(
                    f"{path} has mode {mode:04o}, others could read or change the requests; "
                    f"run: chmod {widest:o} {path}"
                )


def make_private_folder(folder: Path) -> None:
    """Make the folder and its parents with mode 0700; an existing one is left as it is.

    Raises:
        OSError: the folder cannot be made.
    """
    if not folder.exists():
        make_private_folder(folder.parent)
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def _with_widest_mode(ledger: Path) -> Iterator[tuple[Path, int]]:
    yield ledger, FOLDER_MODE
    with as_storage_error("cannot list", ledger):
        entries = sorted(ledger.rglob("*"))
    for entry in entries:
        yield entry, FOLDER_MODE if entry.is_dir() else FILE_MODE
