"""Code tables ready for use: file and inline ones from the mapping, physical ones from their stream."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from leverans.mapping import language as lang
from leverans.mapping.execution.arrow import Text, position, where
from leverans.mapping.execution.frames import satisfies, whole
from leverans.mapping.execution.streams import Stream


@dataclass(frozen=True, slots=True)
class Codes:
    """Keys, columns beside them, and keys with two meanings (which are no answer)."""

    keys: Text
    columns: dict[str, Text]
    ambiguous: Text

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
    names = list(next(iter(table.entries.values()), {table.key: "", table.value: ""}))
    columns = {
        name: pa.array([row[name] for row in table.entries.values()], pa.string()) for name in names if name
    }
    return Codes(pa.array(list(table.entries), pa.string()), columns, pa.array([], pa.string()))


def from_stream(table: lang.CodeTable, stream: Stream) -> Codes:
    """Make a code table of the rows of a physical table that meet its condition."""
    every = whole(stream)
    frame = every.subset(where(satisfies(every, table.condition)))
    keys, terms = frame.text(table.key), frame.text(table.value)
    pairs = pa.table({"key": keys, "term": terms}).group_by("key").aggregate([("term", "count_distinct")])
    several = pairs.filter(pc.greater(pairs["term_count_distinct"], 1))["key"].combine_chunks()
    names = stream.table.column_names
    return Codes(keys, {name: frame.text(name) for name in names}, several)
