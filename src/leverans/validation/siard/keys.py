"""Primary, candidate and foreign keys: held while the rows stream by, 24 to 32 bytes for each value."""

from array import array

from leverans.formats.digestindex import DigestIndex
from leverans.validation.siard.model import Foreign, Table
from leverans.validation.siard.types import canonical

LIMIT = 2_000_000
Values = list[str | None]


class Watch:
    """One set of columns whose values are kept.

    Attributes:
        whole: every value could be kept, so that what is not there is missing.
    """

    def __init__(self, columns: tuple[int, ...], *, unique: bool) -> None:
        self.columns = columns
        self.unique = unique
        self.whole = True
        self.values = DigestIndex()
        self.rows = array("q")

    def take(self, row: int, cells: Values, kinds: list[str]) -> bool:
        """Keep the value of a row; False when it stood in an earlier row."""
        value = joined(self.columns, cells, kinds)
        if value is None:
            return True
        if len(self.values) >= LIMIT:
            self.whole = False
            return True
        fresh = self.values.add(value)[1]
        if fresh and not self.unique:
            self.rows.append(row)
        return fresh


def joined(columns: tuple[int, ...], cells: Values, kinds: list[str]) -> str | None:
    """Give the value of several columns as one text; None when any is empty."""
    parts = []
    for column in columns:
        cell = cells[column] if column < len(cells) else None
        if cell is None:
            return None
        parts.append(canonical(kinds[column] if column < len(kinds) else "", cell))
    return "\0".join(parts)


class Keys:
    """All watches of an archive."""

    def __init__(self, tables: list[Table]) -> None:
        self._tables = {(table.schema, table.name): table for table in tables}
        self._watches: dict[tuple[int, tuple[int, ...]], Watch] = {}
        self.foreign: list[tuple[Table, Foreign, Watch, Watch]] = []
        self.lost: list[tuple[Table, Foreign]] = []
        for table in tables:
            self._own(table)
        for table in tables:
            for foreign in table.foreign:
                self._pointing(table, foreign)

    def of(self, table: Table) -> list[Watch]:
        """Give the watches over a table."""
        return [watch for (owner, _), watch in self._watches.items() if owner == id(table)] + [
            watch for owner, _, watch, _ in self.foreign if owner is table
        ]

    def target(self, foreign: Foreign) -> Table | None:
        """Give the table that a foreign key points to."""
        return self._tables.get((foreign.schema, foreign.table))

    def _own(self, table: Table) -> None:
        for key in table.keys:
            columns = _numbers(table, key.columns)
            if columns:
                self._watch(table, columns).unique = True

    def _pointing(self, table: Table, foreign: Foreign) -> None:
        target = self.target(foreign)
        here = _numbers(table, foreign.columns)
        there = _numbers(target, foreign.referenced) if target else ()
        if target and here and len(here) == len(there):
            seen = Watch(here, unique=False)
            self.foreign.append((table, foreign, seen, self._watch(target, there)))
        else:
            self.lost.append((table, foreign))

    def _watch(self, table: Table, columns: tuple[int, ...]) -> Watch:
        return self._watches.setdefault((id(table), columns), Watch(columns, unique=False))


def _numbers(table: Table, names: list[str]) -> tuple[int, ...]:
    known = table.numbers
    found = tuple(known[name] for name in names if name in known)
    return found if len(found) == len(names) else ()
