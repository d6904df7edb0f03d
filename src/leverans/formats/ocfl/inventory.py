"""The inventory of an object, parsed and held against its sidecar."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any

INVENTORY = "inventory.json"
_BLOCK = 1 << 15
_READ = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_decode = json.JSONDecoder().decode


class Malformed(ValueError):
    """An inventory is missing, is not what its sidecar says, or is no inventory; `code` is OCFL's own."""

    def __init__(self, code: str, where: str, reason: str) -> None:
        self.code = code
        self.where = where
        self.reason = reason
        super().__init__(f"{where}: {code} {reason}")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an object.

    Attributes:
        created: RFC 3339 moment, as written.
        message: why the version was made, or an empty text.
        user: name of the one who made it, or an empty text.
        address: URI of the one who made it, or an empty text.
        state: digest by logical path.
    """

    created: str
    message: str
    user: str
    address: str
    state: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ObjectInventory:
    """What an object says about itself.

    Attributes:
        id: the object's URI.
        head: name of the newest version, e.g. ``v2``.
        algorithm: the digest algorithm, e.g. ``sha256``.
        content_directory: folder of the content inside a version folder.
        manifest: content paths (relative to the object) by digest, as written.
        versions: by name, oldest first.
        sha256: digest of the inventory's own bytes: with it, every byte of the object is fixed.
    """

    id: str
    head: str
    algorithm: str
    content_directory: str
    manifest: Mapping[str, tuple[str, ...]]
    versions: Mapping[str, Version]
    sha256: str = ""

    @property
    def number(self) -> int:
        """Number of the newest version."""
        return int(self.head[1:])

    def version(self, number: int | None = None) -> Version:
        """Give one version, the newest when no number is given.

        Raises:
            KeyError: there is no such version.
        """
        if number is None or number == self.number:
            return self.versions[self.head]
        return self.versions[f"v{number:0{len(self.head) - 1 if self.head[1] == '0' else 1}d}"]

    def content_path(self, logical: str, number: int | None = None) -> str:
        """Give where the bytes of a logical path lie, relative to the object.

        Raises:
            KeyError: the version has no such path.
        """
        return self.manifest[self.version(number).state[logical]][0]


def read_inventory(folder: str | PathLike[str]) -> ObjectInventory:
    """Read the inventory in an object's folder (or in a version's) and hold it against its sidecar.

    Raises:
        Malformed: it is missing, its sidecar is missing or says another digest, or its structure is wrong.
    """
    place = f"{os.fspath(folder)}/{INVENTORY}"  # a Path each would be a third of the time
    raw = _bytes(place, "E063")
    inventory = parse(raw, place)
    sidecar = _bytes(f"{place}.{inventory.algorithm}", "E058")
    same = inventory.algorithm == "sha256"  # nearly always; a second digest would be for nothing
    digest = inventory.sha256 if same else digest_of(raw, inventory.algorithm)
    if sidecar.split()[:1] != [digest.encode()]:
        raise Malformed("E060", place, "the sidecar states another digest")
    return inventory


def parse(raw: bytes, where: str) -> ObjectInventory:
    """Make an inventory of its bytes.

    Raises:
        Malformed: the bytes are no inventory.
    """
    try:
        plain = _decode(raw.decode())
        return ObjectInventory(
            id=str(plain["id"]),
            head=plain["head"],
            algorithm=plain["digestAlgorithm"],
            content_directory=plain.get("contentDirectory", "content"),
            manifest={digest: tuple(paths) for digest, paths in plain["manifest"].items()},
            versions={name: _version(entry) for name, entry in plain["versions"].items()},
            sha256=hashlib.sha256(raw).hexdigest(),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Malformed("E033", where, f"{type(error).__name__} {error}") from error


def _version(entry: Mapping[str, Any]) -> Version:
    user = entry.get("user") or {}
    return Version(
        created=entry["created"],
        message=entry.get("message", ""),
        user=user.get("name", ""),
        address=user.get("address", ""),
        state={path: digest for digest, paths in entry["state"].items() for path in paths},
    )


def _bytes(place: str, code: str) -> bytes:
    try:
        return read_bytes(place)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise Malformed(code, place, "the file is not there") from None


def read_bytes(place: str) -> bytes:
    """Read a small file with as few calls of the system as can be: the innermost loop of a read-back.

    Raises:
        OSError: it is not there or cannot be read.
    """
    descriptor = os.open(place, _READ)
    try:
        found = os.read(descriptor, _BLOCK)
        if len(found) < _BLOCK:
            return found
        pieces = [found]
        while piece := os.read(descriptor, _BLOCK):
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def digest_of(raw: bytes, algorithm: str) -> str:
    """Give the digest in hex; SHA-256, which nearly all have, without looking the algorithm up.

    Raises:
        ValueError: there is no such algorithm.
    """
    return (hashlib.sha256(raw) if algorithm == "sha256" else hashlib.new(algorithm, raw)).hexdigest()
