"""Firebird: one read-only snapshot transaction on a server; bytes streamed by the row's own key.

A file is not opened without its server: that would write to it. A text column without a character set (NONE)
holds whatever bytes a program wrote; they are taken as the address says (`?charset=cp1252`), else as UTF-8.
"""

import codecs
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Self, cast

from leverans.errors import AccessDenied, ConfigurationError, LeveransError, Outage
from leverans.sources.access import Access
from leverans.sources.contract import Batch, DocumentFault
from leverans.sources.definition import StreamDefinition
from leverans.sources.sql.address import Address
from leverans.sources.sql.engine import Account, ForeignKey, Profile, TableFacts
from leverans.sources.sql.firebird_catalogue import (
    BLOB,
    LOCATOR,
    TEXT_BLOB,
    account_of,
    cell,
    quoted,
    references_of,
    tables_of,
)
from leverans.sources.sql.reading import Shape, batch_of, in_parts
from leverans.sources.sql.server import ServerEngine

if TYPE_CHECKING:
    from firebird.driver import Connection

_AT_ONCE = 200
_HEAVY = 1 << 20
"""Bytes that a text in a BLOB is taken to have, so that rows with them are weighed."""

_REFUSED = {335544472}
_DENIED = {335544352}
_UNKNOWN = {335544344, 335544375}
_OLD = {335544379}
_LOCKED = {335544336, 335544345, 335544510, 335544794, 335545021}


