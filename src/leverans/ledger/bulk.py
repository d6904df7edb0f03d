"""Arrow tables to rows of the ledger, in pieces, without a dict per row."""

import hashlib
import marshal
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

PIECE = 20_000

OBJECT_COLUMNS = pa.schema(
    [
        pa.field("object", pa.string(), nullable=False),
        pa.field("key", pa.string()),
        pa.field("reference", pa.string()),
        pa.field("partition", pa.string()),
        pa.field("route", pa.string(), nullable=False),
        pa.field("disposition", pa.string(), nullable=False),
        pa.field("state", pa.string()),
        pa.field("version", pa.int64()),
        pa.field("digest", pa.string()),
        pa.field("package", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("rule", pa.string()),
        pa.field("where", pa.string()),
        pa.field("closed", pa.bool_()),
        pa.field("parts", pa.binary()),
        pa.field("documents", pa.int64(), nullable=False),
        pa.field("records", pa.int64(), nullable=False),
        pa.field("inventory", pa.string()),
    ]
)
"""What `Ledger.record_objects` takes; columns that may be null may be left out."""

ROW_COLUMNS = pa.schema(
    [
        pa.field("stream", pa.string(), nullable=False),
        pa.field("key", pa.string()),
        pa.field("route", pa.string(), nullable=False),
        pa.field("disposition", pa.string(), nullable=False),
        pa.field("code", pa.string(), nullable=False),
        pa.field("rule", pa.string()),
        pa.field("where", pa.string()),
    ]
)
"""What `Ledger.record_rows` takes; columns that may be null may be left out."""

CURRENT_COLUMNS = pa.schema(
    [
        pa.field("object", pa.string()),
        pa.field("version", pa.int64()),
        pa.field("digest", pa.string()),
        pa.field("package", pa.string()),
        pa.field("partition", pa.string()),
        pa.field("route", pa.string()),
        pa.field("closed", pa.bool_()),
        pa.field("parts", pa.binary()),
        pa.field("state", pa.string()),
        pa.field("records", pa.int64()),
        pa.field("documents", pa.int64()),
        pa.field("inventory", pa.string()),
    ]
)
"""What `Ledger.current`, `Ledger.lookup` and `Ledger.missing` give."""

DISPOSITIONS = ("archived", "unchanged", "quarantined", "excluded", "vanished")
_ROUTES = ("open", "protected")
_LEDGER_NAMES = {"where": "place"}
_DEFAULTS = {"route": "open", "disposition": "quarantined"}


def fitted(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Bring a table to a schema.

    Names on the protected route are taken out, whoever left them in; names and parts of unchanged objects
    too, because they stand with the version that is archived. Objects come in the order of their ids: the
    ledger's indexes then grow page by page.

    Raises:
        ValueError: a column is missing or not of the schema, a value is null or of no known word.
    """
    strangers = set(rows.column_names) - set(schema.names)
    if strangers:
        raise ValueError(f"columns that the ledger does not know: {sorted(strangers)}")
    table = pa.Table.from_arrays([_column(rows, entry) for entry in schema], schema=schema)
    _only(table, "disposition", DISPOSITIONS)
    _only(table, "route", _ROUTES)
    closed = _closed(table)
    return closed.sort_by("object") if schema == OBJECT_COLUMNS else closed


def pieces(table: pa.Table) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows in lists of `PIECE` tuples."""
    for start in range(0, table.num_rows, PIECE):
        part = table.slice(start, PIECE)
        yield list(zip(*(column.to_pylist() for column in part.columns), strict=True))


class Fingerprint:
    """The digest of the rows that went by; equal rows in equal order give equal digests."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()

    def add(self, rows: list[tuple[Any, ...]]) -> None:
        """Take in a piece; an object without an inventory counts as before ledgers knew of them."""
        if rows and len(rows[0]) == len(OBJECT_COLUMNS):
            rows = [row if row[-1] is not None else row[:-1] for row in rows]
        self._sha.update(marshal.dumps(rows, 2))

    def hexdigest(self) -> str:
        """Give the digest, lower-case hex."""
        return self._sha.hexdigest()


def fingerprint(table: pa.Table) -> str:
    """Give the digest of a whole table."""
    digest = Fingerprint()
    for piece in pieces(table):
        digest.add(piece)
    return digest.hexdigest()


def insert(connection: sa.Connection, table: sa.Table, prefix: tuple[int, int], rows: pa.Table) -> str:
    """Append rows, each led by its batch and run number; give their fingerprint.

    This is the one place that speaks the driver's own language: a dict per row costs much more. ``OR
    ROLLBACK``, as in the guards of these tables, spares SQLite a journal for every row; what fails undoes
    the transaction, as it would anyhow.
    """
    names = [_LEDGER_NAMES.get(name, name) for name in rows.column_names]
    columns = ", ".join(f'"{name}"' for name in ("batch", "run", *names))
    places = ", ".join([*map(str, prefix), *("?" for _ in names)])
    statement = f'INSERT OR ROLLBACK INTO "{table.name}" ({columns}) VALUES ({places})'  # noqa: S608  # own names, whole numbers
    digest = Fingerprint()
    for piece in pieces(rows):
        digest.add(piece)
        connection.exec_driver_sql(statement, piece)
    return digest.hexdigest()


def to_table(rows: Sequence[Sequence[Any]], schema: pa.Schema) -> pa.Table:
    """Turn rows of a query, in the order of `schema`, into a table."""
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    arrays = [
        pa.array(_boolean(column) if entry.type == pa.bool_() else column, type=entry.type)
        for column, entry in zip(columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _boolean(column: Sequence[Any]) -> list[bool | None]:
    return [None if value is None else bool(value) for value in column]


def _column(rows: pa.Table, entry: pa.Field) -> pa.ChunkedArray:
    if entry.name in rows.column_names:
        column = rows[entry.name].cast(entry.type)
    elif entry.nullable:
        column = pa.chunked_array([pa.nulls(rows.num_rows, entry.type)])
    elif entry.name in _DEFAULTS and "stream" in rows.column_names:
        column = pa.chunked_array([pa.repeat(_DEFAULTS[entry.name], rows.num_rows)])
    else:
        raise ValueError(f"column {entry.name} is missing")
    if not entry.nullable and column.null_count:
        raise ValueError(f"column {entry.name} holds null")
    return column


def _only(table: pa.Table, name: str, words: Sequence[str]) -> None:
    strange = pc.invert(pc.is_in(table[name], value_set=pa.array(words)))
    if pc.any(strange).as_py():
        raise ValueError(f"{name} has other words than {', '.join(words)}")


def _closed(table: pa.Table) -> pa.Table:
    protected = pc.equal(table["route"], "protected")
    unchanged = pc.equal(table["disposition"], "unchanged")
    for name in ("key", "reference"):
        table = _blank(table, name, pc.or_(protected, unchanged))
    return _blank(table, "parts", unchanged)


def _blank(table: pa.Table, name: str, mask: pa.ChunkedArray) -> pa.Table:
    if name not in table.column_names:
        return table
    entry = table.schema.field(name)
    at = table.column_names.index(name)
    return table.set_column(at, entry, pc.if_else(mask, pa.scalar(None, entry.type), table[name]))
