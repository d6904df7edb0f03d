"""The parts of what a report tells: frozen plain data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Cut(Generic[Item]):
    """The first items of a list that may be long, and how many there are."""

    shown: tuple[Item, ...] = ()
    total: int = 0

    @property
    def more(self) -> int:
        """How many are not shown."""
        return max(0, self.total - len(self.shown))


@dataclass(frozen=True, slots=True)
class Parties:
    """Who delivers to whom, as the municipality's file says; empty texts where it could not be read.

    Attributes:
        municipality: its display name.
        number: its organisation number.
        producer: the archival creator that delivers now (arkivbildare).
        authority: the archival authority (arkivmyndighet).
        keeper: who keeps the archive running.
        keeper_number: that organisation's number.
        creators: every archival creator of the records with its days.
        today: the run has left no words of its own and nothing shows that the files are still the same: all
            this is what they say when the report is written.
    """

    municipality: str = ""
    number: str = ""
    producer: str = ""
    authority: str = ""
    keeper: str = ""
    keeper_number: str = ""
    creators: tuple[tuple[str, str], ...] = ()
    today: bool = False


@dataclass(frozen=True, slots=True)
class AgreementFacts:
    """The submission agreement: what the receipt tells of it, and what its file adds.

    Attributes:
        id: its reference.
        previous: the agreement it replaces.
        system: the source system.
        information_type: what is delivered.
        period: the days the records are from.
        valid: the days it holds.
        checksum: the digest algorithm agreed on.
        custody: ``mellanarkiv`` or ``slutarkiv``.
        transferred: whether the responsibility passes; None where the file could not be read.
        signed_by: who signed.
        signed_on: the day.
        retention: references of the decisions about bevarande and gallring.
        secrecy: references of the decisions about secrecy.
    """

    id: str = ""
    previous: str = ""
    system: str = ""
    information_type: str = ""
    period: str = ""
    valid: str = ""
    checksum: str = ""
    custody: str = ""
    transferred: bool | None = None
    signed_by: str = ""
    signed_on: str = ""
    retention: tuple[str, ...] = ()
    secrecy: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """One stream of one source: its rows by what became of them."""

    name: str
    rows: int
    object: int
    part_of: int
    reference: int
    quarantined: int
    excluded: int

    @property
    def accounted(self) -> int:
        """How many rows have a disposition."""
        return self.object + self.part_of + self.reference + self.quarantined + self.excluded

    @property
    def holds(self) -> bool:
        """Whether the conservation law holds."""
        return self.accounted == self.rows


@dataclass(frozen=True, slots=True)
class RuleText:
    """What one rule says when it fails."""

    rule: str
    sv: str
    en: str


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """One kind of finding as people read it; `rules` quotes the rules behind it, as far as they are known."""

    code: str
    severity: str
    sv: str
    en: str
    remedy_sv: str = ""
    remedy_en: str = ""
    count: int = 0
    rules: tuple[RuleText, ...] = ()


@dataclass(frozen=True, slots=True)
class AsideFacts:
    """What was set aside or excluded for one reason.

    Attributes:
        disposition: ``quarantined`` or ``excluded``.
        kind: the code with its texts, the rule's name filled in; `count` is objects and rows together.
        rules: names of the rules or fields that said so.
        objects: objects.
        documents: documents in those objects.
        rows: rows and documents that belong to no object.
        protected: how many of the objects are on the protected route: never named.
        places: ``file:line:column`` of the mapping or rule.
        names: reference codes, pseudonyms or places of the first objects and rows of the open route.
    """

    disposition: str
    kind: CodeFacts
    rules: tuple[str, ...]
    objects: int
    documents: int
    rows: int
    protected: int
    places: tuple[str, ...]
    names: Cut[str]


@dataclass(frozen=True, slots=True)
class ExcludedFacts:
    """What one named rule excluded: objects, their documents, and rows that belong to no object."""

    rule: str
    code: str
    objects: int
    documents: int
    rows: int
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProblemFacts:
    """Why the run as a whole is not complete: one located statement."""

    code: str
    where: str
    sv: str
    en: str
    remedy_sv: str = ""
    remedy_en: str = ""


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """One delivered package; of the protected route neither partition nor id is told."""

    id: str
    partition: str
    route: str
    status: str
    sha256: str
    size: int
    objects: int
    documents: int


@dataclass(frozen=True, slots=True)
class PackageTotals:
    """Packages of one route together."""

    route: str
    packages: int
    objects: int
    documents: int
    size: int


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """What became of one column of the source.

    Attributes:
        stream: ``source.stream``.
        column: the source's own name.
        use: ``mapped``, ``joined``, ``conditioned``, ``key``, ``dropped``, ``left``; several joined by ``+``.
        targets: archive fields, joins or rules that use it.
        reason: why it is dropped or left.
        where: ``file:line:column``.
    """

    stream: str
    column: str
    use: str
    targets: tuple[str, ...]
    reason: str
    where: str

    @property
    def gone(self) -> bool:
        """Whether the column's values are not in the archive."""
        return self.use in {"dropped", "left"}


