"""Rows of an SQLite table → Arrow batches: whole numbers and texts as JSON, the rest as values.

A row is one text of SQLite's for the driver instead of a value for each column. Without a backslash such a
text is CSV, too, and Arrow parses whole batches; with one it is read row by row. SQLite writes decimals with
fifteen digits only, so these come as they are stored, as do bytes and columns of several kinds.
"""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv
from sqlalchemy.dialects.sqlite import dialect

from leverans.sources.contract import ARROW_TYPES, Batch
from leverans.sources.sql import reading
from leverans.sources.sql.ahead import ahead
from leverans.sources.sql.log import Statements
from leverans.sources.sql.naming import column, table
from leverans.sources.sql.reading import Shape
from leverans.sources.sql.values import array

_MOST_COLUMNS = 100
"""SQLite takes functions of 127 arguments."""

_WRITES_JSON = (3, 38)


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows as the driver gives them: a JSON array between zeros for each, and the values beside it."""

    lines: Sequence[bytes]
    beside: Sequence[Sequence[Any]]
    start: int


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """Reads a table.

    Attributes:
        shape: the table and what is read of it.
        written: the columns that come as JSON.
        beside: the other ones.
    """

    shape: Shape
    written: tuple[str, ...]
    beside: tuple[str, ...]

    @classmethod
    def of(cls, shape: Shape) -> "WrittenRows | None":
        """Give what reads a table, or None where its rows are heavy, wide or carry documents."""
        heaviest = sum(shape.profiles[name].longest for name in shape.plain)
        if shape.held or heaviest * reading.BATCH_ROWS > reading.BATCH_BYTES * 2:
            return None
        kinds = {name: shape.profiles[name] for name in shape.plain}
        fit = tuple(
            name for name in kinds if kinds[name].type in {"int64", "string"} and not kinds[name].mixed
        )
        if not fit or len(fit) > _MOST_COLUMNS or sqlite3.sqlite_version_info < _WRITES_JSON:
            return None
        return cls(shape, fit, tuple(name for name in kinds if name not in fit))

    def read(self, driver: sqlite3.Connection, sent: Statements, skip: int = 0) -> Iterator[Batch]:
        """Read in key order (without a key: in the order of all columns), without the first rows.

        Args:
            driver: the open database; text comes as bytes.
            sent: takes the statement.
            skip: how many rows.
        """
        statement = self._statement(skip)
        sent.add(statement)
        return ahead(self._parts(driver, statement, skip), self.batch)

    def batch(self, part: Part) -> Batch:
        """Make the batch of some rows."""
        text = b"\n".join(part.lines)
        if b"\\" not in text:
            try:
                return Batch(self.shape.definition.name, self._record(text, part))
            except pa.ArrowInvalid:
                pass  # some text is no UTF-8: row by row it tells which
        return reading.batch_of(self.shape, list(self._rows(part)), part.start)

    def _record(self, text: bytes, part: Part) -> pa.RecordBatch:
        types = {name: ARROW_TYPES[self.shape.profiles[name].type] for name in self.written}
        places = [f"p{number}" for number in range(len(types))]
        parsed = csv.read_csv(
            pa.BufferReader(text),
            read_options=csv.ReadOptions(
                use_threads=False, block_size=len(text) + 1, column_names=["begin", *places, "end"]
            ),
            parse_options=csv.ParseOptions(double_quote=False),
            convert_options=csv.ConvertOptions(
                include_columns=places,
                column_types=dict(zip(places, types.values(), strict=True)),
                null_values=["null"],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        ).combine_chunks()
        if parsed.num_rows != len(part.lines):
            raise RuntimeError("rows were lost between database and batch")
        found = {name: parsed[place].chunk(0) for name, place in zip(types, places, strict=True)}
        for name, values in zip(self.beside, part.beside, strict=True):
            found[name] = array(values, self.shape.profiles[name])
        return pa.RecordBatch.from_arrays(
            [found[name] for name in self.shape.plain], schema=self.shape.schema
        )

    def _rows(self, part: Part) -> Iterator[list[Any]]:
        """Give rows as the driver would give them value by value: text as bytes."""
        rest = list(zip(*part.beside, strict=True)) or [()] * len(part.lines)
        for line, others in zip(part.lines, rest, strict=True):
            _, *values, _ = json.loads(line.decode("utf-8", "surrogateescape"))
            told = dict(zip(self.written, map(_stored, values), strict=True))
            told.update(zip(self.beside, others, strict=True))
            yield [told[name] for name in self.shape.plain]

    def _parts(self, driver: sqlite3.Connection, statement: str, skip: int) -> Iterator[Part]:
        cursor = driver.execute(statement)
        try:
            while rows := cursor.fetchmany(reading.BATCH_ROWS):
                lines, *beside = zip(*rows, strict=True)
                yield Part(lines, beside, skip)
                skip += len(rows)
        finally:
            cursor.close()

    def _statement(self, skip: int) -> str:
        line = sa.func.json_array(0, *map(column, self.written), 0)
        order = [column(name) for name in self.shape.key or self.shape.plain]
        query = sa.select(line, *map(column, self.beside)).select_from(table(self.shape.facts.name))
        query = query.order_by(*order)
        if skip:
            query = query.limit(sa.literal_column("-1")).offset(sa.literal_column(f"{skip:d}"))
        return str(query.compile(dialect=dialect(), compile_kwargs={"literal_binds": True}))


def _stored(value: Any) -> Any:
    return value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
