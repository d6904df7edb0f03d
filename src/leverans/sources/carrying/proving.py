"""What a receipt has held against its digest, and what it found to be wrong in the content store."""

import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from leverans.blobs import commit

DAMAGED = "damaged"
"""Where wrong bytes are kept as evidence, below the landing's state: ``<digest wanted>.<digest found>``."""


class Proven:
    """The documents whose bytes were read and found right in this call; on the disk, not in memory.

    Args:
        scratch: a place for a temporary file; removed at the end.
    """

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        scratch.unlink(missing_ok=True)  # of a killed call: it counts for nothing
        self._known = sqlite3.connect(scratch, isolation_level=None)
        self._known.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
            "CREATE TABLE proven (digest BLOB PRIMARY KEY) WITHOUT ROWID;"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._known.close()
        self._scratch.unlink(missing_ok=True)

    def add(self, digests: Iterable[str]) -> None:
        """Note documents (SHA-256, hex) that are right."""
        rows = ((bytes.fromhex(digest),) for digest in digests)
        self._known.executemany("INSERT OR IGNORE INTO proven VALUES (?)", rows)

    def knows(self, digest: str) -> bool:
        """Say whether a document was noted."""
        query = "SELECT 1 FROM proven WHERE digest = ?"
        return self._known.execute(query, (bytes.fromhex(digest),)).fetchone() is not None


def set_aside(path: Path, wanted: str, found: str, folder: Path) -> None:
    """Keep a copy of wrong bytes before the right ones take their place.

    Args:
        path: the wrong file.
        wanted: the digest that it should have.
        found: the digest that it has.
        folder: state of the landing; the copy lies in `DAMAGED` below it, and goes with the landing.

    Raises:
        OSError: the disk takes no more.
    """
    target = folder / DAMAGED / f"{wanted}.{found}"
    if not target.is_file():
        with commit(folder) as group:
            shutil.copyfile(path, group.file(target))


def kept_aside(folder: Path) -> int:
    """Count the wrong files that are kept of a landing."""
    place = folder / DAMAGED
    return sum(1 for _ in place.iterdir()) if place.is_dir() else 0
