"""A zip written straight: entries stored, headers complete, directory spooled, digest taken on the way.

``zipfile`` keeps an object per entry (418 MB at a million) and, where it cannot seek, writes data descriptors
that stream readers refuse. Here size and CRC-32 are known before the bytes come, every timestamp is
1980-01-01, and the central directory waits in a temporary file. Layout after APPNOTE.TXT, zip64 included.
"""

import hashlib
import struct
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")
_END64 = struct.Struct("<IQHHIIQQQQ")
_LOCATOR64 = struct.Struct("<IIQI")
_UTF8 = 0x0800  # general purpose bit 11: the name is UTF-8
_DATE = 0x0021  # 1980-01-01, the first day a zip can tell
_PLAIN, _ZIP64 = 20, 45  # version needed to extract
_UNIX = 3 << 8
_MODE = 0o100644 << 16
_LIMIT32, _LIMIT16 = 0xFFFFFFFF, 0xFFFF
_BUFFER = 1 << 20
_SMALL = 1 << 16  # a directory of up to this size waits in memory


class ContentMismatch(ValueError):
    """The bytes of an entry are not what its header promises; `reason` is ``size`` or ``crc32``."""

    def __init__(self, path: str, reason: str) -> None:
        self.reason = reason
        super().__init__(f"{path}: {reason} differs")


@dataclass(frozen=True, slots=True)
class Container:
    """A finished container: SHA-256 (lower-case hex) and size of its bytes, and its number of entries."""

    sha256: str
    size: int
    entries: int


class ZipWriter:
    """Writes one zip file; use it in a ``with`` block and call `finish`.

    Args:
        target: the file to write; replaced when there.
        limit: sizes and offsets from here on are written as zip64 (tests lower it).
        entries_limit: a number of entries from here on is written as zip64.
    """

    def __init__(self, target: Path, *, limit: int = _LIMIT32, entries_limit: int = _LIMIT16) -> None:
        self._limit = limit
        self._entries_limit = entries_limit
        self._file: BinaryIO = target.open("wb", buffering=0)
        self._spool = tempfile.SpooledTemporaryFile(  # noqa: SIM115  # closed in __exit__
            _SMALL, dir=str(target.parent)
        )
        self._waiting = bytearray()
        self._sha = hashlib.sha256()
        self._offset = 0
        self._entries = 0

    def add(self, path: str, size: int, crc32: int, pieces: Iterable[bytes]) -> None:
        """Write one entry.

        Args:
            path: its name, forward slashes, below one root.
            size: bytes that `pieces` will give.
            crc32: their CRC-32.
            pieces: the bytes.

        Raises:
            ContentMismatch: `pieces` gave other bytes; the container is then worthless.
            OSError: the disk is full.
        """
        name = path.encode()
        start = self._offset
        self._write(self._local_header(name, size, crc32))
        body, crc = self._offset, 0
        for piece in pieces:
            crc = zlib.crc32(piece, crc)
            self._write(piece)
        if self._offset - body != size:
            raise ContentMismatch(path, "size")
        if crc != crc32:
            raise ContentMismatch(path, "crc32")
        self._spool.write(self._central_header(name, size, crc32, start))
        self._entries += 1

    def add_bytes(self, path: str, content: bytes) -> None:
        """Write one entry whose bytes are at hand."""
        self.add(path, len(content), zlib.crc32(content), (content,))

    def finish(self) -> Container:
        """Write the directory and give what the container has become."""
        start = self._offset
        self._spool.seek(0)
        while piece := self._spool.read(_BUFFER):
            self._write(piece)
        self._write(self._end(start, self._offset - start))
        self._flush()
        return Container(self._sha.hexdigest(), self._offset, self._entries)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._spool.close()
        self._file.close()

    def _local_header(self, name: bytes, size: int, crc32: int) -> bytes:
        big = size >= self._limit
        extra = struct.pack("<HHQQ", 1, 16, size, size) if big else b""
        shown = _LIMIT32 if big else size
        version = _ZIP64 if big else _PLAIN
        fields = (0x04034B50, version, _UTF8, 0, 0, _DATE, crc32, shown, shown, len(name), len(extra))
        return _LOCAL.pack(*fields) + name + extra

    def _central_header(self, name: bytes, size: int, crc32: int, offset: int) -> bytes:
        numbers: list[int] = []
        shown_size, shown_offset = size, offset
        if size >= self._limit:
            numbers += [size, size]
            shown_size = _LIMIT32
        if offset >= self._limit:
            numbers.append(offset)
            shown_offset = _LIMIT32
        extra = struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""
        version = _ZIP64 if numbers else _PLAIN
        head = (0x02014B50, _UNIX | version, version, _UTF8, 0, 0, _DATE, crc32, shown_size, shown_size)
        tail = (len(name), len(extra), 0, 0, 0, _MODE, shown_offset)
        return _CENTRAL.pack(*head, *tail) + name + extra

    def _end(self, start: int, length: int) -> bytes:
        many = self._entries >= self._entries_limit
        far = start >= self._limit or length >= self._limit
        shown = _LIMIT16 if many else self._entries
        sizes = (_LIMIT32, _LIMIT32) if far else (length, start)
        end = _END.pack(0x06054B50, 0, 0, shown, shown, *sizes, 0)
        if not (many or far):
            return end
        counts = (self._entries, self._entries, length, start)
        end64 = _END64.pack(0x06064B50, _END64.size - 12, _UNIX | _ZIP64, _ZIP64, 0, 0, *counts)
        return end64 + _LOCATOR64.pack(0x07064B50, 0, self._offset, 1) + end

    def _write(self, piece: bytes) -> None:
        self._waiting += piece
        self._offset += len(piece)
        if len(self._waiting) >= _BUFFER:
            self._flush()

    def _flush(self) -> None:
        self._sha.update(self._waiting)
        view = memoryview(self._waiting)
        done = 0
        while done < len(view):
            done += self._file.write(view[done:])
        view.release()
        self._waiting.clear()
