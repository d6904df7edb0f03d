"""METS of the package and of its representation, by CSIP and SIP: same header, same sections, same rules."""

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from leverans.formats.profiles import Information
from leverans.formats.xmltext import attribute, text
from leverans.model import File
from leverans.packaging.header import agent, references
from leverans.packaging.order import PackageOrder
from leverans.packaging.spool import Spool, Written

_METS_NAMESPACES = ("mets", "xlink", "csip", "sip")


@dataclass(frozen=True, slots=True)
class Group:
    """A fileGrp: its USE, its files, or a spool with the finished text of further ones."""

    use: str
    files: Sequence[Written]
    more: Spool | None = None
    information: Information | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """One METS document in full.

    Attributes:
        name: ``@OBJID``: the name of the folder it lies in.
        label: ``@LABEL``.
        descriptive: files of ``metadata/descriptive`` with their ``@MDTYPE``, one dmdSec each.
        other: files of ``metadata/other``, one dmdSec each.
        preservation: the PREMIS document.
        groups: the groups of the fileSec.
        representations: (USE of the representation's group, path to its METS).
        information: what it holds; None for cases.
    """

    name: str
    label: str
    preservation: Written
    descriptive: Sequence[tuple[Written, str]] = ()
    other: Sequence[Written] = ()
    groups: Sequence[Group] = ()
    representations: Sequence[tuple[str, str]] = field(default=())
    information: Information | None = None


