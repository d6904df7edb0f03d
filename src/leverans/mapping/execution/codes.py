"""Code tables ready for use: file and inline ones from the mapping, physical ones from their stream."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Text, position, where
from leverans.mapping.execution.dated import Periods, distinct, periods_of
from leverans.mapping.execution.frames import satisfies, whole
from leverans.mapping.execution.streams import Stream


@dataclass(frozen=True, slots=True)
class Codes:
    """Keys, columns beside them, keys with two meanings (which are no answer), and periods if dated."""

    keys: Text
    columns: dict[str, Text]
    ambiguous: Text
    periods: Periods | None = None

    def find(self, values: Text, column: str) -> Text:
        """Translate values; NULL where there is no single answer."""
        found = position(values, self.keys)
        answers = self.columns[column].take(found)
        doubtful = pc.is_in(values, value_set=self.ambiguous)
        return pc.if_else(doubtful, pa.scalar(None, pa.string()), answers)

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
    nothing = pa.array([], pa.string())
    if table.valid is not None:
        return _dated(table, table.valid, columns)
    return Codes(pa.array(list(table.entries), pa.string()), columns, nothing)


def from_stream(table: lang.CodeTable, stream: Stream) -> Codes:
    """Make a code table of the rows of a physical table that meet its condition."""
    every = whole(stream)
    frame = every.subset(where(satisfies(every, table.condition)))
    if table.valid is not None:
        return _dated(table, table.valid, {name: frame.text(name) for name in stream.table.column_names})
    keys, terms = frame.text(table.key), frame.text(table.value)
    pairs = pa.table({"key": keys, "term": terms}).group_by("key").aggregate([("term", "count_distinct")])
    several = pairs.filter(pc.greater(pairs["term_count_distinct"], 1))["key"].combine_chunks()
    names = stream.table.column_names
    return Codes(keys, {name: frame.text(name) for name in names}, several)


def _dated(table: lang.CodeTable, valid: lang.Valid, columns: dict[str, Text]) -> Codes:
    rows = pa.array(distinct(columns))
    columns = {name: column.take(rows) for name, column in columns.items()}
    periods = periods_of(columns[table.key], columns[valid.start], columns[valid.end], valid)
    return Codes(columns[table.key], columns, pa.array([], pa.string()), periods)
