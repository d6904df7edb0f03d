"""One breach per rule at least: how it is made, under which id it is found, and the good twin that lacks it.

The tables of test_rules, test_siard and test_cspackage count too; what is here is the rest, so that together they
lead to every id (`unbroken.toml` lists those that nothing can break, with the reason).
"""

import io
import os
import struct
import tomllib
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from tests.validation import mutations, test_cspackage, test_siard
from tests.validation.builder import (
    DOCUMENT,
    EAD,
    ERMS,
    LETTER,
    NAME,
    PICTURE,
    PREMIS,
    REP,
    REPRESENTATION,
    ROOT,
    Builder,
)
from tests.validation.families import DATABASE, databases, flat, other_kind, repacked
from tests.validation.siardbuilder import CASES, META, NOTES, Siard
from tests.validation.words import BAD, REFERENCE, SECTIONS, of_line

Make = Callable[[Path], Path]


class Breach(NamedTuple):
    """One breach: its id, the end of its place, the broken package and its good twin (made below a folder)."""

    code: str
    where: str
    make: Make
    good: Make
    profile: str | None = None
    form: str = "package"


def plain(where: Path) -> Path:
    return Builder().folder(where)


def later(where: Path) -> Path:
    return Builder("2.2.0").folder(where)


def zipped(where: Path) -> Path:
    return repacked(where)


def text(path: str, old: str, new: str, version: str = "2.1.0") -> Make:
    return lambda where: Builder(version).change(path, lambda seen: seen.replace(old, new, 1)).folder(where)


def spoilt(*steps: Callable[[dict[str, bytes]], object]) -> Make:
    def make(where: Path) -> Path:
        package = Builder()
        for step in steps:
            package.spoil(step)
        return package.folder(where)

    return make


def drop(*starts: str) -> Callable[[dict[str, bytes]], None]:
    def spoil(tree: dict[str, bytes]) -> None:
        for path in [path for path in tree if path.startswith(starts)]:
            del tree[path]

    return spoil


def add(path: str, content: bytes = b"1") -> Callable[[dict[str, bytes]], None]:
    return lambda tree: tree.__setitem__(path, content)


def cut(document: str, start: str, end: str, *others: str) -> Make:
    """Leave out a section, and other words that point into it."""

    def change(seen: str) -> str:
        seen = seen[: seen.index(start)] + seen[seen.index(end) :]
        for other in others:
            seen = seen.replace(other, "")
        return seen

    return lambda where: Builder().change(document, change).folder(where)


def references() -> list[Breach]:
    """The nine words of each mdRef, and the words of a file."""
    wanted = [
        (f"CSIP{first + number}", f"{place}/@{attribute}", document, marker, attribute)
        for document, marker, first, place in SECTIONS
        for number, attribute in enumerate(REFERENCE)
    ]
    wanted += [
        (f"CSIP{code}", f"/mets/fileSec/fileGrp[1]/file[1]/@{attribute}", ROOT, 'ID="file-about"', attribute)
        for attribute, code in (("SIZE", 69), ("CREATED", 70), ("CHECKSUM", 71), ("CHECKSUMTYPE", 72))
    ]
    return [
        Breach(
            code,
            where,
            partial(line, document=document, marker=marker, attribute=attribute, value=value),
            plain,
        )
        for code, where, document, marker, attribute in wanted
        for value in ((None, BAD[attribute]) if attribute in BAD else (None,))
    ]


def line(where: Path, document: str, marker: str, attribute: str, value: str | None) -> Path:
    return Builder().change(document, lambda seen: of_line(seen, marker, attribute, value)).folder(where)


STATEMENT = "/premis/rights[1]/rightsStatement[1]"
RIGHTS = {
    "copyrightInformation": (
        ("copyrightStatus", 100), ("copyrightJurisdiction", 101),
        ("copyrightDocumentationIdentifier/copyrightDocumentationIdentifierType", 103),
        ("copyrightDocumentationIdentifier/copyrightDocumentationIdentifierValue", 104),
    ),
    "licenseInformation": (
        ("licenseDocumentationIdentifier/licenseDocumentationIdentifierType", 107),
        ("licenseDocumentationIdentifier/licenseDocumentationIdentifierValue", 108),
    ),
    "statuteInformation": (
        ("statuteJurisdiction", 110), ("statuteCitation", 111),
        ("statuteDocumentationIdentifier/statuteDocumentationIdentifierType", 113),
        ("statuteDocumentationIdentifier/statuteDocumentationIdentifierValue", 114),
    ),
    "otherRightsInformation": (
        ("otherRightsDocumentationIdentifier/otherRightsDocumentationIdentifierType", 117),
        ("otherRightsDocumentationIdentifier/otherRightsDocumentationIdentifierValue", 118),
        ("otherRightsBasis", 119),
    ),
    "rightsGranted": (("act", 121), ("termOfGrant/startDate", 123)),
}  # fmt: skip


