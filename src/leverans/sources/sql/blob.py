"""Bytes out of rows: one value of a database as a stream, decoded on the way."""

import binascii
import sqlite3
from typing import BinaryIO, Self

from leverans.sources.contract import DocumentFault

_CHUNK = 1 << 18
_SPACE = b" \t\r\n"


class BlobReader:
    """Reads one value of an SQLite row piece by piece."""

    def __init__(self, connection: sqlite3.Connection, table: str, column: str, row: int) -> None:
        try:
            self._blob = connection.blobopen(table, column, row, readonly=True)
        except sqlite3.OperationalError as fault:
            raise DocumentFault("SRC119") from fault
        except sqlite3.Error as fault:
            raise DocumentFault("SRC111") from fault

    def read(self, size: int = -1) -> bytes:
        """Give the next `size` bytes, or what is left."""
        try:
            return self._blob.read(size)
        except sqlite3.Error as fault:
            raise DocumentFault("SRC111") from fault

    def close(self) -> None:
        """Let the row go."""
        self._blob.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class Base64Reader:
    """Decodes Base64 text (RFC 4648 section 4, white space allowed) piece by piece."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._waiting = b""
        self._ready = b""
        self._ended = False
        self._padded = False

    def read(self, size: int = -1) -> bytes:
        """Give the next `size` decoded bytes, or what is left.

        Raises:
            DocumentFault: SRC118, the text is no Base64.
        """
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._fill()
        cut = len(self._ready) if size < 0 else size
        given, self._ready = self._ready[:cut], self._ready[cut:]
        return given

    def close(self) -> None:
        """Let the source go."""
        self._source.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _fill(self) -> None:
        chunk = self._source.read(_CHUNK)
        self._ended = not chunk
        text = self._waiting + chunk.translate(None, _SPACE)
        whole = len(text) if self._ended else len(text) - len(text) % 4
        self._waiting = text[whole:]
        if whole and self._padded:
            raise DocumentFault("SRC118")
        try:
            self._ready += binascii.a2b_base64(text[:whole], strict_mode=True)
        except binascii.Error as fault:
            raise DocumentFault("SRC118") from fault
        self._padded = text[:whole].endswith(b"=")
