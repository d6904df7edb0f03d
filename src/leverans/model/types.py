"""The types of the archive model, with the element each field becomes (ERMS 2.1 unless said otherwise).

Dates are ISO 8601 text as exact as the source: ``2003-04-02`` or ``2003-04-02T09:18:37.123``; a zone only
where the source has one. Absent is ``None``, never an empty text by itself. `id` is always an object id.
"""

from dataclasses import dataclass, field
from typing import Literal

Axis = Literal["secrecy", "personal_data", "copyright"]
Route = Literal["open", "protected"]
State = Literal["new", "unchanged", "supplemented", "changed", "reopened", "voided", "vanished"]
AXES: tuple[Axis, ...] = ("secrecy", "personal_data", "copyright")
ROUTES: tuple[Route, ...] = ("open", "protected")
STATES: tuple[State, ...] = ("new", "unchanged", "supplemented", "changed", "reopened", "voided", "vanished")


@dataclass(frozen=True, slots=True)
class Agent:
    """A person or organisation with a role in a case or record (``agents/agent``).

    Attributes:
        type: ERMS agentType, e.g. ``responsible_person``, ``counterpart``, ``sender``, ``recipient``.
        name: ``agent/name``.
        organisation: ``agent/organisation``.
        unit: ``agent/unitName``.
        id_number: ``agent/idNumber``, the raw value.
        id_number_type: ``idNumber/@idNumberType``.
        role: ``agent/role``, the source's own word.
        protected_identity: ``agent/protectedIdentity``: the source's word for it, None when not protected.
    """

    type: str
    name: str
    organisation: str | None = None
    unit: str | None = None
    id_number: str | None = None
    id_number_type: str | None = None
    role: str | None = None
    protected_identity: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a case or to a record (``action``); a decision has `kind` ``decision``.

    Attributes:
        kind: ``event`` or ``decision``.
        type: ``action/actionType``, the source's word for it.
        text: ``action/actionText``.
        date: ``action/dates/actionDate``.
        agent: ``action/agents/agent/name``.
        key: the source's key of the row.
    """

    kind: str
    type: str | None = None
    text: str | None = None
    date: str | None = None
    agent: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Restriction:
    """One answer on one of the three protection axes (``restriction``).

    Attributes:
        axis: ``secrecy`` | ``personal_data`` | ``copyright``.
        web: what the axis allows on the web: ``full`` | ``metadata`` | ``none``.
        law: ``restriction/regulation``, the legal ground; None where the axis is not restricted.
        text: ``restriction/explanatoryText``.
        until: ``restriction/dates`` end of the secrecy, ISO date, None when not known.
    """

    axis: str
    web: str
    law: str | None = None
    text: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation to another object (``relation``).

    Attributes:
        type: ``relation/@relationType``, e.g. ``reference`` or ``replaces``.
        target: object id or the source's reference of the other object.
    """

    type: str
    target: str


@dataclass(frozen=True, slots=True)
class Location:
    """Where paper lies (``physicalLocations/physicalLocation``).

    Attributes:
        place: the volume, shelf or room, e.g. ``F1a:12``.
        basis: ``source`` (from the data) or ``declared`` (an archivist's word for a series).
    """

    place: str
    basis: str = "source"


@dataclass(frozen=True, slots=True)
class Extra:
    """A source field with no target of its own (``ownElement``), never lost.

    Attributes:
        name: ``ownElement/@name``.
        value: ``ownElement/value``.
        data_type: ``ownElement/@dataType``.
    """

    name: str
    value: str
    data_type: str = "string"


@dataclass(frozen=True, slots=True)
class Row:
    """A source row that the object came from; it travels in the package.

    Attributes:
        stream: ``source.stream``.
        key: the row's key as text.
        json: the row as canonical JSON: source names and values, sorted keys, without what is dropped as
            gallring.
    """

    stream: str
    key: str
    json: str


