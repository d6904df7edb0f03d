"""Rows that PostgreSQL copies out, taken from libpq's own buffer as long as it holds some.

The driver's own way, a generator for every row, costs more than all else that happens to the row; it is used
where the client has to wait.
"""

from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from psycopg import errors
from psycopg.pq import ExecStatus

from leverans.sources.sql import reading


def texts(copy: psycopg.Copy) -> Iterator[tuple[bytes, int]]:
    """Give texts of bounded size, each with its number of rows.

    Raises:
        psycopg.Error: the server or the connection ended the copy.
    """
    connection = copy.connection.pgconn
    take: Callable[[int], tuple[int, Any]] = connection.get_copy_data
    waiting: list[Any] = []
    weight = 0
    while True:
        size, line = take(1)
        if not size:
            line = memoryview(copy.read())  # waits
            size = len(line)
            if not size:
                break
        elif size < 0:
            _ended(copy)
            break
        waiting.append(line)
        weight += size
        if weight >= reading.BATCH_BYTES or len(waiting) >= reading.BATCH_ROWS:
            yield b"".join(waiting), len(waiting)
            waiting, weight = [], 0
    if waiting:
        yield b"".join(waiting), len(waiting)


def _ended(copy: psycopg.Copy) -> None:
    """Take what the server says last: that all is well, or why it is not."""
    connection = copy.connection.pgconn
    failed = None
    while (result := connection.get_result()) is not None:
        if result.status != ExecStatus.COMMAND_OK:
            failed = failed or errors.error_from_result(result)
    if failed is not None:
        raise failed
