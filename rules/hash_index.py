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
        self._keys = keys.copy()
        self._numbers = None if numbers is None else numbers.astype(np.int32)
        self._place = np.full(size, -1, np.int32)
        waiting = np.arange(len(keys))
        slot = self._slot(keys)
        while len(waiting):
            free = np.flatnonzero(self._place[slot] < 0)
            # of several keys for one slot the last wins, the others go on
            self._place[slot[free]] = waiting[free]
            going_on = np.ones(len(waiting), np.bool_)
            going_on[free] = self._place[slot[free]] != waiting[free]
            waiting = waiting[going_on]
            slot = (slot[going_on] + 1) & self._last

    def _slot(self, keys: Keys) -> Found:
        with np.errstate(over="ignore"):
            return ((keys * _SPREAD) >> self._shift).astype(np.int64)

    def find(self, keys: Keys) -> Found:
        """Number of each key, or -1."""
        slot = self._slot(keys)
        found = self._place.take(slot).astype(np.int64)
        asked = np.flatnonzero(found >= 0)
        other = self._keys.take(found.take(asked)) != keys.take(asked)
        # a slot that holds another key sends the search to the next one
        asked = asked[other]
        slot = slot.take(asked)
        while len(asked):
            slot = (slot + 1) & self._last
            place = self._place.take(slot)
            found[asked] = place
            held = np.flatnonzero(place >= 0)
            other = self._keys.take(place.take(held)) != keys.take(asked.take(held))
            going_on = held[other]
            asked, slot = asked.take(going_on), slot.take(going_on)
        if self._numbers is not None:
            known = np.flatnonzero(found >= 0)
            found[known] = self._numbers.take(found.take(known))
        return found
