"""Takes long documents out of an answer before anybody holds the rest of it in memory."""

import tempfile
from typing import BinaryIO, Self, cast

from leverans.formats.xmlstream import Scanner, scan
from leverans.sources.definition import DocumentColumn


class Cut:
    """One document that stood in an answer.

    Attributes:
        column: which one it is.
        text: its encoded text; in memory where it is short.
    """

    def __init__(self, column: DocumentColumn) -> None:
        self.column = column
        self.text = cast("BinaryIO", tempfile.SpooledTemporaryFile(1 << 20))  # noqa: SIM115  # goes with its document
        self.start = -1
        self.end = -1
        self.empty = True

    def open(self) -> BinaryIO:
        """Give its encoded text from the beginning, as often as it is asked for."""
        return cast("BinaryIO", _Reader(self.text))


class _Reader:
    """Reads a text that others read, too."""

    def __init__(self, text: BinaryIO) -> None:
        self._text = text
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        self._text.seek(self._at)
        piece = self._text.read(size)
        self._at += len(piece)
        return piece

    def close(self) -> None:
        """The text goes with its document."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def cut(
    body: BinaryIO, columns: tuple[DocumentColumn, ...], number: int
) -> tuple[bytes, list[tuple[str, Cut]]]:
    """Give the answer with references in place of its documents, and the documents by reference.

    Args:
        body: the answer, an encoding that writes ASCII as ASCII.
        columns: where documents stand.
        number: the row's number, which makes references unique.

    Raises:
        XmlFault: the answer is not well-formed.
    """
    found = [one for one in _found(body, columns) if not one.empty]
    slim, at = b"", 0
    named: list[tuple[str, Cut]] = []
    for index, one in enumerate(found, start=1):
        ref = f"{number}.{index}"
        body.seek(at)
        slim += body.read(one.start - at) + ref.encode()
        at = one.end
        one.text.seek(0)
        named.append((ref, one))
    body.seek(at)
    return slim + body.read(), named


def _found(  # noqa: C901  # one scanner with its four handlers
    body: BinaryIO, columns: tuple[DocumentColumn, ...]
) -> list[Cut]:
    ends = [(tuple(one.within.split("/") + one.column.split("/")), one) for one in columns]
    path: list[str] = []
    found: list[Cut] = []
    taking: list[Cut] = []

    def start(name: str, _attributes: dict[str, str]) -> None:
        path.append(name.rpartition(" ")[2])
        scanner.guard(len(path))
        for end, column in ends:
            if not taking and tuple(path[-len(end) :]) == end:
                taking.append(Cut(column))

    def begin() -> None:
        if taking and taking[0].start < 0:
            taking[0].start = scanner.offset

    def data(text: str) -> None:
        if taking:
            begin()
            taking[0].empty = taking[0].empty and not text.strip()
            taking[0].text.write(text.encode())

    def end(_name: str) -> None:
        if taking and tuple(path[-len(_path(taking[0])) :]) == _path(taking[0]):
            taking[0].end = scanner.offset
            found.append(taking.pop())
        path.pop()

    scanner = Scanner(start, end, data)
    scanner.parser.buffer_text = False  # the place of each piece of text is wanted
    scanner.parser.StartCdataSectionHandler = begin
    for _ in scan(body, scanner):
        pass
    return found


def _path(one: Cut) -> tuple[str, ...]:
    return tuple(one.column.within.split("/") + one.column.column.split("/"))