class MetsWriter:
    """Writes the METS documents of one package; its IDs are unique in the whole package."""

    def __init__(self, order: PackageOrder) -> None:
        self._order = order
        self._time = attribute(order.reference_time)
        self._space = uuid.UUID(order.id)

    def document(self, file: File, path: str) -> str:
        """Write the ``file`` of one document; `path` starts at the representation's folder."""
        known = (
            f' sip:FILEFORMATREGISTRY="PRONOM" sip:FILEFORMATKEY="{attribute(file.puid)}"'
            if file.puid and file.puid.strip()
            else ""
        )
        if file.format and file.format.strip():
            known += f' sip:FILEFORMATNAME="{attribute(file.format)}"'
        if file.format_version and file.format_version.strip():
            known += f' sip:FILEFORMATVERSION="{attribute(file.format_version)}"'
        return (
            f'<file ID="uuid-{attribute(file.id)}" MIMETYPE="{attribute(file.mime)}" SIZE="{file.size}" '
            f'CREATED="{self._time}" CHECKSUM="{file.sha256}" CHECKSUMTYPE="SHA-256" '
            f'OWNERID="{attribute(file.name)}"{known}>'
            f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="{path}"/></file>\n'
        )

    def write(self, description: Description, into: Spool) -> None:
        """Write one whole document into a spool."""
        into.write(self._start(description))
        into.write(self._header())
        into.write("".join(self._described(description.name, *told) for told in _told(description)))
        into.write(self._administrative(description))
        into.write(f'<fileSec ID="{self._id(description.name, "fileSec")}">\n')
        for group in description.groups:
            self._group(description.name, group, into)
        into.write("</fileSec>\n")
        into.write(self._structure(description))
        into.write("</mets>\n")

    def _start(self, description: Description) -> str:
        profile = self._order.profile
        names = profile.namespaces
        held = profile.cases if description.information is None else description.information
        up = "" if description.name == self._order.root else "../../"
        places = self._order.schema_places({names[short] for short in _METS_NAMESPACES}, up)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<mets xmlns="{names["mets"]}" xmlns:csip="{names["csip"]}" xmlns:sip="{names["sip"]}" '
            f'xmlns:xlink="{names["xlink"]}" xmlns:xsi="{names["xsi"]}" xsi:schemaLocation="{places}" '
            f'OBJID="{attribute(description.name)}" LABEL="{attribute(description.label)}" '
            f'TYPE="{attribute(held.category)}"{_information(held)} '
            f'PROFILE="{attribute(profile.mets_profile)}">\n'
        )

    def _header(self) -> str:
        order = self._order
        return (
            f'<metsHdr CREATEDATE="{self._time}" RECORDSTATUS="{order.status}" '
            f'csip:OAISPACKAGETYPE="{attribute(order.profile.package_type)}">\n'
            f"{self._agent('packager', order.software.name, order.software.version)}"
            f"{self._agent('archivist', order.creator.name, order.creator.code)}"
            f"{self._agent('submitter', order.submitter.name, order.submitter.code)}"
            f"{self._agent('preservation', order.preservation.name, order.preservation.code)}"
            f"{self._agent('system', order.system.name, order.system.version)}"
            f"{references(self._order)}</metsHdr>\n"
        )

    def _agent(self, kind: str, name: str, note: str | None) -> str:
        role = self._order.profile.agents[kind]
        about = "SOFTWARE VERSION" if role.other_type == "SOFTWARE" else "IDENTIFICATIONCODE"
        return agent(role, name, f'<note csip:NOTETYPE="{about}">{text(note)}</note>' if note else "")

    def _described(self, name: str, file: Written, kind: str, other: str) -> str:
        return (
            f'<dmdSec ID="{self._id(name, file.path)}" CREATED="{self._time}" STATUS="CURRENT">'
            f"{self._reference(file, kind, other)}</dmdSec>\n"
        )

    def _administrative(self, description: Description) -> str:
        file = description.preservation
        return (
            f'<amdSec ID="{self._id(description.name, "amdSec")}">'
            f'<digiprovMD ID="{self._id(description.name, file.path)}" CREATED="{self._time}" '
            f'STATUS="CURRENT">{self._reference(file, "PREMIS")}</digiprovMD></amdSec>\n'
        )

    def _reference(self, file: Written, kind: str, other: str = "") -> str:
        named = f' OTHERMDTYPE="{attribute(other)}"' if other else ""
        return (
            f'<mdRef LOCTYPE="URL" xlink:type="simple" xlink:href="{quote(file.path)}" '
            f'MDTYPE="{kind}"{named} MIMETYPE="{file.media}" SIZE="{file.size}" CREATED="{self._time}" '
            f'CHECKSUM="{file.sha256}" CHECKSUMTYPE="SHA-256"/>'
        )

    def _group(self, name: str, group: Group, into: Spool) -> None:
        typed = "" if group.information is None else _information(group.information)
        into.write(f'<fileGrp ID="{self._group_id(name, group.use)}" USE="{attribute(group.use)}"{typed}>\n')
        into.write("".join(self._file(name, file) for file in group.files))
        if group.more is not None:
            into.absorb(group.more)
        into.write("</fileGrp>\n")

    def _file(self, name: str, file: Written) -> str:
        owner = f' OWNERID="{attribute(file.original)}"' if file.original else ""
        return (
            f'<file ID="{self._id(name, file.path)}" MIMETYPE="{file.media}" SIZE="{file.size}" '
            f'CREATED="{self._time}" CHECKSUM="{file.sha256}" CHECKSUMTYPE="SHA-256"{owner}>'
            f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="{quote(file.path)}"/></file>\n'
        )

    def _structure(self, description: Description) -> str:
        name = description.name
        shown = {use for use, _ in description.representations}
        divisions = [self._metadata_division(description)]
        divisions += [
            f'<div ID="{self._id(name, f"div/{group.use}")}" LABEL="{attribute(group.use)}">'
            f'<fptr FILEID="{self._group_id(name, group.use)}"/></div>\n'
            for group in description.groups
            if group.use not in shown
        ]
        divisions += [self._pointer(name, use, path) for use, path in description.representations]
        return (
            f'<structMap ID="{self._id(name, "structMap")}" TYPE="PHYSICAL" LABEL="CSIP">\n'
            f'<div ID="{self._id(name, "div")}" LABEL="{attribute(name)}">\n{"".join(divisions)}</div>\n'
            "</structMap>\n"
        )

    def _metadata_division(self, description: Description) -> str:
        name = description.name
        described = _list("DMDID", (self._id(name, file.path) for file, _, _ in _told(description)))
        managed = _list("ADMID", (self._id(name, description.preservation.path),))
        return f'<div ID="{self._id(name, "div/Metadata")}" LABEL="Metadata"{managed}{described}/>\n'

    def _pointer(self, name: str, use: str, path: str) -> str:
        return (
            f'<div ID="{self._id(name, f"div/{use}")}" LABEL="{attribute(use)}">'
            f'<mptr LOCTYPE="URL" xlink:type="simple" xlink:href="{quote(path)}" '
            f'xlink:title="{self._group_id(name, use)}"/></div>\n'
        )

    def _group_id(self, name: str, use: str) -> str:
        return self._id(name, f"fileGrp/{use}")

    def _id(self, name: str, of: str) -> str:
        return f"uuid-{uuid.uuid5(self._space, f'{name}/{of}')}"


def _told(description: Description) -> Iterator[tuple[Written, str, str]]:
    """Give each file of descriptive metadata with its MDTYPE and OTHERMDTYPE."""
    yield from ((file, kind, "") for file, kind in description.descriptive)
    yield from ((file, "OTHER", _word(file.path)) for file in description.other)


def _information(held: Information) -> str:
    other = "" if held.other is None else f' csip:OTHERCONTENTINFORMATIONTYPE="{attribute(held.other)}"'
    return f' csip:CONTENTINFORMATIONTYPE="{attribute(held.type)}"{other}'


def _word(path: str) -> str:
    """Name a kind of metadata after its file: ``metadata/other/rows.jsonl`` → ``ROWS``."""
    return path.rpartition("/")[2].partition(".")[0].upper()


def _list(name: str, ids: Iterable[str]) -> str:
    found = " ".join(ids)
    return f' {name}="{found}"' if found else ""
