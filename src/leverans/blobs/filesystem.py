"""The two acts of the file system that decide what survives a crash, behind one seam for fault tests."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Protocol


class Filesystem(Protocol):
    """What makes work durable."""

    def rename(self, source: Path, target: Path) -> None:
        """Move a finished file or folder to its place; a file at the place is replaced, a folder is not."""
        ...

    def sync(self, folder: Path) -> None:
        """Return when everything written to the file system that holds `folder` is on the disk."""
        ...


class LocalFilesystem:
    """The machine's own file system: rename(2) and syncfs(2).

    Linux reports a failed write-back to `syncfs` once per open handle, and a handle opened later does not see
    an error that somebody else's sync has already been told of. So one handle per device is kept, opened
    before the first byte of a commit is written (`attend`).
    """

    def rename(self, source: Path, target: Path) -> None:
        """Move by the system call of the same name."""
        os.replace(source, target)  # noqa: PTH105  # in the innermost loop of every commit

    def sync(self, folder: Path) -> None:
        """Bring everything to the disk, by syncfs(2) where there is one (Linux), else all disks.

        Raises:
            OSError: something written before could not be brought to the disk.
        """
        if _syncfs is None:
            os.sync()
        elif _syncfs(_handle(folder)) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))


_handles: dict[int, int] = {}


def attend(folder: Path) -> None:
    """Begin to listen for write-back errors of the device that holds `folder`, before writing to it."""
    if _syncfs is not None:
        _handle(folder)


def _handle(folder: Path) -> int:
    device = folder.stat().st_dev
    if device not in _handles:
        _handles[device] = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    return _handles[device]


def _load_syncfs() -> "ctypes._NamedFuncPointer | None":
    try:
        function = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError):
        return None
    function.argtypes = [ctypes.c_int]
    return function


_syncfs = _load_syncfs()
_LOCAL = LocalFilesystem()
_current: ContextVar[Filesystem] = ContextVar("filesystem", default=_LOCAL)


def filesystem() -> Filesystem:
    """Give the file system in use."""
    return _current.get()


@contextmanager
def use(other: Filesystem) -> Iterator[None]:
    """Put another file system in place, for fault tests."""
    token = _current.set(other)
    try:
        yield
    finally:
        _current.reset(token)
