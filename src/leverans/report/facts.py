"""What a report tells of one run, as frozen plain data; rendering adds words and nothing else."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from leverans.report.parts import (
    AgreementFacts,
    AsideFacts,
    CodeFacts,
    ColumnFacts,
    Comparison,
    Cut,
    DecisionFacts,
    DocumentCounts,
    ExcludedFacts,
    FormatFacts,
    ObjectCounts,
    PackageFacts,
    PackageTotals,
    Parties,
    ProblemFacts,
    ProofFacts,
    StreamFacts,
)

RunWord = Literal["complete", "incomplete", "refused", "interrupted"]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Everything that report and papers tell of one run.

    Attributes:
        run: id of the run.
        delivery: ``municipality/delivery``.
        test: a test delivery.
        status: as in the ledger; ``interrupted`` while the run has not ended.
        stopped_by: code of what stopped an interrupted run, or empty.
        parent: id of the full run whose quarantine this one settles, or empty.
        stages: of an interrupted run, how many parts of each stage are done.
        reference_time: xs:dateTime in UTC.
        started: real clock, xs:dateTime in UTC.
        ended: likewise, empty while the run has not ended.
        written: when these facts were collected.
        by: who or what started the run.
        code: version of the software.
        balanced: the conservation law holds and the archive read back; None where nothing was counted.
        settled: nothing in quarantine is undecided, as of `written`; None where nothing was counted.
        undecided: objects and rows in quarantine that nobody has decided about, None where not known.
        parties: who delivers to whom.
        agreement: the submission agreement.
        objects: root objects.
        documents: documents.
        streams: rows per stream.
        asides: what was quarantined, by code, most first.
        excluded: what was excluded, by rule.
        findings: every code with its count, most severe first.
        problems: why the run is not complete.
        packages: delivered packages, those of the protected route left out.
        package_totals: per route.
        columns: the column ledger.
        columns_file: its path below the municipality's folder, empty when there is none.
        formats: documents per format; empty where not known.
        decisions: decisions about the run, and about the runs that settle it, oldest first.
        approval: the approval that a live run rests on, or that a test run was given.
        comparison: against the run before, or None.
        proof: what an auditor needs.
    """

    run: str
    delivery: str
    test: bool
    status: RunWord
    reference_time: str
    started: str
    written: str
    by: str
    code: str
    agreement: AgreementFacts
    ended: str = ""
    stopped_by: str = ""
    parent: str = ""
    stages: tuple[tuple[str, int], ...] = ()
    balanced: bool | None = None
    settled: bool | None = None
    undecided: int | None = None
    parties: Parties = field(default_factory=Parties)
    objects: ObjectCounts = field(default_factory=ObjectCounts)
    documents: DocumentCounts = field(default_factory=DocumentCounts)
    streams: Cut[StreamFacts] = field(default_factory=Cut)
    asides: tuple[AsideFacts, ...] = ()
    excluded: Cut[ExcludedFacts] = field(default_factory=Cut)
    findings: tuple[CodeFacts, ...] = ()
    problems: Cut[ProblemFacts] = field(default_factory=Cut)
    packages: Cut[PackageFacts] = field(default_factory=Cut)
    package_totals: tuple[PackageTotals, ...] = ()
    columns: Cut[ColumnFacts] = field(default_factory=Cut)
    columns_file: str = ""
    formats: Cut[FormatFacts] = field(default_factory=Cut)
    decisions: Cut[DecisionFacts] = field(default_factory=Cut)
    approval: DecisionFacts | None = None
    comparison: Comparison | None = None
    proof: ProofFacts = field(default_factory=ProofFacts)

    @property
    def municipality(self) -> str:
        """The municipality's short name."""
        return self.delivery.split("/", 1)[0]

    @property
    def name(self) -> str:
        """The delivery's short name."""
        return self.delivery.split("/", 1)[1]

    def plain(self) -> dict[str, Any]:
        """Give the facts as plain JSON-able data."""
        return asdict(self)
