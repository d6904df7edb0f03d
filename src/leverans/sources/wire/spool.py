"""Answers kept while a source is read, in files without names: a reading that is killed leaves nothing."""

import hashlib
import io
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Self, cast

_CHUNK = 1 << 18


class Spool:
    """Keeps answers one after the other in one file that has no name."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the spool
        self._places: list[tuple[int, int]] = []

    def __len__(self) -> int:
        return len(self._places)

    def add(self, body: BinaryIO) -> None:
        """Keep an answer."""
        start = self._file.seek(0, io.SEEK_END)
        while chunk := body.read(_CHUNK):
            self._file.write(chunk)
        self._places.append((start, self._file.tell()))

    def open(self, number: int) -> BinaryIO:
        """Give an answer, by its number from 0."""
        start, end = self._places[number]
        return cast("BinaryIO", _Section(self._file, start, end))

    def close(self) -> None:
        """Forget everything."""
        self._file.close()


class _Section:
    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file = file
        self._start = start
        self._at = start
        self._end = end

    def seek(self, place: int) -> int:
        """Go to a place of the answer."""
        self._at = min(self._start + place, self._end)
        return self._at - self._start

    def read(self, size: int = -1) -> bytes:
        """Give the next `size` bytes, or what is left of the answer."""
        left = self._end - self._at
        self._file.seek(self._at)
        data = self._file.read(left if size < 0 else min(size, left))
        self._at += len(data)
        return data

    def close(self) -> None:
        """Leave the file open: it belongs to the spool."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class Once:
    """Different texts in the order in which they came, on disk beyond a few: its file has no name, either."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._base.execute("create table seen (number integer primary key, text blob unique)")
        self._base.execute("begin")

    def add(self, text: str) -> bool:
        """Take a text; say whether it is new."""
        return self._base.execute("insert or ignore into seen(text) values (?)", (text,)).rowcount > 0

    def __contains__(self, text: str) -> bool:
        return self._base.execute("select 1 from seen where text = ?", (text,)).fetchone() is not None

    def __len__(self) -> int:
        return int(self._base.execute("select count(*) from seen").fetchone()[0])

    def __iter__(self) -> Iterator[str]:
        last = 0
        while rows := self._base.execute(
            "select number, text from seen where number > ? order by number limit 1000", (last,)
        ).fetchall():
            for last, text in rows:  # noqa: B007  # `last` is where the next thousand begin
                yield text

    def close(self) -> None:
        """Forget everything."""
        self._base.close()


def digest_of(parts: Iterable[str]) -> str:
    """Give a digest that tells lists of texts apart."""
    digest = hashlib.sha256()
    for part in parts:
        told = part.encode("utf-8", "surrogatepass")
        digest.update(len(told).to_bytes(8, "big") + told)
    return digest.hexdigest()
