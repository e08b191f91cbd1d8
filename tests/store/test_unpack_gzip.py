"""Gzip files are unpacked in bounded memory; whatever is wrong with one is named and nothing of it is used."""

import gzip
import io
import resource
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.file_limits import MIB, FileLimits
from store.unpack_gzip import GzipError, unpack_gzip

TEXT = b"Date\tRating\tComments\n" + b"1/5/26\t1\tthe courier left it in the rain\n" * 400


def unpacked(packed: bytes, limits: FileLimits | None = None) -> bytes:
    target = io.BytesIO()
    written = unpack_gzip(io.BytesIO(packed), target, limits or FileLimits())
    assert written == len(target.getvalue())
    return target.getvalue()


@settings(max_examples=50, deadline=None)
@given(parts=st.lists(st.binary(max_size=5000), min_size=1, max_size=4))
def test_members_one_after_another_are_one_file(parts: list[bytes]) -> None:
    assert unpacked(b"".join(gzip.compress(part) for part in parts)) == b"".join(parts)


@pytest.mark.parametrize("missing", [1, 4, 8, 60])
def test_a_cut_download_is_truncated(missing: int) -> None:
    with pytest.raises(GzipError) as caught:
        unpacked(gzip.compress(TEXT)[:-missing])
    assert caught.value.reason == "gz_truncated"


def test_a_wrong_checksum_is_corrupt() -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 0xFF
    with pytest.raises(GzipError) as caught:
        unpacked(bytes(packed))
    assert caught.value.reason == "gz_corrupt"


def test_what_follows_the_last_member_is_corrupt() -> None:
    with pytest.raises(GzipError) as caught:
        unpacked(gzip.compress(TEXT) + b"<html>sign in</html>")
    assert caught.value.reason == "gz_corrupt"


def test_ordinary_text_that_packs_well_is_no_bomb() -> None:
    repeated = TEXT * 200
    assert len(repeated) / len(gzip.compress(repeated)) > 50
    assert unpacked(gzip.compress(repeated)) == repeated


def test_a_bomb_is_refused_in_no_time_and_no_memory(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.gz"
    with gzip.open(bomb, "wb", compresslevel=6) as file:
        for _ in range(400):
            file.write(b"\0" * MIB)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    with (
        bomb.open("rb") as packed,
        (tmp_path / "out").open("wb") as out,
        pytest.raises(GzipError) as caught,
    ):
        unpack_gzip(packed, out, FileLimits())
    assert caught.value.reason == "bomb"
    assert time.monotonic() - started < 2
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 200
    assert (tmp_path / "out").stat().st_size < 8 * MIB


def test_the_absolute_cap_holds_whatever_the_ratio() -> None:
    limits = FileLimits(unpacked_bytes=10_000)
    with pytest.raises(GzipError) as caught:
        unpacked(gzip.compress(TEXT), limits)
    assert caught.value.reason == "bomb"
