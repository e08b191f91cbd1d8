"""What lies in the inbox: found without following links, opened without waiting, left alone while it grows."""

import os
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from schemas.marketplaces import UnknownMarketplaceError, marketplace
from store.errors import as_storage_error
from store.file_limits import FileLimits

PARTIAL_SUFFIXES: Final = (".crdownload", ".part", ".partial", ".tmp", ".download", ".opdownload")
"""Names that browsers give to a download that is not finished."""

IGNORED_NAMES: Final = frozenset(
    {".DS_Store", "Thumbs.db", "desktop.ini", ".gitkeep", ".gitignore"}
)
"""Files that file managers and version control leave behind; they are no reports and are left where they are."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which bytes a name stood for: a write, a replacement or a rename changes one of these."""

    device: int
    inode: int
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Identity":
        """The identity in what `stat` says."""
        return cls(
            status.st_dev,
            status.st_ino,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
        )


@dataclass(frozen=True, slots=True)
class InboxFile:
    """One entry of the inbox."""

    path: Path
    account: str
    marketplace: str
    """Code of the marketplace; the folder's own name when it is none."""
    file_name: str
    """Path below the marketplace's folder; what cannot be printed is escaped."""
    identity: Identity
    is_young: bool = False
    """Changed so recently that it may still grow."""
    objection: str | None = None
    """Reason code why the entry cannot be read at all; None when it can be tried."""
    is_deferred: bool = False
    """Left for the next run, for the reason `objection`."""


def scan_inbox(
    inbox: Path, accounts: Mapping[str, frozenset[str]] | None, limits: FileLimits
) -> tuple[InboxFile, ...]:
    """Every entry of the inbox in the order of its path.

    Symbolic links are never followed, and nothing is opened. Files that changed within the last
    `limits.quiet_seconds` are looked at a second time; those that changed in between, or bear the name of an
    unfinished download, are deferred.

    Args:
        inbox: the folder `HOME/inbox`.
        accounts: marketplace codes by account; None allows every account and every known marketplace.
        limits: how young, how deep and how many.

    Raises:
        StorageError: the inbox itself cannot be listed.
    """
    with as_storage_error("cannot list", inbox):
        accounts_found = sorted(os.scandir(inbox), key=lambda entry: os.fsencode(entry.name))
    found = [file for entry in accounts_found for file in _account(entry, accounts, limits.depth)]
    looked_at = list(_second_look(found, limits))
    kept, beyond = looked_at[: limits.files_per_run], looked_at[limits.files_per_run :]
    return (*kept, *(replace(file, objection="volume", is_deferred=True) for file in beyond))


def _account(
    account: os.DirEntry[str], accounts: Mapping[str, frozenset[str]] | None, depth: int
) -> Iterator[InboxFile]:
    for folder, _ in _below(account, account.name, 0):
        if folder.path == account.path or not folder.is_dir(follow_symlinks=False):
            owner = "" if folder.path == account.path else account.name
            yield from _entry(folder, owner, "", folder.name, "outside_marketplace")
            continue
        code, objection = place_of(account.name, folder.name, accounts)
        for entry, name in _below(folder, "", depth):
            yield from _entry(entry, account.name, code, name or folder.name, objection)


def place_of(
    account: str, marketplace_folder: str, accounts: Mapping[str, frozenset[str]] | None
) -> tuple[str, str | None]:
    """The marketplace of a folder below an account's, and the reason code why files there cannot be taken in.

    Args:
        account: name of the account's folder.
        marketplace_folder: name of the folder below; empty for a file that lies outside of any.
        accounts: marketplace codes by account; None allows every account and every known marketplace.
    """
    if not marketplace_folder:
        return "", "outside_marketplace"
    try:
        code = marketplace(marketplace_folder).code
    except UnknownMarketplaceError:
        code = None
    if accounts is not None and account not in accounts:
        return code or marketplace_folder, "unknown_account"
    if code is None:
        return marketplace_folder, "unknown_marketplace"
    if accounts is not None and code not in accounts[account]:
        return code, "marketplace_not_configured"
    return code, None


def _below(
    folder: os.DirEntry[str], prefix: str, depth: int
) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Entries of a folder and, down to a depth, of the folders in it; what cannot be listed gives itself."""
    if not folder.is_dir(follow_symlinks=False) or not os.access(folder.path, os.R_OK | os.X_OK):
        if folder.name not in IGNORED_NAMES:
            yield folder, prefix
        return
    for entry in sorted(os.scandir(folder.path), key=lambda entry: os.fsencode(entry.name)):
        name = f"{prefix}/{entry.name}".lstrip("/")
        if depth and entry.is_dir(follow_symlinks=False):
            yield from _below(entry, name, depth - 1)
        elif entry.name not in IGNORED_NAMES:
            yield entry, name


def _entry(
    entry: os.DirEntry[str], account: str, code: str, name: str, objection: str | None
) -> Iterator[InboxFile]:
    try:
        status = entry.stat(follow_symlinks=False)
    except FileNotFoundError:  # moved away since it was listed
        return
    file = InboxFile(
        Path(entry.path), printable(account), printable(code), printable(name), Identity.of(status)
    )
    if entry.name.lower().endswith(PARTIAL_SUFFIXES):
        yield replace(file, objection="partial_download", is_deferred=True)
    elif stat.S_ISDIR(status.st_mode):
        yield replace(file, objection="folder_unreadable", is_deferred=True)
    elif not stat.S_ISREG(status.st_mode):
        yield replace(file, objection="not_regular")
    else:
        yield replace(file, objection=objection)


def printable(name: str) -> str:
    """A file name as text: bytes that are no UTF-8 and characters that move the cursor become escapes."""
    text = os.fsencode(name).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _second_look(found: list[InboxFile], limits: FileLimits) -> Iterator[InboxFile]:
    """Mark young files, and defer those that change while we wait once for all of them."""
    newest_quiet_ns = time.time_ns() - int(limits.quiet_seconds * 1e9)
    is_young = [file.identity.modified_ns > newest_quiet_ns for file in found]
    if any(is_young):
        time.sleep(limits.second_look_seconds)
    for file, young in zip(found, is_young, strict=True):
        if not young or file.objection:
            yield file
        elif identity_of(file.path) == file.identity:
            yield replace(file, is_young=True)
        else:
            yield replace(file, objection="unstable", is_deferred=True)


def identity_of(path: Path) -> Identity | None:
    """The identity of what the name stands for now; None when it is gone."""
    try:
        return Identity.of(path.lstat())
    except FileNotFoundError:
        return None


def open_regular(path: Path) -> int:
    """Open a regular file for reading, never through a link and never waiting for a FIFO; a file descriptor.

    Raises:
        NotRegularError: it is a link, FIFO, device, socket or folder.
        OSError: it cannot be opened.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    if not stat.S_ISREG(path.lstat().st_mode):
        raise NotRegularError(path)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegularError(path)
    return descriptor


class NotRegularError(Exception):
    """A link, FIFO, device, socket or folder where a file was expected."""
