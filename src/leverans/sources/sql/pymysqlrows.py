"""Rows of one text each, taken from MariaDB's packets as they come.

The driver's own way, an object and a dozen calls for every row, costs more than all else that happens to the
row. What is no such row (an error) is told the driver's way.
"""

from collections.abc import Iterator
from functools import partial

import pymysql
from pymysql import err
from pymysql.constants import CR
from pymysql.protocol import MysqlPacket

_WHOLE = b"\xff\xff\xff"
"""The length of a packet that goes on in the next one."""

_NULL, _TWO, _THREE, _EIGHT, _ERROR = 0xFB, 0xFC, 0xFD, 0xFE, 0xFF
_LENGTH_BYTES = {_TWO: 3, _THREE: 4, _EIGHT: 9}


def texts(driver: pymysql.Connection) -> Iterator[bytes | None]:
    """Give the only column of each row of the unbuffered answer that was just asked for; None for NULL.

    Args:
        driver: a connection whose answer begins with its first row.

    Raises:
        pymysql.err.MySQLError: the server ended the answer, or the connection is lost.
    """
    read = partial(_read, driver)
    number = driver._next_seq_id - 1  # noqa: SLF001 - the module's reason
    try:
        while True:
            header = read(4)
            body = b""
            while header[:3] == _WHOLE:
                body += read(_length(header))
                header = read(4)
            number = header[3]
            body += read(_length(header))
            first = body[0]
            if first < _NULL:
                yield body[1:]
            elif first == _NULL:
                yield None
            elif first == _ERROR:
                MysqlPacket(body, driver.encoding).raise_for_error()
            elif first == _EIGHT and len(body) < _LENGTH_BYTES[_EIGHT]:
                driver._result.unbuffered_active, driver._result.connection = False, None  # noqa: SLF001
                return
            else:
                yield body[_LENGTH_BYTES[first] :]
    finally:
        driver._next_seq_id = (number + 1) % 256  # noqa: SLF001 - who is left reads on from here


def _length(header: bytes) -> int:
    """Give the length of a packet from its first bytes."""
    return header[0] | header[1] << 8 | header[2] << 16


def _read(driver: pymysql.Connection, size: int) -> bytes:
    try:
        found: bytes = driver._rfile.read(size)  # noqa: SLF001
    except OSError:
        found = b""
    if len(found) < size:
        driver._force_close()  # noqa: SLF001
        raise err.OperationalError(CR.CR_SERVER_LOST, "Lost connection during query")
    return found
