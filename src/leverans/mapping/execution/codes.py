"""Code tables ready for use: file and inline ones from the mapping, physical ones from their stream."""

from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Text, flat, holds, joined, position, present, repeated, where
from leverans.mapping.execution.dated import Periods, distinct, periods_of
from leverans.mapping.execution.frames import satisfies, whole
from leverans.mapping.execution.streams import Stream


@dataclass(frozen=True, slots=True)
class Codes:
    """Keys, columns beside them, periods if dated; a key whose rows say different things has no answer."""

    keys: Text
    columns: dict[str, Text]
    periods: Periods | None = None
    _contradicted: dict[tuple[str, ...], Text] = field(default_factory=dict)

    def find(self, values: Text, column: str, among: tuple[str, ...] = ()) -> Text:
        """Translate values; NULL where there is no single answer, and where it is empty: that says nothing.

        Args:
            values: what is sought.
            column: what is taken.
            among: every column that is taken; all of them must have one answer.
        """
        found = position(values, self.keys)
        answers = self.columns[column].take(found)
        doubtful = pc.is_in(values, value_set=self.contradicted(among or (column,)))
        return pc.if_else(
            pc.or_(doubtful, pc.invert(present(answers))), pa.scalar(None, pa.string()), answers
        )

    def contradicted(self, columns: tuple[str, ...]) -> Text:
        """Give the keys whose rows say different things in these columns; NULL and a text differ, too."""
        if columns not in self._contradicted:
            self._contradicted[columns] = self._several(columns)
        return self._contradicted[columns]

    def _several(self, columns: tuple[str, ...]) -> Text:
        twice = repeated(self.keys)
        if self.periods is not None or not len(twice):
            return twice.slice(0, 0)
        rows = pa.array(where(holds(pc.is_in(self.keys, value_set=twice))))
        told = joined([pc.fill_null(self.columns[name].take(rows), "\x1e") for name in columns])
        pairs = pa.table({"key": self.keys.take(rows), "told": told}).group_by(["key", "told"]).aggregate([])
        return repeated(flat(pairs["key"]))

    def knows(self, values: Text) -> Text:
        """Say which values have a row."""
        return pc.is_valid(position(values, self.keys))


def from_entries(table: lang.CodeTable) -> Codes:
    """Make a code table of what its CSV or its inline values say."""
    dates = () if table.valid is None else (table.valid.start, table.valid.end)
    names = list(next(iter(table.entries.values()), dict.fromkeys((table.key, table.value, *dates))))
    columns = {
        name: pa.array([row[name] for row in table.entries.values()], pa.string()) for name in names if name
    }
    if table.valid is not None:
        return _dated(table, table.valid, columns)
    return Codes(pa.array(list(table.entries), pa.string()), columns)


def from_stream(table: lang.CodeTable, stream: Stream) -> Codes:
    """Make a code table of the rows of a physical table that meet its condition."""
    every = whole(stream)
    frame = every.subset(where(satisfies(every, table.condition)))
    if table.valid is not None:
        return _dated(table, table.valid, {name: frame.text(name) for name in stream.table.column_names})
    return Codes(frame.text(table.key), {name: frame.text(name) for name in stream.table.column_names})


def _dated(table: lang.CodeTable, valid: lang.Valid, columns: dict[str, Text]) -> Codes:
    rows = pa.array(distinct(columns))
    columns = {name: column.take(rows) for name, column in columns.items()}
    periods = periods_of(columns[table.key], columns[valid.start], columns[valid.end], valid)
    return Codes(columns[table.key], columns, periods)
