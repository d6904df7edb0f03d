"""Lines → records. A quote that never closes costs its own line, not the rest of the file."""

import csv
import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from leverans.sources.flat.lines import LINE_BYTES, Line

AHEAD_LINES = 10_000
AHEAD_BYTES = 8 << 20
"""How far the end of a quoted cell is looked for."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the file.

    Attributes:
        line: number of its first line.
        cells: its cells; empty when it is broken.
        fault: an empty text, or the code of what is wrong with it.
        found: number of cells found, for SRC101.
        legible: the leading cells of a broken record that can be told; undecodable bytes as lone surrogates.
    """

    line: int
    cells: list[str]
    fault: str = ""
    found: int = 0
    legible: tuple[str, ...] = ()


class Records:
    """Cuts lines into records of `width` cells (RFC 4180 quoting, strictly).

    Attributes:
        blank: lines without anything in them; they are no records (unless a record is one cell).
        width: cells of a record, 0 while it is not known.
        delimiter: stands between cells.
    """

    def __init__(self, lines: Iterable[Line], delimiter: str, quote: str, width: int = 0) -> None:
        csv.field_size_limit(min(sys.maxsize, LINE_BYTES + AHEAD_BYTES))
        self._lines = iter(lines)
        self._again: deque[Line] = deque()
        self.delimiter = delimiter
        self._quote = quote
        self._cell = _whole_cell(delimiter, quote)
        self._back: list[Record] = []
        self.width = width
        self.blank = 0

    def put_back(self, record: Record) -> None:
        """Give a record once more, before all others."""
        self._back.append(record)

    def __iter__(self) -> Iterator[Record]:
        while self._back:
            yield self._back.pop()
        while (line := self._next()) is not None:
            if not line.text.strip("\r\n") and not line.fault and self.width != 1:
                self.blank += 1
                continue
            yield self._record(line)

    def _next(self) -> Line | None:
        return self._again.popleft() if self._again else next(self._lines, None)

    def _record(self, line: Line) -> Record:
        if line.fault == "SRC104":
            return Record(line.number, [], line.fault, legible=self._leading(line.text, cut=True))
        cells = self._split([line.text])
        if cells is None and self._quote in line.text and self._quote:
            return self._over_several(line)
        return self._judge(line, cells, line.fault)

    def _over_several(self, first: Line) -> Record:
        """Look ahead for the closing quote; if the result does not fit, all but the first line go back."""
        taken, weight, odd, fault = [first], len(first.text), _odd(first.text, self._quote), first.fault
        while odd and len(taken) < AHEAD_LINES and weight < AHEAD_BYTES:
            line = self._next()
            if line is None or line.fault == "SRC104":
                self._again.extendleft([line] if line else [])
                break
            taken.append(line)
            weight += len(line.text)
            odd ^= _odd(line.text, self._quote)
            fault = fault or line.fault
            if not odd:
                cells = self._split([item.text for item in taken])
                if cells is not None and len(cells) == (self.width or len(cells)):
                    return self._judge(first, cells, fault)
        self._again.extendleft(reversed(taken[1:]))
        return Record(first.number, [], first.fault or "SRC103", legible=self._leading(first.text))

    def _judge(self, line: Line, cells: list[str] | None, fault: str) -> Record:
        if fault or cells is None:
            legible = self._leading(line.text) if cells is None else tuple(cells)
            return Record(line.number, [], fault or "SRC103", legible=legible)
        if self.width and len(cells) != self.width:
            return Record(line.number, [], "SRC101", len(cells), tuple(cells))
        return Record(line.number, cells)

    def _leading(self, text: str, *, cut: bool = False) -> tuple[str, ...]:
        """Give the cells before the first that is broken; of a text that was cut none without its end."""
        cells: list[str] = []
        place = 0
        while found := self._cell.match(text, place):
            if cut and not found["end"]:
                break
            quoted = found["quoted"]
            cells.append(found["plain"] if quoted is None else quoted.replace(self._quote * 2, self._quote))
            place = found.end()
            if not found["end"]:
                break
        return tuple(cells)

    def _split(self, texts: list[str]) -> list[str] | None:
        """Give the cells of one record, or None when the quotes do not match."""
        try:
            found = list(
                csv.reader(
                    texts,
                    delimiter=self.delimiter,
                    quotechar=self._quote or None,
                    quoting=csv.QUOTE_MINIMAL if self._quote else csv.QUOTE_NONE,
                    strict=True,
                )
            )
        except csv.Error:
            return None
        if len(found) > 1:
            return None
        return (found[0] if found else []) or [""]


def _whole_cell(delimiter: str, quote: str) -> re.Pattern[str]:
    """Give the pattern of one cell that is whole, with the delimiter or the end of the line after it."""
    end, sign = re.escape(delimiter), re.escape(quote)
    plain = rf"(?P<plain>[^{end}\r\n]*)"
    after = rf"(?:(?P<end>{end})|\r?\n?\Z)"
    if not quote:
        return re.compile(rf"(?:(?P<quoted>(?!))|{plain}){after}")
    return re.compile(rf"(?:{sign}(?P<quoted>(?:[^{sign}]|{sign}{sign})*+){sign}|(?!{sign}){plain}){after}")


def _odd(text: str, quote: str) -> bool:
    return text.count(quote) % 2 == 1
