"""What a dBase file says of itself: dBase III and IV, FoxBASE, FoxPro 2, Visual FoxPro.

Our own reader: dbfread, the library that was weighed, gives decimals as floating point, keeps deleted records
apart from their neighbours, and ends at the first text that does not decode.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from struct import Struct
from typing import BinaryIO

HEADER = Struct("<B3xLHH16xBB2x")
_FIELD = Struct("<11sc4xBBB13x")
_END = 0x0D
VISUAL = frozenset({0x30, 0x31, 0x32})
KINDS = VISUAL | {0x02, 0x03, 0x43, 0x63, 0x83, 0x8B, 0xCB, 0xF5, 0xFB}
_MEMO_IV = frozenset({0x8B, 0xCB})
_SYSTEM, _NULLABLE, _BINARY = 1, 2, 4

_MARKS = {
    "cp437": "01 09 0b 0d 0f 11 15 18 19 1b",
    "cp850": "02 0a 0e 10 12 14 16 1a 1d 25 37",
    "cp1252": "03 57 58 59",
    "mac-roman": "04",
    "cp865": "08 17 66",
    "cp852": "1f 22 23 40 64",
    "cp860": "24",
    "cp866": "26 65",
    "cp861": "67",
    "cp1250": "c8",
    "cp1251": "c9",
    "cp1254": "ca",
    "cp1253": "cb",
}
CODE_PAGES = {mark: name for name, marks in _MARKS.items() for mark in bytes.fromhex(marks)}
"""Code page marks (byte 29) → encodings; 0 tells nothing."""


class NotDbf(Exception):
    """The file is no dBase file that can be read.

    Attributes:
        reason: what is wrong; no value of the file.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: as the file calls it.
        type: its letter.
        start: its first byte in the record.
        length: bytes.
        binary: it holds bytes, not text.
        null: its bit in the record's null flags, or None.
        varying: its bit there that says that the last byte is the length, or None.
    """

    name: str
    type: str
    start: int
    length: int
    binary: bool = False
    null: int | None = None
    varying: int | None = None

    def of(self, record: bytes) -> bytes:
        """Give the field's bytes."""
        return record[self.start : self.start + self.length]


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a file.

    Attributes:
        version: first byte.
        records: how many it says to have.
        start: where the first record begins.
        length: bytes of a record.
        encoding: what its code page mark tells, or an empty text.
        fields: those that hold data.
        flags: the field of null flags, or None.
    """

    version: int
    records: int
    start: int
    length: int
    encoding: str
    fields: tuple[Field, ...]
    flags: Field | None

    @property
    def memo(self) -> str:
        """The kind of a ``.dbt`` beside it: dBase ``III`` or ``IV``."""
        return "IV" if self.version in _MEMO_IV else "III"

    @property
    def has_memo(self) -> bool:
        """Some field lies in a memo file."""
        return any(self.is_memo(field) for field in self.fields)

    def is_memo(self, field: Field) -> bool:
        """Say whether a field's values lie in the memo file."""
        return field.type in "MGPW" or (field.type == "B" and self.version not in VISUAL)


def head_of(file: BinaryIO) -> Head:
    """Read the head of a file from its start.

    Raises:
        NotDbf: it is none, or contradicts itself.
    """
    raw = file.read(HEADER.size)
    if len(raw) < HEADER.size:
        raise NotDbf("dBase: too short")
    version, records, start, length, _tables, mark = HEADER.unpack(raw)
    if version not in KINDS:
        raise NotDbf(f"dBase: version 0x{version:02X}")
    told = list(_described(file.read(max(0, start - HEADER.size))))
    fields = _laid_out(told, length, visual=version in VISUAL)
    flags = next((field for field in fields if field.type == "0"), None)
    mine = _told_apart([field for field in fields if field.type != "0"])
    if not mine or not all(field.name for field in mine) or start <= HEADER.size:
        raise NotDbf("dBase: fields")
    return Head(version, records, start, length, CODE_PAGES.get(mark, ""), mine, flags)


def _told_apart(fields: list[Field]) -> tuple[Field, ...]:
    """Number the names that stand again: programs cut them to ten letters."""
    seen: dict[str, int] = {}
    taken = {field.name for field in fields}
    made: list[Field] = []
    for field in fields:
        name = field.name
        while name in seen:
            seen[field.name] += 1
            name = f"{field.name}_{seen[field.name]}"
            name = field.name if name in taken else name
        seen[name] = 1
        made.append(replace(field, name=name))
    return tuple(made)


def _described(raw: bytes) -> Iterator[tuple[str, str, int, int, int]]:
    for place in range(0, len(raw) - _FIELD.size + 1, _FIELD.size):
        if raw[place] == _END:
            return
        name, kind, length, decimals, flags = _FIELD.unpack_from(raw, place)
        yield (
            name.partition(b"\0")[0].decode("latin-1").strip(),
            kind.decode("latin-1"),
            length,
            decimals,
            flags,
        )


def _laid_out(told: list[tuple[str, str, int, int, int]], length: int, *, visual: bool) -> tuple[Field, ...]:
    """Place the fields; a text longer than 255 has the rest of its length where decimals stand."""
    for long_texts in (False, True):
        sizes = [
            size + (more << 8 if long_texts and kind == "C" else 0)
            for _name, kind, size, more, _flags in told
        ]
        if 1 + sum(sizes) == length:
            return tuple(_placed(told, sizes, visual=visual))
    raise NotDbf("dBase: record length")


def _placed(told: list[tuple[str, str, int, int, int]], sizes: list[int], *, visual: bool) -> Iterator[Field]:
    start, bit = 1, 0
    for (name, kind, _size, _decimals, flags), size in zip(told, sizes, strict=True):
        varying = null = None
        if visual and kind in "VQ":
            varying, bit = bit, bit + 1
        if visual and flags & _NULLABLE:
            null, bit = bit, bit + 1
        binary = kind in "GPQW" or (kind == "B" and not visual)
        binary = binary or (visual and kind in "CMV" and bool(flags & _BINARY))
        yield Field(name, kind, start, size, binary, null, varying)
        start += size
