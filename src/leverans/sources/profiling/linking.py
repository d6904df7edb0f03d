"""References that the source does not declare, inferred from values, names and types, and ranked."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from leverans.contracts.profile import ColumnProfile, Reference, TableProfile
from leverans.sources.profiling.buffers import Hashes
from leverans.sources.profiling.distinct import opened, present
from leverans.sources.profiling.likeness import Names, tokens

Columns = tuple[str, ...]
Target = tuple[TableProfile, ColumnProfile]

LEAST = 0.5
"""A candidate with a smaller share of its values in the target is none."""

_NAMES, _INCLUSION, _CHANCE, _KEY, _TYPE, _COVER = 0.45, 0.25, 0.12, 0.08, 0.05, 0.05
_KEY_BYTES = 64
_MANY = 5
_EMPTY = 0.5
_NAMED = 0.84
_OWNER = 0.95
_TOGETHER = 0.98
_FEW = 8
_NAMESAKES = 8


@dataclass(frozen=True, slots=True)
class Link:
    """A reference that the source declares; without `target_columns` it means the target's key."""

    table: str
    columns: Columns
    target: str
    target_columns: Columns = ()


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of the values of some columns.

    Attributes:
        sample: the smallest hashes of their different values.
        whole: the sample is all of them.
        index: sorted file of all hashes, where no value stands twice.
        low: the smallest whole number, if they are such.
        high: the greatest.
    """

    sample: Hashes
    whole: bool
    index: Path | None
    low: int | None = None
    high: int | None = None


@dataclass(slots=True)
class Evidence:
    """All sides by table and columns."""

    sides: dict[tuple[str, Columns], Side] = field(default_factory=dict)


def infer(
    tables: Sequence[TableProfile], evidence: Evidence, declared: Iterable[Link] = ()
) -> tuple[Reference, ...]:
    """Give every reference, declared or likely, in the order of tables and columns, the best first.

    A candidate has at least `LEAST` of its different values among those of a column that tells rows apart;
    one without any value needs a name that points there. Whole numbers that lie close are found in any table
    with a running number: there only names tell, so inclusion counts for less the closer they lie.
    """
    return tuple(_Search(tables, evidence, declared).references())


class _Search:
    def __init__(self, tables: Sequence[TableProfile], evidence: Evidence, declared: Iterable[Link]) -> None:
        self.tables = tables
        self.by_name = {table.name: table for table in tables}
        self.sides = evidence.sides
        self.names = Names({table.name: [column.name for column in table.columns] for table in tables})
        self.held = {
            where: opened(side.index) for where, side in evidence.sides.items() if side.index is not None
        }
        self.keys: list[Target] = []
        self.namesakes: dict[str, list[Target]] = {}
        for table in tables:
            for column in table.columns:
                self._target(table, column)
        self.declared = [_whole(link, self.by_name) for link in declared if link.target in self.by_name]

    def _target(self, table: TableProfile, column: ColumnProfile) -> None:
        """Note a column that tells rows apart: a key for all, another for its namesakes only.

        In a small table nearly every column is unique: that alone says nothing.
        """
        if not _is_target(table, column):
            return
        name = self.names.column(table.name, column.name)
        if _is_key(table, column) or (name.short and self.names.owned(table.name, column.name)):
            self.keys.append((table, column))
        else:
            self.namesakes.setdefault(name.whole, []).append((table, column))

    def references(self) -> Iterator[Reference]:
        for table in self.tables:
            known = [link for link in self.declared if link.table == table.name]
            for link in known:
                yield self._declared(link)
            settled = {link.columns for link in known}
            yield from self._together(table, settled)
            for column in table.columns:
                if (column.name,) not in settled:
                    yield from self._of(table, column)

    def _declared(self, link: Link) -> Reference:
        inclusion, counted, gone = self._included(
            (link.table, link.columns), (link.target, link.target_columns)
        )
        return Reference(
            link.table,
            link.columns,
            link.target,
            link.target_columns,
            declared=True,
            inclusion=inclusion,
            counted=counted,
            orphans=gone,
        )

    def _of(self, table: TableProfile, column: ColumnProfile) -> list[Reference]:
        if not _may_refer(column):
            return []
        same = self.namesakes.get(self.names.column(table.name, column.name).whole, [])
        found = [
            reference
            for target, other in (*self.keys, *(same if len(same) <= _NAMESAKES else ()))
            if (reference := self._candidate(table, column, target, other)) is not None
        ]
        found.sort(key=lambda one: (-one.score, one.target, one.target_columns))
        return [replace(one, rank=rank) for rank, one in enumerate(found, 1)]

    def _candidate(
        self, table: TableProfile, column: ColumnProfile, target: TableProfile, other: ColumnProfile
    ) -> Reference | None:
        names = self.names.likeness(
            table.name, column.name, target.name, other.name, key=_is_key(target, other)
        )
        same = column.type == other.type
        where = (table.name, (column.name,)), (target.name, (other.name,))
        itself = where[0] == where[1]
        if itself or self._is_own_key(table, column, names) or (not names and self._is_stranger(*where)):
            return None
        inclusion, counted, gone = self._included(*where)
        if inclusion is None:
            keyed = self.names.column(table.name, column.name).keyed
            if names < (_NAMED if keyed else _OWNER) or not same:
                return None
        elif inclusion < LEAST:
            return None
        score = (
            _NAMES * names
            + _INCLUSION * (_EMPTY if inclusion is None else _steep(inclusion))
            + _CHANCE * self._surprise(*where)
            + _KEY * _standing(target, other)
            + _TYPE * same
            + _COVER * (min(1.0, column.distinct / other.distinct) if other.distinct else 0.0)
        )
        return Reference(
            table.name,
            (column.name,),
            target.name,
            (other.name,),
            score=round(score, 3),
            inclusion=inclusion,
            names=round(names, 2),
            counted=counted,
            orphans=gone,
        )

    def _is_own_key(self, table: TableProfile, column: ColumnProfile, names: float) -> bool:
        """A table's own key refers only where a name of another table says so."""
        if table.key != (column.name,):
            return False
        return names < _NAMED or not table.rows or self.names.owned(table.name, column.name)

    def _is_stranger(self, own: tuple[str, Columns], other: tuple[str, Columns]) -> bool:
        """Look at a few values only: most of them are not there."""
        few = self.sides[own].sample[:_FEW]
        held = self.held.get(other)
        return held is None or not len(few) or present(few, held) < LEAST * len(few)

    def _included(
        self, own: tuple[str, Columns], other: tuple[str, Columns]
    ) -> tuple[float | None, int, int]:
        """Give share, number looked up, and number not there; None where nothing can be looked up."""
        side, target = self.sides.get(own), self.sides.get(other)
        if side is None or target is None or not len(side.sample):
            return None, 0, 0
        counted = len(side.sample)
        held = self.held.get(other)
        if held is None:
            return (
                (0.0, counted, counted)
                if not target.whole or not len(target.sample)
                else _among(side, target)
            )
        found = present(side.sample, held)
        return found / counted, counted, counted - found

    def _surprise(self, own: tuple[str, Columns], other: tuple[str, Columns]) -> float:
        """Say how little chance there is that the values are in the target by accident, 0 to 1."""
        side, target = self.sides[own], self.sides[other]
        if not len(side.sample):
            return 0.0
        several = min(1.0, len(side.sample) / _MANY)
        if target.low is None or target.high is None:
            return several
        room = target.high - target.low + 1
        held = self.by_name[other[0]].column(other[1][0]).distinct
        return several * (1 - min(1.0, held / room))

    def _together(self, table: TableProfile, settled: set[Columns]) -> Iterator[Reference]:
        """Columns that together refer to a declared key of several."""
        for target in self.tables:
            wanted = [tokens(name) for name in target.key]
            for name, columns in self.sides:
                fits = name == table.name and len(columns) > 1 and target.name != table.name
                if not fits or columns in settled or columns == table.key:
                    continue
                if [tokens(column) for column in columns] != wanted:
                    continue
                inclusion, counted, gone = self._included((name, columns), (target.name, target.key))
                if inclusion is not None and inclusion >= _TOGETHER:
                    score = round(0.5 + 0.45 * _steep(inclusion), 3)
                    yield Reference(
                        name, columns, target.name, target.key, False, score, 1, inclusion, 1.0, counted, gone
                    )


