"""What the store is asked to keep."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class User:
    """Who makes a version (OCFL 1.1, section 3.5.3.1): a name and an address that is a URI (``mailto:…``)."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that a version brings: its path below the content folder, SHA-256 (lower-case hex), bytes."""

    path: str
    sha256: str
    size: int


Writer = Callable[[Path], Sequence[StoredFile]]
"""Writes the new files of a version below the folder given, and says what it wrote."""


@dataclass(frozen=True, slots=True)
class NewVersion:
    """One version to be written.

    Attributes:
        object_id: URI of the object, e.g. ``urn:uuid:…``.
        number: number of the version; it must follow the object's newest one.
        message: why it is made; it goes into the inventory.
        write: writes what is new; at least one file.
        keep: logical paths of earlier versions that go on, each as the newest version with it has it.
    """

    object_id: str
    number: int
    message: str
    write: Writer
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """A version that is durable: object id, number, and bytes of the files it brought."""

    object_id: str
    number: int
    bytes: int
