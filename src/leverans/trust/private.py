"""Files of keys: whole or not there at all, and what is secret for their owner's eyes only."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from leverans.errors import AccessDenied

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def create_private(path: Path, data: bytes) -> bool:
    """Make a file of mode 0600 in a folder of mode 0700; durable before it is used.

    It is written aside and linked into place: nobody sees half of it, and of two makers the first one wins.

    Returns:
        Whether it was made now (False: it was there).
    """
    make_folder(path.parent)
    fresh = _aside(path, data, 0o600)
    try:
        os.link(fresh, path)
        made = True
    except FileExistsError:
        made = False
    fresh.unlink()
    sync(path.parent)
    return made


def replace_public(path: Path, data: bytes) -> None:
    """Put a file that everybody may read in the place of the old one, whole and durable."""
    fresh = _aside(path, data, 0o644)
    fresh.replace(path)
    sync(path.parent)


def read_private(path: Path) -> bytes:
    """Read a secret file.

    Raises:
        AccessDenied: KEY001 others than the owner may read the file, KEY003 they may enter its folder.
        FileNotFoundError: it is not there.
    """
    if path.stat().st_mode & _OTHERS:
        raise AccessDenied("KEY001", path.name)
    check_folder(path.parent)
    return path.read_bytes()


def check_folder(folder: Path) -> None:
    """Hold a folder of keys to mode 0700.

    Raises:
        AccessDenied: KEY003, others than the owner may enter it.
    """
    if folder.stat().st_mode & _OTHERS:
        raise AccessDenied("KEY003", f"{folder.parent.name}/{folder.name}")


def make_folder(folder: Path) -> None:
    """Make a folder, and what is missing above it, with mode 0700; what is there stays as it is."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        sync(folder.parent)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time change the keys in a folder (made if missing); the others wait."""
    make_folder(folder)
    check_folder(folder)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def sync(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _aside(path: Path, data: bytes, mode: int) -> Path:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    return fresh
