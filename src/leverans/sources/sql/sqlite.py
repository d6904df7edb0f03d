"""SQLite: a file, opened so that nothing can be written to it.

SQLite types values, not columns; what a column holds is asked of its values.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from leverans.contracts import Column
from leverans.contracts.catalogue import ArrowType
from leverans.errors import AccessDenied, ConfigurationError, IntegrityError, LeveransError, Outage
from leverans.sources.contract import Batch
from leverans.sources.definition import StreamDefinition
from leverans.sources.faults import source_error
from leverans.sources.sql import marks
from leverans.sources.sql.blob import BlobReader
from leverans.sources.sql.counting import counts
from leverans.sources.sql.engine import Account, ForeignKey, Profile, TableFacts
from leverans.sources.sql.log import Statements
from leverans.sources.sql.naming import table
from leverans.sources.sql.reading import Shape, read_rows
from leverans.sources.sql.sqlite_rows import WrittenRows
from leverans.sources.sql.sqlite_types import profile

MAGIC = b"SQLite format 3\x00"
WAIT_SECONDS = 2.0
"""How long a lock is waited for before it is an outage."""

_WRITE_AHEAD = 2
_QUICK_CHECK_LINES = 3
_INTERNAL = r"sqlite\_%"


class SqliteEngine:
    """Reads one SQLite file (see `SqlEngine`)."""

    def __init__(self, source: str, path: Path) -> None:
        self._where = source
        self._path = path
        self._unlocked = False
        self._mark = ""
        self._sent = Statements()

    def connect(self) -> sa.Connection:
        """Open the file with ``mode=ro`` (no trace beside it either) and begin the one transaction."""
        header = self._header()
        self._mark = marks.of_file(self._path)
        self._unlocked = immutable = self._nobody_writes(header)
        engine = sa.create_engine(
            "sqlite://", creator=lambda: self._open(immutable=immutable), poolclass=NullPool
        )
        self._sent.listen(engine)
        with self.guard():
            connection = engine.connect()
            try:
                connection.exec_driver_sql("BEGIN")
                connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").all()
            except BaseException:
                connection.close()
                raise
        return connection

    def problems(self) -> tuple[LeveransError, ...]:
        """Open it and run SQLite's own quick check."""
        try:
            connection = self.connect()
        except LeveransError as fault:
            return (fault,)
        try:
            with self.guard():
                lines = (
                    connection.exec_driver_sql(f"PRAGMA quick_check({_QUICK_CHECK_LINES})").scalars().all()
                )
        except LeveransError as fault:
            return (fault,)
        finally:
            connection.close()
        bad = [line.decode(errors="replace") for line in lines if line != b"ok"]
        return tuple(IntegrityError("SRC017", self._where, reason=_one_line(line)) for line in bad)

    def version(self, connection: sa.Connection) -> str:
        """Give the library's version and the number that the application wrote into the file."""
        number = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        return f"SQLite {sqlite3.sqlite_version}, user_version {number}"

    def tables(self, connection: sa.Connection) -> tuple[TableFacts, ...]:
        """Describe all tables and views, sorted by name, without SQLite's own and virtual ones."""
        with self.guard():
            rows = connection.exec_driver_sql(
                "SELECT name, type FROM pragma_table_list WHERE schema = 'main'"
                " AND type IN ('table', 'view', 'shadow') AND name NOT LIKE ? ESCAPE '\\'",
                (_INTERNAL,),
            ).all()
            plain = {
                _text(name)
                for name in connection.exec_driver_sql(
                    "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND wr = 0"
                ).scalars()
            }
            names = sorted((_text(name), _text(kind)) for name, kind in rows)
            wide = connection.exec_driver_sql("PRAGMA encoding").scalar_one() != b"UTF-8"
            return tuple(
                _facts(connection, name, table=kind != "view", found_again=name in plain and not wide)
                for name, kind in names
            )

    def references(self, connection: sa.Connection, table: str) -> tuple[ForeignKey, ...]:
        """Ask for the declared foreign keys; SQLite takes names in any case, so they are given as written."""
        with self.guard():
            rows = connection.exec_driver_sql(
                'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq', (table,)
            ).all()
        found: dict[int, list[tuple[str, str, str]]] = {}
        for number, target, own, other in rows:
            found.setdefault(number, []).append(
                (_text(target), _text(own), "" if other is None else _text(other))
            )
        return tuple(
            (tuple(own for _, own, _ in parts), parts[0][0], tuple(other for _, _, other in parts if other))
            for parts in found.values()
        )

    def profile(self, connection: sa.Connection, facts: TableFacts) -> Mapping[str, Profile]:
        """Look at every value (see `sqlite_types.profile`)."""
        with self.guard():
            return profile(connection, facts)

    def account(self, connection: sa.Connection) -> Account:  # noqa: ARG002 - the file was opened so
        """Nobody can write through a file that is opened read-only."""
        return Account(False, "opened_read_only")

    def read(
        self,
        connection: sa.Connection,
        definition: StreamDefinition,
        facts: TableFacts,
        profiles: Mapping[str, Profile],
        skip: int = 0,
    ) -> Iterator[Batch]:
        """Read rows as text that SQLite writes where they are light, as values otherwise."""
        rows = WrittenRows.of(Shape(definition, facts, profiles))
        if rows is None or self._computes(connection, facts):
            return read_rows(connection, definition, facts, profiles, skip)
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        return rows.read(driver, self._sent, skip)

    def _computes(self, connection: sa.Connection, facts: TableFacts) -> bool:
        """A value that is computed may be JSON to SQLite, which it would not write as a text."""
        with self.guard():
            computed = connection.exec_driver_sql(
                "SELECT count(*) FROM pragma_table_xinfo(?) WHERE hidden IN (2, 3)", (facts.name,)
            ).scalar_one()
        return not facts.table or bool(computed)

    def counts(
        self, connection: sa.Connection, facts: TableFacts, columns: tuple[str, ...]
    ) -> tuple[int, Mapping[str, int]]:
        """Count with SQL's own aggregates."""
        return counts(connection, table(facts.name), columns)

    def statements(self) -> tuple[str, ...]:
        """Give what SQLAlchemy sent."""
        return self._sent.all()

    def unreadable(self, connection: sa.Connection, tables: tuple[str, ...]) -> tuple[str, ...]:  # noqa: ARG002
        """Whoever may read the file may read all of it."""
        return ()

    def close(self) -> None:
        """Nothing else is open."""

    def open_value(self, connection: sa.Connection, table: str, column: str, locator: object) -> BinaryIO:
        """Open a value with SQLite's incremental BLOB interface."""
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        return cast("BinaryIO", BlobReader(driver, table, column, cast("int", locator)))

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn SQLite's result codes into what to do about them."""
        try:
            yield
        except DBAPIError as fault:
            raise self._error(fault.orig) from fault
        except sqlite3.Error as fault:
            raise self._error(fault) from fault

    def fingerprint(self) -> str:
        """Give size and time of the file where it is read without a lock; a snapshot needs none."""
        if not self._unlocked:
            return ""
        try:
            found = self._path.stat()
        except OSError as fault:
            raise source_error(fault, self._where) from fault
        return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"

    def mark(self, connection: sa.Connection, tables: tuple[TableFacts, ...]) -> str:  # noqa: ARG002 - one file
        """Give the file's mark as it was before the snapshot began (see `marks.of_file`)."""
        return self._mark

    def _header(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                header = file.read(100)
        except IsADirectoryError as fault:
            raise ConfigurationError("SRC013", self._where, wanted="SQLite") from fault
        except OSError as fault:
            raise source_error(fault, self._where) from fault
        if not header.startswith(MAGIC):
            raise ConfigurationError("SRC013", self._where, wanted="SQLite")
        return header

    def _nobody_writes(self, header: bytes) -> bool:
        """A file in write-ahead mode that nobody has open would get two new files beside it: not from us."""
        beside = [self._path.with_name(self._path.name + ending) for ending in ("-wal", "-shm")]
        return header[18:19] == bytes([_WRITE_AHEAD]) and not any(path.exists() for path in beside)

    def _open(self, *, immutable: bool) -> sqlite3.Connection:
        uri = f"file:{quote(os.fsencode(self._path.absolute()))}?mode=ro{'&immutable=1' if immutable else ''}"
        connection = sqlite3.connect(
            uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.text_factory = bytes
        return connection

    def _error(self, fault: BaseException | None) -> LeveransError:
        number = getattr(fault, "sqlite_errorcode", None) or 0
        primary = number & 0xFF
        if primary in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            return Outage("SRC015", self._where)
        if primary == sqlite3.SQLITE_CORRUPT or number == sqlite3.SQLITE_IOERR_SHORT_READ:
            return IntegrityError("SRC017", self._where, reason="SQLITE_CORRUPT")
        if primary == sqlite3.SQLITE_NOTADB:
            return ConfigurationError("SRC013", self._where, wanted="SQLite")
        if primary in {sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
            return AccessDenied("SRC014", self._where)
        if primary in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            return Outage("SRC016", self._where)
        name = getattr(fault, "sqlite_errorname", type(fault).__name__)
        return Outage("SRC018", self._where, reason=name)


def _facts(connection: sa.Connection, name: str, *, table: bool, found_again: bool) -> TableFacts:
    rows = connection.exec_driver_sql(
        'SELECT name, type, "notnull", pk FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid', (name,)
    ).all()
    columns = tuple(
        Column(_text(column), declared(_text(kind)), _text(kind), not (required or key))
        for column, kind, required, key in rows
    )
    key = tuple(_text(row[0]) for row in sorted((row for row in rows if row[3]), key=lambda row: int(row[3])))
    taken = {column.name.lower() for column in columns}
    hidden = [word for word in ("rowid", "_rowid_", "oid") if word not in taken]
    return TableFacts(name, columns, key, table, hidden[0] if hidden and found_again else "")


def declared(source_type: str) -> ArrowType:
    """Give the Arrow type for a declared type ("Datatypes In SQLite", section 3.1)."""
    upper = source_type.upper()
    if "INT" in upper:
        return "int64"
    if any(word in upper for word in ("CHAR", "CLOB", "TEXT")):
        return "string"
    if "BLOB" in upper:
        return "binary"
    return "double" if any(word in upper for word in ("REAL", "FLOA", "DOUB")) else "string"


def _text(value: object) -> str:
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
