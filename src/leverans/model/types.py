"""The objects of the archive model; what hangs on them is in `leverans.model.parts`.

The element of ERMS, EAD3 or PREMIS that each field becomes stands in ``docs/archive-model.md``.

Dates are ISO 8601 text as exact as the source: ``2003-04-02`` or ``2003-04-02T09:18:37.123``; a zone only
where the source has one. Absent is ``None``, never an empty text by itself. `id` is always an object id.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from leverans.model.parts import (
    Agent,
    Class,
    Custody,
    Event,
    Extra,
    Fonds,
    Location,
    Place,
    Relation,
    Restriction,
    Row,
)

Axis = Literal["secrecy", "personal_data", "copyright"]
Route = Literal["open", "protected"]
State = Literal["new", "unchanged", "supplemented", "changed", "reopened", "voided", "vanished"]
AXES: tuple[Axis, ...] = ("secrecy", "personal_data", "copyright")
ROUTES: tuple[Route, ...] = ("open", "protected")
DEEPEST = 16
"""Levels of sub-cases below a case; what is deeper is no order that anyone filed by."""
STATES: tuple[State, ...] = ("new", "unchanged", "supplemented", "changed", "reopened", "voided", "vanished")


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
        signature: ``exists`` when the file holds an electronic signature (``appendix/eSignature``),
            ``removed`` when it had one at the source (``@eSignatureHasExisted``), None when nothing is known.
        signature_type: the source's word for its kind.
        signature_date: when it was last verified (``eSignature/@dateeSignatureIsVerified``).
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
    signature: str | None = None
    signature_type: str | None = None
    signature_date: str | None = None
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
        retention_rule: as `Case.retention_rule`, where the record has a rule of its own.
        retention_authority: the decision behind it.
        retention_start: as `Case.retention_start`.
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
    retention_rule: str | None = None
    retention_authority: str | None = None
    retention_start: str | None = None
    access: str = "staff"
    files: tuple[File, ...] = ()
    agents: tuple[Agent, ...] = ()
    events: tuple[Event, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    relations: tuple[Relation, ...] = ()
    places: tuple[Place, ...] = ()
    locations: tuple[Location, ...] = ()
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, slots=True)
class SubCase:
    """A part of a case with records or parts of its own: delärende, akt, mapp (ERMS ``aggregation``).

    It lies in its case and moves with it: partition, route, version and source rows are the case's. Fields
    that a `Case` has too mean the same.

    Attributes:
        id: object id.
        key: the source's key as text.
        title: what it is about.
        reference_code: its own code; the writer uses that of what it lies in and its place when None.
        kind: ERMS aggregationType, e.g. ``subfile``, ``volume``; other words are kept as they are.
        type: the source's word for its type.
        status: as `Case.status`.
        opened: ISO date.
        closed: ISO date.
        created: ISO date.
        classification_code: code of the class.
        classification_title: title of the class.
        description: more about it.
        retention_rule: as `Case.retention_rule`.
        retention_authority: the decision behind it.
        retention_start: as `Case.retention_start`.
        access: the access class, never more open than that of its case.
    """

    id: str
    key: str
    title: str
    reference_code: str | None = None
    kind: str = "subfile"
    type: str | None = None
    status: str | None = None
    opened: str | None = None
    closed: str | None = None
    created: str | None = None
    classification_code: str | None = None
    classification_title: str | None = None
    description: str | None = None
    retention_rule: str | None = None
    retention_authority: str | None = None
    retention_start: str | None = None
    access: str = "staff"
    records: tuple[Record, ...] = ()
    subcases: tuple["SubCase", ...] = ()
    agents: tuple[Agent, ...] = ()
    events: tuple[Event, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    relations: tuple[Relation, ...] = ()
    classes: tuple[Class, ...] = ()
    places: tuple[Place, ...] = ()
    locations: tuple[Location, ...] = ()
    custody: tuple[Custody, ...] = ()
    extras: tuple[Extra, ...] = ()

    def all_records(self) -> Iterator[Record]:
        """Yield its own records, then those of its parts in turn."""
        yield from self.records
        for part in self.subcases:
            yield from part.all_records()

    def all_subcases(self) -> Iterator["SubCase"]:
        """Yield every part, each before those in it."""
        for part in self.subcases:
            yield part
            yield from part.all_subcases()


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
        classification_code: ``classification/@fullyQualifiedClassificationCode``, the class it is filed
            under; others, and the scheme with its time, are in `classes`.
        classification_title: ``classification`` text.
        creator: the archival creator by the case's date (``agents/agent[@agentType=creator]``).
        creator_from: first day of that creator, ISO date, None is open or not known.
        creator_to: last day of that creator, ISO date, None is open or not known.
        description: ``description``.
        retention_rule: ``keep`` or a number of years as in the plan (``disposal``).
        retention_authority: the decision behind it.
        retention_start: the day that the years are counted from, where it is not the day of closing.
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
    creator_from: str | None = None
    creator_to: str | None = None
    description: str | None = None
    retention_rule: str | None = None
    retention_authority: str | None = None
    retention_start: str | None = None
    access: str = "staff"
    route: str = "open"
    version: int = 1
    replaces: str | None = None
    digest: str = ""
    records: tuple[Record, ...] = ()
    subcases: tuple[SubCase, ...] = ()
    agents: tuple[Agent, ...] = ()
    events: tuple[Event, ...] = ()
    restrictions: tuple[Restriction, ...] = ()
    relations: tuple[Relation, ...] = ()
    fonds: tuple[Fonds, ...] = ()
    classes: tuple[Class, ...] = ()
    places: tuple[Place, ...] = ()
    locations: tuple[Location, ...] = ()
    custody: tuple[Custody, ...] = ()
    extras: tuple[Extra, ...] = ()
    rows: tuple[Row, ...] = field(default=())

    def all_records(self) -> Iterator[Record]:
        """Yield its own records, then those of its sub-cases in turn: the order of the package."""
        yield from self.records
        for part in self.subcases:
            yield from part.all_records()

    def all_subcases(self) -> Iterator[SubCase]:
        """Yield every sub-case, each before those in it."""
        for part in self.subcases:
            yield part
            yield from part.all_subcases()
