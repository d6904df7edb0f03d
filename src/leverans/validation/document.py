"""One document on its own, outside any package: its form is judged, what it points to is not."""

import io
from contextlib import suppress
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
from leverans.validation.profiles import (
    RuleProfile,
    by_erms,
    cspackage,
    document_kinds,
    erms_schemas,
    profiles,
)
from leverans.validation.siard.metadata import MetadataCheck
from leverans.validation.sink import Sink

_HEAD = 1 << 16
_ENOUGH = 16 << 20
_HINT = "http://www.w3.org/2001/XMLSchema-instance schemaLocation"
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


def validate_document(
    path: Path, kind: str, sink: Sink, profile: RuleProfile, *, forced: bool = False
) -> Package:
    """Judge one document, by the version that it speaks unless the profile is `forced`.

    Raises:
        OSError: it cannot be read.
    """
    survey = Survey()
    package = Package(Folder(path.parent), survey, Inventory(survey), sink, profile, forced=True)
    if kind in {"sip", "cases"}:
        package.use(cspackage())
    elif kind == "erms" and not forced:
        package.use(_spoken(path, profile))
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


def _spoken(path: Path, profile: RuleProfile) -> RuleProfile:
    """Give the profile of the ERMS version that a document names or, where it names none, fits best."""
    with path.open("rb") as stream:
        head = stream.read(_ENOUGH)
    versions = {one.erms: one for one in (profile, *by_erms(profiles().values()))}
    named = _named(head)
    if named in versions:
        return versions[named]
    return min(versions.values(), key=lambda one: _misfits(head, one) * 2 + (one.erms != profile.erms))


def _named(head: bytes) -> str:
    """Give the version whose schema the first element names, empty when it names none."""
    hints: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda _, attributes: hints.append(attributes.get(_HINT, ""))
    with suppress(expat.ExpatError, LookupError, ValueError):
        parser.Parse(head[:_HEAD], False)
    first = hints[0].casefold() if hints else ""
    return next((version for name, version in erms_schemas().items() if name in first), "")


def _misfits(head: bytes, profile: RuleProfile) -> int:
    """Count what does not fit the version of a profile; where the text is cut off is the same for each."""
    sink = Sink(profile.levels)
    survey = Survey()
    package = Package(Folder(Path()), survey, Inventory(survey), sink, profile, forced=True)
    sink.without |= POINTING
    ErmsCheck(package, "", profile.erms, DigestIndex()).read(io.BytesIO(head))
    return sink.counts["errors"]


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
