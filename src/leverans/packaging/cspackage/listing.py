"""What a package holds and what ``sip.xml`` states of it, in a temporary database: flat memory, any order."""

import hashlib
import re
import sqlite3
import uuid
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from leverans.errors import IntegrityError
from leverans.formats.container import Container
from leverans.formats.entries import fold, is_unsafe
from leverans.formats.xmltext import unescape

_SCHEME = re.compile(r"(?i)^file:/*(?:localhost/+)?")
_ALGORITHMS = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_PIECE = 1 << 20
_PEEKS = 50
_TABLES = """
CREATE TABLE entry (path BLOB PRIMARY KEY, folded BLOB, base BLOB, depth INT, used INT DEFAULT 0,
  sha256 TEXT, crc32 INT, size INT, right INT) WITHOUT ROWID;
CREATE INDEX by_fold ON entry (folded);
CREATE INDEX by_base ON entry (base);
CREATE TABLE stated (path BLOB PRIMARY KEY, line INT, own TEXT, mime TEXT, size INT, checksum TEXT,
  algorithm TEXT, puid TEXT, format TEXT, version TEXT, reference TEXT) WITHOUT ROWID;
"""
_STATE = "INSERT OR IGNORE INTO stated VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Stated(NamedTuple):
    """What ``sip.xml`` states of one file; an empty text where it states nothing."""

    line: int
    own: str
    mime: str | None
    size: int | None
    checksum: str
    algorithm: str
    puid: str | None
    format: str | None
    version: str | None
    reference: str | None


class Bytes(NamedTuple):
    """What the bytes of a file are: SHA-256, CRC-32, size, and whether that is what is stated."""

    sha256: str
    crc32: int
    size: int
    right: bool


