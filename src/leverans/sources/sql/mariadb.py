"""MariaDB and MySQL: one consistent, read-only snapshot; rows as CSV text that the server writes.

A row comes as one text, so that the client looks at it once and Arrow parses whole batches. A table with
documents is read page by page, because the connection cannot send bytes while it sends rows.
"""

import io
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import pymysql
import sqlalchemy as sa
from pymysql import err
from pymysql.cursors import Cursor, SSCursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from leverans.contracts import Column
from leverans.errors import AccessDenied, ConfigurationError, LeveransError, Outage
from leverans.sources.contract import Batch, DocumentFault
from leverans.sources.definition import StreamDefinition
from leverans.sources.sql import marks, pymysqlrows, reading, server
from leverans.sources.sql.counting import counts
from leverans.sources.sql.engine import Account, ForeignKey, Profile, TableFacts
from leverans.sources.sql.grants import account_of
from leverans.sources.sql.log import Statements
from leverans.sources.sql.mariadb_catalogue import cell, collations_of, quoted, references_of, tables_of
from leverans.sources.sql.naming import table as named
from leverans.sources.sql.pieces import Pieces
from leverans.sources.sql.reading import Shape
from leverans.sources.sql.server import ServerEngine
from leverans.sources.sql.textrows import TextRows, parts

_WAIT = 10
_PIECE = 16 << 20
"""Bytes of a big value that are asked for at once: for each piece the server reads the whole value."""

_REFUSED = {1045, 1698, 1862, 1820, 1524, 3118, 4151}
_DENIED = {1044, 1142, 1143, 1227, 1370}
_LOCKED = {1205, 1213, 1317, 1969, 3024}
_KEY = {
    "binary": "UNHEX(%s)",
    "string": "CONVERT(CONVERT(UNHEX(%s) USING utf8mb4) USING {}) COLLATE {}",
    "int64": "CAST(CONVERT(UNHEX(%s) USING utf8mb4) AS SIGNED)",
    "double": "CAST(CONVERT(UNHEX(%s) USING utf8mb4) AS DOUBLE)",
}
"""How the part of a key that stands as hexadecimal digits becomes a value again."""

MODE = "SET SESSION sql_mode = '', time_zone = '+00:00'"
"""What a session is set to: exact dates as they are, times in UTC."""


