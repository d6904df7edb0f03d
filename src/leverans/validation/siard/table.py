"""tableN.xml: rows and cells while they stream by, never more than one row in memory."""

import re
from collections.abc import Callable
from typing import BinaryIO, NamedTuple

from leverans.formats.xmlstream import CHUNK, Scanner, scan
from leverans.validation.siard.keys import Values, Watch
from leverans.validation.siard.schema import Cell
from leverans.validation.siard.types import CHECKS, LARGE, harmed

_PART = re.compile(r"[auc][1-9]\d*", re.ASCII)
_CELL_DEPTH = 3


class Lob(NamedTuple):
    """A large object in a file of its own: the place of its cell, the column, what the cell says."""

    place: str
    column: int
    kind: str
    attributes: dict[str, str]


class TableCheck:
    """Checks one table.

    Args:
        document: its path as findings call it.
        cells: the columns as its schema declares them.
        watches: the keys to follow.
        report: takes the findings.
        large: takes each large object in a file of its own.
    """

    def __init__(
        self,
        document: str,
        cells: list[Cell],
        watches: list[Watch],
        report: Callable[..., None],
        large: Callable[[Lob], None],
    ) -> None:
        self.rows = 0
        self._document = document
        self._report = report
        self._large = large
        self._cells = cells
        self._tags = {cell.tag: number for number, cell in enumerate(cells)}
        self._kinds = [cell.type for cell in cells]
        self._checks = [CHECKS.get(cell.type) for cell in cells]
        self._watches = watches
        self._watched = frozenset(column for watch in watches for column in watch.columns)
        self._row: Values = []
        self._depth = 0
        self._at = -1
        self._text: list[str] = []
        self._held = 0
        self._nested = False
        self._harmed: set[int] = set()
        self._scanner = Scanner(self._start, self._end, self._data)

    def read(self, stream: BinaryIO) -> None:
        """Read the whole table.

        Raises:
            XmlFault: it cannot be read.
        """
        self._scanner.parser.XmlDeclHandler = self._declared
        for _ in scan(stream, self._scanner):
            pass

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and not encoding.lower().startswith(("utf-", "us-ascii", "ascii")):
            self._report("G_3.3-1", self._document, value=encoding)

    def _where(self, tail: str = "") -> str:
        path = f"/table/row[{self.rows}]" if self._depth > 1 else "/table"
        return f"{self._document}:{self._scanner.line} {path}{tail}"

    def _start(self, name: str, given: dict[str, str]) -> None:
        self._depth += 1
        local = name.rpartition(" ")[2]
        if self._depth == _CELL_DEPTH:
            self._begin(local, given)
        elif self._depth > _CELL_DEPTH:
            self._part(local, given)
        elif self._depth == 2:
            self.rows += 1
            self._row = [None] * len(self._cells)
            self._at = -1
            if local != "row":
                self._report("T_6.4-2", self._where(), name=local)
        elif local != "table":
            self._report("T_6.4-2", f"{self._document}:{self._scanner.line} /{local}", name=local)

    def _begin(self, local: str, given: dict[str, str]) -> None:
        self._text, self._held, self._nested = [], 0, False
        number = self._tags.get(local, -1)
        if number < 0:
            self._report("T_6.4-2", self._where(f"/{local}"), name=local)
        elif number <= self._at:
            self._report("T_6.0-2", self._where(f"/{local}"), name="order")
        self._at = number
        if given:
            self._attributes(given, local)

    def _part(self, local: str, given: dict[str, str]) -> None:
        self._scanner.guard(self._depth)
        self._nested = True
        self._text = []
        if not _PART.fullmatch(local):
            self._report("T_6.1-4", self._where(f"/{self._tag()}/{local}"), name=local)
        if given:
            self._attributes(given, local)

    def _attributes(self, given: dict[str, str], local: str) -> None:
        if "file" in given:
            kind = self._kinds[self._at] if 0 <= self._at < len(self._kinds) else ""
            self._large(Lob(self._where(f"/{local}"), self._at, kind, given))
            self._nested = True
        elif self._depth == _CELL_DEPTH and self._at >= 0 and self._kinds[self._at] not in LARGE | {""}:
            self._report("T_6.0-2", self._where(f"/{local}"), name="attribute")

    def _data(self, text: str) -> None:
        if self._depth >= _CELL_DEPTH:
            if self._held < CHUNK:
                self._text.append(text)
            self._held += len(text)
        elif not text.isspace():
            self._report("T_6.0-2", self._where(), name="text")

    def _tag(self) -> str:
        return self._cells[self._at].tag if self._at >= 0 else "?"

    def _end(self, _: str) -> None:
        if self._depth == _CELL_DEPTH:
            if self._at >= 0 and not self._nested:
                self._value()
            elif self._at >= 0:
                self._row[self._at] = ""
            self._text = []
        elif self._depth == 2:
            self._close()
        self._depth -= 1

    def _value(self) -> None:
        number = self._at
        check = self._checks[number]
        whole = self._held < CHUNK
        if check is None and number not in self._watched and number in self._harmed:
            self._row[number] = ""
            return
        text = "".join(self._text)
        if check is not None and whole and not check(text):
            code = "T_6.3-1" if self._kinds[number] in {"dateType", "dateTimeType"} else "T_6.0-2"
            code = "T_6.3-2" if self._kinds[number] == "timeType" else code
            self._report(code, self._where(f"/{self._tag()}"), name=self._kinds[number])
        elif check is None and number not in self._harmed and harmed(text):
            self._harmed.add(number)
            self._report("G_3.3-4", self._where(f"/{self._tag()}"))
        self._row[number] = text if number in self._watched else ""

    def _close(self) -> None:
        for number, cell in enumerate(self._cells):
            if self._row[number] is None and not cell.optional:
                self._report("T_6.0-2", self._where(f"/{cell.tag}"), name="NOT NULL")
        for watch in self._watches:
            if not watch.take(self.rows, self._row, self._kinds) and watch.unique:
                tags = " ".join(self._cells[number].tag for number in watch.columns)
                self._report("T_6.0-1", self._where(), name=tags)
