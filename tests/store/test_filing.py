"""Files are moved, never deleted; names inside the store are generated; equal bytes are kept once."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.filing import (
    Filing,
    discard_sidecar,
    filed_name,
    raw_file,
    refused_files,
    safe_folder,
)
from store.home import Home
from store.inbox import Identity, InboxFile

AT = datetime(2026, 11, 25, tzinfo=UTC)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.create()
    return made


def dropped(home: Home, name: str, data: bytes, account: str = "shop") -> InboxFile:
    path = home.inbox / account / "US" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return InboxFile(path, account, "US", name, Identity.of(path.lstat()))


@given(name=st.text(max_size=300), account=st.text(min_size=1, max_size=60))
def test_no_name_leaves_its_folder(name: str, account: str) -> None:
    for made in (filed_name("a" * 64, name), filed_name(None, name), safe_folder(account)):
        assert Path(made).name == made
        assert made not in {"", ".", ".."}
        assert len(os.fsencode(made)) < 200
        assert made.isascii()
        assert made.isprintable()


@given(names=st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=2, unique=True))
def test_two_accounts_never_share_a_folder(names: list[str]) -> None:
    assert safe_folder(names[0]) != safe_folder(names[1])


def test_a_file_changed_since_it_was_read_stays_in_the_inbox(home: Home) -> None:
    file = dropped(home, "a.txt", b"one")
    file.path.write_bytes(b"two!")
    assert Filing(home).accept(file, sha(b"one")) is None
    assert Filing(home).refuse(file, sha(b"one"), "is_html", "why", at=AT) is None
    assert file.path.read_bytes() == b"two!"


def test_the_same_bytes_under_another_name_are_kept_once(home: Home) -> None:
    first = Filing(home).accept(dropped(home, "a.txt", b"one"), sha(b"one"))
    second = Filing(home).accept(dropped(home, "b.txt", b"one"), sha(b"one"))
    assert first == second == raw_file(home, "shop", "US", sha(b"one"))
    assert len(list((home.raw / "shop" / "US").iterdir())) == 1


def test_a_damaged_copy_in_raw_is_not_overwritten(home: Home) -> None:
    first = Filing(home).accept(dropped(home, "a.txt", b"one"), sha(b"one"))
    assert first is not None
    first.write_bytes(b"damaged")
    second = Filing(home).accept(dropped(home, "a.txt", b"one"), sha(b"one"))
    assert second not in {None, first}
    assert first.read_bytes() == b"damaged"


def test_a_report_that_is_named_like_a_sidecar_is_no_sidecar(home: Home) -> None:
    Filing(home).refuse(dropped(home, "x.refusal.json", b"{}"), sha(b"{}"), "is_json", "why", at=AT)
    (refused,) = refused_files(home)
    assert refused.path.read_bytes() == b"{}"
    assert refused.reason == "is_json"


def test_a_sidecar_without_its_file_is_no_refused_file(home: Home) -> None:
    Filing(home).refuse(dropped(home, "a.txt", b"one"), sha(b"one"), "is_html", "why", at=AT)
    (refused,) = refused_files(home)
    discard_sidecar(refused)
    assert refused_files(home) == (refused,), "a sidecar stays with its file"
    refused.path.unlink()
    assert refused_files(home) == ()
    discard_sidecar(refused)
    assert list(refused.path.parent.iterdir()) == []


def other_disk() -> Path | None:
    """A folder on another file system than the temporary one, where there is one."""
    shared = Path("/dev/shm")  # noqa: S108 - tested for being another disk, nothing is trusted there
    is_usable = shared.is_dir() and os.access(shared, os.W_OK)
    return shared if is_usable else None


def test_an_inbox_on_another_disk_is_copied_before_the_original_goes(
    home: Home, tmp_path: Path
) -> None:
    shared = other_disk()
    if shared is None or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    source = shared / f"feedback-removal-{os.getpid()}.txt"
    source.write_bytes(b"one")
    try:
        with pytest.raises(OSError, match="cross-device"):
            source.rename(tmp_path / "x")
        file = InboxFile(source, "shop", "US", "a.txt", Identity.of(source.lstat()))
        moved = Filing(home).accept(file, sha(b"one"))
        assert moved is not None
        assert moved.read_bytes() == b"one"
        assert not source.exists()
    finally:
        source.unlink(missing_ok=True)
