"""Reads ``sip.xml``: what the package says of itself, and of each of its files."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from leverans.contracts import Finding
from leverans.errors import IntegrityError
from leverans.formats.container import Container
from leverans.formats.profiles import Profile
from leverans.packaging.cspackage.elements import Element, local
from leverans.packaging.cspackage.listing import Listing, Stated
from leverans.packaging.cspackage.streaming import Unreadable, elements, forget

Note = Callable[[Finding], None]


@dataclass(frozen=True, slots=True)
class Party:
    """An agent: ``@ROLE`` (or ``@OTHERROLE``), ``@TYPE`` (or ``@OTHERTYPE``), name and notes."""

    role: str
    type: str
    name: str
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class About:
    """What ``sip.xml`` says of the package.

    Attributes:
        id: ``mets/@OBJID``.
        label: ``mets/@LABEL``.
        type: ``mets/@TYPE``.
        profile: ``mets/@PROFILE``.
        status: ``metsHdr/@RECORDSTATUS``.
        created: ``metsHdr/@CREATEDATE``.
        parties: the agents.
        references: ``altRecordID`` as (type, text): agreements and reference codes.
    """

    id: str = ""
    label: str = ""
    type: str = ""
    profile: str = ""
    status: str = ""
    created: str = ""
    parties: list[Party] = field(default_factory=list)
    references: list[tuple[str, str]] = field(default_factory=list)


def read_sip(container: Container, path: str, profile: Profile, listing: Listing, note: Note) -> About:
    """Read the document at `path`: its files go to `listing`; what is wrong with it is noted."""
    about = About()
    name = profile.words["place"]["sip"]
    try:
        with container.open(path) as stream:
            _Reader(profile, listing, note, about).read(stream)
    except Unreadable as fault:
        note(Finding.of("CSP002", f"{name}:{fault.line}", reason=fault.reason))
    except (IntegrityError, OSError) as fault:
        note(Finding.of("CSP002", name, reason=type(fault).__name__))
    return about


class _Reader:
    def __init__(self, profile: Profile, listing: Listing, note: Note, about: About) -> None:
        names = profile.namespaces
        self._name = profile.words["place"]["sip"]
        self._href, self._ext = f"{{{names['xlink']}}}href", f"{{{names['ext']}}}"
        self._listing, self._note, self._about = listing, note, about

    def read(self, stream: Any) -> None:
        for event, raw in elements(stream, ("start", "end")):
            name = local(raw)
            if event == "start":
                self._start(name, raw)
            elif name == "agent":
                self._agent(Element(raw, ours=False))
            elif name == "altRecordID":
                self._about.references.append((raw.get("TYPE", ""), Element(raw, ours=False).text))
            elif name == "file":
                self._file(raw)
                forget(raw)

    def _start(self, name: str, raw: Any) -> None:
        about = self._about
        if name == "mets":
            about.id, about.label = raw.get("OBJID", ""), raw.get("LABEL", "")
            about.type, about.profile = raw.get("TYPE", ""), raw.get("PROFILE", "")
        elif name == "metsHdr":
            about.status, about.created = raw.get("RECORDSTATUS", ""), raw.get("CREATEDATE", "")

    def _agent(self, element: Element) -> None:
        role = element.get("OTHERROLE") or element.get("ROLE") or ""
        kind = element.get("OTHERTYPE") or element.get("TYPE") or ""
        notes = tuple(one.text for one in element.each("note"))
        self._about.parties.append(Party(role, kind, element.text_at("name") or "", notes))

    def _file(self, raw: Any) -> None:
        where = f"{self._name}:{raw.sourceline or 1}"
        place = next(iter(raw.iterchildren("{*}FLocat")), None)
        path = self._listing.resolve("" if place is None else place.get(self._href, ""))
        if path is None:
            self._note(Finding.of("CSP013", where))
            return
        size = raw.get("SIZE", "")
        stated = Stated(
            line=raw.sourceline or 1,
            own=raw.get("ID", ""),
            mime=raw.get("MIMETYPE"),
            size=int(size) if size.isdecimal() and len(size) < 19 else None,
            checksum=raw.get("CHECKSUM", ""),
            algorithm=raw.get("CHECKSUMTYPE", ""),
            puid=raw.get(f"{self._ext}FORMATREGISTRYKEY"),
            format=raw.get(f"{self._ext}FILEFORMATNAME"),
            version=raw.get(f"{self._ext}FILEFORMATVERSION"),
            reference=raw.get("OWNERID"),
        )
        if not self._listing.state(path, stated):
            self._note(Finding.of("CSP015", where))
