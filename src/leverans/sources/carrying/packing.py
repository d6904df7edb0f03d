"""Which files travel in which pack: in the order of their digests, so that it is the same every time."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import pyarrow.compute as pc

from leverans.sources.landing.folder import MANIFEST, Landing

Kind = Literal["document", "file"]
PACK_BYTES = 64 << 20
"""A pack holds this many bytes at the most, unless one file alone is larger."""
PACK_MEMBERS = 10_000
"""A pack holds this many files at the most."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file in a pack.

    Attributes:
        kind: ``document`` (of the content store) or ``file`` (of the landing's folder).
        path: path below the landing's folder; empty for a document.
        sha256: digest of its bytes.
        size: bytes.
    """

    kind: Kind
    path: str
    sha256: str
    size: int

    def plain(self) -> list[Any]:
        """Give it as JSON holds it."""
        return [self.kind, self.path, self.sha256, self.size]


def pack(members: Iterable[Member], bound: int = PACK_BYTES) -> Iterator[list[Member]]:
    """Put files into packs of at most `bound` bytes, in their order; a larger file is a pack of its own."""
    part: list[Member] = []
    weight = 0
    for member in members:
        if member.size > bound:
            yield [member]
            continue
        if part and (weight + member.size > bound or len(part) >= PACK_MEMBERS):
            yield part
            part, weight = [], 0
        part.append(member)
        weight += member.size
    if part:
        yield part


class Documents:
    """The landed documents of a landing, each once, by digest; sorted on the disk, not in memory.

    Args:
        landing: the landing.
        scratch: a place for a temporary file; removed at the end.
        known: digests that are left out.

    Attributes:
        left_out: how many were.
    """

    def __init__(self, landing: Landing, scratch: Path, known: Iterable[str] = ()) -> None:
        self._scratch = scratch
        scratch.unlink(missing_ok=True)  # a killed call's
        self._index = sqlite3.connect(scratch, isolation_level=None)
        self._index.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
            "CREATE TABLE document (sha256 TEXT PRIMARY KEY, size INTEGER) WITHOUT ROWID;"
        )
        for table in landing.documents():
            landed = table.filter(pc.equal(table["status"], "landed"))
            rows = zip(landed["sha256"].to_pylist(), landed["size"].to_pylist(), strict=True)
            self._index.executemany("INSERT OR IGNORE INTO document VALUES (?, ?)", rows)
        gone = ((digest,) for digest in known)
        self.left_out = self._index.executemany("DELETE FROM document WHERE sha256 = ?", gone).rowcount
        self.left_out = max(self.left_out, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._index.close()
        self._scratch.unlink(missing_ok=True)

    def __iter__(self) -> Iterator[Member]:
        for sha256, size in self._index.execute("SELECT sha256, size FROM document ORDER BY sha256"):
            yield Member("document", "", sha256, size)


def files(landing: Landing) -> Iterator[Member]:
    """Give the files of the landing's folder by path, the manifest last."""
    digests = {file.path: file.sha256 for stream in landing.manifest.streams for file in stream.files}
    digests |= landing.manifest.companions
    for path in (*sorted(digests), MANIFEST):
        place = landing.folder / path
        sha256 = landing.id if path == MANIFEST else digests[path]
        yield Member("file", path, sha256, place.stat().st_size)


def read_members(plain: list[list[Any]]) -> list[Member]:
    """Read what `Member.plain` gave."""
    return [Member(*row) for row in plain]


def line(value: object) -> bytes:
    """Write plain data as one line of JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
