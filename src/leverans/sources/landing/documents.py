"""Documents → the content store, in groups, each byte read once."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from leverans.blobs import ContentStore, Group, commit
from leverans.contracts import Finding
from leverans.sources.contract import DOCUMENT_SCHEMA, Connector, Document, DocumentFault
from leverans.sources.landing.log import FindingLog

GROUP_FILES = 4096
GROUP_BYTES = 256 << 20
"""A group of the content store is committed when it has this many files or bytes."""


class DocumentLander:
    """Lands documents; use it as a context manager, what is not committed after an error is gone."""

    def __init__(self, store: ContentStore, log: FindingLog) -> None:
        self._store = store
        self._log = log
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
        rows = [self._row(connector, document, stream) for document in documents]
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
        opened, self._open, self._group = self._open, None, None
        if opened is not None:
            opened.__exit__(kind, error, trace)

    def _row(self, connector: Connector, document: Document, stream: str) -> tuple[Any, ...]:
        self.listed += 1
        if document.fault:
            self._note(document, stream, document.fault)
        if document.status != "landed":
            return (document.ref, document.name, document.size, None, None, document.status)
        try:
            with connector.open(document) as source:
                digest = self._store.add(source, self._room()).digest
        except DocumentFault as fault:
            self._note(document, stream, fault.code)
            return (document.ref, document.name, document.size, None, None, fault.status)
        self._count(digest.size)
        return (document.ref, document.name, digest.size, digest.sha256, digest.crc32, "landed")

    def _note(self, document: Document, stream: str, code: str) -> None:
        """The place is the document's number: names and paths may tell who it is about."""
        self._log.add(stream, Finding.of(code, f"{stream}[{document.position}]"))

    def _room(self) -> Group:
        if self._group is None:
            self._open = commit(self._store.root)
            self._group = self._open.__enter__()
        return self._group

    def _count(self, size: int) -> None:
        self.landed += 1
        self.landed_bytes += size
        self._files += 1
        self._bytes += size
        if self._files >= GROUP_FILES or self._bytes >= GROUP_BYTES:
            self._files = self._bytes = 0
            self.__exit__(None, None, None)
