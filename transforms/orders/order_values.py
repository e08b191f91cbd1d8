"""What order reports print, read strictly: channels, truths, times and order ids; a whole column at once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns.keys import TIMESTAMP
from schemas.identifiers import ORDER_ID_PATTERN
from schemas.vocabularies import FulfillmentChannel
from transforms.reports.cell_values import Column, clean_order_id, clean_order_ids

CHANNEL_WORDS: Final = {
    # Real rows of 2017 and 2026 say Amazon and Merchant; help pages of several marketplaces say AFN and MFN
    # (Seller Central help 200547170).
    "amazon": FulfillmentChannel.AFN,
    "afn": FulfillmentChannel.AFN,
    "merchant": FulfillmentChannel.MFN,
    "mfn": FulfillmentChannel.MFN,
}
TRUTH_WORDS: Final = {
    "yes": True,
    "y": True,
    "true": True,
    "1": True,
    "no": False,
    "n": False,
    "false": False,
    "0": False,
}

_ORDER_ID: Final = re.compile(ORDER_ID_PATTERN)
_AROUND: Final = " \t\r\n\u00a0\u200b\ufeff\"'"


def order_ids(printed: Column) -> Column:
    """Order ids, cleaned as those of feedback reports; null where the text is none."""
    cleaned = clean_order_ids(printed)
    is_one: Column = pc.match_substring_regex(cleaned, ORDER_ID_PATTERN)
    return pc.if_else(is_one, cleaned, pa.scalar(None, pa.string()))


def find_order_id(cells: list[str]) -> str | None:
    """The order id of a row whose cells are not where they should be; None unless exactly one is found."""
    found = {cleaned for cell in cells if _ORDER_ID.fullmatch(cleaned := clean_order_id(cell))}
    return found.pop() if len(found) == 1 else None


def channels(printed: Column) -> Column:
    """AFN or MFN; UNKNOWN for a word that is not known, null where nothing is printed."""

    def channel(text: str) -> str | None:
        word = text.strip(_AROUND).casefold()
        return CHANNEL_WORDS.get(word, FulfillmentChannel.UNKNOWN).value if word else None

    return _each_distinct(printed, channel, pa.string())


def truths(printed: Column) -> Column:
    """True or false; null for any other word."""
    return _each_distinct(
        printed, lambda text: TRUTH_WORDS.get(text.strip(_AROUND).casefold()), pa.bool_()
    )


def timestamps(printed: Column, *, is_deadline: bool = False) -> Column:
    """Times in ISO 8601, as UTC; null where nothing, or nothing that is a time, is printed.

    A time without an offset is taken as UTC. A date alone is the beginning of its day, or the end of it for a deadline.
    """

    def instant(text: str) -> datetime | None:
        written = text.strip(_AROUND)
        try:
            at = datetime.fromisoformat(written)
        except ValueError:
            return None
        if is_deadline and len(written) <= 10:
            at = at.replace(hour=23, minute=59, second=59)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

    try:
        # The usual form needs no Python per value.
        return pc.cast(printed, TIMESTAMP)
    except pa.ArrowInvalid:
        return _each_distinct(printed, instant, TIMESTAMP)


def texts(printed: Column) -> Column:
    """Trimmed texts; null where nothing is printed."""
    return _each_distinct(printed, lambda text: text.strip(_AROUND) or None, pa.string())


def _each(printed: Column, read: Callable[[str], object], kind: pa.DataType) -> Column:
    return pa.array([read(text) for text in printed.to_pylist()], kind)


def _each_distinct(printed: Column, read: Callable[[str], object], kind: pa.DataType) -> Column:
    """Read each distinct text once."""
    encoded = printed.dictionary_encode()
    return _each(encoded.dictionary, read, kind).take(encoded.indices)