@dataclass(frozen=True, slots=True)
class FormatFacts:
    """Documents of one format, by PRONOM identifier."""

    puid: str
    name: str
    documents: int
    bytes: int


@dataclass(frozen=True, slots=True)
class DecisionFacts:
    """What a person decided.

    Attributes:
        id: of the decision.
        at: when, xs:dateTime in UTC.
        person: who.
        action: ``accept``, ``exclude``, ``retry``, ``approve``, ``countersign`` or ``clear``.
        reason: why.
        reference: the written decision.
        run: id of the run it is about.
        items: how many objects, rows and documents it is about.
        codes: per finding code how many.
    """

    id: str
    at: str
    person: str
    action: str
    reason: str
    reference: str
    run: str
    items: int
    codes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One count then and now."""

    sv: str
    en: str
    before: int
    now: int

    @property
    def delta(self) -> int:
        """Now less before."""
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """This run against the one before it of the same delivery, live with live and test with test.

    Attributes:
        run: the earlier run.
        reference_time: its reference time.
        status: its status.
        changes: counts then and now.
        new_codes: findings that are new.
        gone_codes: findings that are gone.
        new_columns: columns of the sources that are new.
        gone_columns: columns that are gone.
        same_mapping: whether the mapping is byte by byte the same; None where that is not known.
    """

    run: str
    reference_time: str
    status: str
    changes: tuple[Change, ...]
    new_codes: tuple[str, ...]
    gone_codes: tuple[str, ...]
    new_columns: Cut[str]
    gone_columns: Cut[str]
    same_mapping: bool | None


@dataclass(frozen=True, slots=True)
class SignatureFacts:
    """One signature on the receipt: whose key, for what, when, and the person who asked for it."""

    owner: str
    purpose: str
    key: str
    at: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """The certificate that a receipt names for a source.

    Attributes:
        source: the source.
        verdict: ``kept``, ``broken``, ``unverified`` or ``none``.
        sha256: digest of the certificate's file, empty where there is none.
        at: when it was made, empty where there is none.
    """

    source: str
    verdict: str
    sha256: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class ProofFacts:
    """What an auditor holds the run against.

    Attributes:
        receipt: path of the receipt below the municipality's folder, empty when there is none.
        sha256: digest of that file's bytes.
        signatures: as in the file; the report does not verify them.
        audit_size: entries of the audit log when the receipt was written, None where it does not say.
        audit_root: the log's root hash then.
        landing: digest of the landing.
        mapping: digest of the mapping and what it uses.
        certificates: per source, None where the receipt is older than they are.
        resumed: rows that an interrupted extract had brought already, by ``source.stream``.
    """

    receipt: str = ""
    sha256: str = ""
    signatures: tuple[SignatureFacts, ...] = ()
    audit_size: int | None = None
    audit_root: str = ""
    landing: str = ""
    mapping: str = ""
    certificates: tuple[CertificateFacts, ...] | None = None
    resumed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObjectCounts:
    """Root objects: found = archived now + unchanged + quarantined + excluded + held back."""

    found: int = 0
    archived: int = 0
    unchanged: int = 0
    quarantined: int = 0
    excluded: int = 0
    archived_protected: int = 0
    by_state: tuple[tuple[str, int], ...] = ()
    held: int = 0

    @property
    def holds(self) -> bool:
        """Whether the conservation law holds."""
        return self.found == self.archived + self.unchanged + self.quarantined + self.excluded + self.held


@dataclass(frozen=True, slots=True)
class DocumentCounts:
    """Documents: listed = archived + quarantined + excluded + held back; bytes are those packaged now."""

    listed: int = 0
    landed: int = 0
    archived: int = 0
    quarantined: int = 0
    excluded: int = 0
    bytes: int = 0
    held: int = 0

    @property
    def holds(self) -> bool:
        """Whether the conservation law holds."""
        return self.listed == self.archived + self.quarantined + self.excluded + self.held
