"""What the ODBC routes share: drivers, connection strings, how a statement is written, what an error says.

A connection is SQLAlchemy's, so that catalogues are asked by the same queries as on the other routes; of its
dialects only the compiler is used: nothing is asked of the server that the engines do not ask themselves.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pyodbc
import sqlalchemy as sa
from sqlalchemy.connectors.pyodbc import PyODBCConnector
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.engine.url import URL
from sqlalchemy.pool import NullPool

from leverans.sources.sql import reading
from leverans.sources.sql.log import Statements

WAIT = 10
"""Seconds that a server may take to let somebody in."""

_MARKS = re.compile("%%|%s")
_NATIVE = re.compile(r"\((\d+)\)")
_PLAIN = re.compile(r"[\w.-]*")
_MISSING = {"IM002", "IM003"}


class _Quiet(PyODBCConnector):
    """Asks the server nothing when a connection is opened."""

    driver = "pyodbc"
    supports_statement_cache = True

    def initialize(self, connection: sa.Connection) -> None:
        """Look at nothing."""

    def on_connect(self) -> Callable[[Any], None] | None:
        """Set nothing."""
        return None


class PostgresDialect(_Quiet, PGDialect):
    """Writes counts for PostgreSQL."""

    supports_statement_cache = True


class MariaDialect(_Quiet, MariaDBDialect):  # type: ignore[misc]
    """Writes counts for MariaDB."""

    supports_statement_cache = True


def engine(name: str, creator: Callable[[], pyodbc.Connection], sent: Statements) -> sa.Engine:
    """Make an engine over connections that `creator` opens; what it sends is noted.

    Args:
        name: the dialect, `postgresql` or `mariadb`.
        creator: opens a connection.
        sent: where statements are noted.
    """
    dialect = "PostgresDialect" if name == "postgresql" else "MariaDialect"
    sa.dialects.registry.register(f"{name}.leverans", __name__, dialect)
    made = sa.create_engine(
        URL.create(f"{name}+leverans"),
        creator=creator,
        poolclass=NullPool,
        pool_reset_on_return=None,
        module=pyodbc,
    )
    sent.listen(made)

    def written(_c: Any, _cursor: Any, text: str, values: Any, context: Any, _many: Any) -> tuple[str, Any]:
        return (text if context.compiled is not None else marked(text)), values

    sa.event.listen(made, "before_cursor_execute", written, retval=True)
    return made


def marked(query: str) -> str:
    """Write a query of the other routes (`%s`, `%%`) as ODBC has it."""
    return _MARKS.sub(lambda found: "?" if found[0] == "%s" else "%", query)


def words(told: Mapping[str, str]) -> str:
    """Write a connection string; in braces what holds more than letters, for drivers differ in them."""
    return ";".join(
        f"{name}={text if _PLAIN.fullmatch(text) else '{' + text.replace('}', '}}') + '}'}"
        for name, text in told.items()
    )


def driver(named: str, known: tuple[str, ...]) -> str:
    """Give the driver that the address names, else the first known one that the system has."""
    there = set(pyodbc.drivers())
    return named or next((name for name in known if name in there), known[0])


def missing(fault: BaseException) -> bool:
    """Whether the driver itself could not be loaded."""
    state = str(fault.args[0]) if fault.args else ""
    return state in _MISSING or (state == "01000" and "open lib" in str(fault))


def state(fault: BaseException) -> str:
    """Give the SQLSTATE of a driver's error."""
    return str(fault.args[0]) if fault.args else ""


def number(fault: BaseException) -> int:
    """Give the server's own number of an error: the last one in parentheses."""
    found = _NATIVE.findall(str(fault.args[-1]) if fault.args else "")
    return int(found[-1]) if found else 0


def page(number: int, heaviest: int, most: int) -> int:
    """Give how many rows to fetch next: the driver keeps them all in memory, so their weight decides.

    Args:
        number: how many were fetched.
        heaviest: bytes of the heaviest of them.
        most: how many at most.
    """
    return max(1, min(number * 4, reading.BATCH_BYTES // max(heaviest, 1), reading.BATCH_ROWS, most))
