"""Made-up files of Outlook: a compound file with a mail in it, and winmail.dat."""

import itertools
import struct

Tree = dict[str, "bytes | Tree"]
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR = 512


def compound(tree: Tree) -> bytes:
    """Write a compound file (MS-CFB, version 3)."""
    entries: list[list[object]] = []
    large, small = _Chains(_SECTOR), _Chains(64)

    def add(name: str, kind: int, below: Tree, data: bytes) -> int:
        at = len(entries)
        place = (large if len(data) >= 4096 else small).add(data) if data else _END
        entries.append([name, kind, _FREE, _FREE, _FREE, place, len(data)])
        children = [
            add(one, 1, value, b"") if isinstance(value, dict) else add(one, 2, {}, value)
            for one, value in below.items()
        ]
        for one, after in itertools.pairwise(children):
            entries[one][3] = after
        entries[at][4] = children[0] if children else _FREE
        return at

    add("Root Entry", 5, tree, b"")
    entries[0][5:] = [large.add(bytes(small.data)), len(small.data)]
    table = struct.pack(f"<{len(small.next)}L", *small.next)
    mini = large.add(table.ljust(-(-len(table) // _SECTOR) * _SECTOR, b"\xff"))
    directory = large.add(b"".join(_entry(*entry) for entry in entries))
    tables = next(n for n in range(1, 100) if n * 128 >= len(large.next) + n)
    first = len(large.next)
    fat = [*large.next, *[_FAT] * tables]
    fat += [_FREE] * (tables * 128 - len(fat))
    head = struct.pack(
        "<8s16xHHHHH6xLLLLLLLLL", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, tables, directory, 0,
        4096, mini, -(-len(table) // _SECTOR), _END, 0,
    )  # fmt: skip
    places = [*range(first, first + tables), *[_FREE] * (109 - tables)]
    return head + struct.pack("<109L", *places) + bytes(large.data) + struct.pack(f"<{len(fat)}L", *fat)


class _Chains:
    """Sectors of one size, and which follows which."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.data = bytearray()
        self.next: list[int] = []

    def add(self, data: bytes) -> int:
        start, count = len(self.next), -(-len(data) // self.size)
        self.data += data.ljust(count * self.size, b"\0")
        self.next += [*range(start + 1, start + count), _END]
        return start


def _entry(name: str, kind: int, left: int, right: int, child: int, start: int, size: int) -> bytes:
    raw = (name + "\0").encode("utf-16-le")
    return struct.pack("<64sHBBLLL16x4x16xLQ", raw, len(raw), kind, 1, left, right, child, start, size)


def properties(skip: int, fixed: dict[int, bytes]) -> bytes:
    """Give the stream of properties of fixed length; `fixed`: tag with its type → eight bytes."""
    return bytes(skip) + b"".join(struct.pack("<LL8s", tag, 6, value) for tag, value in fixed.items())


def text(tag: int, value: str) -> Tree:
    """Give a property that is a text."""
    return {f"__substg1.0_{tag:04X}001F": value.encode("utf-16-le")}


def raw(tag: int, value: bytes, kind: str = "0102") -> Tree:
    """Give a property that is bytes (``0102``) or a text in a code page (``001E``)."""
    return {f"__substg1.0_{tag:04X}{kind}": value}


def attachment(name: str, data: bytes | None = None, mail: Tree | None = None) -> Tree:
    """Give what stands in the storage of an attachment."""
    inside: Tree = {
        "__properties_version1.0": properties(8, {0x37050003: struct.pack("<Q", 1 if data else 5)})
    }
    inside |= text(0x3707, name) | ({} if data is None else raw(0x3701, data))
    return inside | ({} if mail is None else {"__substg1.0_3701000D": mail})


def winmail(*files: tuple[str, bytes]) -> bytes:
    """Write a winmail.dat; a long name stands in the properties of its attachment."""
    made = b"\x78\x9f\x3e\x22\x01\x00" + _attribute(0x00089006, b"\x00\x00\x01\x00", 1)
    for name, data in files:
        wide = (name + "\0").encode("utf-16-le")
        padded = wide + bytes(-len(wide) % 4)
        told = (
            struct.pack("<LHHL", 2, 3, 0x0E20, len(data))
            + struct.pack("<HHLL", 31, 0x3707, 1, len(wide))
            + padded
        )
        made += _attribute(0x00069002, bytes(14)) + _attribute(0x00018010, b"SHORT~1.TXT\0")
        made += _attribute(0x0006800F, data) + _attribute(0x00069005, told)
    return made


def _attribute(number: int, value: bytes, level: int = 2) -> bytes:
    return struct.pack("<BLL", level, number, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)
