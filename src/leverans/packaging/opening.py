"""Opens a package that `leverans.packaging.build` made and gives back the objects that went in.

It is the counterpart of `build` for proofs and for small packages: what PREMIS, METS and the rows say of each
file and case is held in memory.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lxml import etree

from leverans.formats.profiles import Profile
from leverans.formats.xmltext import unescape
from leverans.model import Case, Row
from leverans.packaging.holdings import Holdings
from leverans.packaging.names import ERMS_FOLDER
from leverans.packaging.parsing import own_parser
from leverans.packaging.premis import SOURCE, SOURCE_AGAIN
from leverans.packaging.reading import read_cases
from leverans.packaging.reading_ead import read_holdings

_FINDING_AID, _AUTHORITY = "metadata/descriptive/ead.xml", "metadata/descriptive/eac-cpf-"
_UUID = "UUID"


def read_package(path: Path, profile: Profile) -> Iterator[Case]:
    """Yield the cases of a package, with their files and source rows, as they went in.

    Args:
        path: the package's zip.
        profile: what it was made with.

    Raises:
        KeyError: it is no package of ours, or describes a file that it does not hold.
        zipfile.BadZipFile: it is no zip.
    """
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.endswith(f"/{ERMS_FOLDER}/ERMS.xml"):
                yield from _representation(package, name.removesuffix(f"/{ERMS_FOLDER}/ERMS.xml"), profile)


def read_package_holdings(path: Path) -> Holdings:
    """Give what the cases of a package lie in, and who created it.

    Raises:
        KeyError: it has no finding aid.
        zipfile.BadZipFile: it is no zip.
    """
    with zipfile.ZipFile(path) as package:
        root = package.namelist()[0].partition("/")[0]
        names = [name for name in package.namelist() if name.startswith(f"{root}/{_AUTHORITY}")]
        return read_holdings(package.read(f"{root}/{_FINDING_AID}"), map(package.read, names))


def _representation(package: zipfile.ZipFile, base: str, profile: Profile) -> Iterator[Case]:
    facts = _facts(package, base, profile)
    rows = _rows(package.read(f"{base}/metadata/other/rows.jsonl"))
    with package.open(f"{base}/{ERMS_FOLDER}/ERMS.xml") as stream:
        for case in read_cases(stream, profile, facts.__getitem__):
            yield replace(case, rows=rows[case.id])


def _facts(package: zipfile.ZipFile, base: str, profile: Profile) -> dict[str, Mapping[str, Any]]:
    """Give what PREMIS, METS and the container say of each file, by its path beside the ERMS document."""
    media = _media(package.read(f"{base}/METS.xml"), profile)
    names = {"p": profile.namespaces["premis"]}
    made: dict[str, Mapping[str, Any]] = {}
    tree = etree.fromstring(package.read(f"{base}/metadata/preservation/premis.xml"), own_parser())
    for thing in tree.iterfind("p:object", names):
        path = thing.findtext(".//p:contentLocationValue", None, names)
        if path is None or not path.startswith(f"{ERMS_FOLDER}/"):
            continue
        info = package.getinfo(f"{base}/{path}")
        made[path.removeprefix(f"{ERMS_FOLDER}/")] = {
            **_premis(thing, names, profile.words["missing"]["format"]),
            "mime": media[path],
            "size": info.file_size,
            "crc32": info.CRC,
        }
    return made


def _reference(ids: Mapping[str, str]) -> str | None:
    """Give where a document was; of one that stands twice the file's id is written before it."""
    if SOURCE in ids:
        return unescape(ids[SOURCE])
    return unescape(ids[SOURCE_AGAIN].partition(" ")[2]) if SOURCE_AGAIN in ids else None


def _premis(thing: etree._Element, names: Mapping[str, str], unknown: str) -> dict[str, Any]:
    ids = {
        one.findtext("p:objectIdentifierType", "", names): one.findtext("p:objectIdentifierValue", "", names)
        for one in thing.iterfind("p:objectIdentifier", names)
    }
    version = thing.findtext(".//p:formatVersion", None, names)
    known = thing.findtext(".//p:formatName", "", names)
    return {
        "id": ids[_UUID],
        "reference": _reference(ids),
        "sha256": thing.findtext(".//p:messageDigest", "", names),
        "format": None if known == unknown else unescape(known),
        "format_version": None if version is None else unescape(version),
        "basis": unescape(thing.findtext(".//p:formatNote", "", names)),
    }


def _media(text: bytes, profile: Profile) -> dict[str, str]:
    """Give the media type of each file by its path, as METS states it."""
    mets = profile.namespaces["mets"]
    files = etree.fromstring(text, own_parser()).iter(f"{{{mets}}}file")
    href = f"{{{profile.namespaces['xlink']}}}href"
    found = ((one.get("MIMETYPE", ""), one.find(f"{{{mets}}}FLocat")) for one in files)
    return {place.get(href, ""): mime for mime, place in found if place is not None}


def _rows(text: bytes) -> dict[str, tuple[Row, ...]]:
    lines = (json.loads(line) for line in text.splitlines())
    return {line["object"]: tuple(map(_row, line["rows"])) for line in lines}


def _row(plain: Mapping[str, Any]) -> Row:
    canonical = json.dumps(plain["row"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return Row(plain["stream"], plain["key"], canonical)
