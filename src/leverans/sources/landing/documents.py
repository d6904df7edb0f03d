"""Documents → the content store, in groups, each byte read once.

The bytes of a small document are digested and written beside the reading of the next ones.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from io import BytesIO
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

import pyarrow as pa

from leverans.blobs import Blob, ContentStore, Group, commit
from leverans.contracts import Finding
from leverans.sources.contract import DOCUMENT_SCHEMA, Connector, Document, DocumentFault
from leverans.sources.landing.log import FindingLog

GROUP_FILES = 4096
GROUP_BYTES = 256 << 20
"""A group of the content store is committed when it has this many files or bytes."""

SMALL = 1 << 20
"""Bytes of the largest document that is written beside the reading."""

_AHEAD = 16
"""Documents that wait in memory until they are written."""

_Cells = tuple[Any, ...]


class DocumentLander:
    """Lands documents; use it as a context manager, what is not committed after an error is gone."""

    def __init__(self, store: ContentStore, log: FindingLog) -> None:
        self._store = store
        self._log = log
        self._executor = ThreadPoolExecutor(1, "documents")
        self._waiting: deque[Future[Blob]] = deque()
        self._open: AbstractContextManager[Group] | None = None
        self._group: Group | None = None
        self._files = 0
        self._bytes = 0
        self.listed = 0
        self.landed = 0
        self.landed_bytes = 0

    def land(self, connector: Connector, documents: Sequence[Document], stream: str) -> pa.RecordBatch:
        """Store the bytes of some documents and give their rows.

        Args:
            connector: what listed them.
            documents: in the order of the rows wanted.
            stream: ``source.stream``, for findings.

        Raises:
            LeveransError: the source as a whole is away.
            OSError: the content store takes no more.
        """
        found = [self._row(connector, document, stream) for document in documents]
        self._settle()
        rows = [_told(document, one) for document, one in zip(documents, found, strict=True)]
        columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [[] for _ in DOCUMENT_SCHEMA]
        arrays = [
            pa.array(values, field.type) for values, field in zip(columns, DOCUMENT_SCHEMA, strict=True)
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=DOCUMENT_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(cancel_futures=True)
        self._end(kind, error, trace)

    def _row(self, connector: Connector, document: Document, stream: str) -> "_Cells | Future[Blob]":
        """Read a document and give its row, or what will tell it."""
        self.listed += 1
        if document.fault:
            self._note(document, stream, document.fault)
        if document.status != "landed":
            return _cells(document, document.size, document.status)
        try:
            with connector.open(document) as source:
                return self._stored(source)
        except DocumentFault as fault:
            self._note(document, stream, fault.code)
            return _cells(document, document.size, fault.status)

    def _stored(self, source: BinaryIO) -> "Future[Blob]":
        head = _head(source)
        if self._files >= GROUP_FILES or self._bytes >= GROUP_BYTES:
            self._settle()
            self._end()
        small = len(head) <= SMALL
        self._settle(_AHEAD if small else 0)  # one thread at a time writes
        self._files += 1
        written: Future[Blob]
        if small:
            self._bytes += len(head)
            run = copy_context().run
            written = self._executor.submit(run, self._store.add, BytesIO(head), self._room())
        else:
            written = Future()
            written.set_result(self._store.add(cast("BinaryIO", _Continued(head, source)), self._room()))
            self._bytes += written.result().digest.size
        self._waiting.append(written)
        return written

    def _settle(self, left: int = 0) -> None:
        """Wait until at most so many documents are not written."""
        while len(self._waiting) > left:
            blob = self._waiting.popleft().result()
            self.landed += 1
            self.landed_bytes += blob.digest.size

    def _note(self, document: Document, stream: str, code: str) -> None:
        """The place is the document's number: names and paths may tell who it is about."""
        self._log.add(stream, Finding.of(code, f"{stream}[{document.position}]"))

    def _room(self) -> Group:
        if self._group is None:
            self._open = commit(self._store.root)
            self._group = self._open.__enter__()
        return self._group

    def _end(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        """Commit the group, or let it go after an error."""
        self._files = self._bytes = 0
        opened, self._open, self._group = self._open, None, None
        if opened is not None:
            opened.__exit__(kind, error, trace)


class _Continued:
    """A stream whose beginning was read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head = head
        self._rest = rest

    def read(self, size: int) -> bytes:
        head, self._head = self._head, b""
        return head or self._rest.read(size)


def _head(source: BinaryIO) -> bytes:
    """Read a document's beginning: all of it, if it is small."""
    parts: list[bytes] = []
    size = 0
    while size <= SMALL and (part := source.read(SMALL + 1 - size)):
        parts.append(part)
        size += len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _told(document: Document, found: "_Cells | Future[Blob]") -> _Cells:
    if not isinstance(found, Future):
        return found
    digest = found.result().digest
    return (document.ref, document.name, digest.size, digest.sha256, digest.crc32, "landed")


def _cells(document: Document, size: int | None, status: str) -> _Cells:
    return (document.ref, document.name, size, None, None, status)