class FirebirdEngine(ServerEngine["Connection"]):
    """Reads one Firebird database (see `SqlEngine`)."""

    def __init__(self, source: str, address: Address, access: Access) -> None:
        super().__init__(source, address, access)
        self._charset = address.options.get("charset", "utf-8")
        try:
            codecs.lookup(self._charset)
        except LookupError as fault:
            raise ConfigurationError("SRC159", source, (), reason=f"charset={self._charset}") from fault

    def connect(self) -> "Connection":
        """Open a connection and begin the one transaction: a snapshot, read only.

        Raises:
            LeveransError: SRC252, SRC151, SRC153, SRC154, SRC155.
        """
        try:
            from firebird.driver import Isolation, TraAccessMode, connect, tpb
        except Exception as fault:
            raise ConfigurationError(
                "SRC252", self._where, package="leverans[firebird], libfbclient"
            ) from fault
        address = self._address
        self._reading = False
        with self.guard():
            connection = connect(
                f"{address.host}/{address.port or 3050}:{address.database}",
                user=address.user,
                password=self._access.secret("password"),
                role=address.options.get("role"),
                charset="UTF8",
                no_db_triggers=None,
            )
            try:
                connection.begin(tpb(Isolation.SNAPSHOT, access_mode=TraAccessMode.READ))
                self._sent.add("SET TRANSACTION READ ONLY ISOLATION LEVEL SNAPSHOT")
            except BaseException:
                connection.close()
                raise
        self._reading = True
        return connection

    def version(self, connection: "Connection") -> str:
        """Give the server's version."""
        query = "SELECT rdb$get_context('SYSTEM', 'ENGINE_VERSION') FROM RDB$DATABASE"
        return f"Firebird {self._ask(connection, query)[0][0]}"

    def tables(self, connection: "Connection") -> tuple[TableFacts, ...]:
        """Describe all tables and views, sorted by name."""
        return tables_of(lambda query, *values: self._ask(connection, query, *values))

    def references(self, connection: "Connection", table: str) -> tuple[ForeignKey, ...]:
        """Give the foreign keys that a table declares."""
        return references_of(lambda query, *values: self._ask(connection, query, *values), table)

    def profile(self, connection: "Connection", facts: TableFacts) -> Mapping[str, Profile]:  # noqa: ARG002
        """Columns hold what they declare."""
        return {
            column.name: Profile(column.type, longest=_HEAVY if column.source_type.startswith(BLOB) else 0)
            for column in facts.columns
        }

    def account(self, connection: "Connection") -> Account:
        """Ask RDB$USER_PRIVILEGES, of the account, of PUBLIC and of its roles."""
        return account_of(lambda query, *values: self._ask(connection, query, *values))

    def unreadable(self, connection: "Connection", tables: tuple[str, ...]) -> tuple[str, ...]:
        """Ask each table for no row: the server checks rights, and nothing is read."""
        found: list[str] = []
        for name in tables:
            query = f"SELECT * FROM {quoted(name)} WHERE 1 = 0"  # noqa: S608 - a quoted name
            self._sent.add(query)
            try:
                with self.guard(), connection.cursor() as cursor:
                    cursor.execute(query)
            except AccessDenied:
                found.append(name)
            except Outage:
                continue  # it is not there, which others tell
        return tuple(found)

    def counts(
        self, connection: "Connection", facts: TableFacts, columns: tuple[str, ...]
    ) -> tuple[int, Mapping[str, int]]:
        """Count with SQL's own aggregates, a few hundred columns at a time."""
        rows, nulls = 0, {}
        for start in range(0, max(len(columns), 1), _AT_ONCE):
            part = columns[start : start + _AT_ONCE]
            told = ", ".join(["COUNT(*)", *(f"COUNT({quoted(name)})" for name in part)])
            ((rows, *filled),) = self._ask(connection, f"SELECT {told} FROM {quoted(facts.name)}")  # noqa: S608
            nulls.update({name: rows - number for name, number in zip(part, filled, strict=True)})
        return rows, nulls

    def mark(self, connection: "Connection", tables: tuple[TableFacts, ...]) -> str:
        """Count rows and the transactions that wrote them; a restored database has another birthday."""
        told = self._ask(connection, "SELECT MON$CREATION_DATE FROM MON$DATABASE")
        written = "CAST(RDB$RECORD_VERSION AS BIGINT)"
        for facts in tables:
            query = f"SELECT COUNT(*), MAX({written}), SUM({written}) FROM {quoted(facts.name)}"  # noqa: S608
            told += self._ask(connection, query)
        return "; ".join(" ".join(map(str, row)) for row in told)

    def read(
        self,
        connection: "Connection",
        definition: StreamDefinition,
        facts: TableFacts,
        profiles: Mapping[str, Profile],
        skip: int = 0,
    ) -> Iterator[Batch]:
        """Read a table in key order (without a key: in the order of all columns that have one)."""
        shape = Shape(definition, facts, profiles)
        free = [
            place
            for place, name in enumerate(shape.plain)
            if _column(facts, name).source_type.endswith(" NONE") and profiles[name].type == "string"
        ]
        query = _query(shape) + (f" OFFSET {skip:d} ROWS" if skip else "")
        self._sent.add(query)
        position = skip
        with connection.cursor() as cursor:
            cursor.stream_blob_threshold = 1 << 30
            cursor.execute(query)
            for rows in in_parts(cursor, shape):
                told = self._recoded(rows, free)
                yield batch_of(shape, told, position)
                position += len(told)

    def open_value(self, connection: "Connection", table: str, column: str, locator: object) -> BinaryIO:
        """Open a value of a row; a BLOB is a stream, any other value comes whole."""
        facts = next(one for one in self.tables_once(connection) if one.name == table)
        kind = _column(facts, column).source_type
        name = quoted(column)
        whole = f"CAST({name} AS BLOB SUB_TYPE BINARY)" if kind.startswith(TEXT_BLOB) else name
        query = f"SELECT {whole} AS V FROM {quoted(table)} WHERE {LOCATOR} = ?"  # noqa: S608
        self._sent.add(query)
        cursor = connection.cursor()
        cursor.stream_blobs.append("V")
        with self.guard():
            cursor.execute(query, (locator,))
            row = cursor.fetchone()
        if row is None or row[0] is None:
            cursor.close()
            raise DocumentFault("SRC111", "missing")
        if kind.startswith(BLOB):
            return cast("BinaryIO", _Value(cursor, row[0], self))
        cursor.close()
        return io.BytesIO(row[0] if isinstance(row[0], bytes) else str(row[0]).encode())

    def tables_once(self, connection: "Connection") -> tuple[TableFacts, ...]:
        """Give `tables`, asked once per connection."""
        if getattr(self, "_known", (None, ()))[0] is not connection:
            self._known = (connection, self.tables(connection))
        return self._known[1]

    def close(self) -> None:
        """Nothing else is open."""

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn the server's status codes into what to do about them."""
        from firebird.driver import Error

        try:
            yield
        except Error as fault:
            raise self._error(fault) from None

    def _ask(self, connection: "Connection", query: str, *values: object) -> list[tuple[Any, ...]]:
        self._sent.add(query)
        with self.guard(), connection.cursor() as cursor:
            cursor.execute(query, values or None)
            return cast("list[tuple[Any, ...]]", cursor.fetchall())

    def _recoded(self, rows: Sequence[Any], free: Sequence[int]) -> Sequence[Any]:
        """Texts without a character set as UTF-8; what does not decode stays as it is, and costs its row."""
        if not free or self._charset.lower().replace("-", "") == "utf8":
            return rows
        told: list[list[Any]] = []
        for row in rows:
            cells = list(row)
            for place in free:
                if cells[place] is not None:
                    cells[place] = _utf8(cells[place], self._charset)
            told.append(cells)
        return told

    def _error(self, fault: BaseException) -> LeveransError:
        codes = set(getattr(fault, "gds_codes", ()) or ())
        reason = str(getattr(fault, "sqlstate", None) or next(iter(codes), type(fault).__name__))
        database = self._address.database
        told: list[tuple[bool, LeveransError]] = [
            (bool(codes & _REFUSED), AccessDenied("SRC151", self._where, account=self._address.user)),
            (bool(codes & _DENIED), AccessDenied("SRC152", self._where, what=database)),
            (bool(codes & _OLD), ConfigurationError("SRC154", self._where, (), found=reason, wanted="≥ 3.0")),
            (bool(codes & _LOCKED), Outage("SRC157", self._where, reason=reason)),
            (self._reading, Outage("SRC156", self._where, reason=reason)),
            (bool(codes & _UNKNOWN), ConfigurationError("SRC153", self._where, (), database=database)),
        ]
        for fits, error in told:
            if fits:
                return error
        return Outage("SRC155", self._where, server=self._address.server, reason=reason)


