"""What is asked for: everything a package says that does not stand in its objects."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from leverans.errors import ConfigurationError
from leverans.formats.containers import Form
from leverans.formats.profiles import Profile
from leverans.packaging.representations import Representation

RecordStatus = Literal["NEW", "SUPPLEMENT", "REPLACEMENT", "TEST"]


@dataclass(frozen=True, slots=True)
class Organisation:
    """A municipality, board or company; `number` is its organisation number (``2120002213``), if any."""

    name: str
    number: str | None = None

    @property
    def code(self) -> str | None:
        """The number as METS notes it: ``ORG:2120002213``."""
        if not self.number:
            return None
        bare = self.number.removeprefix("ORG:").replace("-", "").strip()
        return f"ORG:{bare}"


@dataclass(frozen=True, slots=True)
class Software:
    """A program and its version."""

    name: str
    version: str

    @property
    def label(self) -> str:
        """Name and version in one line; the name alone where the version is not known."""
        return f"{self.name} {self.version}".rstrip()


@dataclass(frozen=True, slots=True)
class Deviation:
    """A fault with which an object is archived because a person decided so.

    Attributes:
        object: object id of the case.
        code: the finding.
        rule: the rule or field behind it, or an empty text.
        sv: what is wrong, in Swedish; never personal data.
        en: the same in English.
        reference: the written decision.
        person: who decided.
    """

    object: str
    code: str
    rule: str
    sv: str
    en: str
    reference: str
    person: str


@dataclass(frozen=True, slots=True)
class PackageOrder:
    """An order for one package.

    Attributes:
        id: package id (a UUID); METS OBJID and the root folder are ``uuid-<id>``.
        delivery: ``municipality/delivery``.
        partition: the year (or other part) of the delivery.
        route: ``open`` or ``protected``; in a protected package no path holds a case's own words.
        status: METS RECORDSTATUS.
        profile: the target profile.
        reference_time: the only clock in the package, xs:dateTime in UTC (``2026-01-01T12:00:00Z``).
        agreement: the submission agreement as plain text values; ``id`` (required) becomes the altRecordID
            SUBMISSIONAGREEMENT and ``previous`` PREVIOUSSUBMISSIONAGREEMENT.
        municipality: whose archive it is.
        creator: the archival creator (arkivbildare).
        submitter: who hands it over.
        preservation: who keeps it.
        system: the source system.
        software: this software.
        information_type: what the agreement calls the information, e.g. ``ärenden``.
        part: number of this package among those of the partition, from 1.
        parts: how many packages the partition has.
        siblings: ids of other packages of the partition, so that a receiver can tell a missing one.
        documentation: further files by path below ``documentation/`` (column ledger, agreement, mapping).
        lineage: what the mapping did, one plain record per line of ``lineage.jsonl``.
        reference_code: the archive's reference code of what is delivered (altRecordID REFERENCECODE).
        previous_reference_code: the one it had before (altRecordID PREVIOUSREFERENCECODE).
        deviations: faults that were accepted, in the order of the objects.
        container: what the package is written as.
        schemas: official schemas that travel in the package, by file name; documents then point to them
            instead of to their published addresses.
        representations: what the package holds beside cases.
        instruments: with what a step of the delivery (``extract``, ``map``) was made: connectors, mapping,
            each with its digest; PREMIS tells it of the event.
    """

    id: str
    delivery: str
    partition: str
    route: Literal["open", "protected"]
    status: RecordStatus
    profile: Profile
    reference_time: str
    agreement: Mapping[str, str]
    municipality: Organisation
    creator: Organisation
    submitter: Organisation
    preservation: Organisation
    system: Software
    software: Software
    information_type: str
    part: int = 1
    parts: int = 1
    siblings: Sequence[str] = ()
    documentation: Mapping[str, bytes] = field(default_factory=dict)
    lineage: Sequence[Mapping[str, object]] = ()
    reference_code: str | None = None
    previous_reference_code: str | None = None
    deviations: Sequence[Deviation] = ()
    container: Form = "zip"
    schemas: Mapping[str, bytes] = field(default_factory=dict)
    representations: Sequence[Representation] = ()
    instruments: Mapping[str, str] = field(default_factory=dict)

    def complete(self, *, agreement: bool = False) -> None:
        """Refuse an order without what every receiver asks for.

        Args:
            agreement: whether the form asks for the submission agreement, too.

        Raises:
            ConfigurationError: PKG014 there is no name of the creator or the submitter, or no agreement.
        """
        needed = {"creator.name": self.creator.name, "submitter.name": self.submitter.name}
        if agreement:
            needed["agreement.id"] = self.agreement["id"]
        for name, value in needed.items():
            if not value.strip():
                raise ConfigurationError("PKG014", f"{self.file_name} {name}", name=name)

    @property
    def root(self) -> str:
        """Name of the package's root folder, equal to METS OBJID."""
        return f"uuid-{self.id}"

    @property
    def file_name(self) -> str:
        """File name of the finished container."""
        return self.root if self.container == "folder" else f"{self.root}.{self.container}"

    def schema_places(self, namespaces: Container[str], up: str) -> str:
        """Give ``xsi:schemaLocation`` for a document; `up` is the way from it to the package's root."""
        return " ".join(
            f"{one.namespace} {up}schemas/{one.file_name}"
            if one.file_name in self.schemas
            else f"{one.namespace} {one.address}"
            for one in self.profile.schemas
            if one.namespace in namespaces
        )
