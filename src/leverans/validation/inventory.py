"""What the package holds and what its documents say about it: a few bytes per file."""

import hashlib
import zlib
from array import array
from collections.abc import Callable
from typing import Protocol

from leverans.formats.digestindex import DigestIndex, text_digest
from leverans.formats.entries import Survey

_SUM = 16
READ, APPENDIX, MANIFEST = 1, 2, 4


class Hasher(Protocol):
    """What computes a checksum piece by piece."""

    def update(self, data: bytes, /) -> None: ...  # noqa: D102 - as in hashlib
    def hexdigest(self) -> str: ...  # noqa: D102 - as in hashlib


class _Rolling:
    def __init__(self, function: Callable[[bytes, int], int], start: int) -> None:
        self._function = function
        self._value = start

    def update(self, data: bytes, /) -> None:
        self._value = self._function(data, self._value)

    def hexdigest(self) -> str:
        return f"{self._value:08x}"


ALGORITHMS: dict[str, Callable[[], Hasher]] = {
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
    "SHA-1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
    "SHA-512": hashlib.sha512,
    "CRC32": lambda: _Rolling(zlib.crc32, 0),
    "Adler-32": lambda: _Rolling(zlib.adler32, 1),
}
NAMES = tuple(ALGORITHMS)
LENGTHS = {name: len(make().hexdigest()) for name, make in ALGORITHMS.items()}
_SPELLINGS = {name.replace("-", "").casefold(): name for name in NAMES}


def algorithm(name: str) -> str | None:
    """Give the METS name of a checksum algorithm however it is spelt (``sha256``), None when unknown."""
    return _SPELLINGS.get(name.replace("-", "").replace("_", "").strip().casefold())


class Inventory:
    """Numbers the files as the survey did and keeps what was declared of each."""

    def __init__(self, survey: Survey) -> None:
        self.index: DigestIndex = survey.index
        count = len(self.index)
        self.declared = bytearray(count)
        self.flags = bytearray(count)
        self._sizes = array("q", bytes(8 * count))
        self._sums = bytearray(_SUM * count)

    def declare(self, number: int, size: int, name: str | None, checksum: str) -> bool:
        """Note size (negative when none) and checksum of one file; False when it was declared before."""
        if self.declared[number]:
            return False
        known = name in ALGORITHMS and bool(checksum)
        self.declared[number] = 2 + NAMES.index(name) if known and name else 1
        self._sizes[number] = size
        self._sums[number * _SUM : number * _SUM + _SUM] = text_digest(checksum.strip().lower())
        return True

    def hasher(self, number: int) -> Hasher | None:
        """Give what computes the declared checksum of a file, None when none was declared."""
        code = self.declared[number]
        return ALGORITHMS[NAMES[code - 2]]() if code >= 2 else None

    def algorithm(self, number: int) -> str:
        """Name the declared algorithm; empty when there is none."""
        code = self.declared[number]
        return NAMES[code - 2] if code >= 2 else ""

    def size(self, number: int) -> int:
        """Give the declared size, negative when there is none."""
        return self._sizes[number]

    def matches(self, number: int, checksum: str) -> bool:
        """Compare a checksum with the declared one."""
        return self._sums[number * _SUM : number * _SUM + _SUM] == text_digest(checksum.strip().lower())

    def mark(self, number: int, flag: int) -> bool:
        """Set a flag of a file; False when it was set before."""
        fresh = not self.flags[number] & flag
        self.flags[number] |= flag
        return fresh
