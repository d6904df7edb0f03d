"""tableN.xsd: what it says about the columns, read without building a tree."""

from dataclasses import dataclass, field
from typing import BinaryIO

from leverans.formats.xmlstream import Scanner, scan

_XS = "http://www.w3.org/2001/XMLSchema "


@dataclass(slots=True)
class Cell:
    """One column: its tag, its type (empty when it is built in place), whether it may be missing."""

    tag: str
    type: str
    optional: bool


@dataclass(slots=True)
class TableSchema:
    """What a table's schema declares.

    Attributes:
        root: it declares the element ``table``.
        row: how often a ``row`` may stand (least, most; -1 for any number), None when none is declared.
        cells: the columns in their order.
    """

    root: bool = False
    row: tuple[int, int] | None = None
    cells: list[Cell] = field(default_factory=list)


def read_schema(stream: BinaryIO) -> TableSchema:
    """Read a table's schema.

    Raises:
        XmlFault: it cannot be read.
    """
    return _Reader().read(stream)


class _Reader:
    def __init__(self) -> None:
        self.found = TableSchema()
        self._open: list[str] = []
        self._row_type = ""
        self._types: dict[str, list[Cell]] = {}
        self._scanner = Scanner(self._start, self._end)

    def read(self, stream: BinaryIO) -> TableSchema:
        for _ in scan(stream, self._scanner):
            pass
        if not self.found.cells:
            self.found.cells = self._types.get(self._row_type, [])
        return self.found

    def _start(self, name: str, given: dict[str, str]) -> None:
        label = given.get("name", "")
        depth = len(self._open)
        self._scanner.guard(depth)
        if name == _XS + "element":
            if depth == 1 and label == "table":
                self.found.root = True
            elif "element table" in self._open and label == "row":
                self.found.row = (_count(given, "minOccurs"), _count(given, "maxOccurs"))
                self._row_type = _local(given.get("type", ""))
            elif self._is_cell():
                self._column(label, given)
        self._open.append(f"{name.removeprefix(_XS)} {label}".strip())

    def _column(self, label: str, given: dict[str, str]) -> None:
        cell = Cell(label, _local(given.get("type", "")), given.get("minOccurs", "1").strip() == "0")
        if "element row" in self._open:
            self.found.cells.append(cell)
        else:
            self._types.setdefault(self._open[1].partition(" ")[2], []).append(cell)

    def _is_cell(self) -> bool:
        """A column stands in a row, or in a named type at the top; what is nested deeper is a part of it."""
        steps = [step.partition(" ")[0] for step in self._open[1:]]
        if "element row" in self._open:
            return steps[-2:] == ["complexType", "sequence"] and steps.count("element") == 2
        return steps == ["complexType", "sequence"]

    def _end(self, _: str) -> None:
        self._open.pop()


def _local(name: str) -> str:
    return name.rpartition(":")[2].strip()


def _count(given: dict[str, str], name: str) -> int:
    text = given.get(name, "1").strip()
    if text == "unbounded":
        return -1
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 1
