"""What a municipality's files say, as frozen records."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Literal

from leverans.registry.references import EnvironmentReference, FileReference

Custody = Literal["mellanarkiv", "slutarkiv"]
Route = Literal["open", "protected"]


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`, both counted in; `end` is None while it goes on."""

    start: date
    end: date | None

    def holds(self, day: date) -> bool:
        """Say whether `day` is inside."""
        return self.start <= day and (self.end is None or day <= self.end)

    def covers(self, other: "Period") -> bool:
        """Say whether all of `other` is inside."""
        if self.start > other.start:
            return False
        return self.end is None or (other.end is not None and other.end <= self.end)

    def text(self) -> str:
        """Give ``1996-01-01/2025-12-31``, ISO 8601, ``..`` for an open end."""
        return f"{self.start.isoformat()}/{self.end.isoformat() if self.end else '..'}"


@dataclass(frozen=True, slots=True)
class Creator:
    """An archival creator (arkivbildare) with the days it existed.

    Attributes:
        name: as records call it.
        code: the municipality's own code; a board has no organisation number of its own.
        period: the days it existed.
        predecessor: the creator it took over from, or None.
    """

    name: str
    code: str
    period: Period
    predecessor: str | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation and its number (``212000-2213``)."""

    name: str
    number: str


@dataclass(frozen=True, slots=True)
class Municipality:
    """One tenant of the centre.

    Attributes:
        name: the folder's name, used in paths and identities; never changed.
        display_name: what people read.
        organisation_number: with hyphen, e.g. ``212000-2213``.
        creators: every archival creator, in the file's order.
        archival_authority: arkivmyndighet, the name.
        preservation_organisation: who keeps the archive running.
        format_policy: name of the list of accepted formats (none is enforced yet), or None.
        transfer: how landings travel from the municipality's host to the centre's, None on one host.
    """

    name: str
    display_name: str
    organisation_number: str
    creators: tuple[Creator, ...]
    archival_authority: str
    preservation_organisation: Organisation
    format_policy: str | None = None
    transfer: "Transfer | None" = None

    def creator(self, name: str) -> Creator | None:
        """Give the creator called `name`, or None."""
        return next((creator for creator in self.creators if creator.name == name), None)


@dataclass(frozen=True, slots=True)
class Agreement:
    """A submission agreement (leveransöverenskommelse).

    Attributes:
        id: its reference.
        previous: the agreement it replaces, or None.
        producer: who delivers.
        system: the source system.
        information_type: what is delivered.
        period: the days the records are from.
        valid: the days the agreement holds.
        checksum: the digest algorithm agreed on, ``SHA-256``.
        transferred: whether the responsibility passes to the archival authority.
        custody: ``mellanarkiv`` or ``slutarkiv``.
        signed_by: who signed; empty while nobody has.
        signed_on: the day, or None.
        retention: references of the decisions about bevarande and gallring.
        secrecy: references of the decisions about secrecy.
        where: ``file:line:column`` of the agreement.
        places: the place of each field.
    """

    id: str
    previous: str | None
    producer: str
    system: str
    information_type: str
    period: Period
    valid: Period
    checksum: str
    transferred: bool
    custody: Custody
    signed_by: str
    signed_on: date | None
    retention: tuple[str, ...] = ()
    secrecy: tuple[str, ...] = ()
    where: str = ""
    places: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def plain(self) -> dict[str, str]:
        """Give what the receipt tells about it."""
        return {
            "id": self.id,
            "producer": self.producer,
            "system": self.system,
            "information_type": self.information_type,
            "period": self.period.text(),
            "custody": self.custody,
        }


@dataclass(frozen=True, slots=True)
class Transfer:
    """How landings travel between the municipality's host and the centre's: through a drop, sealed.

    Attributes:
        kind: ``folder`` or ``sftp``.
        location: an absolute path or ``sftp://user@host[:port]/folder``, or where to find it.
        recipient: the centre's age recipient, ``age1…``; only the centre can open what is sent.
        host_keys: fingerprints ``SHA256:…`` of the SFTP server's host key; any of them is accepted.
        known_hosts: a file of known hosts instead of fingerprints, or None.
        key: the private key for the SFTP account, or None.
        password: the password of the SFTP account, or None.
        where: ``file:line:column``.
    """

    kind: Literal["folder", "sftp"]
    location: str | EnvironmentReference
    recipient: str
    host_keys: tuple[str, ...] = ()
    known_hosts: str | None = None
    key: EnvironmentReference | FileReference | None = None
    password: EnvironmentReference | FileReference | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class RootRule:
    """Which root object the rows of a stream belong to.

    Attributes:
        by: own columns whose values are the root's key; empty when `via` is given.
        via: ``source.stream`` of the parent, or None.
        on: own column → parent column, in the file's order.
    """

    by: tuple[str, ...] = ()
    via: str | None = None
    on: tuple[tuple[str, str], ...] = ()


UNTESTED = "untested"
"""The waiver of a delivery that may be made live without an approved test delivery."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A named exception from a rule of the house, e.g. ``may_write`` for an account that may write."""

    name: str
    reason: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Concurrency:
    """How many runs may read a source's server at once; sources of several deliveries may name one server."""

    name: str
    limit: int


