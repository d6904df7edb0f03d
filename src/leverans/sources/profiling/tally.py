"""What is counted of one column while its table is read."""

from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.contracts import Column
from leverans.contracts.profile import FEWEST, ColumnProfile
from leverans.sources.profiling.buffers import Hashes, hashes, shapes, texts
from leverans.sources.profiling.days import Days
from leverans.sources.profiling.distinct import Sketch, Uniqueness
from leverans.sources.profiling.personal import named_personal
from leverans.sources.profiling.suspecting import Suspicion, listed

_MOST_SHAPES = 2_000
_SHOWN = 4


class Tally:
    """Counts one column, batch by batch."""

    def __init__(self, column: Column, path: Path, suspicion: Suspicion | None = None) -> None:
        self.column = column
        self.suspicion = suspicion
        self.sketch = Sketch()
        self.unique = Uniqueness(path)
        self.low: int | None = None
        self.high: int | None = None
        self._rows = self._nulls = self._empty = self._longest = 0
        self._shapes: Counter[str] = Counter()
        self._days = Days()

    def add(self, values: pa.Array) -> Hashes:
        """Count a batch; give the hash of each row, 0 where it has no value."""
        self._rows += len(values)
        self._nulls += values.null_count
        if pa.types.is_binary(values.type):
            self._grow(pc.binary_length(values))
            return np.zeros(len(values), np.uint64)
        written = texts(values)
        there = pc.fill_null(pc.greater(pc.binary_length(written), 0), fill_value=False)
        filled = written.filter(there)
        self._empty += len(values) - values.null_count - len(filled)
        mask = there.to_numpy(zero_copy_only=False)
        made = np.zeros(len(values), np.uint64)
        if len(filled):
            self._grow(pc.binary_length(filled))
            self._see(values.filter(there), filled)
            if self.suspicion is not None:
                self.suspicion.add(values.filter(there))
            encoded = filled.dictionary_encode()
            own = hashes(encoded.dictionary)
            self.sketch.add(np.unique(own))
            placed = own[encoded.indices.to_numpy(zero_copy_only=False)]
            self.unique.add(placed, self.sketch)
            made[mask] = placed
        return made

    def profile(self) -> ColumnProfile:
        """Give what was counted; call it once, when everything was read."""
        unique = self.unique.settle()
        filled = self._rows - self._nulls - self._empty
        layout, fitting, years = self._days.layout(filled)
        layouts, several = ((), 0) if layout and fitting == 1 else self._days.mixed(filled)
        if layouts:
            layout, fitting, years = layouts[0][0], sum(share for _one, share in layouts), several
        common = sorted(
            ((shape, rows) for shape, rows in self._shapes.items() if rows >= max(FEWEST, filled // 100)),
            key=lambda one: (-one[1], one[0]),
        )
        return ColumnProfile(
            name=self.column.name,
            type=self.column.type,
            source_type=self.column.source_type,
            rows=self._rows,
            nulls=self._nulls,
            empty=self._empty,
            distinct=filled if unique else self.sketch.count,
            exact=unique or not self.sketch.full,
            unique=unique,
            shapes=tuple(common[:_SHOWN]),
            layout=layout,
            fitting=fitting,
            time=any("%H" in one for one, _share in layouts) or "%H" in layout,
            layouts=layouts,
            harmed=listed(self.suspicion.harmed) if self.suspicion else (),
            personal=listed(self.suspicion.personal) if self.suspicion else (),
            named=self.suspicion is not None and named_personal(self.column.name),
            years=years,
            longest=1 << (self._longest - 1).bit_length() if self._longest else 0,
        )

    def _grow(self, lengths: pa.Array) -> None:
        self._longest = max(self._longest, pc.max(lengths).as_py() or 0)

    def _see(self, values: pa.Array, written: pa.Array) -> None:
        if pa.types.is_integer(values.type):
            ends = pc.min_max(values).as_py()
            self.low = ends["min"] if self.low is None else min(self.low, ends["min"])
            self.high = ends["max"] if self.high is None else max(self.high, ends["max"])
        counted = shapes(written).value_counts()
        found = dict(
            zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True)
        )
        self._days.add(written, list(found))
        for shape, rows in sorted(found.items()):
            if shape in self._shapes or len(self._shapes) < _MOST_SHAPES:
                self._shapes[shape] += rows