def statement(without: str = "") -> str:
    """Rights with everything PREMIS asks of them, less one element."""
    whole = ""
    for block, leaves in RIGHTS.items():
        inner = ""
        for path, _ in leaves:
            outer, _, leaf = path.rpartition("/")
            value = "2026-01-01" if leaf == "startDate" else "ord"
            element = "" if f"{block}/{path}" == without else f"<{leaf}>{value}</{leaf}>"
            if outer and inner.endswith(f"</{outer}>\n"):
                inner = inner.removesuffix(f"</{outer}>\n") + f"{element}</{outer}>\n"
            else:
                inner += f"<{outer}>{element}</{outer}>\n" if outer else element
        whole += f"<{block}>{inner}</{block}>\n"
    return (
        "<rights><rightsStatement><rightsStatementIdentifier><rightsStatementIdentifierType>local"
        "</rightsStatementIdentifierType><rightsStatementIdentifierValue>r1</rightsStatementIdentifierValue>"
        f"</rightsStatementIdentifier><rightsBasis>statute</rightsBasis>\n{whole}</rightsStatement></rights>\n"
    )


def rights(without: str = "") -> Make:
    return lambda where: (
        Builder()
        .change(PREMIS, lambda seen: seen.replace("</premis>", statement(without) + "</premis>"))
        .folder(where)
    )


def rights_breaches() -> list[Breach]:
    return [
        Breach(f"PM{number}", leaf.rpartition("/")[2], rights(f"{block}/{leaf}"), rights())
        for block, leaves in RIGHTS.items()
        for leaf, number in leaves
    ]


def database(document: str, old: str, new: str, kind: str = "SIARD_2.2") -> Make:
    return lambda where: (
        databases(where, kind).change(document, lambda seen: seen.replace(old, new)).folder(where)
    )


def good_database(where: Path) -> Path:
    return databases(where).folder(where)


def swapped(*steps: Callable[[dict[str, bytes]], object], kind: str = "SIARD_2.2") -> Make:
    def make(where: Path) -> Path:
        package = databases(where, kind)
        for step in steps:
            package.spoil(step)
        return package.folder(where)

    return make


OTHERS = ' csip:OTHERCONTENTINFORMATIONTYPE="SIARD_2.2"'
DATABASES = [
    ("SIARD_1", "representations", swapped(drop(REPRESENTATION))),
    ("SIARD_2", "/mets/@TYPE", database(ROOT, 'TYPE="Databases"', 'TYPE="Datasets"')),
    ("SIARD_3", "/mets/@csip:CONTENTINFORMATIONTYPE", database(ROOT, 'Databases" csip:CONTENTINFORMATIONTYPE="citssiard_v1_0"', 'Databases" csip:CONTENTINFORMATIONTYPE="OTHER"')),
    ("SIARD_4", "/mets/@csip:OTHERCONTENTINFORMATIONTYPE", database(ROOT, 'TYPE="Databases"', 'TYPE="Databases"' + OTHERS)),
    ("SIARD_6", "/mets/fileSec/fileGrp", database(ROOT, OTHERS + ' csip:CONTENTINFORMATIONTYPE="citssiard_v1_0"', ' csip:CONTENTINFORMATIONTYPE="MIXED"')),
    ("SIARD_7", "/mets/fileSec/fileGrp[3]/@csip:OTHERCONTENTINFORMATIONTYPE", database(ROOT, OTHERS, "")),
    ("SIARD_9", f"{REPRESENTATION}:2 /mets/@TYPE", database(REPRESENTATION, 'TYPE="Databases"', 'TYPE="Datasets"')),
    ("SIARD_10", f"{REPRESENTATION}:2 /mets/@csip:CONTENTINFORMATIONTYPE", database(REPRESENTATION, "citssiard_v1_0", "MIXED")),
    ("SIARD_11", f"{REPRESENTATION}:2 /mets/@csip:OTHERCONTENTINFORMATIONTYPE", database(REPRESENTATION, OTHERS, "")),
    ("SIARD_14", "/mets/fileSec/fileGrp[3]/@csip:OTHERCONTENTINFORMATIONTYPE", database(ROOT, "SIARD_2.2", "SIARD_2.1")),
    ("SIARD_15", f"{REP}/data/*.siard", swapped(drop(DATABASE))),
    ("SIARD_16", DATABASE, lambda where: databases(where, "SIARD_2.1").folder(where)),
    ("SIARD_17", DATABASE, swapped(add(DATABASE, b"7z\xbc\xaf\x27\x1c"))),
    ("G_4.1-1", DATABASE, swapped(add(DATABASE, b"7z\xbc\xaf\x27\x1c"))),
    ("SIARD_20", f"{REP}/data", swapped(drop(f"{REP}/data/"), kind="Database_dump")),
    ("SIARD_30", "documentation/database_diagrams", swapped(drop("documentation/database_diagrams/"))),
]  # fmt: skip


