"""In which bucket does a parent lie? Answered from the disk, so that memory does not grow with the source."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from leverans.sources.landing.hashing import Buckets, Hashes

_PART_BITS = 8
_PARTS = 1 << _PART_BITS
CHUNK = 1 << 20
"""Entries that are in memory at a time while the index is sorted."""


class ViaIndex:
    """Hash of a parent's columns → its bucket; the first parent counts where several are alike.

    Fill it with `add`, end with `seal`, then `find`.
    """

    def __init__(self, folder: Path, chunk: int = CHUNK) -> None:
        self._folder = folder
        self._chunk = chunk
        folder.mkdir(parents=True)
        self._keys = (folder / "keys").open("wb")
        self._values = (folder / "values").open("wb")
        self._count = 0
        self._sorted: tuple[Hashes, Buckets] | None = None

    def add(self, keys: Hashes, buckets: Buckets) -> None:
        """Note the buckets of some parents."""
        self._keys.write(keys.tobytes())
        self._values.write(buckets.tobytes())
        self._count += len(keys)

    def seal(self) -> None:
        """Sort what was noted, part by part."""
        self._keys.close()
        self._values.close()
        if not self._count:
            self._sorted = (np.empty(0, np.uint64), np.empty(0, np.uint16))
            return
        keys, values = self._map("keys", np.uint64, "r"), self._map("values", np.uint16, "r")
        to_keys, to_values = self._map("by-key", np.uint64, "w+"), self._map("by-value", np.uint16, "w+")
        ends = self._spread(keys, values, to_keys, to_values)
        start = 0
        for end in ends:
            order = np.argsort(to_keys[start:end], kind="stable")
            to_keys[start:end] = to_keys[start:end][order]
            to_values[start:end] = to_values[start:end][order]
            start = int(end)
        self._sorted = (to_keys, to_values)

    def find(self, keys: Hashes, buckets: Buckets) -> Buckets:
        """Give the bucket of each key's parent; where there is no parent, that of `buckets`."""
        if self._sorted is None:
            raise RuntimeError("find() before seal()")
        known, values = self._sorted
        if not len(known):
            return buckets
        places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
        return np.where(known[places] == keys, values[places], buckets).astype(np.uint16)

    def _spread(
        self, keys: Hashes, values: Buckets, to_keys: Hashes, to_values: Buckets
    ) -> npt.NDArray[np.int64]:
        """Copy all entries to the part of their first bits, keeping their order; give where parts end."""
        sizes = np.zeros(_PARTS, np.int64)
        for start in range(0, self._count, self._chunk):
            sizes += np.bincount(_part(keys[start : start + self._chunk]), minlength=_PARTS)
        ends = np.cumsum(sizes)
        cursor = ends - sizes
        for start in range(0, self._count, self._chunk):
            part = _part(keys[start : start + self._chunk])
            order = np.argsort(part, kind="stable")
            counts = np.bincount(part, minlength=_PARTS)
            within = np.arange(len(part)) - np.repeat(np.cumsum(counts) - counts, counts)
            targets = np.repeat(cursor, counts) + within
            to_keys[targets] = keys[start : start + self._chunk][order]
            to_values[targets] = values[start : start + self._chunk][order]
            cursor += counts
        return ends

    def _map(self, name: str, kind: Any, mode: Any) -> Any:
        return np.memmap(self._folder / name, kind, mode, shape=(self._count,))


def _part(keys: Hashes) -> npt.NDArray[np.int64]:
    return (keys >> np.uint64(64 - _PART_BITS)).astype(np.int64)
