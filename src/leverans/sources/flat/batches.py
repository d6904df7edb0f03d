"""How large the batches of flat files are, and what every kind of them needs to know of its file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from leverans.errors import ConfigurationError
from leverans.sources.faults import source_error

BATCH_ROWS = 10_000
BATCH_BYTES = 8 << 20
"""A batch holds at most this much text, or one row."""


@contextmanager
def opened(path: Path, where: str, wanted: str) -> Iterator[BinaryIO]:
    """Open a file for reading.

    Args:
        path: the file.
        where: what errors name.
        wanted: what was expected, where something else is there.

    Raises:
        ConfigurationError: SRC012 no file, SRC013 something else than a file.
        AccessDenied: SRC014.
    """
    try:
        if path.exists() and not path.is_file():
            raise ConfigurationError("SRC013", where, wanted=wanted)
        with path.open("rb") as file:
            yield file
    except OSError as fault:
        raise source_error(fault, where) from fault


def fingerprint(path: Path, where: str) -> str:
    """Give inode, size and time of a file."""
    try:
        found = path.stat()
    except OSError as fault:
        raise source_error(fault, where) from fault
    return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"
