"""The connector of kind ``sie``."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

import pyarrow as pa

from leverans.contracts import Catalogue, ControlTotals, Finding, Stream
from leverans.errors import ConfigurationError, LeveransError
from leverans.findings import describe
from leverans.sources.binding import binding_problems, checked_files
from leverans.sources.contract import DOCUMENT_COLUMNS, Batch, Document, DocumentFault, SetAside, SourceCheck
from leverans.sources.definition import Definition
from leverans.sources.faults import source_error
from leverans.sources.landing.hashing import hint_of
from leverans.sources.sie.head import Head, head_of
from leverans.sources.sie.items import Item, NotSie, items, written
from leverans.sources.sie.numbers import doubts
from leverans.sources.sie.sums import Sums, Wrong
from leverans.sources.sie.tables import CONTENT, HEAD, KEYS, LABELS, TABLES, label, schema
from leverans.sources.spelling import Spelling, judge

BATCH_ROWS = 10_000
SUFFIXES = (".se", ".si", ".sie")
_LINE = re.compile(rb"[ \t]*(?:#([A-Za-z0-9_\x80-\xff]+)|[{}\r\n \t\x1a]*\Z)?")
_SAFE = "cp437"


class SieConnector:
    """Reads one SIE file, or those of a folder (see `leverans.sources.Connector`)."""

    def __init__(self, name: str, definition: Definition, path: Path) -> None:
        self.name = name
        self.definition = definition
        self._path = path
        self._spellings: dict[tuple[str, int, int], Spelling] = {}

    def check(self) -> SourceCheck:
        """Look whether there are files, that they may be read, and that the connector names what is there."""
        problems: list[LeveransError] = []
        try:
            for path in self._files():
                with self._open(path):
                    pass
        except LeveransError as fault:
            problems.append(fault)
        return checked_files(self.name, self.definition, self._catalogue(), problems, "SIE 1-4")

    def discover(self) -> Catalogue:
        """Give every table of the kind, whether the connector reads it or not."""
        catalogue = self._catalogue()
        if binding := binding_problems(self.definition, catalogue):
            raise binding[0]
        return catalogue

    def read(self, stream: str) -> Iterator[Batch]:
        """Read the lines of one table in the order of files and lines."""
        definition = self.definition.stream(stream)
        maker = _Maker(stream, definition.root.own if definition.root else ())
        for number, path in enumerate(self._files(), start=1):
            if stream == HEAD:
                self._head(maker, path, number)
            else:
                yield from self._lines(maker, path, number)
            if maker.full:
                yield maker.batch()
        if maker.waiting:
            yield maker.batch()

    def documents(self, stream: str) -> Iterator[Document]:
        """List the files themselves."""
        del stream
        for batch in self.read(HEAD):
            yield from batch.documents

    def open(self, document: Document) -> BinaryIO:
        """Open a file as it is."""
        try:
            return cast("Path", document.token).open("rb")
        except OSError as fault:
            raise DocumentFault(
                "SRC114" if isinstance(fault, FileNotFoundError) else "SRC111",
                "missing" if isinstance(fault, FileNotFoundError) else "unreadable",
            ) from fault

    def totals(self, stream: str) -> ControlTotals:
        """Count labels at the beginnings of lines, without reading what follows them."""
        if stream == HEAD or stream not in TABLES:
            return ControlTotals(stream, len(self._files()))
        return ControlTotals(stream, sum(self._count(path, stream) for path in self._files()))

    def fingerprint(self) -> str:
        """Give inode, size and time of every file."""
        found = [path.stat() for path in self._files()]
        return "; ".join(f"{one.st_ino} {one.st_size} {one.st_mtime_ns}" for one in found)

    def close(self) -> None:
        """Do nothing: files are open only while they are read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _files(self) -> list[Path]:
        try:
            if not self._path.is_dir():
                os.stat(self._path)  # noqa: PTH116  # raises what is wrong, where something is
                if not self._path.is_file():
                    raise ConfigurationError("SRC013", self.name, wanted="SIE")
                return [self._path]
            found = [path for path in self._path.iterdir() if path.suffix.lower() in SUFFIXES]
        except OSError as fault:
            raise source_error(fault, self.name) from fault
        kept = sorted(path for path in found if path.is_file() and not path.is_symlink())
        if not kept:
            raise ConfigurationError("SRC142", self.name, pattern=" ".join(f"*{end}" for end in SUFFIXES))
        return kept

    @contextmanager
    def _open(self, path: Path) -> Iterator[BinaryIO]:
        try:
            with path.open("rb") as file:
                yield file
        except OSError as fault:
            raise source_error(fault, self.name) from fault

    def _spelling(self, path: Path) -> Spelling:
        found = path.stat()
        mark = (str(path), found.st_size, found.st_mtime_ns)
        if mark not in self._spellings:
            with self._open(path) as file:
                self._spellings[mark] = judge(file)
        return self._spellings[mark]

    def _encoding(self, path: Path) -> str:
        told = self._spelling(path).encoding
        return told if told in {"utf-8", "cp1252"} else _SAFE

    def _items(self, path: Path) -> Iterator[Item]:
        with self._open(path) as file:
            yield from items(file, self._encoding(path))

    def _head(self, maker: "_Maker", path: Path, number: int) -> None:
        place = f"{self.name}.{HEAD}[{number}]"
        try:
            head = head_of(self._items(path))
        except NotSie:
            maker.refuse(_not_sie(number))
            return
        if not head.lines:
            maker.refuse(_not_sie(number))
            return
        for finding in _told(self._spelling(path), head, place):
            maker.note(finding)
        maker.head(path, number, head, self._encoding(path), self.definition.stream(HEAD).documents)

    def _lines(self, maker: "_Maker", path: Path, number: int) -> Iterator[Batch]:
        sums = Sums()
        place = f"{self.name}.{maker.table}[{number}:"
        try:
            for item in self._items(path):
                for wrong in self._summed(sums, maker.table, item):
                    maker.note(_finding(wrong, place))
                if not item.unclosed and label(item.label).table == maker.table:
                    maker.take(path.name, number, item, place)
                if maker.full:
                    yield maker.batch()
        except NotSie:
            return
        last = {"verifikation": sums.end, "saldo": sums.disagreeing}.get(maker.table)
        for wrong in last() if last else ():
            maker.note(_finding(wrong, place))

    def _summed(self, sums: Sums, table: str, item: Item) -> Iterator[Wrong]:
        if table == "verifikation":
            yield from sums.vouchers(item)
        elif table == "saldo":
            sums.balances(item)

    def _count(self, path: Path, stream: str) -> int:
        rows = 0
        begun = False
        with self._open(path) as file:
            for line in file:
                found = _LINE.match(line)
                told = found[1] if found else None
                if told is None and found and found.end() == len(line):
                    continue
                if told is None and not begun:
                    return 0
                begun = True
                name = told.decode("ascii", "replace").upper() if told else ""
                rows += label(name).table == stream
        return rows

    def _catalogue(self) -> Catalogue:
        personal = {stream.name: stream for stream in self.definition.streams}
        streams: list[Stream] = []
        for name, columns in TABLES.items():
            told = personal.get(name)
            key = told.key if told and told.key else KEYS[name]
            streams.append(Stream(name, "table", columns, key, told.personal if told else False))
            streams += [
                Stream(part.stream, "documents", DOCUMENT_COLUMNS, ("ref",), personal=False)
                for part in (told.documents if told else ())
                if part.column == CONTENT
            ]
        return Catalogue(self.name, self.definition.system, tuple(streams))


