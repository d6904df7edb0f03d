"""Reads a tar, plain or gzipped, header by header; links and devices are listed, never made."""

import gzip
import os
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from leverans.contracts import Finding
from leverans.errors import IntegrityError
from leverans.formats.entries import LIMIT, Container, Entry, Kind, Roots, is_unsafe, visible
from leverans.formats.lookup import Lookup
from leverans.formats.member import Bytes, Member

_BLOCK = 512
_LONGEST_NAME = 1 << 16
_LONGEST_EXTENSION = 1 << 20
_GZIP = b"\x1f\x8b"
_KINDS: dict[bytes, Kind] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"5": "folder",
    b"1": "link",
    b"2": "link",
}


class Tar(Container):
    """A tar file; a gzipped one is unpacked once into an unnamed temporary file."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._oddities: list[Finding] = []
        self._file = self._plain(path)
        try:
            self._judge()
        except BaseException:
            self._file.close()
            raise

    def entries(self) -> Iterator[Entry]:
        """List the headers in their own order, without what lies outside the root."""
        prefix = f"{self.root}/" if self.root else ""
        for name, size, kind, position in self._headers([]):
            if len(name) > len(prefix) and name.startswith(prefix) and not is_unsafe(name):
                yield Entry(
                    name[len(prefix) :].rstrip("/"), size if kind == "file" else 0, kind, (), position
                )

    def open(self, entry: Entry | str) -> BinaryIO:
        """Open one file; see `Container.open`."""
        position, size = self._place(entry)
        path = entry if isinstance(entry, str) else entry.path
        return cast("BinaryIO", Member(visible(path), self._file.read_at, position, size, size))

    def window(self, entry: Entry | str) -> Bytes:
        """Give one file by offset."""
        return self._file.window(*self._place(entry))

    def _place(self, entry: Entry | str) -> tuple[int, int]:
        if isinstance(entry, Entry):
            return entry.position, entry.size
        return self._places.find(entry), self._places.size(entry)

    def oddities(self) -> list[Finding]:
        """Give what is wrong with the tar as such."""
        return list(self._oddities)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def _places(self) -> Lookup:
        if not hasattr(self, "_found"):
            self._found = Lookup(self.entries())
        return self._found

    def _plain(self, path: Path) -> Bytes:
        file = Bytes(path)
        if file.read_at(0, 2) != _GZIP:
            return file
        file.close()
        with tempfile.TemporaryFile() as spool:
            try:
                with gzip.open(path) as packed:
                    while chunk := packed.read(1 << 18):
                        spool.write(chunk)
            except (EOFError, zlib.error, gzip.BadGzipFile) as fault:
                self._oddities.append(Finding.of("ZIP005", self._name, reason=type(fault).__name__))
            spool.flush()
            return Bytes(os.dup(spool.fileno()))

    def _judge(self) -> None:
        roots, found = Roots(), False
        damage: list[str] = []
        for name, _, kind, _ in self._headers(damage):
            found = True
            if is_unsafe(name):
                self._note("ZIP007", name)
            else:
                roots.add(name if kind != "folder" else name.rstrip("/") + "/")
        if not found:
            raise IntegrityError("ZIP001", self._name, reason=damage[0] if damage else "no entries")
        self.root = roots.chosen
        if not roots.single:
            self._note("CSIPSTR1", self._name)
        if damage:
            self._oddities.append(Finding.of("ZIP001", self._name, reason=damage[0]))

    def _note(self, code: str, where: str) -> None:
        if len(self._oddities) < LIMIT:
            self._oddities.append(Finding.of(code, visible(where)))

    def _headers(self, damage: list[str]) -> Iterator[tuple[str, int, Kind, int]]:
        position = 0
        longer: dict[str, str] = {}
        while True:
            block = self._file.read_at(position, _BLOCK)
            if len(block) < _BLOCK:
                damage.append("ends without a closing block")
                return
            if not any(block):
                return
            size = _number(block[124:136])
            if size is None or _number(block[148:156]) != sum(block) - sum(block[148:156]) + 8 * 32:
                damage.append("a broken header")
                return
            mark = block[156:157]
            data, step = position + _BLOCK, -(-size // _BLOCK) * _BLOCK
            if mark in (b"L", b"x"):
                longer |= self._extension(mark, data, size)
            elif mark not in (b"K", b"g"):
                size = int(longer["size"][:18]) if longer.get("size", "").isdecimal() else size
                step = -(-size // _BLOCK) * _BLOCK
                name = longer.get("path") or _name(block)
                kind = "folder" if name.endswith("/") else _KINDS.get(mark, "special")
                if kind == "file" and data + size > self._file.size:
                    damage.append("a file is cut off")
                yield name.removeprefix("./") or "./", size, kind, data
                longer = {}
            position = data + step

    def _extension(self, mark: bytes, offset: int, size: int) -> dict[str, str]:
        if mark == b"L":
            return {"path": _text(self._file.read_at(offset, min(size, _LONGEST_NAME)).split(b"\0")[0])}
        found: dict[str, str] = {}
        rest = self._file.read_at(offset, min(size, _LONGEST_EXTENSION))
        while rest:
            length, _, _ = rest.partition(b" ")
            count = int(length) if length.isdigit() and len(length) < 8 else 0
            if not len(length) < count <= len(rest):
                break
            key, _, value = rest[len(length) + 1 : count - 1].partition(b"=")
            found[_text(key)] = _text(value)
            rest = rest[count:]
        return {key: found[key] for key in ("path", "size") if key in found}


def _number(field: bytes) -> int | None:
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big") if field[0] == 0x80 else None
    text = field.split(b"\0")[0].strip()
    try:
        return int(text or b"0", 8)
    except ValueError:
        return None


def _name(block: bytes) -> str:
    name, prefix = block[:100].split(b"\0")[0], block[345:500].split(b"\0")[0]
    return _text(prefix + b"/" + name if prefix and block[257:262] == b"ustar" else name)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