def siard(*steps: object, **words: object) -> Make:
    def make(where: Path) -> Path:
        file = Siard()
        for step in steps:
            file.spoil(step) if callable(step) else file.change(*step)
        file.folders = words.get("folders", file.folders)
        file.compression = words.get("compression", file.compression)
        return file.write(where, words.get("name", "prov.siard"))

    return make


def patched(make: Make, signature: bytes, offset: int, value: int, last: bool = False) -> Make:
    """Overwrite two bytes at each (or the last) place of a signature."""

    def change(where: Path) -> Path:
        path = make(where)
        raw = bytearray(path.read_bytes())
        at = raw.rfind(signature) if last else raw.find(signature)
        while at >= 0:
            raw[at + offset : at + offset + 2] = struct.pack("<H", value)
            at = -1 if last else raw.find(signature, at + 4)
        path.write_bytes(raw)
        return path

    return change


TYPES = "<types><type><name>T</name><category>distinct</category><instantiable>true</instantiable><final>false</final><base>VARCHAR(9)</base></type></types><tables>\n"
SIARDS = [
    ("G_4.1-1", "seven.siard", lambda where: stored(where / "seven.siard", b"7z\xbc\xaf\x27\x1c" + bytes(50))),
    ("G_4.1-2", "content/schema0/table0/table0.xml", siard(compression=zipfile.ZIP_BZIP2)),
    ("G_4.1-3", "header/metadata.xsd", patched(siard(), b"PK\x01\x02", 8, 1, last=True)),
    ("G_4.1-5", "prov.zip", siard(name="prov.zip")),
    ("P_4.2-1", "las.txt", siard(add("las.txt"))),
    ("P_4.2-2", "content/x.txt", siard(add("content/x.txt"))),
    ("P_4.2-3", "content/schema0/table0/x.txt", siard(add("content/schema0/table0/x.txt"))),
    ("P_4.2-4", "header/siardversion/2.2", siard(folders=["content/", "header/"])),
    ("P_4.2-5", "header/metadata.xsd", siard(drop("header/metadata.xsd"))),
    ("P_4.2-6", "content/schema0/table0/lob4/1x.bin", siard(add("content/schema0/table0/lob4/1x.bin"))),
    ("P_4.3-4", f"{CASES}.xsd", siard((META, "<tables>\n", TYPES), (META, "<type>DATE</type>", "<typeSchema>DBO</typeSchema><typeName>T</typeName>"))),
    ("T_6.4-1", f"{NOTES}.xml", siard(drop(f"{NOTES}.xml"))),
    ("T_6.1-1", f"{NOTES}.xsd", siard(drop(f"{NOTES}.xsd"))),
    ("SRD001", f"{CASES}.xml:2 /table/row[1]/c4", siard(add("content/schema0/table0/lob4/record0.bin", b"\x00\x01imagX"))),
    ("SRD004", "content/schema0/table0/lob4/more.bin", siard(add("content/schema0/table0/lob4/more.bin"))),
    ("SRD005", META, siard((META, "<digestType>MD5", "<digestType>SHA-1"))),
    ("SRD006", META, siard((META, "schema0/table0/lob4", "../utanfor"))),
    ("SRD008", META, siard(folders=["header/siardversion/2.2/"])),
]  # fmt: skip