class _Maker:
    """Gathers rows of one table into batches."""

    def __init__(self, table: str, by: tuple[str, ...]) -> None:
        self.table = table
        self._schema = schema(table)
        self._by = by
        self._listed = 0
        self._clear()

    @property
    def full(self) -> bool:
        return len(self._rows) + len(self._aside) >= BATCH_ROWS

    @property
    def waiting(self) -> bool:
        return bool(self._rows or self._aside or self._findings)

    def take(self, file: str, number: int, item: Item, place: str) -> None:
        row: dict[str, Any] = {"fil": file, "rad": item.line, "ver": item.voucher or None}
        known = label(item.label)
        if item.fault or len(item.fields) < known.least:
            self.refuse(self._broken(item, number, known.least, row))
            return
        row["etikett"] = item.label
        for name, value in zip(known.fields, item.fields, strict=False):
            row[name] = " ".join(map(written, value)) if isinstance(value, tuple) else value
        rest = item.fields[len(known.fields) :]
        row["ovrigt" if item.label in LABELS else "varden"] = " ".join(map(written, rest)) or None
        if self.table in {"saldo", "transaktion"}:
            for code, told in doubts(item):
                self.note(_finding(Wrong(item.line, code, told), place))
        self._rows.append(row)

    def head(self, path: Path, number: int, head: Head, encoding: str, columns: tuple[Any, ...]) -> None:
        row = {"fil": path.name, **head.values, "teckenkod": encoding}
        for column in columns:
            self._listed += 1
            document = Document(
                stream=column.stream,
                ref=path.name,
                name=path.name,
                token=path,
                position=number,
                size=path.stat().st_size,
                row=len(self._rows),
                column=column.column,
            )
            self._documents.append(document)
        self._rows.append(row)

    def refuse(self, row: SetAside) -> None:
        self._aside.append(row)

    def note(self, finding: Finding) -> None:
        self._findings.append(finding)

    def batch(self) -> Batch:
        arrays = [pa.array([row.get(item.name) for row in self._rows], item.type) for item in self._schema]
        made = Batch(
            stream=self.table,
            rows=pa.RecordBatch.from_arrays(arrays, schema=self._schema),
            documents=tuple(self._documents),
            set_aside=tuple(self._aside),
            findings=tuple(self._findings),
        )
        self._clear()
        return made

    def _broken(self, item: Item, number: int, least: int, row: dict[str, Any]) -> SetAside:
        told: tuple[tuple[str, str | int], ...] = ()
        if not item.fault:
            told = (("found", len(item.fields)), ("label", item.label), ("wanted", least))
        elif item.fault == "SRC102":
            told = (("encoding", "UTF-8/Windows-1252"),)
        elif item.fault == "SRC104":
            told = (("limit", "64 MiB"),)
        hint = None
        if self._by and all(row.get(name) is not None for name in self._by):
            hint = hint_of([pa.array([row[name]], self._schema.field(name).type) for name in self._by])
        return SetAside(f"{number}:{item.line}", item.line, item.fault or "SRC203", item.label, told, hint)

    def _clear(self) -> None:
        self._rows: list[dict[str, Any]] = []
        self._documents: list[Document] = []
        self._aside: list[SetAside] = []
        self._findings: list[Finding] = []


def _not_sie(number: int) -> SetAside:
    return SetAside(f"#{number}", number, "SRC140", "SIE", (("reason", "SIE"),))


def _finding(wrong: Wrong, place: str) -> Finding:
    told: dict[str, str | int] = dict(wrong.parameters)
    return Finding(wrong.code, f"{place}{wrong.line}]", told, describe(wrong.code).severity)


def _told(spelling: Spelling, head: Head, place: str) -> Iterator[Finding]:
    declared = "cp437" if (head.values.get("format") or "PC8").upper() == "PC8" else "?"
    found = spelling.encoding
    if found not in {"ascii", "iso646-se", declared}:
        yield Finding.of("SRC200", place, declared=head.values.get("format") or "PC8", found=found or "?")
    if spelling.strange:
        yield Finding.of("SRC201", place, count=spelling.strange)
    if spelling.destroyed:
        yield Finding.of("SRC202", place, count=spelling.destroyed)
