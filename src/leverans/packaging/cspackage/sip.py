"""``sip.xml``: the one METS document of a package, which lists every other file of it."""

import uuid
from collections.abc import Iterable
from urllib.parse import quote

from leverans.formats.xmltext import attribute, text
from leverans.model import Case, File, Record, SubCase
from leverans.packaging.header import agent, references
from leverans.packaging.order import PackageOrder
from leverans.packaging.spool import Spool, Written
from leverans.packaging.when import moment

_DAY = len("2003-04-02")
_AGENTS = ("archivist", "system", "submitter", "packager", "preservation")


class SipWriter:
    """Writes the document; it looks at each case to say what the package as a whole holds."""

    def __init__(self, order: PackageOrder) -> None:
        self._order = order
        self._time = attribute(order.reference_time)
        self._href = order.profile.words["place"]["href"]
        self._space = uuid.UUID(order.id)
        self._first = self._last = ""
        self._disposable = self._secret = self._personal = False

    def see(self, case: Case) -> None:
        """Take note of the time, the disposal and the protection of a case."""
        for one in (case.opened, case.created, case.closed):
            day = (moment(one or "").value or "")[:_DAY]
            if day:
                self._first = min(self._first or day, day)
                self._last = max(self._last, day)
        things: list[Case | SubCase | Record] = [case, *case.all_subcases(), *case.all_records()]
        self._disposable |= any(one.retention_rule not in {None, "keep"} for one in things)
        axes = [axis for one in things for axis in one.restrictions]
        axes += [axis for record in case.all_records() for file in record.files for axis in file.restrictions]
        for axis in (one for one in axes if one.web != "full"):
            self._secret |= axis.axis == "secrecy"
            self._personal |= axis.axis == "personal_data"

    def document(self, file: File, path: str) -> str:
        """Write the ``file`` of one document."""
        known = "" if file.reference is None else f' OWNERID="{attribute(file.reference)}"'
        if file.puid is not None:
            known += f' ext:FORMATREGISTRY="PRONOM" ext:FORMATREGISTRYKEY="{attribute(file.puid)}"'
        if file.format is not None:
            known += f' ext:FILEFORMATNAME="{attribute(file.format)}"'
        if file.format_version is not None:
            known += f' ext:FILEFORMATVERSION="{attribute(file.format_version)}"'
        known += f' ext:ORIGINALFILENAME="{attribute(file.name)}"'
        of = Written(path, file.mime, file.sha256, file.size, file.crc32)
        return self._file(f"uuid-{file.id}", of, known)

    def write(self, cases: Written, documentation: Iterable[Written], documents: Spool, into: Spool) -> None:
        """Write the whole document into a spool; `documents` holds the text of all that `document` gave."""
        group = self._order.profile.words["group"]
        into.write(self._start())
        into.write(self._header())
        into.write(f'<fileSec ID="{self._id("fileSec")}">\n')
        into.write(f'<fileGrp ID="{self._id("files")}" USE="{group["files"]}">\n{self._paper(cases)}')
        into.absorb(documents)
        into.write(f'</fileGrp>\n<fileGrp ID="{self._id("documentation")}" USE="{group["documentation"]}">\n')
        into.write("".join(map(self._paper, documentation)))
        into.write("</fileGrp>\n</fileSec>\n")
        label = attribute(self._order.profile.words["missing"]["structure"])
        into.write(f'<structMap LABEL="{label}"><div/></structMap>\n</mets>\n')

    def _paper(self, file: Written) -> str:
        owner = "" if file.original is None else f' ext:ORIGINALFILENAME="{attribute(file.original)}"'
        return self._file(self._id(file.path), file, owner)

    def _file(self, own: str, file: Written, known: str) -> str:
        return (
            f'<file ID="{attribute(own)}" MIMETYPE="{attribute(file.media)}" SIZE="{file.size}" '
            f'CREATED="{self._time}" CHECKSUM="{file.sha256}" CHECKSUMTYPE="SHA-256"{known}>'
            f'<FLocat LOCTYPE="URL" xlink:type="simple" xlink:href="{self._href}{quote(file.path)}"/>'
            "</file>\n"
        )

    def _start(self) -> str:
        order, profile = self._order, self._order.profile
        names = profile.namespaces
        wanted = {names["mets"], names["ext"]}
        places = " ".join(
            f"{one.namespace} {one.address}" for one in profile.schemas if one.namespace in wanted
        )
        label = f"{order.delivery} {order.partition} ({order.part}/{order.parts})"
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<mets xmlns="{names["mets"]}" xmlns:ext="{names["ext"]}" xmlns:xlink="{names["xlink"]}" '
            f'xmlns:xsi="{names["xsi"]}" xsi:schemaLocation="{places}" OBJID="UUID:{attribute(order.id)}" '
            f'LABEL="{attribute(label)}" TYPE="{attribute(profile.content_category)}" '
            f'PROFILE="{attribute(profile.mets_profile)}" '
            f'ext:CONTENTTYPESPECIFICATION="{attribute(profile.content_information_type)}" '
            f'ext:DATASUBMISSIONSESSION="{attribute(order.delivery)}" ext:PACKAGENUMBER="{order.part}" '
            f'ext:ARCHIVALNAME="{attribute(order.creator.name)}" '
            f'ext:APPRAISAL="{"Yes" if self._disposable else "No"}"{self._protection()}{self._period()}>\n'
        )

    def _protection(self) -> str:
        word = {(True, True): "Secrecy and PuL", (True, False): "Secrecy", (False, True): "GDPR"}
        found = word.get((self._secret, self._personal))
        return "" if found is None else f' ext:ACCESSRESTRICT="{found}"'

    def _period(self) -> str:
        if not self._first:
            return ""
        return f' ext:STARTDATE="{self._first}" ext:ENDDATE="{self._last}"'

    def _header(self) -> str:
        order = self._order
        status = order.profile.term("record_status", order.status) or "OTHER"
        return (
            f'<metsHdr CREATEDATE="{self._time}" RECORDSTATUS="{status}" '
            f'ext:OAISSTATUS="{attribute(order.profile.package_type)}">\n'
            f"{''.join(map(self._agent, _AGENTS))}{references(self._order)}</metsHdr>\n"
        )

    def _agent(self, kind: str) -> str:
        order = self._order
        name, note = {
            "archivist": (order.creator.name, order.creator.code),
            "system": (order.system.name, order.system.version),
            "submitter": (order.submitter.name, order.submitter.code),
            "packager": (order.software.name, order.software.version),
            "preservation": (order.preservation.name, order.preservation.code),
        }[kind]
        return agent(order.profile.agents[kind], name, f"<note>{text(note)}</note>" if note else "")

    def _id(self, of: str) -> str:
        return f"uuid-{uuid.uuid5(self._space, of)}"
