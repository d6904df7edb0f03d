"""MariaDB through its ODBC driver: the same queries, and rows as the same text, as on the native route.

The driver keeps a whole answer in memory (its option NO_CACHE came with 3.1.17, and older ones say nothing of
it), so rows are asked for in pages, all of the one snapshot.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyodbc
import sqlalchemy as sa

from leverans.errors import ConfigurationError, LeveransError
from leverans.sources.sql import odbc, reading, server
from leverans.sources.sql.mariadb import MODE, MariaEngine, page_of, query_of
from leverans.sources.sql.mariadb_catalogue import quoted
from leverans.sources.sql.reading import Shape
from leverans.sources.sql.textrows import parts

DRIVERS = ("MariaDB Unicode", "MariaDB ODBC 3.2 Driver", "MariaDB ODBC 3.1 Driver", "MariaDB")
"""What the driver is called on different systems."""


_FEW = 16


class MariaOdbcEngine(MariaEngine):
    """Reads one MariaDB database by `?route=odbc` (see `SqlEngine`)."""

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Turn the server's error numbers into what to do about them."""
        with super().guard():
            try:
                yield
            except pyodbc.Error as fault:
                raise self._error(fault) from None

    def _engine(self) -> sa.Engine:
        return odbc.engine("mariadb", self._open, self._sent)

    def _open(self) -> pyodbc.Connection:
        address = self._address
        told = {
            "DRIVER": odbc.driver(address.options.get("driver", ""), DRIVERS),
            "SERVER": address.host,
            "PORT": str(address.port or 3306),
            "DATABASE": address.database,
            "UID": address.user,
            "PWD": self._access.secret("password"),
            "CHARSET": "utf8mb4",
            "FORWARDONLY": "1",
        }
        if roots := address.options.get("ca"):
            told |= {"SSLCA": roots, "SSLVERIFY": "1", "FORCETLS": "1"}
        connection = pyodbc.connect(odbc.words(told), autocommit=True, timeout=odbc.WAIT)
        self._run(connection, f"{MODE}, lock_wait_timeout = {server.LOCK_SECONDS}").close()
        return connection

    def _run(self, driver: pyodbc.Connection, query: str, *values: object) -> pyodbc.Cursor:
        cursor = driver.cursor()
        return cursor.execute(query, *values)

    def _row(self, driver: Any, query: str, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
        query = odbc.marked(query)
        self._sent.add(query)
        cursor = self._run(driver, query, *values)
        try:
            row = cursor.fetchone()
        finally:
            cursor.close()
        return None if row is None else tuple(row)

    def _texts(self, driver: Any, shape: Shape, skip: int) -> Iterator[tuple[bytes, int]]:
        if shape.held:
            query = odbc.marked(query_of(shape, paged=True))
            self._sent.add(f"{query} LIMIT ? OFFSET ?")
            pages = self._by_place(driver, query, page_of(shape), skip)
        elif _numbered(shape):
            pages = self._by_key(driver, shape, skip)
        else:
            query = odbc.marked(query_of(shape, paged=True))
            self._sent.add(f"{query} LIMIT ? OFFSET ?")
            pages = self._by_place(driver, query, 0, skip)
        yield from parts(line for page in pages for line in page)

    def _by_key(self, driver: pyodbc.Connection, shape: Shape, skip: int) -> Iterator[list[bytes]]:
        """Pages of a table whose key is one number: each begins after the last row of the one before."""
        (key,) = map(quoted, shape.key)
        last, number = "", _FEW
        self._sent.add(odbc.marked(query_of(shape, besides=f", {key}", where=f" WHERE {key} > %s")))
        while True:
            where = f" WHERE {key} > {last}" if last else ""
            query = odbc.marked(query_of(shape, besides=f", {key}", where=where))
            rows = self._page(driver, f"{query} LIMIT {number:d} OFFSET {0 if last else skip:d}")
            if not rows:
                return
            lines = [self._whole(row) for row in rows]
            yield lines
            last, number = str(int(rows[-1][1])), _next(number, lines)

    def _by_place(
        self, driver: pyodbc.Connection, query: str, fixed: int, skip: int
    ) -> Iterator[list[bytes]]:
        """Pages by the number of rows before them: of `fixed` rows, or of as many as their weight allows."""
        number = fixed or _FEW
        while rows := self._page(driver, f"{query} LIMIT {number:d} OFFSET {skip:d}"):
            lines = [self._whole(row) for row in rows]
            yield lines
            skip += len(rows)
            number = fixed or _next(number, lines)

    def _page(self, driver: pyodbc.Connection, query: str) -> list[Any]:
        cursor = self._run(driver, query)
        try:
            return list(cursor.fetchall())
        finally:
            cursor.close()

    def _number(self, fault: BaseException | None) -> int:
        return 0 if fault is None else odbc.number(fault)

    def _error(self, fault: BaseException | None) -> LeveransError:
        if fault is not None and odbc.missing(fault):
            named = odbc.driver(self._address.options.get("driver", ""), DRIVERS)
            return ConfigurationError("SRC252", self._where, package=named)
        return super()._error(fault)


def _numbered(shape: Shape) -> bool:
    kinds = {column.name: column.type for column in shape.facts.columns}
    return shape.key == shape.facts.key and [kinds[name] for name in shape.key] == ["int64"]


def _next(number: int, lines: list[bytes]) -> int:
    """How many rows to ask for next, so that they stay within a batch."""
    return odbc.page(number, max(map(len, lines)), reading.BATCH_ROWS)
