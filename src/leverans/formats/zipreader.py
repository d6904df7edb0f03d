"""Reads any zip (ZIP64 too) by its own directory, entry by entry, without holding the directory in memory."""

from array import array
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import BinaryIO, cast

from leverans.contracts import Finding
from leverans.errors import IntegrityError
from leverans.findings import describe
from leverans.formats.entries import LIMIT, Container, Entry, Roots, is_unsafe, visible
from leverans.formats.lookup import Lookup
from leverans.formats.member import Bytes, Member
from leverans.formats.ziprecord import (
    AES,
    CENTRAL,
    DEFLATED,
    ENCRYPTED,
    LOCAL,
    MASKED,
    MAX16,
    MAX32,
    STORED,
    UNIX,
    UTF8,
    Record,
    flags_of,
    kind_of,
    parse,
)

_END = Struct("<4s4H2LH")
_END64 = Struct("<4sQ2H2L4Q")
_LOCATOR = Struct("<4sLQL")
_WINDOW = 1 << 18
_SHORT = 512


class Zip(Container):
    """A zip file.

    Args:
        path: the file; its name is what findings call it.
        source: its bytes, when it lies within another file; closed with the zip.
    """

    def __init__(self, path: Path, source: Bytes | None = None) -> None:
        self._file = Bytes(path) if source is None else source
        self._name = path.name
        self._oddities: list[Finding] = []
        self._noted: dict[str, int] = {}
        self._ordered = True
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
            name = record.name.replace("\\", "/") if record.system != UNIX else record.name
            if len(name) <= skip or not name.startswith(prefix) or is_unsafe(name):
                continue
            kind = kind_of(record)
            size = record.size if kind == "file" else 0
            yield Entry(name[skip:].rstrip("/"), size, kind, flags_of(record), position)

    def open(self, entry: Entry | str) -> BinaryIO:
        """Open one file; see `Container.open`."""
        return cast("BinaryIO", self._member(*self._found_record(entry)))

    def window(self, entry: Entry | str) -> Bytes | None:
        """Give one stored file by offset; None when it is compressed."""
        place, record = self._found_record(entry)
        if record.method != STORED:
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

    def _found_record(self, entry: Entry | str) -> tuple[str, Record]:
        position = entry.position if isinstance(entry, Entry) else self._lookup(entry)
        record = self._record_at(position)
        place = self._place(record)
        if record.flags & (ENCRYPTED | MASKED) or record.method == AES:
            raise IntegrityError("ZIP002", place)
        if record.method not in {STORED, DEFLATED}:
            raise IntegrityError("ZIP006", place)
        return place, record

    def _record_at(self, position: int) -> Record:
        for length in (_SHORT, CENTRAL.size + 2 * MAX16):
            record = parse(self._file.read_at(position, length))
            if record is not None and record.length <= length:
                return record
        raise IntegrityError("ZIP001", self._name, reason="directory")

    def _place(self, record: Record) -> str:
        prefix = f"{self.root}/" if self.root else ""
        return visible(record.name.removeprefix(prefix) or record.name)

    def oddities(self) -> list[Finding]:
        """Give what is wrong with the zip as such: its directory, and each entry's own header beside it."""
        from leverans.formats.zipshape import check_shape

        kept, noted = list(self._oddities), dict(self._noted)
        told = check_shape(self._file.read_at, self._by_offset(), shift=self._shift, directory=self._start)
        for code, record, parameters in told:
            if code != "ZIP010" or not noted.get(code):
                self._note(code, self._name if record is None else self._place(record), **parameters)
        found, self._oddities, self._noted = self._oddities, kept, noted
        return found

    def _by_offset(self) -> Iterator[Record]:
        """List the directory in the order of the entries themselves, nearly always its own."""
        if self._ordered:
            yield from (record for _, record in self._records())
            return
        places, offsets = array("Q"), array("Q")
        for place, record in self._records():
            places.append(place)
            offsets.append(record.offset)
        for number in sorted(range(len(places)), key=offsets.__getitem__):
            yield self._record_at(places[number])

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _member(self, place: str, record: Record) -> Member:
        return Member(
            place,
            self._file.read_at,
            self._data_start(place, record),
            record.stored,
            record.size,
            crc=record.crc,
            deflated=record.method == DEFLATED,
        )

    def _data_start(self, place: str, record: Record) -> int:
        start = record.offset + self._shift
        head = self._file.read_at(start, LOCAL.size + len(record.raw))
        if len(head) < LOCAL.size or not head.startswith(b"PK\x03\x04"):
            raise IntegrityError("ZIP005", place, reason="no local header")
        fields = LOCAL.unpack_from(head)
        if head[LOCAL.size :] != record.raw or fields[9] != len(record.raw) or fields[3] != record.method:
            raise IntegrityError("ZIP008", place)
        return int(start + LOCAL.size + fields[9] + fields[10])

    def _end(self) -> tuple[int, int, int]:
        """Find where the directory starts, how long it is and how many entries it says to have."""
        size = self._file.size
        base = max(0, size - _END.size - MAX16)
        tail = self._file.read_at(base, size - base)
        at = _last_end(tail)
        if at < 0:
            raise IntegrityError("ZIP001", self._name, reason="no end of directory")
        *_, count, length, offset, comment = _END.unpack_from(tail, at)
        end, near = base + at, (count, length, offset)
        self._hidden(end + _END.size + comment, size)
        locator = self._file.read_at(end - _LOCATOR.size, _LOCATOR.size)
        if locator.startswith(b"PK\x06\x07") and len(locator) == _LOCATOR.size:
            where = _LOCATOR.unpack(locator)[2]
            record = self._file.read_at(where, _END64.size)
            if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
                *_, count, length, offset = _END64.unpack(record)
                self._hidden(where + 12 + _END64.unpack(record)[1], end - _LOCATOR.size)
                end = where
                pairs = zip(near, (count, length, offset), (MAX16, MAX32, MAX32), strict=True)
                if any(value not in {wide, most} for value, wide, most in pairs):
                    self._note("ZIP001", self._name, reason="its two ends disagree")
        self._shift = end - length - offset
        if self._shift < 0 or length > end:
            raise IntegrityError("ZIP001", self._name, reason="directory lies outside the file")
        return offset + self._shift, length, count

    def _judge(self) -> None:
        """Pass over the directory once: the root, the sum of sizes, the names that escape."""
        roots, found, stored, last, end = Roots(), 0, 0, 0, self._start
        for position, record in self._records():
            found += 1
            stored += record.stored
            end = position + record.length
            self._ordered = self._ordered and last <= record.offset
            last = record.offset
            name = record.name.replace("\\", "/") if record.system != UNIX else record.name
            if is_unsafe(name):
                self._note("ZIP007", record.name)
            else:
                roots.add(name)
            if not record.flags & UTF8 and not record.raw.isascii():
                self._note("ZIP011", record.name)
        self.root = roots.chosen
        if not roots.single:
            self._note("CSIPSTR1", self._name)
        if found != self._count:
            self._note("ZIP001", self._name, reason="the directory is not as long as it says")
        elif self._file.read_at(end, 4) != b"PK\x05\x05":  # a signature of the directory may follow it
            self._hidden(end, self._start + self._length)
        if stored > self._file.size:
            self._note("ZIP010", self._name)

    def _hidden(self, start: int, end: int) -> None:
        if start < end:
            self._note("ZIP013", self._name, value=end - start, at=start)

    def _note(self, code: str, where: str, **parameters: str | int) -> None:
        """Keep a finding, up to the limit of each code: none hides another."""
        count = self._noted[code] = self._noted.get(code, 0) + 1
        if count <= LIMIT:
            self._oddities.append(Finding(code, visible(where), parameters, describe(code).severity))

    def _records(self) -> Iterator[tuple[int, Record]]:
        position, end, window, base = self._start, self._start + self._length, b"", self._start
        while position < end:
            if position + CENTRAL.size + 3 * MAX16 > base + len(window) and base + len(window) < end:
                base, window = (
                    position,
                    self._file.read_at(position, min(_WINDOW + 4 * MAX16, end - position)),
                )
            record = parse(window, position - base)
            if record is None:
                return
            yield position, record
            position += record.length

    def _lookup(self, path: str) -> int:
        return self._places.find(path)

    @property
    def _places(self) -> Lookup:
        if not hasattr(self, "_found"):
            self._found = Lookup(self.entries())
        return self._found


def _last_end(tail: bytes) -> int:
    """Find the last end of a directory whose comment ends with the file, else the last one; -1 for none."""
    at = last = tail.rfind(b"PK\x05\x06", 0, max(0, len(tail) - _END.size + 4))
    while at >= 0 and at + _END.size + _END.unpack_from(tail, at)[-1] != len(tail):
        at = tail.rfind(b"PK\x05\x06", 0, at)
    return at if at >= 0 else last
