"""PREMIS 3: file objects with fixity, format and original name; the events of the delivery; who acted."""

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from leverans.formats.xmltext import text
from leverans.model import File
from leverans.packaging.order import Deviation, Organisation, PackageOrder, Software
from leverans.packaging.spool import Written

SOURCE, SOURCE_AGAIN = "source reference", "source reference, again"
"""Types of identifiers: where the document was; the same of one that stands in the package already."""

_MAP = "map"
_LINEAGE_LINK = "../other/lineage.jsonl"


@dataclass(frozen=True, slots=True)
class _Event:
    step: str
    detail: str
    outcome: str
    agents: tuple[str, ...]
    objects: tuple[str, ...]


class PremisWriter:
    """Writes the documents of one package in pieces."""

    def __init__(self, order: PackageOrder, representation: str | None = None) -> None:
        self._order = order
        self._level = "representation" if representation is None else f"representation/{representation}"
        self._words = order.profile.words["event"]
        self._unknown = text(order.profile.words["missing"]["format"])
        self._space = uuid.UUID(order.id)
        self._told: set[int] = set()
        self.representation = self._id(self._level)
        self._lineage = self._id("lineage")

    def head(self, up: str = "../../../../") -> str:
        """Write everything before the first object; `up` is the way to the package's root."""
        profile = self._order.profile
        space = profile.namespaces["premis"]
        places = self._order.schema_places({space}, up)
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<premis xmlns="{space}" xmlns:xsi="{profile.namespaces["xsi"]}" '
            f'xsi:schemaLocation="{places}" version="{profile.versions["premis"]}">\n'
        )

    def tail(self) -> str:
        """Write everything after the last agent."""
        return "</premis>\n"

    def file(self, file: File, path: str) -> str:
        """Write the object of one document; `path` starts at the representation's folder."""
        version = (
            f"<formatVersion>{text(file.format_version)}</formatVersion>"
            if _told(file.format_version)
            else ""
        )
        registry = (
            "<formatRegistry><formatRegistryName>PRONOM</formatRegistryName>"
            f"<formatRegistryKey>{text(file.puid)}</formatRegistryKey></formatRegistry>"
            if _told(file.puid)
            else ""
        )
        known = text(file.format) if _told(file.format) else self._unknown
        source = self._source(file.id, file.reference) if _told(file.reference) else ""
        return (
            '<object xsi:type="file"><objectIdentifier><objectIdentifierType>UUID</objectIdentifierType>'
            f"<objectIdentifierValue>{text(file.id)}</objectIdentifierValue></objectIdentifier>{source}"
            "<objectCharacteristics><fixity><messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>"
            f"<messageDigest>{file.sha256}</messageDigest></fixity><size>{file.size}</size>"
            f"<format><formatDesignation><formatName>{known}</formatName>{version}</formatDesignation>{registry}"
            f"<formatNote>{text(file.basis)}</formatNote></format></objectCharacteristics>"
            f"<originalName>{text(file.name)}</originalName><storage><contentLocation>"
            "<contentLocationType>relative path</contentLocationType>"
            f"<contentLocationValue>{path}</contentLocationValue></contentLocation></storage></object>\n"
        )

    def _source(self, own: str, reference: str) -> str:
        """Write where a document was; one that several records refer to is told again with the file's id.

        PREMIS takes each identifier once. Eight bytes are kept of each reference.
        """
        mark = int.from_bytes(hashlib.sha256(text(reference).encode()).digest()[:8], "big")
        again = mark in self._told
        self._told.add(mark)
        kind, value = (SOURCE_AGAIN, f"{own} {reference}") if again else (SOURCE, reference)
        return (
            f"<objectIdentifier><objectIdentifierType>{kind}</objectIdentifierType>"
            f"<objectIdentifierValue>{text(value)}</objectIdentifierValue></objectIdentifier>"
        )

    def part(self, file: File) -> str:
        """Write the line by which the representation names one of its files."""
        return identifier("relatedObject", "UUID", file.id)

    def representation_head(self) -> str:
        """Write the beginning of the representation object, up to the lines of `part`."""
        return (
            '<object xsi:type="representation">'
            f"{identifier('object', 'UUID', self.representation)}"
            "<relationship><relationshipType>structural</relationshipType>"
            "<relationshipSubType>has part</relationshipSubType>"
        )

    def representation_tail(self, lineage: Written) -> str:
        """Write the end of the representation object, and the object of the lineage."""
        return (
            f"{identifier('relatedObject', 'UUID', self._lineage)}</relationship></object>\n"
            f'<object xsi:type="file">{identifier("object", "UUID", self._lineage)}'
            "<objectCharacteristics><fixity><messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>"
            f"<messageDigest>{lineage.sha256}</messageDigest></fixity><size>{lineage.size}</size>"
            f"<format><formatDesignation><formatName>{lineage.media}</formatName></formatDesignation></format>"
            "</objectCharacteristics><storage><contentLocation>"
            "<contentLocationType>relative path</contentLocationType>"
            f"<contentLocationValue>{lineage.path}</contentLocationValue></contentLocation></storage></object>\n"
        )

    def representation_end(self) -> str:
        """Write the end of a representation object that no mapping made."""
        return "</relationship></object>\n"

    def file_events(self, documents: int, size: int) -> str:
        """Write the events and agents of a representation that no mapping made: all but the mapping."""
        told = (one for one in self._happened(documents, size) if one.step != _MAP)
        return f"{self._events(self._level, told)}{self._agents()}"

    def representation_events(self, documents: int, size: int) -> str:
        """Write the events and agents of the representation."""
        accepted = "".join(map(self._accepted, self._order.deviations))
        people = sorted({deviation.person for deviation in self._order.deviations})
        events = self._events(self._level, self._happened(documents, size))
        return f"{self._cases()}{events}{accepted}{self._agents()}{''.join(map(self._person, people))}"

    def _happened(self, documents: int, size: int) -> tuple[_Event, ...]:
        count = f"{documents} documents, {size} bytes"
        own = (self.representation,)
        return (
            _Event("extract", f"extracted from {self._system}{self._with('extract')}", count,
                   ("software", "system"), own),
            _Event("transfer", "transferred by digest", count, ("software", "submitter"), own),
            _Event(_MAP, f"{_LINEAGE_LINK}{self._with(_MAP)}",
                   "every source column mapped or dropped with a reason",
                   ("software",), (self.representation, self._lineage)),
            _Event("digest", "SHA-256", count, ("software",), own),
            _Event("identify", "PRONOM", count, ("software",), own),
        )  # fmt: skip

    def _with(self, step: str) -> str:
        used = self._order.instruments.get(step)
        return f", with {used}" if used else ""

    def _cases(self) -> str:
        """Write the cases that were archived with a deviation, so that its event has something to link to."""
        return "".join(
            f'<object xsi:type="intellectualEntity">{identifier("object", "UUID", own)}'
            "<relationship><relationshipType>structural</relationshipType>"
            "<relationshipSubType>is represented by</relationshipSubType>"
            f"{identifier('relatedObject', 'UUID', self.representation)}</relationship></object>\n"
            for own in dict.fromkeys(deviation.object for deviation in self._order.deviations)
        )

    def _accepted(self, deviation: Deviation) -> str:
        """Write that a person let an object out of quarantine in spite of a finding."""
        named = f"{deviation.code} {deviation.rule}".rstrip()
        own = self._id(f"accept/{deviation.object}/{named}")
        agents = identifier("linkingAgent", "UUID", self._id("software")) + identifier(
            "linkingAgent", "UUID", self._id(f"person/{deviation.person}"), role="authorizer"
        )
        return (
            f"<event>{identifier('event', 'UUID', own)}"
            f"<eventType>{text(self._words['accept'])}</eventType>"
            f"<eventDateTime>{text(self._order.reference_time)}</eventDateTime>"
            f"<eventDetailInformation><eventDetail>{text(f'{named}: {deviation.sv} | {deviation.en}')}"
            "</eventDetail></eventDetailInformation>"
            "<eventOutcomeInformation><eventOutcome>warning</eventOutcome><eventOutcomeDetail>"
            f"<eventOutcomeDetailNote>{text(f'accepted by decision {deviation.reference}')}"
            f"</eventOutcomeDetailNote></eventOutcomeDetail></eventOutcomeInformation>{agents}"
            f"{identifier('linkingObject', 'UUID', deviation.object)}</event>\n"
        )

    def package(self, objects: int, documents: int, representations: Sequence[str]) -> str:
        """Write the whole document of the package: the package as an object and the events of all of it."""
        order = self._order
        own = (order.id,)
        count = f"{objects} objects, {documents} documents"
        events = (
            _Event("extract", f"delivery {order.delivery}, partition {order.partition}", count,
                   ("software", "system"), own),
            _Event("transfer", f"agreement {order.agreement['id']}", count,
                   ("software", "submitter", "preservation"), own),
        )  # fmt: skip
        return (
            f'{self.head("../../")}<object xsi:type="intellectualEntity">'
            f"{identifier('object', 'UUID', order.id)}{identifier('object', 'part', self._part)}"
            f"{_related('has part', 'UUID', representations)}"
            f"{_related('is part of', 'delivery', (self._whole,))}"
            f"{_related('has sibling', 'UUID', order.siblings)}</object>\n"
            f"{_named('intellectualEntity', 'delivery', (self._whole,))}"
            f"{_named('intellectualEntity', 'UUID', order.siblings)}"
            f"{_named('representation', 'UUID', representations)}"
            f"{self._events('package', events)}{self._agents(preservation=True)}{self.tail()}"
        )

    @property
    def _part(self) -> str:
        return f"{self._order.part}/{self._order.parts}"

    @property
    def _whole(self) -> str:
        """What the parts are parts of: the delivery, its partition, route and status."""
        order = self._order
        return f"{order.delivery}#{order.partition}/{order.route}/{order.status}"

    @property
    def _system(self) -> str:
        return self._order.system.label

    def _id(self, name: str) -> str:
        return str(uuid.uuid5(self._space, name))

    def _events(self, level: str, events: Iterable[_Event]) -> str:
        return "".join(self._event(level, event) for event in events)

    def _event(self, level: str, event: _Event) -> str:
        agents = "".join(identifier("linkingAgent", "UUID", self._id(name)) for name in event.agents)
        objects = "".join(identifier("linkingObject", "UUID", name) for name in event.objects)
        return (
            f"<event>{identifier('event', 'UUID', self._id(f'{level}/{event.step}'))}"
            f"<eventType>{text(self._words[event.step])}</eventType>"
            f"<eventDateTime>{text(self._order.reference_time)}</eventDateTime>"
            f"<eventDetailInformation><eventDetail>{text(event.detail)}</eventDetail></eventDetailInformation>"
            "<eventOutcomeInformation><eventOutcome>success</eventOutcome><eventOutcomeDetail>"
            f"<eventOutcomeDetailNote>{text(event.outcome)}</eventOutcomeDetailNote></eventOutcomeDetail>"
            f"</eventOutcomeInformation>{agents}{objects}</event>\n"
        )

    def _agents(self, *, preservation: bool = False) -> str:
        order = self._order
        written = [
            self._software("software", order.software),
            self._software("system", order.system),
            self._organisation("submitter", order.submitter),
        ]
        if preservation:
            written.append(self._organisation("preservation", order.preservation))
        return "".join(written)

    def _software(self, name: str, software: Software) -> str:
        return (
            f"<agent>{identifier('agent', 'UUID', self._id(name))}"
            f"<agentName>{text(software.name)}</agentName><agentType>software</agentType><agentVersion>{text(software.version)}</agentVersion></agent>\n"
        )

    def _person(self, name: str) -> str:
        return (
            f"<agent>{identifier('agent', 'UUID', self._id(f'person/{name}'))}"
            f"<agentName>{text(name)}</agentName><agentType>person</agentType></agent>\n"
        )

    def _organisation(self, name: str, who: Organisation) -> str:
        code = identifier("agent", "ORG", who.code.removeprefix("ORG:")) if who.code else ""
        return (
            f"<agent>{identifier('agent', 'UUID', self._id(name))}{code}"
            f"<agentName>{text(who.name)}</agentName><agentType>organization</agentType></agent>\n"
        )


def _told(value: str | None) -> TypeGuard[str]:
    """Say whether a text has something to read; one that has not stands beside ERMS alone."""
    return value is not None and bool(value.strip())


def _related(how: str, kind: str, values: Sequence[str]) -> str:
    """Write one structural relationship to each of some objects, or nothing."""
    inner = "".join(identifier("relatedObject", kind, one) for one in values)
    typed = f"<relationshipType>structural</relationshipType><relationshipSubType>{how}</relationshipSubType>"
    return f"<relationship>{typed}{inner}</relationship>" if inner else ""


def _named(what: str, kind: str, values: Sequence[str]) -> str:
    """Write objects that are only named here, so that what points to them finds them."""
    return "".join(
        f'<object xsi:type="{what}">{identifier("object", kind, one)}</object>\n' for one in values
    )


def identifier(of: str, kind: str, value: str, role: str = "") -> str:
    """Write the identifier of an object, event or agent, or a link to one."""
    played = f"<{of}Role>{role}</{of}Role>" if role else ""
    return (
        f"<{of}Identifier><{of}IdentifierType>{kind}</{of}IdentifierType>"
        f"<{of}IdentifierValue>{text(value)}</{of}IdentifierValue>{played}</{of}Identifier>"
    )
