"""SQLite files."""

import sqlite3
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from leverans.testing.contract.declared import Declared, Type
from leverans.testing.contract.rigs.files import HTML, not_there
from leverans.testing.contract.rigs.tables import Big, Table, change_of, tables_of
from leverans.testing.contract.source import Source, Variant
from leverans.testing.contract.verdicts import NotApplicable

_TYPES: Mapping[Type, str] = {
    "int": "INTEGER",
    "text": "TEXT",
    "decimal": "TEXT",
    "double": "REAL",
    "timestamp": "TEXT",
    "date": "TEXT",
    "blob": "BLOB",
}
_REFUSED: Mapping[Variant, str] = {
    "away": "a file has no network",
    "auth": "a file has no password",
    "vanishing": "documents stand in rows, inside one snapshot",
    "outside": "documents stand in rows and lead nowhere",
}


class SqliteRig:
    """Makes SQLite files for a connector."""

    engine = "SQLite"

    def __init__(self, declared: Declared) -> None:
        self._declared = declared

    def make(self, variant: Variant, folder: Path) -> Source:
        """Make a file (see `Rig`)."""
        if variant in _REFUSED:
            raise NotApplicable(_REFUSED[variant])
        path = folder / "källa å.sqlite"
        if variant in {"missing", "not-that"}:
            return not_there(self._declared.connector, path, HTML if variant == "not-that" else None)
        refused = {"value-decimal": "SQLite has no decimals: they are texts or doubles"}
        made = tables_of(self._declared, variant, refused)
        connection = sqlite3.connect(path, isolation_level=None)
        with connection:
            connection.execute("BEGIN")
            for table in made.tables:
                _fill(connection, table)
        connection.close()
        if variant == "denied":
            path.chmod(0)
        return Source(
            self._declared.connector, path.name, folder, planted=made.planted, names=made.names or {},
            documents=made.documents or {}, rows=made.rows, refused=refused,
            change=partial(_change, self._declared, path),
        )  # fmt: skip


def _fill(connection: sqlite3.Connection, table: Table) -> None:
    columns = ", ".join(f"{_quoted(name)} {_TYPES[kind]}" for name, kind in table.columns.items())
    key = f", PRIMARY KEY ({', '.join(map(_quoted, table.key))})" if table.key else ""
    connection.execute(f"CREATE TABLE {_quoted(table.name)} ({columns}{key})")
    places = ", ".join("?" * len(table.columns))
    rows = ([one.content() if isinstance(one, Big) else one for one in row] for row in table.rows)
    connection.executemany(f"INSERT INTO {_quoted(table.name)} VALUES ({places})", rows)  # noqa: S608


def _change(declared: Declared, path: Path) -> None:
    name, columns, values = change_of(declared)
    places = ", ".join("?" * len(columns))
    connection = sqlite3.connect(path, timeout=0)
    try:
        with connection:
            connection.execute(f"INSERT INTO {_quoted(name)} VALUES ({places})", values)  # noqa: S608
    except sqlite3.OperationalError:
        pass  # locked by the reader: nobody writes meanwhile
    finally:
        connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
