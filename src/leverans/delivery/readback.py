"""One stored object held against what the ledger says of it.

Nothing of the writer's code is used: the store is read with `leverans.formats.ocfl` alone.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import pyarrow as pa

from leverans.delivery.versions import document_part, document_parts
from leverans.formats import ocfl

CASE = "case.json"
_CHUNK = 1 << 20
_decode = json.JSONDecoder().decode
_UNREADABLE = (  # what a damaged inventory, description or zip makes its reader raise
    ocfl.Malformed,
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)

Locate = Callable[[str], str]
"""From the URN of an object to its folder."""
_ASKED = ["object", "route", "version", "digest", "package", "documents", "parts", "inventory"]


class Piece(NamedTuple):
    """Some rows of the ledger to be read back.

    Attributes:
        rows: with the columns of `leverans.ledger.CURRENT_COLUMNS`.
        roots: storage roots by route.
        packages: read the content too when the object's package is one of these; None: always.
    """

    rows: pa.RecordBatch
    roots: dict[str, Path]
    packages: frozenset[str] | None


class Told(NamedTuple):
    """What was read back of a piece.

    Attributes:
        archived: objects read to the last byte.
        documents: documents in those.
        kept: objects read by inventory and description.
        faults: object (URN) and what is wrong with it.
    """

    archived: int
    documents: int
    kept: int
    faults: list[tuple[str, str]]


def read_back(piece: Piece) -> Told:
    """Hold every object of a piece against the ledger."""
    locators = {route: locator(root) for route, root in piece.roots.items()}
    archived = documents = kept = 0
    faults: list[tuple[str, str]] = []
    for row in piece.rows.select(_ASKED).to_pylist():
        whole = piece.packages is None or row["package"] in piece.packages
        name = f"urn:uuid:{row['object']}"
        fault = _fault(row, name, locators[row["route"]], whole=whole)
        if fault:
            faults.append((name, fault))
        elif whole:
            archived += 1
            documents += row["documents"]
        else:
            kept += 1
    return Told(archived, documents, kept, faults)


def locator(root: Path) -> Locate | None:
    """Give where objects lie below a storage root; None: there is no such root."""
    return ocfl.locator(root) if root.is_dir() else None


def paper_fault(locate: Locate | None, package: str, sha256: str) -> str:
    """Say what is wrong with the papers that the archive keeps of a package, or nothing."""
    if locate is None:
        return "no storage root"
    try:
        folder = locate(f"urn:uuid:{package}")
        inventory = ocfl.read_inventory(folder)
        if inventory.sha256 != sha256:
            return "another inventory than was archived"
        return _content_fault(folder, inventory)
    except _UNREADABLE as error:
        return _short(error)


def _fault(row: dict[str, Any], name: str, locate: Locate | None, *, whole: bool) -> str:
    """Say what is wrong with an object, or nothing; `whole`: read its content too."""
    if locate is None:
        return "no storage root"
    folder = locate(name)
    try:
        inventory = ocfl.read_inventory(folder)
        case = _decode(ocfl.read_content(folder, inventory, CASE).decode())
        fault = next(_faults(row, inventory, case), "")
        if not fault and whole:
            fault = _content_fault(folder, inventory) or _document_fault(folder, inventory, case)
    except _UNREADABLE as error:
        fault = _short(error)
    return fault


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _faults(row: dict[str, Any], inventory: ocfl.ObjectInventory, case: dict[str, Any]) -> Iterator[str]:
    if inventory.number != row["version"]:
        yield f"version {inventory.number} instead of {row['version']}"
    if row["inventory"] not in {None, inventory.sha256}:  # None: archived before ledgers knew of them
        yield "another inventory than was archived"
    if case["content_digest"] != row["digest"]:
        yield "another content digest"
    if row["package"] not in (inventory.version().message or ""):
        yield "another package"
    files = [file for record in case["records"] for file in record["files"]]
    if len(files) != row["documents"]:
        yield f"{len(files)} documents instead of {row['documents']}"
    if {document_part(file["sha256"]) for file in files} != document_parts(row["parts"] or b""):
        yield "other documents than were delivered"


def _content_fault(folder: str, inventory: ocfl.ObjectInventory) -> str:
    """Read every file of the newest version and hold it against the digest in the inventory."""
    for digest in inventory.version().state.values():
        path = Path(folder, inventory.manifest[digest][0])
        with path.open("rb") as stream:
            if _sha256(stream) != digest:
                return f"{path.name}: the digest is another"
    return ""


def _document_fault(folder: str, inventory: ocfl.ObjectInventory, case: dict[str, Any]) -> str:
    """Read every document in its zip and hold it against the digest that was delivered."""
    wanted: dict[str, dict[str, str]] = {}
    for record in case["records"]:
        for file in record["files"]:
            wanted.setdefault(file["container"], {})[file["path"]] = file["sha256"]
    for container, members in sorted(wanted.items()):
        with zipfile.ZipFile(Path(folder, inventory.content_path(container))) as archive:
            for name, digest in members.items():
                with archive.open(name) as stream:
                    if _sha256(stream) != digest:
                        return f"{container}/{name}: the digest is another"
    return ""


def _sha256(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()
