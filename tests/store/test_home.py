"""The home folder is private, and says what is wrong with it and how to mend it."""

import os
import stat
from pathlib import Path

import pytest

from store.errors import StorageError
from store.home import Home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = Home(tmp_path / "a" / "home")
        home.create()
    finally:
        os.umask(before)
    assert {mode(folder) for folder in (home.root, *home.folders)} == {0o700}
    home.create()
    home.check_private()


def test_existing_folders_keep_their_mode(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.inbox.mkdir(parents=True)
    home.inbox.chmod(0o770)
    home.create()
    assert mode(home.inbox) == 0o770


@pytest.mark.parametrize(
    ("name", "wide", "remedy"),
    [(".", 0o750, "chmod 700"), ("ledger.sqlite", 0o640, "chmod 600"), ("old", 0o701, "chmod 700")],
)
def test_a_ledger_that_others_may_read_is_refused(
    tmp_path: Path, name: str, wide: int, remedy: str
) -> None:
    home = Home(tmp_path / "home")
    home.create()
    (home.ledger / "ledger.sqlite").touch(0o600)
    (home.ledger / "old").mkdir(0o700)
    home.check_private()
    (home.ledger / name).chmod(wide)
    with pytest.raises(StorageError, match=remedy):
        home.check_private()


def test_a_file_in_a_folders_place_is_named(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    home.root.mkdir()
    home.tables.write_text("not a folder", encoding="utf-8")
    with pytest.raises(StorageError, match="tables is a file where a folder must be"):
        home.create()


def test_a_home_that_cannot_be_made_is_a_storage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot make"):
        Home(tmp_path / "file" / "home").create()


def test_every_folder_lies_in_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert all(folder.is_relative_to(tmp_path) for folder in (*home.folders, home.headers))
    assert len(set(home.folders)) == len(home.folders)
