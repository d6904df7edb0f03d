"""Reconcile: read back from the store what was delivered, and hold it against the ledger.

Objects are read in pieces, spread over processes; `leverans.delivery.readback` judges one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from leverans.contracts import Finding
from leverans.delivery.job import Job
from leverans.delivery.progress import Progress, Silent
from leverans.delivery.readback import Piece, locator, paper_fault, read_back
from leverans.ledger import Ledger
from leverans.settings import MunicipalityHome
from leverans.workers import spread

RECONCILE = "reconcile"
_MOST = 100
_PIECE = 2_000


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
    roots = {route: home.archive(route, test=test) for route in ("open", "protected")}
    wanted = None if packages is None else frozenset(packages)
    pieces = (
        Piece(batch, roots, wanted) for table in tables for batch in table.to_batches(max_chunksize=_PIECE)
    )
    for told in spread(read_back, pieces):
        result.archived += told.archived
        result.archived_documents += told.documents
        result.kept += told.kept
        for name, fault in told.faults:
            result.blame(name, fault)
        progress.advance(told.archived + told.kept + len(told.faults))


def _papers(result: ReadBack, ledger: Ledger, home: MunicipalityHome, delivery: str, *, test: bool) -> None:
    """Hold what the archive keeps of each delivered package (METS, PREMIS …) against the ledger."""
    locators = {route: locator(home.archive(route, test=test)) for route in ("open", "protected")}
    for state in ledger.runs(delivery):
        if state.run.test != test:
            continue
        for package, told in sorted(ledger.checkpoints(state.run, "deliver").items()):
            if "inventory" in told:  # earlier ones did not tell
                fault = paper_fault(locators[told["route"]], package, told["inventory"])
                if fault:
                    result.blame(f"urn:uuid:{package}", fault)