class Listing:
    """The files of one package.

    Attributes:
        base: the folder that holds ``sip.xml``; empty for the top.
    """

    def __init__(self) -> None:
        self.base = ""
        self._db = sqlite3.connect("")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def entry(self, path: str) -> None:
        """Note a file of the container."""
        name = path.rpartition("/")[2]
        row = (_raw(path), _raw(fold(path)), _raw(name.casefold()), path.count("/"))
        self._db.execute("INSERT OR IGNORE INTO entry (path, folded, base, depth) VALUES (?, ?, ?, ?)", row)

    def named(self, name: str) -> list[str]:
        """Give the files of a name, in any letter case, the outermost first."""
        asked = "SELECT path FROM entry WHERE base = ? ORDER BY depth, path"
        return [_text(row[0]) for row in self._db.execute(asked, (_raw(name.casefold()),))]

    def listed_xml(self) -> list[str]:
        """Give the first XML files that ``sip.xml`` lists."""
        asked = "SELECT path FROM stated ORDER BY line"
        found = (_text(row[0]) for row in self._db.execute(asked))
        return [path for path in found if path.lower().endswith(".xml")][:_PEEKS]

    def resolve(self, link: str) -> str | None:
        """Give the path in the container that a link of any supplier means, None when it means none."""
        plain = _SCHEME.sub("", link.strip()).replace("\\", "/")
        for form in dict.fromkeys((plain, unquote(plain, errors="surrogateescape"))):
            path = form.removeprefix("./").lstrip("/")
            if path and not is_unsafe(path):
                found = self._there(f"{self.base}/{path}" if self.base else path)
                if found is not None:
                    return found
        return None

    def state(self, path: str, stated: Stated) -> bool:
        """Note what ``sip.xml`` states of a file; False when it has stated something of it before."""
        return self._db.execute(_STATE, (_raw(path), *stated)).rowcount > 0

    def name(self, path: str) -> int:
        """Note that something refers to a file; give how often that was before."""
        row = self._db.execute("SELECT used FROM entry WHERE path = ?", (_raw(path),)).fetchone()
        self._db.execute("UPDATE entry SET used = used + 1 WHERE path = ?", (_raw(path),))
        return 0 if row is None else int(row[0])

    def unnamed(self) -> Iterator[int]:
        """Yield the line in ``sip.xml`` of each file that nothing refers to."""
        asked = "SELECT line FROM stated JOIN entry USING (path) WHERE used = 0 ORDER BY line"
        for row in self._db.execute(asked):
            yield row[0]

    def facts(
        self, container: Container, path: str, space: uuid.UUID, *, ours: bool, tell: Callable[[str], None]
    ) -> dict[str, Any] | None:
        """Give what is known of a file, from its bytes and from ``sip.xml``; None when it cannot be read.

        Args:
            container: where its bytes are.
            path: its path there.
            space: namespace of the ids of files.
            ours: whether ids and escapes are those of our writer.
            tell: takes the codes of findings.
        """
        asked = "SELECT * FROM stated WHERE path = ?"
        row = self._db.execute(asked, (_raw(path),)).fetchone()
        stated = None if row is None else Stated(*row[1:])
        if stated is None:
            tell("CSP006")
        read = self._read(container, path, stated)
        if read is None:
            tell("CSP005")
            return None
        if not read.right:
            tell("CSP005")
        used = self.name(path)
        return {
            "id": _identity(stated, path, space, used, ours=ours),
            "sha256": read.sha256,
            "crc32": read.crc32,
            "size": read.size,
            **_described(stated, ours=ours),
        }

    def _there(self, path: str) -> str | None:
        if self._db.execute("SELECT 1 FROM entry WHERE path = ?", (_raw(path),)).fetchone():
            return path
        asked = "SELECT path FROM entry WHERE folded = ? ORDER BY path LIMIT 1"
        row = self._db.execute(asked, (_raw(fold(path)),)).fetchone()
        return None if row is None else _text(row[0])

    def _read(self, container: Container, path: str, stated: Stated | None) -> Bytes | None:
        asked = "SELECT sha256, crc32, size, right FROM entry WHERE path = ? AND sha256 IS NOT NULL"
        known = self._db.execute(asked, (_raw(path),)).fetchone()
        if known is not None:
            return Bytes(known[0], known[1], known[2], bool(known[3]))
        try:
            read = _digested(container, path, stated)
        except (IntegrityError, OSError):
            return None
        update = "UPDATE entry SET sha256 = ?, crc32 = ?, size = ?, right = ? WHERE path = ?"
        self._db.execute(update, (*read, _raw(path)))
        return read


def _digested(container: Container, path: str, stated: Stated | None) -> Bytes:
    """Read a file once, taking every digest that is asked for."""
    sha, crc, size = hashlib.sha256(), 0, 0
    algorithm = _ALGORITHMS.get(stated.algorithm.strip().upper()) if stated else None
    other = None if algorithm in {None, "sha256"} else hashlib.new(str(algorithm), usedforsecurity=False)
    with container.open(path) as stream:
        while piece := stream.read(_PIECE):
            sha.update(piece)
            crc = zlib.crc32(piece, crc)
            size += len(piece)
            if other is not None:
                other.update(piece)
    right = stated is None or stated.size is None or stated.size == size
    if stated is not None and stated.checksum:
        taken = sha if other is None else other
        right &= algorithm is not None and stated.checksum.strip().lower() == taken.hexdigest()
    return Bytes(sha.hexdigest(), crc, size, right)


def _identity(stated: Stated | None, path: str, space: uuid.UUID, used: int, *, ours: bool) -> str:
    if ours and stated is not None and stated.own.startswith("uuid-") and not used:
        return stated.own.removeprefix("uuid-")
    return str(uuid.uuid5(space, ascii(f"file/{path}/{used}" if used else f"file/{path}")))


def _described(stated: Stated | None, *, ours: bool) -> dict[str, Any]:
    if stated is None:
        return {}
    plain = {
        "mime": stated.mime,
        "puid": stated.puid,
        "format": stated.format,
        "format_version": stated.version,
        "reference": stated.reference,
    }
    return {
        name: unescape(value) if ours and value is not None else value
        for name, value in plain.items()
        if name != "mime" or value or (ours and value is not None)
    }


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogatepass")
