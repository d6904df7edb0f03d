"""Databases on servers; read by their own drivers, or by ODBC (`postgresql-odbc`)."""

import socket
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path

import pyodbc

from leverans.sources.access import Access, Secret
from leverans.testing.contract.declared import Declared, Type
from leverans.testing.contract.rigs import Servers
from leverans.testing.contract.rigs.dialects import DIALECTS, LONGEST
from leverans.testing.contract.rigs.tables import Big, Table, change_of, tables_of
from leverans.testing.contract.source import Server, Source, Variant
from leverans.testing.contract.verdicts import NotApplicable, NotHere

_NUMBERS = count(1)


_REFUSED: Mapping[Variant, str] = {
    "not-that": "what else answers at a port speaks another language: an outage (check-network)",
    "vanishing": "documents stand in rows, inside one snapshot",
    "outside": "documents stand in rows and lead nowhere",
}


class ServerRig:
    """Makes databases on a server for a connector."""

    def __init__(self, declared: Declared, engine: str, servers: Servers) -> None:
        self._declared = declared
        self._key, _, self._route = engine.partition("-")
        self._dialect = DIALECTS[self._key]
        self._servers = servers

    @property
    def engine(self) -> str:
        """Name of the engine."""
        return self._dialect.name + (" (ODBC)" if self._route else "")

    @property
    def _options(self) -> str:
        return f"?route={self._route}" if self._route else ""

    def make(self, variant: Variant, folder: Path) -> Source:
        """Make a database (see `Rig`)."""
        if variant in _REFUSED:
            raise NotApplicable(_REFUSED[variant])
        server = self._servers(self._key)
        if server is None:
            raise NotHere(f"needs the programs of {self._dialect.name}")
        if self._route and not any(self._dialect.name in name for name in pyodbc.drivers()):
            raise NotHere(f"needs the ODBC driver of {self._dialect.name}")
        if variant in {"missing", "away", "auth"}:
            return self._unreachable(server, variant, folder)
        made = tables_of(self._declared, variant, self._dialect.refused)
        name = f"avtal_{self._declared.folder.name}_{next(_NUMBERS)}"[:60]
        server.create(name)
        server.fill(name, [one for table in made.tables for one in self._filling(table)])
        return Source(
            self._declared.connector,
            server.address(name, "nobody" if variant == "denied" else "reader") + self._options,
            folder,
            _access(server),
            planted=tuple(
                replace(one, value=self._dialect.landed(one.rule, one.value)) for one in made.planted
            ),
            names=made.names or {},
            rows=made.rows,
            documents=made.documents or {},
            refused=self._dialect.refused,
            secrets=(server.password,),
            change=lambda: self._change(server, name),
        )

    def _unreachable(self, server: Server, variant: Variant, folder: Path) -> Source:
        wrong = variant == "auth"
        database = f"avtal_{self._declared.folder.name}_{variant}_{self._route}"[:60]
        if wrong:
            server.create(database)
        user = "admin" if variant == "missing" else "reader"
        place = server.address(database, user, _nobodys_port() if variant == "away" else None)
        return Source(
            self._declared.connector,
            place + self._options,
            folder,
            _access(server, "-fel" if wrong else ""),
            secrets=(server.password,),
        )

    def _filling(self, table: Table) -> list[tuple[str, list[tuple[object, ...]]]]:
        q = self._dialect.quoted
        kinds = {name: self._dialect.types[kind] for name, kind in table.columns.items()}
        kinds |= {name: self._dialect.keyed for name in table.key if table.columns[name] == "text"}
        if self._dialect.long:
            kinds |= dict.fromkeys(_long(table), self._dialect.long)
        columns = ", ".join(f"{q(name)} {kind}" for name, kind in kinds.items())
        key = f", PRIMARY KEY ({', '.join(map(q, table.key))})" if table.key else ""
        big = [row for row in table.rows if any(isinstance(one, Big) for one in row)]
        plain = [row for row in table.rows if row not in big]
        return [
            (f"CREATE TABLE {q(table.name)} ({columns}{key})", []),
            *([self._insert(table.name, table.columns, plain)] if plain else ()),
            *(self._insert_big(table, row) for row in big),
        ]

    def _insert_big(self, table: Table, row: tuple[object, ...]) -> tuple[str, list[tuple[object, ...]]]:
        """Let the server make the big document where it can; it is sent otherwise."""
        statement, _ = self._insert(table.name, table.columns, [])
        if self._dialect.big is None:
            return statement, [tuple(one.content() if isinstance(one, Big) else one for one in row)]
        head, _, _places = statement.rpartition(" VALUES ")
        told = [self._dialect.big(one.hexes()) if isinstance(one, Big) else self._dialect.mark for one in row]
        return f"{head} VALUES ({', '.join(told)})", [tuple(one for one in row if not isinstance(one, Big))]

    def _insert(
        self, name: str, columns: Mapping[str, Type], rows: list[tuple[object, ...]]
    ) -> tuple[str, list[tuple[object, ...]]]:
        places = ", ".join([self._dialect.mark] * len(columns))
        quoted = self._dialect.quoted(name)
        if self._dialect.mark == "%s":
            quoted = quoted.replace("%", "%%")
        return f"INSERT INTO {quoted} VALUES ({places})", rows  # noqa: S608

    def _change(self, server: Server, database: str) -> None:
        name, columns, values = change_of(self._declared)
        server.fill(database, [self._insert(name, columns, [values])])


def _long(table: Table) -> set[str]:
    """Give the columns with a long text."""
    return {
        name
        for row in table.rows
        for name, value in zip(table.columns, row, strict=True)
        if isinstance(value, str) and len(value) > LONGEST
    }


def _access(server: Server, more: str = "") -> Access:
    return Access({"password": Secret(server.password + more)})


def _nobodys_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
