"""Reconcile: read back from the store what was delivered, and hold it against the ledger.

Nothing of the writer's code is used: the store is read with `leverans.formats.ocfl` alone.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from leverans.contracts import Finding
from leverans.delivery.job import Job
from leverans.delivery.progress import Progress, Silent
from leverans.delivery.versions import document_part, document_parts
from leverans.formats import ocfl
from leverans.ledger import Ledger
from leverans.settings import MunicipalityHome

RECONCILE = "reconcile"
CASE = "case.json"
_CHUNK = 1 << 20
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


def reconcile(job: Job, packages: set[str], only: Sequence[str] | None = None) -> ReadBack:
    """Read back every archived object of the delivery.

    Objects that this run's packages brought are read to the last byte; those of earlier runs by inventory and
    description (``leverans archive verify`` reads them whole).

    Args:
        job: the run.
        packages: ids of the packages that this run delivered.
        only: only these objects: what a settling run touches.
    """
    result = ReadBack()
    job.progress.stage(RECONCILE)
    name, test = job.delivery.name, job.run.test
    if only is not None:
        tables: Iterable[pa.Table] = [job.ledger.lookup(only, name, test=test)]
    else:
        tables = job.ledger.current(name, test=test)
    _compare(result, tables, job.home, packages, test=test, progress=job.progress)
    return result


def compare(
    home: MunicipalityHome, ledger: Ledger, *, test: bool, progress: Progress | None = None
) -> ReadBack:
    """Read back everything that the ledger knows to be archived, to the last document.

    An archive can be whole in itself and yet lack an object: only the ledger knows.

    Args:
        home: the municipality's work folders.
        ledger: the municipality's ledger.
        test: the test archive.
        progress: listens.
    """
    result = ReadBack()
    for state in ledger.status():
        if state.test == test:
            tables = ledger.current(state.delivery, test=test)
            _compare(result, tables, home, None, test=test, progress=progress or Silent())
            _papers(result, ledger, home, state.delivery, test=test)
    return result


def compare_delivery(home: MunicipalityHome, ledger: Ledger, delivery: str) -> ReadBack:
    """Read back everything of one live delivery that the ledger knows to be archived, to the last byte."""
    result = ReadBack()
    tables = ledger.current(delivery)
    _compare(result, tables, home, None, test=False, progress=Silent())
    _papers(result, ledger, home, delivery, test=False)
    return result


def _compare(
    result: ReadBack,
    tables: Iterable[pa.Table],
    home: MunicipalityHome,
    packages: set[str] | None,
    *,
    test: bool,
    progress: Progress,
) -> None:
    locators = {route: _locator(home.archive(route, test=test)) for route in ("open", "protected")}
    for table in tables:
        for row in table.to_pylist():
            _read_back(result, row, locators[row["route"]], packages)
            progress.advance()


def _papers(result: ReadBack, ledger: Ledger, home: MunicipalityHome, delivery: str, *, test: bool) -> None:
    """Hold what the archive keeps of each delivered package (METS, PREMIS …) against the ledger."""
    locators = {route: _locator(home.archive(route, test=test)) for route in ("open", "protected")}
    for state in ledger.runs(delivery):
        if state.run.test != test:
            continue
        for package, told in sorted(ledger.checkpoints(state.run, "deliver").items()):
            if "inventory" in told:  # earlier ones did not tell
                fault = _paper_fault(locators[told["route"]], package, told["inventory"])
                if fault:
                    result.blame(f"urn:uuid:{package}", fault)


def _paper_fault(locate: Callable[[str], Path] | None, package: str, sha256: str) -> str:
    if locate is None:
        return "no storage root"
    try:
        folder = locate(f"urn:uuid:{package}")
        inventory = ocfl.read_inventory(folder)
        if inventory.sha256 != sha256:
            return "another inventory than was archived"
        return _content_fault(folder, inventory)
    except (ocfl.Malformed, OSError, ValueError, KeyError) as error:
        return f"{type(error).__name__}: {error}"[:200]


def _locator(root: Path) -> Callable[[str], Path] | None:
    return ocfl.locator(root) if root.is_dir() else None


def _read_back(
    result: ReadBack,
    row: dict[str, Any],
    locate: Callable[[str], Path] | None,
    packages: set[str] | None,
) -> None:
    """Hold one object against the ledger; its content too when its package is in `packages` (None: all)."""
    name = f"urn:uuid:{row['object']}"
    if locate is None:
        result.blame(name, "no storage root")
        return
    folder = locate(name)
    try:
        inventory = ocfl.read_inventory(folder)
        case = json.loads(ocfl.read_content(folder, inventory, CASE))
        fault = next(_faults(row, inventory, case), "")
        if not fault and (packages is None or row["package"] in packages):
            fault = _content_fault(folder, inventory) or _document_fault(folder, inventory, case)
    except (ocfl.Malformed, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        fault = f"{type(error).__name__}: {error}"[:200]
    if fault:
        result.blame(name, fault)
    elif packages is None or row["package"] in packages:
        result.archived += 1
        result.archived_documents += row["documents"]
    else:
        result.kept += 1


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


def _content_fault(folder: Path, inventory: ocfl.ObjectInventory) -> str:
    """Read every file of the newest version and hold it against the digest in the inventory."""
    for digest in inventory.version().state.values():
        path = folder / inventory.manifest[digest][0]
        with path.open("rb") as stream:
            if _sha256(stream) != digest:
                return f"{path.name}: the digest is another"
    return ""


def _document_fault(folder: Path, inventory: ocfl.ObjectInventory, case: dict[str, Any]) -> str:
    """Read every document in its zip and hold it against the digest that was delivered."""
    wanted: dict[str, dict[str, str]] = {}
    for record in case["records"]:
        for file in record["files"]:
            wanted.setdefault(file["container"], {})[file["path"]] = file["sha256"]
    for container, members in sorted(wanted.items()):
        with zipfile.ZipFile(folder / inventory.content_path(container)) as archive:
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
