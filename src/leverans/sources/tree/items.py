"""The items of one file, cut out as text: elements of an XML document, values of a JSON document."""

import json
from collections.abc import Iterator
from typing import BinaryIO

from leverans.formats.xmlslice import Slicer
from leverans.formats.xmlstream import Scanner, XmlFault, scan
from leverans.sources.tree.around import Around

LARGEST_ITEM = 512 << 20
LARGEST_JSON = 512 << 20
_SPACE = " \t\r\n"


class Unreadable(Exception):
    """A file that cannot be read on.

    Attributes:
        reason: what is wrong and where; no text of the file.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def xml_items(file: BinaryIO, each: tuple[str, ...]) -> Iterator[str]:
    """Yield the text of every outermost element whose path ends with `each`, as a document of its own.

    Args:
        file: an XML document in any encoding that it declares.
        each: local names; namespaces are not looked at.

    Raises:
        Unreadable: the document is not well-formed, has a document type declaration, or is beyond limits.
    """
    for text, _ in xml_items_around(file, each, ()):
        yield text


def xml_items_around(
    file: BinaryIO, each: tuple[str, ...], columns: tuple[tuple[str, str], ...]
) -> Iterator[tuple[str, dict[str, str | None]]]:
    """Yield items as `xml_items` does, each with the wanted values of the elements around it.

    Args:
        file: as there.
        each: as there.
        columns: name and path of the lifted columns (see `Around`).

    Raises:
        Unreadable: as there.
    """
    around = Around(columns)
    seeker = _Seeker(each, around)
    scanner = Scanner(seeker.start, seeker.end, around.data if around else None)
    slicer = Slicer(scanner)
    seeker.attach(scanner, slicer)
    try:
        for _ in scan(slicer.tee(file), scanner):
            if slicer.held > LARGEST_ITEM:
                raise Unreadable(f"line {scanner.line}: an element of more than {LARGEST_ITEM >> 20} MiB")
            yield from seeker.taken()
    except XmlFault as fault:
        raise Unreadable(f"{fault.code}, line {fault.line}: {fault.reason}") from fault


class _Seeker:
    """Finds the elements."""

    def __init__(self, each: tuple[str, ...], around: Around) -> None:
        self._each = each
        self._around = around
        self._path: list[str] = []
        self._open = 0
        self._values: dict[str, str | None] = {}
        self._ready: list[tuple[str, dict[str, str | None]]] = []

    def attach(self, scanner: Scanner, slicer: Slicer) -> None:
        self._scanner = scanner
        self._slicer = slicer

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name.rpartition(" ")[2])
        self._scanner.guard(len(self._path))
        if self._around:
            self._around.start(self._path[-1], attributes)
        if not self._open and tuple(self._path[-len(self._each) :]) == self._each:
            self._open = len(self._path)
            self._values = self._around.values()
            self._slicer.begin()

    def end(self, _name: str) -> None:
        if self._open == len(self._path):
            self._ready.append((self._slicer.end().decode("utf-8"), self._values))
            self._open = 0
        if self._around:
            self._around.end()
        self._path.pop()

    def taken(self) -> list[tuple[str, dict[str, str | None]]]:
        ready, self._ready = self._ready, []
        return ready


def json_items(file: BinaryIO, each: tuple[str, ...], encoding: str) -> Iterator[str]:
    """Yield the text of every item of the list at `each` (or the one object that stands there).

    Args:
        file: a JSON document (RFC 8259).
        each: keys from the top; none: the document itself.
        encoding: of the text.

    Raises:
        Unreadable: the text does not decode, is no JSON, or is beyond limits.
    """
    raw = file.read(LARGEST_JSON + 1)
    if len(raw) > LARGEST_JSON:
        raise Unreadable(f"a document of more than {LARGEST_JSON >> 20} MiB")
    try:
        text = raw.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as fault:
        raise Unreadable(f"byte {fault.start}: not {encoding}") from fault
    try:
        whole = json.JSONDecoder().raw_decode(text, _blank(text, 0))[1]
        if _blank(text, whole) != len(text):
            raise Unreadable(f"character {whole}: more after the end")
        yield from _values(text, each)
    except (ValueError, IndexError, RecursionError) as fault:
        raise Unreadable(f"{type(fault).__name__} {getattr(fault, 'pos', '')}".strip()) from fault


def _values(text: str, each: tuple[str, ...]) -> Iterator[str]:
    place = _blank(text, 0)
    for key in each:
        found = _member(text, place, key)
        if found is None:
            return
        place = found
    if text[place] != "[":
        if text[place] == "{":
            yield text[place : _end(text, place)]
        return
    place = _blank(text, place + 1)
    while text[place] != "]":
        end = _end(text, place)
        yield text[place:end]
        place = _blank(text, end)
        if text[place] == ",":
            place = _blank(text, place + 1)


def _member(text: str, place: int, wanted: str) -> int | None:
    """Give where the value of a key begins; None: no object, or no such key."""
    if text[place] != "{":
        return None
    place = _blank(text, place + 1)
    while text[place] != "}":
        key, place = json.JSONDecoder().raw_decode(text, place)
        place = _blank(text, _blank(text, place) + 1)  # the colon
        if key == wanted:
            return place
        place = _blank(text, _end(text, place))
        if text[place] == ",":
            place = _blank(text, place + 1)
    return None


def _end(text: str, place: int) -> int:
    return json.JSONDecoder().raw_decode(text, place)[1]


def _blank(text: str, place: int) -> int:
    while place < len(text) and text[place] in _SPACE:
        place += 1
    return place
