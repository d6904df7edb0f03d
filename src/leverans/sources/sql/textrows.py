"""Rows that a server gives as CSV text → Arrow batches, whole columns at a time.

NULL is an empty cell without quotes, the empty text one with quotes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from leverans.sources.contract import ARROW_TYPES, Batch, Document, SetAside
from leverans.sources.sql import reading
from leverans.sources.sql.ahead import ahead
from leverans.sources.sql.reading import Shape, Token, hint
from leverans.sources.sql.values import display, undecodable

_DIRECT = {"int64": pa.int64(), "double": pa.float64(), "bool": pa.bool_(), "binary": pa.binary()}


def parts(lines: Iterable[bytes | bytearray | memoryview]) -> Iterator[tuple[bytes, int]]:
    """Join rows to texts of bounded size, each with its number of rows."""
    waiting: list[bytes | bytearray | memoryview] = []
    weight = 0
    for line in lines:
        waiting.append(line)
        weight += len(line)
        if weight >= reading.BATCH_BYTES or len(waiting) >= reading.BATCH_ROWS:
            yield b"".join(waiting), len(waiting)
            waiting, weight = [], 0
    if waiting:
        yield b"".join(waiting), len(waiting)


@dataclass(frozen=True, slots=True)
class TextRows:
    """Makes batches of a table's rows.

    Attributes:
        shape: the table and what is read of it.
        hexed: names of the columns whose bytes come as hexadecimal digits.
        held_inline: document columns come with their bytes (hexadecimal), because no row can be found again.
        texts: names of those document columns whose bytes come as text instead.
        order: names of all columns as the rows have them; else those of cells first, then those of documents.
        untold: texts that say that a value cannot be told, by column; such a row is set aside (SRC251).
    """

    shape: Shape
    hexed: frozenset[str] = frozenset()
    held_inline: bool = False
    texts: frozenset[str] = frozenset()
    order: tuple[str, ...] = ()
    untold: Mapping[str, str] = field(default_factory=dict)

    def batches(self, texts: Iterable[tuple[bytes, int]], start: int) -> Iterator[Batch]:
        """Make a batch of each text, beside the reading of the next one.

        Args:
            texts: rows as the source gives them, and how many they are.
            start: how many rows of the table were read before.
        """
        return ahead(_placed(texts, start), lambda part: self.batch(*part))

    def batch(self, text: bytes, rows: int, start: int) -> Batch:
        """Make the batch of some rows: plain columns, held columns, then the row's locator if it has one."""
        left: Sequence[int] = range(rows)
        aside: tuple[SetAside, ...] = ()
        try:
            table = self._parse(text, raw=False)
            whole = not self._untold(table)
        except pa.ArrowInvalid:
            whole = False
        if not whole:
            table = self._parse(text, raw=True)
            broken = self._broken(table)
            left = [row for row in range(rows) if row not in broken]
            aside = tuple(self._set_aside(table, broken, start))
            table = self._typed(table.take(pa.array(left, pa.int64())))
        if len(left) + len(aside) != rows or table.num_rows != len(left):
            raise RuntimeError("rows were lost between server and batch")
        return Batch(
            stream=self.shape.definition.name,
            rows=self._record(table),
            documents=tuple(self._documents(table, left, start)) if self.shape.held else (),
            set_aside=aside,
        )

    def _types(self, *, raw: bool) -> dict[str, pa.DataType]:
        types: dict[str, pa.DataType] = {}
        for number, name in enumerate(self.shape.plain):
            kind = self.shape.profiles[name].type
            text = raw or name in self.hexed
            types[f"p{number}"] = pa.binary() if text else _DIRECT.get(kind, pa.string())
        for number in range(len(self.shape.held)):
            types[f"h{number}"] = pa.binary()
        if self.shape.held and self.shape.facts.locator:
            types["locator"] = pa.string()
        if not self.order:
            return types
        named = dict(zip((*self.shape.plain, *self.shape.held), types, strict=True))
        return {named[name]: types[named[name]] for name in self.order}

    def _parse(self, text: bytes, *, raw: bool) -> pa.Table:
        types = self._types(raw=raw)
        return csv.read_csv(
            pa.BufferReader(text),
            read_options=csv.ReadOptions(
                use_threads=False, block_size=len(text) + 1, column_names=list(types)
            ),
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=csv.ConvertOptions(
                column_types=types,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                true_values=["t", "1"],
                false_values=["f", "0"],
            ),
        )

    def _typed(self, table: pa.Table) -> pa.Table:
        types = self._types(raw=False)
        columns = []
        for name, kind in types.items():
            column = table[name]
            if pa.types.is_boolean(kind):
                column = (
                    pc.is_in(column, pa.array([b"t", b"1"]))
                    if column.null_count == 0
                    else pc.if_else(column.is_valid(), pc.is_in(column, pa.array([b"t", b"1"])), None)
                )
            columns.append(column.cast(pa.string()).cast(kind) if column.type != kind else column)
        return pa.table(columns, names=list(types))

    def _record(self, table: pa.Table) -> pa.RecordBatch:
        table = table.combine_chunks()
        plain = {
            name: _one(table[f"p{number}"], hexed=name in self.hexed)
            for number, name in enumerate(self.shape.plain)
        }
        arrays = [
            pa.nulls(table.num_rows, pa.string()) if name in self.shape.held else plain[name]
            for name in self.shape.schema.names
        ]
        return pa.RecordBatch.from_arrays(
            [array.cast(kind.type) for array, kind in zip(arrays, self.shape.schema, strict=True)],
            schema=self.shape.schema,
        )

    def _untold(self, table: pa.Table) -> bool:
        places = {name: f"p{number}" for number, name in enumerate(self.shape.plain)}
        return any(
            pc.any(pc.equal(table[places[name]], text)).as_py()
            for name, text in self.untold.items()
            if name in places
        )

    def _broken(self, table: pa.Table) -> dict[int, tuple[str, str]]:
        """Give the rows that are set aside: index → code and column."""
        broken: dict[int, tuple[str, str]] = {}
        for number, name in enumerate(self.shape.plain):
            if name in self.untold:
                wanted = self.untold[name].encode()
                for row, value in enumerate(table[f"p{number}"].to_pylist()):
                    if value == wanted:
                        broken.setdefault(row, ("SRC251", name))
            if ARROW_TYPES[self.shape.profiles[name].type] == pa.string():
                for row in undecodable(table[f"p{number}"].to_pylist()):
                    broken.setdefault(row, ("SRC107", name))
        return broken

    def _set_aside(
        self, table: pa.Table, broken: dict[int, tuple[str, str]], start: int
    ) -> Iterator[SetAside]:
        shape = self.shape
        for row, (code, name) in sorted(broken.items()):
            values = {column: table[f"p{number}"][row].as_py() for number, column in enumerate(shape.plain)}
            position = start + row + 1
            hidden = shape.definition.personal or not shape.key or name in shape.key
            place = f"#{position}" if hidden else display([values[part] for part in shape.key])
            parameters = (("column", name), *((("encoding", "UTF-8"),) if code == "SRC107" else ()))
            yield SetAside(place, position, code, name, parameters, hint(shape, _numbers(shape, values)))

    def _documents(self, table: pa.Table, left: Sequence[int], start: int) -> Iterator[Document]:
        shape = self.shape
        place = {name: f"p{number}" for number, name in enumerate(shape.plain)}
        keys = [table[place[name]].to_pylist() for name in shape.key]
        locators = table["locator"].to_pylist() if shape.facts.locator else []
        for number, (name, document) in enumerate(shape.held.items()):
            titles = table[place[document.name]].to_pylist() if document.name else []
            for row, value in enumerate(table[f"h{number}"].to_pylist()):
                if value is None or (not self.held_inline and value != b"1"):
                    continue
                position = start + left[row] + 1
                ref = display([key[row] for key in keys]) if keys else f"#{position}"
                where = (shape.facts.name, document.column, document.encoding)
                yield Document(
                    stream=document.stream,
                    ref=ref,
                    name=(display([titles[row]]) if titles else "") or ref,
                    token=Token(*where, value=value if name in self.texts else bytes.fromhex(value.decode()))
                    if self.held_inline
                    else Token(*where, locator=locators[row]),
                    position=position,
                    row=row,
                    column=name,
                )


def _placed(texts: Iterable[tuple[bytes, int]], start: int) -> Iterator[tuple[bytes, int, int]]:
    for text, rows in texts:
        yield text, rows, start
        start += rows


def _one(column: pa.ChunkedArray, *, hexed: bool) -> pa.Array:
    array = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    if not hexed:
        return array
    values = (None if value is None else bytes.fromhex(value.decode()) for value in array.to_pylist())
    return pa.array(values, pa.binary())


def _numbers(shape: Shape, values: dict[str, Any]) -> dict[str, Any]:
    """Texts of numbers as numbers, so that a broken row's root is told as a whole one's is."""
    kinds = {"int64": int, "double": float}
    return {
        name: kinds[shape.profiles[name].type](value)
        if value is not None and shape.profiles[name].type in kinds
        else value
        for name, value in values.items()
    }
