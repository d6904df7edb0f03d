"""Virtual tables at work: streams like any other, each row of which comes from rows of another stream."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import proxy

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping.execution.arrow import Text, shown
from leverans.mapping.execution.frames import NOBODY
from leverans.mapping.execution.nested import Fault, Rows, unfold
from leverans.mapping.execution.pivot import Turned, questions, turn
from leverans.mapping.execution.streams import Stream
from leverans.mapping.shapes import NUMBER, PARENT, ROW, Nested, Pivot, Virtual, origins

if TYPE_CHECKING:
    from leverans.mapping.execution.bench import Bench

_EACH = "/"


@dataclass(frozen=True, slots=True)
class Made:
    """One virtual table of a bucket.

    Attributes:
        stream: its rows.
        base: per row a row of the stream that it comes from, the first of several.
        parent: per row the row that it lies within, in `above`.
        above: name of the stream that its rows lie within.
        again: per row the row of the same table that it lies within, `NOBODY` for none.
        members: per row of the base the row that it is part of, `NOBODY` for none; where a row comes from one
            row of the base, `base` tells it and this is empty.
    """

    stream: Stream
    base: np.ndarray
    parent: np.ndarray
    above: str
    again: np.ndarray
    members: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def pairs(self) -> tuple[np.ndarray, np.ndarray]:
        """Give rows of the base, and for each the row of the virtual table that it has to do with."""
        if len(self.members):
            at = np.flatnonzero(self.members != NOBODY)
            return at, self.members[at]
        return self.base, np.arange(len(self.base))


class Derived:
    """The virtual tables of one execution; each is made once."""

    def __init__(self, bench: "Bench") -> None:
        self.bench = proxy(bench)  # the bench holds this; a bucket's columns must go as soon as it is mapped
        self.tables: dict[str, Virtual] = bench.mapping.virtual
        self.origins = origins(self.tables)
        self.faults: dict[str, list[Fault]] = {}
        self._made: dict[str, Made] = {}

    def stream(self, name: str) -> Stream:
        """Give a virtual table."""
        return self.made(name).stream

    def made(self, name: str) -> Made:
        """Give a virtual table and where its rows come from."""
        if name not in self._made:
            table = self.tables[name]
            if isinstance(table, Pivot):
                self._turn(table)
            else:
                self._unfold(self.origins[table.origin])
        return self._made[name]

    def _unfold(self, tables: list[Nested]) -> None:
        base = self.bench.stream(tables[0].base)
        rows, faults = unfold(tables, base.column(tables[0].column).to_pylist())
        for table in tables:
            self._made[table.name] = self._unfolded(table, base, rows[table.name])
            self.faults[table.name] = []
        for fault in faults:
            self.faults[fault.table or tables[0].name].append(fault)

    def _unfolded(self, table: Nested, base: Stream, rows: Rows) -> Made:
        outer = self._made[table.within].stream if table.within else base
        parent, number = np.array(rows.parent, dtype=np.int64), pa.array(rows.number, pa.int64())
        taken = pa.array(parent)
        above = (outer.text(ROW) if table.within else identity(base)).take(taken)
        columns = {
            **_own_columns(above, number, rows.again if table.again else []),
            NUMBER: number,
            **{name: outer.text(name).take(taken) for name in table.carry},
            **{name: pa.array(values, pa.string()) for name, values in rows.values.items()},
        }
        stream = self.bench.made_stream(table.name, pa.table(columns), bucketed=base.bucketed)
        again = np.array(rows.again, dtype=np.int64)
        return Made(stream, np.array(rows.base, dtype=np.int64), parent, table.within or table.base, again)

    def _turn(self, table: Pivot) -> None:
        base = self.bench.stream(table.base)
        turned = turn(table, base)
        stream = self.bench.made_stream(table.name, turned.table, bucketed=base.bucketed)
        alone = np.full(len(turned.first), NOBODY)
        made = Made(stream, turned.first, turned.first, table.base, alone, turned.member)
        self._made[table.name] = made
        asked = base.text(table.question)
        self.faults[table.name] = [
            Fault(int(at), table.name, int(turned.member[at]), code, _told(asked[int(at)].as_py()))
            for code, rows in turned.faults.items()
            for at in rows
        ]
        self._withhold(table, turned)

    def _withhold(self, table: Pivot, turned: Turned) -> None:
        """Let the answers to questions that are disposed of travel with nobody."""
        gone = self.bench.gone(table.name)
        slots = [number for number, (_, _, name, _) in enumerate(questions(table)) if name in gone]
        rows = np.flatnonzero(np.isin(turned.slot, slots))
        self.bench.withhold(table.base, table.value, rows)


def identity(base: Stream) -> Text:
    """Give what names each row of the source: its key as it stands there, or the digest of the row."""
    if base.key:
        return shown([base.text(name) for name in base.key])
    return base.shown(np.arange(len(base)))


def _own_columns(above: Text, number: Text, again: list[int]) -> dict[str, Text]:
    """Give key and parent of every row; a row within one of its own kind has that one as parent."""
    if not again:
        keys = pc.binary_join_element_wise(above, pc.cast(number, pa.string()), _EACH)
        return {ROW: keys, PARENT: above}
    made: list[str] = []
    parents: list[str] = []
    for outer, own, count in zip(above.to_pylist(), again, number.to_pylist(), strict=True):
        parents.append(outer if own == NOBODY else made[own])
        made.append(f"{parents[-1]}{_EACH}{count}")
    return {ROW: pa.array(made, pa.string()), PARENT: pa.array(parents, pa.string())}


def _told(question: str | None) -> str:
    """Give a question as verdicts show it: its number or code, never a text."""
    return (
        question if question and len(question) <= 20 and question.isascii() and " " not in question else "…"
    )
