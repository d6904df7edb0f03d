"""Lines of a SIE file → items: a label and its fields (standard version 4B, sections 5.4 to 5.8)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from leverans.sources.flat.lines import Lines

Field = str | tuple[str, ...]
"""A field's text, or the texts of an object list."""

_LABEL = re.compile(r"[ \t]*#([A-Za-z0-9_ÅÄÖåäö]+)")
_TOKEN = re.compile(
    r'[ \t]*(?:"((?:[^"\\]|\\.)*+)"(?=[\s{}]|\Z)|([{}])|([^\s{}"]+)(?=[\s{}]|\Z)|(\Z))', re.DOTALL
)
_BRACES = {"{": 1, "}": -1}
_BLANK = "\r\n\x1a \t"


@dataclass(frozen=True, slots=True)
class Item:
    """One line.

    Attributes:
        line: its number, from 1.
        label: in capitals, without ``#``; an empty text where none can be told.
        fields: its fields.
        voucher: number of the voucher that it is or lies within, 0 for none.
        fault: code of what is wrong with it, or an empty text.
        unclosed: the voucher before it was not closed, or a brace stands where none may stand.
    """

    line: int
    label: str
    fields: tuple[Field, ...] = ()
    voucher: int = 0
    fault: str = ""
    unclosed: bool = False


class NotSie(Exception):
    """The file does not begin as a SIE file does."""


def items(file: BinaryIO, encoding: str) -> Iterator[Item]:
    """Yield every line that is not blank; braces are no items unless they are misplaced.

    Args:
        file: the file from its start.
        encoding: that it is really in.

    Raises:
        NotSie: the first line that is not blank holds no label.
    """
    reader = _Reader()
    for line in Lines(file, encoding):
        text = line.text.strip(_BLANK)
        if text or line.fault:
            yield from reader.take(line.number, text, line.fault)
    yield from reader.end()


class _Reader:
    """Follows vouchers through the lines."""

    def __init__(self) -> None:
        self._begun = False
        self._vouchers = 0
        self._announced = False
        self._inside = False
        self._line = 0

    def take(self, number: int, text: str, fault: str) -> Iterator[Item]:
        self._line = number
        if text in _BRACES and not fault:
            yield from self._brace(text)
            return
        found = _LABEL.match(text)
        if not self._begun and found is None:
            raise NotSie
        self._begun = True
        label = found[1].upper() if found else ""
        if label == "VER":
            yield from self._voucher()
        inside = self._vouchers if self._inside or label == "VER" else 0
        fields = _fields(text, found.end()) if found and not fault else None
        wrong = fault or ("" if fields is not None else "SRC103")
        yield Item(number, label, fields or (), inside, wrong)

    def end(self) -> Iterator[Item]:
        if self._inside or self._announced:
            yield Item(self._line, "", voucher=self._vouchers, unclosed=True)

    def _voucher(self) -> Iterator[Item]:
        if self._inside or self._announced:
            yield Item(self._line, "", voucher=self._vouchers, unclosed=True)
        self._vouchers += 1
        self._announced, self._inside = True, False

    def _brace(self, text: str) -> Iterator[Item]:
        if (text == "{") != self._announced or (text == "}") != self._inside:
            yield Item(self._line, "", voucher=self._vouchers, unclosed=True)
        self._announced, self._inside = False, text == "{"


def _fields(text: str, place: int) -> tuple[Field, ...] | None:
    """Give the fields of a line, or None where quotes or braces do not match."""
    found: list[Field] = []
    group: list[str] | None = None
    while True:
        token = _TOKEN.match(text, place)
        if token is None:
            return None
        quoted, brace, plain, _ = token.groups()
        place = token.end()
        if brace == "{" and group is None:
            group = []
        elif brace == "}" and group is not None:
            found.append(tuple(group))
            group = None
        elif quoted is None and plain is None:
            return tuple(found) if brace is None and group is None else None
        else:
            (found if group is None else group).append(
                plain if quoted is None else quoted.replace('\\"', '"')
            )


def written(field: Field) -> str:
    """Write a field as the standard does: quoted, quotes within escaped."""
    if isinstance(field, tuple):
        return f"{{{' '.join(map(written, field))}}}"
    return '"' + field.replace('"', '\\"') + '"'
