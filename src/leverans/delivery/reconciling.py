"""Reconcile: read back from the store what was delivered, and hold it against the ledger.

Nothing of the writer's code is used: the store is read with `leverans.formats.ocfl` alone.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leverans.contracts import Finding
from leverans.delivery.job import Job
from leverans.formats import ocfl

RECONCILE = "reconcile"
CASE = "case.json"
_CHUNK = 1 << 20
_PART = 8
_MOST = 100


@dataclass(slots=True)
class ReadBack:
    """What the store holds of the delivery, counted from the store.

    Attributes:
        archived: objects whose newest version is of this run.
        archived_documents: documents in those.
        kept: objects whose newest version is of an earlier run.
        problems: what did not read back as delivered, the first hundred.
        broken: how many did not.
    """

    archived: int = 0
    archived_documents: int = 0
    kept: int = 0
    broken: int = 0
    problems: list[Finding] = field(default_factory=list)

    def blame(self, where: str, reason: str) -> None:
        """Note an object that did not read back."""
        self.broken += 1
        if len(self.problems) < _MOST:
            self.problems.append(Finding.of("DLV004", where, reason=reason))


def reconcile(job: Job, packages: set[str]) -> ReadBack:
    """Read back every archived object of the delivery.

    Objects that this run's packages brought are read to the last byte; those of earlier runs by inventory and
    description (``leverans archive verify`` reads them whole).

    Args:
        job: the run.
        packages: ids of the packages that this run delivered.
    """
    result = ReadBack()
    locators = {route: _locator(job, route) for route in ("open", "protected")}
    job.progress.stage(RECONCILE)
    for table in job.ledger.current(job.delivery.name, test=job.run.test):
        for row in table.to_pylist():
            _read_back(result, row, locators[row["route"]], packages)
            job.progress.advance()
    return result


def _locator(job: Job, route: str) -> Callable[[str], Path] | None:
    root = job.home.archive(route, test=job.run.test)
    return ocfl.locator(root) if root.is_dir() else None


def _read_back(
    result: ReadBack, row: dict[str, Any], locate: Callable[[str], Path] | None, packages: set[str]
) -> None:
    name = f"urn:uuid:{row['object']}"
    if locate is None:
        result.blame(name, "no storage root")
        return
    folder = locate(name)
    try:
        inventory = ocfl.read_inventory(folder)
        case = json.loads(ocfl.read_content(folder, inventory, CASE))
        fault = next(_faults(row, inventory, case), "")
        if not fault and row["package"] in packages:
            fault = _content_fault(folder, inventory)
    except (ocfl.Malformed, OSError, ValueError, KeyError) as error:
        fault = f"{type(error).__name__}: {error}"[:200]
    if fault:
        result.blame(name, fault)
    elif row["package"] in packages:
        result.archived += 1
        result.archived_documents += row["documents"]
    else:
        result.kept += 1


def _faults(row: dict[str, Any], inventory: ocfl.ObjectInventory, case: dict[str, Any]) -> Iterator[str]:
    if inventory.number != row["version"]:
        yield f"version {inventory.number} instead of {row['version']}"
    if case["content_digest"] != row["digest"]:
        yield "another content digest"
    if row["package"] not in (inventory.version().message or ""):
        yield "another package"
    files = [file for record in case["records"] for file in record["files"]]
    if len(files) != row["documents"]:
        yield f"{len(files)} documents instead of {row['documents']}"
    parts = _parts(row["parts"])
    if parts and any(_part(file["sha256"]) not in parts for file in files):
        yield "a document that was not delivered"


def _content_fault(folder: Path, inventory: ocfl.ObjectInventory) -> str:
    """Read every file of the newest version and hold it against the digest in the inventory."""
    for digest in inventory.version().state.values():
        path = folder / inventory.manifest[digest][0]
        if _sha256(path) != digest:
            return f"{path.name}: the digest is another"
    return ""


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _parts(text: bytes | None) -> set[bytes]:
    whole = text or b""
    return {whole[at : at + _PART] for at in range(0, len(whole), _PART)}


def _part(sha256: str) -> bytes:
    return hashlib.blake2b(sha256.encode(), digest_size=_PART).digest()
