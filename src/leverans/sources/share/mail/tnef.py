"""winmail.dat (MS-OXTNEF): what Outlook hid there comes out as parts of its own."""

from collections.abc import Iterator
from functools import partial
from struct import Struct, error

from leverans.sources.share.mail.letters import Letter, Part

_SIGNATURE = b"\x78\x9f\x3e\x22"
_HEAD = Struct("<BLL")
_RENDERING, _TITLE, _DATA, _PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_LONG_NAME, _DATA_PROPERTY, _TYPE = 0x3707, 0x3701, 0x370E
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_WIDE = 31


class _Broken(Exception):
    """It ends or contradicts itself."""


def attached(part: Part, letter: Letter) -> None:
    """Add the attachments inside a ``winmail.dat`` to a letter, behind the part that it is."""
    try:
        for number, (name, kind, data) in enumerate(_attachments(part.content()), start=1):
            letter.parts.append(
                Part(
                    place=f"{part.place}.{number}",
                    mail=part.mail,
                    type=kind or "application/octet-stream",
                    content=partial(bytes, data),
                    name=name,
                    disposition="attachment",
                )
            )
    except (_Broken, error, UnicodeDecodeError):
        letter.damage.add("winmail.dat")


def _attachments(raw: bytes) -> Iterator[tuple[str | None, str, bytes]]:
    name: str | None = None
    kind, data, begun = "", b"", False
    for identifier, value in _attributes(raw):
        if identifier == _RENDERING:
            if begun:
                yield name, kind, data
            name, kind, data, begun = None, "", b"", True
        elif identifier == _TITLE and name is None:
            name = value.rstrip(b"\0").decode("cp1252", "backslashreplace")
        elif identifier == _DATA:
            data = value
        elif identifier == _PROPERTIES:
            told = dict(_properties(value))
            name = _text(told.get(_LONG_NAME)) or name
            kind = _text(told.get(_TYPE)) or kind
            data = data or told.get(_DATA_PROPERTY, (0, b""))[1]
    if begun:
        yield name, kind, data


def _attributes(raw: bytes) -> Iterator[tuple[int, bytes]]:
    if not raw.startswith(_SIGNATURE):
        raise _Broken
    at = 6
    while at + _HEAD.size <= len(raw):
        _level, identifier, length = _HEAD.unpack_from(raw, at)
        start = at + _HEAD.size
        value = raw[start : start + length]
        if len(value) < length:
            raise _Broken
        yield identifier, value
        at = start + length + 2
    if at < len(raw):
        raise _Broken


def _properties(raw: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Yield id, and type and first value, of the properties in a value (MS-OXTNEF 2.1.3.4)."""
    (count,), at = Struct("<L").unpack_from(raw), 4
    for _ in range(count):
        kind, identifier = Struct("<HH").unpack_from(raw, at)
        at += 4
        if identifier >= 0x8000:
            at = _past_name(raw, at)
        many = kind & 0x1000
        size = _FIXED.get(kind & 0x0FFF)
        values = Struct("<L").unpack_from(raw, at)[0] if many or size is None else 1
        at += 4 if many or size is None else 0
        first = b""
        for number in range(min(values, len(raw))):
            value, at = _value(raw, at, size)
            first = first if number else value
        yield identifier, (kind & 0x0FFF, first)


def _past_name(raw: bytes, at: int) -> int:
    (kind,) = Struct("<L").unpack_from(raw, at + 16)
    at += 20
    if not kind:
        return at + 4
    (length,) = Struct("<L").unpack_from(raw, at)
    return int(at + 4 + (length + 3 & ~3))


def _value(raw: bytes, at: int, size: int | None) -> tuple[bytes, int]:
    if size is None:
        (size,) = Struct("<L").unpack_from(raw, at)
        at += 4
    assert size is not None  # noqa: S101  # a length was read just now
    if at + size > len(raw):
        raise _Broken
    return raw[at : at + size], at + (size + 3 & ~3)


def _text(value: tuple[int, bytes] | None) -> str:
    if value is None:
        return ""
    kind, raw = value
    return raw.decode("utf-16-le" if kind == _WIDE else "cp1252", "backslashreplace").rstrip("\0")
