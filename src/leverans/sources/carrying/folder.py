"""A drop that is a folder: mounted, synchronised by others, or on a disk that is carried."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from leverans.blobs import filesystem
from leverans.errors import AccessDenied, ConfigurationError, IntegrityError, LeveransError, Outage
from leverans.sources.carrying.carrier import CHUNK, SET, Entry, split, valid

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_RIGHT = {errno.EACCES, errno.EPERM, errno.EROFS}
_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe put in the way does not hold us up


class FolderCarrier:
    """Carries to a folder; links in it are never followed.

    Args:
        root: the drop; it must be there.

    Raises:
        ConfigurationError: CAR015, there is no such folder.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        if not root.is_dir():
            raise ConfigurationError("CAR015", str(root))

    @property
    def place(self) -> str:
        """The folder's path."""
        return str(self._root)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def sets(self) -> list[str]:
        """Give the names of all sendings, sorted."""
        with self._told(), os.scandir(self._root) as entries:
            found = [entry for entry in entries if SET.fullmatch(entry.name)]
            if any(not entry.is_dir(follow_symlinks=False) for entry in found):
                raise IntegrityError("CAR016", self.place)
        return sorted(entry.name for entry in found)

    def list(self, sending: str) -> dict[str, Entry]:
        """Give the files of a sending by name."""
        with self._told():
            if not self._folder(sending):
                return {}
            with os.scandir(self._root / sending) as entries:
                found = [entry for entry in entries if valid(entry.name)]
                if any(not entry.is_file(follow_symlinks=False) for entry in found):
                    raise IntegrityError("CAR016", sending)
                return {
                    entry.name: Entry(entry.name, entry.stat(follow_symlinks=False).st_size)
                    for entry in found
                }

    def size(self, name: str) -> int | None:
        """Give the size of a file, None when it is not there."""
        with self._told():
            path = self._path(name)
            try:
                found = path.lstat()
            except FileNotFoundError:
                return None
            if not stat.S_ISREG(found.st_mode):
                raise IntegrityError("CAR016", name)
            return found.st_size

    def make(self, sending: str) -> None:
        """Make the folder of a sending, if it is not there."""
        with self._told():
            if not self._folder(sending):
                (self._root / sending).mkdir(mode=0o770)
                filesystem().sync(self._root)

    def append(self, name: str, source: BinaryIO, offset: int) -> int:
        """Write to a file at `offset`, and to the disk."""
        written = 0
        with self._told():
            handle = self._open(name, os.O_WRONLY | os.O_CREAT)
            with os.fdopen(handle, "wb", buffering=0) as stream:
                stream.truncate(offset)
                stream.seek(offset)
                while chunk := source.read(CHUNK):
                    view = memoryview(chunk)
                    while view:
                        count = stream.write(view) or 0
                        view, written = view[count:], written + count
                os.fsync(stream.fileno())
        return written

    def unsure(self) -> int:
        """Give 0: bytes are written in their order."""
        return 0

    @contextmanager
    def read(self, name: str, offset: int) -> Iterator[Iterator[bytes]]:
        """Open the bytes of a file from `offset` to its end."""
        with self._told():
            handle = self._open(name, os.O_RDONLY)
        with os.fdopen(handle, "rb", buffering=0) as stream:
            stream.seek(offset)
            yield self._chunks(stream)

    def rename(self, name: str, target: str) -> None:
        """Bring a written file to its place."""
        with self._told():
            path = self._path(target)
            filesystem().rename(self._path(name), path)
            filesystem().sync(path.parent)

    def remove(self, name: str) -> None:
        """Remove a file, or the empty folder of a sending."""
        with self._told(), suppress(FileNotFoundError):
            if SET.fullmatch(name):
                if self._folder(name):
                    _remove_folder(self._root / name)
            else:
                self._path(name).unlink()

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def _chunks(self, stream: BinaryIO) -> Iterator[bytes]:
        with self._told():
            while chunk := stream.read(CHUNK):
                yield chunk

    def _folder(self, sending: str) -> bool:
        """Say whether the folder of a sending is there, and no link."""
        if not SET.fullmatch(sending):
            raise ValueError(sending[:8])
        try:
            mode = (self._root / sending).lstat().st_mode
        except FileNotFoundError:
            if not self._root.is_dir():  # the mount went away
                raise ConfigurationError("CAR015", self.place) from None
            return False
        if not stat.S_ISDIR(mode):
            raise IntegrityError("CAR016", sending)
        return True

    def _path(self, name: str) -> Path:
        sending, file = split(name)
        self._folder(sending)
        return self._root / sending / file

    def _open(self, name: str, flags: int) -> int:
        try:
            handle = os.open(self._path(name), flags | _FLAGS, 0o660)
        except OSError as fault:
            if fault.errno in {errno.ELOOP, errno.EMLINK, errno.ENXIO, errno.EISDIR}:
                raise IntegrityError("CAR016", name) from None
            raise
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise IntegrityError("CAR016", name)
        return handle

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except LeveransError:
            raise
        except OSError as fault:
            raise folder_error(fault, self.place) from fault


def folder_error(fault: OSError, place: str) -> LeveransError:
    """Give the error that a fault of the drop's file system stands for."""
    reason = fault.strerror or type(fault).__name__
    if fault.errno in _NO_SPACE:
        return Outage("CAR014", place, reason=reason)
    if fault.errno in _NO_RIGHT:
        return AccessDenied("CAR013", place)
    return Outage("CAR010", place, reason=reason)


def _remove_folder(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError as fault:
        if fault.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise
