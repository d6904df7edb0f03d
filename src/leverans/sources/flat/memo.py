"""Memo files: what the records of a dBase file point at (DBT of dBase III and IV, FPT of FoxPro)."""

from struct import Struct
from typing import BinaryIO

LARGEST = 64 << 20
_STEP = 1 << 16
_FPT = Struct(">LL")
_DBT = Struct("<4sL")
_MARK = b"\xff\xff\x08\x00"


class Broken(Exception):
    """A memo cannot be read."""


class Memo:
    """Reads the values of one memo file.

    Args:
        file: the open file.
        kind: ``fpt``, ``III`` or ``IV``.
    """

    def __init__(self, file: BinaryIO, kind: str) -> None:
        self._file = file
        self._kind = kind
        head = file.read(512)
        size = int.from_bytes(head[6:8], "big") if kind == "fpt" else int.from_bytes(head[20:22], "little")
        self._block = 512 if kind == "III" or not size else size

    def read(self, number: int) -> bytes:
        """Give the value that begins in a block.

        Raises:
            Broken: the block is not there, or says that more follows than there is.
            OSError: the file system does not give it.
        """
        self._file.seek(number * self._block)
        if self._kind == "III":
            return self._until_end()
        return self._counted(self._length())

    def _length(self) -> int:
        head = self._file.read(8)
        if len(head) < 8:
            raise Broken
        if self._kind == "fpt":
            return int(_FPT.unpack(head)[1])
        mark, length = _DBT.unpack(head)
        if mark != _MARK:
            raise Broken
        return int(length) - 8

    def _counted(self, length: int) -> bytes:
        if not 0 <= length <= LARGEST:
            raise Broken
        found = self._file.read(length)
        if len(found) < length:
            raise Broken
        return found

    def _until_end(self) -> bytes:
        """Read on to the byte that ends a text."""
        found, looked = bytearray(), 0
        while (end := found.find(0x1A, looked)) < 0:
            looked = len(found)
            piece = self._file.read(_STEP)
            if not piece or len(found) > LARGEST:
                raise Broken
            found += piece
        return bytes(found[:end])
