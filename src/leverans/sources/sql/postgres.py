"""PostgreSQL: one repeatable-read, read-only transaction; rows as COPY text, bytes in pieces."""

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from leverans.contracts.catalogue import ArrowType
from leverans.errors import AccessDenied, ConfigurationError, LeveransError, Outage
from leverans.sources.access import Access
from leverans.sources.contract import Batch, DocumentFault
from leverans.sources.definition import StreamDefinition
from leverans.sources.sql import marks, server
from leverans.sources.sql.address import Address
from leverans.sources.sql.coming import LARGEST, Coming
from leverans.sources.sql.counting import counts
from leverans.sources.sql.engine import Account, ForeignKey, Profile, TableFacts
from leverans.sources.sql.pieces import Pieces
from leverans.sources.sql.postgres_catalogue import (
    SORTABLE,
    account_of,
    references_of,
    tables_of,
    unreadable_of,
)
from leverans.sources.sql.psycopgcopy import texts
from leverans.sources.sql.psycopglog import noting
from leverans.sources.sql.reading import Shape
from leverans.sources.sql.server import ServerEngine
from leverans.sources.sql.textrows import TextRows

OLDEST = 100000
LARGE = (
    "CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid = {})"
    " THEN pg_catalog.lo_get({}, %s::bigint, %s::int) END"
)
"""A piece of a large object, or NULL where there is none: an error would end the snapshot of all others."""
_TOGETHER = "SELECT ctid::text, CASE WHEN {} <= %s THEN {} END FROM ONLY {} WHERE ctid = ANY (%s::tid[])"
_PIECE = 8 << 20
SETTINGS = {
    "default_transaction_read_only": "on",
    "row_security": "off",  # a policy that hides rows is an error, not a smaller table
    "timezone": "UTC",
    "datestyle": "ISO,YMD",
    "intervalstyle": "iso_8601",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "idle_in_transaction_session_timeout": "0",
}
"""What a session is set to, so that texts of values are always the same."""
_UNCHECKED = ", ENCODING 'SQL_ASCII'"
"""A database that checks no encoding would refuse what is no UTF-8; here it costs its row."""
_WAIT = 10
_PASSED_ON = ("sslmode", "sslrootcert", "sslcert", "sslkey")


