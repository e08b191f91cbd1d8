"""Looking up many 64-bit keys at once."""

from typing import Final

import numpy as np
import numpy.typing as npt

Keys = npt.NDArray[np.uint64]
Found = npt.NDArray[np.int64]

_SPREAD: Final = np.uint64(0xD6E8FEB86659FD93)


class HashIndex:
    """An immutable map from 64-bit keys to numbers, -1 for a strange key.

    The numbers are the keys' places in the given array, unless others (not negative) are given.
    """

    def __init__(self, keys: Keys, numbers: Found | None = None) -> None:
        bits = max(8, int(len(keys) * 4 - 1).bit_length() if len(keys) else 8)
        self._shift = np.uint64(64 - bits)
        size = 1 << bits
        self._last = size - 1
        self._keys = np.zeros(size, np.uint64)
        self._place = np.full(size, -1, np.int32)
        waiting = np.arange(len(keys))
        slot = self._slot(keys)
        while len(waiting):
            free = self._place[slot] < 0
            first = np.full(size, -1, np.int32)
            first[slot[free]] = waiting[
                free
            ]  # of several keys for one slot the last wins, the others go on
            settled = np.zeros(len(waiting), np.bool_)
            settled[free] = first[slot[free]] == waiting[free]
            self._keys[slot[settled]] = keys[waiting[settled]]
            self._place[slot[settled]] = waiting[settled]
            waiting = waiting[~settled]
            slot = (slot[~settled] + 1) & self._last
        if numbers is not None and len(numbers):
            self._place = np.where(self._place >= 0, numbers[self._place], -1).astype(np.int32)

    def _slot(self, keys: Keys) -> Found:
        with np.errstate(over="ignore"):
            return ((keys * _SPREAD) >> self._shift).astype(np.int64)

    def find(self, keys: Keys) -> Found:
        """Number of each key, or -1."""
        slot = self._slot(keys)
        place = self._place.take(slot).astype(np.int64)
        open_ = np.flatnonzero((place >= 0) & (self._keys.take(slot) != keys))
        while len(open_):
            slot[open_] = (slot[open_] + 1) & self._last
            place[open_] = self._place[slot[open_]]
            open_ = open_[(place[open_] >= 0) & (self._keys[slot[open_]] != keys[open_])]
        return place