@dataclass(frozen=True, slots=True)
class File:
    """A document's bytes (``additionalInformation/appendix``; METS file; PREMIS object).

    Attributes:
        id: object id.
        name: the original name with å ä ö (``appendix/@name``, PREMIS originalName, METS OWNERID).
        sha256: digest of the bytes, lower-case hex; the address in the content store.
        size: bytes.
        crc32: CRC-32 of the bytes.
        puid: PRONOM id or None when unknown.
        format: format name.
        format_version: version of the format.
        mime: IANA media type (``application/octet-stream`` when unknown).
        basis: how the format was found: ``signature``, ``container``, ``extension`` or ``none``.
        title: the file's own title, if it has one.
        reference: where the document was at the source (path or row), relative.
    """

    id: str
    name: str
    sha256: str
    size: int
    crc32: int
    puid: str | None = None
    format: str | None = None
    format_version: str | None = None
    mime: str = "application/octet-stream"
    basis: str = "none"
    title: str | None = None
    reference: str | None = None
    restrictions: tuple[Restriction, ...] = ()
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A record (handling): ERMS ``record``.

    Attributes:
        id: object id (``@systemIdentifier``).
        key: the source's key as text (``extraId``).
        reference_code: ``objectId``; the writer uses case reference and number when None.
        number: ``runningNumber``.
        title: ``title``.
        type: ``@recordType`` or subject.
        direction: ``incoming`` | ``outgoing`` | ``internal`` or None (``direction``).
        created: ``dates/date[@dateType=created]``; the mapping gives the best date there is.
        received: ``dates/date[@dateType=received]``.
        sent: ``dates/date[@dateType=sent]``.
        medium: ``physical`` | ``digital`` | ``physical_and_digital`` | None (``@recordPhysicalOrDigital``).
        description: ``description``.
        access: the access class, see `Case.access`.
    """

    id: str
    key: str
    title: str
    reference_code: str | None = None
    number: int | None = None
    type: str | None = None
    direction: str | None = None
    created: str | None = None
    received: str | None = None
    sent: str | None = None
    medium: str | None = None
    description: str | None = None
    access: str = "staff"
    files: tuple[File, ...] = ()
    agents: tuple[Agent, ...] = ()
    events: tuple[Event, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    relations: tuple[Relation, ...] = ()
    locations: tuple[Location, ...] = ()
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """A root object: case file, person file, property file or meeting (ERMS ``aggregation``).

    Attributes:
        id: object id (``@systemIdentifier``).
        key: the source's key as text, a pseudonym when the key is personal (``extraId``).
        partition: the part of the delivery it belongs to, e.g. the year.
        reference_code: diarienummer (``objectId``).
        title: ärendemening (``title``).
        kind: ERMS aggregationType, e.g. ``caseFile``.
        type: the source's case type in words (``subject``).
        status: ERMS status value: ``closed``, ``open``, ``obliterated`` …
        opened: ``dates/date[@dateType=opened]``.
        closed: ``dates/date[@dateType=closed]``.
        created: ``dates/date[@dateType=created]``, required in ERMS.
        classification_code: ``classification/@fullyQualifiedClassificationCode``.
        classification_title: ``classification`` text.
        creator: the archival creator by the case's date (``agents/agent[@agentType=creator]``).
        description: ``description``.
        retention_rule: ``keep`` or a number of years as in the plan (``disposal``).
        retention_authority: the decision behind it.
        access: access class: ``open on the web`` | ``metadata open, file by order`` | ``staff`` |
            ``existence hidden``.
        route: ``open`` or ``protected``.
        version: version of the object in the archive, 1 for the first.
        replaces: package id of the version before, None for the first (``relation`` ``replaces``).
        digest: the content digest, lower-case hex; empty until the delivery has computed it.
    """

    id: str
    key: str
    partition: str
    reference_code: str
    title: str
    kind: str = "caseFile"
    type: str | None = None
    status: str | None = None
    opened: str | None = None
    closed: str | None = None
    created: str | None = None
    classification_code: str | None = None
    classification_title: str | None = None
    creator: str | None = None
    description: str | None = None
    retention_rule: str | None = None
    retention_authority: str | None = None
    access: str = "staff"
    route: str = "open"
    version: int = 1
    replaces: str | None = None
    digest: str = ""
    records: tuple[Record, ...] = ()
    agents: tuple[Agent, ...] = ()
    events: tuple[Event, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    relations: tuple[Relation, ...] = ()
    locations: tuple[Location, ...] = ()
    extras: tuple[Extra, ...] = ()
    rows: tuple[Row, ...] = field(default=())
