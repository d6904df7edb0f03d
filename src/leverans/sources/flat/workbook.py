"""A workbook (ECMA-376, Office Open XML): its sheets, its texts and how its numbers are shown.

Read with our own streaming XML and zip rooms: openpyxl's read-only mode gives numbers as floating point and
does not tell what is hidden or merged, python-calamine holds whole sheets in memory. Nothing in a workbook is
run, no formula is reckoned, no link followed.
"""

import mmap
import tempfile
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from leverans.errors import IntegrityError, LeveransError
from leverans.formats.container import open_container
from leverans.formats.xmlstream import Scanner, XmlFault, scan
from leverans.sources.flat.cells import Look, look_of, unescaped, whole

LARGEST_PART = 4 << 30
SMALL_PART = 64 << 20
DENSEST = 250
"""A part above `SMALL_PART` may unpack to this many times the whole file, and never past the largest."""

_SHEET = "worksheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet.

    Attributes:
        name: as the workbook calls it.
        part: its path in the package.
        hidden: it is not shown.
    """

    name: str
    part: str
    hidden: bool


class Workbook:
    """An open workbook; use it as a context manager.

    Args:
        path: the file.
        where: what errors name.

    Raises:
        IntegrityError: SRC221 it is no workbook, damaged, encrypted, or unpacks to far more than it should.
    """

    def __init__(self, path: Path, where: str) -> None:
        self._where = where
        self._size = path.stat().st_size
        self._texts: Texts | None = None
        try:
            self._package = open_container(path)
        except LeveransError as fault:
            raise self.broken(fault.code) from fault
        try:
            root = f"{self._package.root}/" if self._package.root else ""
            self._parts = {root + one.path: one for one in self._package.entries() if one.kind == "file"}
            self.from_1904 = False
            self.sheets = self._sheets()
            self.looks = self._looks()
        except BaseException:
            self._package.close()
            raise

    def broken(self, reason: str) -> IntegrityError:
        """Give the error of a workbook that cannot be read."""
        return IntegrityError("SRC221", self._where, reason=reason)

    def texts(self) -> "Texts":
        """Give the texts that cells share."""
        if self._texts is None:
            self._texts = Texts()
            part = next((name for name in self._parts if name.lower() == "xl/sharedstrings.xml"), "")
            if part:
                for _ in self.scanned(part, self._texts.start, self._texts.end, self._texts.data):
                    pass
            self._texts.seal()
        return self._texts

    def scanned(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] = lambda _name: None,
        data: Callable[[str], None] | None = None,
    ) -> Iterator[Scanner]:
        """Feed one part through handlers that get local names; yields after each piece of it.

        Raises:
            IntegrityError: SRC221.
        """
        local = _Local()
        scanner = Scanner(
            lambda name, attributes: start(local[name], attributes), lambda name: end(local[name]), data
        )
        try:
            with self._open(part) as file:
                for _ in scan(file, scanner):
                    yield scanner
        except XmlFault as fault:
            raise self.broken(f"{part}: {fault.code}, {fault.line}") from fault
        except LeveransError as fault:
            raise fault if fault.code == "SRC221" else self.broken(f"{part}: {fault.code}") from fault

    def close(self) -> None:
        """Let the file go."""
        if self._texts is not None:
            self._texts.close()
        self._package.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _open(self, part: str) -> BinaryIO:
        entry = self._parts.get(part)
        if entry is None:
            raise self.broken(part)
        if entry.size > SMALL_PART and (entry.size > LARGEST_PART or entry.size > DENSEST * self._size):
            raise self.broken(f"{part}: {entry.size} B")
        return self._package.open(entry)

    def _sheets(self) -> tuple[Sheet, ...]:
        targets = self._targets()
        found: list[Sheet] = []

        def start(name: str, told: dict[str, str]) -> None:
            if name == "workbookPr":
                self.from_1904 = told.get("date1904", "0").lower() in {"1", "true", "on"}
            if name == "sheet":
                key = next((value for key, value in told.items() if key.rpartition(" ")[2] == "id"), "")
                kind, part = targets.get(key, ("", ""))
                if kind == _SHEET:
                    found.append(Sheet(told.get("name", ""), part, told.get("state", "visible") != "visible"))

        for _ in self.scanned("xl/workbook.xml", start):
            pass
        return tuple(found)

    def _targets(self) -> dict[str, tuple[str, str]]:
        """Give kind and path of every part that the workbook refers to."""
        found: dict[str, tuple[str, str]] = {}

        def start(name: str, told: dict[str, str]) -> None:
            if name == "Relationship" and told.get("TargetMode") != "External":
                target = told.get("Target", "")
                part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
                found[told.get("Id", "")] = (told.get("Type", "").rpartition("/")[2], part)

        for _ in self.scanned("xl/_rels/workbook.xml.rels", start):
            pass
        return found

    def _looks(self) -> tuple[Look, ...]:
        """Give how numbers are shown, by the number of the cell's style."""
        codes: dict[int, str] = {}
        looks: list[Look] = []
        inside: list[str] = []

        def start(name: str, told: dict[str, str]) -> None:
            inside.append(name)
            if name == "numFmt":
                codes[_number(told.get("numFmtId"))] = told.get("formatCode", "")
            if name == "xf" and "cellXfs" in inside:
                number = _number(told.get("numFmtId"))
                looks.append(look_of(number, codes.get(number)))

        if "xl/styles.xml" in self._parts:
            for _ in self.scanned("xl/styles.xml", start, lambda _name: _out(inside)):
                pass
        return tuple(looks)


class Texts:
    """The texts that cells share, in a file without a name: a reading that is killed leaves nothing."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # it lives as long as the texts
        self._ends = array("Q", [0])
        self._parts: list[str] = []
        self._depth = 0
        self._taking = False
        self._silent = 0
        self._held: mmap.mmap | bytes = b""

    def start(self, name: str, _told: dict[str, str]) -> None:
        """Take the beginning of an element; what is read aloud (`rPh`) is no part of the text."""
        self._silent += name == "rPh"
        self._taking = name == "t" and not self._silent
        if name == "si":
            self._parts = []

    def data(self, text: str) -> None:
        """Take a run of text."""
        if self._taking:
            self._parts.append(text)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        self._taking = False
        self._silent -= name == "rPh"
        if name == "si":
            raw = unescaped("".join(self._parts)).encode("utf-8", "surrogatepass")
            self._file.write(raw)
            self._ends.append(self._ends[-1] + len(raw))

    def seal(self) -> None:
        """Say that all are there."""
        self._file.flush()
        if self._ends[-1]:
            self._held = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def get(self, written: str) -> str | None:
        """Give a text by its written number from 0; None where there is none."""
        number = whole(written)
        if number is None or number >= len(self._ends) - 1:
            return None
        return self._held[self._ends[number] : self._ends[number + 1]].decode("utf-8", "surrogatepass")

    def close(self) -> None:
        """Forget everything."""
        if isinstance(self._held, mmap.mmap):
            self._held.close()
        self._file.close()


class _Local(dict[str, str]):
    """Names with their namespace → without."""

    def __missing__(self, name: str) -> str:
        self[name] = name.rpartition(" ")[2]
        return self[name]


def _out(inside: list[str]) -> None:
    inside.pop()


def _number(text: str | None) -> int:
    return whole(text) or 0
