"""The files that one version of a case brings: ``case.json`` and ``v<n>.zip``."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from leverans.archive import casefile
from leverans.archive.casefile import Place
from leverans.archive.members import Members
from leverans.archive.sip import Document, SipCase
from leverans.errors import IntegrityError
from leverans.formats.zipwriter import ContentMismatch, ZipWriter
from leverans.store import StoredFile

ERMS = "ERMS.xml"
ROWS = "rows.jsonl"


class CaseVersion:
    """A version of a case on its way into the store.

    Args:
        case: the case as the package holds it.
        members: the package's files.
        before: where the bytes of earlier versions' documents are, by SHA-256.

    Attributes:
        fresh: documents whose bytes no earlier zip of the object has, each bytes once.
        documents: number of documents.
        bytes: their size.
    """

    def __init__(self, case: SipCase, members: Members, before: Mapping[str, Place]) -> None:
        self._case = case
        self._members = members
        self._container = f"v{case.aggregation.version}.zip"
        self._places: dict[str, Place] = {}
        self.fresh: list[Document] = []
        self.documents = 0
        self.bytes = 0
        for document in (each for group in case.documents for each in group):
            self._place(document, before)

    def _place(self, document: Document, before: Mapping[str, Place]) -> None:
        sha256 = document.stated.sha256
        self.documents += 1
        self.bytes += document.stated.size
        if sha256 in self._places:
            return
        place = before.get(sha256)
        if place is None:
            place = (self._container, document.path)
            self.fresh.append(document)
        self._places[sha256] = place

    @property
    def keep(self) -> tuple[str, ...]:
        """The earlier zips that this version still refers to."""
        return tuple(sorted({container for container, _ in self._places.values()} - {self._container}))

    def write(self, folder: Path, package_id: str, package_sha256: str) -> Sequence[StoredFile]:
        """Write both files below `folder`.

        Raises:
            IntegrityError: ARC006 a document's bytes are not what METS states, ARC001 the zip is damaged.
            OSError: the disk is full.
        """
        container = self._write_zip(folder / self._container)
        plain = casefile.compose(self._case, self._places, package_id, package_sha256)
        text = casefile.write(plain)
        (folder / casefile.NAME).write_bytes(text)
        return (StoredFile(casefile.NAME, hashlib.sha256(text).hexdigest(), len(text)), container)

    def _write_zip(self, path: Path) -> StoredFile:
        with ZipWriter(path) as archive:
            for document in self.fresh:
                size, crc32 = self._members.size_and_crc(document.member)
                try:
                    archive.add(document.path, size, crc32, self._checked(document))
                except ContentMismatch as error:
                    raise IntegrityError("ARC006", document.member) from error
            archive.add_bytes(ERMS, self._case.aggregation.document)
            if self._case.rows:
                archive.add_bytes(ROWS, self._case.rows)
            container = archive.finish()
        return StoredFile(path.name, container.sha256, container.size)

    def _checked(self, document: Document) -> Iterator[bytes]:
        sha, size = hashlib.sha256(), 0
        for piece in self._members.pieces(document.member):
            sha.update(piece)
            size += len(piece)
            yield piece
        if sha.hexdigest() != document.stated.sha256 or size != document.stated.size:
            raise IntegrityError("ARC006", document.member)
