"""Reads any zip (ZIP64 too) by its own directory, entry by entry, without holding the directory in memory."""

from collections.abc import Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISLNK, S_ISREG
from struct import Struct, error
from typing import BinaryIO, NamedTuple, cast

from leverans.contracts import Finding
from leverans.errors import IntegrityError
from leverans.formats.entries import LIMIT, Container, Entry, Kind, Roots, is_unsafe, visible
from leverans.formats.lookup import Lookup
from leverans.formats.member import Bytes, Member

_CENTRAL = Struct("<4s6H3L5H2L")
_LOCAL = Struct("<4s5H3L2H")
_END = Struct("<4s4H2LH")
_END64 = Struct("<4sQ2H2L4Q")
_LOCATOR = Struct("<4sLQL")
_QUAD = Struct("<Q")
_EXTRA = Struct("<2H")
_MAX32, _MAX16 = 0xFFFFFFFF, 0xFFFF
_STORED, _DEFLATED, _AES = 0, 8, 99
_ENCRYPTED, _UTF8, _MASKED = 0x1, 0x800, 0x2000
_UNIX = 3
_WINDOW = 1 << 18


class _Record(NamedTuple):
    name: str
    raw: bytes
    flags: int
    method: int
    crc: int
    stored: int
    size: int
    offset: int
    system: int
    attributes: int
    length: int


class Zip(Container):
    """A zip file.

    Args:
        path: the file; its name is what findings call it.
        source: its bytes, when it lies within another file; closed with the zip.
    """

    def __init__(self, path: Path, source: Bytes | None = None) -> None:
        self._file = Bytes(path) if source is None else source
        self._name = path.name
        try:
            self._start, self._length, self._count = self._end()
            self._judge()
        except BaseException:
            self._file.close()
            raise

    def entries(self) -> Iterator[Entry]:
        """List the directory in its own order, without what lies outside the root."""
        prefix = f"{self.root}/" if self.root else ""
        skip = len(prefix)
        for position, record in self._records():
            name = record.name.replace("\\", "/") if record.system != _UNIX else record.name
            if len(name) <= skip or not name.startswith(prefix) or is_unsafe(name):
                continue
            kind = _kind(record)
            size = record.size if kind == "file" else 0
            yield Entry(name[skip:].rstrip("/"), size, kind, _flags(record), position)

    def open(self, entry: Entry | str) -> BinaryIO:
        """Open one file; see `Container.open`."""
        return cast("BinaryIO", self._member(*self._found_record(entry)))

    def window(self, entry: Entry | str) -> Bytes | None:
        """Give one stored file by offset; None when it is compressed."""
        place, record = self._found_record(entry)
        if record.method != _STORED:
            return None
        return self._file.window(self._data_start(place, record), record.size)

    def before(self, name: str) -> Iterator[bytes] | None:
        """Give all bytes ahead of the local header of the entry of that raw name; None when there is none."""
        for _, record in self._records():
            if record.name == name:
                return self._head(record.offset + self._shift)
        return None

    def _head(self, end: int) -> Iterator[bytes]:
        for at in range(0, end, _WINDOW):
            yield self._file.read_at(at, min(_WINDOW, end - at))

    def _found_record(self, entry: Entry | str) -> tuple[str, _Record]:
        position = entry.position if isinstance(entry, Entry) else self._lookup(entry)
        record = self._record(position, self._file.read_at(position, _CENTRAL.size + 2 * _MAX16))
        if record is None:
            raise IntegrityError("ZIP001", self._name, reason="directory")
        place = visible(record.name[len(self.root) + 1 :] if self.root else record.name)
        if record.flags & (_ENCRYPTED | _MASKED) or record.method == _AES:
            raise IntegrityError("ZIP002", place)
        if record.method not in {_STORED, _DEFLATED}:
            raise IntegrityError("ZIP006", place)
        return place, record

    def oddities(self) -> list[Finding]:
        """Give what is wrong with the zip as such."""
        return list(self._oddities)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _member(self, place: str, record: _Record) -> Member:
        return Member(
            place,
            self._file.read_at,
            self._data_start(place, record),
            record.stored,
            record.size,
            crc=record.crc,
            deflated=record.method == _DEFLATED,
        )

    def _data_start(self, place: str, record: _Record) -> int:
        start = record.offset + self._shift
        head = self._file.read_at(start, _LOCAL.size + len(record.raw))
        if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
            raise IntegrityError("ZIP005", place, reason="no local header")
        fields = _LOCAL.unpack_from(head)
        if head[_LOCAL.size :] != record.raw or fields[9] != len(record.raw) or fields[3] != record.method:
            raise IntegrityError("ZIP008", place)
        return int(start + _LOCAL.size + fields[9] + fields[10])

    def _end(self) -> tuple[int, int, int]:
        """Find where the directory starts, how long it is and how many entries it says to have."""
        size = self._file.size
        base = max(0, size - _END.size - _MAX16)
        tail = self._file.read_at(base, size - base)
        at = tail.rfind(b"PK\x05\x06", 0, max(0, len(tail) - _END.size + 4))
        if at < 0:
            raise IntegrityError("ZIP001", self._name, reason="no end of directory")
        *_, count, length, offset, _comment = _END.unpack_from(tail, at)
        end = base + at
        locator = self._file.read_at(end - _LOCATOR.size, _LOCATOR.size)
        if locator.startswith(b"PK\x06\x07") and len(locator) == _LOCATOR.size:
            where = _LOCATOR.unpack(locator)[2]
            record = self._file.read_at(where, _END64.size)
            if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
                *_, count, length, offset = _END64.unpack(record)
                end = where
        self._shift = end - length - offset
        if self._shift < 0 or length > end:
            raise IntegrityError("ZIP001", self._name, reason="directory lies outside the file")
        return offset + self._shift, length, count

    def _judge(self) -> None:
        """Pass over the directory once: the root, the sum of sizes, the names that escape."""
        roots, found, stored = Roots(), 0, 0
        self._oddities: list[Finding] = []
        for _, record in self._records():
            found += 1
            stored += record.stored
            name = record.name.replace("\\", "/") if record.system != _UNIX else record.name
            if is_unsafe(name):
                self._note("ZIP007", record.name)
            else:
                roots.add(name)
            if not record.flags & _UTF8 and not record.raw.isascii():
                self._note("ZIP011", record.name)
        self.root = roots.chosen
        if not roots.single:
            self._note("CSIPSTR1", self._name)
        if found != self._count:
            self._oddities.append(
                Finding.of("ZIP001", self._name, reason="the directory is not as long as it says")
            )
        if stored > self._file.size:
            self._note("ZIP010", self._name)

    def _note(self, code: str, where: str) -> None:
        if len(self._oddities) < LIMIT:
            self._oddities.append(Finding.of(code, visible(where)))

    def _records(self) -> Iterator[tuple[int, _Record]]:
        position, end, window, base = self._start, self._start + self._length, b"", self._start
        while position < end:
            if position + _CENTRAL.size + 3 * _MAX16 > base + len(window) and base + len(window) < end:
                base, window = (
                    position,
                    self._file.read_at(position, min(_WINDOW + 4 * _MAX16, end - position)),
                )
            record = self._record(position, window, position - base)
            if record is None:
                return
            yield position, record
            position += record.length

    @staticmethod
    def _record(position: int, window: bytes, at: int = 0) -> _Record | None:
        del position
        if len(window) < at + _CENTRAL.size or window[at : at + 4] != b"PK\x01\x02":
            return None
        (_, made, _, flags, method, _, _, crc, stored, size, name_length, extra_length, comment_length, _, _,
         attributes, offset) = _CENTRAL.unpack_from(window, at)  # fmt: skip
        start = at + _CENTRAL.size
        raw = window[start : start + name_length]
        if len(raw) < name_length:
            return None
        if _MAX32 in (stored, size, offset):
            extra = window[start + name_length : start + name_length + extra_length]
            size, stored, offset = _wide(extra, size, stored, offset)
        length = _CENTRAL.size + name_length + extra_length + comment_length
        name = _decode(raw)
        return _Record(name, raw, flags, method, crc, stored, size, offset, made >> 8, attributes, length)

    def _lookup(self, path: str) -> int:
        return self._places.find(path)

    @property
    def _places(self) -> Lookup:
        if not hasattr(self, "_found"):
            self._found = Lookup(self.entries())
        return self._found


