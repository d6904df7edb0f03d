"""Which encoding a text is really in, judged by its bytes; nothing is converted here."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_PIECE = 1 << 20
_OEM = bytes.fromhex("84 86 94 8e 8f 99 82 81")
"""å, ä, ö, Å, Ä, Ö, é, ü of code page 437 (and 850)."""
_ANSI = bytes.fromhex("e4 e5 f6 c4 c5 d6 e9 fc")
"""The same of ISO 8859-1 and Windows-1252."""
_DESTROYED = "\ufffd".encode()
_TWICE = re.compile("|".join(f"Ã{sign}" for sign in "¥¤¶©…„–").encode())
"""å, ä, ö, é, Å, Ä, Ö made UTF-8, read as Windows-1252 and made UTF-8 again."""
_SEVEN = re.compile(rb"[A-Za-z][{|}\\\[\]][a-z]")

ISO646 = "iso646-se"
"""Name of the seven-bit Swedish alphabet (SEN 850200 annex B): ``}{|][\\`` are å, ä, ö, Å, Ä, Ö."""

_SWEDISH = str.maketrans("}{|][\\^~`@", "åäöÅÄÖÜüéÉ")


@dataclass(frozen=True, slots=True)
class Spelling:
    """What the bytes of a text tell.

    Attributes:
        encoding: ``ascii``, ``utf-8``, ``cp437``, ``cp1252``, `ISO646`, or an empty text: nobody can tell.
        strange: Swedish letters that are written as in the other of cp437 and cp1252.
        destroyed: replacement characters (U+FFFD): letters that are lost for good.
        twice: Swedish letters that were made UTF-8 twice (``Ã¥`` for å).
    """

    encoding: str
    strange: int = 0
    destroyed: int = 0
    twice: int = 0


class Judge:
    """Judges a text that comes in pieces."""

    def __init__(self) -> None:
        self._oem = self._ansi = self._high = self._destroyed = self._seven = self._twice = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._valid, self._tail = True, b""

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        if piece.isascii():
            self._seven += len(_SEVEN.findall(piece))
            self._valid = self._valid and _decodes(self._decoder, piece)
            self._tail = b""
            return
        self._high += len(piece) - len(piece.translate(None, _HIGH))
        self._oem += len(piece) - len(piece.translate(None, _OEM))
        self._ansi += len(piece) - len(piece.translate(None, _ANSI))
        joined = self._tail + piece
        self._destroyed += joined.count(_DESTROYED) - self._tail.count(_DESTROYED)
        self._twice += len(_TWICE.findall(joined)) - len(_TWICE.findall(self._tail))
        self._tail = joined[-4:]
        self._valid = self._valid and _decodes(self._decoder, piece)

    def told(self) -> Spelling:
        """Judge; nothing may come after."""
        valid = self._valid and _decodes(self._decoder, b"", final=True)
        oem, ansi, destroyed = self._oem, self._ansi, self._destroyed
        if not self._high:
            return Spelling(ISO646 if self._seven else "ascii")
        if valid:
            return Spelling("utf-8", destroyed=destroyed, twice=self._twice)
        if oem == ansi:
            return Spelling("", min(oem, ansi), destroyed)
        return Spelling("cp437" if oem > ansi else "cp1252", min(oem, ansi), destroyed)


def judge(file: BinaryIO) -> Spelling:
    """Read a file to its end and judge it."""
    judging = Judge()
    for piece in _pieces(file):
        judging.feed(piece)
    return judging.told()


def decode(raw: bytes, encoding: str, errors: str = "strict") -> str:
    """Decode; knows `ISO646` beside Python's own encodings.

    Raises:
        UnicodeDecodeError: the bytes are not in the encoding.
    """
    if encoding == ISO646:
        return raw.decode("ascii", errors).translate(_SWEDISH)
    return raw.decode(encoding, errors)


_HIGH = bytes(range(128, 256))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _decodes(decoder: codecs.IncrementalDecoder, piece: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        return False
    return True
