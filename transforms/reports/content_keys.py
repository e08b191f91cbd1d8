"""The keys of `schemas.identifiers` for whole columns at once; a test holds both to the same answers."""

import unicodedata
from hashlib import sha256
from operator import methodcaller
from typing import Any, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Column: TypeAlias = Any
"""A `pyarrow.Array`; the published stubs of its functions refuse much that the library takes."""

_DIGEST: Final = methodcaller("digest")
_SEPARATOR: Final = "\x1f"


def feedback_ids(account: str, marketplace: str, order_ids: Column) -> Column:
    """`schemas.identifiers.feedback_id` of every order id."""
    begin = _SEPARATOR.join(("feedback", account, marketplace, ""))
    return _hexadecimal(_joined(pa.scalar(begin), order_ids), 16)


def content_hashes(ratings: Column, comments: Column) -> Column:
    """`schemas.identifiers.content_sha256` of every rating and comment (neither may be null)."""
    rating_texts: Column = pc.cast(ratings, pa.string())
    begin = pa.scalar(f"content{_SEPARATOR}")
    separator = pa.scalar(_SEPARATOR)
    return _hexadecimal(_joined(begin, rating_texts, separator, _composed(comments)), 32)


def _joined(*parts: Column) -> Column:
    return pc.binary_join_element_wise(*parts, pa.scalar(""))


def _composed(texts: Column) -> Column:
    """Texts in Unicode form NFC."""
    is_ascii: Column = pc.string_is_ascii(texts)
    places = np.flatnonzero(~is_ascii.to_numpy(zero_copy_only=False))
    if not len(places):
        return texts
    composed = [
        unicodedata.normalize("NFC", text) for text in texts.take(pa.array(places)).to_pylist()
    ]
    mask: Column = pc.invert(is_ascii)
    return pc.replace_with_mask(texts, mask, pa.array(composed, pa.string()))


def _hexadecimal(messages: Column, size: int) -> Column:
    """The first `size` bytes of SHA-256 of every message, as hexadecimal digits."""
    octets = messages.cast(pa.binary()).to_numpy(zero_copy_only=False).tolist()
    digests = b"".join(map(_DIGEST, map(sha256, octets)))  # no bytecode a row: twice a row counts
    if size < 32:
        digests = np.frombuffer(digests, "V32").view(np.uint8).reshape(-1, 32)[:, :size].tobytes()
    places: Column = np.arange(0, (len(octets) + 1) * 2 * size, 2 * size, dtype=np.int32)
    offsets: Column = pa.py_buffer(places)
    digits: Column = pa.py_buffer(digests.hex().encode())
    return pa.Array.from_buffers(pa.string(), len(octets), [None, offsets, digits])
