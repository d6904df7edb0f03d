"""A set of texts in 24 to 32 bytes each: 16-byte digests in arrays, numbered in the order of adding.

A Python set of a million paths takes 150 MB and more; this takes a quarter of it.
"""

from array import array
from collections.abc import Iterator
from hashlib import blake2b
from struct import Struct

_HALVES = Struct("<QQ")
_FIRST_SLOTS = 1 << 10


def text_digest(text: str) -> bytes:
    """Give 16 bytes that stand for `text` (surrogates from undecodable names included)."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class DigestIndex:
    """Numbers digests from 0 in the order they are first added (open addressing over arrays)."""

    __slots__ = ("_high", "_low", "_mask", "_slots")

    def __init__(self) -> None:
        self._low = array("Q")
        self._high = array("Q")
        self._slots = array("I", bytes(4 * _FIRST_SLOTS))
        self._mask = _FIRST_SLOTS - 1

    def __len__(self) -> int:
        return len(self._low)

    def add(self, text: str) -> tuple[int, bool]:
        """Add `text`; give its number and whether it is new."""
        low, high = _HALVES.unpack(text_digest(text))
        slot, found = self._seek(low, high)
        if found >= 0:
            return found, False
        self._low.append(low)
        self._high.append(high)
        number = len(self._low)
        self._slots[slot] = number
        if number * 3 > self._mask * 2:
            self._grow()
        return number - 1, True

    def find(self, text: str) -> int:
        """Give the number of `text`, or -1."""
        low, high = _HALVES.unpack(text_digest(text))
        return self._seek(low, high)[1]

    def missing_from(self, other: "DigestIndex") -> Iterator[int]:
        """Give the numbers of those here that `other` does not hold."""
        for number, (low, high) in enumerate(zip(self._low, self._high, strict=True)):
            if other._seek(low, high)[1] < 0:  # noqa: SLF001 - of this class
                yield number

    def __contains__(self, text: str) -> bool:
        return self.find(text) >= 0

    def _seek(self, low: int, high: int) -> tuple[int, int]:
        slots, mask = self._slots, self._mask
        slot = low & mask
        while number := slots[slot]:
            if self._low[number - 1] == low and self._high[number - 1] == high:
                return slot, number - 1
            slot = (slot + 1) & mask
        return slot, -1

    def _grow(self) -> None:
        size = (self._mask + 1) * 2
        self._mask = mask = size - 1
        self._slots = slots = array("I", bytes(4 * size))
        for number, low in enumerate(self._low, 1):
            slot = low & mask
            while slots[slot]:
                slot = (slot + 1) & mask
            slots[slot] = number