class PostgresEngine(ServerEngine[sa.Connection]):
    """Reads one schema of one PostgreSQL database (see `SqlEngine`)."""

    _first = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"

    def __init__(self, source: str, address: Address, access: Access) -> None:
        super().__init__(source, address, access)
        self._schema = address.options.get("schema", "public")
        self._beside: psycopg.Connection[Any] | None = None
        self._coming = Coming()

    def connect(self) -> sa.Connection:
        """Open a connection and begin the one transaction: repeatable read, read only."""
        self._reading = False
        with self.guard():
            connection = self._engine().connect()
            try:
                connection.exec_driver_sql(self._first)
                number = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
                known = connection.exec_driver_sql(
                    "SELECT count(*) FROM pg_catalog.pg_namespace WHERE nspname = %s", (self._schema,)
                ).scalar_one()
            except BaseException:
                connection.close()
                raise
        if number < OLDEST or not known:
            connection.close()
            if not known:
                raise ConfigurationError("SRC153", self._where, (), database=self._schema)
            raise ConfigurationError("SRC154", self._where, (), found=f"PostgreSQL {number}", wanted="≥ 10")
        self._reading = True
        return connection

    def version(self, connection: sa.Connection) -> str:
        """Give the server's version."""
        with self.guard():
            return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"

    def tables(self, connection: sa.Connection) -> tuple[TableFacts, ...]:
        """Describe all tables and views of the schema, sorted by name."""
        with self.guard():
            return tables_of(connection, self._schema)

    def references(self, connection: sa.Connection, table: str) -> tuple[ForeignKey, ...]:
        """Give the foreign keys that a table declares."""
        with self.guard():
            return references_of(connection, self._schema, table)

    def account(self, connection: sa.Connection) -> Account:
        """Ask the catalogues of roles and privileges."""
        with self.guard():
            return account_of(connection)

    def counts(
        self, connection: sa.Connection, facts: TableFacts, columns: tuple[str, ...]
    ) -> tuple[int, Mapping[str, int]]:
        """Count with SQL's own aggregates."""
        place = rows_of(self._schema, facts).as_string(None).replace(":", r"\:")
        return counts(connection, cast("sa.FromClause", sa.text(place)), columns)

    def mark(self, connection: sa.Connection, tables: tuple[TableFacts, ...]) -> str:
        """Tell versions of rows from each other (see `marks.of_versions`)."""
        places = [rows_of(self._schema, facts).as_string(None).replace(":", r"\:") for facts in tables]
        return marks.of_versions(connection, places)

    def read(
        self,
        connection: sa.Connection,
        definition: StreamDefinition,
        facts: TableFacts,
        profiles: Mapping[str, Profile],
        skip: int = 0,
    ) -> Iterator[Batch]:
        """Copy a table out as CSV text, ordered by its key."""
        shape = Shape(definition, facts, profiles)
        kinds = {column.name: column.source_type for column in facts.columns}
        hexed = frozenset(name for name in shape.plain if profiles[name].type == "binary")
        rows = TextRows(shape, hexed, held_inline=not facts.locator)
        raw = connection.exec_driver_sql("SHOW server_encoding").scalar_one() == "SQL_ASCII"
        query = self._query(shape, kinds, skip, _UNCHECKED if raw else "")
        if shape.held and facts.locator:  # nothing else can be asked while rows come
            for name in shape.held:
                self._kind(connection, facts.name, name)
        if shape.held and facts.locator and "snapshot" not in connection.info:
            query_snapshot = "SELECT pg_catalog.pg_export_snapshot()"
            connection.info["snapshot"] = connection.exec_driver_sql(query_snapshot).scalar_one()
        with self._driver(connection).cursor() as cursor, cursor.copy(query) as copy:
            for batch in rows.batches(texts(copy), skip):
                self._coming.expect(batch.documents)
                yield batch

    def unreadable(self, connection: sa.Connection, tables: tuple[str, ...]) -> tuple[str, ...]:
        """Ask for the right to SELECT."""
        with self.guard():
            return unreadable_of(connection, self._schema, tables)

    def open_value(self, connection: sa.Connection, table: str, column: str, locator: object) -> BinaryIO:
        """Read a value in pieces; a small one comes whole with its size."""
        kind = self._kind(connection, table, column)
        name = _named(column)
        if kind == "oid":
            value = sql.SQL(LARGE).format(name, name)
            size: sql.Composable = sql.SQL("NULL::bigint")
            whole: sql.Composable = name
        else:
            whole = name if kind == "bytea" else sql.SQL("convert_to({}::text, 'UTF8')").format(name)
            value = sql.SQL("substring({} FROM %s + 1 FOR %s)").format(whole)
            size = sql.SQL("octet_length({})").format(whole)
        query = sql.SQL("SELECT {}, {} FROM ONLY {} WHERE ctid = %s::tid").format(
            value, size, _named(self._schema, table)
        )
        driver = self._second(connection)

        def together(locators: Sequence[str]) -> dict[str, bytes]:
            asked = sql.SQL(_TOGETHER).format(size, whole, _named(self._schema, table))
            with self.guard(), driver.cursor(binary=True) as cursor:
                found = cursor.execute(asked, (LARGEST, list(locators))).fetchall()
            return {str(one): value for one, value in found if value is not None}

        if kind != "oid":
            small = self._coming.take((table, column), str(locator), together)
            if small is not None:
                return io.BytesIO(small)

        def piece(start: int, length: int) -> tuple[bytes, int | None]:
            with self.guard(), driver.cursor(binary=True) as cursor:
                row = cursor.execute(query, (start, length, locator)).fetchone()
            if row is None or row[0] is None:
                raise DocumentFault("SRC111", "missing")
            return row[0], row[1]

        first, size_of = piece(0, _PIECE)
        if size_of is not None and size_of <= len(first):
            return io.BytesIO(first)
        return cast("BinaryIO", Pieces(first, lambda start: piece(start, _PIECE)[0], _PIECE))

    def close(self) -> None:
        """Let the second connection go."""
        self._coming = Coming()
        self._end()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn the server's SQLSTATE into what to do about it."""
        try:
            yield
        except DBAPIError as fault:
            raise self._error(fault.orig) from None
        except psycopg.Error as fault:
            raise self._error(fault) from None

    def _engine(self) -> sa.Engine:
        return sa.create_engine(
            "postgresql+psycopg://", creator=self._open, poolclass=NullPool, use_native_hstore=False,
            isolation_level="AUTOCOMMIT", pool_reset_on_return=None,
        )  # fmt: skip

    def _open(self) -> psycopg.Connection[Any]:
        address = self._address
        passed_on: dict[str, Any] = {
            name: address.options[name] for name in _PASSED_ON if name in address.options
        }
        return psycopg.connect(
            host=address.host,
            port=address.port or 5432,
            user=address.user or None,
            password=self._access.secret("password") or None,
            dbname=address.database,
            autocommit=True,
            connect_timeout=_WAIT,
            client_encoding="UTF8",
            options=" ".join(
                f"-c {name}={value}"
                for name, value in {**SETTINGS, "lock_timeout": f"{server.LOCK_SECONDS}s"}.items()
            ),
            application_name="leverans",
            cursor_factory=noting(self._sent),
            prepare_threshold=None,
            **passed_on,
        )

    def _second(self, connection: sa.Connection) -> psycopg.Connection[Any]:
        """A connection beside the one that copies rows out, in the same snapshot."""
        name = connection.info.get("snapshot")
        if name is None:
            raise RuntimeError("no snapshot was exported")
        if self._beside is None or self._beside.closed or connection.info.get("beside") is not self._beside:
            self._end()
            with self.guard():
                self._beside = self._open()
                self._beside.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                self._sent.add("SET TRANSACTION SNAPSHOT …")
                psycopg.Cursor(self._beside).execute(
                    sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(name))
                )
            connection.info["beside"] = self._beside
        return cast("psycopg.Connection[Any]", self._beside)

    def _end(self) -> None:
        if self._beside is not None:
            self._beside.close()
        self._beside = None

    def _driver(self, connection: sa.Connection) -> psycopg.Connection[Any]:
        return cast("psycopg.Connection[Any]", connection.connection.driver_connection)

    def _kind(self, connection: sa.Connection, table: str, column: str) -> str:
        query = (
            "SELECT format_type(a.atttypid, NULL) FROM pg_catalog.pg_attribute a"
            " JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
            " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relname = %s AND a.attname = %s"
        )
        return self._kinds(connection, query, (self._schema, table, column))

    def _kinds(self, connection: sa.Connection, query: str, place: tuple[str, str, str]) -> str:
        known = connection.info.setdefault("kinds", {})
        if place not in known:
            with self.guard():
                known[place] = str(connection.exec_driver_sql(query, place).scalar_one())
        return str(known[place])

    def _query(self, shape: Shape, kinds: Mapping[str, str], skip: int, encoding: str) -> sql.Composed:
        located = bool(shape.facts.locator)
        selected = [_cell(name, kinds[name], shape.profiles[name].type) for name in shape.plain]
        selected += [
            sql.SQL("({} IS NOT NULL)::int").format(sql.Identifier(name))
            if located
            else sql.SQL("encode({}, 'hex')").format(bytes_of(name, kinds[name]))
            for name in shape.held
        ]
        if located and shape.held:
            selected.append(sql.SQL("ctid::text"))
        order = [order_of(name, kinds[name], keyed=bool(shape.key)) for name in shape.key or shape.plain]
        query = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(", ").join(selected), rows_of(self._schema, shape.facts)
        )
        if order:
            query += sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join(order))
        if skip:
            query += sql.SQL(" OFFSET {}").format(sql.Literal(skip))
        return sql.SQL("COPY ({}) TO STDOUT (FORMAT csv{})").format(query, sql.SQL(encoding))

    def _error(self, fault: BaseException | None) -> LeveransError:
        state = getattr(fault, "sqlstate", None) or ""
        reason = state or type(fault).__name__
        if state in {"28P01", "28000"} or (not state and _refuses(fault)):
            return AccessDenied("SRC151", self._where, account=self._address.user)
        if state == "42501":
            return AccessDenied("SRC152", self._where, what=self._schema)
        if state == "3D000" or (not state and _unknown(fault)):
            return ConfigurationError("SRC153", self._where, (), database=self._address.database)
        if state in {"40P01", "55P03", "40001", "57014"}:
            return Outage("SRC157", self._where, reason=reason)
        if self._reading:
            return Outage("SRC156", self._where, reason=reason)
        return Outage("SRC155", self._where, server=self._address.server, reason=reason)


