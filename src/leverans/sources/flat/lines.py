"""Physical lines of a text file, decoded one by one, so that a broken one costs only itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from leverans.sources.spelling import decode

LINE_BYTES = 64 << 20
"""A line longer than this is no line."""

_HEAD_BYTES = 64 << 10

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line.

    Attributes:
        number: from 1.
        text: its text with its line break, of one too long its head; undecodable bytes as lone surrogates.
        fault: an empty text, or the code of what is wrong with it.
    """

    number: int
    text: str
    fault: str = ""


class Lines:
    """Reads lines and counts what the declared encoding does not tell.

    Attributes:
        disguised: lines with more than ASCII that are valid UTF-8 although something else is declared.
    """

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._encoding = encoding
        self.disguised = 0

    def __iter__(self) -> Iterator[Line]:
        number = 0
        while raw := self._file.readline(LINE_BYTES):
            number += 1
            if number == 1 and self._encoding == "utf-8" and raw.startswith(_BOM):
                raw = raw[len(_BOM) :]
                if not raw:
                    continue
            if len(raw) == LINE_BYTES and not raw.endswith(b"\n"):
                self._skip()
                head = decode(raw[:_HEAD_BYTES], self._encoding, "surrogateescape")
                yield Line(number, head, "SRC104")
                continue
            yield self._line(number, raw)

    def _line(self, number: int, raw: bytes) -> Line:
        try:
            text = decode(raw, self._encoding)
        except UnicodeDecodeError:
            return Line(number, decode(raw, self._encoding, "surrogateescape"), "SRC102")
        if self._encoding != "utf-8" and not raw.isascii():
            self._count_disguised(raw)
        return Line(number, text)

    def _count_disguised(self, raw: bytes) -> None:
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError:
            return
        self.disguised += 1

    def _skip(self) -> None:
        while (raw := self._file.readline(LINE_BYTES)) and not raw.endswith(b"\n"):
            pass


def starts_with_bom(head: bytes) -> str:
    """Give the encoding that a byte order mark tells, or an empty text."""
    for mark, name in ((_BOM, "UTF-8"), (b"\xff\xfe", "UTF-16"), (b"\xfe\xff", "UTF-16")):
        if head.startswith(mark):
            return name
    return ""
