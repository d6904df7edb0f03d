"""What the archive answers with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from leverans.contracts import Finding

Progress = Callable[[int, int], None]
"""Told what is done since the last call: objects, bytes."""


@dataclass(frozen=True, slots=True)
class Archived:
    """One version of one case that lies in the store.

    Attributes:
        object_id: the case's object id (without ``urn:uuid:``).
        version: its version.
        digest: its content digest as the package states it.
        documents: documents of the version, also those whose bytes an earlier version brought.
        bytes: bytes of those documents.
    """

    object_id: str
    version: int
    digest: str
    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class IngestResult:
    """What became of one package.

    Attributes:
        package_id: the package's id.
        objects: the versions this call wrote, in the package's order.
        skipped: the versions that an earlier call had already written from the same package.
        stored_documents: documents whose bytes were new to their object.
        stored_bytes: bytes of those documents.
        inventories: by object id, of the package's cases and of the package itself, the SHA-256 of the
            inventory of the version that the package brought.
    """

    package_id: str
    objects: tuple[Archived, ...]
    skipped: tuple[Archived, ...]
    stored_documents: int
    stored_bytes: int
    inventories: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a full check of a storage root came to.

    Attributes:
        objects: objects looked at.
        files: files read and hashed.
        bytes: their size.
        findings: everything that is wrong, each with its place below the root.
    """

    objects: int
    files: int
    bytes: int
    findings: tuple[Finding, ...]

    @property
    def valid(self) -> bool:
        """Whether everything was checked and nothing that must hold is broken."""
        return all(finding.severity in {"warning", "info"} for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Entry:
    """One archived case as a list shows it.

    Attributes:
        reference_code: the case's own, e.g. a diarienummer.
        title: its title.
        id: object id.
        version: newest version.
        access: access class.
        records: number of records.
        files: number of documents.
        path: the object's folder below the storage root.
        readable: false for an object that is damaged; then only `path` says anything.
    """

    reference_code: str
    title: str
    id: str
    version: int
    access: str
    records: int
    files: int
    path: str
    readable: bool = True