class MariaEngine(ServerEngine[sa.Connection]):
    """Reads one MariaDB database (see `SqlEngine`)."""

    def connect(self) -> sa.Connection:
        """Open a connection and begin the one transaction: a consistent snapshot, read only."""
        self._reading = False
        with self.guard():
            connection = self._engine().connect()
            try:
                connection.exec_driver_sql("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            except BaseException:
                connection.close()
                raise
        self._reading = True
        return connection

    def version(self, connection: sa.Connection) -> str:
        """Give the server's version."""
        with self.guard():
            return f"MariaDB/MySQL {connection.exec_driver_sql('SELECT version()').scalar_one()}"

    def tables(self, connection: sa.Connection) -> tuple[TableFacts, ...]:
        """Describe all tables and views, sorted by name."""
        with self.guard():
            return tables_of(connection, self._address.database)

    def references(self, connection: sa.Connection, table: str) -> tuple[ForeignKey, ...]:
        """Give the foreign keys that a table declares."""
        with self.guard():
            return references_of(connection, self._address.database, table)

    def account(self, connection: sa.Connection) -> Account:
        """Ask SHOW GRANTS, of the account and of its roles."""
        with self.guard():
            return account_of(connection)

    def counts(
        self, connection: sa.Connection, facts: TableFacts, columns: tuple[str, ...]
    ) -> tuple[int, Mapping[str, int]]:
        """Count with SQL's own aggregates."""
        return counts(connection, named(facts.name), columns)

    def mark(self, connection: sa.Connection, tables: tuple[TableFacts, ...]) -> str:
        """Look at every value (see `marks.of_values`)."""
        return marks.of_values(connection, tables)

    def read(
        self,
        connection: sa.Connection,
        definition: StreamDefinition,
        facts: TableFacts,
        profiles: Mapping[str, Profile],
        skip: int = 0,
    ) -> Iterator[Batch]:
        """Read a table ordered by its key: in one answer, or page by page where documents hang on it."""
        shape = Shape(definition, facts, profiles)
        located = bool(facts.key)
        facts = TableFacts(
            facts.name, facts.columns, facts.key, facts.table, "key" if located and shape.held else ""
        )
        shape = Shape(definition, facts, profiles)
        hexed = frozenset(name for name in shape.plain if profiles[name].type == "binary")
        rows = TextRows(shape, hexed, held_inline=not located)
        driver = cast(pymysql.Connection, connection.connection.driver_connection)
        yield from rows.batches(self._texts(driver, shape, skip), skip)

    def open_value(self, connection: sa.Connection, table: str, column: str, locator: object) -> BinaryIO:
        """Read a value in pieces by its row's key; a small one comes whole with its size."""
        facts = next(one for one in self._known(connection) if one.name == table)
        value = quoted(column)
        kinds = {one.name: one.type for one in facts.columns}
        collations = self._collations(connection, table)
        exact = " AND ".join(
            f"{quoted(name)} = {_same(kinds[name], collations.get(name))}" for name in facts.key
        )
        whole = value if kinds[column] == "binary" else f"CAST(CONVERT({value} USING utf8mb4) AS BINARY)"
        query = (
            f"SELECT SUBSTRING({whole}, %s + 1, %s), OCTET_LENGTH({whole}) FROM {quoted(table)} WHERE {exact}"  # noqa: S608
        )
        keys = str(locator).split(",")
        driver = cast(pymysql.Connection, connection.connection.driver_connection)

        def piece(start: int) -> tuple[bytes, int]:
            with self.guard():
                row = self._row(driver, query, (start, _PIECE, *keys))
            if row is None or row[0] is None:
                raise DocumentFault("SRC111", "missing")
            return cast("bytes", row[0]), int(row[1])

        first, size = piece(0)
        if size <= len(first):
            return io.BytesIO(first)
        return cast("BinaryIO", Pieces(first, lambda start: piece(start)[0], _PIECE))

    def _collations(self, connection: sa.Connection, table: str) -> dict[str, tuple[str, str]]:
        known: dict[str, dict[str, tuple[str, str]]] = connection.info.setdefault("collations", {})
        if table not in known:
            with self.guard():
                known[table] = collations_of(connection, self._address.database, table)
        return known[table]

    def unreadable(self, connection: sa.Connection, tables: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG002
        """The information schema shows only what may be read."""
        return ()

    def close(self) -> None:
        """Nothing else is open."""

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn the server's error numbers into what to do about them."""
        try:
            yield
        except DBAPIError as fault:
            raise self._error(fault.orig) from None
        except (err.MySQLError, OSError) as fault:
            raise self._error(fault) from None

    def _engine(self) -> sa.Engine:
        return sa.create_engine(
            "mariadb+pymysql://", creator=self._open, poolclass=NullPool, pool_reset_on_return=None
        )

    def _row(self, driver: pymysql.Connection, query: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        with driver.cursor(Cursor) as cursor:
            cursor.execute(query, values)
            return cast("tuple[Any, ...] | None", cursor.fetchone())

    def _open(self) -> pymysql.Connection:
        address = self._address
        roots = address.options.get("ca")
        return _noting(self._sent)(
            host=address.host,
            port=address.port or 3306,
            user=address.user,
            password=self._access.secret("password").encode(),  # the driver itself would write latin1
            database=address.database,
            charset="utf8mb4",
            autocommit=None,
            connect_timeout=_WAIT,
            init_command=f"{MODE}, lock_wait_timeout = {server.LOCK_SECONDS}",
            local_infile=False,
            ssl=ssl.create_default_context(cafile=roots) if roots else None,
        )

    def _known(self, connection: sa.Connection) -> tuple[TableFacts, ...]:
        if "facts" not in connection.info:
            connection.info["facts"] = self.tables(connection)
        return cast("tuple[TableFacts, ...]", connection.info["facts"])

    def _texts(self, driver: pymysql.Connection, shape: Shape, skip: int) -> Iterator[tuple[bytes, int]]:
        if not shape.held:
            query = query_of(shape)
            if skip:
                query += f" LIMIT 18446744073709551615 OFFSET {skip:d}"
            cursor = driver.cursor(SSCursor)
            try:
                cursor.execute(query, ())
                yield from parts(map(self._line, pymysqlrows.texts(driver)))
            except (err.MySQLError, OSError):
                if driver._result is not None:  # noqa: SLF001 - what is lost cannot be read to its end
                    driver._result.unbuffered_active = False  # noqa: SLF001
                cursor.connection = None
                raise
            finally:
                cursor.close()
            return
        paged = _page_query(shape)
        while True:
            with driver.cursor(Cursor) as cursor:
                cursor.execute(paged, (page_of(shape), skip))
                rows = [self._whole(row) for row in cursor.fetchall()]
            if not rows:
                return
            yield b"".join(rows), len(rows)
            skip += len(rows)

    def _whole(self, row: tuple[Any, ...]) -> bytes:
        return self._line(row[0])

    def _line(self, text: bytes | None) -> bytes:
        """A row whose text is longer than the server may send comes as NULL: nothing passes silently."""
        if text is None:
            raise Outage("SRC156", self._where, reason="max_allowed_packet")
        return text + b"\n"

    def _number(self, fault: BaseException | None) -> int:
        return fault.args[0] if fault is not None and fault.args and isinstance(fault.args[0], int) else 0

    def _error(self, fault: BaseException | None) -> LeveransError:
        number = self._number(fault)
        reason = str(number or type(fault).__name__)
        if number in _REFUSED:
            return AccessDenied("SRC151", self._where, account=self._address.user)
        if number in _DENIED:
            return AccessDenied("SRC152", self._where, what=self._address.database)
        if number == 1049:
            return ConfigurationError("SRC153", self._where, (), database=self._address.database)
        if number in _LOCKED:
            return Outage("SRC157", self._where, reason=reason)
        if self._reading:
            return Outage("SRC156", self._where, reason=reason)
        return Outage("SRC155", self._where, server=self._address.server, reason=reason)


def _page_query(shape: Shape) -> str:
    """Ask for a page; rows before it are passed over by their key alone, where that gives the order."""
    keys = shape.facts.key
    if not keys or set(keys) != set(shape.key):
        return f"{query_of(shape, paged=True)} LIMIT %s OFFSET %s"
    names, order = ", ".join(map(quoted, keys)), ", ".join(map(quoted, shape.key))
    table = quoted(shape.facts.name)
    page = f"SELECT {names} FROM {table} ORDER BY {order} LIMIT %s OFFSET %s"  # noqa: S608 - names are quoted
    return query_of(shape, paged=True, where=f" JOIN ({page}) AS leverans_page USING ({names})")


def _same(kind: str, collation: tuple[str, str] | None) -> str:
    """Give a value out of its hexadecimal digits, of its column's kind and collation."""
    return _KEY[kind].format(*(collation or ("utf8mb4", "utf8mb4_bin"))) if kind == "string" else _KEY[kind]


def page_of(shape: Shape) -> int:
    """How many rows with documents are asked for at once."""
    return reading.BATCH_ROWS if shape.facts.locator else 16


def _noting(sent: Statements) -> type[pymysql.Connection]:
    class Noting(pymysql.Connection):  # type: ignore[misc]
        def cursor(self, cursor: Any = None) -> Any:
            made = super().cursor(cursor)
            execute = made.execute

            def noting(query: Any, args: Any = None) -> Any:
                sent.add(query)
                return execute(query, args)

            made.execute = noting
            return made

    return Noting


def _exact(column: Column) -> str:
    """A float is written with six digits only, as a double it is written whole."""
    name = quoted(column.name)
    return f"CAST({name} AS DOUBLE)" if column.source_type.startswith("float") else name


def query_of(shape: Shape, *, paged: bool = False, besides: str = "", where: str = "") -> str:
    """Write the query whose rows are one text each.

    Args:
        shape: the table and what is read of it.
        paged: it is asked for page by page: rows that the order does not tell apart get one of their own.
        besides: more columns.
        where: which rows.
    """
    types = {column.name: column for column in shape.facts.columns}
    cells = [cell(types[name]) for name in shape.plain]
    cells += [
        f"({quoted(name)} IS NOT NULL)" if shape.facts.locator else f"IFNULL(HEX({quoted(name)}), '')"
        for name in shape.held
    ]
    if shape.facts.locator:
        keys = ", ',', ".join(
            f"HEX({quoted(name)})"
            if types[name].type == "binary"
            else f"HEX(CONVERT({quoted(name)} USING utf8mb4))"
            if types[name].type == "string"
            else f"HEX(CAST({_exact(types[name])} AS CHAR))"
            for name in shape.facts.key
        )
        cells.append(f"'\"', {keys}, '\"'")
    joined = ", ',', ".join(cells)
    text = f"CONCAT({joined})"
    order = [quoted(name) for name in shape.key or shape.plain]
    if paged and not (shape.facts.key and set(shape.facts.key) <= set(shape.key)):
        order.append(f"SHA1({text})")
    ordered = f" ORDER BY {', '.join(order)}" if order else ""
    return f"SELECT CAST({text} AS BINARY){besides} FROM {quoted(shape.facts.name)}{where}{ordered}"  # noqa: S608
