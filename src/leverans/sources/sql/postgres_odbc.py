"""PostgreSQL through its ODBC driver: the same catalogue, and rows as the text that COPY would have written.

A row comes as one value of bytes, so that neither driver nor manager changes a letter of it. How many rows
are fetched at once follows from their weight: the driver keeps a whole fetch in memory.
"""

import io
import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

import pyodbc
import sqlalchemy as sa
from psycopg import sql

from leverans.contracts.catalogue import ArrowType
from leverans.errors import ConfigurationError, LeveransError
from leverans.sources.access import Access
from leverans.sources.contract import Batch, DocumentFault
from leverans.sources.definition import StreamDefinition
from leverans.sources.sql import odbc, server
from leverans.sources.sql.address import Address
from leverans.sources.sql.engine import Profile, TableFacts
from leverans.sources.sql.pieces import Pieces
from leverans.sources.sql.postgres import LARGE, SETTINGS, PostgresEngine, bytes_of, order_of, rows_of
from leverans.sources.sql.reading import Shape
from leverans.sources.sql.textrows import TextRows, parts

DRIVERS = ("PostgreSQL Unicode", "PostgreSQL Unicode(x64)", "PostgreSQL")
"""What the driver is called on different systems."""

_FEW, _MANY = 16, 2_000
_PIECE = 1 << 20
_CURSOR = "leverans"