def _decode(raw: bytes) -> str:
    if raw.isascii():
        return raw.decode("ascii")
    return raw.decode("utf-8", "surrogateescape")


def _kind(record: _Record) -> Kind:
    mode = record.attributes >> 16 if record.system == _UNIX else 0
    if S_ISLNK(mode):
        return "link"
    if record.name.endswith(("/", "\\")) or S_ISDIR(mode):
        return "folder"
    return "file" if not mode & 0o170000 or S_ISREG(mode) else "special"


def _flags(record: _Record) -> tuple[str, ...]:
    if record.flags & (_ENCRYPTED | _MASKED) or record.method == _AES:
        return ("encrypted",)
    return () if record.method in {_STORED, _DEFLATED} else ("unsupported",)


def _wide(extra: bytes, size: int, stored: int, offset: int) -> tuple[int, int, int]:
    """Take the 64-bit values from the ZIP64 extra field, in the order in which they are needed."""
    at = 0
    try:
        while at < len(extra):
            kind, length = _EXTRA.unpack_from(extra, at)
            if kind == 1:
                values = iter(_QUAD.iter_unpack(extra[at + 4 : at + 4 + length // 8 * 8]))
                return tuple(  # type: ignore[return-value]
                    next(values, (value,))[0] if value == _MAX32 else value
                    for value in (size, stored, offset)
                )
            at += 4 + length
    except error:
        pass
    return size, stored, offset
