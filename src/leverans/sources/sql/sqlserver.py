"""SQL Server: one snapshot transaction where the database allows it, else what changed meanwhile is told.

Through Microsoft's driver or FreeTDS. Values are bound by the engine's own literals, because a prepared
statement would be one more kind of answer from each driver; the log of statements holds none of them.
"""

import io
import platform
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, cast

import pyodbc

from leverans.contracts import Column
from leverans.errors import AccessDenied, ConfigurationError, LeveransError, Outage
from leverans.sources.access import Access
from leverans.sources.contract import Batch, DocumentFault
from leverans.sources.definition import StreamDefinition
from leverans.sources.sql.address import Address
from leverans.sources.sql.engine import Account, ForeignKey, Profile, TableFacts
from leverans.sources.sql.pieces import Pieces
from leverans.sources.sql.reading import BATCH_ROWS, Shape, batch_of, in_parts
from leverans.sources.sql.server import ServerEngine
from leverans.sources.sql.sqlserver_catalogue import (
    MARK,
    account_of,
    bound,
    quoted,
    references_of,
    select,
    tables_of,
    unreadable_of,
    whole,
)

OLDEST = 11
"""SQL Server 2012, the first with OFFSET … FETCH."""

_WAIT = 10
_STATE = f"""
SELECT COALESCE(SCHEMA_ID({MARK}), 0), COALESCE((SELECT CAST(d.snapshot_isolation_state AS int)
 FROM sys.databases d WHERE d.name = DB_NAME()), 0)
"""  # noqa: S608 - a mark, not a value
_AT_ONCE = 200
_PIECE = 4 << 20
_HEAVY = 1 << 20
_NATIVE = re.compile(r"\((\d+)\)")
_REFUSED = {18456, 18470, 18486, 18487, 18488}
_DENIED = {229, 230, 262, 297, 300, 916}
_LOCKED = {1205, 1222, 3960}
_DRIVERS = ("ODBC Driver 18 for SQL Server", "ODBC Driver 17 for SQL Server", "FreeTDS")
_WHEEL = "mssql_python_odbc"
_FAMILIES = {"debian_ubuntu": {"debian", "ubuntu"}, "alpine": {"alpine"}, "suse": {"suse", "opensuse"}}


