"""One value of a database, fetched piece by piece."""

from collections.abc import Callable
from typing import Self


class Pieces:
    """A stream of bytes over a function that gives the piece from a place on; a short piece is the last."""

    def __init__(self, first: bytes, fetch: Callable[[int], bytes], size: int) -> None:
        self._ready = memoryview(first)
        self._fetch = fetch
        self._size = size
        self._got = len(first)
        self._ended = len(first) < size

    def read(self, size: int = -1) -> bytes:
        """Give the next `size` bytes at most, or what is left."""
        if size < 0:
            return b"".join(iter(lambda: self.read(self._size), b""))
        if not self._ready and not self._ended:
            piece = self._fetch(self._got)
            self._got += len(piece)
            self._ended = len(piece) < self._size
            self._ready = memoryview(piece)
        given, self._ready = bytes(self._ready[:size]), self._ready[size:]
        return given

    def close(self) -> None:
        """Let the value go."""
        self._ready = memoryview(b"")
        self._ended = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
