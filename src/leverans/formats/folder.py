"""A package that lies loose in a folder."""

import io
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from leverans.contracts import Finding
from leverans.errors import IntegrityError
from leverans.formats.entries import Container, Entry, Kind, is_unsafe
from leverans.formats.member import Bytes

_MAX_DEPTH = 200
_SPARE = 1 << 20


class _Sized(io.FileIO):
    """A file that ends, whatever its file system says."""

    def __init__(self, descriptor: int, path: str) -> None:
        super().__init__(descriptor, "rb")
        self._path = path
        self._most = self._left = os.fstat(descriptor).st_size + _SPARE

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go elsewhere, and read on from there."""
        self._left = self._most
        return super().seek(offset, whence)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to `size` bytes, all when it is negative.

        Raises:
            IntegrityError: VAL008 there are far more than the file has; the read after that gives nothing.
        """
        if self._left < 0:
            return b""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(_SPARE), b""))
        data = super().read(size) or b""
        self._left -= len(data)
        if self._left < 0:
            raise IntegrityError("VAL008", self._path)
        return data


class Folder(Container):
    """A folder; links are listed, never followed."""

    def __init__(self, path: Path) -> None:
        self._path = os.fspath(path)
        self.root = path.resolve().name
        os.scandir(self._path).close()

    def entries(self) -> Iterator[Entry]:
        """List files before folders, sorted by name, at each level."""
        yield from self._walk("", 0)

    def _walk(self, prefix: str, depth: int) -> Iterator[Entry]:
        try:
            with os.scandir(os.path.join(self._path, prefix)) as listing:  # noqa: PTH118 - names may be no text
                found = sorted(listing, key=lambda entry: entry.name)
        except OSError:
            yield Entry(prefix.rstrip("/"), 0, "folder", ("unreadable",))
            return
        folders: list[str] = []
        for item in found:
            path = prefix + item.name
            kind = _kind(item)
            if kind == "folder":
                folders.append(path)
            else:
                yield _entry(path, kind, item)
        for path in folders:
            if depth >= _MAX_DEPTH:
                yield Entry(path, 0, "folder", ("unreadable",))
                continue
            yield Entry(path, 0, "folder")
            yield from self._walk(path + "/", depth + 1)

    def open(self, entry: Entry | str) -> BinaryIO:
        """Open one file; a link in its place is refused.

        A file that gives more bytes than it has, as those of special file systems and those that grow do, is
        read to `_SPARE` bytes beyond its size; then the next read raises `IntegrityError` VAL008.
        """
        path = entry if isinstance(entry, str) else entry.path
        return cast("BinaryIO", _Sized(self._descriptor(entry), path))

    def window(self, entry: Entry | str) -> Bytes:
        """Give one file by offset."""
        return Bytes(self._descriptor(entry))

    def _descriptor(self, entry: Entry | str) -> int:
        path = entry if isinstance(entry, str) else entry.path
        if is_unsafe(path):
            raise FileNotFoundError(path)
        full = os.path.join(self._path, path)  # noqa: PTH118 - names may be no text
        descriptor = os.open(full, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise FileNotFoundError(path)
        return descriptor

    def oddities(self) -> list[Finding]:
        """A folder has none."""
        return []

    def close(self) -> None:
        """Nothing is held open."""


def _kind(item: "os.DirEntry[str]") -> Kind:
    if item.is_symlink():
        return "link"
    if item.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if item.is_file(follow_symlinks=False) else "special"


def _entry(path: str, kind: Kind, item: "os.DirEntry[str]") -> Entry:
    if kind != "file":
        return Entry(path, 0, kind)
    try:
        return Entry(path, item.stat(follow_symlinks=False).st_size)
    except OSError:
        return Entry(path, 0, "file", ("unreadable",))
