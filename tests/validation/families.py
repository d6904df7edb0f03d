"""Good packages of each family, each ready to be spoilt at one place."""

import io
import re
import tarfile
import zipfile
from pathlib import Path

from tests.validation.builder import (
    ERMS,
    LETTER,
    NAME,
    PICTURE,
    PREMIS,
    REP,
    REPRESENTATION,
    ROOT,
    Builder,
    file,
    fixity,
)
from tests.validation.siardbuilder import Siard

DIAGRAM = "documentation/database_diagrams/er.txt"
DATABASE = f"{REP}/data/prov.siard"
FORMS = ("folder", "zip", "tar")


def written(package: Builder, where: Path, form: str) -> Path:
    """Write a package as folder, zip or tar."""
    if form == "folder":
        return package.folder(where)
    if form == "zip":
        return package.zip(where)
    target = where / f"{package.name}.tar"
    with tarfile.open(target, "w") as container:
        for path, content in package.tree().items():
            put(container, f"{package.name}/{path}", content)
    return target


def put(container: tarfile.TarFile, name: str, content: bytes = b"", **words: object) -> None:
    """Add a member to a tar."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in words.items():
        setattr(info, key, value)
    container.addfile(info, io.BytesIO(content))


def repacked(where: Path, *entries: tuple[object, bytes], root: str = f"{NAME}/") -> Path:
    """A good package as a zip with more entries: (name or ZipInfo, content)."""
    path = where / "p.zip"
    with zipfile.ZipFile(path, "w") as container:
        for name, content in Builder().tree().items():
            container.writestr(root + name, content)
        for name, content in entries:
            container.writestr(name, content)
    return path


def flat(change=lambda text: text) -> Builder:
    """A package whose representation has no METS.xml of its own."""

    def rewrite(text):
        pieces = [LETTER, PICTURE, ERMS]
        tree = Builder().tree()
        files = "".join(file(f"data-{number}", tree[path], path) for number, path in enumerate(pieces))
        head, rest = text.split('<file ID="file-rep1"')
        rest = rest.split("</file>", 1)[1]
        head = head.replace('USE="Representations/rep1"', 'USE="Representations"')
        body, division = (head + files + rest).split('<div ID="div-rep1" LABEL="Representations/rep1">')
        division = '<fptr FILEID="grp-rep1"/>' + division.split("/>", 1)[1]
        return change(body + '<div ID="div-data" LABEL="Representations">' + division)

    def drop(tree):
        del tree[REPRESENTATION], tree[PREMIS]

    return Builder().change(ROOT, rewrite).spoil(drop)


def databases(where: Path, kind: str = "SIARD_2.2") -> Builder:
    """A package of one SIARD file with its diagram (CITS SIARD)."""
    content = Siard().write(where).read_bytes()

    def typed(text):
        text = text.replace('TYPE="Datasets"', 'TYPE="Databases"')
        return text.replace("citserms_v2_1", "citssiard_v1_0")

    def root(text):
        text = typed(text).replace(
            'USE="Representations/rep1" csip:', f'USE="Representations/rep1" csip:OTHERCONTENTINFORMATIONTYPE="{kind}" csip:'
        )  # fmt: skip
        about = '<file ID="file-about"'
        return text.replace(about, f"{file('file-diagram', b'bild', DIAGRAM)}\n{about}")

    def inner(text):
        text = typed(text).replace('OBJID="rep1"', f'OBJID="rep1" csip:OTHERCONTENTINFORMATIONTYPE="{kind}"')
        tree = Builder().tree()
        old = file("file-erms", tree[ERMS], "data/ERMS.xml", "application/xml")
        return text.replace(old, file("file-siard", content, "data/prov.siard", "application/zip"))

    def swap(tree):
        del tree[ERMS]
        tree |= {DATABASE: content, DIAGRAM: b"bild"}

    return Builder().change(ROOT, root).change(REPRESENTATION, inner).spoil(swap)


def other_kind(kind: str) -> Builder:
    """An AIP or a DIP: the builder's package with another address, type and one provenance section."""

    def root(text):
        text = text.replace("earksip.dilcis.eu/profile/E-ARK-SIP", f"earkdip.dilcis.eu/profile/E-ARK-{kind}")
        text = text.replace('OAISPACKAGETYPE="SIP"', f'OAISPACKAGETYPE="{kind}"')
        rights = re.search(r"<rightsMD.*?</rightsMD>", text, re.DOTALL)[0]
        moved = rights.replace("rightsMD", "digiprovMD").replace('"rights-1"', '"prov-1"')
        moved = moved.replace('MDTYPE="OTHER" OTHERMDTYPE="RIGHTS"', 'MDTYPE="PREMIS" MDTYPEVERSION="3.0"')
        return text.replace(rights, moved).replace('"rights-1"', '"prov-1"')

    def inner(text):
        return text.replace('OAISPACKAGETYPE="SIP"', f'OAISPACKAGETYPE="{kind}"')

    return Builder("2.2.0").change(ROOT, root).change(REPRESENTATION, inner)


def refixed(text: str, marker: str, content: bytes, mime: str = "text/plain") -> str:
    """Write the fixity of new content on the line that holds the marker."""
    old = re.search(rf'(<\w+ [^>]*{re.escape(marker)}[^>]*?)MIMETYPE="[^>]*CHECKSUMTYPE="SHA-256"', text)
    return text.replace(old[0], old[1] + fixity(content, mime))