def stored(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def entry(name: object, content: bytes = b"1") -> Make:
    return lambda where: repacked(where, (name, content))


def replaced(old: bytes, new: bytes) -> Make:
    return lambda where: stored(where / "p.zip", repacked(where).read_bytes().replace(old, new, 1))


def first_header(where: Path) -> Path:
    path = repacked(where)
    raw = path.read_bytes()
    at = raw.find(b"bild.png")
    return stored(path, raw[:at] + b"bilt.png" + raw[at + 8 :])


def overlapping(where: Path) -> Path:
    path = repacked(where)
    raw = bytearray(path.read_bytes())
    at = raw.find(b"PK\x01\x02")
    raw[at + 20 : at + 24] = struct.pack("<L", len(raw))
    return stored(path, bytes(raw))


def header(offset: int, value: int) -> Make:
    """Overwrite two bytes of the header of the last entry."""
    return patched(zipped, b"PK\x03\x04", offset, value, last=True)


def between(where: Path) -> Path:
    """Put bytes between the last entry and the directory."""
    raw, hidden = repacked(where).read_bytes(), b"PK\x03\x04 i ingen katalog"
    at, end = raw.find(b"PK\x01\x02"), raw.rfind(b"PK\x05\x06")
    raw = bytearray(raw[:at] + hidden + raw[at:])
    end += len(hidden)
    raw[end + 16 : end + 20] = struct.pack("<L", at + len(hidden))
    return stored(where / "p.zip", bytes(raw))


def streamed(where: Path, *, announced: bool = True) -> Path:
    """Write as where nothing can be sought: values behind the data; the flag may be taken away."""
    out, pipe = io.BytesIO(), io.RawIOBase()
    pipe.write = out.write
    with zipfile.ZipFile(pipe, "w") as container:
        for name, content in Builder().tree().items():
            container.writestr(f"{NAME}/{name}", content)
    raw = bytearray(out.getvalue())
    at = raw.find(b"PK\x03\x04")
    while at >= 0 and not announced:
        raw[at + 6] &= ~8
        at = raw.find(b"PK\x03\x04", at + 4)
    return stored(where / "p.zip", bytes(raw))


def linked(where: Path) -> Path:
    path = Builder().folder(where)
    (path / "documentation/ut.txt").symlink_to("/etc/passwd")
    return path


def oddly_named(where: Path) -> Path:
    path = Builder().folder(where)
    (path / "documentation" / os.fsdecode(b"\xe5.txt")).touch()
    return path


def looped(where: Path) -> Path:
    path = where / "slinga"
    path.symlink_to(path)
    return path


LAST = list(Builder().tree())[-1]
CONTAINERS = [
    ("CSIPSTR1", "p.zip", entry("annan/x.txt")),
    ("ZIP001", "p.zip", lambda where: stored(where / "p.zip", repacked(where).read_bytes()[:-30])),
    ("ZIP002", LETTER, patched(zipped, b"PK\x01\x02", 8, 1)),
    ("ZIP003", PICTURE, entry(f"{NAME}/{PICTURE}", b"annat")),
    ("ZIP005", PICTURE, replaced(b"no real picture", b"no real pictura")),
    ("ZIP006", LETTER, patched(zipped, b"PK\x01\x02", 10, 95)),
    ("ZIP007", "../ut.txt", entry("../ut.txt")),
    ("ZIP008", PICTURE, first_header),
    ("ZIP010", "p.zip", overlapping),
    ("ZIP011", f"{NAME}/å.txt", patched(entry(f"{NAME}/å.txt"), b"PK\x01\x02", 8, 0)),
    ("ZIP012", LAST, header(14, 0)),
    ("ZIP012", LAST, header(18, 7)),
    ("ZIP012", LAST, header(22, 7)),
    ("ZIP012", LAST, header(6, 0x808)),
    ("ZIP012", LAST, header(6, 0x801)),
    ("ZIP012", LAST, header(4, 99)),
    ("ZIP013", "p.zip", between),
    ("ZIP013", "p.zip", lambda where: stored(where / "p.zip", repacked(where).read_bytes() + b"mer")),
    ("ZIP013", "p.zip", lambda where: stored(where / "p.zip", b"PK\x03\x04" + repacked(where).read_bytes())),
    ("ZIP014", LAST, header(10, 7)),
    ("ZIP015", "p.zip", partial(streamed, announced=False)),
    ("PATH008", "a", lambda where: repacked(where, (f"{NAME}/a", b"1"), (f"{NAME}/a/b", b"2"))),
    ("PATH008", "a", lambda where: repacked(where, (f"{NAME}/a/b/c", b"1"), (f"{NAME}/a", b"2"))),
    ("PATH003", "documentation/\\udce5.txt", oddly_named),
    ("PATH004", "documentation/ut.txt", linked),
    ("PATH005", "documentation/o\u0308.txt", spoilt(add("documentation/o\u0308.txt"))),
    ("VAL001", "finns-inte", lambda where: where / "finns-inte"),
    ("VAL002", "fil.txt", lambda where: stored(where / "fil.txt", b"hej")),
    ("VAL003", "slinga", looped),
    ("VAL006", "", spoilt(lambda tree: tree.update({f"extra/{number}.txt": b"" for number in range(1_001)}))),
]  # fmt: skip
FILES = [
    ("CSIPSTR4", ROOT, spoilt(drop(ROOT))),
    ("CSIPSTR5", "metadata", spoilt(drop("metadata/"))),
    ("CSIPSTR6", "/mets/amdSec[1]/digiprovMD[1]/mdRef/@xlink:href", lambda where: moved(where, REPRESENTATION, PREMIS, f"{REP}/metadata/premis.xml")),
    ("CSIPSTR7", "/mets/dmdSec[1]/mdRef/@xlink:href", lambda where: moved(where, ROOT, EAD, "metadata/ead.xml")),
    ("CSIPSTR9", "representations", spoilt(drop("representations/"))),
    ("CSIPSTR10", "representations", spoilt(drop("representations/"), add("representations/x.txt"))),
    ("CSIPSTR11", f"{REP}/data", spoilt(drop(f"{REP}/data/"))),
    ("CSIPSTR12", REPRESENTATION, spoilt(drop(REPRESENTATION))),
    ("CSIPSTR13", f"{REP}/metadata", spoilt(drop(f"{REP}/metadata/"))),
    ("CSIPSTR15", "schemas", spoilt(drop("schemas/"))),
    ("CSIPSTR16", "documentation", spoilt(drop("documentation/"))),
    ("FIX001", PICTURE, spoilt(add(PICTURE, b"no real pictura"))),
    ("FIX002", PICTURE, spoilt(add(PICTURE, b"no real picture."))),
    ("FIX003", PICTURE, spoilt(drop(PICTURE))),
    ("FIX004", "extra.txt", spoilt(add("extra.txt"))),
    ("FIX006", DOCUMENT, lambda where: line(where, ROOT, 'ID="file-about"', "CHECKSUMTYPE", "WHIRLPOOL")),
    ("LBL001", "/mets/structMap[1]/div[1]/div[2]/@LABEL", spoilt(drop("documentation/"))),
    ("ERM002", f"{REP}/data/x.txt", spoilt(add(f"{REP}/data/x.txt"))),
    ("ERM004", ERMS, spoilt(drop(ERMS))),
    ("CSIP17", "/mets/dmdSec", cut(ROOT, "<dmdSec", "<amdSec", ' DMDID="dmd-1"')),
    ("CSIP31", "/mets/amdSec", cut(REPRESENTATION, "<amdSec", "<fileSec", ' ADMID="premis-rep1"')),
    ("CSIP32", "/mets/amdSec/digiprovMD", lambda where: Builder().change(REPRESENTATION, lambda seen: seen.replace("digiprovMD", "techMD")).folder(where)),
    ("CSIP58", "/mets/fileSec", cut(REPRESENTATION, "<fileSec", "<structMap", '<fptr FILEID="grp-data"/>')),
    ("CSIP60", "/mets/fileSec/fileGrp", text(ROOT, 'USE="Documentation"', 'USE="Papper"')),
    ("CSIP113", "/mets/fileSec/fileGrp", text(ROOT, 'USE="Schemas"', 'USE="Scheman"')),
    ("CSIP114", "/mets/fileSec/fileGrp", text(ROOT, 'USE="Representations/rep1"', 'USE="Innehall"')),
    ("CSIP63", "/mets/fileSec/fileGrp[1]/@csip:OTHERCONTENTINFORMATIONTYPE", text(ROOT, 'USE="Documentation"', 'USE="Documentation" csip:CONTENTINFORMATIONTYPE="OTHER"')),
    ("XML003", f"{ROOT}:1", spoilt(add(ROOT, b'<mets xmlns="http://www.loc.gov/METS/">' + b"<div>" * 1_001))),
    ("SCH004", "/mets/metsHdr/agent[5]/@ROLE", text(ROOT, 'ROLE="PRESERVATION" ', "")),
]  # fmt: skip
CREATOR = """<eac xmlns="https://archivists.org/ns/eac/v2"><control maintenanceStatus="new"><recordId>1</recordId>
<maintenanceAgency><agencyName>Prov</agencyName></maintenanceAgency><maintenanceHistory>
<maintenanceEvent maintenanceEventType="created"><agent agentType="machine">Prov</agent><eventDateTime>2026</eventDateTime>
</maintenanceEvent></maintenanceHistory></control><cpfDescription><identity><entityType value="corporateBody"/>
<nameEntry><part>Prov</part></nameEntry></identity></cpfDescription></eac>
"""
INFORMATION = """<additionalPackageInfo
xmlns="http://xml.ra.se/e-arkiv/implementation-IP/version10/SNAadditionalPackageInfo"><control>
<identification type="UUID">1</identification><status>NEW</status><creationDate>2026-01-01T12:00:00Z</creationDate>
<creator><creatorName>Prov</creatorName></creator></control><package id="p"><archiveName>Prov</archiveName>
<disposal disposable="false"/><accessRestrict restricted="false"/><useRestrict restricted="false"/>
<informationClass>1</informationClass><audience publishable="true"/></package></additionalPackageInfo>
"""
INFO, SCHEMA = "documentation/additionalPackageInfo.xml", "schemas/own.xsd"


def described(document: str, new: str, *, mdtype: str = "", path: str = "") -> Make:
    """Put another document in the place of one; METS may call it otherwise, or know it by another path."""

    def make(where: Path) -> Path:
        package = Builder().change(document, lambda _: new)
        if mdtype:
            package.change(ROOT, lambda seen: seen.replace('MDTYPE="EAD"', f'MDTYPE="{mdtype}"'))
        if path:
            package.change(ROOT, lambda seen: seen.replace(document, path))
            package.spoil(lambda tree: tree.__setitem__(path, tree.pop(document)))
        return package.folder(where)

    return make


def creator(old: str, new: str) -> Make:
    return described(EAD, CREATOR.replace(old, new, 1), mdtype="EAC-CPF")


def information(old: str, new: str) -> Make:
    return described(DOCUMENT, INFORMATION.replace(old, new, 1), path=INFO)


def schema(suffix: str, root: str) -> Make:
    return described("schemas/own.xsd", root, path=f"schemas/{suffix}")


EACS, INFOS = creator("", ""), information("", "")
BESIDE = [
    ("DSC001", f"{EAD}:1", described(EAD, "not xml <"), plain),
    ("DSC002", f"{EAD}:1 /ead", described(EAD, "<ead/>"), plain),
    ("DSC003", f"{EAD}:2 /ead/control/filedesc/titlestmt", text(EAD, "<titlestmt><titleproper>Prov</titleproper></titlestmt>", ""), plain),
    ("DSC003", "/ead/archdesc/did", text(EAD, "<did><unittitle>Prov</unittitle></did>", ""), plain),
    ("DSC003", "/ead/archdesc/@level", text(EAD, ' level="collection"', ""), plain),
    ("DSC001", f"{EAD}:1", described(EAD, "not xml <", mdtype="EAC-CPF"), EACS),
    ("DSC002", f"{EAD}:1 /eac", creator("eac/v2", "eac/v9"), EACS),
    ("DSC003", "/eac/cpfDescription/identity/entityType", creator('<entityType value="corporateBody"/>', ""), EACS),
    ("DSC003", "/eac/control/@maintenanceStatus", creator(' maintenanceStatus="new"', ""), EACS),
    ("DSC001", f"{INFO}:7", information("</additionalPackageInfo>", ""), INFOS),
    ("DSC002", f"{INFO}:1 /additionalPackageInfo", information("version10", "version99"), INFOS),
    ("DSC004", "/additionalPackageInfo/package/audience/@publishable", information('publishable="true"', 'publishable="ja"'), INFOS),
    ("DSC004", "/additionalPackageInfo/package/archiveName", information("<archiveName>Prov</archiveName>", ""), INFOS),
    ("XSD001", f"{SCHEMA}:1", described(SCHEMA, "not xml <"), plain),
    ("XSD002", f"{SCHEMA}:1 /schema", described(SCHEMA, "<schema/>"), plain),
    ("XSD003", f"{SCHEMA}:1", described(SCHEMA, "<!DOCTYPE x><x/>"), plain),
    ("XSD002", "schemas/own.rng:1 /grammar", schema("own.rng", "<grammar/>"), schema("own.rng", "<grammar xmlns='http://relaxng.org/ns/structure/1.0'/>")),
    ("XSD002", "schemas/own.sch:1 /schema", schema("own.sch", "<schema/>"), schema("own.sch", "<schema xmlns='http://purl.oclc.org/dsdl/schematron'/>")),
    ("XSD002", "schemas/catalog.xml:1 /catalog", schema("catalog.xml", "<catalog/>"), schema("catalog.xml", "<catalog xmlns='urn:oasis:names:tc:entity:xmlns:xml:catalog'/>")),
]  # fmt: skip
DIVISIONS = [
    ("CSIP101", "/div", '<div ID="div-data" LABEL="Representations"><fptr FILEID="grp-rep1"/>\n</div>\n', ""),
    ("CSIP102", "/div[4]/@ID", '<div ID="div-data"', "<div"),
    ("CSIP103", "/div[4]/@LABEL", 'LABEL="Representations"', 'LABEL="representations"'),
    ("CSIP104", "/div[4]/fptr", '<fptr FILEID="grp-rep1"/>', ""),
    ("CSIP119", "/div[4]/fptr[2]/@FILEID", '<fptr FILEID="grp-rep1"/>', '<fptr FILEID="grp-rep1"/><fptr FILEID="grp-schemas"/>'),
]  # fmt: skip


def moved(where: Path, document: str, old: str, new: str) -> Path:
    """Move a metadata file, and what points to it."""
    base = document.removesuffix("METS.xml")
    return (
        Builder()
        .change(document, lambda seen: seen.replace(old.removeprefix(base), new.removeprefix(base)))
        .spoil(lambda tree: tree.__setitem__(new, tree.pop(old)))
        .folder(where)
    )


def wrapped(document: str) -> Make:
    def wrap(seen: str) -> str:
        start = seen.index("<mdRef")
        end = seen.index("/>", start) + 2
        inner = '<mdWrap MDTYPE="OTHER"><xmlData><a xmlns="urn:a"/></xmlData></mdWrap>'
        return seen[:start] + inner + seen[end:]

    return lambda where: Builder().change(document, wrap).folder(where)


def right_wrapped(where: Path) -> Path:
    def wrap(seen: str) -> str:
        start = seen.index("<mdRef", seen.index("<rightsMD"))
        return seen[:start] + seen[seen.index("/>", start) + 2 :]

    return Builder().change(ROOT, wrap).folder(where)


AGAIN = '<agent ROLE="{role}" TYPE="ORGANIZATION"><name>En till</name></agent>\n<altRecordID'
WORDS = [
    ("CSIP21", "/mets/dmdSec[1]/mdRef", wrapped(ROOT), plain),
    ("CSIP35", "/mets/amdSec[1]/digiprovMD[1]/mdRef", wrapped(REPRESENTATION), plain),
    ("CSIP48", "/mets/amdSec[1]/rightsMD[1]/mdRef", right_wrapped, plain),
    ("SIP9", "/mets/metsHdr/agent[6]", text(ROOT, "<altRecordID", AGAIN.format(role="ARCHIVIST")), plain),
    ("SIP26", "/mets/metsHdr/agent[6]", text(ROOT, "<altRecordID", AGAIN.format(role="PRESERVATION")), plain),
    ("SIP12", "/mets/metsHdr/agent[2]/name", text(ROOT, "<name>Provnämnden</name>", "<name> </name>"), plain),
    ("SIP18", "/mets/metsHdr/agent[3]/name", text(ROOT, "<name>Provkommun</name>", "<name> </name>"), plain),
    ("SIP29", "/mets/metsHdr/agent[5]/name", text(ROOT, "<name>Provarkivet</name>", "<name> </name>"), plain),
    ("SIP24", "/mets/metsHdr/agent[4]/name", text(ROOT, "<name>Kontakt</name>", "<name> </name>"), plain),
    ("ERMS27", "/systemInformation/agents/agent", text(ERMS, "</maintenanceInformation>\n", "</maintenanceInformation>\n<systemInformation><agents/></systemInformation>"), plain),
    ("ERMS106", "/addressLine[1]/@adressType", text(ERMS, 'adressType="postal_city"', 'adressType="stad"'), plain),
    ("ERMS183", "/record[1]/eSignatures/eSignature", text(ERMS, "<additionalInformation>\n<appendix", "<eSignatures/><additionalInformation>\n<appendix"), plain),
    ("ERMS264", "/aggregation[1]/eSignatures/eSignature", text(ERMS, "</physicalLocations>\n<record ", "</physicalLocations>\n<eSignatures/>\n<record "), plain),
    ("ERMS211", "/aggregation[1]/description", text(ERMS, "<title>Ett ärende</title>\n", ""), plain),
    ("ERMS272", "/classificationSchema[1]/@classificationSchemaId", text(ERMS, ' classificationSchemaId="plan"', "", "2.2.0"), later),
    ("ERMS273", "/classificationSchema[1]/@classificationSchemaStatus", text(ERMS, ' classificationSchemaStatus="current"', "", "2.2.0"), later),
    ("ERMS274", "/classificationSchema[1]/@otherClassificationSchemaStatus", text(ERMS, 'classificationSchemaStatus="current"', 'classificationSchemaStatus="other"', "2.2.0"), later),
    ("ERMS276", "/useDatePeriod/fromDate", text(ERMS, "<textualDescription", "<useDatePeriod/><textualDescription", "2.2.0"), later),
    ("PM8", "/environmentFunction[1]/environmentFunctionLevel", text(PREMIS, "</relationship>\n</object>\n", '</relationship>\n</object>\n<object xsi:type="intellectualEntity"><objectIdentifier><objectIdentifierType>local</objectIdentifierType><objectIdentifierValue>miljö</objectIdentifierValue></objectIdentifier><environmentFunction/></object>\n'), plain),
]  # fmt: skip
DESCRIBED = 'STATUS="CURRENT">\n<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="metadata/descriptive'
KINDS = [
    ("AIPM2", "AIP", "E-ARK-AIP-v2-2-0.xml", "E-ARK-AIP.xml", "/mets/@PROFILE"),
    ("AIPM3", "AIP", 'OAISPACKAGETYPE="AIP"', 'OAISPACKAGETYPE="SIP"', "/mets/metsHdr/@csip:OAISPACKAGETYPE"),
    ("AIPM4", "AIP", DESCRIBED, DESCRIBED.replace("CURRENT", "SUPERSEDED"), "/mets/dmdSec[1]/@STATUS"),
    ("AIPM5", "AIP", "digiprovMD", "techMD", "/mets/amdSec/digiprovMD/mdRef"),
    ("AIPM6", "AIP", 'MDTYPE="PREMIS"', 'MDTYPE="OTHER" OTHERMDTYPE="X"', "/mets/amdSec/digiprovMD/mdRef/@MDTYPE"),
    ("AIPM7", "AIP", ' MDTYPEVERSION="3.0"', "", "/mets/amdSec/digiprovMD/mdRef/@MDTYPEVERSION"),
    ("DIP2", "DIP", "E-ARK-DIP-v2-2-0.xml", "E-ARK-DIX.xml", "/mets/@PROFILE"),
    ("DIP3", "DIP", 'OAISPACKAGETYPE="DIP"', 'OAISPACKAGETYPE="SIP"', "/mets/metsHdr/@csip:OAISPACKAGETYPE"),
    ("DIP4", "DIP", DESCRIBED, DESCRIBED.replace("CURRENT", "SUPERSEDED"), "/mets/dmdSec[1]/@STATUS"),
]  # fmt: skip


def kind_breach(code: str, kind: str, old: str, new: str, where: str) -> Breach:
    def make(at: Path) -> Path:
        return other_kind(kind).change(ROOT, lambda seen: seen.replace(old, new)).folder(at)

    def good(at: Path) -> Path:
        return other_kind(kind).folder(at)

    return Breach(code, where, make, good, f"{kind.lower()}-2.2")


def older(spoil: Callable[[dict[str, bytes]], None], *changes: tuple[str, str, str]) -> Make:
    return lambda where: test_cspackage.build(where, changes, spoil)


def renamed_cases(files: dict[str, bytes]) -> None:
    files["Arkivexport.xml"] = files.pop(test_cspackage.CASES)
    files["sip.xml"] = files["sip.xml"].replace(test_cspackage.CASES.encode(), b"Arkivexport.xml")


OLDER = [
    ("FGS12-P1", "Sip.xml", older(test_cspackage.rename("sip.xml", "Sip.xml"))),
    ("FGS12-A22", "Arkivexport.xml", older(renamed_cases)),
    ("FGS12-A1", test_cspackage.CASES, older(renamed_cases, (test_cspackage.CASES, "Leveransobjekt xmlns", "Annat xmlns"), (test_cspackage.CASES, "/Leveransobjekt", "/Annat"))),
]  # fmt: skip


def breaches() -> list[Breach]:
    """Give them all."""
    found = references() + rights_breaches() + [kind_breach(*row) for row in KINDS]
    found += [Breach(*row, good_database) for row in DATABASES]
    found += [Breach(*row, siard(), form="siard") for row in SIARDS]
    found += [Breach(*row, zipped) for row in CONTAINERS]
    found += [Breach(*row, plain) for row in FILES]
    found += [Breach(*row) for row in WORDS + BESIDE]
    found += [Breach("VAL009", "prov.siard", siard(), plain, "eark-2.2")]
    found += [Breach(*row, older(lambda _: None), form="fgs-1.2") for row in OLDER]
    for code, place, old, new in DIVISIONS:
        found.append(
            Breach(
                code,
                f"/mets/structMap[1]/div[1]{place}",
                lambda where, seen=(old, new): flat(lambda all_: all_.replace(*seen, 1)).folder(where),
                lambda where: flat().folder(where),
            )
        )
    return found


def tables() -> list[Breach]:
    """Give every finding of the tables of mutations as a breach."""
    found = []
    for path, old, new, expected in mutations.MUTATIONS:
        found += [Breach(code, place, text(path, old, new), plain) for code, place in expected]
    for path, old, new, expected in test_siard.MUTATIONS:
        found += [
            Breach(code, place, siard((path, old, new)), siard(), form="siard") for code, place in expected
        ]
    for row in test_cspackage.MUTATIONS:
        found += [
            Breach(code, place, older(lambda _: None, row[:3]), older(lambda _: None), form="fgs-1.2")
            for code, place in row[3]
        ]
    return found


def unbroken() -> dict[str, str]:
    """Give the rules that no package can break, with the reason."""
    plain_ = tomllib.loads(Path(__file__).with_name("unbroken.toml").read_text("utf-8"))
    return {code: row["reason"] for row in plain_["rule"] for code in row["ids"].split()}
