"""One sheet of a workbook as a table: its header, its rows in batches, its count."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import pyarrow as pa

from leverans.contracts import Finding
from leverans.errors import ConfigurationError
from leverans.sources.contract import Batch, SetAside
from leverans.sources.flat.batches import BATCH_BYTES, BATCH_ROWS, fingerprint, opened
from leverans.sources.flat.headless import LOOKED_AT, values_among
from leverans.sources.flat.sheet import Row, Rows, Seen
from leverans.sources.flat.workbook import Sheet, Workbook
from leverans.sources.gathering import batch_of
from leverans.sources.landing.hashing import hint_of

INSIDE = "!/"
"""In a stream's file: what follows is the name of a sheet."""


class SheetTable:
    """Reads one sheet; every cell is text and an empty cell is an empty text.

    Args:
        source: name of the source.
        stream: name of the stream.
        path: the workbook.
        sheet: name of the sheet; empty: the workbook's only one.
        header: number of the row that holds the names; 0: the first that holds anything.
        by: columns that tell the root.
    """

    def __init__(
        self, source: str, stream: str, path: Path, sheet: str, *, header: int = 0, by: tuple[str, ...] = ()
    ) -> None:
        self._where = f"{source}.{stream}"
        self._stream = stream
        self._path = path
        self._sheet = sheet
        self._header = header
        self._by = by
        self._above = 0

    def header(self) -> tuple[str, ...]:
        """Give the names of the columns.

        Raises:
            ConfigurationError: SRC012 no file, SRC013 something else than a file, SRC019 no usable header,
                SRC222 no such sheet, SRC238 the first row looks like no header and nobody said that it is.
            IntegrityError: SRC221 no workbook.
            AccessDenied: SRC014.
        """
        with self._open() as (workbook, sheet):
            rows = iter(Rows(workbook, sheet))
            names = self._names(rows)
            self._believed(names, rows)
            return names

    def count(self) -> int:
        """Count the rows that hold anything, below the header."""
        with self._open() as (workbook, sheet):
            rows = iter(Rows(workbook, sheet))
            self._names(rows)
            return sum(1 for row in rows if row.cells or row.fault)

    def batches(self) -> Iterator[Batch]:
        """Read the rows; those with a value outside of the header's columns are set aside."""
        with self._open() as (workbook, sheet):
            read = Rows(workbook, sheet)
            rows = iter(read)
            names = self._names(rows)
            schema = pa.schema([(name, pa.string()) for name in names])
            good: list[list[str]] = []
            aside: list[SetAside] = []
            blank = weight = 0
            for row in rows:
                if not row.cells and not row.fault:
                    blank += 1
                    continue
                if row.fault or max(row.cells) >= len(names):
                    aside.append(self._aside(row, names))
                else:
                    good.append([row.cells.get(column, "") for column in range(len(names))])
                    weight += sum(map(len, row.cells.values()))
                if len(good) + len(aside) >= BATCH_ROWS or weight >= BATCH_BYTES:
                    yield batch_of(self._stream, schema, good, aside=aside)
                    good, aside, weight = [], [], 0
            told = [*self._told(read.seen, sheet, blank)]
            yield batch_of(self._stream, schema, good, aside=aside, findings=told)

    def others(self, taken: frozenset[str]) -> tuple[str, ...]:
        """Give the names of the sheets that are not `taken`; none where the workbook has one and it is."""
        with self._workbook() as workbook:
            names = tuple(sheet.name for sheet in workbook.sheets)
            return () if taken == {""} else tuple(name for name in names if name not in taken)

    def rows(self) -> int:
        """Count the rows that hold anything, whatever the first is."""
        with self._open() as (workbook, sheet):
            return sum(1 for row in Rows(workbook, sheet) if row.cells or row.fault)

    def fingerprint(self) -> str:
        """Give inode, size and time of the file."""
        return fingerprint(self._path, self._where)

    @contextmanager
    def _workbook(self) -> Iterator[Workbook]:
        with opened(self._path, self._where, "xlsx"), Workbook(self._path, self._where) as workbook:
            yield workbook

    @contextmanager
    def _open(self) -> Iterator[tuple[Workbook, Sheet]]:
        with self._workbook() as workbook:
            found = [sheet for sheet in workbook.sheets if self._sheet in {sheet.name, ""}]
            if len(found) != 1:
                raise ConfigurationError("SRC222", self._where, sheet=self._sheet, count=len(workbook.sheets))
            yield workbook, found[0]

    def _names(self, rows: Iterator[Row]) -> tuple[str, ...]:
        self._above = 0
        row = None
        for row in rows:
            if row.number == self._header if self._header else row.cells:
                break
            self._above += bool(row.cells)
            row = None  # noqa: PLW2901  # none of those before it
        if row is None or not row.cells:
            raise ConfigurationError("SRC019", self._where, reason="no lines")
        names = tuple(row.cells.get(column, "") for column in range(max(row.cells) + 1))
        if row.fault or not all(name.strip() for name in names):
            raise ConfigurationError("SRC019", self._where, reason="a column without a name")
        if len(set(names)) < len(names):
            raise ConfigurationError("SRC019", self._where, reason="a name stands twice")
        return names

    def _believed(self, names: tuple[str, ...], rows: Iterator[Row]) -> None:
        """Hold a header that nobody named against the rows below it."""
        if self._header:
            return
        below = [[row.cells.get(at, "") for at in range(len(names))] for row in islice(rows, LOOKED_AT)]
        count = values_among(names, below)
        if count:
            raise ConfigurationError("SRC238", self._where, count=count, columns=len(names))

    def _aside(self, row: Row, names: tuple[str, ...]) -> SetAside:
        place = str(row.number)
        if row.fault:
            return SetAside(place, row.number, "SRC223", "")
        hint = hint_of([pa.array([row.cells.get(names.index(one), "")], pa.string()) for one in self._by])
        told = (("found", max(row.cells) + 1), ("wanted", len(names)))
        return SetAside(place, row.number, "SRC101", f"{told[0][1]} ≠ {told[1][1]}", told, hint)

    def _told(self, seen: Seen, sheet: Sheet, blank: int) -> Iterator[Finding]:
        if blank:
            yield Finding.of("SRC105", self._where, count=blank)
        if sheet.hidden:
            yield Finding.of("SRC229", self._where)
        if seen.hidden_rows or seen.hidden_columns:
            yield Finding.of("SRC224", self._where, rows=seen.hidden_rows, columns=seen.hidden_columns)
        counted = {
            "SRC237": self._above,
            "SRC225": seen.merged,
            "SRC226": seen.unreckoned,
            "SRC227": seen.errors,
            "SRC228": seen.zeros,
            "SRC230": seen.no_days,
        }
        for code, count in counted.items():
            if count:
                yield Finding.of(code, self._where, count=count)
