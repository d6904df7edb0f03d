"""What a built package is: enough to find it, check it and count it without opening it."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class PackageFile:
    """One file inside a package: path below the package's root folder, SHA-256 (hex) and size in bytes."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class PackageDescriptor:
    """A built package.

    Attributes:
        id: the package id, a UUIDv5 of delivery, partition and version set; METS OBJID is ``uuid-<id>``.
        delivery: ``municipality/delivery``.
        partition: the year (or other part) the package holds.
        route: ``open`` or ``protected``.
        status: METS RECORDSTATUS: NEW, SUPPLEMENT, REPLACEMENT or TEST.
        profile: name of the target profile, e.g. ``fgs-2.0``.
        path: file name of the container below the delivery's package folder.
        sha256: digest of the container's bytes, lower-case hex.
        size: size of the container in bytes.
        objects: root objects in it.
        documents: document files in it.
        document_bytes: bytes of those documents.
    """

    id: str
    delivery: str
    partition: str
    route: Literal["open", "protected"]
    status: Literal["NEW", "SUPPLEMENT", "REPLACEMENT", "TEST"]
    profile: str
    path: str
    sha256: str
    size: int
    objects: int
    documents: int
    document_bytes: int
    counts: dict[str, int] = field(default_factory=dict)
    schema_version: int = 1
