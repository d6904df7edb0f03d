"""The connector of kind ``flat``."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from leverans.contracts import Catalogue, Column, ControlTotals, Stream
from leverans.errors import ConfigurationError, LeveransError
from leverans.sources.binding import binding_problems, checked_files
from leverans.sources.contract import Batch, Document, DocumentFault, SourceCheck
from leverans.sources.definition import Definition, StreamDefinition
from leverans.sources.flat.addml import Layout, read_description
from leverans.sources.flat.dbasetable import DbaseTable
from leverans.sources.flat.fixed import FixedTable
from leverans.sources.flat.sheettable import INSIDE, SheetTable
from leverans.sources.flat.table import Table


class FlatConnector:
    """Reads one text file, or several in a folder (see `leverans.sources.Connector`)."""

    def __init__(self, name: str, definition: Definition, path: Path) -> None:
        self.name = name
        self.definition = definition
        self._path = path
        self._described: tuple[Layout, ...] | None = None

    def check(self) -> SourceCheck:
        """Look whether every file is there, may be read and has a header that the connector fits."""
        problems: list[LeveransError] = []
        for stream in self.definition.streams:
            try:
                self._columns(stream.name)
            except LeveransError as fault:
                problems.append(fault)
        catalogue = None if problems else self._catalogue()
        return checked_files(
            self.name,
            self.definition,
            catalogue,
            problems,
            self._version(),
        )

    def discover(self) -> Catalogue:
        """Give the files of the connector with the columns of their headers."""
        catalogue = self._catalogue()
        binding = binding_problems(self.definition, catalogue)
        if binding:
            raise binding[0]
        return catalogue

    def read(self, stream: str) -> Iterator[Batch]:
        """Read a file in its own order."""
        return self._table(stream).batches()

    def documents(self, stream: str) -> Iterator[Document]:
        """List nothing: cells of a text file are not documents."""
        del stream
        return iter(())

    def open(self, document: Document) -> BinaryIO:
        """Refuse: a flat source lists no documents."""
        raise DocumentFault("SRC119") from KeyError(document.stream)

    def totals(self, stream: str) -> ControlTotals:
        """Count the records; a text file knows no NULL."""
        book, inside, sheet = stream.partition(INSIDE)
        if inside and all(each.name != stream for each in self.definition.streams):
            return ControlTotals(stream, self._left(book, sheet).rows())
        return ControlTotals(stream, self._table(stream).count())

    def fingerprint(self) -> str:
        """Give size and time of every file."""
        return "; ".join(self._table(stream.name).fingerprint() for stream in self.definition.streams)

    def close(self) -> None:
        """Do nothing: files are open only while they are read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _version(self) -> str:
        made = self.definition.options.get("format")
        return made or f"text/csv; charset={self.definition.options['encoding']}"

    def _table(self, stream: str) -> Table | FixedTable | SheetTable | DbaseTable:
        definition = self.definition.stream(stream)
        by = definition.root.own if definition.root else ()
        options = self.definition.options
        if options.get("format") == "xlsx":
            book, _, sheet = definition.file.partition(INSIDE)
            header = int(options["header"])
            return SheetTable(self.name, stream, self._file(definition, book), sheet, header=header, by=by)
        if options.get("format") == "dbase":
            path = self._file(definition, definition.file)
            return DbaseTable(self.name, stream, path, encoding=options["encoding"], by=by)
        if options.get("description"):
            return self._fixed(stream, by)
        return Table(self.name, stream, self._file(definition, definition.file), options, by)

    def _left(self, book: str, sheet: str) -> SheetTable:
        path = self._path / book if self._path.is_dir() else self._path
        return SheetTable(self.name, f"{book}{INSIDE}{sheet}", path, sheet)

    def _fixed(self, stream: str, by: tuple[str, ...]) -> FixedTable:
        options = self.definition.options
        if self._described is None:
            self._described = read_description(self._path / options["description"], self.name)
        mine = next((layout for layout in self._described if layout.name == stream), None)
        if mine is None:
            where = self.definition.where(("streams", stream))
            raise ConfigurationError("SRC010", where, stream=stream)
        together = tuple(layout for layout in self._described if layout.file == mine.file)
        if len({(layout.length, layout.separator) for layout in together}) > 1:
            raise ConfigurationError("SRC215", self.name, reason="fixedLength")
        path = self._path / mine.file
        return FixedTable(self.name, stream, path, together, encoding=options["encoding"], by=by)

    def _file(self, stream: StreamDefinition, name: str) -> Path:
        if not self._path.is_dir():
            return self._path
        if not name:
            where = self.definition.where(("streams", stream.name))
            raise ConfigurationError("SRC003", where, key="file")
        return self._path / name

    def _catalogue(self) -> Catalogue:
        streams = (*map(self._stream, self.definition.streams), *self._left_sheets())
        return Catalogue(self.name, self.definition.system, streams)

    def _stream(self, stream: StreamDefinition) -> Stream:
        return Stream(stream.name, "table", self._columns(stream.name), stream.key, stream.personal)

    def _columns(self, stream: str) -> tuple[Column, ...]:
        table = self._table(stream)
        if isinstance(table, DbaseTable):
            return table.columns()
        return tuple(Column(name, "string", nullable=False) for name in table.header())

    def _left_sheets(self) -> Iterator[Stream]:
        """Give the sheets that no stream reads."""
        if self.definition.options.get("format") != "xlsx":
            return
        books: dict[str, set[str]] = {}
        for stream in self.definition.streams:
            book, _, sheet = stream.file.partition(INSIDE)
            books.setdefault(book if self._path.is_dir() else self._path.name, set()).add(sheet)
        for book, taken in books.items():
            for sheet in self._left(book, "").others(frozenset(taken)):
                yield Stream(f"{book}{INSIDE}{sheet}", "table", ())