class PostgresOdbcEngine(PostgresEngine):
    """Reads one schema of one PostgreSQL database by `?route=odbc` (see `SqlEngine`)."""

    _first = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"

    def __init__(self, source: str, address: Address, access: Access) -> None:
        super().__init__(source, address, access)
        self._second_one: pyodbc.Connection | None = None
        self._cursors = itertools.count(1)

    def read(
        self,
        connection: sa.Connection,
        definition: StreamDefinition,
        facts: TableFacts,
        profiles: Mapping[str, Profile],
        skip: int = 0,
    ) -> Iterator[Batch]:
        """Read a table as CSV text made by the server, ordered by its key."""
        shape = Shape(definition, facts, profiles)
        kinds = {column.name: column.source_type for column in facts.columns}
        hexed = frozenset(name for name in shape.plain if profiles[name].type == "binary")
        rows = TextRows(shape, hexed, held_inline=not facts.locator)
        raw = connection.exec_driver_sql("SHOW server_encoding").scalar_one() == "SQL_ASCII"
        query = self._written(shape, kinds, skip, "SQL_ASCII" if raw else "UTF8")
        if shape.held and facts.locator:  # nothing else can be asked while rows come
            for name in shape.held:
                self._kind(connection, facts.name, name)
        if shape.held and facts.locator and "snapshot" not in connection.info:
            exported = "SELECT pg_catalog.pg_export_snapshot()"
            connection.info["snapshot"] = connection.exec_driver_sql(exported).scalar_one()
        driver = cast("pyodbc.Connection", connection.connection.driver_connection)
        yield from rows.batches(parts(self._lines(driver, query)), skip)

    def open_value(self, connection: sa.Connection, table: str, column: str, locator: object) -> BinaryIO:
        """Read a value in pieces; a small one comes whole with its size."""
        kind = self._kind(connection, table, column)
        value = bytes_of(column, kind)
        if kind == "oid":
            name = sql.Identifier(column)
            parted = sql.SQL(LARGE).format(name, name)
            size: sql.Composable = sql.SQL("NULL::bigint")
        else:
            parted = sql.SQL("substring({} FROM %s::int + 1 FOR %s::int)").format(value)
            size = sql.SQL("octet_length({})").format(value)
        place = sql.Identifier(self._schema, table)
        query = _text(sql.SQL("SELECT {}, {} FROM ONLY {} WHERE ctid = %s::tid").format(parted, size, place))
        driver = self._beside_it(connection)

        def piece(start: int) -> tuple[bytes, int | None]:
            with self.guard():
                rows = self._ask(driver, query, str(start), str(_PIECE), str(locator))
            if not rows or rows[0][0] is None:
                raise DocumentFault("SRC111", "missing")
            return rows[0][0], rows[0][1]

        first, whole = piece(0)
        if whole is not None and whole <= len(first):
            return io.BytesIO(first)
        return cast("BinaryIO", Pieces(first, lambda start: piece(start)[0], _PIECE))

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn the server's SQLSTATE into what to do about it."""
        with super().guard():
            try:
                yield
            except pyodbc.Error as fault:
                raise self._error(fault) from None

    def _engine(self) -> sa.Engine:
        return odbc.engine("postgresql", self._connected, self._sent)

    def _connected(self) -> pyodbc.Connection:
        address = self._address
        settings = {**SETTINGS, "lock_timeout": f"{server.LOCK_SECONDS}s"}
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        passed_on = {"options": options, "application_name": "leverans"}
        passed_on |= {
            name: address.options[name]
            for name in ("sslrootcert", "sslcert", "sslkey")
            if name in address.options
        }
        told = {
            "DRIVER": odbc.driver(address.options.get("driver", ""), DRIVERS),
            "SERVER": address.host,
            "PORT": str(address.port or 5432),
            "DATABASE": address.database,
            "UID": address.user,
            "PWD": self._access.secret("password"),
            "SSLmode": address.options.get("sslmode", "prefer"),
            "BoolsAsChar": "0",
            "Protocol": "7.4-0",  # an error ends the transaction: no other snapshot goes on in its place
            "pqopt": " ".join(f"{name}={_quoted(value)}" for name, value in passed_on.items()),
        }
        return pyodbc.connect(odbc.words(told), autocommit=False, timeout=odbc.WAIT)

    def _lines(self, driver: pyodbc.Connection, query: str) -> Iterator[bytes]:
        self._sent.add(f"DECLARE {_CURSOR} NO SCROLL CURSOR FOR {query}")
        name = f"{_CURSOR}_{next(self._cursors)}"
        cursor = driver.cursor()
        cursor.execute(f"DECLARE {name} NO SCROLL CURSOR FOR {query}")
        number = _FEW
        try:
            while rows := cursor.execute(f"FETCH FORWARD {number:d} FROM {name}").fetchall():
                heaviest = 1
                for (line,) in rows:
                    heaviest = max(heaviest, len(line))
                    yield line + b"\n"
                number = odbc.page(number, heaviest, _MANY)
        finally:
            with suppress(pyodbc.Error):
                cursor.execute(f"CLOSE {name}")
                cursor.close()

    def _ask(self, driver: pyodbc.Connection, query: str, *values: str) -> list[pyodbc.Row]:
        text = odbc.marked(query)
        self._sent.add(text)
        cursor = driver.cursor()
        try:
            return list(cursor.execute(text, *values).fetchall())
        finally:
            cursor.close()

    def _beside_it(self, connection: sa.Connection) -> pyodbc.Connection:
        """A connection beside the one that reads rows, in the same snapshot."""
        name = str(connection.info["snapshot"])
        if self._second_one is None or connection.info.get("beside") is not self._second_one:
            self._end()
            with self.guard():
                self._second_one = self._connected()
                for word in (self._first, f"SET TRANSACTION SNAPSHOT {_text(sql.Literal(name))}"):
                    self._second_one.execute(word).close()
                self._sent.add("SET TRANSACTION SNAPSHOT …")
            connection.info["beside"] = self._second_one
        return self._second_one

    def _end(self) -> None:
        if self._second_one is not None:
            self._second_one.close()
        self._second_one = None

    def _written(self, shape: Shape, kinds: Mapping[str, str], skip: int, encoding: str) -> str:
        located = bool(shape.facts.locator)
        cells = [_cell(name, kinds[name], shape.profiles[name].type) for name in shape.plain]
        cells += [
            sql.SQL("concat(({} IS NOT NULL)::int)").format(sql.Identifier(name))
            if located
            else _quoted_cell(
                sql.Identifier(name), sql.SQL("encode({}, 'hex')").format(bytes_of(name, kinds[name]))
            )
            for name in shape.held
        ]
        if located and shape.held:
            cells.append(sql.SQL("'\"' || ctid::text || '\"'"))
        order = [order_of(name, kinds[name], keyed=bool(shape.key)) for name in shape.key or shape.plain]
        query = sql.SQL("SELECT convert_to({}, {}) FROM {}").format(
            sql.SQL(" || ',' || ").join(cells) if cells else sql.SQL("''"),
            sql.Literal(encoding),
            rows_of(self._schema, shape.facts),
        )
        if order:
            query += sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join(order))
        if skip:
            query += sql.SQL(" OFFSET {}").format(sql.Literal(skip))
        return _text(query)

    def _error(self, fault: BaseException | None) -> LeveransError:
        if not isinstance(fault, pyodbc.Error):
            return super()._error(fault)
        if odbc.missing(fault):
            named = odbc.driver(self._address.options.get("driver", ""), DRIVERS)
            return ConfigurationError("SRC252", self._where, package=named)
        return super()._error(OperationalError(str(fault), odbc.state(fault)))


class OperationalError(Exception):
    """A driver's error with its SQLSTATE where the native driver has it."""

    def __init__(self, text: str, state: str) -> None:
        super().__init__(text)
        self.sqlstate = "" if state == "08001" else state


def _text(query: sql.Composable) -> str:
    return query.as_string(None)


def _quoted(value: str) -> str:
    """Write a value of libpq's connection string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _cell(name: str, kind: str, arrow: ArrowType) -> sql.Composable:
    """Write a value as COPY does: `concat` gives a type's own text, a cast loses the blanks of char(n)."""
    column = sql.Identifier(name)
    if arrow == "binary":
        return _quoted_cell(column, sql.SQL("encode({}, 'hex')").format(column))
    if kind == "money":
        return sql.SQL("concat({}::numeric)").format(column)
    if arrow != "string":
        return sql.SQL("concat({})").format(column)
    return _quoted_cell(column, sql.SQL("replace(concat({}), '\"', '\"\"')").format(column))


def _quoted_cell(column: sql.Composable, text: sql.Composable) -> sql.Composable:
    cell = sql.SQL("CASE WHEN {} IS NULL THEN '' ELSE '\"' || {} || '\"' END")
    return cell.format(column, text)