class SqlServerEngine(ServerEngine[pyodbc.Connection]):
    """Reads one schema of one SQL Server database (see `SqlEngine`)."""

    def __init__(self, source: str, address: Address, access: Access) -> None:
        super().__init__(source, address, access)
        self._schema = address.options.get("schema", "dbo")
        self._moment = False
        self._open: pyodbc.Connection | None = None
        self._looked: dict[str, None] = {}

    def connect(self) -> pyodbc.Connection:
        """Open a connection and begin the one transaction: a snapshot where the database allows it.

        Raises:
            LeveransError: SRC252, SRC151, SRC153, SRC154, SRC155.
        """
        self._reading = False
        with self.guard():
            connection = pyodbc.connect(self._words(), autocommit=True, timeout=_WAIT)
        try:
            self._begin(connection)
        except BaseException:
            connection.close()
            raise
        self._reading = True
        return connection

    def version(self, connection: pyodbc.Connection) -> str:
        """Give the server's version, and whether all tables are read as of one moment."""
        ((number,),) = self._ask(connection, "SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128))")
        return f"SQL Server {number}, {'SNAPSHOT' if self._moment else 'READ COMMITTED'}"

    def tables(self, connection: pyodbc.Connection) -> tuple[TableFacts, ...]:
        """Describe all tables and views of the schema, sorted by name."""
        return tables_of(lambda query, *values: self._ask(connection, query, *values), self._schema)

    def references(self, connection: pyodbc.Connection, table: str) -> tuple[ForeignKey, ...]:
        """Give the foreign keys that a table declares."""
        return references_of(
            lambda query, *values: self._ask(connection, query, *values), self._schema, table
        )

    def profile(self, connection: pyodbc.Connection, facts: TableFacts) -> Mapping[str, Profile]:
        """Columns hold what they declare; the table is one whose changes count."""
        self._open = connection
        self._looked.setdefault(facts.name)
        heavy = ("max)", "text", "image", "xml")
        return {
            column.name: Profile(column.type, longest=_HEAVY if column.source_type.endswith(heavy) else 0)
            for column in facts.columns
        }

    def account(self, connection: pyodbc.Connection) -> Account:
        """Ask `fn_my_permissions`."""
        return account_of(lambda query, *values: self._ask(connection, query, *values))

    def unreadable(self, connection: pyodbc.Connection, tables: tuple[str, ...]) -> tuple[str, ...]:
        """Ask `HAS_PERMS_BY_NAME`."""
        return unreadable_of(
            lambda query, *values: self._ask(connection, query, *values), self._schema, tables
        )

    def counts(
        self, connection: pyodbc.Connection, facts: TableFacts, columns: tuple[str, ...]
    ) -> tuple[int, Mapping[str, int]]:
        """Count with SQL's own aggregates; CASE, because COUNT takes no text, image or xml."""
        rows, nulls = 0, {}
        for start in range(0, max(len(columns), 1), _AT_ONCE):
            part = columns[start : start + _AT_ONCE]
            told = [
                "COUNT_BIG(*)",
                *(f"COUNT_BIG(CASE WHEN {quoted(name)} IS NULL THEN NULL ELSE 1 END)" for name in part),
            ]
            query = f"SELECT {', '.join(told)} FROM {self._place(facts.name)}"  # noqa: S608 - quoted names
            ((rows, *filled),) = self._ask(connection, query)
            nulls.update({name: rows - number for name, number in zip(part, filled, strict=True)})
        return rows, nulls

    def read(
        self,
        connection: pyodbc.Connection,
        definition: StreamDefinition,
        facts: TableFacts,
        profiles: Mapping[str, Profile],
        skip: int = 0,
    ) -> Iterator[Batch]:
        """Read a table in key order: in one answer, or page by page where documents hang on it."""
        shape = Shape(definition, facts, profiles)
        if not shape.held:
            facts = TableFacts(facts.name, facts.columns, facts.key, facts.table)
            shape = Shape(definition, facts, profiles)
        kinds = {column.name: column for column in facts.columns}
        query = select(facts, self._schema, shape.plain, tuple(shape.held))
        order = shape.key or tuple(name for name in shape.plain if _sortable(kinds[name]))
        query += f" ORDER BY {', '.join(map(quoted, order)) or '(SELECT NULL)'}"
        position = skip
        for rows in self._pages(connection, shape, query, skip):
            yield batch_of(shape, self._located(shape, rows), position)
            position += len(rows)

    def open_value(self, connection: pyodbc.Connection, table: str, column: str, locator: object) -> BinaryIO:
        """Read a value in pieces by its row's key; a small one comes whole with its size."""
        facts = next(one for one in self._known(connection) if one.name == table)
        held = next(one for one in facts.columns if one.name == column)
        value = whole(held)
        exact = " AND ".join(f"{quoted(name)} = {MARK}" for name in facts.key)
        query = (
            f"SELECT SUBSTRING({value}, {MARK}, {MARK}), CAST(DATALENGTH({value}) AS bigint)"  # noqa: S608 - quoted names
            f" FROM {self._place(table)} WHERE {exact}"
        )

        def piece(start: int) -> tuple[bytes, int]:
            rows = self._ask(connection, query, start + 1, _PIECE, *cast("tuple[object, ...]", locator))
            if not rows or rows[0][0] is None:
                raise DocumentFault("SRC111", "missing")
            return rows[0][0], int(rows[0][1])

        first, size = piece(0)
        if size > len(first):
            if held.type == "binary":
                return cast("BinaryIO", Pieces(first, lambda start: piece(start)[0], _PIECE))
            first = b"".join([first, *(piece(start)[0] for start in range(len(first), size, _PIECE))])
        return io.BytesIO(first if held.type == "binary" else first.decode("utf-16-le").encode())

    def fingerprint(self) -> str:
        """A snapshot needs none; else a checksum of every table that is read."""
        if self._moment or self._open is None:
            return ""
        return self._sums(self._open, self._looked)

    def mark(self, connection: pyodbc.Connection, tables: tuple[TableFacts, ...]) -> str:
        """Give a checksum of every table; values of text, image and xml have no part in it."""
        return self._sums(connection, [facts.name for facts in tables])

    def close(self) -> None:
        """Forget the connection."""
        self._open = None
        self._looked = {}

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn the server's error numbers into what to do about them."""
        try:
            yield
        except pyodbc.Error as fault:
            raise self._error(fault) from None

    def _words(self) -> str:
        """The connection string; it lives as long as the call that takes it."""
        address = self._address
        encrypt = address.options.get("encrypt", "yes")
        driver = address.options.get("driver") or _driver()
        words = {
            "DRIVER": driver,
            "SERVER": f"{address.host},{address.port or 1433}",
            "DATABASE": address.database,
            "UID": address.user,
            "PWD": self._access.secret("password"),
            "APP": "leverans",
            "Encrypt": encrypt,
            "TrustServerCertificate": "no",
            "ApplicationIntent": "ReadOnly",
        }
        if "tds" in driver.lower():
            del words["Encrypt"], words["TrustServerCertificate"], words["ApplicationIntent"]
            words |= {"SERVER": address.host, "PORT": str(address.port or 1433), "TDS_Version": "7.4"}
            words |= {"ClientCharset": "UTF-8", "Encryption": "off" if encrypt == "no" else "require"}
            return ";".join(
                f"{name}={_braced(text) if ';' in text else text}" for name, text in words.items()
            )
        return ";".join(f"{name}={_braced(text)}" for name, text in words.items())

    def _begin(self, connection: pyodbc.Connection) -> None:
        ((number,),) = self._ask(
            connection, "SELECT CAST(SERVERPROPERTY('ProductMajorVersion') AS nvarchar(20))"
        )
        if not str(number or "0").isdigit() or int(number or 0) < OLDEST:
            found = f"SQL Server {number or '< 2012'}"
            raise ConfigurationError("SRC154", self._where, (), found=found, wanted="SQL Server ≥ 2012")
        ((known, state),) = self._ask(
            connection,
            _STATE,
            self._schema,
        )
        if not known:
            raise ConfigurationError("SRC153", self._where, (), database=self._schema)
        self._moment = int(state) == 1
        words = ["SET LOCK_TIMEOUT 30000"]
        if self._moment:
            words += ["SET TRANSACTION ISOLATION LEVEL SNAPSHOT", "BEGIN TRANSACTION"]
        for word in words:
            self._sent.add(word)
            with self.guard():
                connection.execute(word)

    def _sums(self, connection: pyodbc.Connection, names: Iterable[str]) -> str:
        told: list[str] = []
        for name in names:
            query = f"SELECT COUNT_BIG(*), CHECKSUM_AGG(BINARY_CHECKSUM(*)) FROM {self._place(name)}"  # noqa: S608
            ((rows, mark),) = self._ask(connection, query)
            told.append(f"{rows}:{mark}")
        return " ".join(told)

    def _ask(self, connection: pyodbc.Connection, query: str, *values: object) -> list[tuple[Any, ...]]:
        self._sent.add(query.replace(MARK, "?"))
        with self.guard():
            cursor = connection.execute(bound(query, values))
            try:
                return [tuple(row) for row in cursor.fetchall()]
            finally:
                cursor.close()

    def _pages(
        self, connection: pyodbc.Connection, shape: Shape, query: str, skip: int
    ) -> Iterator[Sequence[Any]]:
        """One connection cannot send a value while it sends rows: those with documents come page by page."""
        if not shape.held:
            text = f"{query} OFFSET {skip:d} ROWS" if skip else query
            self._sent.add(text)
            cursor = connection.execute(text)
            try:
                yield from in_parts(cursor, shape)
            finally:
                with suppress(pyodbc.ProgrammingError):  # closed with its connection, when a read is given up
                    cursor.close()
            return
        page = BATCH_ROWS if shape.facts.locator else 16
        self._sent.add(f"{query} OFFSET ? ROWS FETCH NEXT ? ROWS ONLY")
        while True:
            cursor = connection.execute(f"{query} OFFSET {skip:d} ROWS FETCH NEXT {page:d} ROWS ONLY")
            rows = cursor.fetchall()
            cursor.close()
            if not rows:
                return
            yield rows
            skip += len(rows)

    def _located(self, shape: Shape, rows: Sequence[Any]) -> Sequence[Any]:
        """Put the key of each row behind it, from its own cells; texts without their row's key as UTF-8."""
        if not shape.held:
            return rows
        if not shape.facts.locator:
            return [self._told(shape, row) for row in rows]
        places = [shape.plain.index(name) for name in shape.facts.key]
        return [(*row, tuple(row[place] for place in places)) for row in rows]

    def _told(self, shape: Shape, row: Any) -> list[Any]:
        kinds = {column.name: column.type for column in shape.facts.columns}
        cells = list(row)
        for place, name in enumerate(shape.held, len(shape.plain)):
            if cells[place] is not None and kinds[name] != "binary":
                cells[place] = bytes(cells[place]).decode("utf-16-le").encode()
        return cells

    def _known(self, connection: pyodbc.Connection) -> tuple[TableFacts, ...]:
        if getattr(self, "_facts", (None, ()))[0] is not connection:
            self._facts = (connection, self.tables(connection))
        return self._facts[1]

    def _place(self, table: str) -> str:
        return f"{quoted(self._schema)}.{quoted(table)}"

    def _error(self, fault: pyodbc.Error) -> LeveransError:
        state = str(fault.args[0]) if fault.args else ""
        numbers = {int(one) for one in _NATIVE.findall(str(fault.args[-1]) if fault.args else "")}
        reason = state or type(fault).__name__
        database, driver = self._address.database, self._address.options.get("driver", _WHEEL)
        missing = state in {"IM002", "IM003"} or (state == "01000" and "open lib" in str(fault))
        told: list[tuple[bool, LeveransError]] = [
            (missing, ConfigurationError("SRC252", self._where, package=driver)),
            (4060 in numbers, ConfigurationError("SRC153", self._where, (), database=database)),
            (
                state == "28000" or bool(numbers & _REFUSED),
                AccessDenied("SRC151", self._where, account=self._address.user),
            ),
            (bool(numbers & _DENIED), AccessDenied("SRC152", self._where, what=database)),
            (state == "40001" or bool(numbers & _LOCKED), Outage("SRC157", self._where, reason=reason)),
            (self._reading, Outage("SRC156", self._where, reason=reason)),
        ]
        for fits, error in told:
            if fits:
                return error
        return Outage("SRC155", self._where, server=self._address.server, reason=reason)


def _braced(text: str) -> str:
    """Quote a value of a connection string; FreeTDS takes it only where it must be."""
    return "{" + text.replace("}", "}}") + "}"


def _driver() -> str:
    """Microsoft's driver from its wheel, else the first one that the system's driver manager knows."""
    if find_spec(_WHEEL) is not None:
        told = platform.freedesktop_os_release()
        like = {told.get("ID", ""), *told.get("ID_LIKE", "").split()}
        family = next((name for name, kin in _FAMILIES.items() if like & kin), "rhel")
        place = Path(str(resources.files(_WHEEL))) / "libs" / "linux" / family / platform.machine() / "lib"
        found = sorted(place.glob("libmsodbcsql*"))
        if found:
            return str(found[-1])
    there = set(pyodbc.drivers())
    return next((name for name in _DRIVERS if name in there), _DRIVERS[0])


def _sortable(column: Column) -> bool:
    return column.source_type not in {"text", "ntext", "image", "xml", "geography", "geometry"}
