"""A file inside a container file, read straight from its bytes and checked on the way."""

import io
import os
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from leverans.errors import IntegrityError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_STEP = 1 << 18


class Member(io.RawIOBase):
    """A stream over one member; its last read checks length and CRC.

    Args:
        path: what errors call it.
        read_at: gives up to n bytes at an offset of the container file.
        offset: where the member's stored bytes begin.
        stored: how many bytes are stored.
        size: how many bytes it unpacks to.
        crc: the CRC-32 promised, or None where the container promises none.
        deflated: the stored bytes are a raw deflate stream.
    """

    def __init__(
        self,
        path: str,
        read_at: Callable[[int, int], bytes],
        offset: int,
        stored: int,
        size: int,
        *,
        crc: int | None = None,
        deflated: bool = False,
    ) -> None:
        super().__init__()
        self._path = path
        self._read_at = read_at
        self._offset = offset
        self._left = stored
        self._size = size
        self._promised = crc
        self._crc = 0
        self._given = 0
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS) if deflated else None
        self._checked = False

    def readable(self) -> bool:
        """A member can be read."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Give up to `size` bytes, all that are left when it is negative.

        Raises:
            IntegrityError: ZIP005, at the end: the bytes are not those that were promised.
        """
        if size is None or size < 0:
            parts = []
            while part := self.read(_STEP):
                parts.append(part)
            return b"".join(parts)
        data = self._stored(size) if self._inflater is None else self._inflated(size)
        if data:
            self._given += len(data)
            if self._promised is not None:
                self._crc = zlib.crc32(data, self._crc)
        elif size:
            self._check()
        return data

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill a buffer; raises as `read`."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def _stored(self, size: int) -> bytes:
        data = self._read_at(self._offset, min(size, self._left))
        self._offset += len(data)
        self._left -= len(data)
        return data

    def _inflated(self, size: int) -> bytes:
        inflater = self._inflater
        if inflater is None or self._given > self._size:
            return b""
        try:
            while not inflater.eof:
                fed = inflater.unconsumed_tail or self._stored(_STEP)
                data = inflater.decompress(fed, size)
                if data or not fed:
                    return data
        except zlib.error:
            self._fail("broken compression")
        return b""

    def _check(self) -> None:
        if self._checked:
            return
        if self._given != self._size:
            self._fail(f"{self._given} bytes instead of {self._size}")
        if self._promised is not None and self._crc != self._promised:
            self._fail("CRC-32 differs")
        self._checked = True

    def _fail(self, reason: str) -> None:
        self._checked = True
        raise IntegrityError("ZIP005", self._path, reason=reason)


class Bytes:
    """A file read by offset, shared by all its members.

    Args:
        path: the file, or an open descriptor that is taken over.
        start: where in the file it begins.
        length: how many bytes belong to it; all that follow when not given.
    """

    def __init__(self, path: "os.PathLike[str] | int", start: int = 0, length: int | None = None) -> None:
        self.descriptor = path if isinstance(path, int) else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        there = max(0, os.fstat(self.descriptor).st_size - start)
        self.start = start
        self.size = there if length is None else min(there, length)

    def window(self, offset: int, size: int) -> "Bytes":
        """Give a part of it as a file of its own."""
        return Bytes(os.dup(self.descriptor), self.start + offset, min(size, max(0, self.size - offset)))

    def read_at(self, offset: int, size: int) -> bytes:
        """Give up to `size` bytes at `offset`; fewer only at the end of the file."""
        if size <= 0 or not 0 <= offset < self.size:
            return b""
        return os.pread(self.descriptor, min(size, self.size - offset), self.start + offset)

    def close(self) -> None:
        """Close it, once."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
