"""The folder tree of a package: root, metadata, representations, schemas, documentation (CSIPSTR)."""

from leverans.validation.package import Package, Representation

MANIFEST_NAME = "METS.xml"
_FOLDER = "representations"


def find_representations(package: Package) -> None:
    """Note every folder below ``representations`` and its METS.xml."""
    for folder in sorted(package.survey.folders):
        head, _, name = folder.partition("/")
        if head == _FOLDER and name and "/" not in name:
            manifest = f"{folder}/{MANIFEST_NAME}"
            known = manifest if manifest in package.inventory.index else None
            package.representations[name] = Representation(name, known)


def check_layout(package: Package, objid: str) -> None:
    """Hold the folder tree against CSIPSTR2-CSIPSTR16.

    Args:
        package: the package; its representations are known.
        objid: OBJID of the root METS.
    """
    report, root = package.sink.report, package.container.root
    if objid and root and objid != root:
        report("CSIPSTR2", root, value=objid)
    if not package.has_folder("metadata"):
        report("CSIPSTR5", "metadata")
    if not package.has_folder(_FOLDER):
        report("CSIPSTR9", _FOLDER)
    elif not package.representations:
        report("CSIPSTR10", _FOLDER)
    for representation in package.representations.values():
        _check_representation(package, representation)
    for name, code in (("schemas", "CSIPSTR15"), ("documentation", "CSIPSTR16")):
        if not _somewhere(package, name):
            report(code, name)


def _check_representation(package: Package, representation: Representation) -> None:
    report, base = package.sink.report, f"{_FOLDER}/{representation.name}"
    if not package.has_folder(f"{base}/data"):
        report("CSIPSTR11", f"{base}/data")
    if representation.manifest is None:
        report("CSIPSTR12", f"{base}/{MANIFEST_NAME}")
    if not package.has_folder(f"{base}/metadata"):
        report("CSIPSTR13", f"{base}/metadata")


def _somewhere(package: Package, name: str) -> bool:
    """Tell whether a folder is in the package or in a representation."""
    if package.has_folder(name):
        return True
    return any(package.has_folder(f"{_FOLDER}/{other}/{name}") for other in package.representations)
