"""A document in the making: text goes to an unnamed temporary file, size and digests are taken on the way."""

import hashlib
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FLUSH = 1 << 17
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """A file of the package: path below its METS document, media type, SHA-256, size and CRC-32 of its bytes.

    `original` is the name it had before it was made safe, where that differs.
    """

    path: str
    media: str
    sha256: str
    size: int
    crc32: int
    original: str | None = None

    @classmethod
    def of(cls, path: str, media: str, content: bytes, original: str | None = None) -> "Written":
        """Describe a file whose bytes are at hand."""
        digest = hashlib.sha256(content).hexdigest()
        return cls(path, media, digest, len(content), zlib.crc32(content), original)


class Spool:
    """Collects text in a temporary file of `folder`; memory stays within some hundred kilobytes."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115  # closed by close()
        self._waiting: list[str] = []
        self._length = 0
        self._sha = hashlib.sha256()
        self._crc = 0
        self._size = 0

    def write(self, text: str) -> None:
        """Add text."""
        self._waiting.append(text)
        self._length += len(text)
        if self._length >= _FLUSH:
            self._flush()

    def absorb(self, other: "Spool") -> None:
        """Add all that another spool holds."""
        self._flush()
        for piece in other.pieces():
            self._take(piece)

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes from the beginning."""
        self._flush()
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece

    def written(self, path: str, media: str) -> Written:
        """Describe what has been written so far as the file at `path`."""
        self._flush()
        return Written(path, media, self._sha.hexdigest(), self._size, self._crc)

    def close(self) -> None:
        """Let go of the temporary file."""
        self._file.close()

    def _flush(self) -> None:
        if self._waiting:
            piece = "".join(self._waiting).encode()
            self._waiting.clear()
            self._length = 0
            self._take(piece)

    def _take(self, piece: bytes) -> None:
        self._sha.update(piece)
        self._crc = zlib.crc32(piece, self._crc)
        self._size += len(piece)
        view = memoryview(piece)
        while view:
            view = view[self._file.write(view) :]