@dataclass(frozen=True, slots=True)
class Throttle:
    """How gently a source is read; another limit is how many runs read it at once (`Concurrency`).

    Attributes:
        rows_per_second: rows or documents per second at most, or None: as fast as it gives them.
        hours: from when to when it may be read, Europe/Stockholm; over midnight when the end is the smaller
            one; None: always.
    """

    rows_per_second: int | None = None
    hours: tuple[time, time] | None = None


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One source of a delivery.

    Attributes:
        name: what streams of this source are called after: ``name.stream``.
        connector: folder below ``connectors/``.
        location: a path or an address without credentials, or where to find it.
        secrets: what the connector needs to know and no file may tell.
        root: per stream (the connector's name of it) the rule that replaces the connector's own.
        waivers: named exceptions.
        concurrency: the server behind it and how many may read it at once, or None: one at a time.
        throttle: how gently it is read.
        frozen: nobody writes to it any more; an interrupted extract may go on where it was.
        where: ``file:line:column``.
    """

    name: str
    connector: str
    location: str | EnvironmentReference
    secrets: Mapping[str, EnvironmentReference | FileReference] = field(default_factory=dict)
    root: Mapping[str, RootRule] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    concurrency: Concurrency | None = None
    throttle: Throttle = field(default_factory=Throttle)
    frozen: bool = False
    where: str = ""

    def resolve(self, sources: Path, environment: Mapping[str, str] | None = None) -> str:
        """Give the location to open: an address unchanged, or an absolute path.

        Args:
            sources: where relative paths start (`leverans.settings.Settings.sources`).
            environment: the variables, those of the process by default.

        Raises:
            ConfigurationError: REG009, the location is in a variable that is not set.
        """
        location = self.location
        text = location if isinstance(location, str) else location.resolve(environment)
        return text if "://" in text else str(sources / text)


@dataclass(frozen=True, slots=True)
class ProtectedRoute:
    """The separate route of protected identities: its own agreement and the person who approves."""

    agreement: Agreement
    approver: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the delivery is made: ``once``, ``yearly``, ``monthly``, ``on request`` or ``cron``.

    Attributes:
        kind: the word.
        cron: five fields, Europe/Stockholm; only of the kind ``cron``.
        grace: days that a delivery may be late before it is missed; None: as usual for its kind
            (`leverans.registry.grace_days`).
    """

    kind: str
    cron: str | None = None
    grace: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What a run is about to deliver; an agreement is held against it."""

    producer: str
    system: str
    information_type: str
    period: Period


@dataclass(frozen=True, slots=True)
class PackageLimits:
    """How large a package may be: a partition with more is cut into parts that name each other.

    Attributes:
        objects: how many objects at most; 1 gives each a package of its own.
        bytes: how many bytes of documents at most; an object with more has a package of its own.
    """

    objects: int = 5_000
    bytes: int = 4 << 30


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery ``M/D``.

    Attributes:
        name: ``municipality/delivery``.
        municipality: who it is from.
        system: the source system, part of every object id; never changed.
        information_type: what is delivered.
        producer: who delivers now, a creator of the municipality.
        creators: the creators whose records these are, by date; they cover the period without a gap.
        mapping: the mapping file.
        overlay: the municipality's own additions to it, or None.
        profile: name of the target profile.
        period: the days the records are from.
        schedule: when it is made.
        sources: in the file's order.
        agreement: the submission agreement of the open route.
        protected: the route of protected identities, or None: then a protected case stops the run.
        files: SHA-256 of each file read, by its path below the content root.
        digest: one digest over `files`.
        where: ``file:line:column``.
        purge_after: days after settlement when working copies may be purged.
        waivers: named exceptions: ``untested`` delivers live without an approved test delivery.
        packages: how large its packages may be.
    """

    name: str
    municipality: Municipality
    system: str
    information_type: str
    producer: str
    creators: tuple[Creator, ...]
    mapping: Path
    overlay: Path | None
    profile: str
    period: Period
    schedule: Schedule
    sources: tuple[SourceEntry, ...]
    agreement: Agreement
    protected: ProtectedRoute | None
    files: Mapping[str, str]
    digest: str
    where: str = ""
    purge_after: int = 30
    waivers: tuple[Waiver, ...] = ()
    packages: PackageLimits = PackageLimits()

    def waived(self, name: str) -> bool:
        """Say whether the delivery has a named exception."""
        return any(waiver.name == name for waiver in self.waivers)

    @property
    def short_name(self) -> str:
        """The part after the slash."""
        return self.name.split("/", 1)[1]

    @property
    def facts(self) -> Facts:
        """What the agreement is held against."""
        return Facts(self.producer, self.system, self.information_type, self.period)

    def creator_on(self, day: date) -> Creator | None:
        """Give the archival creator of a record of that day, None outside all their days."""
        return next((creator for creator in self.creators if creator.period.holds(day)), None)
