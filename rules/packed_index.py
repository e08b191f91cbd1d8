"""Looking up many small keys at once, each with one look into memory."""

from typing import Final

import numpy as np
import numpy.typing as npt

Index = npt.NDArray[np.int64]
Packed = npt.NDArray[np.uint64]

_SPREAD: Final = np.uint64(0xD6E8FEB86659FD93)
_BITS: Final = 64


class PackedIndex:
    """An immutable map from keys to numbers, both not negative and together of less than 64 bits.

    A key and its number share one place of the table: a large table is mostly outside of the processor's caches, and
    each look into it takes longer than everything else.
    """

    def __init__(self, keys: Index, numbers: Index) -> None:
        highest = int(numbers.max(initial=0))
        self._number_bits = np.uint64(highest.bit_length())
        self._number_mask = np.uint64((1 << highest.bit_length()) - 1)
        key_bits = (int(keys.max(initial=0)) + 1).bit_length()
        if key_bits + highest.bit_length() > _BITS:
            raise ValueError(
                f"keys of {key_bits} bits and numbers of {highest.bit_length()} do not fit {_BITS} bits"
            )
        bits = max(8, (len(keys) * 4).bit_length())
        self._shift = np.uint64(_BITS - bits)
        self._last = (1 << bits) - 1
        self._table = np.zeros(1 << bits, np.uint64)
        # keys are stored as their successors: 0 is a free place
        packed = ((keys.astype(np.uint64) + np.uint64(1)) << self._number_bits) | numbers.astype(
            np.uint64
        )
        slot = self._slot(keys)
        while len(packed):
            free = np.flatnonzero(self._table[slot] == 0)
            # of several keys for one slot the last wins, the others go on
            self._table[slot[free]] = packed[free]
            going_on = self._table[slot] != packed
            packed, slot = packed[going_on], (slot[going_on] + 1) & self._last

    def _slot(self, keys: Index) -> Index:
        with np.errstate(over="ignore"):
            return ((keys.view(np.uint64) * _SPREAD) >> self._shift).view(np.int64)

    def find(self, keys: Index) -> tuple[Index, Index]:
        """Places of the known ones among these keys, rising, and their numbers."""
        slot = self._slot(keys)
        there = self._table.take(slot)
        wanted = keys.view(np.uint64) + np.uint64(1)
        is_other = (there >> self._number_bits) != wanted
        # a slot that holds another key sends the search to the next one
        asked = np.flatnonzero(is_other & (there != 0))
        slot = slot.take(asked)
        while len(asked):
            slot = (slot + 1) & self._last
            held = self._table.take(slot)
            there[asked] = held
            going_on = np.flatnonzero(
                ((held >> self._number_bits) != wanted.take(asked)) & (held != 0)
            )
            asked, slot = asked.take(going_on), slot.take(going_on)
        known = np.flatnonzero(there)
        return known, (there.take(known) & self._number_mask).view(np.int64)
