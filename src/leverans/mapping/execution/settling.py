"""What the rows of the source owe to virtual tables: whose they are, and what was found in them."""

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from leverans.mapping import language as lang
from leverans.mapping.execution.excluded import exclude_joined
from leverans.mapping.execution.frames import NOBODY, whole
from leverans.mapping.execution.latest import newest
from leverans.mapping.execution.nested import Fault
from leverans.mapping.execution.verdicts import Cause, Disposition
from leverans.mapping.shapes import Nested

if TYPE_CHECKING:
    from leverans.mapping.execution.bench import Bench

UNTAKEN = "MAP165"


def settle(bench: "Bench") -> None:
    """Let rows follow the virtual rows that were made of them, and tell what was found in them."""
    exclude_joined(bench)
    tables = [bench.derived.tables[name] for name in reversed(bench.derived.tables)]
    for table in tables:
        bench.derived.made(table.name)
        if bench.stream(table.name).bucketed:
            _claim(bench, table.name, table.base)
    if tables:
        _Report(bench).tell()


def _claim(bench: "Bench", name: str, base: str) -> None:
    rows, virtual = bench.derived.made(name).pairs()
    bench.claims(base).take(rows, _owners(bench, name)[virtual])


def _owners(bench: "Bench", name: str) -> np.ndarray:
    claims = bench.claims(name)
    owners: np.ndarray = np.where(claims.discarded, NOBODY, claims.roots())
    return owners


