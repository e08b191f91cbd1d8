"""Where a file of the inbox goes once it was read or refused; a file is moved, never deleted."""

import errno
import hashlib
import json
import os
import re
import shutil
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from store.durable_files import HashedFile, file_sha256, fsync_folder, write_durably
from store.errors import StorageError, as_storage_error
from store.home import FILE_MODE, Home, make_private_folder
from store.inbox import InboxFile, identity_of

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
_SIDECAR_SUFFIX: Final = ".refusal.json"
_HASH_DIGITS: Final = 16
_NAME_LENGTH: Final = 80


_LEFTOVER: Final = re.compile(r"\..+\.tmp(?:-\d+)?")


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """One file in quarantine and what its sidecar says."""

    path: Path
    account: str
    marketplace: str
    file_name: str
    file_sha256: str | None
    reason: str
    message: str


def filed_name(sha256: str | None, file_name: str) -> str:
    """The name of a file in raw or quarantine: generated from its hash and the harmless part of its name."""
    last = file_name.rsplit("/", 1)[-1]
    harmless = _UNSAFE.sub("_", last).strip("._") or "file"
    harmless = harmless.replace(_SIDECAR_SUFFIX, "_refusal_json")
    return f"{sha256[:_HASH_DIGITS] if sha256 else 'unread'}-{harmless[-_NAME_LENGTH:]}"


def sweep_leftovers(home: Home) -> None:
    """Remove half written files that a crash left behind; nobody's report is ever named like them.

    Raises:
        StorageError: the disk refused.
    """
    for folder in (home.raw, home.quarantined_files, home.quarantined_rows):
        with as_storage_error("cannot tidy", folder):
            for path in folder.rglob(".*"):
                if _LEFTOVER.fullmatch(path.name) and path.is_file():
                    path.unlink()


