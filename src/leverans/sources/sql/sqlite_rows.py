"""Rows of an SQLite table → Arrow batches: numbers and texts as CSV that SQLite writes, the rest as values.

A row is one text for the driver instead of a value for each column. SQLite writes decimals with fifteen
digits only, so these come as they are stored, as do bytes and columns of several kinds.
"""

import sqlite3
from collections.abc import Iterator
from functools import reduce
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import dialect

from leverans.sources.contract import Batch
from leverans.sources.sql import reading
from leverans.sources.sql.log import Statements
from leverans.sources.sql.naming import column, table
from leverans.sources.sql.reading import Shape
from leverans.sources.sql.textrows import Text, TextRows

_MOST_COLUMNS = 200
"""SQLite takes expressions of a thousand parts."""


def written(shape: Shape) -> tuple[str, ...]:
    """Give the columns that can come as CSV; none where rows are heavy, wide or carry documents."""
    heavy = (
        sum(shape.profiles[name].longest for name in shape.plain) * reading.BATCH_ROWS
        > reading.BATCH_BYTES * 2
    )
    if shape.held or heavy or len(shape.plain) > _MOST_COLUMNS:
        return ()
    profiles = shape.profiles
    return tuple(
        name
        for name in shape.plain
        if profiles[name].type in {"int64", "string"} and not profiles[name].mixed
    )


def read_written(
    driver: sqlite3.Connection, shape: Shape, texts: tuple[str, ...], sent: Statements, skip: int = 0
) -> Iterator[Batch]:
    """Read a table in key order (without a key: in the order of all its columns), without its first rows.

    Args:
        driver: the open database; text comes as bytes.
        shape: the table and what is read of it.
        texts: the columns that come as CSV (see `written`).
        sent: takes the statement.
        skip: how many rows.
    """
    beside = tuple(name for name in shape.plain if name not in texts)
    rows = TextRows(shape, order=texts, beside=beside)
    statement = _statement(shape, texts, beside, skip)
    sent.add(statement)
    yield from rows.batches(_texts(driver, statement, beside), skip)


def _texts(driver: sqlite3.Connection, statement: str, beside: tuple[str, ...]) -> Iterator[Text]:
    cursor = driver.execute(statement)
    try:
        while part := cursor.fetchmany(reading.BATCH_ROWS):
            lines, *values = zip(*part, strict=True)
            yield b"\n".join(lines) + b"\n", len(part), dict(zip(beside, values, strict=True))
    finally:
        cursor.close()


def _statement(shape: Shape, texts: tuple[str, ...], beside: tuple[str, ...], skip: int) -> str:
    cells = [_cell(shape, name) for name in texts]
    line = reduce(lambda before, cell: before.concat(",").concat(cell), cells)
    order = [column(name) for name in shape.key or shape.plain]
    query = sa.select(line, *map(column, beside)).select_from(table(shape.facts.name)).order_by(*order)
    if skip:
        query = query.limit(sa.literal_column("-1")).offset(sa.literal_column(f"{skip:d}"))
    return str(query.compile(dialect=dialect(), compile_kwargs={"literal_binds": True}))


def _cell(shape: Shape, name: str) -> sa.ColumnElement[Any]:
    """NULL is an empty cell without quotes, a text stands in quotes."""
    if shape.profiles[name].type == "int64":
        return sa.func.coalesce(column(name), "")
    quoted = sa.literal('"').concat(sa.func.replace(column(name), '"', '""')).concat('"')
    return sa.func.coalesce(quoted, "")