def _refuses(fault: BaseException | None) -> bool:
    """Before a session is there, the driver has no SQLSTATE, only the server's words in its own language."""
    text = str(fault)
    return "password authentication failed" in text or "no password supplied" in text or "pg_hba" in text


def _unknown(fault: BaseException | None) -> bool:
    text = str(fault)
    return 'database "' in text and "does not exist" in text


def _cell(name: str, kind: str, arrow: ArrowType) -> sql.Composable:
    column = sql.Identifier(name)
    if arrow == "binary":
        return sql.SQL("encode({}, 'hex')").format(column)
    if kind == "money":
        return sql.SQL("{}::numeric").format(column)
    return column


def bytes_of(name: str, kind: str) -> sql.Composable:
    """Write a document column as bytes."""
    column = sql.Identifier(name)
    if kind == "bytea":
        return column
    if kind == "oid":
        return sql.SQL("pg_catalog.lo_get({})").format(column)
    return sql.SQL("convert_to({}::text, 'UTF8')").format(column)


def _named(*names: str) -> sql.Composable:
    """Quote a name in a query with values: a per cent sign is doubled for the driver."""
    return sql.SQL(sql.Identifier(*names).as_string(None).replace("%", "%%"))


def rows_of(schema: str, facts: TableFacts) -> sql.Composable:
    """Give a table without the rows of those that inherit from it: they stand in tables of their own."""
    place = sql.Identifier(schema, facts.name)
    return sql.SQL("ONLY {}").format(place) if facts.locator else place


def order_of(name: str, kind: str, *, keyed: bool) -> sql.Composable:
    """Write a column of the reading order: a key's own, else one that no collation changes."""
    column = sql.Identifier(name)
    if keyed or kind.partition("(")[0] in SORTABLE:
        return column
    return sql.SQL('{}::text COLLATE "C"').format(column)
