"""The records of a zip's directory, and how the header of an entry is laid out (APPNOTE.TXT)."""

from stat import S_ISDIR, S_ISLNK, S_ISREG
from struct import Struct, error
from typing import NamedTuple

from leverans.formats.entries import Kind

CENTRAL = Struct("<4s6H3L5H2L")
LOCAL = Struct("<4s5H3L2H")
MAX32, MAX16 = 0xFFFFFFFF, 0xFFFF
STORED, DEFLATED, AES = 0, 8, 99
ENCRYPTED, DESCRIBED, STRONG, UTF8, MASKED = 0x1, 0x8, 0x40, 0x800, 0x2000
UNIX = 3
_QUAD = Struct("<Q")
_EXTRA = Struct("<2H")


class Record(NamedTuple):
    """A record of the directory; `moment` is its time and date as they stand, `length` its own bytes."""

    name: str
    raw: bytes
    version: int
    flags: int
    method: int
    moment: tuple[int, int]
    crc: int
    stored: int
    size: int
    offset: int
    system: int
    attributes: int
    length: int


def parse(window: bytes, at: int = 0) -> Record | None:
    """Take the record that stands at `at`; None when none does."""
    if len(window) < at + CENTRAL.size or window[at : at + 4] != b"PK\x01\x02":
        return None
    (_, made, version, flags, method, time, date, crc, stored, size, name_length, extra_length,
     comment_length, _, _, attributes, offset) = CENTRAL.unpack_from(window, at)  # fmt: skip
    start = at + CENTRAL.size
    raw = window[start : start + name_length]
    if len(raw) < name_length:
        return None
    if MAX32 in (stored, size, offset):
        extra = window[start + name_length : start + name_length + extra_length]
        size, stored, offset = wide(extra, size, stored, offset)
    length = CENTRAL.size + name_length + extra_length + comment_length
    return Record(
        _decode(raw), raw, version, flags, method, (time, date), crc, stored, size, offset, made >> 8,
        attributes, length,
    )  # fmt: skip


def kind_of(record: Record) -> Kind:
    """Tell what an entry is."""
    mode = record.attributes >> 16 if record.system == UNIX else 0
    if S_ISLNK(mode):
        return "link"
    if record.name.endswith(("/", "\\")) or S_ISDIR(mode):
        return "folder"
    return "file" if not mode & 0o170000 or S_ISREG(mode) else "special"


def flags_of(record: Record) -> tuple[str, ...]:
    """Tell what keeps an entry from being read."""
    if record.flags & (ENCRYPTED | MASKED) or record.method == AES:
        return ("encrypted",)
    return () if record.method in {STORED, DEFLATED} else ("unsupported",)


def wide(extra: bytes, size: int, stored: int, offset: int) -> tuple[int, int, int]:
    """Take the 64-bit values from the ZIP64 extra field, in the order in which they are needed."""
    at = 0
    try:
        while at < len(extra):
            kind, length = _EXTRA.unpack_from(extra, at)
            if kind == 1:
                values = iter(_QUAD.iter_unpack(extra[at + 4 : at + 4 + length // 8 * 8]))
                return tuple(  # type: ignore[return-value]
                    next(values, (value,))[0] if value == MAX32 else value for value in (size, stored, offset)
                )
            at += 4 + length
    except error:
        pass
    return size, stored, offset


def _decode(raw: bytes) -> str:
    if raw.isascii():
        return raw.decode("ascii")
    return raw.decode("utf-8", "surrogateescape")
