"""The rows of one sheet, as they pass."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from leverans.sources.flat.cells import moment_text, number_text, unescaped, whole
from leverans.sources.flat.workbook import Sheet, Workbook

MOST_COLUMNS = 16_384
_FLAGS = {"1": "true", "0": "false"}


@dataclass(slots=True)
class Row:
    """One row.

    Attributes:
        number: as the sheet counts, from 1.
        cells: column (from 0) → text; only what holds something.
        fault: a cell cannot be read.
    """

    number: int
    cells: dict[int, str] = field(default_factory=dict)
    fault: bool = False


@dataclass(slots=True)
class Seen:
    """What a sheet has that a table has not, counted.

    Attributes:
        hidden_rows: rows that are not shown.
        hidden_columns: columns that are not shown.
        merged: cells that are merged with their neighbours.
        unreckoned: formulas whose result the file does not hold.
        errors: cells that show an error (``#N/A``).
        zeros: numbers that are shown with zeros at the front which they do not have.
        no_days: numbers that are shown as days but are none.
    """

    hidden_rows: int = 0
    hidden_columns: int = 0
    merged: int = 0
    unreckoned: int = 0
    errors: int = 0
    zeros: int = 0
    no_days: int = 0


class Rows:
    """Reads the rows of a sheet, once.

    Args:
        workbook: open.
        sheet: one of it.

    Attributes:
        seen: complete when all rows have passed.
    """

    def __init__(self, workbook: Workbook, sheet: Sheet) -> None:
        self._workbook = workbook
        self._sheet = sheet
        self._texts = workbook.texts()
        self.seen = Seen()
        self._ready: list[Row] = []
        self._row = Row(0)
        self._column = -1
        self._kind = ""
        self._style = 0
        self._formula = False
        self._taking = False
        self._silent = 0
        self._value: list[str] | None = None

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows that the sheet has, empty ones too, in its order.

        Raises:
            IntegrityError: SRC221.
        """
        for _ in self._workbook.scanned(self._sheet.part, self._start, self._end, self._data):
            ready, self._ready = self._ready, []
            yield from ready

    def _start(self, name: str, told: dict[str, str]) -> None:
        if name == "c":
            self._begin(told)
        elif name in {"v", "t"}:
            self._taking = not self._silent
            if self._value is None:
                self._value = []
        elif name == "row":
            self._row = Row(whole(told.get("r")) or self._row.number + 1)
            self._column = -1
            self.seen.hidden_rows += told.get("hidden") in {"1", "true"}
        elif name == "f":
            self._formula = True
        else:
            self._other(name, told)

    def _other(self, name: str, told: dict[str, str]) -> None:
        if name == "rPh":
            self._silent += 1
        elif name == "col" and told.get("hidden") in {"1", "true"}:
            first, last = whole(told.get("min")), whole(told.get("max"))
            self.seen.hidden_columns += max(0, (last or 0) - (first or 1) + 1)
        elif name == "mergeCell":
            self.seen.merged += 1

    def _begin(self, told: dict[str, str]) -> None:
        place = told.get("r")
        self._column = self._column + 1 if place is None else column_of(place)
        self._kind = told.get("t", "n")
        self._style = whole(told.get("s")) or 0
        self._formula = False
        self._value = None

    def _data(self, text: str) -> None:
        if self._taking and self._value is not None:
            self._value.append(text)

    def _end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._taking = False
        elif name == "c":
            self._take()
        elif name == "row":
            self._ready.append(self._row)
        elif name == "rPh":
            self._silent -= 1

    def _take(self) -> None:
        """Put a cell into its row."""
        value = None if self._value is None else "".join(self._value)
        if not value:
            self.seen.unreckoned += self._formula and self._kind not in {"str", "inlineStr"}
        if value is None:
            return
        text = self._text(value)
        if text is None or not 0 <= self._column < MOST_COLUMNS or self._column in self._row.cells:
            self._row.fault = True
        elif text:
            self._row.cells[self._column] = text

    def _text(self, value: str) -> str | None:
        """Give the text of a cell; None where it cannot be read."""
        if self._kind == "s":
            return self._texts.get(value)
        if self._kind in {"str", "inlineStr"}:
            return unescaped(value)
        if self._kind == "b":
            return _FLAGS.get(value.strip(), value)
        if self._kind == "n":
            return self._number(value.strip())
        self.seen.errors += self._kind == "e"
        return value

    def _number(self, written: str) -> str:
        looks = self._workbook.looks
        look = looks[self._style] if self._style < len(looks) else "plain"
        if look == "plain" or not written:
            return number_text(written)
        if look == "zeros":
            self.seen.zeros += 1
            return number_text(written)
        text = moment_text(written, look, from_1904=self._workbook.from_1904)
        self.seen.no_days += text is None
        return number_text(written) if text is None else text


def column_of(place: str) -> int:
    """Give the column (from 0) of a place such as ``AB12``; -1 where it is none."""
    number = 0
    for sign in place:
        if "A" <= sign <= "Z":
            number = number * 26 + ord(sign) - 64
            if number > MOST_COLUMNS:
                return -1
        else:
            break
    return number - 1
