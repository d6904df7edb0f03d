"""The connector of the kinds ``xml`` and ``json``: a folder of answers or exports."""

import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from leverans.contracts import Catalogue, Column, ControlTotals, Finding, Stream
from leverans.errors import ConfigurationError, LeveransError
from leverans.sources.binding import binding_problems, checked_files
from leverans.sources.contract import (
    DOCUMENT_COLUMNS,
    Batch,
    Document,
    SetAside,
    SourceCheck,
)
from leverans.sources.definition import Definition, StreamDefinition
from leverans.sources.faults import source_error
from leverans.sources.sql.blob import Base64Reader
from leverans.sources.tree.items import Unreadable, json_items, xml_items_around
from leverans.sources.tree.lifting import Embedded, Lifted, lift_json, lift_xml
from leverans.sources.tree.making import OWN, Maker
from leverans.sources.tree.places import Place, open_linked, places


class TreeConnector:
    """Reads the files of one folder (see `leverans.sources.Connector`)."""

    def __init__(self, name: str, definition: Definition, path: Path) -> None:
        self.name = name
        self.definition = definition
        self._path = path

    def check(self) -> SourceCheck:
        """Look whether the folder is there and has files for every stream."""
        problems: list[LeveransError] = []
        for stream in self.definition.streams:
            try:
                self._files(stream)
            except LeveransError as fault:
                problems.append(fault)
        return checked_files(self.name, self.definition, self._catalogue(), problems)

    def discover(self) -> Catalogue:
        """Give the streams with the columns that the connector lifts."""
        catalogue = self._catalogue()
        if binding := binding_problems(self.definition, catalogue):
            raise binding[0]
        return catalogue

    def read(self, stream: str) -> Iterator[Batch]:
        """Read the items in the order of files and places."""
        definition = self.definition.stream(stream)
        maker = Maker(definition)
        position = 0
        for number, place in enumerate(self._files(definition), start=1):
            found = 0
            try:
                for found, (text, around) in enumerate(self._items(definition, place), start=1):
                    position += 1
                    lift = partial(self._lift, text, definition, position, around, place)
                    maker.take(lift, number, found, position)
                    if maker.full:
                        yield maker.batch()
            except Unreadable as fault:
                position += 1
                maker.refuse(
                    SetAside(f"#{number}", position, "SRC140", fault.reason, (("reason", fault.reason),))
                )
            else:
                if not found:
                    maker.note(Finding.of("SRC141", f"{self.name}.{stream}[{number}]", each=definition.each))
        if maker.waiting:
            yield maker.batch()

    def documents(self, stream: str) -> Iterator[Document]:
        """List the documents of a document stream in the order of their rows."""
        owner = next(
            each for each in self.definition.streams if any(part.stream == stream for part in each.documents)
        )
        for batch in self.read(owner.name):
            yield from (document for document in batch.documents if document.stream == stream)

    def open(self, document: Document) -> BinaryIO:
        """Open the bytes of a document, decoded where the connector says so."""
        held = cast("Embedded", document.token)
        if isinstance(held.beside, Place):
            return open_linked(held.beside, held.text.decode(), self.definition.options["manifest"])
        source = io.BytesIO(held.text)
        return cast("BinaryIO", Base64Reader(source)) if held.encoding == "base64" else source

    def totals(self, stream: str) -> ControlTotals:
        """Count the items, a file that cannot be read on as one more."""
        owner = self.definition
        for each in owner.streams:
            if each.name == stream:
                return ControlTotals(stream, self._count(each))
            if any(part.stream == stream for part in each.documents):
                return ControlTotals(stream, sum(1 for _ in self.documents(stream)))
        raise KeyError(stream)

    def fingerprint(self) -> str:
        """Give a digest of name, inode, size and time of every file."""
        digest = hashlib.sha256()
        for stream in self.definition.streams:
            for path in dict.fromkeys(place.path for place in self._files(stream)):
                found = path.stat()
                told = f"{path.name} {found.st_ino} {found.st_size} {found.st_mtime_ns}\n"
                digest.update(told.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def close(self) -> None:
        """Do nothing: files are open only while they are read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _files(self, stream: StreamDefinition) -> list[Place]:
        """Give the stream's files in the order of their names; links are not followed."""
        where = f"{self.name}.{stream.name}"
        try:
            if not self._path.is_dir():
                os.stat(self._path)  # noqa: PTH116  # raises what is wrong, where something is
                raise ConfigurationError("SRC013", where, wanted="mapp/folder")
            found = places(self._path, stream.file)
        except OSError as fault:
            raise source_error(fault, where) from fault
        if not found:
            raise ConfigurationError("SRC142", where, pattern=stream.file)
        return found

    def _items(self, stream: StreamDefinition, place: Place) -> Iterator[tuple[str, dict[str, str | None]]]:
        each = tuple(step for step in stream.each.split("/") if step)
        try:
            with place.open() as file:
                if self.definition.kind == "xml":
                    yield from xml_items_around(file, each, stream.columns)
                else:
                    for text in json_items(file, each, self.definition.options["encoding"]):
                        yield text, {}
        except OSError as fault:
            raise source_error(fault, f"{self.name}.{stream.name}") from fault

    def _lift(
        self,
        text: str,
        stream: StreamDefinition,
        position: int,
        around: Mapping[str, str | None],
        place: Place,
    ) -> Lifted:
        if self.definition.kind == "xml":
            return lift_xml(text, stream, position, around, beside=place)
        return lift_json(text, stream)

    def _count(self, stream: StreamDefinition) -> int:
        rows = 0
        for place in self._files(stream):
            try:
                for _ in self._items(stream, place):
                    rows += 1
            except Unreadable:
                rows += 1
        return rows

    def _catalogue(self) -> Catalogue:
        streams: list[Stream] = []
        for each in self.definition.streams:
            columns = [Column(name, "string") for name, _ in each.columns]
            columns += [Column(name, "int64", nullable=False) for name in OWN[:2]]
            columns.append(Column(OWN[2], "string", nullable=False))
            streams.append(Stream(each.name, "table", tuple(columns), each.key, each.personal))
            streams += [
                Stream(part.stream, "documents", DOCUMENT_COLUMNS, ("ref",), each.personal)
                for part in each.documents
            ]
        return Catalogue(self.name, self.definition.system, tuple(streams))