class _Report:
    """What was found, told of the objects that it is about."""

    def __init__(self, bench: "Bench") -> None:
        self.bench = bench
        self.tables = bench.derived.tables
        self.left = {item.name for item in bench.mapping.leave}
        self._holders: dict[str, dict[int, list[int]]] = {}
        self._owned: dict[str, np.ndarray] = {}

    def tell(self) -> None:
        """Note every verdict; then exclude what holds nothing but what a named rule excluded."""
        for name, table in reversed(self.tables.items()):
            if not self.bench.stream(name).bucketed:
                self._warn(name)
                continue
            if isinstance(table, Nested):
                self._untaken(table)
                self._shared(table)
            for fault in self.bench.derived.faults[name]:
                self._note(fault, name)
        for name, table in reversed(self.tables.items()):
            if self.bench.stream(name).bucketed:
                self._follow(name, table.base)

    def holders(self, name: str) -> dict[int, list[int]]:
        """Give every object that has something of each row of a stream."""
        if name not in self._holders:
            own = self._owner(name)
            pairs = [np.column_stack([np.flatnonzero(own != NOBODY), own[own != NOBODY]])]
            for above, table in self.tables.items():
                if table.base == name:
                    rows, virtual = self.bench.derived.made(above).pairs()
                    roots = self._owner(above)[virtual]
                    pairs.append(np.column_stack([rows[roots != NOBODY], roots[roots != NOBODY]]))
            found: dict[int, list[int]] = {}
            for row, root in np.unique(np.concatenate(pairs), axis=0).tolist():
                found.setdefault(row, []).append(root)
            self._holders[name] = found
        return self._holders[name]

    def _owner(self, name: str) -> np.ndarray:
        if name not in self._owned:
            self._owned[name] = _owners(self.bench, name)
        return self._owned[name]

    def _shared(self, table: Nested) -> None:
        """Let a text that is about several objects travel with none of them."""
        several = [row for row, roots in self.holders(table.base).items() if len(roots) > 1]
        self.bench.withhold(table.base, table.column, np.array(sorted(several), dtype=np.int64))

    def _untaken(self, table: Nested) -> None:
        """Note rows that no object took and no rule excluded, with or around them."""
        if not table.columns or table.name in self.left:
            return
        free = (self._owner(table.name) == NOBODY) & ~self._older(table.name)
        rows = np.flatnonzero(free & ~self._excluded(table.name))
        made = self.bench.derived.made(table.name)
        for row in rows.tolist():
            if self.holders(table.base).get(int(made.base[row])):
                self._note(Fault(int(made.base[row]), table.name, row, UNTAKEN, ""), table.name)

    def _excluded(self, name: str) -> np.ndarray:
        out: np.ndarray = self.bench.claims(name).discarded
        if name in self.tables:
            made = self.bench.derived.made(name)
            out = out | self._excluded(made.above)[made.parent]
            for row in np.flatnonzero(made.again != NOBODY).tolist():
                out[row] |= out[made.again[row]]
        return out

    def _older(self, name: str) -> np.ndarray:
        """Say which rows are, or lie within, a version that a later one stands for; it travels as it came."""
        out = np.zeros(len(self.bench.stream(name)), dtype=bool)
        for latest in _latest_of(self.bench, name):
            every = whole(self.bench.stream(name))
            every.root[:] = self._owner(name)
            out |= every.root != NOBODY
            out[newest(every, latest).chosen] = False
        if name in self.tables:
            made = self.bench.derived.made(name)
            out = out | self._older(made.above)[made.parent]
            for row in np.flatnonzero(made.again != NOBODY).tolist():
                out[row] |= out[made.again[row]]
        return out

    def _roots(self, fault: Fault, base: str) -> list[int]:
        """Give the object of the row that a fault is in, or of the nearest around it."""
        name, row = (fault.table, fault.row) if fault.table else (base, fault.base)
        while name in self.tables:
            owner = self._owner(name)[row]
            if owner != NOBODY:
                return [int(owner)]
            made = self.bench.derived.made(name)
            if made.again[row] != NOBODY:
                row = int(made.again[row])
            else:
                name, row = made.above, int(made.parent[row])
        return self.holders(name).get(row, [])

    def _physical(self, name: str, row: int) -> tuple[str, int]:
        """Give the row of the source that a row is made of."""
        while name in self.tables:
            name, row = self.tables[name].base, int(self.bench.derived.made(name).base[row])
        return name, row

    def _note(self, fault: Fault, made: str) -> None:
        """Note a fault of a virtual table, or of the whole text that it is made of."""
        base = self.tables[made].base
        bench, roots = self.bench, self._roots(fault, base)
        source, at = self._physical(base, fault.base)
        told = bench.told.setdefault(source, set())
        word: Disposition = "quarantine" if roots or at not in told else "warn"
        if not roots:
            told.add(at)
        place = (fault.table, fault.row) if roots and fault.table else (source, at)
        self._add(fault, made, word, roots or [NOBODY], place)

    def _add(
        self, fault: Fault, made: str, word: Disposition, roots: list[int], place: tuple[str, int]
    ) -> None:
        name, row = place
        stream = self.bench.stream(name)
        table = self.tables[fault.table or made]
        kind = "nested" if isinstance(table, Nested) else "pivot"
        cause = Cause(fault.code, word, f"{kind}.{table.short}", table.where)
        keys = stream.shown(np.full(len(roots), row))
        detail = pa.array([fault.detail] * len(roots), pa.string())
        self.bench.verdicts.add(np.array(roots), name, keys, cause, detail)

    def _warn(self, name: str) -> None:
        """Tell what was found in a table that lies whole: it belongs to no single object."""
        base = self.tables[name].base
        for fault in self.bench.derived.faults[name]:
            self._add(fault, name, "warn", [NOBODY], (base, fault.base))

    def _follow(self, name: str, base: str) -> None:
        claims = self.bench.claims(name)
        rows, virtual = self.bench.derived.made(name).pairs()
        out = claims.discarded[virtual]
        free = np.isin(rows, np.array(sorted(self.holders(base)), dtype=np.int64), invert=True)
        at = np.flatnonzero(out & free)
        self.bench.claims(base).discard(rows[at], claims.excluded_from[virtual[at]])


def _latest_of(bench: "Bench", name: str) -> list[lang.Latest]:
    """Give what tells versions apart among the rows of a table."""
    entities = bench.mapping.entities.values()
    found = [entity.latest for entity in entities if entity.table == name]
    found += [part.latest for entity in entities for part in entity.parts if part.table == name]
    return [latest for latest in found if latest is not None]
