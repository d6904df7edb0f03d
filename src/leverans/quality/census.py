"""What no bucket can tell alone: values that several objects of the delivery have, and values to refer to.

Two cases with one diarienummer may lie in different buckets, and so may a reference and what it refers to.
Eight bytes a value: a million diary numbers are 8 MB while they are counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.quality.port import Check, Facts
from leverans.quality.subject import Unable, columns, subject

COUNTED = ("unique", "orphans")
"""The kinds of rules that must see the whole delivery."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """A 64-bit hash per row and whether every field has a value (rows without are not compared)."""

    digests: np.ndarray
    given: np.ndarray


def hashes(fields: Sequence[pa.ChunkedArray]) -> Hashes:
    """Hash rows of columns; equal values have equal hashes in every bucket and process."""
    import pandas as pd  # a fifth of a second, needed only where values are compared

    texts = [pc.cast(column, pa.string()) for column in fields]
    frame = pd.DataFrame({str(at): text.to_pandas().astype(object) for at, text in enumerate(texts)})
    digests = pd.util.hash_pandas_object(frame, index=False, categorize=False).to_numpy()
    return Hashes(digests, frame.notna().all(axis=1).to_numpy())


def doubles(digests: np.ndarray) -> np.ndarray:
    """Give, sorted, the hashes that stand more than once."""
    values, counts = np.unique(digests, return_counts=True)
    return values[counts > 1]


class Census:
    """Counts the values of ``unique`` and ``orphans`` rules over all buckets before any bucket is judged.

    What one bucket gives (`of_bucket`) and what all together mean (`facts`) are apart, so that buckets can be
    counted by several workers and a run that goes on counts no bucket twice.
    """

    def __init__(self, checks: Sequence[Check], entities: Mapping[str, str] | None = None) -> None:
        self._checks = [check for check in checks if check.kind in COUNTED]
        self._entities = entities or {}
        self._seen: dict[str, list[np.ndarray]] = {}

    @property
    def needed(self) -> bool:
        """Whether any rule must see the whole delivery."""
        return bool(self._checks)

    def of_bucket(self, tables: Mapping[str, pa.Table]) -> dict[str, np.ndarray]:
        """Give the hashes of one bucket by what they are of; what is not there is left to `evaluate`."""
        found: dict[str, np.ndarray] = {}
        for name, wanted in self._wanted(tables):
            values = hashes(wanted)
            found[name] = values.digests[values.given]
        return found

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        """Take in the tables of one bucket."""
        self.take(self.of_bucket(tables))

    def take(self, found: Mapping[str, np.ndarray]) -> None:
        """Take in what `of_bucket` gave."""
        for name, digests in found.items():
            self._seen.setdefault(name, []).append(digests)

    def facts(self, facts: Facts) -> Facts:
        """Give `facts` with what was counted."""
        twice = {check.id: doubles(self._all(check.id)) for check in self._checks if check.kind == "unique"}
        known = {
            check.id: {field: np.unique(self._all(f"{check.id}/{field}")) for field in check.arguments}
            for check in self._checks
            if check.kind == "orphans" and isinstance(check.arguments, Mapping)
        }
        return replace(facts, twice=twice, known=known)

    def _all(self, name: str) -> np.ndarray:
        return np.concatenate([np.empty(0, dtype=np.uint64), *self._seen.get(name, [])])

    def _wanted(self, tables: Mapping[str, pa.Table]) -> Iterator[tuple[str, list[pa.ChunkedArray]]]:
        for check in self._checks:
            if check.kind == "unique":
                yield from self._unique(check, tables)
            elif isinstance(check.arguments, Mapping):
                yield from self._targets(check, tables)

    def _unique(
        self, check: Check, tables: Mapping[str, pa.Table]
    ) -> Iterator[tuple[str, list[pa.ChunkedArray]]]:
        try:
            table = subject(check, tables, Facts(entities=self._entities))
        except Unable:
            return
        fields = columns(check)
        if fields and set(fields) <= set(table.column_names):
            yield check.id, [table[name] for name in fields]

    def _targets(
        self, check: Check, tables: Mapping[str, pa.Table]
    ) -> Iterator[tuple[str, list[pa.ChunkedArray]]]:
        for field, target in check.arguments.items():
            on, _, column = str(target).partition(".")
            table = tables.get(self._entities.get(on, on))
            if table is not None and column in table.column_names:
                yield f"{check.id}/{field}", [table[column]]
