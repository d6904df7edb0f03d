"""From a location to the engine that reads it; drivers are imported when they are used."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from leverans.errors import ConfigurationError
from leverans.sources.access import Access
from leverans.sources.sql.address import Address, parse
from leverans.sources.sql.engine import SqlEngine
from leverans.sources.sql.jettools import is_jet


def engine_of(source: str, location: str, path: Path, access: Access) -> SqlEngine[Any]:
    """Make the engine of a location: by its address, else by the file.

    Raises:
        ConfigurationError: SRC159, no engine has such an address.
    """
    if "://" in location:
        address = parse(location, source)
        if address.kind not in _ENGINES:
            known = ", ".join(f"{kind}://" for kind in _ENGINES)
            raise ConfigurationError("SRC159", source, (), reason=f"{address.kind} ≠ {known}")
        route = address.options.get("route", "")
        made = (_BY_ODBC if route == "odbc" else _ENGINES).get(address.kind)
        if made is None or route not in {"", "odbc"}:
            raise ConfigurationError("SRC159", source, (), reason=f"route={route}")
        return made(source, address, access)
    if is_jet(path):
        from leverans.sources.sql.jet import JetEngine

        return JetEngine(source, path)
    from leverans.sources.sql.sqlite import SqliteEngine

    return SqliteEngine(source, path)


def _postgres(source: str, address: Address, access: Access) -> SqlEngine[Any]:
    from leverans.sources.sql.postgres import PostgresEngine

    return PostgresEngine(source, address, access)


def _maria(source: str, address: Address, access: Access) -> SqlEngine[Any]:
    from leverans.sources.sql.mariadb import MariaEngine

    return MariaEngine(source, address, access)


def _postgres_odbc(source: str, address: Address, access: Access) -> SqlEngine[Any]:
    from leverans.sources.sql.postgres_odbc import PostgresOdbcEngine

    return PostgresOdbcEngine(source, address, access)


def _maria_odbc(source: str, address: Address, access: Access) -> SqlEngine[Any]:
    from leverans.sources.sql.mariadb_odbc import MariaOdbcEngine

    return MariaOdbcEngine(source, address, access)


def _firebird(source: str, address: Address, access: Access) -> SqlEngine[Any]:
    from leverans.sources.sql.firebird import FirebirdEngine

    return FirebirdEngine(source, address, access)


def _sqlserver(source: str, address: Address, access: Access) -> SqlEngine[Any]:
    from leverans.sources.sql.sqlserver import SqlServerEngine

    return SqlServerEngine(source, address, access)


_ENGINES: Mapping[str, Callable[[str, Address, Access], SqlEngine[Any]]] = {
    "postgresql": _postgres,
    "mariadb": _maria,
    "mysql": _maria,
    "firebird": _firebird,
    "sqlserver": _sqlserver,
}

_BY_ODBC: Mapping[str, Callable[[str, Address, Access], SqlEngine[Any]]] = {
    "postgresql": _postgres_odbc,
    "mariadb": _maria_odbc,
    "mysql": _maria_odbc,
}
