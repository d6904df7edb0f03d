"""What hangs on the objects of the archive model, and nothing hangs on in turn.

Dates are ISO 8601 text as exact as the source: ``2003-04-02`` or ``2003-04-02T09:18:37.123``; a zone only
where the source has one. Absent is ``None``, never an empty text by itself.
"""

from dataclasses import dataclass


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
        address: street and number, or box (``addressContactInformation/addressLine``).
        postal_code: postal code, likewise.
        city: postal town, likewise.
        country: country, likewise.
        phone: telephone number (``addressContactInformation/contactLine``).
        email: e-mail address, likewise.
        note: what else the source says of the agent (``notes/note``).
    """

    type: str
    name: str
    organisation: str | None = None
    unit: str | None = None
    id_number: str | None = None
    id_number_type: str | None = None
    role: str | None = None
    protected_identity: str | None = None
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None
    phone: str | None = None
    email: str | None = None
    note: str | None = None


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
class Fonds:
    """The fonds that a case belongs to, under one of its creators; one for each creator in turn.

    `Case.creator` is the creator by the case's own date; these are what the source tells of the fonds.

    Attributes:
        name: title of the fonds (arkiv).
        reference_code: its reference code in the archive.
        creator: the archival creator (arkivbildare).
        creator_number: the creator's organisation number.
        valid_from: first day of the creator, ISO date, None is open or not known.
        valid_to: last day of the creator, ISO date, None is open or not known.
    """

    name: str
    reference_code: str | None = None
    creator: str | None = None
    creator_number: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True, slots=True)
class Class:
    """A class in a scheme that was in force for a time: the plan of that time, an earlier plan, a keyword.

    Attributes:
        code: the class with all above it, e.g. ``3.4.1``.
        title: what the class is called.
        scheme: name of the scheme (diarieplan, klassificeringsstruktur).
        valid_from: first day of the scheme, ISO date, None is open or not known.
        valid_to: last day of the scheme, ISO date, None is open or not known.
    """

    code: str
    title: str | None = None
    scheme: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None


@dataclass(frozen=True, slots=True)
class Custody:
    """Who has kept the records, for a time; who takes over after them is a successor.

    Attributes:
        holder: the board, authority or company.
        kind: ``custodian`` | ``successor``.
        valid_from: first day, ISO date, None is open or not known.
        valid_to: last day, ISO date, None is open or not known.
        authority: the decision, contract or law behind it.
        text: more about it in words.
    """

    holder: str
    kind: str = "custodian"
    valid_from: str | None = None
    valid_to: str | None = None
    authority: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place that a case or record is about; at least one of designation, address and coordinates.

    Attributes:
        type: the source's word for its kind or role, e.g. ``fastighet``.
        designation: property designation (fastighetsbeteckning), e.g. ``MORA KRÅKBERG 1:2``.
        key: the source's or the land register's identifier of it.
        address: street and number.
        postal_code: postal code.
        city: postal town.
        municipality: name or code of the municipality.
        north: northing or latitude, as the source writes it with a decimal point.
        east: easting or longitude, likewise.
        crs: reference system of the coordinates, e.g. ``EPSG:3006``.
    """

    type: str | None = None
    designation: str | None = None
    key: str | None = None
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    municipality: str | None = None
    north: str | None = None
    east: str | None = None
    crs: str | None = None


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
