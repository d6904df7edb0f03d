"""One delimited text file: its header, its rows in batches, its count."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from leverans.contracts import Finding
from leverans.errors import ConfigurationError
from leverans.sources.contract import Batch, SetAside
from leverans.sources.faults import source_error
from leverans.sources.flat.headless import LOOKED_AT, numbered, values_among
from leverans.sources.flat.lines import LINE_BYTES, Lines, starts_with_bom
from leverans.sources.flat.records import Record, Records
from leverans.sources.flat.verifying import verified
from leverans.sources.gathering import batch_of
from leverans.sources.landing.hashing import hint_of

_ESCAPED = re.compile("[\udc80-\udcff]")

BATCH_ROWS = 10_000
BATCH_BYTES = 8 << 20
"""A batch holds at most this much text, or one row."""


class Table:
    """Reads one file of a flat source; every cell is text and an empty cell is an empty text."""

    def __init__(
        self, source: str, stream: str, path: Path, options: Mapping[str, str], by: tuple[str, ...] = ()
    ) -> None:
        self._where = f"{source}.{stream}"
        self._stream = stream
        self._path = path
        self._options = options
        self._by = by
        told = json.loads(options.get("header") or "null")
        self._has_header: bool | None = told.get(stream) if isinstance(told, dict) else told

    def header(self) -> tuple[str, ...]:
        """Give the names of the columns.

        Raises:
            ConfigurationError: SRC012 no file, SRC013 no file but something else, SRC019 no usable header,
                SRC020 another encoding than declared, SRC238 the first line looks like a row and nobody said
                that it holds names.
            AccessDenied: SRC014.
        """
        with self._open() as file:
            return self._names(file)

    def count(self) -> int:
        """Count the records, broken ones counted in."""
        with self._open() as file:
            names = self._names(file)
            return sum(1 for _ in self._rows(Lines(file, self._options["encoding"]), len(names)))

    def batches(self) -> Iterator[Batch]:
        """Read all records; broken ones come as rows set aside, with their line."""
        with self._open() as file:
            names = self._names(file)
            lines = Lines(file, self._options["encoding"])
            records = self._rows(lines, len(names))
            schema = pa.schema([(name, pa.string()) for name in names])
            for good, broken in _parts(records):
                yield self._batch(schema, good, broken)
            findings = (*self._remarks(records, lines), *self._verified(file, lines))
            if findings:
                yield Batch(self._stream, pa.RecordBatch.from_pylist([], schema=schema), findings=findings)

    def fingerprint(self) -> str:
        """Give inode, size and time of the file."""
        try:
            found = self._path.stat()
        except OSError as fault:
            raise source_error(fault, self._where) from fault
        return f"{found.st_ino} {found.st_size} {found.st_mtime_ns}"

    def _dialect(self) -> tuple[str, str]:
        return self._options["delimiter"], self._options["quote"]

    @contextmanager
    def _open(self) -> Iterator[BinaryIO]:
        try:
            if self._path.exists() and not self._path.is_file():
                raise ConfigurationError("SRC013", self._where, wanted="text/csv")
            with self._path.open("rb") as file:
                found = starts_with_bom(file.read(4))
                if found and found.lower() != self._options["encoding"]:
                    raise ConfigurationError(
                        "SRC020", self._where, encoding=self._options["encoding"], found=found
                    )
                file.seek(0)
                yield file
        except OSError as fault:
            raise source_error(fault, self._where) from fault

    def _names(self, file: BinaryIO) -> tuple[str, ...]:
        """Give the columns' names; the file is then at its start again."""
        records = Records(Lines(file, self._options["encoding"]), *self._dialect())
        record = _first(records)
        reason = _unusable(record, named=self._has_header is not False)
        if record is None or reason:
            raise ConfigurationError("SRC019", self._where, reason=reason)
        records.width = len(record.cells)
        if self._has_header is None:
            below = [one.cells for one in islice(records, LOOKED_AT) if not one.fault]
            count = values_among(record.cells, below)
            if count:
                raise ConfigurationError("SRC238", self._where, count=count, columns=len(record.cells))
        file.seek(0)
        return numbered(len(record.cells)) if self._has_header is False else tuple(record.cells)

    def _rows(self, lines: Lines, width: int) -> Records:
        """Give the records below the header."""
        records = Records(lines, *self._dialect())
        record = _first(records)
        if record is not None and self._has_header is False:
            records.put_back(record)
        records.width = width
        return records

    def _batch(self, schema: pa.Schema, good: list[list[str]], broken: list[Record]) -> Batch:
        aside = [self._aside(record, schema.names) for record in broken]
        return batch_of(self._stream, schema, good, aside=aside)

    def _aside(self, record: Record, names: list[str]) -> SetAside:
        wanted = len(names)
        parameters: dict[str, tuple[tuple[str, str | int], ...]] = {
            "SRC101": (("found", record.found), ("wanted", wanted)),
            "SRC102": (("encoding", self._options["encoding"]),),
            "SRC104": (("limit", LINE_BYTES),),
        }
        detail = f"{record.found} ≠ {wanted}" if record.fault == "SRC101" else ""
        told = parameters.get(record.fault, ())
        hint = _hint([names.index(column) for column in self._by], record.legible)
        return SetAside(str(record.line), record.line, record.fault, detail, told, hint)

    def _verified(self, file: BinaryIO, lines: Lines) -> Iterator[Finding]:
        """Hold the bytes against the declared encoding, where it was not told already that they are UTF-8."""
        if not lines.disguised:
            yield from verified(file, self._options["encoding"], self._where)

    def _remarks(self, records: Records, lines: Lines) -> Iterator[Finding]:
        if records.blank:
            yield Finding.of("SRC105", self._where, count=records.blank)
        if lines.disguised:
            encoding = self._options["encoding"]
            yield Finding.of("SRC106", self._where, count=lines.disguised, encoding=encoding)


def _parts(records: Records) -> Iterator[tuple[list[list[str]], list[Record]]]:
    good: list[list[str]] = []
    broken: list[Record] = []
    weight = 0
    for record in records:
        if record.fault:
            broken.append(record)
        else:
            good.append(record.cells)
            weight += sum(map(len, record.cells))
        if len(good) + len(broken) >= BATCH_ROWS or weight >= BATCH_BYTES:
            yield good, broken
            good, broken, weight = [], [], 0
    if good or broken:
        yield good, broken


def _hint(places: list[int], cells: tuple[str, ...]) -> str | None:
    """Tell the root's key from the cells of a broken row, if all of its cells are there and decode."""
    if any(place >= len(cells) or _ESCAPED.search(cells[place]) for place in places):
        return None
    return hint_of([pa.array([cells[place]], pa.string()) for place in places])


def _first(records: Records) -> Record | None:
    record = next(iter(records), None)
    if record is not None and "".join(record.cells) in {"sep=", f"sep={records.delimiter}"}:
        return next(iter(records), None)  # a line that tells a spreadsheet the delimiter
    return record


def _unusable(record: Record | None, *, named: bool) -> str:
    if record is None:
        return "no lines"
    if record.fault:
        return record.fault
    if not named:
        return ""
    if not all(name.strip() for name in record.cells):
        return "a column without a name"
    return "a name stands twice" if len(set(record.cells)) < len(record.cells) else ""
