"""Files of fixed-width records, one or several kinds in one file, with or without separators."""

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from leverans.contracts import Finding
from leverans.sources.contract import Batch, SetAside
from leverans.sources.flat.addml import Layout
from leverans.sources.flat.batches import BATCH_ROWS, fingerprint, opened
from leverans.sources.flat.verifying import verified
from leverans.sources.gathering import batch_of
from leverans.sources.landing.hashing import hint_of
from leverans.sources.spelling import decode

_END = b"\r\n\x1a\x00"
_PIECE, _LONGEST = 1 << 20, 8 << 20


class FixedTable:
    """Reads one kind of record of one file; trailing blanks of a field are padding, all else is kept.

    A record of no described kind is set aside with the first kind of its file. With separators a line of
    another length costs itself alone; without them a file whose size is no multiple of the length has all set
    aside, for nothing tells where its records begin.

    Args:
        source: name of the source.
        stream: name of the stream.
        path: the file.
        layouts: the kinds of record in the file; the stream's is among them.
        encoding: of the fields.
        by: columns that tell the root.
    """

    def __init__(
        self,
        source: str,
        stream: str,
        path: Path,
        layouts: tuple[Layout, ...],
        *,
        encoding: str,
        by: tuple[str, ...] = (),
    ) -> None:
        self._where = f"{source}.{stream}"
        self._stream = stream
        self._path = path
        self._layouts = layouts
        self._layout = next(layout for layout in layouts if layout.name == stream)
        self._encoding = encoding
        self._by = by

    def header(self) -> tuple[str, ...]:
        """Give the names of the fields.

        Raises:
            ConfigurationError: SRC012 no file, SRC013 something else than a file.
            AccessDenied: SRC014.
        """
        with opened(self._path, self._where, "text"):
            return tuple(cell.name for cell in self._layout.cells)

    def count(self) -> int:
        """Count the stream's records, broken ones counted in."""
        with opened(self._path, self._where, "text") as file:
            return sum(1 for _ in self._records(file))

    def batches(self) -> Iterator[Batch]:
        """Read the records in the order of the file."""
        schema = pa.schema([(cell.name, pa.string()) for cell in self._layout.cells])
        rows: list[list[str]] = []
        aside: list[SetAside] = []
        characters = 0
        with opened(self._path, self._where, "text") as file:
            told = tuple(self._misfit(file))
            for number, record, fault in self._records(file):
                cells = None if fault else self._cells(record)
                if cells is None:
                    aside.append(self._aside(number, record, fault or "SRC102"))
                    characters += fault == "SRC211" and self._fits_in_characters(record)
                else:
                    rows.append(cells)
                if len(rows) + len(aside) >= BATCH_ROWS:
                    yield batch_of(self._stream, schema, rows, aside=aside)
                    rows, aside = [], []
            findings = (*told, *verified(file, self._encoding, self._where))
        if characters:
            wanted = self._layout.length
            findings += (Finding.of("SRC245", self._where, count=characters, wanted=wanted),)
        if rows or aside or findings:
            yield batch_of(self._stream, schema, rows, aside=aside, findings=findings)

    def fingerprint(self) -> str:
        """Give inode, size and time of the file."""
        return fingerprint(self._path, self._where)

    def _records(self, file: BinaryIO) -> Iterator[tuple[int, bytes, str]]:
        """Yield number in the file, bytes and fault of each record that is this stream's."""
        first = self._layouts[0]
        lost = any(self._misfit(file))
        pieces = (
            _lines(file, first.separator, first.length) if first.separator else _blocks(file, first.length)
        )
        for number, record in enumerate(pieces, 1):
            kind = None if lost else self._kind(record)
            fault = "SRC244" if lost else "SRC211" if len(record) != first.length else ""
            if (kind or first) is self._layout:
                yield number, record, fault or ("" if kind else "SRC212")

    def _misfit(self, file: BinaryIO) -> Iterator[Finding]:
        """Say that nothing tells where the records begin; the file is then at its start."""
        layout = self._layouts[0]
        size = file.seek(0, 2)
        rest = 0 if layout.separator else size % layout.length
        file.seek(size - rest)
        lost = bool(file.read(rest).strip(_END))
        file.seek(0)
        if lost:
            yield Finding.of("SRC244", self._where, size=size, wanted=layout.length, rest=rest)

    def _fits_in_characters(self, record: bytes) -> bool:
        try:
            return len(decode(record, self._encoding)) == self._layout.length
        except UnicodeDecodeError:
            return False

    def _kind(self, record: bytes) -> Layout | None:
        if len(self._layouts) == 1:
            return self._layout
        for layout in self._layouts:
            told = layout.told_by.of(record).strip() if layout.told_by else b""
            if told == layout.value.encode("ascii", "replace"):
                return layout
        return None

    def _cells(self, record: bytes) -> list[str] | None:
        try:
            return [decode(cell.of(record), self._encoding).rstrip(" ") for cell in self._layout.cells]
        except UnicodeDecodeError:
            return None

    def _size(self) -> tuple[tuple[str, str | int], ...]:
        size, wanted = self._path.stat().st_size, self._layout.length
        return ("size", size), ("wanted", wanted), ("rest", size % wanted)

    def _aside(self, number: int, record: bytes, fault: str) -> SetAside:
        told: dict[str, tuple[tuple[str, str | int], ...]] = {
            "SRC102": (("encoding", self._encoding),),
            "SRC211": (("found", len(record)), ("wanted", self._layout.length)),
            "SRC244": self._size(),
        }
        hint = None
        if fault == "SRC102":
            wanted = [cell for cell in self._layout.cells if cell.name in self._by]
            keys = [cell.of(record) for cell in wanted]
            if self._by and all(key.isascii() for key in keys):
                hint = hint_of([pa.array([key.decode("ascii").rstrip(" ")], pa.string()) for key in keys])
        return SetAside(f"#{number}", number, fault, "", told.get(fault, ()), hint)


def _blocks(file: BinaryIO, length: int) -> Iterator[bytes]:
    """Give records that follow each other; what ends the file is none."""
    while record := file.read(length):
        if len(record) == length or record.strip(_END):
            yield record


def _lines(file: BinaryIO, separator: bytes, length: int) -> Iterator[bytes]:
    """Give what stands between separators, of anything longer than `_LONGEST` the beginning."""
    head, held = b"", b""
    while piece := file.read(_PIECE):
        *whole, held = (held + piece).split(separator)
        for line in whole:
            yield head or line
            head = b""
        if len(held) > _LONGEST:
            head = head or held[:_LONGEST]
            held = held[-len(separator) :]
    last = head or held
    if last.strip(_END):
        yield last if last[length:].strip(_END) else last[:length]
