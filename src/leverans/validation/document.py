"""One document on its own, outside any package: its form is judged, what it points to is not."""

from pathlib import Path
from xml.parsers import expat

from leverans.errors import LeveransError
from leverans.formats.digestindex import DigestIndex
from leverans.formats.entries import Survey
from leverans.formats.folder import Folder
from leverans.validation.checker import Checker
from leverans.validation.cspackage.cases import CasesCheck
from leverans.validation.cspackage.sip import SipCheck
from leverans.validation.ermscheck import ErmsCheck
from leverans.validation.inventory import Inventory
from leverans.validation.mets import MetsCheck
from leverans.validation.package import Package
from leverans.validation.premischeck import PremisCheck
from leverans.validation.profiles import RuleProfile, cspackage, document_kinds
from leverans.validation.siard.metadata import MetadataCheck
from leverans.validation.sink import Sink

_HEAD = 1 << 16
# what only a package can show
POINTING = frozenset({"FIX003", "ERM001", "PRE001", "LBL001", "CSIP107", "CSIP110", "FGS12-A13", "PATH001"})


def kind_of(path: Path) -> str:
    """Name the kind of a document by its first element: ``mets``, ``erms`` …; empty when it is none known."""
    names: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda name, _: names.append(name)
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if b"<!DOCTYPE" not in head:
            parser.Parse(head, False)
    except (OSError, expat.ExpatError, LookupError, ValueError):
        pass
    return document_kinds().get(names[0], "") if names else ""


def validate_document(path: Path, kind: str, sink: Sink, profile: RuleProfile) -> Package:
    """Judge one document.

    Raises:
        OSError: it cannot be read.
    """
    survey = Survey()
    package = Package(Folder(path.parent), survey, Inventory(survey), sink, profile, forced=True)
    if kind in {"sip", "cases"}:
        package.use(cspackage())
    sink.without |= POINTING
    check = _check(kind, path.name, package)
    try:
        with path.open("rb") as stream:
            check.read(stream)
    except LeveransError as fault:
        sink.report(fault.code, path.name)
    package.count("files")
    package.count("bytes", path.stat().st_size)
    return package


def _check(kind: str, name: str, package: Package) -> Checker:
    if kind == "mets":
        package.forced = False
        return MetsCheck(package, name)
    if kind == "erms":
        return ErmsCheck(package, name, package.profile.erms, DigestIndex())
    if kind == "premis":
        return PremisCheck(package, name, "")
    if kind == "cases":
        return CasesCheck(package, name, "")
    return SipCheck(package, name) if kind == "sip" else MetadataCheck(package.sink, name)
