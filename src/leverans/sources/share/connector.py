"""The connector of kind ``share``."""

import errno
import io
import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, cast

from leverans.contracts import Catalogue, ControlTotals, Stream
from leverans.errors import ConfigurationError, LeveransError
from leverans.sources.binding import checked_files
from leverans.sources.contract import DOCUMENT_COLUMNS, Batch, Document, DocumentFault, SourceCheck
from leverans.sources.definition import Definition
from leverans.sources.faults import is_outage, source_error
from leverans.sources.share.crawl import Crawler, Entry
from leverans.sources.share.mail.rows import TABLES, Mails
from leverans.sources.share.opening import open_below

FILES = "files"


class ShareConnector:
    """Lists and reads the files of one folder tree (see `leverans.sources.Connector`)."""

    def __init__(self, name: str, definition: Definition, path: Path) -> None:
        self.name = name
        self.definition = definition
        self._root = str(path)
        self._mails = Mails(name, self._crawl, partial(open_below, self._root))

    def check(self) -> SourceCheck:
        """Look whether the folder is there and may be listed."""
        problems: list[LeveransError] = []
        try:
            if os.path.exists(self._root) and not os.path.isdir(self._root):  # noqa: PTH110, PTH112  # a text all the way
                raise ConfigurationError("SRC013", self.name, wanted="mapp/folder")
            next(self._crawl(), None)
        except LeveransError as fault:
            problems.append(fault)
        return checked_files(self.name, self.definition, self.discover(), problems)

    def discover(self) -> Catalogue:
        """Give the streams; their columns are the same for every share."""
        streams: list[Stream] = []
        for each in self.definition.streams:
            if each.holds == FILES:
                streams.append(Stream(each.name, "documents", DOCUMENT_COLUMNS, ("ref",), each.personal))
                continue
            streams.append(Stream(each.name, "table", TABLES[each.holds], each.key or ("id",), each.personal))
            streams += [
                Stream(part.stream, "documents", DOCUMENT_COLUMNS, ("ref",), each.personal)
                for part in each.documents
            ]
        return Catalogue(self.name, self.definition.system, tuple(streams))

    def read(self, stream: str) -> Iterator[Batch]:
        """Read the mails, or their parts; files are documents, no rows."""
        definition = self.definition.stream(stream)
        return iter(()) if definition.holds == FILES else self._mails.read(definition)

    def documents(self, stream: str) -> Iterator[Document]:
        """List every file, sorted, with those that will not be read and why; or what is in the mails."""
        for owner in self.definition.streams:
            if any(part.stream == stream for part in owner.documents):
                for batch in self._mails.read(owner):
                    yield from (document for document in batch.documents if document.stream == stream)
                return
        self.definition.stream(stream)
        for position, entry in enumerate(self._crawl(), start=1):
            yield Document(
                stream=stream,
                ref=entry.ref,
                name=entry.name,
                token=entry.path,
                position=position,
                size=entry.size,
                fault=entry.fault or ("SRC115" if entry.odd_name else ""),
                status=entry.status,
            )

    def open(self, document: Document) -> BinaryIO:
        """Open a file for reading; a link or pipe that took its place, or a folder's above it, is refused."""
        if isinstance(document.token, bytes):
            return io.BytesIO(document.token)
        path = cast("str", document.token)
        try:
            handle = open_below(self._root, path)
        except OSError as fault:
            raise self._fault(fault) from fault
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise DocumentFault("SRC116", "refused")
        return cast("BinaryIO", FileReader(handle, self))

    def totals(self, stream: str) -> ControlTotals:
        """Count listed files and their bytes; mails and parts by taking the mails apart."""
        for owner in self.definition.streams:
            if owner.holds != FILES and stream in {owner.name, *(part.stream for part in owner.documents)}:
                counted = self._mails.counted()
                return ControlTotals(stream, counted.mails if owner.holds == "mails" else counted.parts)
        rows = size = 0
        for entry in self._crawl():
            rows += 1
            size += entry.size
        return ControlTotals(stream, rows, size)

    def fingerprint(self) -> str:
        """Give nothing: count and bytes tell what moved, and each file is read once."""
        return ""

    def close(self) -> None:
        """Do nothing: files are open only while they are read."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _crawl(self) -> Iterator[Entry]:
        return Crawler(self._root, self.name).entries()

    def _fault(self, fault: OSError) -> Exception:
        """One file's fault is the file's; a share that is away is an outage."""
        if is_outage(fault):
            return source_error(fault, self.name)
        if isinstance(fault, FileNotFoundError):
            return DocumentFault("SRC114", "missing")
        if fault.errno == errno.ELOOP:
            return DocumentFault("SRC113", "refused")
        return DocumentFault("SRC111")


class FileReader:
    """Reads one open file; the file system's errors become what they mean for the document."""

    def __init__(self, handle: int, owner: ShareConnector) -> None:
        self._handle = handle
        self._owner = owner
        self._mark = self._state()
        self._seen = 0

    def read(self, size: int = -1) -> bytes:
        """Give at most `size` bytes (1 MiB by default); nothing at the end.

        Raises:
            DocumentFault: SRC220 the file was written to meanwhile, or it cannot be read.
            LeveransError: the whole share is away.
        """
        try:
            piece = os.read(self._handle, size if size >= 0 else 1 << 20)
            changed = not piece and size and (self._state() != self._mark or self._seen != self._mark[0])
        except OSError as fault:
            raise self._owner._fault(fault) from fault  # noqa: SLF001  # the two halves of one connector
        if changed:
            raise DocumentFault("SRC220")
        self._seen += len(piece)
        return piece

    def _state(self) -> tuple[int, int]:
        found = os.fstat(self._handle)
        return found.st_size, found.st_mtime_ns

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
