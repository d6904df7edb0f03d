"""Virtual tables at work: streams like any other, whose rows belong to the objects that take them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import Text, shown
from leverans.mapping.execution.frames import NOBODY
from leverans.mapping.execution.nested import Fault, Rows, unfold
from leverans.mapping.execution.streams import Stream
from leverans.mapping.execution.verdicts import Cause
from leverans.mapping.shapes import NUMBER, PARENT, ROW, Nested, origins

if TYPE_CHECKING:
    from leverans.mapping.execution.bench import Bench

_EACH = "/"
UNTAKEN = "MAP165"


@dataclass(frozen=True, slots=True)
class Made:
    """One virtual table of a bucket.

    Attributes:
        stream: its rows.
        base: per row the row of the source that it comes from.
        parent: per row the row it lies within.
    """

    stream: Stream
    base: np.ndarray
    parent: np.ndarray


class Derived:
    """The virtual tables of one execution; each column is unfolded once."""

    def __init__(self, bench: "Bench") -> None:
        self.bench = bench
        self.origins = origins(bench.mapping.nested)
        self.made: dict[str, Made] = {}
        self.faults: dict[tuple[str, str], list[Fault]] = {}

    def stream(self, name: str) -> Stream:
        """Give a virtual table."""
        self._unfold(self.bench.mapping.nested[name].origin)
        return self.made[name].stream

    def every(self) -> list[Nested]:
        """Give every virtual table, outer ones first, all unfolded."""
        for origin in self.origins:
            self._unfold(origin)
        return list(self.bench.mapping.nested.values())

    def _unfold(self, origin: tuple[str, str]) -> None:
        tables = self.origins[origin]
        if tables[0].name in self.made:
            return
        base = self.bench.stream(origin[0])
        rows, self.faults[origin] = unfold(tables, base.column(origin[1]).to_pylist())
        for table in tables:
            self.made[table.name] = self._stream(table, base, rows[table.name])

    def _stream(self, table: Nested, base: Stream, rows: Rows) -> Made:
        outer = self.made[table.within].stream if table.within else base
        parent = np.array(rows.parent, dtype=np.int64)
        taken = pa.array(parent)
        above = (outer.text(ROW) if table.within else identity(base)).take(taken)
        number = pa.array(rows.number, pa.int64())
        columns = {
            ROW: pc.binary_join_element_wise(above, pc.cast(number, pa.string()), _EACH),
            PARENT: above,
            NUMBER: number,
            **{name: outer.text(name).take(taken) for name in table.carry},
            **{name: pa.array(values, pa.string()) for name, values in rows.values.items()},
        }
        stream = self.bench.made_stream(table.name, pa.table(columns), bucketed=base.bucketed)
        return Made(stream, np.array(rows.base, dtype=np.int64), parent)


def identity(base: Stream) -> Text:
    """Give what names each row of the source: its key as it stands there, or the digest of the row."""
    if base.key:
        return shown([base.text(name) for name in base.key])
    return base.shown(np.arange(len(base)))


def settle(bench: "Bench") -> None:
    """Let the rows of the source follow their virtual rows, and tell what was found in the texts."""
    for table in bench.derived.every():
        if bench.stream(table.base).bucketed:
            _claim(bench, table)
    for origin in bench.derived.origins:
        if bench.stream(origin[0]).bucketed:
            _Report(bench, origin).tell()
        else:
            _warn(bench, origin)


def _claim(bench: "Bench", table: Nested) -> None:
    made = bench.derived.made[table.name]
    claims = bench.claims(table.name)
    out = claims.discarded
    owners = np.where(out, NOBODY, claims.roots())
    bench.claims(table.base).take(made.base, owners)


def _warn(bench: "Bench", origin: tuple[str, str]) -> None:
    """Tell what was found in a table that lies whole: it belongs to no single object."""
    base = bench.stream(origin[0])
    for fault in bench.derived.faults[origin]:
        rows = np.array([fault.base])
        cause = Cause(fault.code, "warn", _rule(bench, origin, fault), _where(bench, origin, fault))
        detail = pa.array([fault.detail], pa.string())
        bench.verdicts.add(np.array([NOBODY]), base.name, base.shown(rows), cause, detail)


class _Report:
    """What was found in the texts of one column, told of the objects that it is about."""

    def __init__(self, bench: "Bench", origin: tuple[str, str]) -> None:
        self.bench, self.origin = bench, origin
        self.tables = bench.derived.origins[origin]
        self.base = bench.stream(origin[0])
        self.own = bench.claims(origin[0]).roots()
        self.owners = {table.name: self._owners(table) for table in self.tables}
        self.owned = self._all()

    def tell(self) -> None:
        """Note every verdict; a text of several objects travels with none of them."""
        bench, left = self.bench, {item.name for item in self.bench.mapping.leave}
        several = [row for row, roots in self.owned.items() if len(roots) > 1]
        bench.withhold(self.base.name, self.origin[1], np.array(sorted(several), dtype=np.int64))
        for fault in bench.derived.faults[self.origin]:
            self._note(fault)
        for table in self.tables:
            if table.columns and table.name not in left:
                for row in np.flatnonzero(self._untaken(table)).tolist():
                    base = int(bench.derived.made[table.name].base[row])
                    if self.owned.get(base):
                        self._note(Fault(base, table.name, row, UNTAKEN, ""))
        for table in self.tables:
            self._follow(table)

    def _owners(self, table: Nested) -> np.ndarray:
        claims = self.bench.claims(table.name)
        owners: np.ndarray = np.where(claims.discarded, NOBODY, claims.roots())
        return owners

    def _all(self) -> dict[int, list[int]]:
        """Give every object of each row of the source."""
        pairs = [np.column_stack([np.flatnonzero(self.own != NOBODY), self.own[self.own != NOBODY]])]
        for table in self.tables:
            owners = self.owners[table.name]
            at = np.flatnonzero(owners != NOBODY)
            pairs.append(np.column_stack([self.bench.derived.made[table.name].base[at], owners[at]]))
        found: dict[int, list[int]] = {}
        for row, root in np.unique(np.concatenate(pairs), axis=0).tolist():
            found.setdefault(row, []).append(root)
        return found

    def _untaken(self, table: Nested) -> np.ndarray:
        """Say which rows no object took and no rule excluded, nor a row that they lie within."""
        out = self._excluded(table)
        untaken: np.ndarray = (self.owners[table.name] == NOBODY) & ~out
        return untaken

    def _excluded(self, table: Nested) -> np.ndarray:
        out = self.bench.claims(table.name).discarded
        if table.within:
            outer = self.bench.mapping.nested[table.within]
            out = out | self._excluded(outer)[self.bench.derived.made[table.name].parent]
        return out

    def _roots(self, fault: Fault) -> list[int]:
        """Give the object of the row that a fault is in, or of the nearest one around it."""
        name, row = fault.table, fault.row
        while name:
            if self.owners[name][row] != NOBODY:
                return [int(self.owners[name][row])]
            made, name = self.bench.derived.made[name], self.bench.mapping.nested[name].within
            row = int(made.parent[row])
        return self.owned.get(fault.base, [])

    def _note(self, fault: Fault) -> None:
        bench, roots = self.bench, self._roots(fault)
        told = bench.told.setdefault(self.base.name, set())
        word = "quarantine" if roots or fault.base not in told else "warn"
        if not roots:
            told.add(fault.base)
        rule, place = _rule(bench, self.origin, fault), _where(bench, self.origin, fault)
        cause = Cause(fault.code, "quarantine" if word == "quarantine" else "warn", rule, place)
        numbers = np.array(roots or [NOBODY])
        stream, row = self.base, fault.base
        if roots and fault.table:
            stream, row = bench.stream(fault.table), fault.row
        keys = stream.shown(np.full(len(numbers), row))
        detail = pa.array([fault.detail] * len(numbers), pa.string())
        bench.verdicts.add(numbers, stream.name, keys, cause, detail)

    def _follow(self, table: Nested) -> None:
        """Exclude rows of the source that hold nothing but what a named rule excluded."""
        claims = self.bench.claims(table.name)
        made = self.bench.derived.made[table.name]
        at = np.flatnonzero(claims.discarded)
        loose = at[[int(row) not in self.owned for row in made.base[at]]]
        self.bench.claims(self.base.name).discard(made.base[loose], claims.excluded_from[loose])


def _table(bench: "Bench", origin: tuple[str, str], fault: Fault) -> Nested:
    return bench.mapping.nested[fault.table] if fault.table else bench.derived.origins[origin][0]


def _rule(bench: "Bench", origin: tuple[str, str], fault: Fault) -> str:
    return f"nested.{_table(bench, origin, fault).short}"


def _where(bench: "Bench", origin: tuple[str, str], fault: Fault) -> str:
    return _table(bench, origin, fault).where
