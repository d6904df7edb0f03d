"""What a zip shows beyond its directory: each entry's own header, and that every byte belongs to one."""

from collections.abc import Callable, Iterator
from struct import Struct

from leverans.formats.ziprecord import (
    DESCRIBED,
    ENCRYPTED,
    LOCAL,
    MASKED,
    MAX32,
    STRONG,
    UTF8,
    Record,
    flags_of,
    wide,
)

Told = tuple[str, Record | None, dict[str, str | int]]
_NEWEST = 63  # the highest version needed that APPNOTE.TXT 4.4.3.2 knows: 6.3
_MARKERS = (b"PK00", b"PK\x07\x08")  # an archive that might have been split begins so (APPNOTE.TXT 8.5.4)
_SIGNATURE = b"PK\x07\x08"
_NARROW, _WIDE = Struct("<3L"), Struct("<L2Q")
_SPARE = 64


def check_shape(
    read_at: Callable[[int, int], bytes], records: Iterator[Record], *, shift: int, directory: int
) -> Iterator[Told]:
    """Hold each entry's own header and descriptor against the directory, and the entries against each other.

    Args:
        read_at: gives up to n bytes at an offset of the file.
        records: the directory, ordered by offset.
        shift: how far the file's bytes lie from the offsets that it tells.
        directory: where the directory begins.

    Yields:
        Code, record (None for the file as a whole) and parameters: ZIP008, ZIP012, ZIP014 of an entry; ZIP010
        two entries share bytes; ZIP013 bytes that belong to none; ZIP015 how many untold descriptors.
    """
    ends: tuple[int, ...] = (0, 4) if read_at(0, 4) in _MARKERS and read_at(4, 2) == b"PK" else (0,)
    quiet = 0
    for record in records:
        start = record.offset + shift
        yield from _joint(ends, start)
        told: list[Told] = []
        ends = _entry(read_at, record, start, told)
        quiet += sum(code == "ZIP015" for code, *_ in told)
        yield from (one for one in told if one[0] != "ZIP015")
    yield from _joint(ends, directory)
    if quiet:
        yield "ZIP015", None, {"value": quiet}


def _joint(ends: tuple[int, ...], start: int) -> Iterator[Told]:
    """Compare where something starts with where the one before it may end (nowhere: that is unknown)."""
    if not ends or start in ends:
        return
    before = [end for end in ends if end < start]
    if before:
        yield "ZIP013", None, {"value": start - max(before), "at": max(before)}
    else:
        yield "ZIP010", None, {}


def _entry(
    read_at: Callable[[int, int], bytes], record: Record, start: int, told: list[Told]
) -> tuple[int, ...]:
    """Judge one header; give where its entry may end."""
    head = read_at(start, LOCAL.size + len(record.raw) + _SPARE)
    if head[: LOCAL.size - 2] == _expected(record) and head[LOCAL.size :].startswith(record.raw):
        return (start + LOCAL.size + len(record.raw) + head[28] + (head[29] << 8) + record.stored,)
    if len(head) < LOCAL.size or not head.startswith(b"PK\x03\x04"):
        told.append(("ZIP008", record, {}))
        return ()
    (_, version, flags, method, time, date, crc, stored, size, name_length, extra_length) = (
        LOCAL.unpack_from(head)
    )  # fmt: skip
    data = LOCAL.size + name_length + extra_length
    if head[LOCAL.size : LOCAL.size + name_length] != record.raw or (
        method != record.method and not flags_of(record)
    ):
        told.append(("ZIP008", record, {}))
    if MAX32 in (stored, size):
        extra = head if len(head) >= data else read_at(start, data)
        size, stored, _ = wide(extra[LOCAL.size + name_length : data], size, stored, 0)
    end = start + data + record.stored
    if record.stored and not (crc or stored or size or flags & DESCRIBED):  # as some writers of SIARD do
        ends = _described(read_at, record, end, [])
        if end not in ends:
            told.append(("ZIP015", record, {}))
            return ends
    told += _compared(record, flags, crc, stored, size)
    if max(version & 0xFF, record.version & 0xFF) > _NEWEST:
        told.append(_differs(record, "version", version & 0xFF, record.version & 0xFF))
    if (time, date) != record.moment:
        told.append(("ZIP014", record, {}))
    return _described(read_at, record, end, told) if flags & DESCRIBED else (end,)


def _expected(record: Record) -> bytes:
    """Give the header, up to the length of its extra fields, of an entry that needs none; else nothing."""
    if record.flags & DESCRIBED or record.version > _NEWEST or max(record.stored, record.size) >= MAX32:
        return b""
    return LOCAL.pack(
        b"PK\x03\x04", record.version, record.flags, record.method, *record.moment, record.crc, record.stored,
        record.size, len(record.raw), 0,
    )[:-2]  # fmt: skip


def _compared(record: Record, flags: int, crc: int, stored: int, size: int) -> Iterator[Told]:
    """Compare the values that say what the bytes are; behind a descriptor's flag they may be nought."""
    if flags != record.flags and _hides(flags, record):
        yield _differs(record, "flags", flags, record.flags)
    if (crc, stored, size) == (record.crc, record.stored, record.size) or flags_of(record):
        return
    pairs = (("CRC-32", crc, record.crc), ("stored", stored, record.stored), ("size", size, record.size))
    for name, value, declared in pairs:
        if value != declared and not (flags & DESCRIBED and value == 0):
            yield _differs(record, name, value, declared)


def _hides(flags: int, record: Record) -> bool:
    """Tell whether a header says of how to read the entry what the directory does not."""
    if not flags_of(record) and flags & (ENCRYPTED | STRONG | MASKED):
        return True
    return bool(record.flags & UTF8) and not flags & UTF8 and not record.raw.isascii()


def _described(
    read_at: Callable[[int, int], bytes], record: Record, end: int, told: list[Told]
) -> tuple[int, ...]:
    """Look for the descriptor behind the data: with or without its mark, in 32 or 64 bits."""
    tail = read_at(end, len(_SIGNATURE) + _WIDE.size)
    values = (record.crc, record.stored, record.size)
    forms = [_WIDE.pack(*values)]
    if max(values) <= MAX32:
        forms.append(_NARROW.pack(*values))
    found = [
        end + len(mark) + len(form)
        for mark in (_SIGNATURE, b"")
        for form in forms
        if tail.startswith(mark + form)
    ]
    if record.name.endswith("/") and not record.stored:
        found.append(end)
    if not found and not flags_of(record):
        told.append(_differs(record, "data descriptor", "–", "–"))
    return tuple(found) if found or flags_of(record) else (end,)


def _differs(record: Record, name: str, value: str | int, declared: str | int) -> Told:
    return "ZIP012", record, {"name": name, "value": value, "declared": declared}