class _Value:
    """One BLOB as a stream of bytes; the cursor is open as long."""

    def __init__(self, cursor: Any, blob: Any, engine: FirebirdEngine) -> None:
        self._cursor, self._blob, self._engine = cursor, blob, engine

    def read(self, size: int = -1) -> bytes:
        """Give the next `size` bytes, or what is left."""
        with self._engine.guard():
            return cast("bytes", self._blob.read(size))

    def close(self) -> None:
        """Let the value go."""
        with self._engine.guard():
            self._blob.close()
            self._cursor.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _column(facts: TableFacts, name: str) -> Any:
    return next(column for column in facts.columns if column.name == name)


def _utf8(value: bytes, charset: str) -> bytes:
    try:
        return value.decode(charset).encode()
    except UnicodeDecodeError:
        return value


def _query(shape: Shape) -> str:
    facts = shape.facts
    selected = [cell(_column(facts, name)) for name in shape.plain]
    selected += [
        f"IIF({quoted(name)} IS NULL, 0, 1)" if facts.locator else quoted(name) for name in shape.held
    ]
    if facts.locator and shape.held:
        selected.append(f"t.{LOCATOR}")
    blobs = {column.name for column in facts.columns if column.source_type.startswith(BLOB)}
    order = [quoted(name) for name in shape.key or shape.plain if name not in blobs]
    ordered = f" ORDER BY {', '.join(order)}" if order else ""
    return f"SELECT {', '.join(selected)} FROM {quoted(facts.name)} t{ordered}"  # noqa: S608
