"""What is odd about a comment: lost characters, double encoding, characters that hide or disguise words.

Nothing is removed from a text here; flags tell the rules and the person who reviews. Only double encoding (mojibake)
is undone, and only where encoding and decoding again gives the very same text.
"""

import re
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Column: TypeAlias = Any
"""A `pyarrow.Array`; the published stubs of its functions refuse much that the library takes."""

Mask = NDArray[np.bool_]

_PATTERNS: Final = {
    "bidi": r"[\x{202A}-\x{202E}\x{2066}-\x{2069}]",
    "ctrl": r"[\x{01}-\x{08}\x{0B}\x{0C}\x{0E}-\x{1F}\x{7F}-\x{9F}]",
    "homoglyph": r"\p{Latin}[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}]\p{Latin}",
    "zero_width": r"[\x{200B}\x{2060}\x{FEFF}\x{00AD}]|[A-Za-z][\x{200C}\x{200D}][A-Za-z]",
}
"""RE2 patterns by flag: signs that a comment is not what it looks like."""

_FLAGS: Final = ("bidi", "ctrl", "homoglyph", "long", "mojibake", "zero_width")

_LONG_BYTES: Final = 64 * 1024
"""From here on matching looks only at the beginning of a comment."""

_MAYBE_MOJIBAKE: Final = (
    r"[\x{C2}-\x{F4}][\x{80}-\x{BF}\x{152}\x{153}\x{160}\x{161}\x{178}\x{17D}\x{17E}\x{192}\x{2C6}\x{2DC}"
    r"\x{2013}-\x{203A}\x{20AC}\x{2122}]"
)
_EMPHASIS: Final = re.compile(r"(?<=[^\W_])[!?]*\?{3,}[!?]*(?=\s|$|[\"')])")
_WITHIN_WORD: Final = re.compile(r"(?<=[^\W\d_])\?+([^\W\d_])")
_CP1252_UNDEFINED: Final = {code: code for code in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


class TextSigns(NamedTuple):
    """What the texts of one column show."""

    texts: Column
    """The texts, double encoding undone."""
    as_reported: Column
    """The text before it was undone, null where nothing was."""
    is_damaged: Column
    flags: Column
    """A list of flags for each text, in alphabetical order."""


def is_damaged(text: str) -> bool:
    """Characters were lost before the text reached us: U+FFFD, or question marks where letters were.

    Three question marks that emphasise a question in plain ASCII (`where is it???`) are no damage; a run that stands
    alone, or one in a text with other signs of another script, is.
    """
    if "\ufffd" in text:
        return True
    rest = _EMPHASIS.sub("", text) if text.isascii() and text[:1] != "?" else text
    return "???" in rest or any(found[1].islower() for found in _WITHIN_WORD.finditer(rest))


def repaired(text: str) -> str | None:
    """The text with one double encoding undone, or None when that is not exactly reversible.

    Exact means: every character is one of Windows-1252, their bytes are UTF-8, and encoding twice gives the text back.
    """
    try:
        octets = b"".join(
            bytes((ord(character),))
            if ord(character) in _CP1252_UNDEFINED
            else character.encode("cp1252")
            for character in text
        )
        once = octets.decode("utf-8")
    except UnicodeError:
        return None
    return once if once != text else None


def text_signs(texts: Column, *, is_ascii: bool) -> TextSigns:
    """Look at a column of comments.

    Args:
        texts: the comments; no nulls.
        is_ascii: every character is ASCII and none is a control character, so that most signs are impossible.
    """
    count = len(texts)
    nothing: Column = pa.nulls(count, pa.string())
    found: dict[str, Mask] = {}
    as_reported = nothing
    if not is_ascii:
        undone = _mojibake(texts)
        if undone:
            texts, as_reported, found["mojibake"] = _with_repairs(texts, undone)
        for flag, pattern in _PATTERNS.items():
            found[flag] = _matching(texts, pattern)
    lengths: Column = pc.binary_length(texts)
    found["long"] = lengths.to_numpy(zero_copy_only=False) > _LONG_BYTES
    return TextSigns(
        texts, as_reported, pa.array(_damaged(texts, is_ascii=is_ascii)), _flag_lists(found, count)
    )


def _matching(texts: Column, pattern: str) -> Mask:
    matches: Column = pc.match_substring_regex(texts, pattern)
    return np.asarray(matches.to_numpy(zero_copy_only=False), bool)


def _damaged(texts: Column, *, is_ascii: bool) -> Mask:
    damaged = np.zeros(len(texts), bool)
    places = _questioned(texts)
    if not is_ascii:
        places = np.union1d(places, np.flatnonzero(_matching(texts, r"\x{FFFD}")))
    for place, text in zip(places.tolist(), texts.take(pa.array(places)).to_pylist(), strict=True):
        damaged[place] = is_damaged(text)
    return damaged


def _questioned(texts: Column) -> NDArray[np.int64]:
    """Places of the texts in which a question mark is followed by another one, a small letter, or beyond ASCII."""
    _, offsets_buffer, data_buffer = texts.buffers()
    offsets = np.frombuffer(offsets_buffer, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    octets = (
        np.frombuffer(data_buffer, np.uint8)[offsets[0] : offsets[-1]]
        if data_buffer
        else offsets[:0]
    )
    marks = np.flatnonzero(octets[:-1] == ord("?"))
    follower = octets[marks + 1]
    marks = marks[(follower == ord("?")) | (follower >= ord("a"))]
    return np.unique(np.searchsorted(offsets - offsets[0], marks, "right") - 1)


def _mojibake(texts: Column) -> dict[int, str | None]:
    """Places of texts that look double encoded, with the repaired text or None."""
    places = np.flatnonzero(_matching(texts, _MAYBE_MOJIBAKE))
    candidates: list[str] = texts.take(pa.array(places)).to_pylist()
    return {place: repaired(text) for place, text in zip(places.tolist(), candidates, strict=True)}


def _with_repairs(texts: Column, undone: dict[int, str | None]) -> tuple[Column, Column, Mask]:
    is_suspect = np.zeros(len(texts), bool)
    is_suspect[list(undone)] = True
    exact = {place: text for place, text in undone.items() if text is not None}
    if not exact:
        return texts, pa.nulls(len(texts), pa.string()), is_suspect
    mask = np.zeros(len(texts), bool)
    mask[list(exact)] = True
    arrow_mask: Column = pa.array(mask)
    as_reported: Column = pc.if_else(arrow_mask, texts, pa.scalar(None, pa.string()))
    fixed = pc.replace_with_mask(texts, arrow_mask, pa.array(list(exact.values()), pa.string()))
    return fixed, as_reported, is_suspect


def _flag_lists(found: dict[str, Mask], count: int) -> Column:
    raised = {flag: found[flag] for flag in _FLAGS if flag in found and found[flag].any()}
    offsets = np.zeros(count + 1, np.int32)
    values: Column = pa.array([], pa.string())
    if raised:
        matrix = np.stack(list(raised.values()), axis=1)
        offsets[1:] = np.cumsum(matrix.sum(axis=1))
        names: Column = pa.array(list(raised), pa.string())
        values = names.take(pa.array(np.nonzero(matrix)[1]))
    arrow_offsets: Column = pa.array(offsets)
    return pa.ListArray.from_arrays(arrow_offsets, values)
