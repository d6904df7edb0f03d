"""What was identified before: SQLite, by digest, extension and version of the identifying software."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from pathlib import Path
from typing import Any

from leverans.errors import Outage
from leverans.identify.result import Identification

Key = tuple[str, str]
_TABLE = """
CREATE TABLE IF NOT EXISTS format (
  engine TEXT NOT NULL, sha256 TEXT NOT NULL, extension TEXT NOT NULL,
  puid TEXT, format TEXT, version TEXT, mime TEXT NOT NULL, basis TEXT NOT NULL, warning TEXT,
  PRIMARY KEY (engine, sha256, extension)
) WITHOUT ROWID
"""
_COLUMNS = "sha256, extension, puid, format, version, mime, basis, warning"
_AT_ONCE = 500


class Cache:
    """A memory that may be lost: everything in it can be found again from the bytes.

    Args:
        path: the SQLite file, made if missing; one that is no SQLite file is made anew.
        engine: the identifying software with its version; answers of another one are not used.
    """

    def __init__(self, path: Path, engine: str) -> None:
        self._engine = engine
        self._name = path.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._patiently():
            try:
                self._connection = _opened(path)
            except sqlite3.DatabaseError as fault:
                if isinstance(fault, sqlite3.OperationalError):
                    raise
                path.unlink()
                self._connection = _opened(path)

    def known(self, keys: Iterable[Key]) -> dict[Key, Identification]:
        """Give what is remembered of these (sha256, extension)."""
        wanted = set(keys)
        digests = sorted({sha256 for sha256, _ in wanted})
        found: dict[Key, Identification] = {}
        with self._patiently():
            for start in range(0, len(digests), _AT_ONCE):
                for sha256, extension, *fields in self._rows(digests[start : start + _AT_ONCE]):
                    if (sha256, extension) in wanted:
                        found[sha256, extension] = Identification(*fields)
        return found

    def remember(self, found: Mapping[Key, Identification]) -> None:
        """Keep these answers."""
        rows = [(self._engine, *key, *astuple(answer)) for key, answer in found.items()]
        with self._patiently(), self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO format VALUES (?,?,?,?,?,?,?,?,?)", rows)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _rows(self, digests: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        marks = ",".join("?" * len(digests))
        query = f"SELECT {_COLUMNS} FROM format WHERE engine = ? AND sha256 IN ({marks})"  # noqa: S608
        yield from self._connection.execute(query, (self._engine, *digests))

    @contextmanager
    def _patiently(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as fault:
            raise Outage("FMT011", self._name, reason=str(fault)) from fault


def _opened(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=60)
    try:
        connection.execute(_TABLE)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
