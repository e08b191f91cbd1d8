"""The keys of `schemas.identifiers` for whole columns at once; a test holds both to the same answers."""

import unicodedata
from collections.abc import Callable, Iterable
from hashlib import sha256
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

if TYPE_CHECKING:
    from hashlib import _Hash

Column: TypeAlias = Any
"""A `pyarrow.Array`; the published stubs of its functions refuse much that the library takes."""

_SPACE, _TILDE = 0x20, 0x7E  # the first and the last printable character of ASCII
_SEPARATOR: Final = "\x1f"


def feedback_ids(account: str, marketplace: str, order_ids: Column) -> Column:
    """`schemas.identifiers.feedback_id` of every order id."""
    begin = _begun("feedback", account, marketplace, "")
    return _hexadecimal(repeat(begin.copy), order_ids, 16)


def content_hashes(ratings: Column, comments: Column) -> Column:
    """`schemas.identifiers.content_sha256` of every rating and comment (neither may be null)."""
    printed: list[int] = ratings.to_pylist()
    begins = {rating: _begun("content", str(rating), "").copy for rating in set(printed)}
    return _hexadecimal(map(begins.__getitem__, printed), _as_compared(comments), 32)


def _begun(*parts: str) -> "_Hash":
    """The hash of what is the same for many rows; a copy of it goes on with one row."""
    return sha256(_SEPARATOR.join(parts).encode())


def _as_compared(texts: Column) -> Column:
    """Texts as `schemas.identifiers.content_sha256` compares them: NFC, every run of blanks one space."""
    places = _places_to_fold(texts)
    if not len(places):
        return texts
    folded = [
        " ".join(unicodedata.normalize("NFC", text).split())
        for text in texts.take(pa.array(places)).to_pylist()
    ]
    mask = np.zeros(len(texts), bool)
    mask[places] = True
    return pc.replace_with_mask(texts, pa.array(mask), pa.array(folded, pa.string()))


def _places_to_fold(texts: Column) -> NDArray[np.int64]:
    """Places of the texts that may look otherwise once folded; the others are plain ASCII with single inner spaces."""
    _, offsets_buffer, data_buffer = texts.buffers()
    if not len(texts) or data_buffer is None:
        return np.empty(0, np.int64)
    offsets = np.frombuffer(offsets_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    octets = np.frombuffer(data_buffer, np.uint8)[offsets[0] : offsets[-1]]
    offsets = offsets - offsets[0]
    is_blank = octets <= _SPACE
    suspects = [
        np.flatnonzero(is_blank[1:] & is_blank[:-1]),
        np.flatnonzero(octets - np.uint8(_SPACE) > _TILDE - _SPACE),
    ]
    places = np.searchsorted(offsets, np.concatenate(suspects), "right") - 1
    filled = np.flatnonzero(offsets[1:] > offsets[:-1])
    edges = is_blank[offsets[filled]] | is_blank[offsets[filled + 1] - 1]
    return np.unique(np.concatenate([places, filled[edges]]))


def _hexadecimal(begins: Iterable[Callable[[], "_Hash"]], ends: Column, size: int) -> Column:
    """The first `size` bytes of SHA-256 of every message, as hexadecimal digits.

    Args:
        begins: for each message a new hash of its beginning; copying one costs less than making one.
        ends: what each message ends with.
        size: at most 32.
    """
    octets = ends.cast(pa.binary()).to_numpy(zero_copy_only=False).tolist()
    every = []
    for begin, end in zip(begins, octets, strict=False):  # what repeats a beginning has no end
        digest = begin()
        digest.update(end)
        every.append(digest.digest())
    digests = b"".join(every)
    if size < 32:
        digests = np.frombuffer(digests, "V32").view(np.uint8).reshape(-1, 32)[:, :size].tobytes()
    places: Column = np.arange(0, (len(octets) + 1) * 2 * size, 2 * size, dtype=np.int32)
    offsets: Column = pa.py_buffer(places)
    digits: Column = pa.py_buffer(digests.hex().encode())
    return pa.Array.from_buffers(pa.string(), len(octets), [None, offsets, digits])