class Filing:
    """Moves the files of one run; `finish` makes the moves durable.

    A move that a power cut takes back does no harm: the file is in the inbox again, and the next run moves it.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._names: dict[Path, dict[str, list[str]]] = {}
        self._touched: set[Path] = set()

    def accept(self, file: InboxFile, sha256: str) -> Path | None:
        """Move a file that was read to HOME/raw; the same bytes under another name are kept once.

        Returns:
            Where the file is now; None when it changed since it was read and therefore stays in the inbox.

        Raises:
            StorageError: the disk refused.
        """
        folder = self._home.raw / safe_folder(file.account) / safe_folder(file.marketplace)
        with as_storage_error("cannot move a file to", folder):
            make_private_folder(folder)
            same = self._same_bytes(folder, sha256)
            return self._move(file, same or _free(folder / filed_name(sha256, file.file_name)))

    def refuse(
        self, file: InboxFile, sha256: str | None, reason: str, message: str, *, at: datetime
    ) -> Path | None:
        """Move a refused file to HOME/quarantine/files, beside a JSON file that says why.

        The sidecar is written first: a crash leaves a sidecar without a file, which the next run completes.

        Returns:
            Where the file is now; None when it changed meanwhile, or could not be moved, and stays where it is.

        Raises:
            StorageError: the disk refused.
        """
        root = self._home.quarantined_files
        folder = root / safe_folder(file.account) / safe_folder(file.marketplace)
        with as_storage_error("cannot move a file to", folder):
            make_private_folder(folder)
            target = self._same_bytes(folder, sha256) if sha256 else None
            if target is None:
                is_there = sha256 is None and file.path.parent == folder
                target = (
                    file.path if is_there else _free(folder / filed_name(sha256, file.file_name))
                )
            sidecar = {
                "account": file.account,
                "marketplace": file.marketplace,
                "file_name": file.file_name,
                "file_sha256": sha256,
                "reason": reason,
                "message": message,
                "original_path": f"inbox/{file.account}/{file.marketplace}/{file.file_name}",
                "size_bytes": file.identity.size,
                "refused_at": at.isoformat(),
            }
            _write_sidecar(_sidecar(target), sidecar)
            return self._move(file, target)

    def finish(self) -> None:
        """Make all moves durable.

        Raises:
            StorageError: the disk refused.
        """
        for folder in sorted(self._touched):
            with as_storage_error("cannot write", folder):
                fsync_folder(folder)
        self._touched.clear()

    def _same_bytes(self, folder: Path, sha256: str) -> Path | None:
        """The file of the folder that holds these very bytes already; the folder is listed once a run."""
        if folder not in self._names:
            self._names[folder] = {}
            for path in folder.iterdir():
                self._remember(path)
        names = self._names[folder].get(sha256[:_HASH_DIGITS], ())
        return next((folder / n for n in sorted(names) if _holds(folder / n, sha256)), None)

    def _remember(self, path: Path) -> None:
        names = self._names.setdefault(path.parent, {})
        names.setdefault(path.name[:_HASH_DIGITS], []).append(path.name)

    def _move(self, file: InboxFile, target: Path) -> Path | None:
        """Move what was read; equal bytes at the target are replaced by themselves, so a repeated file leaves one copy."""
        if identity_of(file.path) != file.identity:
            return None
        try:
            file.path.rename(target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            if not stat.S_ISREG(file.path.lstat().st_mode):
                return None
            _copy_from_other_disk(file.path, target)
        if target.is_file() and not target.is_symlink():
            # Not ours when another user dropped it: then the folder above keeps it private.
            with suppress(PermissionError):
                target.chmod(FILE_MODE)
        self._remember(target)
        self._touched |= {target.parent, file.path.parent}
        return target


def _write_sidecar(path: Path, entries: dict[str, Any]) -> None:
    """Write a sidecar, unless the same was said before: then the first time it was said stays."""
    with suppress(FileNotFoundError, ValueError, TypeError):  # none, or a damaged one: write it
        said = json.loads(path.read_text("utf-8"))
        if {**said, "refused_at": None} == {**entries, "refused_at": None}:
            return
    write_durably(path, (json.dumps(entries, indent=2, ensure_ascii=False) + "\n").encode())


def raw_file(home: Home, account: str, marketplace: str, sha256: str) -> Path | None:
    """The file of HOME/raw with these bytes; None when it is not there."""
    folder = home.raw / safe_folder(account) / safe_folder(marketplace)
    with as_storage_error("cannot read", folder):
        found = sorted(folder.glob(f"{sha256[:_HASH_DIGITS]}-*"))
        return next((path for path in found if _holds(path, sha256)), None)


def discard_sidecar(refused: RefusedFile) -> None:
    """Remove the sidecar of a file that has left its place in quarantine.

    Raises:
        StorageError: the disk refused.
    """
    if os.path.lexists(refused.path):
        return
    with as_storage_error("cannot tidy", refused.path.parent):
        _sidecar(refused.path).unlink(missing_ok=True)
        fsync_folder(refused.path.parent)


def _sidecar(path: Path) -> Path:
    return path.with_name(path.name + _SIDECAR_SUFFIX)


def refused_files(home: Home) -> tuple[RefusedFile, ...]:
    """Every file in quarantine whose sidecar is there, in the order of its path.

    Raises:
        StorageError: the quarantine cannot be read, or a sidecar is damaged.
    """
    found = []
    with as_storage_error("cannot read", home.quarantined_files):
        for sidecar in sorted(home.quarantined_files.rglob("*" + _SIDECAR_SUFFIX)):
            path = sidecar.with_name(sidecar.name.removesuffix(_SIDECAR_SUFFIX))
            if not os.path.lexists(path):
                continue
            try:
                found.append(_refused(path, json.loads(sidecar.read_text("utf-8"))))
            except (ValueError, KeyError) as error:
                raise StorageError(
                    f"{sidecar} is damaged ({error}); move the file it belongs to back to the inbox and remove it"
                ) from None
    return tuple(found)


def _refused(path: Path, entries: dict[str, Any]) -> RefusedFile:
    return RefusedFile(
        path=path,
        account=entries["account"],
        marketplace=entries["marketplace"],
        file_name=entries["file_name"],
        file_sha256=entries["file_sha256"],
        reason=entries["reason"],
        message=entries["message"],
    )


def safe_folder(name: str) -> str:
    """A folder's name that stays inside its parent whatever the account or marketplace is called."""
    harmless = _UNSAFE.sub("_", name).strip("._")
    if harmless == name:
        return name
    # Two names that look alike once made harmless must not share a folder.
    return f"{harmless or 'folder'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _holds(path: Path, sha256: str) -> bool:
    if path.name.endswith(_SIDECAR_SUFFIX) or path.is_symlink() or not path.is_file():
        return False
    return file_sha256(path) == sha256


def _free(target: Path) -> Path:
    """The target, numbered when another file has its name."""
    number = 2
    free = target
    while os.path.lexists(free):
        free = target.with_name(f"{target.stem}-{number}{target.suffix}")
        number += 1
    return free


def _copy_from_other_disk(source: Path, target: Path) -> None:
    """The original goes only after the copy is on the disk and has the same hash."""
    fresh = target.with_name(f".{target.name}.tmp")
    fresh.unlink(missing_ok=True)
    with source.open("rb") as original, HashedFile(fresh) as copy:
        shutil.copyfileobj(original, copy)
    if file_sha256(fresh) != copy.sha256 or file_sha256(source) != copy.sha256:
        raise OSError(errno.EIO, "the copy differs from the original", str(source))
    fresh.rename(target)
    fsync_folder(target.parent)
    source.unlink()
