"""Numbering the distinct ones among many 64-bit keys without sorting them."""

from typing import Final

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Index = npt.NDArray[np.int64]

_SPREAD: Final = np.uint64(0xD6E8FEB86659FD93)


def number_distinct(keys: Keys) -> tuple[Index, Index]:
    """Number of each key among the distinct ones, and the place of one key of each number.

    All keys are thrown into a table: in each slot one key stays, and whoever finds an equal key there has the same number.
    Those that find another key try again with other slots.
    """
    bits = max(8, (len(keys) * 2).bit_length())
    shift, spread = np.uint64(64 - bits), _SPREAD
    table = np.empty(1 << bits, np.int64)
    like = np.empty(len(keys), np.int64)
    waiting, asked = np.arange(len(keys)), keys
    with np.errstate(over="ignore"):
        while len(waiting):
            slot = ((asked * spread) >> shift).view(np.int64)
            table[slot] = waiting
            there = table.take(slot)
            like[waiting] = there
            other = np.flatnonzero(keys.take(there) != asked)
            waiting, asked = waiting.take(other), asked.take(other)
            spread = spread * _SPREAD
    place = np.flatnonzero(like == np.arange(len(keys)))
    number = np.empty(len(keys), np.int64)
    number[place] = np.arange(len(place))
    return number.take(like), place
