"""What lies in an archive and no ledger knows: the comparison that goes from the archive to the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from leverans.contracts import Finding
from leverans.delivery.packaging_stage import PACKAGE
from leverans.formats import ocfl
from leverans.ledger import Ledger
from leverans.settings import MunicipalityHome

_URN = "urn:uuid:"
_ROUTES = ("open", "protected")
_AT_ONCE = 2_000
_MOST = 100


@dataclass(slots=True)
class Strangers:
    """What the archive holds beyond the ledger.

    Attributes:
        unknown: objects that no run of the ledger accounts for (OPR072).
        pending: objects that came with a package of a run that has not ended (OPR073).
        findings: the first hundred of each.
    """

    unknown: int = 0
    pending: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, where: str, *, pending: bool) -> None:
        """Note an object that the ledger does not know."""
        seen = self.pending if pending else self.unknown
        if pending:
            self.pending += 1
        else:
            self.unknown += 1
        if seen < _MOST:
            self.findings.append(Finding.of("OPR073" if pending else "OPR072", where))


def strangers(home: MunicipalityHome, ledger: Ledger, *, test: bool = False) -> Strangers:
    """Look for archived objects that are neither objects nor packages of the ledger.

    An object that cannot be read is left to `leverans.archive.verify`. The archive is read before the ledger
    is asked, so that a run that goes on meanwhile is not blamed.

    Args:
        home: the municipality's work folders.
        ledger: the municipality's ledger.
        test: the test archives.
    """
    result = Strangers()
    for route in _ROUTES:
        root = home.archive(route, test=test)
        if root.is_dir():
            _search(result, root, ledger, test=test)
    return result


def _search(result: Strangers, root: Path, ledger: Ledger, *, test: bool) -> None:
    folders = ocfl.walk(root)
    packages: set[str] = set()
    while some := list(islice(folders, _AT_ONCE)):
        found = dict(_read(some))
        begun = _begun(ledger, test=test)
        left = found.keys() - _archived(ledger, list(found), test=test) - packages
        if left:
            packages = _packages(ledger, test=test)
        for own in sorted(left - packages):
            result.add(f"{_URN}{own}", pending=own in begun or found[own] in begun)


def _read(folders: list[Path]) -> Iterator[tuple[str, str]]:
    """Yield the id of each object, and of the package that brought its newest version."""
    for folder in folders:
        try:
            inventory = ocfl.read_inventory(folder)
        except (ocfl.Malformed, OSError):
            continue
        message = inventory.version().message or ""
        yield inventory.id.removeprefix(_URN), message.removeprefix("package ")


def _archived(ledger: Ledger, ids: list[str], *, test: bool) -> set[str]:
    deliveries = {state.run.delivery for state in ledger.runs() if state.run.test == test}
    return {
        own
        for delivery in sorted(deliveries)
        for own in ledger.lookup(ids, delivery, test=test)["object"].to_pylist()
    }


def _packages(ledger: Ledger, *, test: bool) -> set[str]:
    return {
        str(plain["id"])
        for state in ledger.runs()
        if state.run.test == test
        for plain in ledger.events(state.run, "package")
    }


def _begun(ledger: Ledger, *, test: bool) -> set[str]:
    """Give the packages that runs which have not ended have built: the archive may have them already."""
    return {
        package
        for state in ledger.runs()
        if state.run.test == test and state.status is None
        for package in ledger.checkpoints(state.run, PACKAGE)
    }
