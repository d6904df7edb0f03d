"""Rows of one table → Arrow batches, bounded by rows and by bytes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from leverans.sources.contract import ARROW_TYPES, Batch, Document, SetAside
from leverans.sources.definition import DocumentColumn, StreamDefinition
from leverans.sources.landing.hashing import hint_of
from leverans.sources.sql.engine import Profile, TableFacts
from leverans.sources.sql.naming import column, table
from leverans.sources.sql.values import array, display, undecodable

BATCH_ROWS = 10_000
BATCH_BYTES = 8 << 20
"""A batch holds at most this much, or one row."""


@dataclass(frozen=True, slots=True)
class Token:
    """Finds one value again, or carries it where the engine cannot find rows again."""

    table: str
    column: str
    encoding: str
    locator: object = None
    value: bytes | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A table and what is read of it."""

    definition: StreamDefinition
    facts: TableFacts
    profiles: Mapping[str, Profile]

    @property
    def held(self) -> Mapping[str, DocumentColumn]:
        """Columns whose values are documents."""
        return {document.column: document for document in self.definition.documents}

    @property
    def plain(self) -> tuple[str, ...]:
        """Columns whose values become cells."""
        return tuple(item.name for item in self.facts.columns if item.name not in self.held)

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of its batches."""
        return pa.schema(
            [
                (
                    item.name,
                    pa.string() if item.name in self.held else ARROW_TYPES[self.profiles[item.name].type],
                )
                for item in self.facts.columns
            ]
        )

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies a row and gives the reading order."""
        return self.definition.key or self.facts.key


def read_rows(
    connection: sa.Connection,
    definition: StreamDefinition,
    facts: TableFacts,
    profiles: Mapping[str, Profile],
    skip: int = 0,
) -> Iterator[Batch]:
    """Read a table in key order (without a key: in the order of all its columns), without its first rows."""
    shape = Shape(definition, facts, profiles)
    query = _query(shape)
    result = connection.execute(query.limit(sa.literal_column("-1")).offset(skip) if skip else query)
    position = skip
    for rows in in_parts(result, shape):
        yield batch_of(shape, rows, position)
        position += len(rows)


def _query(shape: Shape) -> sa.Select[Any]:
    found_again = shape.facts.locator
    selected: list[sa.ColumnElement[Any]] = [column(name) for name in shape.plain]
    selected += [column(name).is_not(None) if found_again else column(name) for name in shape.held]
    if found_again and shape.held:
        selected.append(sa.column(found_again))
    order = shape.key or shape.plain
    return sa.select(*selected).select_from(table(shape.facts.name)).order_by(*map(column, order))


def in_parts(result: Any, shape: Shape) -> Iterator[Sequence[Any]]:
    """Cut the answer into parts; rows are weighed only where some are heavy."""
    counted = shape.plain if shape.facts.locator else tuple(item.name for item in shape.facts.columns)
    heaviest = sum(shape.profiles[name].longest for name in counted)
    if heaviest * BATCH_ROWS <= BATCH_BYTES * 2:
        while rows := result.fetchmany(BATCH_ROWS):
            yield rows
        return
    waiting: list[Any] = []
    weight = 0
    for row in result:
        waiting.append(row)
        weight += sum(len(value) for value in row if isinstance(value, (bytes, str)))
        if weight >= BATCH_BYTES or len(waiting) >= BATCH_ROWS:
            yield waiting
            waiting, weight = [], 0
    if waiting:
        yield waiting


def batch_of(shape: Shape, rows: Sequence[Any], start: int) -> Batch:
    """Make a batch of rows as a driver gives them: plain columns, held columns, then the locator."""
    columns = list(zip(*rows, strict=True))
    broken: Mapping[int, str] = {}
    left, kept = list(range(len(rows))), columns
    try:
        record = _record(shape, kept, len(left))
    except pa.ArrowInvalid:
        broken = _broken(shape, columns)
        left = [index for index in left if index not in broken]
        kept = [tuple(values[index] for index in left) for values in columns]
        record = _record(shape, kept, len(left))
    return Batch(
        stream=shape.definition.name,
        rows=record,
        documents=tuple(_documents(shape, kept, [start + index for index in left])),
        set_aside=tuple(_set_aside(shape, columns, broken, start)),
    )


def _record(shape: Shape, columns: Sequence[Sequence[Any]], rows: int) -> pa.RecordBatch:
    plain = dict(zip(shape.plain, columns, strict=False))
    arrays = [
        pa.nulls(rows, pa.string()) if name in shape.held else array(plain[name], shape.profiles[name])
        for name in shape.schema.names
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=shape.schema)


def _broken(shape: Shape, columns: Sequence[Sequence[Any]]) -> dict[int, str]:
    """Index of each row with a text that does not decode → the first such column."""
    broken: dict[int, str] = {}
    for name, values in zip(shape.plain, columns, strict=False):
        if shape.profiles[name].type == "string":
            for index in undecodable(values):
                broken.setdefault(index, name)
    return broken


def _set_aside(
    shape: Shape, columns: Sequence[Sequence[Any]], broken: Mapping[int, str], start: int
) -> Iterator[SetAside]:
    named = dict(zip(shape.plain, columns, strict=False))
    for index, name in sorted(broken.items()):
        position = start + index + 1
        hidden = shape.definition.personal or not shape.key or name in shape.key
        place = f"#{position}" if hidden else display([named[part][index] for part in shape.key])
        parameters = (("column", name), ("encoding", "UTF-8"))
        told = hint(shape, {part: values[index] for part, values in named.items()})
        yield SetAside(place, position, "SRC107", name, parameters, told)


def hint(shape: Shape, row: Mapping[str, Any]) -> str | None:
    """Tell from a broken row whose it is, if the columns that say so decode."""
    root = shape.definition.root
    if root is None or any(column not in row for column in root.own):
        return None
    try:
        return hint_of([array([row[column]], shape.profiles[column]) for column in root.own])
    except pa.ArrowInvalid:
        return None


def _documents(
    shape: Shape, columns: Sequence[Sequence[Any]], positions: Sequence[int]
) -> Iterator[Document]:
    plain = dict(zip(shape.plain, columns, strict=False))
    for (name, document), values in zip(shape.held.items(), columns[len(shape.plain) :], strict=False):
        for row, value in enumerate(values):
            if value is None or (shape.facts.locator and not value):
                continue
            ref = display([plain[part][row] for part in shape.key]) if shape.key else f"#{positions[row] + 1}"
            title = display([plain[document.name][row]]) if document.name else ""
            token, fault = _token(shape, document, columns[-1][row], value)
            yield Document(
                stream=document.stream,
                ref=ref,
                name=title or ref,
                token=token,
                position=positions[row] + 1,
                fault=fault,
                status="unreadable" if fault else "landed",
                row=row,
                column=name,
            )


def _token(shape: Shape, document: DocumentColumn, locator: Any, value: Any) -> tuple[Token, str]:
    place = (shape.facts.name, document.column, document.encoding)
    if shape.facts.locator:
        return Token(*place, locator=locator), ""
    if isinstance(value, bytes):
        return Token(*place, value=value), ""
    return Token(*place, value=b""), "SRC119"
