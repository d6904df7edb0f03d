"""Which values more than one object of the whole delivery has, bucket by bucket, eight bytes a value.

A bucket alone cannot tell: two cases with one diarienummer may lie in different buckets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leverans.quality.port import Check, Facts

_ROOM = 1 << 16


@dataclass(frozen=True, slots=True)
class Hashes:
    """A 64-bit hash per row and whether every field has a value (rows without are not compared)."""

    digests: np.ndarray
    given: np.ndarray


def hashes(columns: Sequence[pa.ChunkedArray]) -> Hashes:
    """Hash rows of columns; equal values have equal hashes in every bucket and process."""
    texts = [pc.cast(column, pa.string()) for column in columns]
    frame = pd.DataFrame({str(at): text.to_pandas().astype(object) for at, text in enumerate(texts)})
    digests = pd.util.hash_pandas_object(frame, index=False, categorize=False).to_numpy()
    return Hashes(digests, frame.notna().all(axis=1).to_numpy())


def doubles(digests: np.ndarray) -> np.ndarray:
    """Give, sorted, the hashes that stand more than once."""
    values, counts = np.unique(digests, return_counts=True)
    return values[counts > 1]


class Census:
    """Counts the values of ``unique`` rules over all buckets before any bucket is judged."""

    def __init__(self, checks: Sequence[Check], entities: Mapping[str, str] | None = None) -> None:
        self._checks = [check for check in checks if check.kind == "unique"]
        self._entities = entities or {}
        self._seen: dict[str, list[np.ndarray]] = {check.id: [] for check in self._checks}

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """Take in the tables of one bucket; a rule whose columns are not there is left to `evaluate`."""
        for check in self._checks:
            table = tables.get(self._entities.get(check.on, check.on))
            fields = [check.arguments] if isinstance(check.arguments, str) else list(check.arguments)
            if table is None or not set(fields) <= set(table.column_names):
                continue
            values = hashes([table[name] for name in fields])
            self._seen[check.id].append(values.digests[values.given])

    def facts(self, facts: Facts) -> Facts:
        """Give `facts` with what was counted."""
        twice = {name: doubles(np.concatenate(seen or [_none()])) for name, seen in self._seen.items()}
        return Facts(as_of=facts.as_of, entities=facts.entities, twice=twice)


def _none() -> np.ndarray:
    return np.empty(0, dtype=np.uint64)
