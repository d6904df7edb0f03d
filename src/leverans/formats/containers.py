"""The forms a package can be written in: one zip, one tar or a tree of folders, behind the same interface.

::

    with writer("tar", target) as container:
        container.add_bytes("root/METS.xml", content)
        made = container.finish()
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

from leverans.formats.zipwriter import Container, ContentMismatch, ZipWriter

Form = Literal["zip", "tar", "folder"]

_BLOCK = 512
_RECORD = 20 * _BLOCK
_SHORT = 100
_OCTAL_MOST = 8**11 - 1
_BUFFER = 1 << 20


class ContainerWriter(Protocol):
    """Takes files one after the other; use it in a ``with`` block and call `finish`."""

    def __enter__(self) -> Self:
        """Give itself."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of what is open."""
        ...

    def add(self, path: str, size: int, crc32: int, pieces: Iterable[bytes]) -> None:
        """Write one file, as `ZipWriter.add` does."""
        ...

    def add_bytes(self, path: str, content: bytes) -> None:
        """Write one file whose bytes are at hand."""
        ...

    def finish(self) -> Container:
        """Write what comes last and give what the container has become."""
        ...


def writer(form: Form, target: Path) -> ContainerWriter:
    """Open a container for writing at a path that is not there or may be replaced."""
    made: dict[Form, type[ZipWriter | TarWriter | FolderWriter]]
    made = {"zip": ZipWriter, "tar": TarWriter, "folder": FolderWriter}
    return made[form](target)


def held(path: str, size: int, crc32: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield `pieces` once and hold them to what is promised of them.

    Raises:
        ContentMismatch: they are other bytes.
    """
    seen, crc = 0, 0
    for piece in pieces:
        seen += len(piece)
        crc = zlib.crc32(piece, crc)
        yield piece
    if seen != size:
        raise ContentMismatch(path, "size")
    if crc != crc32:
        raise ContentMismatch(path, "crc32")


class TarWriter:
    """Writes one tar file (POSIX.1-2001, pax): no times, no owners, mode 0644; the same bytes every time."""

    def __init__(self, target: Path) -> None:
        self._file = target.open("wb", buffering=_BUFFER)
        self._sha = hashlib.sha256()
        self._size = 0
        self._entries = 0

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._file.close()

    def add(self, path: str, size: int, crc32: int, pieces: Iterable[bytes]) -> None:
        """Write one file.

        Raises:
            ContentMismatch: `pieces` gave other bytes; the container is then worthless.
            OSError: the disk is full.
        """
        name = path.encode()
        extended = b"".join(
            _record(key, value)
            for key, value, needed in (
                ("path", name, len(name) > _SHORT or not name.isascii()),
                ("size", str(size).encode(), size > _OCTAL_MOST),
            )
            if needed
        )
        if extended:
            self._write(_header(b"pax/%d" % self._entries, len(extended), b"x"))
            self._write(extended)
            self._pad(len(extended))
        self._write(_header(name[:_SHORT], size if size <= _OCTAL_MOST else 0, b"0"))
        for piece in held(path, size, crc32, pieces):
            self._write(piece)
        self._pad(size)
        self._entries += 1

    def add_bytes(self, path: str, content: bytes) -> None:
        """Write one file whose bytes are at hand."""
        self.add(path, len(content), zlib.crc32(content), (content,))

    def finish(self) -> Container:
        """Write the end of the archive and give what the container has become."""
        self._write(b"\0" * (2 * _BLOCK))
        self._write(b"\0" * (-self._size % _RECORD))
        self._file.flush()
        return Container(self._sha.hexdigest(), self._size, self._entries)

    def _write(self, piece: bytes) -> None:
        self._file.write(piece)
        self._sha.update(piece)
        self._size += len(piece)

    def _pad(self, length: int) -> None:
        self._write(b"\0" * (-length % _BLOCK))


class FolderWriter:
    """Writes a tree of folders below `target`.

    The digest of the container is that of a text with a line ``<sha256>  <path>`` for each file, in the order
    they came (the form of ``sha256sum``); the size is that of the files.
    """

    def __init__(self, target: Path) -> None:
        self._root = target
        self._sha = hashlib.sha256()
        self._size = 0
        self._entries = 0
        target.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing stays open between files."""

    def add(self, path: str, size: int, crc32: int, pieces: Iterable[bytes]) -> None:
        """Write one file.

        Raises:
            ContentMismatch: `pieces` gave other bytes; the tree is then worthless.
            ValueError: the path leads out of the folder.
            FileExistsError: there is such a file.
            OSError: the disk is full.
        """
        if any(part in {"", ".", ".."} or "\\" in part or "\0" in part for part in path.split("/")):
            raise ValueError(path)
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        sha = hashlib.sha256()
        with target.open("xb") as file:
            for piece in held(path, size, crc32, pieces):
                file.write(piece)
                sha.update(piece)
        self._sha.update(f"{sha.hexdigest()}  {path}\n".encode())
        self._size += size
        self._entries += 1

    def add_bytes(self, path: str, content: bytes) -> None:
        """Write one file whose bytes are at hand."""
        self.add(path, len(content), zlib.crc32(content), (content,))

    def finish(self) -> Container:
        """Give what the tree has become."""
        return Container(self._sha.hexdigest(), self._size, self._entries)


def _record(key: str, value: bytes) -> bytes:
    """Write one pax record; its length counts itself."""
    rest = b" " + key.encode() + b"=" + value + b"\n"
    length = len(rest)
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest


def _header(name: bytes, size: int, kind: bytes) -> bytes:
    """Write one ustar header; its checksum is taken with blanks in the checksum's place."""
    fields = (
        name.ljust(_SHORT, b"\0"), b"0000644\0", b"0000000\0", b"0000000\0", b"%011o\0" % size,
        b"00000000000\0", b" " * 8, kind, b"\0" * 100, b"ustar\x0000", b"\0" * 64, b"0000000\0", b"0000000\0",
    )  # fmt: skip
    block = b"".join(fields).ljust(_BLOCK, b"\0")
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]
