"""Databases as packages (CITS SIARD): what the METS documents say about the SIARD files beside them."""

from collections.abc import Sequence

from leverans.validation.agents import Report
from leverans.validation.databases import SUFFIX, Databases
from leverans.validation.mets import OTHER_TYPE, TYPE, MetsCheck
from leverans.validation.package import Package
from leverans.validation.profiles import siard_words
from leverans.validation.siard.model import Metadata

_MIXED = "MIXED"
"""A package that says so holds representations of several kinds; CITS SIARD is about those of databases."""
_DIAGRAMS = "documentation/database_diagrams"


def check_databases(
    package: Package, root: MetsCheck, manifests: Sequence[MetsCheck], databases: Databases
) -> None:
    """Hold a package that says to carry databases against CITS SIARD.

    Args:
        package: the package; every file has been seen.
        root: the root document.
        manifests: the documents of the representations.
        databases: the SIARD files that were found.
    """
    words = siard_words()
    carrying = [group for group in root.groups if group.information_type in words.types]
    marked = [one for one in manifests if one.given.get(TYPE) in words.types]
    if root.given.get(TYPE) not in words.types and not carrying and not marked:
        return
    report = package.sink.report
    mixed = root.given.get(TYPE) == _MIXED
    if not mixed:
        _root(root, bool(carrying), report)
    if not manifests:
        report("SIARD_1", "representations")
    for group in carrying:
        if _plain(group.other_type) not in words.kinds:
            report(
                "SIARD_7", f"{group.place}/@csip:OTHERCONTENTINFORMATIONTYPE", value=group.other_type or "–"
            )
    for one in marked if mixed else manifests:
        _representation(one, root, databases, package)
    folders = {folder.rpartition("representations/")[2] for folder in package.survey.folders}
    if not any(folder == _DIAGRAMS or folder.endswith(f"/{_DIAGRAMS}") for folder in folders):
        report("SIARD_30", _DIAGRAMS)


def _root(root: MetsCheck, carried: bool, report: Report) -> None:
    given, place = root.given, root.root_place
    if given.get("TYPE") != "Databases":
        report("SIARD_2", f"{place}/@TYPE", value=given.get("TYPE", "–"))
    if given.get(TYPE) not in siard_words().types:
        report("SIARD_3", f"{place}/@csip:CONTENTINFORMATIONTYPE", value=given.get(TYPE, "–"))
    if OTHER_TYPE in given:
        report("SIARD_4", f"{place}/@csip:OTHERCONTENTINFORMATIONTYPE")
    if not carried:
        report("SIARD_6", f"{place}/fileSec/fileGrp")


def _representation(one: MetsCheck, root: MetsCheck, databases: Databases, package: Package) -> None:
    given, place, report = one.given, one.root_place, package.sink.report
    words, name = siard_words(), one.representation.name if one.representation else ""
    if given.get("TYPE") != "Databases":
        report("SIARD_9", f"{place}/@TYPE", value=given.get("TYPE", "–"))
    if given.get(TYPE) not in words.types:
        report("SIARD_10", f"{place}/@csip:CONTENTINFORMATIONTYPE", value=given.get(TYPE, "–"))
        return
    kind = given.get(OTHER_TYPE, "").strip()
    if _plain(kind) not in words.kinds:
        report("SIARD_11", f"{place}/@csip:OTHERCONTENTINFORMATIONTYPE", value=kind or "–")
        return
    _groups(root, name, kind, report)
    if _plain(kind) != _plain(words.dump):
        _files(databases.seen.get(name, []), name, kind, report)
    elif not package.has_folder(f"representations/{name}/data"):
        report("SIARD_20", f"representations/{name}/data")


def _groups(root: MetsCheck, name: str, kind: str, report: Report) -> None:
    for group in root.groups:
        mine = group.use.casefold() == f"representations/{name}".casefold()
        if mine and _plain(group.other_type) != _plain(kind):
            where = f"{group.place}/@csip:OTHERCONTENTINFORMATIONTYPE"
            report("SIARD_14", where, value=group.other_type or "–", declared=kind)


def _files(found: list[tuple[str, Metadata]], name: str, kind: str, report: Report) -> None:
    if not found:
        report("SIARD_15", f"representations/{name}/data/*{SUFFIX}")
    for path, meta in found:
        if meta.version and not _plain(kind).endswith(meta.version):
            report("SIARD_16", path, value=meta.version, declared=kind)


def _plain(kind: str) -> str:
    """The texts spell the kinds with and without an underscore."""
    return kind.replace("_", "").strip().casefold()