def _whole(link: Link, tables: dict[str, TableProfile]) -> Link:
    return link if link.target_columns else replace(link, target_columns=tables[link.target].key)


def _is_target(table: TableProfile, column: ColumnProfile) -> bool:
    """Rows can be told apart by it: a key, or unique and not a date, a decimal or a long text."""
    if column.type not in {"int64", "string"} or column.longest > _KEY_BYTES:
        return False
    if table.key == (column.name,):
        return True
    if not table.rows and not table.declared:
        return column is table.columns[0]
    return column.nearly_unique and not column.layout


def _is_key(table: TableProfile, column: ColumnProfile) -> bool:
    return table.key == (column.name,) or not table.rows


def _may_refer(column: ColumnProfile) -> bool:
    return column.type in {"int64", "string"} and not column.layout and column.longest <= _KEY_BYTES


def _standing(table: TableProfile, column: ColumnProfile) -> float:
    if table.key == (column.name,):
        return 1.0 if table.declared else 0.9
    return 0.3


def _steep(inclusion: float) -> float:
    """A few values that are not there are orphans; many mean that it is no reference."""
    return max(0.0, 1 - 2 * (1 - inclusion))


def _among(side: Side, target: Side) -> tuple[float, int, int]:
    held = set(target.sample.tolist())
    found = sum(value in held for value in side.sample.tolist())
    return found / len(side.sample), len(side.sample), len(side.sample) - found
